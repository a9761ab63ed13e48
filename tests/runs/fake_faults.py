"""What can happen to a request on its way: held back, lost, refused, served byte by byte."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from tests.client.wire import Exchange, Hangup

if TYPE_CHECKING:
    from tests.runs.fake_service import FakeService


class Gate:
    """A fault that holds requests back until it is opened.

    Args:
        late: The request is served only then, too: a Run is accepted late.
    """

    def __init__(self, service: FakeService, *, late: bool) -> None:
        self._service = service
        self._late = late
        service.gates.append(self)
        self._opened = threading.Event()
        self._count = threading.Semaphore(0)

    def __call__(self, exchange: Exchange) -> None:
        exchange.body()
        answer = _Answer(exchange)
        if not self._late:
            self._service.serve(answer)
        self._count.release()
        if not self._opened.wait(60) or self._service.closing:
            raise Hangup
        if self._late:
            self._service.serve(answer)
        answer.deliver()

    def arrived(self, within: float = 20) -> Gate:
        """Wait until a further request is here (and accepted, unless `late`)."""
        assert self._count.acquire(timeout=within), "the request did not arrive"
        return self

    def open(self) -> None:
        self._opened.set()


class _Answer(Exchange):
    """An exchange whose answer is kept until it is delivered, or never."""

    def __init__(self, exchange: Exchange) -> None:
        self.__dict__.update(exchange.__dict__)
        self._kept: tuple[int, bytes, dict[str, str]] | None = None

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self._kept = (status, body, headers)

    def deliver(self) -> None:
        if self._kept is not None:
            status, body, headers = self._kept
            super().send(status, body, **headers)


def swallow_answer(exchange: Exchange) -> None:
    """The request is served; then the line is cut before the answer."""
    exchange.body()
    exchange.service.serve(_Answer(exchange))
    exchange.peer.reset()
    raise Hangup


def swallow_request(exchange: Exchange) -> None:
    """The request arrives whole and comes to nothing."""
    service: Any = exchange.service
    service.note(exchange)
    exchange.peer.reset()
    raise Hangup


def clip_gone(exchange: Exchange) -> None:
    exchange.body()
    exchange.send(404, b"gone")


def cut_clip(after: int) -> Any:
    """The line is cut after so many bytes of a clip."""

    def cut(exchange: Exchange) -> None:
        content, head = _ranged(exchange)
        exchange.peer.conn.sendall(head + content[:after])
        exchange.peer.reset()
        raise Hangup

    return cut


def crawl(exchange: Exchange) -> None:
    """A clip comes at `FakeService.clip_rate` bytes a second, as long as that is set."""
    service: Any = exchange.service
    content, head = _ranged(exchange)
    exchange.peer.conn.sendall(head)
    sent = 0
    while sent < len(content):
        piece = max(1, int(service.clip_rate / 20)) if service.clip_rate else len(content)
        exchange.peer.conn.sendall(content[sent : sent + piece])
        sent += piece
        if service.clip_rate and service.pause(0.05):
            raise Hangup


def _ranged(exchange: Exchange) -> tuple[bytes, bytes]:
    """What is asked for of a file, and the head of the answer."""
    content = exchange.service.files[exchange.path]
    wanted = re.fullmatch(r"bytes=(\d+)-", exchange.headers.get("range", ""))
    start, total = int(wanted[1]) if wanted else 0, len(content)
    rest = content[start:]
    status = "206 X" if wanted else "200 X"
    head = f'HTTP/1.1 {status}\r\nContent-Length: {len(rest)}\r\nETag: "1"\r\n'
    if wanted:
        head += f"Content-Range: bytes {start}-{total - 1}/{total}\r\n"
    return rest, f"{head}\r\n".encode()


def refusal(message: str, code: int = 0, http_status: int = 200) -> Any:
    """A refusal in the service's own words."""

    def refuse(exchange: Exchange) -> None:
        exchange.body()
        if exchange.kind == "Run":
            service: Any = exchange.service
            service.note(exchange)
        exchange.refuse(message, code, http_status)

    return refuse
