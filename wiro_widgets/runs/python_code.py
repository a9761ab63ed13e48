"""A run as the Python that asks for it: what "Copy as Python" gives."""

from __future__ import annotations

import contextlib
import json
import keyword
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import is_stored_file
from wiro_widgets.library.request import image_parameter
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.schema.parsing import SECONDS_FIELDS
from wiro_widgets.schema.wording import model_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.library.request import RunRequest, StoredInput

_OWN_NAMES = frozenset({"prompt", "model", "image", "fresh", "parameters"})
"""Arguments of `wiro_widgets.run` itself: a parameter of such a name goes into ``parameters``."""
_WIDEST = 88


def python_of(request: RunRequest, spec: ModelSpec | None = None) -> str:
    """The call of ``ww.run`` that asks for the same.

    Run as it is, it shows the recorded run and sends nothing. A first frame is named as the person
    named it if that file is still here and the same; otherwise by its copy in the library.

    Args:
        request: What was asked for.
        spec: The model's schema, which tells which input is the first frame.
    """
    return _call(request, _files_of(request, spec))


def python_from_last_frame(request: RunRequest, spec: ModelSpec | None, number: int) -> str:
    """The same, beginning with the last frame of a run's clip.

    Args:
        request: What was asked for.
        spec: The model's schema.
        number: Of the run whose clip it is.
    """
    files = {**_files_of(request, spec), "image": "run"}
    find = f"run = next(run for run in ww.history(limit=None) if run.number == {number})"
    return f"{find}\n{_call(request, files)}"


def _call(request: RunRequest, files: dict[str, str]) -> str:
    values = {
        name: _literal(int(value) if _is_seconds(name, value) else value)
        for name, value in request.parameters.items()
        if name != "prompt"
    }
    named = {**files, **{name: text for name, text in values.items() if _is_argument(name)}}
    others = [f'"{name}": {text}' for name, text in values.items() if not _is_argument(name)]
    model = _literal(model_words(request.model))
    arguments = [_literal(request.prompt), f"model={model}"]
    arguments += [f"{name}={text}" for name, text in named.items()]
    if others:
        arguments.append(f"parameters={{{', '.join(others)}}}")
    line = f"ww.run({', '.join(arguments)})"
    if len(line) <= _WIDEST:
        return line
    return "\n".join(["ww.run(", *(f"    {one}," for one in arguments), ")"])


def _files_of(request: RunRequest, spec: ModelSpec | None) -> dict[str, str]:
    """The inputs by the argument they are given as."""
    image = _image_id(request, spec)
    return {
        "image" if name == image else name: _inputs_words(group)
        for name, group in request.files.items()
        if group
    }


def _image_id(request: RunRequest, spec: ModelSpec | None) -> str | None:
    try:
        image = image_parameter(spec).id if spec is not None else None
    except InputError:
        image = None
    return image if image in request.files else None


def _inputs_words(group: Sequence[StoredInput]) -> str:
    words = [_literal(_source_of(one)) for one in group]
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"


def _source_of(one: StoredInput) -> str:
    """An address, or a path that a cell of this notebook can read."""
    if isinstance(one.source, str):
        return one.source
    beside = Path(one.name)
    # A journal may be a stranger's: only a file's own name is looked at, never a path in it.
    if beside.name == one.name and is_stored_file(beside) and _is_same(beside, one):
        return one.name
    with contextlib.suppress(LibraryError):
        one.bring()
    try:
        return one.source.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return os.fspath(one.source)


def _is_same(path: Path, one: StoredInput) -> bool:
    try:
        # As it would be stored: upright and without metadata.
        return read_picture(path).digest == one.identity
    except (InputError, OSError):
        return False


def _is_seconds(name: str, value: Any) -> bool:
    return name in SECONDS_FIELDS and isinstance(value, str) and value.isdecimal()


def _is_argument(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in _OWN_NAMES


def _literal(value: Any) -> str:
    # JSON writes a text as Python reads it, in the quotes that people write.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
