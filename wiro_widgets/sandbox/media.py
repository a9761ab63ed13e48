"""The files the sandbox keeps: uploads, inputs of tasks, and results on its CDN."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .names import hex_groups, token

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .envelope import JSON
    from .store import Store

_OFFICE = "application/vnd.openxmlformats-officedocument"
# Not the table of the computer: that has other entries on every system.
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
}
"""The kinds of files the service accepts, by ending."""


@dataclass(frozen=True)
class Media:
    """One kept file. Its bytes lie under ``id``; ``name`` is text and never a path."""

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
        """The path of its address on this server."""
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


class MediaShelf:
    """Every kept file, by id and by the path it is served under."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, Media] = {}
        self._by_path: dict[str, Media] = {}
        for body in store.load("media"):
            self._enter(Media(**body))
        for path in store.media.iterdir():
            if path.name not in self._by_id:
                # Left half-written by a server that died.
                path.unlink()

    def _enter(self, media: Media) -> None:
        self._by_id[media.id] = media
        self._by_path[media.path] = media

    def scratch(self) -> Path:
        """A new path, inside the state, to write a file to before it is kept."""
        return self._store.media / f"{secrets.token_hex(16)}.part"

    def file(self, media: Media) -> Path:
        """Where the bytes are."""
        return self._store.media / media.id

    def get(self, media_id: str) -> Media | None:
        """The file of that id."""
        return self._by_id.get(media_id)

    def at(self, path: str) -> Media | None:
        """The file served under that (decoded) path."""
        return self._by_path.get(path)

    def in_folder(self, parentid: str) -> Iterable[Media]:
        """The files of one folder."""
        return (media for media in self._by_id.values() if media.parentid == parentid)

    def keep(self, scratch: Path, *, name: str, uuid: str, parentid: str, place: str) -> Media:
        """Move a written file in; from now on it is served."""
        media = Media(
            id=secrets.token_hex(16),
            name=name,
            contenttype=_content_type(name),
            size=scratch.stat().st_size,
            addedtime=int(time.time()),
            groups=hex_groups(),
            accesskey=token(),
            uuid=uuid,
            parentid=parentid,
            place=place,
        )
        scratch.replace(self.file(media))
        self._store.save("media", media.id, asdict(media))
        self._enter(media)
        return media

    def discard(self, media_id: str) -> None:
        """Remove a file and its address; a second time changes nothing."""
        media = self._by_id.pop(media_id, None)
        if media is None:
            return
        self._by_path.pop(media.path, None)
        self._store.delete("media", media_id)
        self.file(media).unlink(missing_ok=True)


async def twin(source: Path, target: Path) -> None:
    """Give a file a second name, by hard link where the disk can."""
    try:
        os.link(source, target)
    except OSError:
        await asyncio.to_thread(shutil.copyfile, source, target)


def _content_type(name: str) -> str:
    """The content type of a file by its name.

    Of the types the service accepts only: a page that was uploaded must not run as one here.
    """
    known = CONTENT_TYPES.get(name.rpartition(".")[2].lower())
    return known or "application/octet-stream"
