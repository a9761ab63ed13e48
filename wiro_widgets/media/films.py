"""Frames of films that anybody may have made."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.errors import InputError
from wiro_widgets.media.opening import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

FILM_STRIP_FRAMES = 8
"""Frames side by side in a film strip."""

_BEFORE_END = 1_000_000
_MOST_DECODED = 900
"""Frames of a clip that are decoded for its film strip: 30 s of the usual ones."""
_MOST_STRIP_PIXELS = 10_000_000
"""Of a frame that is decoded for a film strip, which nobody asks for: 4K has 8.3 million."""
_COMPARED = (32, 18)
_MICROSECOND = 1e-6
_HEAD_BYTES = 12
_HD_ROWS = 720
_UNTAGGED = 2
_BT_709, _BT_601, _BT_2020 = 1, 5, 9
_MATRICES = {1: _BT_709, 4: 4, 5: _BT_601, 6: _BT_601, 7: 7, 9: _BT_2020, 10: _BT_2020}
"""FFmpeg's numbers of the matrices that files name, and what its scaler calls them."""
_FULL_RANGE = 2
_OF_THE_WEB = frozenset({"vp8", "vp9", "av1", "libdav1d", "libvpx", "libvpx-vp9"})
_MATROSKA = b"\x1aE\xdf\xa3"
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})


def last_frame(clip: Path, field: str = "image") -> Image.Image:
    """Decode the last frame of a clip, upright and in the colours that a browser's player shows.

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
            "Reading the last frame of a clip needs PyAV.",
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
            f"{clip.name} has no image in it.",
            field=field,
            remedy="Choose another run, or an image.",
        )
    return frame


class FilmStrip(NamedTuple):
    """A clip in small pictures, as JPEG."""

    still: bytes
    """The frame that differs most from the first one, since runs of one photograph begin alike."""
    sheet: bytes
    """`FILM_STRIP_FRAMES` frames from first to last, side by side."""


def film_strip(clip: Path, size: tuple[int, int], quality: int) -> FilmStrip | None:
    """Draw a clip as small pictures.

    Args:
        clip: A video file: MP4, QuickTime, Matroska or WebM.
        size: Pixels in width and height of each picture; what does not fit is cut off.
        quality: 1 to 95.

    Returns:
        None when the file holds no frame, or PyAV is not installed.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    frames: list[Image.Image] = []
    with (
        contextlib.suppress(av.FFmpegError, IndexError, OSError, ValueError),
        clip.open("rb") as file,
        av.open(file, format=_container(clip)) as film,
    ):
        frames.extend(_evenly(film, size))
    if not frames:
        return None
    from PIL import Image, ImageChops, ImageStat  # noqa: PLC0415

    small = [frame.resize(_COMPARED).convert("L") for frame in frames]
    differences = [ImageStat.Stat(ImageChops.difference(small[0], one)).mean[0] for one in small]
    still = frames[differences.index(max(differences))]
    sheet = Image.new("RGB", (size[0] * FILM_STRIP_FRAMES, size[1]))
    for place in range(FILM_STRIP_FRAMES):
        # A clip of fewer frames shows some of them twice.
        sheet.paste(frames[place * len(frames) // FILM_STRIP_FRAMES], (place * size[0], 0))
    return FilmStrip(_jpeg(still, quality), _jpeg(sheet, quality))


def _evenly(film: Any, size: tuple[int, int]) -> Iterator[Image.Image]:
    """Frames evenly spread over a clip, `FILM_STRIP_FRAMES` at most."""
    from PIL import ImageOps  # noqa: PLC0415

    stream = film.streams.video[0]
    if stream.codec_context is None:
        return
    stream.codec_context.options = {"max_pixels": str(_MOST_STRIP_PIXELS)}
    # Sound may go on when the pictures are over.
    seconds = float(stream.duration * stream.time_base) if stream.duration else 0.0
    apart = (seconds or (film.duration or 0) * _MICROSECOND) / FILM_STRIP_FRAMES
    taken = 0
    for count, frame in enumerate(film.decode(stream)):
        if taken == FILM_STRIP_FRAMES or count == _MOST_DECODED:
            return
        if (frame.time or 0.0) >= taken * apart:
            taken += 1
            yield ImageOps.fit(_picture(frame, stream), size)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


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
    return None if last is None else _picture(last, stream)


def _matrix(frame: Any, codec: str) -> int:
    """By which matrix a frame becomes RGB, as FFmpeg's scaler numbers them.

    What neither the coded pictures nor the container names, or names in part, is guessed as
    Chromium's player does: H.264 and HEVC from 720 rows on are BT.709, all else is BT.601.
    """
    named = [int(frame.colorspace)]
    if codec not in _OF_THE_WEB:
        # PyAV before 15 does not tell them.
        named += [int(getattr(frame, name, 1)) for name in ("color_primaries", "color_trc")]
    if _UNTAGGED not in named and named[0] in _MATRICES:
        return _MATRICES[named[0]]
    return _BT_709 if frame.height >= _HD_ROWS and codec not in _OF_THE_WEB else _BT_601


def _picture(frame: Any, stream: Any) -> Image.Image:
    """A frame as a browser's own player shows it: its colours, its shape, and upright."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    rgb = frame.reformat(
        width=round(frame.width * max(1.0, aspect)),
        height=round(frame.height / min(1.0, aspect)),
        format="rgb24",
        src_colorspace=_matrix(frame, stream.codec_context.name),
        dst_color_range=_FULL_RANGE,
    )
    # PyAV before 14 does not tell how a frame is turned.
    upright: Image.Image = rgb.to_image().rotate(getattr(frame, "rotation", 0), expand=True)
    return upright


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
