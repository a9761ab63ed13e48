"""Frames of films that anybody may have made."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import InputError
from wiro_widgets.media.opening import MOST_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

_BEFORE_END = 1_000_000
_HEAD_BYTES = 12
_MATROSKA = b"\x1aE\xdf\xa3"
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})


def last_frame(clip: Path, field: str = "image") -> Image.Image:
    """Decode the last frame of a clip.

    Args:
        clip: A video file: MP4, QuickTime, Matroska or WebM.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: PyAV is not installed, or the file holds no frame.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            f"{field}: reading the last frame of a clip needs PyAV.",
            field=field,
            remedy='Install it with: pip install "wiro-widgets[sandbox]"',
        ) from None
    frame = None
    with (
        contextlib.suppress(av.FFmpegError, IndexError, OSError, ValueError),
        clip.open("rb") as file,
        av.open(file, format=_container(clip)) as film,
    ):
        frame = _last_of(film)
    if frame is None:
        raise InputError(
            f"{field}: {clip.name} holds no picture.",
            field=field,
            remedy="Choose another run, or give a picture.",
        )
    return frame


def _last_of(film: Any) -> Image.Image | None:
    stream = film.streams.video[0]
    decoder = stream.codec_context
    if decoder is None:
        return None
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    # In FFmpeg's microseconds.
    start = (film.duration or 0) - _BEFORE_END
    if start > 0:
        film.seek(start)
    last = None
    for last in film.decode(stream):  # noqa: B007 - the last one is wanted
        pass
    return None if last is None else last.to_image()


def _container(clip: Path) -> str:
    """FFmpeg's name of a film's container, by its first bytes.

    Left to itself FFmpeg takes a playlist or a script for a film too, and opens the files and
    addresses that are named in it.

    Raises:
        ValueError: It is none that is taken.
    """
    with clip.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_MATROSKA):
        return "matroska"
    if head[4:8] in _MP4_BOXES:
        return "mp4"
    raise ValueError("This is no film that is taken")
