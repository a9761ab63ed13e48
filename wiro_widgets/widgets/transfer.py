"""Clips on their way to the browser, one slice at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from wiro_widgets.widgets.protocol.run import ChunkMessage

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES = 512 * 1024
"""Well under what a websocket message may weigh (10 MiB; about 1 MB in Colab)."""

_MOST = 64
"""Transfers remembered; a browser that went away leaves its last one behind."""


class Transfers:
    """Serves clips by slices, each on request, so that memory stays flat whatever their size.

    Safe to use from several threads: the kernel may call from its main thread or from a subshell.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: OrderedDict[str, tuple[Path | bytes, int]] = OrderedDict()

    def start(self, request: str, media: Path | bytes) -> tuple[ChunkMessage, bytes]:
        """Begin a transfer.

        Args:
            request: The id the browser chose.
            media: A file on this disk, or the bytes themselves.

        Returns:
            The first chunk and its bytes.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            self._under_way[request] = (media, 0)
            while len(self._under_way) > _MOST:
                self._under_way.popitem(last=False)
        chunk = self.next(request)
        if chunk is None:
            raise OSError("The clip is empty.")
        return chunk

    def next(self, request: str) -> tuple[ChunkMessage, bytes] | None:
        """The next chunk and its bytes; None when the transfer has ended or is not known."""
        with self._lock:
            media, offset = self._under_way.get(request, (b"", 0))
            data, total = _read(media, offset)
            if data:
                self._under_way[request] = (media, offset + len(data))
            else:
                self._under_way.pop(request, None)
        if not data:
            return None
        return ChunkMessage(id=request, type="chunk", offset=offset, total=total), data

    def cancel(self, request: str) -> None:
        """Forget a transfer."""
        with self._lock:
            self._under_way.pop(request, None)


def _read(media: Path | bytes, offset: int) -> tuple[bytes, int]:
    """One slice and the size of the whole; the file is not kept open between slices."""
    if isinstance(media, bytes):
        return media[offset : offset + CHUNK_BYTES], len(media)
    with media.open("rb") as file:
        total = file.seek(0, 2)
        file.seek(offset)
        return file.read(CHUNK_BYTES), total
