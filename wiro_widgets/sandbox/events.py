"""Telling whoever listens what changes: sockets with their frames, and webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import WSMsgType, web

from .messages import success
from .scenarios import SILENT_SOCKET
from .task import TERMINAL, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .messages import JSON
    from .options import FrameGeneration
    from .state import Tasks
    from .task import Task

_log = logging.getLogger(__name__)
ATTEMPTS = 3
PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 5.0
PING_SECONDS = 30.0
FRAME_LIMIT = 64 * 1024
"""Bytes of one frame from a client; a registration needs about a hundred."""
SOCKETS = 256
"""Sockets that are open at once; anybody on this computer can open one."""
BACKLOG = 10_000
"""Frames that may wait for one slow reader before its connection is cut."""
GREETING = json.dumps({"type": "connected", "version": "1.0"})
# What the documentation shows of an output in a frame; Task/Detail shows all of it.
_OUTPUT_FIELDS = ("name", "contenttype", "size", "url", "content")


def frame(generation: FrameGeneration, task: Task, kind: str, message: Any) -> str:
    """One frame as JSON text, in one of the two generations seen in use.

    Args:
        generation: ``old`` carries ``tasktoken``; ``new`` carries ``success``, ``terminal``
            and ``exitCode`` instead, and no raw output in the two ``_full`` frames.
        task: The task.
        kind: The frame's type, mostly a status.
        message: Depends on the type: a log line, a progress object, outputs, nothing.
    """
    body: JSON = {"type": kind, "id": str(task.id), "result": kind != Status.CANCEL}
    if generation == "old":
        body |= {"tasktoken": task.socketaccesstoken, "message": None if message == "" else message}
        return json.dumps(body)
    terminal = kind in TERMINAL
    body |= {
        "message": "" if kind in (Status.OUTPUT_FULL, Status.ERROR_FULL) else message,
        "success": (task.pexit == "0" and kind != Status.CANCEL) if terminal else None,
        "terminal": terminal,
        "exitCode": (task.pexit or None) if terminal else None,
    }
    return json.dumps(body)


def output_list(outputs: Iterable[JSON]) -> list[JSON]:
    """The outputs as the last frame lists them."""
    return [{name: one[name] for name in _OUTPUT_FIELDS if name in one} for one in outputs]


def progress(percentage: int, elapsed: float, remaining: float) -> JSON:
    """The progress object of some models; its numbers are text, as the service's are.

    Args:
        percentage: 0 to 100.
        elapsed: Seconds so far.
        remaining: Seconds left.
    """
    return {
        "type": "progressGenerate",
        "task": "Generate",
        "percentage": str(percentage),
        "stepCurrent": str(percentage // 5),
        "stepTotal": "20",
        "speed": "1.0",
        "speedType": "it/s",
        "elapsedTime": f"{elapsed:.0f}s",
        "remainingTime": f"{remaining:.0f}s",
    }


class Listener:
    """One open socket. Its frames are queued, so that a slow reader delays nobody else."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.tokens: set[str] = set()
        """Of the tasks that it is registered for."""
        self._socket = socket
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self._queue.put_nowait(GREETING)

    def send(self, text: str) -> None:
        """Queue one frame."""
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Cut the connection after what is queued, without a closing handshake."""
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    async def close(self) -> None:
        """Close with a closing handshake, since the server goes away."""
        await self._socket.close(code=1001)

    async def write(self, request: web.Request) -> None:
        """Send what is queued until the connection ends."""
        with contextlib.suppress(ConnectionError):
            while (text := await self._queue.get()) is not None:
                await self._socket.send_str(text)
            if request.transport is not None:
                request.transport.abort()


class Hub:
    """All listeners, by the token of the task they registered for.

    A token is all that tells the owner of a task from a stranger, so a socket is registered for
    tasks that exist and for nothing else, and one without a task counts for little.

    Args:
        generation: Of the frames.
        has_token: Whether there is a task with a token.
    """

    def __init__(self, generation: FrameGeneration, has_token: Callable[[str], bool]) -> None:
        self._generation = generation
        self._has_token = has_token
        self._listeners: dict[str, set[Listener]] = {}
        # Oldest first.
        self._open: dict[Listener, None] = {}

    @property
    def count(self) -> int:
        """How many sockets are registered for a task."""
        return sum(bool(listener.tokens) for listener in self._open)

    def publish(self, task: Task, kind: str, message: Any = "") -> None:
        """Send a frame to the listeners of a task; later ones get no replay."""
        listeners = self._listeners.get(task.socketaccesstoken)
        if not listeners or SILENT_SOCKET in task.scenarios:
            return
        text = frame(self._generation, task, kind, message)
        for listener in listeners:
            listener.send(text)

    def drop_listeners(self, task: Task) -> None:
        """Cut every socket that is registered for a task."""
        for listener in self._listeners.get(task.socketaccesstoken, set()):
            listener.drop()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes.

        Raises:
            HTTPServiceUnavailable: Too many are open.
        """
        self._make_room()
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=FRAME_LIMIT)
        await socket.prepare(request)
        listener = Listener(socket)
        self._open[listener] = None
        writer = asyncio.create_task(listener.write(request))
        try:
            async for message in socket:
                token = _registration(message.data) if message.type is WSMsgType.TEXT else None
                if token is not None and self._has_token(token):
                    listener.tokens.add(token)
                    self._listeners.setdefault(token, set()).add(listener)
        finally:
            writer.cancel()
            self._open.pop(listener, None)
            for token in listener.tokens:
                self._unregister(token, listener)
        return socket

    def _make_room(self) -> None:
        """Cut the oldest socket without a task when there are too many."""
        if len(self._open) < SOCKETS:
            return
        for listener in self._open:
            if not listener.tokens:
                del self._open[listener]
                listener.drop()
                return
        raise web.HTTPServiceUnavailable(text=f"{SOCKETS} sockets are open already.\n")

    def _unregister(self, token: str, listener: Listener) -> None:
        listeners = self._listeners.get(token, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(token, None)

    async def close(self) -> None:
        """Close every socket."""
        closing = [listener.close() for listener in self._open]
        await asyncio.gather(*closing, return_exceptions=True)


def _registration(text: str) -> str | None:
    """The token of a ``task_info`` frame; ``None`` for anything else, which is ignored."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or parsed.get("type") != "task_info":
        return None
    token = parsed.get("tasktoken")
    return token if isinstance(token, str) else None


class Publisher:
    """The only place that changes a task's status or log: stored first, then published."""

    def __init__(self, tasks: Tasks, hub: Hub) -> None:
        self._tasks = tasks
        self._hub = hub

    def enter(self, task: Task, status: str, *, field: str = "", message: Any = "") -> None:
        """Enter a status.

        Args:
            task: The task.
            status: The new status, which is the frame's type too.
            field: The task's field for the time; empty if the status has none.
            message: The message of the frame.
        """
        changed = task.status != status
        task.status = status
        if field:
            task.times[field] = time.time()
        self._tasks.save(task)
        self._hub.publish(task, status, message)
        if changed and status in task.scenarios.drops:
            self._hub.drop_listeners(task)

    def log(self, task: Task, line: str) -> None:
        """Add a line to the log; this is a status too."""
        task.debugoutput += f"{line}\n"
        self.enter(task, Status.OUTPUT, message=line)

    def log_error(self, task: Task, line: str) -> None:
        """Add a line of stderr; it does not mean that the task failed."""
        task.debugerror += f"{line}\n"
        self.enter(task, Status.ERROR, message=line)

    def store(self, task: Task) -> None:
        """Store a change that no frame reports."""
        self._tasks.save(task)

    def send(self, task: Task, kind: str, message: Any) -> None:
        """Send a frame that changes nothing."""
        self._hub.publish(task, kind, message)


class Webhooks:
    """Posts each finished task to the URL that its Run named."""

    def __init__(self, show: Callable[[Task], JSON]) -> None:
        self._show = show
        self._sending: set[asyncio.Task[None]] = set()

    def notify(self, task: Task) -> None:
        """Send a finished task, if its URL is on this computer."""
        if not is_loopback(task.callbackurl):
            return
        body = success(total="1", tasklist=[self._show(task)])
        sending = asyncio.create_task(_send(task.callbackurl, body))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Abandon what is still being sent."""
        for sending in self._sending:
            sending.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)


async def _send(address: str, body: JSON) -> None:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS)
            try:
                async with session.post(address, json=body, allow_redirects=False) as response:
                    if response.ok:
                        return
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                _log.info("webhook attempt %d failed: %s", attempt + 1, type(error).__name__)


def is_loopback(address: str) -> bool:
    """Whether an address is http on this computer; False for text that is no address."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme != "http":
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
