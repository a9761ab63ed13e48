"""`WiroClient`: one method for each operation of the service."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import DownloadError, WaitTimeout
from wiro_widgets.schema.parsing import Secret, as_dict, as_label, as_list
from wiro_widgets.schema.tasks import Output, Submission, Task, TaskEvent, failure_of

from .addresses import FileAddresses, service_addresses
from .connections import Connections
from .tasks import (
    StopOutcome,
    cancel_task,
    id_of,
    kill_task,
    list_tasks,
    read_task,
    read_task_once,
    stop_task,
)
from .transport import RetryPolicy, Timeouts, Transport
from .watch import Watch
from .websocket import ReconnectingSocket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

    from wiro_widgets.schema.models import ModelSpec

    from .auth import Credentials
    from .download import Download
    from .submit import UploadedFile

API_URL = "https://api.wiro.ai/v1"
SOCKET_URL = "wss://socket.wiro.ai/v1"

MAX_DOWNLOAD_BYTES = 2 * 1024**3
"""What `WiroClient.download` fetches at most by default: 2 GiB."""

MAX_INPUT_BYTES = 100 * 1024**2
"""What `WiroClient.digest` fetches at most by default: the service's limit for one file."""


class WiroClient:
    """A client of the Wiro API. Thread-safe; starts no threads.

    Args:
        credentials: Key and secret.
        api_url: Default ``WIRO_API_URL``, else the service's own address.
        socket_url: Default ``WIRO_SOCKET_URL``, else the service's own address.
        timeouts: How long to wait, and how often to look.
        retry: How to repeat requests that are free to repeat.
        allow_http: Also take ``http://`` and ``ws://`` addresses of other computers, to which the
            key goes unencrypted.

    Raises:
        InputError: An address is not http(s) or ws(s), not encrypted, or has a password.

    Example:
        >>> with WiroClient(Credentials.from_env()) as client:
        ...     submission = client.submit(
        ...         "minimax/hailuo-2.3-fast",
        ...         {"prompt": "The gull lifts off", "resolution": "768P", "duration": "6"},
        ...         files={"inputImage": "beach.jpg"},
        ...     )
        ...     task = client.wait(submission, timeout=900)
        ...     clip = client.download(task.outputs[0], "clips")
    """

    def __init__(  # noqa: PLR0913 - keywords, each optional
        self,
        credentials: Credentials,
        api_url: str | None = None,
        socket_url: str | None = None,
        *,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        allow_http: bool = False,
    ) -> None:
        api_url = api_url or os.environ.get("WIRO_API_URL") or API_URL
        socket_url = socket_url or os.environ.get("WIRO_SOCKET_URL") or SOCKET_URL
        self.api_url, self.socket_url = service_addresses(
            api_url, socket_url, allow_http=allow_http
        )
        self.allow_http = allow_http
        self.timeouts = timeouts or Timeouts()
        self.retry = retry or RetryPolicy()
        self._transport = Transport(credentials, self.api_url, self.timeouts, self.retry)
        self._file_addresses = FileAddresses(self.api_url)
        self._file_connections = Connections(self._file_addresses.check_peer)

    def __repr__(self) -> str:
        return f"WiroClient({self.api_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all HTTP connections."""
        self._transport.close()
        self._file_connections.close()

    # Running a model

    def submit(  # noqa: PLR0913 - keywords, each optional
        self,
        model: str,
        parameters: Mapping[str, Any],
        files: Mapping[str, Any] | None = None,
        callback_url: str | None = None,
        *,
        spec: ModelSpec | None = None,
        progress: Callable[[int, int], None] | None = None,
        on_sending: Callable[[], None] | None = None,
        intent_key: str | None = None,
    ) -> Submission:
        """Start a task. This costs money and is sent to the service at most once.

        Args:
            model: Any spelling of the model's name.
            parameters: Values by parameter id; None is left out.
            files: By parameter id one input or a list: path, bytes, file object, URL, or whatever
                has an image in it. Images are converted as models take them; others are streamed.
            callback_url: Address the service calls at the end.
            spec: The model's schema, which says how its files are encoded.
            progress: Called with bytes sent so far and bytes in all.
            on_sending: Called once, when the connection is open and before the first byte of the
                request body is sent: until then nothing can have been started. Whatever it
                raises cancels the request and is raised by `submit` unchanged.
            intent_key: Identifies the intent behind this request, to be recognised when it is
                sent again. Not sent yet: the service has not published a field for it.

        Raises:
            InputError: A value or file cannot be sent; nothing was sent.
            ConnectionFailed: The request did not reach the service in full.
            SubmissionUnknown: The connection broke after the whole request was sent.
            WiroError: The service refused; nothing was started.
        """
        from .submit import send_run  # noqa: PLC0415 - keeps the import light

        return send_run(
            self._transport,
            model,
            dict(parameters),
            files=files or {},
            callback_url=callback_url,
            spec=spec,
            progress=progress,
            on_sending=on_sending,
            intent_key=intent_key,
        )

    def watch(self) -> Watch:
        """A `Watch`: the events of many tasks over one socket."""

        def link() -> ReconnectingSocket:
            return ReconnectingSocket(
                self.socket_url, self.timeouts, self.retry, self._transport.redact
            )

        read = partial(read_task_once, self._transport)
        return Watch(read, link, self.timeouts, self.retry)

    def follow(self, task: Submission | Task) -> Iterator[TaskEvent]:
        """Yield the events of a task as they arrive; the last one is `terminal`.

        Leaving the loop or an interrupt ends the iteration, not the task.

        Raises:
            WiroError: Following was given up; the task `task_id` may continue.
        """
        return self._follow(task, None)

    def wait(self, task: Submission | Task, timeout: float | None = None) -> Task:
        """Block until a task has succeeded.

        Args:
            task: What `submit` or `task` returned.
            timeout: Seconds after which waiting ends, not the task. None waits without limit.

        Raises:
            TaskFailed: With the reason from the log; `ModerationRefused` for refused content.
            TaskCancelled: It was cancelled or killed.
            WaitTimeout: The timeout is over.
            WiroError: Following was given up, e.g. after 15 minutes without a response.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for event in self._follow(task, deadline):
            if event.terminal and event.task is not None:
                failure = failure_of(event.task)
                if failure is not None:
                    raise failure
                return event.task
        task_id = id_of(task)
        raise WaitTimeout(
            f"Not finished after {timeout:g} s; it continues at the service.",
            task_id=task_id,
            remedy=f"Go on with client.wait(client.task({task_id!r})), or end it with client.stop.",
        )

    # Tasks

    def task(self, task_id: str | None = None, token: str | None = None) -> Task:
        """Read the state of a task by its id or its token.

        Raises:
            InputError: Neither was given.
            NotFoundError: There is no such task.
        """
        # Not as it came: this frame's variables may be in a traceback.
        token = Secret(token or "")
        return read_task(self._transport, task_id, token)

    def tasks(self, limit: int = 20, start: int = 0) -> list[Task]:
        """One page of this account's tasks, newest first.

        Args:
            limit: Tasks to return, at most 100.
            start: Tasks to skip, so that ``start=limit`` is the second page.
        """
        return list_tasks(self._transport, limit, start)

    def cancel(self, task: Submission | Task) -> None:
        """Cancel a task in the queue. Cancelled tasks are not charged.

        Raises:
            ServiceError: It is not in the queue any more.
        """
        cancel_task(self._transport, id_of(task))

    def kill(self, task: Submission | Task) -> None:
        """End a running task. It may still be charged for the time it ran.

        Raises:
            ServiceError: It is not running.
        """
        kill_task(self._transport, id_of(task))

    def stop(self, task: Submission | Task) -> StopOutcome:
        """End a task in whatever state it is, and return how.

        Only ``"cancelled"`` means that it is certainly not charged: one that ran may be.

        Raises:
            WiroError: It could neither be cancelled nor killed, and it is not over.
        """
        return stop_task(self._transport, id_of(task))

    # Models

    def models(
        self, search: str | None = None, *, categories: tuple[str, ...] = (), limit: int = 50
    ) -> list[ModelSpec]:
        """Models of the catalogue, best match first.

        Args:
            search: Words to search for; None for the newest models.
            categories: Only models of these.
            limit: Models to return, at most 100.
        """
        from .catalogue import list_models  # noqa: PLC0415 - keeps the import light

        return list_models(self._transport, search, categories, limit)

    def model(self, slug: str) -> ModelSpec:
        """The schema and price list of a model, by any spelling of its name.

        Raises:
            NotFoundError: There is no such model.
        """
        from .catalogue import find_model  # noqa: PLC0415 - keeps the import light

        return find_model(self._transport, slug)

    # Files

    def create_folder(self, name: str) -> str:
        """Create a folder in the service's file store and return its id."""
        envelope = self._transport.call("File/FolderCreate", {"name": name})
        made = as_list(envelope.get("list")) or [envelope.get("data")]
        return as_label(as_dict(made[0]).get("id"))

    def upload(
        self,
        file: Any,
        folder: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> UploadedFile:
        """Upload a file under a unique name. It is streamed, and sent at most once.

        Args:
            file: Path, bytes, file object, or whatever has an image in it.
            folder: Folder id from `create_folder`.
            progress: Called with bytes sent so far and bytes in all.

        Raises:
            InputError: The file cannot be read, is empty or is over 100 MB.
            SubmissionUnknown: The connection broke after the whole file was sent.
        """
        from .submit import send_file  # noqa: PLC0415 - keeps the import light

        return send_file(self._transport, file, folder, progress)

    def download(  # noqa: PLR0913 - keywords, each optional
        self,
        output: Output,
        directory: str | Path,
        *,
        name: str | None = None,
        progress: Callable[[int, int], None] | None = None,
        max_bytes: int = MAX_DOWNLOAD_BYTES,
        cancelled: Callable[[], bool] | None = None,
    ) -> Path:
        """Download an output into a directory: resumed after a cut, complete or not at all.

        Args:
            output: One of `Task.outputs`.
            directory: Made when missing.
            name: File name; by default made of the output's id and name, since the outputs of
                all tasks have the same names. Directories in it are ignored.
            progress: Called with bytes so far and bytes in all (0 when unknown); may raise.
            max_bytes: Refuse anything larger.
            cancelled: Asked ten times a second while it waits; True stops the download.

        Raises:
            DownloadError: It could not be fetched whole, e.g. because it has expired or was
                cancelled; nothing is left in the directory.
        """
        from .inputs import safe_name  # noqa: PLC0415 - keeps the import light

        default = f"{output.id[:12]}-{safe_name(output.name)}" if output.id else output.name
        target = Path(directory).expanduser() / safe_name(name or default)
        return self._download(output, max_bytes, progress, cancelled).to_file(target)

    def digest(self, url: str, max_bytes: int = MAX_INPUT_BYTES) -> str:
        """SHA-256 of a file as hex digits. It is fetched without a key and not stored.

        Args:
            url: Address of the file, e.g. of an input as `Task.parameters` names it.
            max_bytes: Refuse anything larger.

        Raises:
            DownloadError: It could not be fetched whole.
        """
        name = PurePosixPath(url.partition("?")[0]).name or url
        try:
            return self._download(Output(name, "", 0, url, ""), max_bytes).digest()
        except DownloadError as error:
            error.remedy = "Try again; the service keeps files for a while only."
            raise

    @property
    def clock_offset(self) -> float:
        """Seconds by which the service's clock is ahead of this one, exact to about a second.

        From the newest response of the service; 0.0 before one has come.
        """
        return self._transport.clock_offset

    def _download(
        self,
        output: Output,
        max_bytes: int,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Download:
        from .download import Download  # noqa: PLC0415 - keeps the import light

        return Download(
            self._file_connections,
            self._file_addresses,
            output,
            self.timeouts,
            self.retry,
            max_bytes=max_bytes,
            progress=progress,
            cancelled=cancelled,
        )

    def _follow(self, task: Submission | Task, deadline: float | None) -> Iterator[TaskEvent]:
        if isinstance(task, Task):
            # A task from a journal or an exception has no token; the service returns it.
            task = Submission(task.id, task.token or self.task(task.id).token, task.model)
        with self.watch() as watch:
            watch.add(task)
            for event in watch.events(deadline):
                if event.error is not None:
                    raise event.error
                yield event
                if event.terminal:
                    return
