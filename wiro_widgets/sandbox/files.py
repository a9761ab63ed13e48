"""Stored files (uploads, inputs of tasks, results) and serving them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from . import scenarios
from .store import hex_groups, token

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .messages import JSON
    from .scenarios import Scenarios
    from .store import Store

_OFFICE = "application/vnd.openxmlformats-officedocument"
# Not the operating system's table, which differs from one computer to the next.
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "txt": "text/plain",
    "md": "text/markdown",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "glb": "model/gltf-binary",
}
"""The kinds of files the service accepts or makes, by extension."""
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Accept-Ranges": "bytes",
    "Cache-Control": "public, max-age=3600",
    # Uploads are served unchanged: a browser must not guess that one of them is a page.
    "X-Content-Type-Options": "nosniff",
}
_CHUNK = 16 * 1024


@dataclass(frozen=True)
class Media:
    """One stored file. Its bytes are under ``id``; ``name`` is text and never a path."""

    id: str
    name: str
    contenttype: str
    size: int
    addedtime: int
    """Unix seconds."""
    groups: str
    accesskey: str
    uuid: str
    parentid: str
    place: str
    """``cdn1`` for results and uploads, ``File`` for the inputs of tasks."""

    @property
    def path(self) -> str:
        """The path of its URL on this server."""
        if self.place == "File":
            return f"/v1/File/{self.accesskey}/{self.name}"
        return f"/cdn1/{self.groups}/{self.name}"

    def wire(self, base: str) -> JSON:
        """The file as ``outputs[]`` and ``File/Upload`` show it."""
        return {
            "id": self.id,
            "name": self.name,
            "contenttype": self.contenttype,
            "parentid": self.parentid,
            "uuid": self.uuid,
            "size": str(self.size),
            "addedtime": str(self.addedtime),
            "modifiedtime": str(self.addedtime),
            "accesskey": self.accesskey,
            "foldercount": "0",
            "filecount": "0",
            "ispublic": 0,
            "expiretime": None,
            "url": base + self.path,
        }


class FileStore:
    """Every stored file, by id and by the path of its URL."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, Media] = {}
        self._by_path: dict[str, Media] = {}
        for body in store.load("media"):
            self._index(Media(**body))
        for path in store.stored_files():
            if path.name not in self._by_id:
                # Left unfinished by a server that died.
                path.unlink()

    def _index(self, media: Media) -> None:
        self._by_id[media.id] = media
        self._by_path[media.path] = media

    def new_path(self) -> Path:
        """A new temporary path, inside the state directory, to write a file to."""
        return self._store.media / f"{secrets.token_hex(16)}.part"

    def path_of(self, media: Media) -> Path:
        """The file on disk."""
        return self._store.media / media.id

    def get(self, media_id: str) -> Media | None:
        """The file with that id."""
        return self._by_id.get(media_id)

    def at(self, path: str) -> Media | None:
        """The file served under that (decoded) path."""
        return self._by_path.get(path)

    def in_folder(self, parentid: str) -> Iterable[Media]:
        """The files of one folder."""
        return (media for media in self._by_id.values() if media.parentid == parentid)

    def add(self, temporary: Path, *, name: str, uuid: str, parentid: str, place: str) -> Media:
        """Move a written file into the store; from now on it is served."""
        media = Media(
            id=secrets.token_hex(16),
            name=name,
            contenttype=_content_type(name),
            size=temporary.stat().st_size,
            addedtime=int(time.time()),
            groups=hex_groups(),
            accesskey=token(),
            uuid=uuid,
            parentid=parentid,
            place=place,
        )
        temporary.replace(self.path_of(media))
        self._store.save("media", media.id, asdict(media))
        self._index(media)
        return media

    def delete(self, media_id: str) -> None:
        """Delete a file and its URL; unknown ids are ignored."""
        media = self._by_id.pop(media_id, None)
        if media is None:
            return
        self._by_path.pop(media.path, None)
        self._store.delete("media", media_id)
        self.path_of(media).unlink(missing_ok=True)


def _content_type(name: str) -> str:
    """The content type by file name, only of the kinds the service accepts.

    An uploaded page must not run as one on this server's origin.
    """
    known = CONTENT_TYPES.get(name.rpartition(".")[2].lower())
    return known or "application/octet-stream"


class Downloads:
    """Serves files: whole, by Range, or badly when a test prompt asks for it."""

    def __init__(self) -> None:
        self._cuts: Counter[str] = Counter()
        self._lost: set[str] = set()
        self._renewed: set[str] = set()

    def renew(self, media_ids: Iterable[str]) -> None:
        """Task/Detail was read: files that a test prompt lost can be fetched from now on."""
        self._renewed |= self._lost.intersection(media_ids)

    async def send(
        self, request: web.Request, media: Media, path: Path, wanted: Scenarios
    ) -> web.StreamResponse:
        """Answer a GET or HEAD.

        Args:
            request: With or without Range.
            media: The file's record.
            path: The file on disk.
            wanted: The test phrases of the task that made it.

        Raises:
            HTTPNotFound: A test prompt asks for it.
        """
        if scenarios.EXPIRED_URL in wanted:
            raise web.HTTPNotFound(headers=HEADERS)
        if scenarios.LOST_FILE in wanted and media.id not in self._renewed:
            self._lost.add(media.id)
            raise web.HTTPNotFound(headers=HEADERS)
        headers = {**HEADERS, "Content-Type": media.contenttype}
        if request.method == "GET" and scenarios.CUT_DOWNLOAD in wanted:
            self._cuts[media.id] += 1
            if self._cuts[media.id] <= scenarios.CUT_DOWNLOADS:
                return await _send_slowly(request, media, path, headers, cut=True)
        if request.method == "GET" and scenarios.SLOW_DOWNLOAD in wanted:
            return await _send_slowly(request, media, path, headers, cut=False)
        return web.FileResponse(path, chunk_size=256 * 1024, headers=headers)


async def _send_slowly(
    request: web.Request, media: Media, path: Path, headers: dict[str, str], *, cut: bool
) -> web.StreamResponse:
    """Send the requested range slowly or, with ``cut``, its first half before a disconnect."""
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
                await asyncio.sleep(len(chunk) / scenarios.SLOW_BYTES_PER_SECOND)
            await response.write(chunk)
    if cut and request.transport is not None:
        request.transport.close()
    return response
