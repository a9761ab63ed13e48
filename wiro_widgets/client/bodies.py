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
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack

    from wiro_widgets.schema.models import ModelSpec

Fields = list[tuple[str, Any]]
"""Multipart fields: a text, or name, stream and content type of a file."""


def run_body(
    values: Mapping[str, Any],
    files: Mapping[str, Any],
    spec: ModelSpec | None,
    progress: Callable[[int, int], None] | None,
    opened: ExitStack,
) -> tuple[Outgoing, str]:
    """Body and content type of a run: JSON when every input is a URL, else multipart.

    Raises:
        InputError: A file or a value cannot be sent.
    """
    inputs = {name: found for name, value in files.items() if (found := as_inputs(value))}
    contents = {
        name: [i if is_url(i) else opened.enter_context(open_input(i, name)) for i in items]
        for name, items in inputs.items()
    }
    try:
        if all(is_url(item) for items in inputs.values() for item in items):
            return bytes_body(encode_json(values, inputs, spec)), "application/json"
        return multipart(encode_fields(values, contents, spec), progress)
    except (TypeError, ValueError) as error:
        problem = str(error)
    raise InputError(
        f"A parameter cannot be sent: {problem}.", remedy="Use texts and finite numbers."
    )


def multipart(fields: Fields, progress: Callable[[int, int], None] | None) -> tuple[Outgoing, str]:
    """A multipart body that is read piece by piece, and its content type."""
    # Slow to import, and needed only when a file is sent.
    from requests_toolbelt.multipart.encoder import MultipartEncoder  # noqa: PLC0415

    encoder = MultipartEncoder(fields)
    return Outgoing(encoder, encoder.len, progress), encoder.content_type


def encode_json(
    parameters: Mapping[str, Any], files: Mapping[str, Sequence[str]], spec: ModelSpec | None
) -> bytes:
    """The JSON body of a run whose inputs are all URLs."""
    body = {
        name: _wire(spec, name, value) for name, value in parameters.items() if value is not None
    }
    for name, urls in files.items():
        kind = _file_type(spec, name)
        if kind == "combinefileinput":
            body[name] = list(urls)
        else:
            body[name], body[f"{name}Url"] = "", ",".join(urls)
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def encode_fields(
    parameters: Mapping[str, Any],
    files: Mapping[str, Sequence[str | Part]],
    spec: ModelSpec | None,
) -> Fields:
    """The multipart fields of a run; the form depends on each file parameter's type."""
    fields: Fields = [
        (name, _as_form_text(_wire(spec, name, value)))
        for name, value in parameters.items()
        if value is not None
    ]
    for name, inputs in files.items():
        parts: Fields = [(name, as_form_file(i)) for i in inputs if isinstance(i, Part)]
        urls = [item for item in inputs if isinstance(item, str)]
        if _file_type(spec, name) == "combinefileinput":
            fields += parts + [(name, url) for url in urls]
        else:
            fields += [*(parts or [(name, "")]), (f"{name}Url", ",".join(urls))]
    return fields


def _file_type(spec: ModelSpec | None, name: str) -> str:
    parameter = spec.parameter(name) if spec else None
    # Without a schema the newest form: what the official clients send for every model today.
    return parameter.type if parameter and parameter.is_file else "combinefileinput"


def _wire(spec: ModelSpec | None, name: str, value: Any) -> Any:
    parameter = spec.parameter(name) if spec else None
    if parameter is not None:
        return parameter.to_wire(value)
    return as_text(value) if isinstance(value, bool) else value


def _as_form_text(value: Any) -> str:
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


def as_form_file(part: Part) -> tuple[str, _Content, str]:
    """A file as one multipart field's name, content and type."""
    return part.name, _Content(part), part.content_type
