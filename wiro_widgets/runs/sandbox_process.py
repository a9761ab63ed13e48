"""Find this user's running sandbox, or start one; hold a lease on it while this process lives.

The sandbox is a process of its own, shared by all of a user's notebooks. It ends by itself
when the last lease is gone: a lease is nothing but an open connection, so it is gone when
the kernel is, however the kernel ended.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wiro_widgets.errors import SandboxUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS = 30.0
_IDLE_SECONDS = 60
_LEASE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_DRAIN_BYTES = 4096
_CARD = "sandbox.json"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Sandbox:
    """Where a sandbox answers and what it accepts. Its key opens nothing but itself."""

    api_url: str
    socket_url: str
    key: str
    secret: str


class SandboxLease:
    """Keeps a sandbox alive for as long as this object does.

    Args:
        connection: A socket on which a sandbox is giving its never-ending answer.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)

    @classmethod
    def take(cls, api_url: str) -> SandboxLease | None:
        """A lease on the sandbox at this address; None when no sandbox answers there.

        Only addresses of this computer are asked: a sandbox is never anywhere else.
        """
        parts = urlsplit(api_url)
        if parts.hostname not in _LOOPBACK:
            return None
        host, port = parts.hostname, parts.port or 80
        try:
            connection = socket.create_connection((host, port), timeout=_LEASE_SECONDS)
        except OSError:
            return None
        try:
            connection.sendall(f"GET /-/lease HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            answer = http.client.HTTPResponse(connection)
            answer.begin()
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        if answer.status != http.client.OK:
            connection.close()
            return None
        return cls(connection)

    @property
    def alive(self) -> bool:
        """Whether the sandbox still holds its end."""
        try:
            while self._connection.recv(_DRAIN_BYTES):
                pass  # whatever it says is of no interest, only that it has not hung up
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def release(self) -> None:
        """Give the lease back."""
        self._connection.close()


def find_or_start() -> tuple[Sandbox, SandboxLease]:
    """This user's sandbox with a lease on it, started when none runs.

    Raises:
        SandboxUnavailableError: It could not be started; the message says why and what to do.
    """
    try:
        from filelock import FileLock  # noqa: PLC0415 - of the sandbox extra
        from platformdirs import user_cache_path  # noqa: PLC0415
    except ImportError as error:
        raise SandboxUnavailableError(
            f"No key is set, and the sandbox is not installed ({error.name} is missing)."
        ) from None
    folder = user_cache_path("wiro-widgets", ensure_exists=True)
    card = folder / _CARD
    with FileLock(folder / "sandbox.lock", timeout=_START_SECONDS * 2):
        found = _read(card)
        if found is not None and (lease := SandboxLease.take(found.api_url)) is not None:
            return found, lease
        _, started = launch(folder)
        lease = SandboxLease.take(started.api_url)
        if lease is None:
            raise SandboxUnavailableError(
                "The sandbox started but does not answer.",
                remedy=f"Look at {folder / 'sandbox.log'}, or set WIRO_API_KEY.",
            )
        return started, lease


def launch(folder: Path) -> tuple[subprocess.Popen[bytes], Sandbox]:
    """Start a sandbox that keeps its state in `folder`; it ends when nobody uses it any more.

    Raises:
        SandboxUnavailableError: It ended or stayed silent; its own words are in the message.
    """
    log = folder / "sandbox.log"
    card = folder / _CARD
    command = [sys.executable, "-m", "wiro_widgets.sandbox"]
    command += ["--state", str(folder / "sandbox"), "--idle-exit", str(_IDLE_SECONDS)]
    with contextlib.suppress(FileNotFoundError):
        card.unlink()
    descriptor = os.open(card, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as answer, log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=errors,
            # An interrupt of the kernel goes to its whole process group; this one is shared.
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (sandbox := _read(card)) is not None:
            return process, sandbox
        time.sleep(_POLL_SECONDS)
    process.terminate()
    said = log.read_text(errors="replace").strip().splitlines()
    raise SandboxUnavailableError(
        "The sandbox that stands in for the service could not start:"
        f" {said[-1] if said else 'it gave no reason'}",
        remedy='Set WIRO_API_KEY, or install the sandbox: pip install "wiro-widgets[sandbox]".',
    )


def _read(card: Path) -> Sandbox | None:
    """The address a sandbox wrote down when it was ready, if it did."""
    try:
        said = json.loads(card.read_text())
        return Sandbox(said["api_url"], said["socket_url"], said["key"], said["secret"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
