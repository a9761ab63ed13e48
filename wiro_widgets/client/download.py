"""Fetching files without a key: streamed, resumed after an interruption, whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

import urllib3
import urllib3.exceptions

from wiro_widgets.errors import DownloadError
from wiro_widgets.schema.parsing import as_count, as_number

from .addresses import AddressRefused
from .connections import CANCEL_SECONDS
from .proxies import NetworkProblem
from .transport import USER_AGENT, RetryPolicy, Timeouts, backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from wiro_widgets.schema.tasks import Output

    from .addresses import FileAddresses
    from .connections import Connections

logger = logging.getLogger("wiro_widgets.client")

_CHUNK = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_PARTIAL, _OK = 206, 200
_GONE = "is no longer available: the service keeps files for a limited time"
_CONTENT_RANGE = r"bytes (\d+)-\d+/(\d+|\*)"
LEAST_BYTES = 64 * 1024
"""What has to arrive within `Timeouts.total` seconds, else the transfer ends: 1 kB/s by default."""


class _Sink(Protocol):
    """Where the bytes of a file go."""

    def write(self, piece: bytes, /) -> object: ...

    def restart(self) -> None:
        """Discard everything that was written."""


class _FileSink:
    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write
        self._file = file

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()


class _DigestSink:
    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, piece: bytes, /) -> None:
        self._hash.update(piece)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Download:
    """The transfer of one file.

    Args:
        connections: Used without a key.
        addresses: Says which hosts the file may be on.
        output: What to fetch.
        timeouts: `connect` and `read` apply; `total` is the time for `LEAST_BYTES`.
        retry: Back-off after an interruption; its budget starts anew whenever bytes arrive.
        max_bytes: Refuse anything larger.
        progress: Called with bytes so far and bytes in all (0 when unknown); may raise to stop.
        cancelled: Asked ten times a second while it waits; True stops the transfer.
    """

    def __init__(  # noqa: PLR0913 - the settings of a transfer
        self,
        connections: Connections,
        addresses: FileAddresses,
        output: Output,
        timeouts: Timeouts,
        retry: RetryPolicy,
        *,
        max_bytes: int,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._connections = connections
        self._addresses = addresses
        self._output = output
        self._timeouts = timeouts
        self._retry = retry
        self._max_bytes = max_bytes
        self._progress = progress
        self._cancelled = cancelled or (lambda: False)
        self._done = 0
        self._total = 0
        self._etag = ""
        self._counted = 0
        self._slow_at = 0.0

    def to_file(self, target: Path) -> Path:
        """Fetch into `target`, which appears only when the file is complete.

        Raises:
            DownloadError: It could not be fetched whole; nothing is left behind.
        """
        # A random name, so that two downloads of one file cannot mix their bytes.
        partial = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("xb") as file:
                self._fetch(_FileSink(file))
            partial.replace(target)
        except OSError as error:
            problem = error.strerror or type(error).__name__
        else:
            return target
        finally:
            partial.unlink(missing_ok=True)
        raise self._error(f"cannot be written to {target.parent}: {problem}")

    def digest(self) -> str:
        """Fetch and hash without storing anything; SHA-256 in hex.

        Raises:
            DownloadError: It could not be fetched whole.
        """
        sink = _DigestSink()
        self._fetch(sink)
        return sink.hexdigest()

    def _fetch(self, sink: _Sink) -> None:
        attempt = 0
        started = time.monotonic()
        self._slow_at = started + self._timeouts.total
        while True:
            before = self._done
            problem, pause = self._fetch_some(sink)
            if not problem:
                break
            if self._done > before:
                attempt, started = 0, time.monotonic()
            wait = backoff(attempt, self._retry, pause)
            if time.monotonic() - started + wait > self._retry.budget:
                raise self._error(f"broke off at {self._done} bytes: {problem}")
            logger.info("download broke off at %d bytes (%s); resuming", self._done, problem)
            attempt += 1
            self._sleep(wait)
        promised = self._output.size or self._total
        if promised and self._done != promised:
            raise self._error(f"has {self._done} bytes instead of {promised}")

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._check_cancelled()
            time.sleep(min(left, CANCEL_SECONDS))

    def _check_pace(self) -> None:
        """End a transfer that brings a byte now and then, whether in one try or in many."""
        now = time.monotonic()
        if abs(self._done - self._counted) >= LEAST_BYTES:
            self._counted, self._slow_at = self._done, now + self._timeouts.total
        elif now > self._slow_at:
            limits = f"under {LEAST_BYTES} bytes in {self._timeouts.total:g} s"
            raise self._error(f"arrives too slowly: {limits}")

    def _check_cancelled(self) -> None:
        if self._cancelled():
            raise self._error("was cancelled")

    def _fetch_some(self, sink: _Sink) -> tuple[str, float | None]:
        """Continue where the last try ended; the passing problem that stopped it, or ""."""
        self._check_cancelled()
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if self._done:
            headers["Range"] = f"bytes={self._done}-"
            if self._etag:
                headers["If-Range"] = self._etag
        try:
            with self._get(headers) as response:
                if response.status in _TRANSIENT:
                    return f"HTTP {response.status}", as_number(response.headers.get("Retry-After"))
                self._begin(response, sink)
                return self._copy(response, sink), None
        except AddressRefused as refused:
            failure = self._error(str(refused))
            failure.retryable = False
            failure.remedy = "It is not fetched from there; look at the output's url."
        except NetworkProblem as problem:
            if problem.patience:
                return str(problem).rstrip("."), None
            failure = self._error(f"can't be downloaded: {str(problem).rstrip('.')}")
            failure.remedy = problem.remedy
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            if not isinstance(error, (ValueError, urllib3.exceptions.SSLError)):
                return type(error).__name__, None
            failure = self._error(f"has an address that cannot be used ({type(error).__name__})")
        raise failure

    def _get(self, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        """GET without a key. Redirects are followed where the file may be, never down to http."""
        url = self._output.url
        for _ in range(_MOST_REDIRECTS + 1):
            self._addresses.check(url)
            response = self._connections.request(
                "GET",
                url,
                headers,
                connect=self._timeouts.connect,
                read=self._timeouts.read,
                cancelled=self._cancelled,
            )
            if response.status not in _REDIRECTS:
                return response
            response.close()
            onward = urljoin(url, response.headers.get("Location", ""))
            if urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https":
                raise self._error("redirects to an address that is not encrypted")
            url = onward
        raise self._error("redirects without end")

    def _begin(self, response: urllib3.BaseHTTPResponse, sink: _Sink) -> None:
        """Read the headers; a server that ignores Range starts from the first byte."""
        status = response.status
        size = as_count(response.headers.get("Content-Length"))
        if status == _PARTIAL:
            found = re.fullmatch(_CONTENT_RANGE, response.headers.get("Content-Range", ""))
            if not found or int(found[1]) != self._done:
                raise self._error("was resumed at the wrong place")
            size = as_count(found[2])
        elif status == _OK:
            self._done = 0
            sink.restart()
        else:
            gone = status in {403, 404, 410}
            problem = _GONE if gone else "is refused"
            failure = self._error(f"{problem} (HTTP {status})", http_status=status)
            if gone:
                failure.remedy = "Run it again with fresh=True for a new clip."
            raise failure
        self._etag = response.headers.get("ETag", "")
        self._total = size or self._output.size
        if self._total > self._max_bytes:
            raise self._error(f"has {self._total} bytes, more than max_bytes={self._max_bytes}")

    def _copy(self, response: urllib3.BaseHTTPResponse, sink: _Sink) -> str:
        while piece := response.read1(_CHUNK):
            sink.write(piece)
            self._done += len(piece)
            if self._done > self._max_bytes:
                raise self._error(f"has more than max_bytes={self._max_bytes}")
            if self._progress:
                self._progress(self._done, self._total)
            self._check_cancelled()
            self._check_pace()
        # A connection cut within the headers looks like a file that is empty.
        announced = self._done > 0 or "Content-Length" in response.headers
        whole = announced and self._done >= self._total
        return "" if whole else "the connection closed early"

    def _error(self, problem: str, http_status: int | None = None) -> DownloadError:
        name = self._output.name or "The output"
        return DownloadError(f"{name} {problem}.", http_status=http_status)
