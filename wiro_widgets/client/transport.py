"""Requests to the service: pooled connections, signed per request, retried only where free.

`Transport.call` repeats what may be repeated. `Transport.call_once` is for what costs money: it
tells a request that never reached the service from one that may have been accepted, by tracking
whether the whole body was handed to the operating system.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import math
import os
import random
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import urllib3.exceptions

from wiro_widgets.errors import (
    AuthenticationError,
    ConnectionFailed,
    ProtocolError,
    WiroError,
    bare,
)
from wiro_widgets.schema.responses import Response, read_response

from .connections import CHUNK, Connections, SendingStopped, TrackedBody
from .proxies import A_MOMENT, NetworkProblem, proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from .auth import Credentials
    from .proxies import Proxy

logger = logging.getLogger("wiro_widgets.client")

USER_AGENT = "wiro-widgets/0.1 (Python)"
_SKEW_SECONDS = 300
"""By how much a clock may be off before a refused signature is put down to it."""
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
"""A larger response is not read on."""
_BROKEN = (urllib3.exceptions.HTTPError, OSError)
_TOLD = (WiroError, SendingStopped, KeyboardInterrupt, SystemExit, GeneratorExit)


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


class Transport:
    """Signed requests to the service. Thread-safe."""

    def __init__(
        self, credentials: Credentials, api_url: str, timeouts: Timeouts, retry: RetryPolicy
    ) -> None:
        self._credentials = credentials
        self.redact = credentials.redactor()
        """Takes secrets out of what the service sends."""
        self._api_url = api_url.rstrip("/")
        self._timeouts = timeouts
        self._retry = retry
        self._last_use = 0.0
        self._date: tuple[str, float] | None = None
        self._connections = Connections()

    @property
    def clock_offset(self) -> float:
        """Seconds by which the service's clock is ahead of this one; 0.0 while unknown.

        From the ``Date`` header of the newest response, so exact to about a second.
        """
        if self._date is None:
            return 0.0
        text, received = self._date
        try:
            # The header has whole seconds, rounded down.
            return parsedate_to_datetime(text).timestamp() + 0.5 - received
        except (ValueError, TypeError, OverflowError):
            return 0.0

    def _clock_words(self) -> str:
        """What to do first about a refused signature; empty when this computer's clock is right."""
        behind = self.clock_offset
        if abs(behind) <= _SKEW_SECONDS:
            return ""
        minutes, way = round(abs(behind) / 60), "slow" if behind > 0 else "fast"
        return (
            f"This computer's clock is about {minutes} minutes {way}, and requests are signed with"
            " the time: set the clock first. "
        )

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._connections.close()

    def call(
        self, path: str, body: dict[str, Any], *, task_id: str | None = None
    ) -> dict[str, Any]:
        """Send a request that is free to repeat, for at most ``retry.budget`` seconds.

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
        """One try of a JSON request, in at most `within` seconds (default: ``total``)."""
        if body.get("tasktoken"):
            self.redact.note(body["tasktoken"])
        try:
            return self.send(path, _json_body(body), "application/json", within=within)
        except WiroError as error:
            error.task_id = error.task_id or task_id
            raise

    def call_once(self, path: str, body: TrackedBody, content_type: str) -> dict[str, Any]:
        """One try of a request that must not reach the service twice.

        Only a connection that could not be opened is tried again. An error with
        `maybe_accepted` means that the whole body was sent and no proper response came.

        Raises:
            SendingStopped: The body's `on_sending` raised.
            WiroError: The failure.
        """
        if time.monotonic() - self._last_use > self._timeouts.live_poll:
            # A connection that was idle for long may be dead, and finding that out after the
            # body was sent would leave the outcome unknown.
            self._connections.close()
        return self._repeat(
            path,
            lambda: self.send(path, body, content_type),
            lambda error: (
                isinstance(error, ConnectionFailed) and error.retryable and not body.started
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
                wait = backoff(failures, self._retry, error.retry_after)
                allowed = min(self._retry.budget, getattr(error, "patience", math.inf))
                left = allowed - (time.monotonic() - started)
                if not may_repeat(error) or wait > left:
                    raise
                logger.info("%s failed (%s); next try in %.1f s", path, type(error).__name__, wait)
            failures += 1
            time.sleep(wait)

    def send(
        self, path: str, body: TrackedBody, content_type: str, *, within: float | None = None
    ) -> dict[str, Any]:
        """One signed POST: the envelope of its response, or the error it stands for."""
        allowed = min(within or self._timeouts.total, self._timeouts.total)
        failure: BaseException
        try:
            return self._answer(path, body, content_type, allowed)
        except AuthenticationError as error:
            error.remedy = f"{self._clock_words()}{error.remedy}"
            failure = error
        except _BROKEN as error:
            failure = _broken(error, body, proxy_for(self._api_url))
        except BaseException as error:  # noqa: BLE001 - raised below
            failure = error
            if body.sent_at is not None and not isinstance(error, _TOLD):
                # Nobody could read the response, and a paid request may have been accepted.
                failure = _broken(error, body, proxy_for(self._api_url))
        # Without the frames below this one, which have the signed headers and the raw response.
        try:
            raise bare(failure)
        finally:
            del failure

    def _answer(
        self, path: str, body: TrackedBody, content_type: str, allowed: float
    ) -> dict[str, Any]:
        started = time.monotonic()
        response = self._exchange(path, body, content_type, allowed)
        self._last_use = time.monotonic()
        elapsed = 1000 * (self._last_use - started)
        logger.debug("POST %s: HTTP %d in %.0f ms", path, response.status, elapsed)
        return read_response(response)

    def _exchange(
        self, path: str, body: TrackedBody, content_type: str, allowed: float
    ) -> Response:
        headers = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip, deflate",
            "Content-Type": content_type,
            **self._credentials.headers(),
        }
        with self._connections.request(
            "POST",
            f"{self._api_url}/{path}",
            headers,
            connect=min(self._timeouts.connect, allowed),
            read=min(self._timeouts.read, allowed),
            body=body,
        ) as response:
            # The time for sending does not count.
            deadline = (body.sent_at or time.monotonic()) + allowed
            content = bytearray()
            while piece := response.read1(CHUNK, decode_content=True):
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    raise urllib3.exceptions.ProtocolError("the response is too large")
                if time.monotonic() > deadline:
                    raise urllib3.exceptions.ProtocolError("the response arrives too slowly")
            if date := response.headers.get("Date"):
                self._date = date, time.time()
            clean = self.redact(bytes(content))
            return Response(
                response.status,
                clean,
                response.headers.get("Retry-After"),
                self._between(response.status),
            )

    def _between(self, status: int) -> str:
        """What to do when a proxy that sees the requests in clear has answered by itself."""
        proxy = proxy_for(self._api_url) if self._api_url.startswith("http:") else None
        if proxy is None:
            return ""
        problem = proxy.refusal(urlsplit(self._api_url).hostname or "", status)
        return f"{problem} {problem.remedy}"


def _json_body(value: dict[str, Any]) -> TrackedBody:
    stream = io.BytesIO(json.dumps(value).encode())
    return TrackedBody(stream, stream.getbuffer().nbytes)


def _broken(error: BaseException, body: TrackedBody, proxy: Proxy | None) -> WiroError:
    """The error for a connection that broke before a whole response was read."""
    reason = _reason(error)
    if body.sent_at is not None:
        return ProtocolError(f"No response came back: {reason}.", remedy="Check the network.")
    if body.bytes_read:
        return ConnectionFailed(f"The connection broke while sending: {reason}.")
    if isinstance(error, NetworkProblem):
        failed = ConnectionFailed(str(error), remedy=error.remedy)
        failed.patience = error.patience
        return failed
    if reason == os.strerror(errno.EMFILE):
        return no_room(OSError(errno.EMFILE, reason))
    way = "" if proxy is None else f" through {proxy.shown[0].lower()}{proxy.shown[1:]}"
    failed = ConnectionFailed(f"The service cannot be reached{way}: {reason}.")
    if proxy is not None:
        failed.patience = 2 * A_MOMENT
    # A bad certificate or address does not get better by trying.
    failed.retryable = not isinstance(error, (urllib3.exceptions.SSLError, ValueError))
    return failed


def no_room(error: OSError) -> ConnectionFailed:
    """The error for a computer that opens no more connections."""
    return ConnectionFailed(
        f"This computer opens no more connections: {error.strerror or error}.",
        remedy="Close some files, or raise the limit on them (ulimit -n), then run it again.",
    )


def _reason(error: BaseException) -> str:
    """The innermost cause as text, without addresses of objects."""
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
    words = re.sub(r"\.? \(\w+ timeout=[^)]*\)", "", words)
    return words.rstrip(".") or type(cause).__name__
