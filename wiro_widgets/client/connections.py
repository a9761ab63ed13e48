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
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3
import urllib3.exceptions
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .certificates import VARIABLES, Trust, blaming, trusted
from .proxies import AtProxy, Proxy, proxy_for

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
        # TLS within TLS, to an https:// proxy, has bytes in hand that nobody can ask for.
        nested = hasattr(self._sock, "sslobj")
        if self.cancelled is None or nested or (pending and pending()):
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


class _AtProxy:
    """Tells what fails at the proxy from what fails behind it, which urllib3 does not always."""

    proxy: Any
    check_peer = staticmethod(_anywhere)

    def _new_conn(self) -> socket.socket:
        sock: socket.socket
        try:
            sock = super()._new_conn()  # type: ignore[misc]
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if self.proxy is None:
                raise
            raise AtProxy(error) from error
        return _checked(sock, self.check_peer)

    def _tunnel(self) -> None:
        try:
            super()._tunnel()  # type: ignore[misc]
        except (http.client.HTTPException, OSError) as error:
            raise AtProxy(error) from error


class _HTTPConnection(_AtProxy, HTTPConnection):
    response_class = _Response


class _HTTPSConnection(_AtProxy, HTTPSConnection):
    response_class = _Response


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

    The environment is read at each request; this computer is reached without a proxy.
    Thread-safe. Only the headers that are passed are sent: there are no cookies, no netrc and no
    redirects.

    Args:
        check_peer: Called with the IP address of each new connection but one to a proxy, before
            anything is sent; what it raises comes out of `request`.
    """

    def __init__(self, check_peer: Callable[[str], None] = _anywhere) -> None:
        self._check_peer = check_peer
        self._managers: dict[tuple[Proxy | None, Trust | None], urllib3.PoolManager] = {}
        self._pid = os.getpid()
        self._environment: tuple[str | None, ...] = ()
        self._trust: Trust | None = None

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
            NetworkProblem: A proxy or a bundle of certificates cannot be used; nothing was sent.
            urllib3.exceptions.HTTPError: There is no response.
            OSError: The same, in rare cases.
        """
        if body is not None:
            headers = {**headers, "Content-Length": str(len(body))}
        proxy, host = proxy_for(url), urlsplit(url).hostname or ""
        manager = self._manager(url, proxy)
        with blaming(proxy, host):
            response = manager.urlopen(
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
        if proxy is not None and response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            response.close()
            raise proxy.refusal(host, response.status, response.reason or "")
        original = getattr(response, "_original_response", None)
        if cancelled is not None and isinstance(original, _Response):
            original.end_when(cancelled)
        return response

    def close(self) -> None:
        """Close all connections that are not in use; a later request opens new ones."""
        for manager in list(self._managers.values()):
            manager.clear()

    def open_socket(self, url: str, within: float) -> socket.socket:
        """A connection to a ``ws://`` or ``wss://`` address, ready for the handshake.

        Args:
            url: The address.
            within: Seconds for each step of it.

        Raises:
            urllib3.exceptions.HTTPError: It cannot be opened.
            OSError: The same, in rare cases.
        """
        parts = urlsplit(url)
        proxy, host = proxy_for(url), parts.hostname or ""
        scheme = "https" if parts.scheme == "wss" else "http"
        pool = self._manager(f"{scheme}:", proxy).connection_from_host(host, parts.port, scheme)
        connection = pool._new_conn()  # noqa: SLF001 - what a pool is for; no public name has it
        connection.timeout = within
        if pool.proxy is not None:
            connection.set_tunnel(
                pool._tunnel_host,  # noqa: SLF001 - an IPv6 address without its brackets
                pool.port,
                pool.proxy_headers,
                pool.proxy.scheme or "http",
            )
        with blaming(proxy, host):
            try:
                connection.connect()
            except BaseException:
                connection.close()
                raise
        sock: socket.socket = connection.sock  # type: ignore[attr-defined]
        return sock

    def _manager(self, url: str, proxy: Proxy | None) -> urllib3.PoolManager:
        """The pools for an address.

        Raises:
            NetworkProblem: The proxy or the bundle of certificates cannot be used.
        """
        if self._pid != os.getpid():
            # A forked process would take the answers to its parent's requests.
            self._managers, self._pid = {}, os.getpid()
        trust = self._trusted() if url.startswith("https:") or proxy else None
        manager = self._managers.get((proxy, trust))
        if manager is None:
            if proxy is not None:
                proxy.check(urlsplit(url).hostname or "the service")
            check = _anywhere if proxy else self._check_peer
            manager = _new_manager(proxy.url if proxy else "", trust, check)
            manager = self._managers.setdefault((proxy, trust), manager)
        return manager

    def _trusted(self) -> Trust:
        """The certificates to trust, looked at again when a variable has changed."""
        found = tuple(map(os.environ.get, VARIABLES))
        if self._trust is None or found != self._environment:
            self._trust, self._environment = trusted(), found
        return self._trust


def _new_manager(
    proxy: str, trust: Trust | None, check_peer: Callable[[str], None]
) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": _POOL_SIZE, "blocksize": CHUNK}
    if trust is not None:
        options |= {"ca_certs": trust.file, "ca_cert_dir": trust.folder}
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
