"""One server from start to end: port, ready line, signals, idle exit."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from wiro_widgets._version import __version__

from .app import make_app
from .catalog.openapi import DocumentError
from .service import Service
from .store import StateInUseError, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .options import Options

CANNOT_START = 2
_BACKLOG = 512
_GRACE_SECONDS = 0.5
CONNECTIONS = 512
"""Connections that are open at once; one more is ended before it can say anything.

Fewer where the system allows fewer open files than twice as many, since tasks need some, too.
"""
HEAD_SECONDS = 20
"""For the head of a request to arrive, and for the next one to begin on the same connection.

Longer than a client keeps a connection that it does not use, so that none ends under a request.
"""


class CannotStartError(Exception):
    """The server cannot start; the text is one sentence that says what to do."""


def serve(options: Options) -> int:
    """Run a server until a signal or ``--idle-exit`` ends it; returns the exit code."""
    # Whatever is written from here on, SQLite's own files included, is for this user only.
    os.umask(0o077)
    try:
        with _state(options) as store, contextlib.closing(_listen(options)) as listening:
            asyncio.run(_serve(options, store, listening))
    except CannotStartError as error:
        sys.stderr.write(f"wiro_widgets.sandbox: {error}\n")
        return CANNOT_START
    return 0


def _listen(options: Options) -> socket.socket:
    try:
        family = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((options.host, options.port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise CannotStartError(
            f"cannot listen on port {options.port} of {options.host}"
            f" ({getattr(error, 'strerror', None) or error});"
            " stop what uses it, or choose another one: --port 0 finds a free port."
        ) from error


@contextlib.contextmanager
def _state(options: Options) -> Iterator[Store]:
    """The state directory; without ``--state`` a temporary one, removed at the end."""
    temporary = None if options.state else tempfile.mkdtemp(prefix="wiro-sandbox-")
    directory = Path(temporary) if temporary else options.state or Path()
    try:
        store = Store(directory)
    except StateInUseError as error:
        raise CannotStartError(
            f"the state in {directory} is in use by another sandbox; stop that one first,"
            " or name another directory: --state DIR."
        ) from error
    except OSError as error:
        raise CannotStartError(
            f"cannot write the state to {directory} ({error.strerror});"
            " name another directory: --state DIR."
        ) from error
    try:
        with contextlib.closing(store):
            yield store
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


async def _serve(options: Options, store: Store, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        service = Service(options, store, f"http://{authority}")
    except DocumentError as error:
        raise CannotStartError(f"{error}; name OpenAPI documents: --openapi PATH.") from error
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(
        make_app(service),
        access_log=None,
        keepalive_timeout=HEAD_SECONDS,
        shutdown_timeout=_GRACE_SECONDS,
    )
    await runner.setup()
    try:
        accepting = await loop.create_server(_door(runner, service), sock=listening, backlog=1)
        # To asyncio the backlog is also how many connections it accepts before it tells us of
        # the first: with this one, a burst of them would take all open files there may be.
        listening.listen(_BACKLOG)
        service.resume()
        line = _ready_line(service, authority)
        with contextlib.closing(accepting), _card(options.card, line):
            sys.stdout.write(line)
            sys.stdout.flush()
            await _until_idle_or(ended, service, options.idle_exit)
    finally:
        await service.close()
        await runner.cleanup()


class _TurnedAway(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _door(runner: web.AppRunner, service: Service) -> Callable[[], asyncio.BaseProtocol]:
    """What makes the protocol of each new connection, as long as there are not too many."""
    loop = asyncio.get_running_loop()
    most = min(CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)

    def admit() -> asyncio.BaseProtocol:
        server = runner.server
        if server is None or len(server.connections) >= most:
            return _TurnedAway()
        connection = server()
        # Most versions of aiohttp wait for the first head of a connection for ever.
        loop.call_later(HEAD_SECONDS, end_if_silent, connection)
        return connection

    def end_if_silent(connection: web.RequestHandler) -> None:
        if connection.transport is not None and connection.transport not in service.heard:
            connection.force_close()

    return admit


def _ready_line(service: Service, authority: str) -> str:
    """The only line on standard output: where the server is, and what it accepts."""
    account = service.accounts.current
    line = {
        "api_url": f"http://{authority}/v1",
        "socket_url": f"ws://{authority}/v1",
        "key": account.key,
        "secret": account.secret,
        "pid": os.getpid(),
        "version": __version__,
    }
    return json.dumps(line) + "\n"


@contextlib.contextmanager
def _card(path: Path | None, line: str) -> Iterator[None]:
    """The ready line in a file for this user's eyes only, until the server ends.

    Raises:
        CannotStartError: The file cannot be written.
    """
    if path is None:
        yield
        return
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise CannotStartError(
            f"cannot write {path} ({error.strerror}); name another file: --card FILE."
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as card:
        card.write(line)
    written = Path(name).replace(path)
    mine = written.stat()
    try:
        yield
    finally:
        # A later server may have written its own there.
        with contextlib.suppress(OSError):
            if os.path.samestat(mine, written.stat()):
                written.unlink()


async def _until_idle_or(ended: asyncio.Event, service: Service, limit: float | None) -> None:
    """Wait for a signal or, with a limit in seconds, until the server was idle for so long."""
    if limit is None:
        await ended.wait()
        return
    idle_since = time.monotonic()
    while not ended.is_set():
        now = time.monotonic()
        idle_since = max(idle_since, service.usage.last) if service.is_idle() else now
        left = idle_since + limit - now
        if left <= 0:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ended.wait(), min(1.0, left))
