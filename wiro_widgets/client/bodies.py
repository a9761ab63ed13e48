"""Request bodies: parameters and files in the form the service expects, streamed.

File parameters come in three types with a form each (wiro-api.md section 2).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import InputError
from wiro_widgets.media.inputs import Part, as_inputs, is_url, open_input
from wiro_widgets.schema.parsing import as_text

from .transport import Outgoing, bytes_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack

    from wiro_widgets.schema.models import ModelSpec

    Progress = Callable[[int, int], None] | None
    Fields = list[tuple[str, str | Part]]


def run_body(
    values: Mapping[str, Any],
    files: Mapping[str, Any],
    spec: ModelSpec | None,
    progress: Progress,
    opened: ExitStack,
) -> tuple[Outgoing, str]:
    """Body and content type of a run: JSON when every input is a URL, else multipart.

    Raises:
        InputError: A file or a value cannot be sent.
    """
    inputs = {
        name: [i if is_url(i) else opened.enter_context(open_input(i, name)) for i in items]
        for name, value in files.items()
        if (items := as_inputs(value))
    }
    given = {name: _wire(spec, name, v) for name, v in values.items() if v is not None}
    form: dict[str, Any] = {}
    for name, items in inputs.items():
        form.update(_file_form(spec, name, items))
    try:
        if all(isinstance(item, str) for items in inputs.values() for item in items):
            body = json.dumps({**given, **form}, ensure_ascii=False, allow_nan=False)
            return bytes_body(body.encode()), "application/json"
        fields: Fields = [(name, _form_text(value)) for name, value in given.items()]
        for name, value in form.items():
            fields += [(name, item) for item in (value if isinstance(value, list) else [value])]
        return multipart(fields, progress)
    except (TypeError, ValueError) as error:
        problem = str(error)
    raise InputError(
        f"A parameter cannot be sent: {problem}.", remedy="Use texts and finite numbers."
    )


def multipart(fields: Fields, progress: Progress) -> tuple[Outgoing, str]:
    """A multipart body that is read piece by piece, and its content type."""
    # Slow to import, and needed only when a file is sent.
    from requests_toolbelt.multipart.encoder import MultipartEncoder  # noqa: PLC0415

    encoder = MultipartEncoder(
        [
            (name, (v.name, _Content(v), v.content_type) if isinstance(v, Part) else v)
            for name, v in fields
        ]
    )
    return Outgoing(encoder, encoder.len, progress), encoder.content_type


def _file_form(spec: ModelSpec | None, name: str, items: list[str | Part]) -> dict[str, Any]:
    """What one file parameter puts into the form: a list of inputs, or files and URLs apart."""
    parameter = spec.parameter(name) if spec else None
    # Without a schema the newest form: what the official clients send for every model today.
    kind = parameter.type if parameter and parameter.is_file else "combinefileinput"
    parts = [item for item in items if isinstance(item, Part)]
    urls = [item for item in items if isinstance(item, str)]
    if kind == "combinefileinput":
        return {name: [*parts, *urls]}
    return {name: parts or "", f"{name}Url": ",".join(urls)}


def _wire(spec: ModelSpec | None, name: str, value: Any) -> Any:
    parameter = spec.parameter(name) if spec else None
    if parameter is not None:
        return parameter.to_wire(value)
    return as_text(value) if isinstance(value, bool) else value


def _form_text(value: Any) -> str:
    return value if isinstance(value, str) else as_text(value) or json.dumps(value)


class _Content:
    """The bytes of a part for the encoder, which would copy or rewind the stream itself."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.len = part.size

    def read(self, size: int = -1) -> bytes:
        wanted = self.len if size < 0 else min(size, self.len)
        piece = self._part.stream.read(wanted)
        if not piece and wanted:
            raise InputError(f"{self._part.name} became shorter while it was sent.")
        self.len -= len(piece)
        return piece
