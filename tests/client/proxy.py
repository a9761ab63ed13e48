"""A proxy for CONNECT that knows a name nobody else does, and a certificate for that name."""

from __future__ import annotations

import base64
import contextlib
import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

NAME = "wiro.test"
"""Leads to this computer for those who ask the proxy; this computer itself is never proxied."""
GO = b"HTTP/1.1 200 Go\r\n\r\n"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate, signed by itself, for ``localhost`` and `NAME`."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl command to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = f"subjectAltName=DNS:localhost,DNS:{NAME}"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *made], check=True, capture_output=True)
    return key, certificate


class HttpProxy:
    """A proxy on a port of its own.

    Args:
        answer: Sent for every request, or sends it; only after `GO` bytes are passed on.
        login: ``user:password`` that is asked for.
        tls: It is spoken to over TLS.
    """

    def __init__(
        self,
        answer: bytes | Callable[[socket.socket], None] = GO,
        login: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer, self._login, self._tls = answer, login, tls
        self.heads: list[str] = []
        """What was asked for, with its headers."""
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @property
    def hosts(self) -> set[str]:
        """The hosts that were asked for."""
        return {head.split()[1] for head in self.heads}

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, IndexError):
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
            head = client.recv(65536).decode("latin-1")
            self.heads.append(head)
            if callable(self._answer):
                self._answer(client)
                return
            login = base64.b64encode(self._login.encode()).decode()
            if self._login and f"Basic {login}" not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            else:
                client.sendall(self._answer)
                if self._answer.startswith(GO):
                    self._connect(client, head.split()[1].removeprefix(f"{NAME}:"))
            client.shutdown(socket.SHUT_RDWR)

    def _connect(self, client: socket.socket, port: str) -> None:
        with socket.create_connection(("127.0.0.1", int(port))) as server:
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
            _pass_on(client, server)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_RDWR)
