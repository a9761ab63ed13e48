"""Fetching outputs: streamed, resumed after a cut, whole or not at all."""

from __future__ import annotations

import logging
import os
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions

from wiro_widgets.errors import DownloadError
from wiro_widgets.schema.parsing import as_count, as_number

from .transport import RetryPolicy, Timeouts, backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from wiro_widgets.schema.tasks import Output

logger = logging.getLogger("wiro_widgets.client")

_CHUNK = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_PARTIAL, _OK, _RANGE_REFUSED = 206, 200, 416
_GONE = "is not there any more: the service keeps files for a while only"
_CONTENT_RANGE = r"bytes (\d+)-\d+/(\d+|\*)"
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError)


class Download:
    """One file on its way.

    Args:
        session: Carries no key: whatever it sends may go to any host.
        output: What to fetch.
        target: Final path; it appears only when the file is complete.
        timeouts: `connect` and `read` apply.
        retry: Back-off after an interruption.
        progress: Called with bytes so far and bytes in all (0 when unknown); may raise to stop.
        max_bytes: Refuse anything larger.
    """

    def __init__(  # noqa: PLR0913 - one download is made of these
        self,
        session: requests.Session,
        output: Output,
        target: Path,
        timeouts: Timeouts,
        retry: RetryPolicy,
        *,
        progress: Callable[[int, int], None] | None,
        max_bytes: int,
    ) -> None:
        self._session = session
        self._output = output
        self._target = target
        self._timeouts = timeouts
        self._retry = retry
        self._progress = progress
        self._max_bytes = max_bytes
        self._done = 0
        self._total = 0
        self._etag = ""

    def run(self) -> Path:
        """Fetch the file.

        Raises:
            DownloadError: It could not be fetched whole; nothing is left behind.
        """
        # A random name, so that two downloads of one file cannot mix their bytes.
        partial = self._target.with_name(f".{self._target.name[:80]}.{os.urandom(4).hex()}.part")
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                self._fetch_all(file)
            promised = self._output.size or self._total
            if promised and self._done != promised:
                raise self._error(f"has {self._done} bytes instead of {promised}")
            partial.replace(self._target)
        except OSError as error:
            problem = error.strerror or type(error).__name__
        else:
            return self._target
        finally:
            partial.unlink(missing_ok=True)
        raise self._error(f"cannot be written to {self._target.parent}: {problem}")

    def _fetch_all(self, file: BinaryIO) -> None:
        attempt = 0
        started = time.monotonic()
        while True:
            before = self._done
            problem, pause = self._fetch_some(file)
            if not problem:
                return
            if self._done > before:
                # Bytes came: the way is open, so the budget starts anew.
                attempt, started = 0, time.monotonic()
            wait = backoff(attempt, self._retry, pause)
            if time.monotonic() - started + wait > self._retry.budget:
                raise self._error(f"broke off at {self._done} bytes: {problem}")
            logger.info("download broke off at %d bytes (%s); resuming", self._done, problem)
            attempt += 1
            time.sleep(wait)

    def _fetch_some(self, file: BinaryIO) -> tuple[str, float | None]:
        """Go on where the last try ended; the passing problem that stopped it, or nothing."""
        headers = {"Accept-Encoding": "identity"}
        if self._done:
            headers["Range"] = f"bytes={self._done}-"
            if self._etag:
                headers["If-Range"] = self._etag
        try:
            with self._get(headers) as response:
                if response.status_code in _TRANSIENT:
                    pause = as_number(response.headers.get("Retry-After"))
                    return f"HTTP {response.status_code}", pause
                self._begin(response, file)
                return self._copy(response, file), None
        except _BROKEN as error:
            problem = type(error).__name__
            if not isinstance(error, (ValueError, requests.exceptions.SSLError)):
                return problem, None
        raise self._error(f"has an address that cannot be used ({problem})")

    def _get(self, headers: dict[str, str]) -> requests.Response:
        """GET without keys, following redirects by hand: only http(s), never down to http."""
        url = self._output.url
        for _ in range(_MOST_REDIRECTS + 1):
            if urlsplit(url).scheme not in {"http", "https"}:
                raise self._error("has an address that is not http(s)")
            timeouts = (self._timeouts.connect, self._timeouts.read)
            response = self._session.get(
                url, headers=headers, timeout=timeouts, allow_redirects=False, stream=True
            )
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            onward = urljoin(url, response.headers.get("Location", ""))
            if urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https":
                raise self._error("redirects to an address that is not encrypted")
            url = onward
        raise self._error("redirects without end")

    def _begin(self, response: requests.Response, file: BinaryIO) -> None:
        """Take in the headers; a server that ignores Range starts from the first byte."""
        status = response.status_code
        size = as_count(response.headers.get("Content-Length"))
        if status == _PARTIAL:
            found = re.fullmatch(_CONTENT_RANGE, response.headers.get("Content-Range", ""))
            if not found or int(found[1]) != self._done:
                raise self._error("was resumed at the wrong place")
            size = as_count(found[2])
        elif status == _OK:
            self._done = 0
            file.seek(0)
            file.truncate()
        else:
            problem = _GONE if status in {403, 404, 410} else "is refused"
            raise self._error(f"{problem} (HTTP {status})", http_status=status)
        self._etag = response.headers.get("ETag", "")
        self._total = size or self._output.size
        if self._total > self._max_bytes:
            raise self._error(f"has {self._total} bytes, more than max_bytes={self._max_bytes}")

    def _copy(self, response: requests.Response, file: BinaryIO) -> str:
        while piece := response.raw.read1(_CHUNK):
            file.write(piece)
            self._done += len(piece)
            if self._done > self._max_bytes:
                raise self._error(f"has more than max_bytes={self._max_bytes}")
            if self._progress:
                self._progress(self._done, self._total)
        # A connection cut within the headers looks like a file that is empty.
        announced = self._done > 0 or "Content-Length" in response.headers
        whole = announced and self._done >= self._total
        return "" if whole else "the connection closed early"

    def _error(self, problem: str, http_status: int | None = None) -> DownloadError:
        name = self._output.name or "The output"
        return DownloadError(f"{name} {problem}.", http_status=http_status)
