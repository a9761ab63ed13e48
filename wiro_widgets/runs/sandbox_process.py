"""Find this user's running sandbox, or start one; hold a lease on it while this process lives.

The sandbox is a process of its own, shared by all of a user's notebooks. It ends by itself
when the last lease is gone: a lease is nothing but an open connection, so it is gone when
the kernel is, however the kernel ended.

Whatever answers at an address may be a proxy of the real service, or another user's program on
the port of a sandbox that has ended. So a sandbox is what proves to know the secret, and its
credentials work only while the lease that was taken with that proof holds.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import http.client
import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wiro_widgets.client import ConnectionFailed, Credentials
from wiro_widgets.errors import SandboxUnavailableError
from wiro_widgets.runs.credentials import hides_frames
from wiro_widgets.runs.ownership import doubt_about, require_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_START_SECONDS = 30.0
_IDLE_SECONDS = 60
_LEASE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_PIECE_BYTES = 4096
_HEAD_BYTES = 16 * 1024
_OK = b"200"
_LEAST_FREE_BYTES = 1024 * 1024
_CARD = "sandbox.json"
_ELSEWHERE = (
    "Set the variable XDG_CACHE_HOME to a folder that you can write to, or WIRO_API_KEY to a key."
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PROOF = "wiro-widgets sandbox"
"""The nonce whose signature makes proofs; it is never sent, and no request is signed with it."""
_BY_HAND = (
    'Set WIRO_API_KEY, or run "wiro-widgets sandbox" in a terminal and set the variables that it'
    " prints."
)


@dataclass(frozen=True)
class Sandbox:
    """Where a sandbox answers and what it accepts. Its key opens nothing but itself."""

    api_url: str
    socket_url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def credentials(self) -> Credentials:
        """What it accepts, to sign with."""
        return Credentials(self.key, self.secret)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which another process uses it."""
        return {
            "WIRO_API_KEY": self.key,
            "WIRO_API_SECRET": self.secret,
            "WIRO_API_URL": self.api_url,
            "WIRO_SOCKET_URL": self.socket_url,
        }


