"""HTTP connections: pooled, through the environment's proxies, with a deadline for headers.

The read timeout of a socket restarts with every byte, so that a peer that sends headers byte by
byte could hold a caller for ever. Here all headers together get the time for one read.
"""

from __future__ import annotations

import http.client
import io
import os
import selectors
import time
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import certifi
import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .addresses import is_loopback

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from typing_extensions import Buffer


CHUNK = 64 * 1024
"""Bytes of a request body that are read at once."""

CANCEL_SECONDS = 0.1
"""How often waiting is interrupted to ask whether a transfer is still wanted."""
_POOL_SIZE = 32


class SendingStopped(Exception):  # noqa: N818
    """A callback of a request raised, so no more of its body was sent."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error
        """What the callback raised."""


class TrackedBody:
    """A request body that records how far it was sent.

    urllib3 asks for the next piece only after the previous one was handed to the operating
    system, so `sent_at` is set if and only if the whole body was.

    Args:
        body: The content, from its current position.
        size: Bytes to send.
        progress: Called with bytes sent so far and bytes in all.
        on_sending: Called once, when the connection is open and before any byte of the body is
            sent. If it or `progress` raises, reading the body raises `SendingStopped`.
    """

    def __init__(
        self,
        body: BinaryIO,
        size: int,
        progress: Callable[[int, int], None] | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> None:
        self._body = body
        self._size = size
        self._progress = progress
        self._on_sending = on_sending
        self.started = False
        """True from the moment `on_sending` is called."""
        self.bytes_read = 0
        self.sent_at: float | None = None
        """Monotonic time at which the whole body had been sent, None before."""

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next piece, empty at the end."""
        if not self.started:
            self.started = True
            _tell(self._on_sending)
        if self.bytes_read:
            _tell(self._progress, self.bytes_read, self._size)
        piece = self._body.read(size)
        self.bytes_read += len(piece)
        if not piece:
            self.sent_at = time.monotonic()
        return piece


def _tell(callback: Callable[..., None] | None, *arguments: int) -> None:
    if callback is not None:
        try:
            callback(*arguments)
        except BaseException as error:  # noqa: BLE001 - handed on unchanged
            # urllib3 would wrap some types of exceptions, and we would retry after others.
            raise SendingStopped(error) from None


