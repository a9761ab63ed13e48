"""One connection and one request on it, from the server's side: any byte may be the last."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.client.fake_service import FakeService

RESET = struct.pack("ii", 1, 0)


class Hangup(Exception):  # noqa: N818 - an event more than an error
    """The server lets go of this connection."""


class Peer:
    """A connection, from the server's side."""

    def __init__(self, conn: socket.socket) -> None:
        self.conn = conn
        self._buffer = bytearray()
        self.tokens: list[str] = []
        self.is_socket = False
        self._sending = threading.Lock()

    def until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found = bytes(self._buffer[: self._buffer.index(mark)])
        del self._buffer[: len(found) + len(mark)]
        return found

    def exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._more()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def _more(self) -> None:
        piece = self.conn.recv(1 << 18)
        if not piece:
            raise Hangup
        self._buffer += piece

    def reset(self) -> None:
        """Cut the line without a goodbye."""
        with contextlib.suppress(OSError):
            self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)
        self.conn.close()

    def frame(self, payload: bytes | str, opcode: int = 1, *, final: bool = True) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        size = len(data)
        first = 0x80 * final | opcode
        if size < 126:
            head = struct.pack("!BB", first, size)
        elif size < 65536:
            head = struct.pack("!BBH", first, 126, size)
        else:
            head = struct.pack("!BBQ", first, 127, size)
        with self._sending, contextlib.suppress(OSError):
            self.conn.sendall(head + data)

    def read_frame(self) -> tuple[int, bytes]:
        first, second = self.exactly(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.exactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.exactly(8))[0]
        mask = self.exactly(4)
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.exactly(size)))
        return first & 15, data


class Exchange:
    """One HTTP request on a connection."""

    def __init__(self, service: FakeService, peer: Peer, head: bytes) -> None:
        self.service = service
        self.peer = peer
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        self.path = re.sub(r"^/v1/", "", self.target)
        self._body: bytes | None = None

    @property
    def kind(self) -> str:
        return "Run" if self.path.startswith("Run/") else self.path

    def body(self) -> bytes:
        if self._body is None:
            self._body = self.peer.exactly(int(self.headers.get("content-length", "0")))
        return self._body

    def json(self) -> dict[str, Any]:
        return json.loads(self.body() or b"{}")

    def send(self, status: int, body: bytes, **headers: str) -> None:
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.peer.conn.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    def send_zeros(self, count: int) -> None:
        self.peer.conn.sendall(f"HTTP/1.1 200 X\r\nContent-Length: {count}\r\n\r\n".encode())
        for start in range(0, count, 1 << 20):
            self.peer.conn.sendall(bytes(min(1 << 20, count - start)))

    def reply(self, value: dict[str, Any], status: int = 200, **headers: str) -> None:
        self.send(status, json.dumps({"result": True, "errors": [], **value}).encode(), **headers)

    def refuse(self, message: str, code: int = 0, status: int = 200) -> None:
        errors = [{"code": code, "message": message, "time": 1761567253}]
        self.send(status, json.dumps({"result": False, "errors": errors}).encode())

    def proceed(self) -> None:
        self.body()
        self.service.serve(self)
