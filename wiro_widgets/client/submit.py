"""Requests that are sent at most once: runs, which cost money, and uploads; their bodies."""

from __future__ import annotations

import io
import json
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from wiro_widgets.errors import InputError, ServiceError, SubmissionUnknown, WiroError
from wiro_widgets.schema.parsing import (
    as_clean_text,
    as_dict,
    as_label,
    as_list,
    as_text,
    normalize_slug,
    run_path,
)
from wiro_widgets.schema.tasks import Submission
from wiro_widgets.schema.values import as_file, loose, prompt_text, words_for

from .connections import SendingStopped, TrackedBody
from .inputs import Part, as_inputs, is_url, open_input, ready_input, unique_name
from .validation import check_prompt, check_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wiro_widgets.schema.models import ModelSpec

    from .transport import Transport

    Progress = Callable[[int, int], None] | None
    Fields = list[tuple[str, str | Part]]

_SUMMARY_LENGTH = 200

INTENT_FIELD: str | None = None
"""The request field that identifies an intent, so that the service recognises a repeat.

The service's own tools send such a key, but the name of the field is not published. While this is
None no key is sent, and no request that may have been accepted is repeated.
"""


class UploadedFile(NamedTuple):
    """A file in the service's store, whose `url` can be used as an input."""

    id: str
    name: str
    url: str
    size: int
    content_type: str


class Encoded(NamedTuple):
    """A request body that is ready to be sent."""

    stream: BinaryIO
    size: int
    """Bytes."""
    content_type: str


def send_run(  # noqa: PLR0913 - the arguments of WiroClient.submit
    transport: Transport,
    model: str,
    values: dict[str, Any],
    *,
    files: Mapping[str, Any],
    callback_url: str | None,
    spec: ModelSpec | None,
    progress: Progress,
    on_sending: Callable[[], None] | None,
    intent_key: str | None,
) -> Submission:
    """Start a task; see `WiroClient.submit`."""
    if callback_url:
        if not is_url(callback_url):
            problem = f"callback_url={callback_url!r} is not an http(s) address."
            raise InputError(problem, field="callbackUrl")
        values["callbackUrl"] = callback_url
    path, slug = run_path(model), normalize_slug(model)
    if INTENT_FIELD and intent_key:
        values[INTENT_FIELD] = intent_key
    values = {n: _wire(spec, n, value) for n, value in values.items() if value is not None}
    check_prompt(model, spec, values.get("prompt"))
    for name, value in values.items():
        parameter = spec.parameter(name) if spec else None
        if parameter is not None and not parameter.is_file:
            check_value(parameter, value)
    with ExitStack() as opened:
        encoded = run_body(values, files, spec, opened)
        body = TrackedBody(encoded.stream, encoded.size, progress, on_sending)
        try:
            with _at_most_once(slug, values):
                response = transport.call_once(path, body, encoded.content_type)
                if not as_text(response.get("taskid")):
                    raise ServiceError("The response names no task.", maybe_accepted=True)
        except SendingStopped as stopped:
            # Raised below, where it keeps its own context.
            reason = stopped.error
        else:
            token = as_label(response.get("socketaccesstoken"))
            return Submission(as_label(response["taskid"]), token, slug)
    raise reason


def send_file(
    transport: Transport, file: Any, folder: str | None, progress: Progress
) -> UploadedFile:
    """Store a file; see `WiroClient.upload`."""
    with open_input(file) as part:
        name = unique_name(part.name)
        fields: Fields = [("file", part._replace(name=name))]
        if folder:
            fields.append(("folderid", folder))
        encoded = multipart(fields)
        body = TrackedBody(encoded.stream, encoded.size, progress)
        try:
            with _at_most_once("upload", {"name": name}):
                response = transport.call_once("File/Upload", body, encoded.content_type)
        except SubmissionUnknown as unknown:
            unknown.spent = "no"
            unknown.remedy = "Uploads are free: upload it again."
            raise
        except SendingStopped as stopped:
            reason = stopped.error
        else:
            stored = as_dict(next(iter(as_list(response.get("list"))), None))
            return UploadedFile(
                id=as_label(stored.get("id")),
                name=as_label(stored.get("name")) or name,
                url=as_clean_text(stored.get("url")),
                size=part.size,
                content_type=part.content_type,
            )
    raise reason