class _DeadlineReader(io.RawIOBase):
    """Reads a socket; until `lift`, all reads together get the time that one may take.

    From then on a reading ends soon after `cancelled` returns True.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self.cancelled: Callable[[], bool] | None = None

    def lift(self) -> None:
        """Let the timeout of the socket count for each read again."""
        self._deadline = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        if self._deadline is None:
            self._wait()
            return self._raw.readinto(buffer)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the headers arrive too slowly")
        timeout = self._sock.gettimeout()
        self._sock.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(timeout)

    def _wait(self) -> None:
        """Wait until there is something to read, or for as long as one read may take."""
        pending = getattr(self._sock, "pending", None)
        if self.cancelled is None or (pending and pending()):
            return
        until = time.monotonic() + (self._sock.gettimeout() or 0.0)
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            while not selector.select(CANCEL_SECONDS) and time.monotonic() < until:
                if self.cancelled():
                    raise TimeoutError("cancelled")

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Status line and headers must arrive within the timeout for one read."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._reader = _DeadlineReader(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        self._reader.lift()

    def end_when(self, cancelled: Callable[[], bool]) -> None:
        """Ask while the body is read whether it is still wanted."""
        self._reader.cancelled = cancelled


def _anywhere(_address: str) -> None:
    """Accept any peer."""


class _HTTPConnection(HTTPConnection):
    response_class = _Response
    check_peer = staticmethod(_anywhere)

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.check_peer)


class _HTTPSConnection(HTTPSConnection):
    response_class = _Response
    check_peer = staticmethod(_anywhere)

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.check_peer)


def _checked(sock: socket.socket, check: Callable[[str], None]) -> socket.socket:
    """A socket that has just been connected, closed if its peer is not to be talked to."""
    try:
        check(sock.getpeername()[0])
    except BaseException:
        sock.close()
        raise
    return sock


class Connections:
    """Pooled HTTP connections, through the proxies and with the CA bundle of the environment.

    The environment is read when a host is first used; this computer is reached without a proxy.
    Thread-safe. Only the headers that are passed are sent: there are no cookies, no netrc and no
    redirects.

    Args:
        check_peer: Called with the IP address of each new connection but one to a proxy, before
            anything is sent; what it raises comes out of `request`.
    """

    def __init__(self, check_peer: Callable[[str], None] = _anywhere) -> None:
        self._check_peer = check_peer
        self._options: dict[str, Any] = {
            "maxsize": _POOL_SIZE,
            "blocksize": CHUNK,
            **ca_options("ca_certs", "ca_cert_dir"),
        }
        self._managers: dict[str, urllib3.PoolManager] = {}
        self._proxies: dict[str, str] = {}

    def request(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        connect: float,
        read: float,
        body: TrackedBody | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request; the response is to be read and closed by the caller.

        Args:
            method: ``GET`` or ``POST``.
            url: The address.
            headers: All there are.
            connect: Seconds to open a connection.
            read: Seconds for all headers, and then for each reading of the body.
            body: What to send.
            cancelled: Asked ten times a second while the body is awaited; True ends its reading.

        Raises:
            urllib3.exceptions.HTTPError: There is no response.
            OSError: The same, in rare cases.
        """
        if body is not None:
            headers = {**headers, "Content-Length": str(len(body))}
        response = self._manager(url).urlopen(
            method,
            url,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )
        original = getattr(response, "_original_response", None)
        if cancelled is not None and isinstance(original, _Response):
            original.end_when(cancelled)
        return response

    def close(self) -> None:
        """Close all connections that are not in use; a later request opens new ones."""
        for manager in list(self._managers.values()):
            manager.clear()

    def _manager(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        proxy = self._proxies.get(site)
        if proxy is None:
            proxy = self._proxies[site] = _proxy_for(url)
        manager = self._managers.get(proxy)
        if manager is None:
            check = _anywhere if proxy else self._check_peer
            manager = _new_manager(proxy, self._options, check)
            manager = self._managers.setdefault(proxy, manager)
        return manager


def ca_options(file: str, folder: str) -> dict[str, str]:
    """The CA bundle of the environment, else certifi's: under `file`, or `folder` if it is one."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    path = bundle or certifi.where()
    return {folder if os.path.isdir(path) else file: path}  # noqa: PTH112


def _proxy_for(url: str) -> str:
    """The address of the proxy that the environment sets for a URL, empty for none."""
    # A proxy for this computer would be handed what is meant to stay on it.
    if not urllib.request.getproxies() or is_loopback(urlsplit(url).hostname or ""):
        return ""
    # Honours NO_PROXY with addresses, networks and names, which the standard library does not.
    from requests.utils import (  # noqa: PLC0415 - slow to import, and rarely needed
        get_environ_proxies,
        select_proxy,
    )

    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or ""


def _new_manager(
    proxy: str, options: dict[str, Any], check_peer: Callable[[str], None]
) -> urllib3.PoolManager:
    if proxy.startswith("socks"):
        from urllib3.contrib.socks import SOCKSProxyManager  # noqa: PLC0415 - an extra of urllib3

        return SOCKSProxyManager(proxy, **options)
    manager: urllib3.PoolManager
    if proxy:
        login = unquote(urllib3.util.parse_url(proxy).auth or "")
        headers = urllib3.make_headers(proxy_basic_auth=login or None)
        manager = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    else:
        manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {
        "http": _pool_class(HTTPConnectionPool, _HTTPConnection, check_peer),
        "https": _pool_class(HTTPSConnectionPool, _HTTPSConnection, check_peer),
    }
    return manager


def _pool_class(
    pool: type[HTTPConnectionPool],
    connection: type[HTTPConnection],
    check_peer: Callable[[str], None],
) -> type[HTTPConnectionPool]:
    checking = type(connection.__name__, (connection,), {"check_peer": staticmethod(check_peer)})
    return type(pool.__name__, (pool,), {"ConnectionCls": checking})