class SandboxLease:
    """Keeps a sandbox alive for as long as this object does.

    Args:
        connection: A socket on which a sandbox is giving its never-ending answer.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)

    @classmethod
    def take(cls, api_url: str, credentials: Credentials) -> SandboxLease | None:
        """A lease on the sandbox at this address; None when what answers there proves to be none.

        Only addresses of this computer are asked: a sandbox is never anywhere else. Nothing but
        random text is sent before the proof has come.
        """
        try:
            parts = urlsplit(api_url)
            host, port = parts.hostname or "", parts.port or http.client.HTTP_PORT
        except ValueError:
            return None
        if parts.scheme != "http" or host not in _LOOPBACK:
            return None
        deadline = time.monotonic() + _LEASE_SECONDS
        try:
            connection = socket.create_connection((host, port), timeout=_LEASE_SECONDS)
        except OSError:
            return None
        held = False
        with contextlib.suppress(OSError, http.client.HTTPException):
            if _proves_itself(connection, credentials, deadline):
                connection.sendall(_head(connection, "/-/lease", credentials.headers()))
                held = _answer(connection, deadline)[0] == _OK
        if not held:
            connection.close()
            return None
        return cls(connection)

    @property
    def alive(self) -> bool:
        """Whether the sandbox still holds its end."""
        try:
            while self._connection.recv(_PIECE_BYTES):
                pass  # whatever it says is of no interest, only that it has not hung up
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def release(self) -> None:
        """Give the lease back."""
        self._connection.close()


class LeasedCredentials(Credentials):
    """Credentials that sign for as long as a lease on a sandbox holds.

    When a sandbox has ended, its port is free for anybody, who must not be sent a key, nor what a
    request has in it.

    Args:
        given: Key and secret of the sandbox.
        lease: On it.
    """

    __slots__ = ("_lease",)

    def __init__(self, given: Credentials, lease: SandboxLease) -> None:
        # Not by the constructor: nobody but the credentials themselves has the key in hand.
        for name in Credentials.__slots__:
            setattr(self, name, getattr(given, name))
        self._lease = lease

    def headers(self, nonce: str | None = None) -> dict[str, str]:
        """The authentication headers of one request.

        Raises:
            ConnectionFailed: The sandbox has ended.
        """
        if not self._lease.alive:
            raise ConnectionFailed(
                "The sandbox has ended.", remedy="Connect again: wiro_widgets.connect() starts one."
            )
        return super().headers(nonce)


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
    try:
        folder: Path | None = user_cache_path("wiro-widgets")
    except RuntimeError:  # in older versions a path that is not absolute
        folder = None
    if folder is None or not folder.is_absolute():
        raise SandboxUnavailableError(
            "No key is set, and the sandbox has no place for its files: this user has no home.",
            remedy=_ELSEWHERE,
        )
    with _in_words(folder):
        require_private(folder)
    with _in_words(folder), FileLock(folder / "sandbox.lock", timeout=_START_SECONDS * 2):
        found = _read(folder / _CARD)
        if found is not None and (lease := SandboxLease.take(found.api_url, found.credentials)):
            return found, lease
        _, started = launch(folder)
        lease = SandboxLease.take(started.api_url, started.credentials)
        if lease is None:
            raise SandboxUnavailableError(
                "The sandbox started but does not answer.",
                remedy=f"Look at {folder / 'sandbox.log'}, or set WIRO_API_KEY.",
            )
        return started, lease


def launch(folder: Path) -> tuple[subprocess.Popen[bytes], Sandbox]:
    """Start a sandbox that keeps its state in `folder`; it ends when nobody uses it any more.

    Args:
        folder: This user's own, which nobody else can write to.

    Raises:
        SandboxUnavailableError: It ended or stayed silent; its own words are in the message.
    """
    log = folder / "sandbox.log"
    card = folder / _CARD
    if not sys.executable:
        raise SandboxUnavailableError(
            "The sandbox can't be started: this program doesn't know where Python is.",
            remedy=_BY_HAND,
        )
    command = [sys.executable, "-m", "wiro_widgets.sandbox", "--card", str(card)]
    command += ["--state", str(folder / "sandbox"), "--idle-exit", str(_IDLE_SECONDS)]
    # Left by a sandbox that was killed.
    card.unlink(missing_ok=True)
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # An interrupt of the kernel goes to its whole process group; this one is shared.
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxUnavailableError(
                f"The sandbox can't be started: {error.strerror} ({sys.executable}).",
                remedy=_BY_HAND,
            ) from None
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (sandbox := _read(card)) is not None:
            return process, sandbox
        time.sleep(_POLL_SECONDS)
    process.terminate()
    said = log.read_text(errors="replace").strip().splitlines()
    if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise SandboxUnavailableError(
        f"The sandbox could not start: {said[-1] if said else 'it gave no reason'}",
        remedy='Set WIRO_API_KEY, or install the sandbox: pip install "wiro-widgets[sandbox]".',
    )


@contextlib.contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    """Say of what keeps a sandbox from its folder where that is and what to do."""
    try:
        yield
    except TimeoutError:
        raise SandboxUnavailableError(
            f"No key is set, and another program has been starting the sandbox in {folder} for"
            f" more than {2 * _START_SECONDS:.0f} s.",
            remedy=f"End that program, or {_ELSEWHERE[0].lower()}{_ELSEWHERE[1:]}",
        ) from None
    except (OSError, NotImplementedError) as error:
        # filelock says the latter of a disk without locks.
        why = getattr(error, "strerror", None) or "it has no file locks"
        raise SandboxUnavailableError(
            f"No key is set, and the sandbox can't keep its files in {folder}: {why}.",
            remedy=_ELSEWHERE,
        ) from None


@hides_frames
def _read(card: Path) -> Sandbox | None:
    """What a running sandbox wrote down, if it did and nobody else can have written it."""
    try:
        if doubt_about(card) is not None:
            return None
        said = json.loads(card.read_text())
        return Sandbox(said["api_url"], said["socket_url"], said["key"], said["secret"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _proves_itself(connection: socket.socket, credentials: Credentials, deadline: float) -> bool:
    """Whether what is at the other end knows the secret of these credentials.

    It is asked for an HMAC of random text and of its own address; with that, a program in between
    cannot pass the question on to a sandbox at another address.
    """
    challenge = secrets.token_hex(32)
    connection.sendall(_head(connection, "/-/proof", {"X-Challenge": challenge}))
    proof = _answer(connection, deadline)[1].get("X-Proof", "")
    host, port = connection.getpeername()[:2]
    expected = _proof_by(credentials, f"{_PROOF} {host} {port} {challenge}")
    return hmac.compare_digest(expected.encode(), proof.encode(errors="replace"))


def _proof_by(credentials: Credentials, message: str) -> str:
    # The last header is the signature; in a project without a secret, the key.
    *_, known = credentials.headers(_PROOF).values()
    return hmac.new(known.encode(), message.encode(), hashlib.sha256).hexdigest()


def _head(connection: socket.socket, path: str, headers: Mapping[str, str]) -> bytes:
    """A GET request without a body."""
    host, port = connection.getpeername()[:2]
    name = f"[{host}]" if ":" in host else host
    lines = [f"{key}: {value}" for key, value in {"Host": f"{name}:{port}", **headers}.items()]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def _answer(connection: socket.socket, deadline: float) -> tuple[bytes, http.client.HTTPMessage]:
    """Status and headers of the next response, which must be complete by the deadline.

    Raises:
        OSError: It is not.
        HTTPException: It is no head of a response.
    """
    received = b""
    while b"\r\n\r\n" not in received:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        piece = connection.recv(_PIECE_BYTES)
        received += piece
        if not piece or len(received) > _HEAD_BYTES:
            raise http.client.BadStatusLine("")
    line, _, rest = received.partition(b"\r\n")
    _, status, *_ = [*line.split(), b"", b""]
    return status, http.client.parse_headers(io.BytesIO(rest))
