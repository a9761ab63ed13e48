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
from wiro_widgets.schema.replies import Reply, read_reply

from .drips import Adapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from .credentials import Credentials

logger = logging.getLogger("wiro_widgets.client")

USER_AGENT = "wiro-widgets/0.1 (Python)"
MAX_REPLY_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Pace(NamedTuple):
    """How patient the client is. All values in seconds."""

    connect: float = 5.0
    """To open a connection."""
    silence: float = 30.0
    """Between two pieces of an answer; its head is one."""
    reply: float = 60.0
    """For a whole answer, however slowly it drips."""
    retry_first: float = 0.3
    """Longest wait before the first repeat; doubles each time."""
    retry_cap: float = 30.0
    """Longest wait between two tries of anything."""
    retry_budget: float = 45.0
    """For all the tries of one call together."""
    poll: float = 3.0
    """Between two readings of a task when no socket tells about it."""
    quiet: float = 15.0
    """The same while a socket does."""
    ping: float = 30.0
    """Silence after which we ask the socket for a sign of life; it gets as long to answer."""
    outage: float = 900.0
    """Without any word from the service before following a task is given up."""
    grace: float = 60.0
    """For a task that is not known yet, or whose state is an error that may pass."""


def backoff(attempt: int, pace: Pace, retry_after: float | None = None) -> float:
    """Seconds before try `attempt` + 1: doubling, capped, jittered, never under `retry_after`."""
    longest = min(pace.retry_cap, pace.retry_first * 2 ** min(attempt, 16))
    wait: float = longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not cryptography
    return max(wait, retry_after or 0.0)


class Outgoing:
    """A request body that knows how much of it was taken.

    urllib3 asks for the next piece only after the previous one was handed to the kernel, so
    `left_at` is set exactly when the whole body has left.
    """

    def __init__(
        self, body: BinaryIO, size: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._body = body
        self._size = size
        self._progress = progress
        self.taken = 0
        self.left_at: float | None = None
        """Monotonic time at which the whole body had left, None before."""

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_CHUNK):
            yield piece

    def read(self, size: int = -1) -> bytes:
        """The next piece, empty at the end."""
        if self._progress and self.taken:
            self._progress(self.taken, self._size)
        piece = self._body.read(size)
        self.taken += len(piece)
        if not piece:
            self.left_at = time.monotonic()
        return piece


class Transport:
    """One HTTP session with the service. Thread-safe: cookies, its only state, are switched off."""

    def __init__(self, credentials: Credentials, api_url: str, pace: Pace) -> None:
        self._credentials = credentials
        self._api_url = api_url.rstrip("/")
        self.pace = pace
        self._last_use = 0.0
        self.session = requests.Session()
        self.session.headers["User-Agent"] = USER_AGENT
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Without this, an entry in ~/.netrc would add an Authorization header.
        self.session.auth = _no_auth
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, Adapter(pool_maxsize=32))

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self.session.close()

    def call(
        self, path: str, body: dict[str, Any], *, task_id: str | None = None
    ) -> dict[str, Any]:
        """Ask for something that may be asked again, within ``pace.retry_budget`` seconds.

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
        """One try of a JSON request, in at most `within` seconds (default: ``pace.reply``)."""
        outgoing = bytes_body(json.dumps(body).encode())
        try:
            return self.send(path, outgoing, "application/json", within=within)
        except WiroError as error:
            error.task_id = error.task_id or task_id
            if body.get("tasktoken"):
                error.args = (error.message.replace(str(body["tasktoken"]), "[redacted]"),)
            raise

    def call_once(self, path: str, outgoing: Outgoing, content_type: str) -> dict[str, Any]:
        """One try of a request that must not reach the service twice.

        Only a connection that could not be opened is tried again. An error with
        `maybe_accepted` means the body had left in full and no proper answer came.
        """
        if time.monotonic() - self._last_use > self.pace.quiet:
            # A connection idle for long may be dead without our knowing, and a death found
            # out after the body has left is an outcome unknown.
            self.session.close()
        return self._repeat(
            path,
            lambda: self.send(path, outgoing, content_type),
            lambda error: (
                isinstance(error, ConnectionFailed) and error.retryable and not outgoing.taken
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
                wait = backoff(failures, self.pace, error.retry_after)
                left = self.pace.retry_budget - (time.monotonic() - started)
                if not may_repeat(error) or wait > left:
                    raise
                logger.info("%s failed (%s); next try in %.1f s", path, type(error).__name__, wait)
            failures += 1
            time.sleep(wait)

    def send(
        self, path: str, outgoing: Outgoing, content_type: str, *, within: float | None = None
    ) -> dict[str, Any]:
        """One signed POST; its envelope, or the error it stands for."""
        headers = {**self._credentials.headers(), "Content-Type": content_type}
        started = time.monotonic()
        allowed = min(within or self.pace.reply, self.pace.reply)
        # Raised after the handler: a chained transport error would carry the signed headers.
        failure: WiroError
        try:
            reply = self._exchange(path, outgoing, headers, allowed)
        except _BROKEN as error:
            failure = _broken(error, outgoing)
        else:
            self._last_use = time.monotonic()
            elapsed = 1000 * (self._last_use - started)
            logger.debug("POST %s: HTTP %d in %.0f ms", path, reply.status, elapsed)
            try:
                return read_reply(reply)
            except WiroError as error:
                error.args = (self._credentials.redact(error.message),)
                raise
        raise failure

    def _exchange(
        self, path: str, outgoing: Outgoing, headers: dict[str, str], allowed: float
    ) -> Reply:
        with self.session.post(
            f"{self._api_url}/{path}",
            data=outgoing,
            headers=headers,
            timeout=(min(self.pace.connect, allowed), min(self.pace.silence, allowed)),
            allow_redirects=False,
            stream=True,
        ) as response:
            # Sending may take long and is not the answer's fault.
            deadline = (outgoing.left_at or time.monotonic()) + allowed
            body = bytearray()
            while piece := response.raw.read1(_CHUNK, decode_content=True):
                body += piece
                if len(body) > MAX_REPLY_BYTES:
                    raise urllib3.exceptions.ProtocolError("the answer is too large")
                if time.monotonic() > deadline:
                    raise urllib3.exceptions.ProtocolError("the answer drips too slowly")
            return Reply(response.status_code, bytes(body), response.headers.get("Retry-After"))


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def bytes_body(content: bytes) -> Outgoing:
    """A body that is small and at hand."""
    return Outgoing(io.BytesIO(content), len(content))


def _broken(error: Exception, outgoing: Outgoing) -> WiroError:
    """The error for a connection that broke before a whole answer was read."""
    reason = _reason(error)
    if outgoing.left_at is not None:
        return ProtocolError(f"No answer came back: {reason}.", remedy="Check the network.")
    if outgoing.taken:
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
    words = re.sub(r"^(?:<[^>]*>|HTTPS?Connection(?:Pool)?\(.*?\)): |\[Errno -?\d+\] ", "", text)
    return words.rstrip(".") or type(cause).__name__
