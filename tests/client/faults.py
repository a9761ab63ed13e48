"""What can happen to a request: each fault takes an `Exchange` and spoils it."""

from __future__ import annotations

import gzip
from typing import Any

from tests.client.wire import Exchange, Hangup


def cut_before_body(exchange: Exchange) -> None:
    exchange.peer.reset()
    raise Hangup


def cut_during_body(exchange: Exchange) -> None:
    exchange.peer.exactly(min(1000, int(exchange.headers["content-length"]) // 2))
    exchange.peer.reset()
    raise Hangup


def cut_after_body(exchange: Exchange) -> None:
    """The request is served, but the answer never arrives."""
    exchange.body()
    silent = Exchange.__new__(Exchange)
    silent.__dict__ = {**exchange.__dict__}
    silent.send = lambda *_, **__: None  # type: ignore[method-assign]
    exchange.service.serve(silent)
    exchange.peer.reset()
    raise Hangup


def slow_line(exchange: Exchange) -> None:
    """The body takes longer on its way than an answer may; nothing else is wrong."""
    size = int(exchange.headers["content-length"])
    pieces = []
    for _ in range(20):
        exchange.service._stopping.wait(0.15)
        pieces.append(exchange.peer.exactly(size // 20))
    exchange._body = b"".join([*pieces, exchange.peer.exactly(size - 20 * (size // 20))])
    exchange.service.serve(exchange)


def silence(exchange: Exchange) -> None:
    exchange.body()
    exchange.service._stopping.wait(30)
    raise Hangup


def status(code: int, body: bytes = b"<html><h1>Bad Gateway</h1></html>", **headers: str) -> Any:
    def answer(exchange: Exchange) -> None:
        exchange.body()
        exchange.send(code, body, **headers)

    return answer


def refusal(message: str, code: int = 0, http_status: int = 200) -> Any:
    def answer(exchange: Exchange) -> None:
        exchange.body()
        exchange.refuse(message, code, http_status)

    return answer


def raw(body: bytes, **headers: str) -> Any:
    return status(200, body, **headers)


def redirect(url: str, code: int = 307) -> Any:
    return status(code, b"", Location=url)


def truncated_json(exchange: Exchange) -> None:
    exchange.body()
    exchange.send(200, b'{"result": true, "errors": [], "taskid": "22')


def short_body(exchange: Exchange) -> None:
    """A Content-Length that promises more than comes."""
    exchange.body()
    exchange.send(200, b'{"result": true, "taskid": "1"}', Content_Length="5000")
    raise Hangup


def drip(exchange: Exchange) -> None:
    exchange.body()
    exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
    while not exchange.service._stopping.wait(0.1):
        exchange.peer.conn.sendall(b" ")


def drip_head(exchange: Exchange) -> None:
    exchange.body()
    drip_headers(exchange.peer, exchange.service)


def drip_headers(peer: Any, service: Any) -> None:
    """A head that never ends, each byte of it in time."""
    peer.conn.sendall(b"HTTP/1.1 200 X\r\nX-Drips: ")
    while not service._stopping.wait(0.1):
        peer.conn.sendall(b"x")


def gzip_bomb(exchange: Exchange) -> None:
    exchange.body()
    exchange.send(200, gzip.compress(b"0" * 40_000_000, 1), Content_Encoding="gzip")


def huge_body(exchange: Exchange) -> None:
    exchange.body()
    exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 104857600\r\n\r\n")
    for _ in range(100):
        exchange.peer.conn.sendall(b" " * 1_048_576)