@contextmanager
def _at_most_once(model: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Turn an error that leaves the outcome open into a `SubmissionUnknown`."""
    sent_at = time.time()
    try:
        yield
    except WiroError as error:
        if not error.maybe_accepted:
            raise
        raise SubmissionUnknown(
            f"It is not known whether {model} was started: {error.message}",
            model=model,
            sent_at=sent_at,
            parameters={name: as_text(value)[:_SUMMARY_LENGTH] for name, value in values.items()},
            http_status=error.http_status,
        ) from None


def run_body(
    values: Mapping[str, Any],
    files: Mapping[str, Any],
    spec: ModelSpec | None,
    opened: ExitStack,
) -> Encoded:
    """The body of a run: JSON when every input is a URL, else multipart.

    Raises:
        InputError: A file or a value cannot be sent.
    """
    inputs = {
        name: [_opened(one, name, _takes_pictures(spec, name), opened) for one in items]
        for name, value in files.items()
        if (items := [as_file(one, name) for one in as_inputs(value)])
    }
    form: dict[str, Any] = {}
    for name, items in inputs.items():
        form.update(_file_form(spec, name, items))
    try:
        if all(isinstance(item, str) for items in inputs.values() for item in items):
            body = json.dumps({**values, **form}, ensure_ascii=False, allow_nan=False)
            content = body.encode()
            return Encoded(io.BytesIO(content), len(content), "application/json")
        fields: Fields = [(name, _form_text(value)) for name, value in values.items()]
        for name, value in form.items():
            fields += [(name, item) for item in (value if isinstance(value, list) else [value])]
        return multipart(fields)
    except (TypeError, ValueError) as error:
        problem = str(error)
    raise InputError(f"A setting can't be sent: {problem}.", remedy="Use text and finite numbers.")


def _takes_pictures(spec: ModelSpec | None, name: str) -> bool:
    parameter = spec.parameter(name) if spec else None
    return parameter.is_picture if parameter else "image" in name.lower()


def _opened(value: Any, name: str, as_picture: bool, opened: ExitStack) -> str | Part:
    ready = ready_input(value, name, as_picture=as_picture)
    return ready if is_url(ready) else opened.enter_context(open_input(ready, name))


def multipart(fields: Fields) -> Encoded:
    """A multipart body, whose files are read piece by piece while it is sent."""
    # Slow to import, and needed only when a file is sent.
    from requests_toolbelt.multipart.encoder import MultipartEncoder  # noqa: PLC0415

    encoder = MultipartEncoder(
        [
            (name, (v.name, _Content(v), v.content_type) if isinstance(v, Part) else v)
            for name, v in fields
        ]
    )
    return Encoded(encoder, encoder.len, encoder.content_type)


def _file_form(spec: ModelSpec | None, name: str, items: list[str | Part]) -> dict[str, Any]:
    """The form fields of a file parameter: one for all inputs, or one each for files and URLs."""
    parameter = spec.parameter(name) if spec else None
    # Without a schema, the form that the official SDKs send today for all models.
    kind = parameter.type if parameter and parameter.is_file else "combinefileinput"
    parts = [item for item in items if isinstance(item, Part)]
    urls = [item for item in items if isinstance(item, str)]
    if kind == "combinefileinput":
        return {name: [*parts, *urls]}
    return {name: parts or "", f"{name}Url": ",".join(urls)}


def _wire(spec: ModelSpec | None, name: Any, value: Any) -> Any:
    if not isinstance(name, str):
        problem = f"{words_for(name)} isn't the name of a setting."
        raise InputError(problem, field="parameters", remedy="Names are text.")
    parameter = spec.parameter(name) if spec else None
    if parameter is not None:
        return parameter.to_wire(value)
    found = prompt_text(value) if name == "prompt" else loose(value, name)
    return as_text(found) if isinstance(found, bool) else found


def _form_text(value: Any) -> str:
    return value if isinstance(value, str) else as_text(value) or json.dumps(value)


class _Content:
    """The content of a part; the encoder would copy or rewind a plain stream."""

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
