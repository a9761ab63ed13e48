"""Requests to the service: one session, signed per request, retried only where that is free.

`Transport.call` repeats what may be repeated. `Transport.call_once` is for what costs money:
it tells apart what never left this computer from what may have been accepted, by watching
whether the whole body was handed over.
"""

from __future__ import annotations

import io
import json
import logging
import random
import re
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
import urllib3.exceptions

from wiro_widgets.errors import ConnectionFailed, ProtocolError, WiroError
from wiro_widgets.schema.responses import Response, read_response

from .deadline import DeadlineAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from .auth import Credentials

logger = logging.getLogger("wiro_widgets.client")

USER_AGENT = "wiro-widgets/0.1 (Python)"
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Timeouts(NamedTuple):
    """How long the client waits and how often it looks. All values in seconds."""

    connect: float = 5.0
    """To open a connection."""
    read: float = 30.0
    """Without a byte of the response; the headers must be complete by then."""
    total: float = 60.0
    """For a whole response, from the last byte of the request on."""
    poll: float = 3.0
    """Between two readings of a task that no socket reports."""
    live_poll: float = 15.0
    """Between two readings of a task that a socket reports."""
    ping: float = 30.0
    """Without a byte from the socket before it is pinged, and then for its pong."""
    outage: float = 900.0
    """Without any response from the service before following a task is given up."""
    grace: float = 60.0
    """For a task that is not found yet, or is in an error state that may pass."""


class RetryPolicy(NamedTuple):
    """How requests that are free to repeat are repeated. All values in seconds."""

    first: float = 0.3
    """Longest pause before the first repeat; doubles each time."""
    cap: float = 30.0
    """Longest pause between two tries."""
    budget: float = 45.0
    """For all tries of one call together."""


def backoff(attempt: int, retry: RetryPolicy, retry_after: float | None = None) -> float:
    """Seconds before try `attempt` + 1: doubling, capped, jittered, never under `retry_after`."""
    longest = min(retry.cap, retry.first * 2 ** min(attempt, 16))
    wait: float = longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not cryptography
    return max(wait, retry_after or 0.0)


class TrackedBody:
    """A request body that knows how much of it was taken.

    urllib3 asks for the next piece only after the previous one was handed to the kernel, so
    `sent_at` is set exactly when the whole body has left.
    """

    def __init__(
        self, body: BinaryIO, size: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._body = body
        self._size = size
        self._progress = progress
        self.bytes_read = 0
        self.sent_at: float | None = None
        """Monotonic time at which the whole body had left, None before."""

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_CHUNK):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """The next piece, empty at the end."""
        if self._progress and self.bytes_read:
            self._progress(self.bytes_read, self._size)
        piece = self._body.read(size)
        self.bytes_read += len(piece)
        if not piece:
            self.sent_at = time.monotonic()
        return piece


