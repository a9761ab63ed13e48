"""From a job to a file: the picture, the camera over it, its look, and the encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from .camera import DRIFT, Move, segments
from .camera import Path as CameraPath
from .canvas import Canvas, Planes, open_picture, to_planes
from .clip import encode
from .look import Look, backdrop, motion_strength, seeded_random
from .marks import Marker
from .unseen import mesh, sound, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .job import Job

_ASPECT_LIMIT = 6.0
_LAST_FRAME_FROM = 0.45
"""The part of the clip after which the last frame's picture fades in."""


def render(job: Job, target: Path) -> None:
    """Make the file of a job.

    Raises:
        OSError: An input is not a picture.
    """
    if job.kind == "audio":
        sound(job, target)
        return
    if job.kind == "mesh":
        mesh(job, target)
        return
    if job.kind in {"text", "raw"}:
        text = words(job.prompt, job.variation)
        target.write_bytes(f"{text}\n".encode(errors="replace"))
        return
    picture = open_picture(job.first) if job.first else None
    width, height = _size(job, picture)
    if picture is None:
        picture = backdrop(job.prompt, job.variation, (width, height))
    look = Look(job, (width, height))
    if job.kind == "video":
        frames = _frames(job, picture, look, width, height)
        encode(target, frames, width=width, height=height, rate=job.rate)
    else:
        _still(picture, look, width, height).save(target, format=job.extension.upper())


def _size(job: Job, picture: Image.Image | None) -> tuple[int, int]:
    """Width and height in pixels, both even; the ratio is that of the picture, if there is one."""
    if job.width and job.height:
        return _even(job.width), _even(job.height)
    ratio = job.ratio if picture is None else picture.width / picture.height
    ratio = min(_ASPECT_LIMIT, max(1 / _ASPECT_LIMIT, ratio))
    if ratio >= 1:
        return _even(job.short_side * ratio), _even(job.short_side)
    return _even(job.short_side), _even(job.short_side / ratio)


def _even(value: float) -> int:
    """The nearest even number: 768 x 16 / 9 becomes 1366, as at the service."""
    return max(16, round(value / 2) * 2)


def _frames(
    job: Job, picture: Image.Image, look: Look, width: int, height: int
) -> Iterator[Planes]:
    canvas = Canvas.around(picture, width, height)
    path = _camera(job)
    last = None
    if job.last:
        last = to_planes(open_picture(job.last).resize((width, height), Image.Resampling.LANCZOS))
    marker = Marker(height) if job.marks else None
    seconds = job.frames / job.rate
    for number in range(job.frames):
        moment = number / max(1, job.frames - 1)
        planes = canvas.view(path.box(moment, seconds), width, height)
        planes = look.apply(planes, number / job.rate)
        if last is not None:
            planes = _blended(planes, last, moment)
        if marker is not None:
            marker.mark(planes, number)
        yield planes


def _camera(job: Job) -> CameraPath:
    moves = segments(job.prompt)
    breath = 0.004 if job.optimize and moves != [Move()] else 0.0
    if not moves:
        chance = seeded_random("drift", job.prompt, job.variation)
        side = Move(x=chance.uniform(-0.05, 0.05), y=chance.uniform(-0.03, 0.03))
        moves = [DRIFT + side]
    return CameraPath(moves, motion_strength(job.prompt), breath)


def _blended(planes: Planes, last: Planes, moment: float) -> Planes:
    part = min(1.0, max(0.0, (moment - _LAST_FRAME_FROM) / (1 - _LAST_FRAME_FROM)))
    part = part * part * (3 - 2 * part)
    luma, blue, red = (Image.blend(a, b, part) for a, b in zip(planes, last, strict=True))
    return luma, blue, red


def _still(picture: Image.Image, look: Look, width: int, height: int) -> Image.Image:
    """A still image; the planes are those of a frame, converted to full range for Pillow."""
    fitted = picture.resize((width, height), Image.Resampling.LANCZOS)
    luma, blue, red = look.apply(to_planes(fitted), 10.0)
    stretch = [min(255, max(0, round((value - 16) * 255 / 219))) for value in range(256)]
    widen = [min(255, max(0, round((value - 128) * 255 / 224 + 128))) for value in range(256)]
    size = (width, height)
    channels = (luma.point(stretch), blue.point(widen).resize(size), red.point(widen).resize(size))
    return Image.merge("YCbCr", channels).convert("RGB")
