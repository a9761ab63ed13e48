"""What is sent at most once: starting a task, which costs money, and storing a file."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.errors import InputError, ServiceError, SubmissionUnknown, WiroError
from wiro_widgets.media.inputs import is_url, open_input
from wiro_widgets.media.names import unique_name
from wiro_widgets.schema.parsing import as_dict, as_list, as_text
from wiro_widgets.schema.slugs import normalize_slug, run_path
from wiro_widgets.schema.tasks import Submission

from .bodies import multipart, run_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wiro_widgets.schema.models import ModelSpec

    from .bodies import Fields, Progress
    from .transport import Transport

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
    values: dict[str, Any],
    *,
    files: Mapping[str, Any],
    callback_url: str | None,
    spec: ModelSpec | None,
    progress: Progress,
) -> Submission:
    """Start a task; see `WiroClient.submit`."""
    if callback_url:
        if not is_url(callback_url):
            problem = f"callback_url={callback_url!r} is no http(s) address."
            raise InputError(problem, field="callbackUrl")
        values["callbackUrl"] = callback_url
    path, slug = run_path(model), normalize_slug(model)
    with ExitStack() as opened:
        body = run_body(values, files, spec, progress, opened)
        with _at_most_once(slug, values):
            answer = transport.call_once(path, *body)
            if not as_text(answer.get("taskid")):
                raise ServiceError("The answer names no task.", maybe_accepted=True)
    token = as_text(answer.get("socketaccesstoken"))
    return Submission(as_text(answer["taskid"]), token, slug)


def send_file(
    transport: Transport, file: Any, folder: str | None, progress: Progress
) -> UploadedFile:
    """Store a file; see `WiroClient.upload`."""
    with open_input(file) as part:
        name = unique_name(part.name)
        fields: Fields = [("file", part._replace(name=name))]
        if folder:
            fields.append(("folderid", folder))
        body = multipart(fields, progress)
        try:
            with _at_most_once("upload", {"name": name}):
                answer = transport.call_once("File/Upload", *body)
        except SubmissionUnknown as unknown:
            unknown.spent = "no"
            unknown.remedy = "Uploads are free: upload it again."
            raise
    stored = as_dict(next(iter(as_list(answer.get("list"))), None))
    return UploadedFile(
        id=as_text(stored.get("id")),
        name=as_text(stored.get("name")) or name,
        url=as_text(stored.get("url")),
        size=part.size,
        content_type=part.content_type,
    )


@contextmanager
def _at_most_once(model: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Turns an error after which nobody knows what happened into a `SubmissionUnknown`."""
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