class Transport:
    """One HTTP session with the service. Thread-safe: cookies, its only state, are switched off."""

    def __init__(
        self, credentials: Credentials, api_url: str, timeouts: Timeouts, retry: RetryPolicy
    ) -> None:
        self._credentials = credentials
        self._api_url = api_url.rstrip("/")
        self.timeouts = timeouts
        self.retry = retry
        self._last_use = 0.0
        self.session = requests.Session()
        self.session.headers["User-Agent"] = USER_AGENT
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Without this, an entry in ~/.netrc would add an Authorization header.
        self.session.auth = _no_auth
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, DeadlineAdapter(pool_maxsize=32))

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self.session.close()

    def call(
        self, path: str, body: dict[str, Any], *, task_id: str | None = None
    ) -> dict[str, Any]:
        """Ask for something that may be asked again, within ``retry.budget`` seconds.

        Raises:
            WiroError: The last failure, with `task_id`.
        """
        return self._repeat(
            path,
            lambda: self.call_json(path, body, task_id=task_id),
            lambda error: error.retryable,
        )

    def call_json(
        self,
        path: str,
        body: dict[str, Any],
        *,
        task_id: str | None = None,
        within: float | None = None,
    ) -> dict[str, Any]:
        """One try of a JSON request, in at most `within` seconds (default: ``timeouts.total``)."""
        content = bytes_body(json.dumps(body).encode())
        try:
            return self.send(path, content, "application/json", within=within)
        except WiroError as error:
            error.task_id = error.task_id or task_id
            if body.get("tasktoken"):
                error.args = (error.message.replace(str(body["tasktoken"]), "[redacted]"),)
            raise

    def call_once(self, path: str, body: TrackedBody, content_type: str) -> dict[str, Any]:
        """One try of a request that must not reach the service twice.

        Only a connection that could not be opened is tried again. An error with
        `maybe_accepted` means the body had left in full and no proper answer came.
        """
        if time.monotonic() - self._last_use > self.timeouts.live_poll:
            # A connection idle for long may be dead without our knowing, and a death found
            # out after the body has left is an outcome unknown.
            self.session.close()
        return self._repeat(
            path,
            lambda: self.send(path, body, content_type),
            lambda error: (
                isinstance(error, ConnectionFailed) and error.retryable and not body.bytes_read
            ),
        )

    def _repeat(
        self,
        path: str,
        attempt: Callable[[], dict[str, Any]],
        may_repeat: Callable[[WiroError], bool],
    ) -> dict[str, Any]:
        started = time.monotonic()
        failures = 0
        while True:
            try:
                return attempt()
            except WiroError as error:
                wait = backoff(failures, self.retry, error.retry_after)
                left = self.retry.budget - (time.monotonic() - started)
                if not may_repeat(error) or wait > left:
                    raise
                logger.info("%s failed (%s); next try in %.1f s", path, type(error).__name__, wait)
            failures += 1
            time.sleep(wait)

    def send(
        self, path: str, body: TrackedBody, content_type: str, *, within: float | None = None
    ) -> dict[str, Any]:
        """One signed POST; its envelope, or the error it stands for."""
        headers = {**self._credentials.headers(), "Content-Type": content_type}
        started = time.monotonic()
        allowed = min(within or self.timeouts.total, self.timeouts.total)
        # Raised after the handler: a chained transport error would carry the signed headers.
        failure: WiroError
        try:
            reply = self._exchange(path, body, headers, allowed)
        except _BROKEN as error:
            failure = _broken(error, body)
        else:
            self._last_use = time.monotonic()
            elapsed = 1000 * (self._last_use - started)
            logger.debug("POST %s: HTTP %d in %.0f ms", path, reply.status, elapsed)
            try:
                return read_response(reply)
            except WiroError as error:
                error.args = (self._credentials.redact(error.message),)
                raise
        raise failure

    def _exchange(
        self, path: str, body: TrackedBody, headers: dict[str, str], allowed: float
    ) -> Response:
        with self.session.post(
            f"{self._api_url}/{path}",
            data=body,
            headers=headers,
            timeout=(min(self.timeouts.connect, allowed), min(self.timeouts.read, allowed)),
            allow_redirects=False,
            stream=True,
        ) as response:
            # Sending may take long and is not the answer's fault.
            deadline = (body.sent_at or time.monotonic()) + allowed
            content = bytearray()
            while piece := response.raw.read1(_CHUNK, decode_content=True):
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    raise urllib3.exceptions.ProtocolError("the answer is too large")
                if time.monotonic() > deadline:
                    raise urllib3.exceptions.ProtocolError("the answer drips too slowly")
            return Response(
                response.status_code, bytes(content), response.headers.get("Retry-After")
            )


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def bytes_body(content: bytes) -> TrackedBody:
    """A body that is small and at hand."""
    return TrackedBody(io.BytesIO(content), len(content))


def _broken(error: Exception, body: TrackedBody) -> WiroError:
    """The error for a connection that broke before a whole answer was read."""
    reason = _reason(error)
    if body.sent_at is not None:
        return ProtocolError(f"No answer came back: {reason}.", remedy="Check the network.")
    if body.bytes_read:
        return ConnectionFailed(f"The connection broke while sending: {reason}.")
    failed = ConnectionFailed(f"The service cannot be reached: {reason}.")
    # A bad certificate or address does not get better by trying.
    failed.retryable = not isinstance(error, (requests.exceptions.SSLError, ValueError))
    return failed


def _reason(error: BaseException) -> str:
    """The innermost cause in words, without addresses of objects."""
    cause: BaseException = error
    while True:
        inner = getattr(cause, "reason", None) or next(
            (a for a in reversed(cause.args) if isinstance(a, BaseException)), None
        )
        if not isinstance(inner, BaseException):
            break
        cause = inner
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    text = str(cause.args[-1]) if cause.args else type(cause).__name__
    # "<urllib3...>: why" in older versions of urllib3, "HTTPConnection(...): why" in newer ones,
    # and the system's "[Errno 111] " before the words a person can use.
    words = re.sub(r"^(?:<[^>]*>|_?HTTPS?Connection(?:Pool)?\(.*?\)): |\[Errno -?\d+\] ", "", text)
    return words.rstrip(".") or type(cause).__name__
