"""Small pictures of runs, made once and kept beside the posters of their library."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wiro_widgets.errors import LibraryError, SessionClosed
from wiro_widgets.library.folder import is_stored_file, private_folder, write_private
from wiro_widgets.media.films import film_strip
from wiro_widgets.media.opening import shrunk
from wiro_widgets.runs.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PICTURE_SIZE = (264, 152)
"""Pixels; twice what the strip shows, for screens that have twice as many."""
_QUALITY = 68
_LARGEST_PICTURE = 100_000
_LARGEST_SHEET = 800_000
_REMEMBERED = 160


class SmallPicture(NamedTuple):
    """A picture that a browser can show."""

    name: str
    """Unlike those of other pictures in this library."""
    url: str
    """``data:`` with a JPEG."""


class PicturedRun(Protocol):
    """What is needed of a `wiro_widgets.Run`."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """Its state, a `RunSnapshot`."""

    def clip_path(self, index: int) -> Path | None:
        """The file of an output, or None when it is not on this disk."""


class StripPictures:
    """The pictures by which runs are told apart.

    Runs of one photograph begin with the same frame, so a run with a clip is shown by a later
    one. Its clip is decoded once, on a thread of its own; until then, and where PyAV is not
    installed, its first frame stands there.

    Args:
        folder: Where the pictures are kept; None while there is no library.
    """

    def __init__(self, folder: Callable[[], Path | None]) -> None:
        self._folder = folder
        self._pool = WorkerPool("wiro-pictures", 1)
        self._asked: set[str] = set()
        self._stills: dict[str, SmallPicture] = {}

    def close(self) -> None:
        """Draw no more clips."""
        self._pool.close()

    def picture(self, run: PicturedRun) -> SmallPicture | None:
        """A frame of the run's clip, or else the picture it is made of; None for neither."""
        folder = self._folder()
        if folder is None:
            return None
        return self.still(run) or _small_poster(run.snapshot["poster"] or "", folder)

    def still(self, run: PicturedRun) -> SmallPicture | None:
        """A frame of the run's clip; None while that is not drawn."""
        folder, name = self._folder(), _clip_name(run)
        if folder is None or not name:
            return None
        if name not in self._stills:
            kept = _kept_picture(name, folder / f"still-{name}.jpg")
            if kept is None:
                return None
            self._stills[name] = kept
        return self._stills[name]

    def film(self, run: PicturedRun) -> Path | None:
        """The file of a run's frames side by side, a JPEG; None while they are not drawn."""
        folder, name = self._folder(), _clip_name(run)
        sheet = None if folder is None else folder / f"film-{name}.jpg"
        if sheet is None or not is_stored_file(sheet) or sheet.stat().st_size > _LARGEST_SHEET:
            return None
        return sheet

    def draw(self, run: PicturedRun, drawn: Callable[[], None]) -> None:
        """Draw a run's clip soon, unless that was done before.

        Args:
            run: One whose clip is on this disk; others are left alone.
            drawn: Called on a worker thread once the pictures are there.
        """
        name = _clip_name(run)
        if not name or name in self._asked or self.still(run) is not None:
            return
        self._asked.add(name)
        with contextlib.suppress(SessionClosed):
            self._pool.submit(self._draw, run, name, drawn)

    def _draw(self, run: PicturedRun, name: str, drawn: Callable[[], None]) -> None:
        clip, folder = run.clip_path(0), self._folder()
        strip = film_strip(clip, PICTURE_SIZE, _QUALITY) if clip and folder else None
        if strip is None or folder is None:
            return
        try:
            private_folder(folder)
            write_private(strip.sheet, folder / f"film-{name}.jpg")
            write_private(strip.still, folder / f"still-{name}.jpg")
        except (OSError, LibraryError):
            return  # A folder that can only be looked at: the first frame stays.
        drawn()


@functools.lru_cache(maxsize=_REMEMBERED)
def picture_name(poster: str | None) -> str | None:
    """What a picture that a run is made of is called here; None for none."""
    return _digest(poster.encode()) if poster else None


def _clip_name(run: PicturedRun) -> str:
    """What the pictures of a run's clip are kept under; "" when it is not on this disk."""
    clip = run.clip_path(0)
    try:
        found = clip.stat() if clip is not None else None
    except OSError:
        return ""
    if clip is None or found is None:
        return ""
    return _digest(f"{clip.name} {found.st_size} {found.st_mtime_ns}".encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


@functools.lru_cache(maxsize=_REMEMBERED)
def _small_poster(poster: str, folder: Path) -> SmallPicture | None:
    """The picture a run is made of, at the strip's size; made once for each."""
    name = _digest(poster.encode())
    path = folder / f"strip-{name}.jpg"
    kept = _kept_picture(name, path)
    if kept is not None:
        return kept
    try:
        data = shrunk(base64.b64decode(poster.partition(",")[2]), PICTURE_SIZE, _QUALITY)
        private_folder(folder)
        write_private(data, path)
    except (OSError, ValueError, LibraryError):
        return None
    return _as_picture(name, data)


def _kept_picture(name: str, path: Path) -> SmallPicture | None:
    """A picture that was kept; links are not followed, since a folder may be anybody's."""
    try:
        if is_stored_file(path) and path.stat().st_size <= _LARGEST_PICTURE:
            return _as_picture(name, path.read_bytes())
    except OSError:
        pass
    return None


def _as_picture(name: str, data: bytes) -> SmallPicture | None:
    if not data:
        return None
    return SmallPicture(name, "data:image/jpeg;base64," + base64.b64encode(data).decode())
