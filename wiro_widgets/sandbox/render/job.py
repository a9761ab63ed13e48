"""What a rendering process makes, and how a task's parameters become such jobs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.sandbox.catalog.models import Model
    from wiro_widgets.sandbox.envelope import JSON

DEFAULT_SHORT_SIDE = 720
DEFAULT_RATIO = 16 / 9
DEFAULT_SECONDS = 5.0
LONGEST_SECONDS = 20.0
LARGE = "1080P"
HAILUO_SECONDS_WHEN_LARGE = 6.0
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What is read as a picture. Pillow knows more, and starts other programs for some of it."""
MOST_PIXELS = 100_000_000
"""Of a picture; its width and height are looked at before its pixels are decoded."""
_DURATIONS = ("duration", "seconds", "durationSeconds")
_RATIOS = ("ratio", "aspectRatio")
_OPTIMIZERS = ("promptOptimizer", "promptEnhancement", "enhancePrompt", "promptUpsampling")
_TEXTS = ("prompt", "caption")
_NAMED_SIDES = {"2k": 1440, "4k": 2160}
_KNOWN = {*_DURATIONS, "resolution", *_RATIOS, *_OPTIMIZERS, *_TEXTS, "fps", "outputFormat"}


@dataclass(frozen=True)
class Job:
    """One file to make. Jobs with equal digests give equal bytes."""

    kind: Literal["video", "image"]
    prompt: str
    short_side: int
    """Pixels of the short side; 0 when ``width`` and ``height`` are given."""
    width: int
    height: int
    ratio: float
    """Width over height; used if there is no input picture."""
    frames: int
    rate: int
    """Frames per second."""
    optimize: bool
    variation: str
    """Text that represents all other parameters."""
    first: str
    """Path of the first frame's picture, or empty."""
    last: str
    """Path of the last frame's picture, or empty."""
    marks: bool
    extension: Literal["mp4", "png", "jpeg"]

    def digest(self) -> str:
        """An identifier of the result; pictures count by their bytes, not by their path."""
        body: dict[str, Any] = asdict(self)
        for name in ("first", "last"):
            if body[name]:
                body[name] = hashlib.sha256(Path(body[name]).read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Picture:
    """An input picture: a stored file, or a URL that the sandbox does not fetch."""

    path: Path | None
    address: str


def jobs_for(
    model: Model,
    values: Mapping[str, Any],
    pictures: Mapping[str, list[Picture]],
    *,
    marks: bool,
    rate: int,
) -> list[Job]:
    """The jobs of one task: one clip, or as many images as requested.

    Args:
        model: Its model.
        values: Its parameters that are not files.
        pictures: Its input pictures by parameter.
        marks: Whether frames carry their number.
        rate: Frames per second where the values name none.
    """
    inputs = [pictures[item.id][0] for item in model.file_items() if pictures.get(item.id)]
    first = inputs[0] if inputs else None
    last = _last_frame(model, pictures)
    side, width, height = _dimensions(values)
    job = Job(
        kind=model.kind,
        prompt=_text(values, _TEXTS),
        short_side=side,
        width=width,
        height=height,
        ratio=_ratio(values),
        frames=1,
        rate=int(_text(values, ("fps",)) or rate),
        optimize=_text(values, _OPTIMIZERS) != "false",
        variation=_variation(values, inputs),
        first=str(first.path) if first and first.path else "",
        last=str(last.path) if last and last.path else "",
        marks=marks,
        extension="mp4" if model.kind == "video" else _image_format(values),
    )
    if model.kind == "video":
        return [replace(job, frames=round(seconds(model, values) * job.rate))]
    count = int(values.get("maxImages", 1))
    return [replace(job, variation=f"{job.variation}#{index}") for index in range(count)]


def seconds(model: Model, values: Mapping[str, Any]) -> float:
    """Seconds of the clip; at 1080P the hailuo models always make 6 s, as their help text says."""
    if model.first_frame_checked and values.get("resolution") == LARGE:
        return HAILUO_SECONDS_WHEN_LARGE
    text = _text(values, _DURATIONS)
    wanted = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else DEFAULT_SECONDS
    return min(LONGEST_SECONDS, max(1.0, wanted))


def _text(values: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(values[name]) for name in names if name in values), "")


def _last_frame(model: Model, pictures: Mapping[str, list[Picture]]) -> Picture | None:
    """The picture of the parameter whose id or label says that it is the last frame."""
    for item in model.file_items():
        if "last" in f"{item.id} {item.label}".lower() and pictures.get(item.id):
            return pictures[item.id][0]
    return None


def _dimensions(values: Mapping[str, Any]) -> tuple[int, int, int]:
    """Short side, width and height in pixels; the last two are 0 unless both were given."""
    width, height = int(values.get("width", 0)), int(values.get("height", 0))
    text = _text(values, ("resolution",)).lower()
    if named := re.fullmatch(r"(\d{3,4})p", text):
        return int(named[1]), width, height
    return _NAMED_SIDES.get(text, DEFAULT_SHORT_SIDE), width, height


def _ratio(values: Mapping[str, Any]) -> float:
    match = re.fullmatch(r"(\d+):(\d+)", _text(values, _RATIOS))
    return int(match[1]) / int(match[2]) if match else DEFAULT_RATIO


def _image_format(values: Mapping[str, Any]) -> Literal["png", "jpeg"]:
    return "jpeg" if values.get("outputFormat") == "jpeg" else "png"


def _variation(values: Mapping[str, Any], inputs: list[Picture]) -> str:
    """Everything else that distinguishes two requests, so that each has its own bytes."""
    rest: JSON = {name: value for name, value in values.items() if name not in _KNOWN}
    addresses = [picture.address for picture in inputs if picture.path is None]
    return json.dumps([rest, addresses], sort_keys=True) if rest or addresses else ""
