"""Answers that come byte by byte, each in time: what has a time-out per byte has none at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def abort_after(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection that is read from within, when that takes longer than `seconds`.

    Raises:
        TimeoutError: It was cut, although what came until then looked like a whole answer.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        found = connection()
        if found is not None:
            with contextlib.suppress(OSError):  # it ended by itself
                # Below TLS, which must not be changed while another thread reads.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError("the answer drips too slowly")


class _HTTPConnection(HTTPConnection):
    """The status and the headers of an answer come whole within the time for one piece of it."""

    def getresponse(self) -> Any:
        """The answer, as far as its head."""
        # By now urllib3 has set the time for reading.
        with abort_after(self.timeout or threading.TIMEOUT_MAX, lambda: self.sock):
            return super().getresponse()


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    """The same over TLS."""


class DeadlineAdapter(requests.adapters.HTTPAdapter):
    """Has a `requests` session end answers whose head drips, also through an HTTP proxy."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        """The pool of an address, with connections that are in time."""
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        if pool.ConnectionCls is HTTPConnection:
            pool.ConnectionCls = _HTTPConnection
        elif pool.ConnectionCls is HTTPSConnection:
            pool.ConnectionCls = _HTTPSConnection
        return pool
