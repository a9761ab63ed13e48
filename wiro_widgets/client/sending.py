"""What is sent at most once: starting a task, which costs money, and storing a file."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.errors import ServiceError, SubmissionUnknown, WiroError
from wiro_widgets.media.inputs import open_input, unique_name
from wiro_widgets.schema.parsing import as_dict, as_list, as_text
from wiro_widgets.schema.slugs import normalize_slug, run_path
from wiro_widgets.schema.tasks import Submission

from .bodies import Fields, as_form_file, multipart, run_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.schema.models import ModelSpec

    from .transport import Outgoing, Transport

    Progress = Callable[[int, int], None] | None

_SUMMARY_LENGTH = 200


class UploadedFile(NamedTuple):
    """A file in the service's store; its `url` can be used as an input."""

    id: str
    name: str
    url: str
    size: int
    content_type: str


def send_run(  # noqa: PLR0913 - what a run is made of
    transport: Transport,
    model: str,
    values: Mapping[str, Any],
    *,
    files: Mapping[str, Any],
    spec: ModelSpec | None,
    progress: Progress,
) -> Submission:
    """Start a task; see `WiroClient.submit`."""
    path, slug = run_path(model), normalize_slug(model)
    with ExitStack() as opened:
        outgoing, content_type = run_body(values, files, spec, progress, opened)
        sent_at = time.time()
        answer = _once(transport, path, outgoing, content_type)
    if isinstance(answer, dict) and as_text(answer.get("taskid")):
        token = as_text(answer.get("socketaccesstoken"))
        return Submission(as_text(answer["taskid"]), token, slug)
    if isinstance(answer, dict):
        answer = ServiceError("The answer names no task.")
    raise _unknown(answer, slug, sent_at, values)


def send_file(
    transport: Transport, file: Any, folder: str | None, progress: Progress
) -> UploadedFile:
    """Store a file; see `WiroClient.upload`."""
    with open_input(file) as part:
        name = unique_name(part.name)
        fields: Fields = [("file", as_form_file(part._replace(name=name)))]
        if folder:
            fields.append(("folderid", folder))
        outgoing, content_type = multipart(fields, progress)
        sent_at = time.time()
        answer = _once(transport, "File/Upload", outgoing, content_type)
    if isinstance(answer, WiroError):
        unknown = _unknown(answer, "upload", sent_at, {"name": name})
        unknown.spent = "no"
        unknown.remedy = "Uploads are free: upload it again."
        raise unknown
    stored = as_dict(next(iter(as_list(answer.get("list"))), None))
    return UploadedFile(
        id=as_text(stored.get("id")),
        name=as_text(stored.get("name")) or name,
        url=as_text(stored.get("url")),
        size=part.size,
        content_type=part.content_type,
    )


def _once(
    transport: Transport, path: str, outgoing: Outgoing, content_type: str
) -> dict[str, Any] | WiroError:
    """The answer, or the error after which nobody knows what happened.

    Raises:
        WiroError: Any other error: nothing was started.
    """
    try:
        return transport.call_once(path, outgoing, content_type)
    except WiroError as error:
        if not error.maybe_accepted:
            raise
        return error


def _unknown(
    error: WiroError, model: str, sent_at: float, values: Mapping[str, Any]
) -> SubmissionUnknown:
    return SubmissionUnknown(
        f"It is not known whether {model} was started: {error.message}",
        model=model,
        sent_at=sent_at,
        parameters={name: as_text(value)[:_SUMMARY_LENGTH] for name, value in values.items()},
        http_status=error.http_status,
    )
