"""Serving files: whole or by Range, or badly when a test prompt asks for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from aiohttp import web

from . import trials

if TYPE_CHECKING:
    from pathlib import Path

    from .media import Media
    from .trials import Trials

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Accept-Ranges": "bytes",
    "Cache-Control": "public, max-age=3600",
    # What was uploaded is served as it came: never let a browser guess it into a page.
    "X-Content-Type-Options": "nosniff",
}
_CHUNK = 16 * 1024


class Downloads:
    """Serves the files on the shelf."""

    def __init__(self) -> None:
        self._cuts: Counter[str] = Counter()

    async def send(
        self, request: web.Request, media: Media, path: Path, asked: Trials
    ) -> web.StreamResponse:
        """Answer a GET or HEAD.

        Args:
            request: With or without Range.
            media: The file's facts.
            path: Its bytes.
            asked: The test phrases of the task that made it.
        """
        if trials.EXPIRED_URL in asked:
            raise web.HTTPNotFound(headers=HEADERS)
        headers = {**HEADERS, "Content-Type": media.contenttype}
        if request.method == "GET" and trials.CUT_DOWNLOAD in asked:
            self._cuts[media.id] += 1
            if self._cuts[media.id] <= trials.CUT_DOWNLOADS:
                return await _send_part(request, media, path, headers, cut=True)
        if request.method == "GET" and trials.SLOW_DOWNLOAD in asked:
            return await _send_part(request, media, path, headers, cut=False)
        return web.FileResponse(path, chunk_size=256 * 1024, headers=headers)


async def _send_part(
    request: web.Request, media: Media, path: Path, headers: dict[str, str], *, cut: bool
) -> web.StreamResponse:
    """Send what was asked for, slowly, or only the first half of it before a cut."""
    size = media.size
    start, stop, _ = request.http_range.indices(size)
    length = max(0, stop - start)
    response = web.StreamResponse(status=200, headers=headers)
    if request.headers.get("Range"):
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.content_length = length
    await response.prepare(request)
    left = length // 2 if cut else length
    with path.open("rb") as source:
        source.seek(start)
        while left and (chunk := source.read(min(_CHUNK, left))):
            left -= len(chunk)
            if not cut:
                await asyncio.sleep(len(chunk) / trials.SLOW_BYTES_PER_SECOND)
            await response.write(chunk)
    if cut and request.transport is not None:
        request.transport.close()
    return response
