"""Who listens to which task, and telling them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from .frames import GREETING, frame
from .trials import SILENT_SOCKET

if TYPE_CHECKING:
    from .options import FrameGeneration
    from .task import Task

PING_SECONDS = 30.0
FRAME_LIMIT = 64 * 1024
"""Bytes of one frame from a client; a registration needs about a hundred."""
BACKLOG = 10_000
"""Frames that may wait for one slow listener before it is let go."""


class Listener:
    """One open socket. Frames queue up for it, so that a slow reader delays nobody."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self._waiting.put_nowait(GREETING)

    def tell(self, text: str) -> None:
        """Queue one frame."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Cut the connection once what is queued has been sent, without a closing handshake."""
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(None)

    async def write(self, request: web.Request) -> None:
        """Send what is queued until the connection ends."""
        with contextlib.suppress(ConnectionError):
            while (text := await self._waiting.get()) is not None:
                await self._socket.send_str(text)
            if request.transport is not None:
                request.transport.abort()


class Hub:
    """All listeners, by the token of the task they registered for."""

    def __init__(self, generation: FrameGeneration) -> None:
        self._generation = generation
        self._listeners: dict[str, set[Listener]] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def count(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    def publish(self, task: Task, kind: str, message: Any = "") -> None:
        """Tell the listeners of a task; there is no replay for those who come later."""
        listeners = self._listeners.get(task.socketaccesstoken)
        if not listeners or SILENT_SOCKET in task.trials:
            return
        text = frame(self._generation, task, kind, message)
        for listener in listeners:
            listener.tell(text)

    def drop_listeners(self, task: Task) -> None:
        """Cut every socket that listens to a task."""
        for listener in self._listeners.get(task.socketaccesstoken, set()):
            listener.drop()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=FRAME_LIMIT)
        await socket.prepare(request)
        listener = Listener(socket)
        tokens: set[str] = set()
        self._sockets.add(socket)
        writer = asyncio.create_task(listener.write(request))
        try:
            async for message in socket:
                token = _registration(message.data) if message.type is WSMsgType.TEXT else None
                if token is not None:
                    tokens.add(token)
                    self._listeners.setdefault(token, set()).add(listener)
        finally:
            writer.cancel()
            self._sockets.discard(socket)
            for token in tokens:
                self._forget(token, listener)
        return socket

    def _forget(self, token: str, listener: Listener) -> None:
        listeners = self._listeners.get(token, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(token, None)

    async def close(self) -> None:
        """Close every socket, for the end of the server."""
        await asyncio.gather(
            *(socket.close(code=1001) for socket in list(self._sockets)), return_exceptions=True
        )


def _registration(text: str) -> str | None:
    """The token of a ``task_info`` frame; anything else is dropped silently."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or parsed.get("type") != "task_info":
        return None
    token = parsed.get("tasktoken")
    return token if isinstance(token, str) else None
