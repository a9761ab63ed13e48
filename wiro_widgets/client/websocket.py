"""`ReconnectingSocket`: the live socket, read without blocking. It knows nothing of tasks."""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
import time
from typing import TYPE_CHECKING, Any

import websocket

from wiro_widgets.errors import bare
from wiro_widgets.schema.parsing import Secret

from .connections import Connections
from .proxies import NetworkProblem
from .transport import USER_AGENT, RetryPolicy, Timeouts, backoff

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

logger = logging.getLogger("wiro_widgets.client")

MAX_MESSAGE_BYTES = 2 * 1024 * 1024
"""A larger message costs the socket its connection: no line of a log is that long."""
_FRAMES_PER_TURN = 200
_CONTROL = frozenset({websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG})
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError)
# A head that makes no sense has older versions of the library raise anything, even IndexError.
_LOST = (Exception,)


class _Stream:
    """A connected socket with a deadline for the handshake and a limit for one message.

    Args:
        sock: The socket; what is not defined here is passed on to it.
        deadline: Monotonic time by which the handshake has to be over.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self.deadline: float | None = deadline
        self.message_bytes = 0
        """Bytes received since the last message was complete, the handshake included."""

    def recv(self, count: int) -> bytes:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the handshake takes too long")
            self._sock.settimeout(left)
        piece = self._sock.recv(count)
        self.message_bytes += len(piece)
        if self.message_bytes > MAX_MESSAGE_BYTES:
            raise websocket.WebSocketProtocolException("message too large")
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _WebSocket(websocket.WebSocket):
    """Wraps its socket into a `_Stream` as soon as it is connected."""

    deadline = 0.0
    """Monotonic time by which the next connection has to be open."""
    _stream: _Stream | None = None

    @property
    def sock(self) -> Any:
        return self._stream

    @sock.setter
    def sock(self, sock: socket.socket | None) -> None:
        self._stream = None if sock is None else _Stream(sock, self.deadline)


class ReconnectingSocket:
    """A WebSocket connection that is opened again after each loss, until it is closed.

    Args:
        url: ``ws://`` or ``wss://`` address.
        timeouts: `connect` and `ping` apply.
        retry: Back-off between connection attempts.
        redact: Takes secrets out of what arrives.
    """

    def __init__(
        self,
        url: str,
        timeouts: Timeouts,
        retry: RetryPolicy,
        redact: Callable[[bytes], bytes],
    ) -> None:
        self._url = url
        self._timeouts = timeouts
        self._retry = retry
        self._redact = redact
        self._socket: _WebSocket | None = None
        self._failures = 0
        self._received_at = 0.0
        self._pinged_at = 0.0
        self._has_pending = False
        self.retry_at = 0.0
        """Monotonic time of the next try to open it, while it is not open."""

    @property
    def is_open(self) -> bool:
        """True while connected."""
        return self._socket is not None

    def fileno(self) -> int:
        """The file descriptor, for a selector; only while open."""
        assert self._socket is not None  # noqa: S101 - for the type checker
        return int(self._socket.fileno())  # type: ignore[no-untyped-call]

    def due(self, now: float) -> float:
        """Seconds until a ping or a reconnect is due; 0.0 if frames are waiting."""
        if self._has_pending:
            return 0.0
        if self._socket is None:
            return max(0.0, self.retry_at - now)
        return max(0.0, max(self._received_at, self._pinged_at) + self._timeouts.ping - now)

    def open(self, within: float) -> bool:
        """Connect in about `within` seconds at most; False if that failed.

        The way is the same as for HTTP: proxies, and whom to trust. Redirects are not followed,
        since tokens must go to this address only.
        """
        candidate = _WebSocket()
        allowed = min(within, self._timeouts.connect)
        candidate.deadline = time.monotonic() + allowed
        try:
            candidate.connect(  # type: ignore[no-untyped-call]
                self._url,
                timeout=allowed,
                header=[f"User-Agent: {USER_AGENT}"],
                suppress_origin=True,
                redirect_limit=0,
                socket=Connections().open_socket(self._url, allowed),
            )
            candidate.sock.deadline = None
            candidate.settimeout(0)
        except _LOST as error:
            candidate.shutdown()  # type: ignore[no-untyped-call]
            self._plan_retry()
            wait = self.retry_at - time.monotonic()
            why = error if isinstance(error, NetworkProblem) else type(error).__name__
            logger.info("socket: %s; next try in %.1f s", why, wait)
            return False
        self._socket = candidate
        self._received_at = self._pinged_at = time.monotonic()
        return True

    def register(self, token: str) -> None:
        """Subscribe to the events of a task. Drops the connection if it turns out to be broken."""
        if self._socket is not None:
            try:
                self._socket.send(json.dumps({"type": "task_info", "tasktoken": token}))
            except _LOST:
                self.drop()
            except BaseException as error:  # noqa: BLE001 - raised again
                # Without the frames below this one, which have the token in clear.
                raise bare(error) from None

    def frames(self) -> Iterator[Secret]:
        """The text messages that have arrived. Drops the connection when it is lost.

        Older ones have tokens, so that they are not shown.
        """
        self._has_pending = False
        for _ in range(_FRAMES_PER_TURN):
            if self._socket is None:
                return
            try:
                text = self._receive(self._socket)
            except _WOULD_BLOCK:
                return
            except _LOST:
                self.drop()
                return
            except BaseException as error:  # noqa: BLE001 - raised again
                # Without the frames below this one, which have tokens in clear.
                raise bare(error) from None
            self._received_at = time.monotonic()
            if text:
                yield text
        self._has_pending = True

    def _receive(self, link: _WebSocket) -> Secret:
        """The next text message; empty for any other frame."""
        opcode, frame = link.recv_data_frame(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            self.drop()
        elif opcode in _CONTROL:
            # May stand between the fragments of a message, to which it does not count.
            link.sock.message_bytes -= 2 + len(frame.data)
        else:
            link.sock.message_bytes = 0
            if opcode == websocket.ABNF.OPCODE_TEXT:
                return Secret(self._redact(frame.data).decode("utf-8", "replace"))
        return Secret()

    def reset_backoff(self) -> None:
        """Let the next reconnect be quick again, since a frame about a task has arrived.

        A greeting is not enough, or a socket that is cut right after it would be opened without
        pause.
        """
        self._failures = 0

    def keep_alive(self, now: float) -> None:
        """Ping a silent connection; drop it if no pong came."""
        if (
            self._socket is None
            or now - max(self._received_at, self._pinged_at) < self._timeouts.ping
        ):
            return
        if self._pinged_at > self._received_at:
            logger.info("socket: nothing received for %.0f s", now - self._received_at)
            self.drop()
            return
        self._pinged_at = now
        try:
            self._socket.ping()
        except _LOST:
            self.drop()

    def drop(self) -> None:
        """Close a broken connection and schedule the next attempt."""
        self.close()
        self._plan_retry()

    def close(self) -> None:
        """Close with a close frame, without waiting for the peer's."""
        self._has_pending = False
        gone, self._socket = self._socket, None
        if gone is not None:
            with contextlib.suppress(*_LOST):
                gone.send_close()
            gone.shutdown()  # type: ignore[no-untyped-call]

    def _plan_retry(self) -> None:
        self.retry_at = time.monotonic() + backoff(self._failures, self._retry)
        self._failures += 1
