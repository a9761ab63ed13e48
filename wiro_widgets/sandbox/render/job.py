"""What a rendering process makes, and how a task's parameters become such jobs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.sandbox.catalog.models import Kind, Model
    from wiro_widgets.sandbox.messages import JSON

DEFAULT_SHORT_SIDE = 720
DEFAULT_RATIO = 16 / 9
DEFAULT_SECONDS = 5.0
LONGEST_SECONDS = 20.0
_MOST_RATE = 60
LARGE = "1080P"
HAILUO_SECONDS_WHEN_LARGE = 6.0
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What is read as a picture. Pillow knows more, and starts other programs for some of it."""
MOST_PIXELS = 100_000_000
"""Of a picture; its width and height are looked at before its pixels are decoded."""
_DURATIONS = ("duration", "seconds", "durationSeconds", "videoSeconds")
_RATIOS = ("ratio", "aspectRatio")
_OPTIMIZERS = ("promptOptimizer", "promptEnhancement", "enhancePrompt", "promptUpsampling")
_TEXTS = ("prompt", "caption", "text")
_NAMED_SIDES = {"2k": 1440, "4k": 2160}
_COUNTS = ("samples", "maxImages", "numImages", "numOutputs", "num_images", "num_outputs")
"""How many outputs a request wants."""
MOST_OUTPUTS = 20
_SIDES = (16, 4096)
"""Pixels of the shortest and the longest side of what is rendered."""
_WORDS_PER_SECOND = 2.5
_OUTPUT_KINDS: dict[str, tuple[Kind, ...]] = {
    "both": ("image", "video"),
    "image": ("image",),
    "video": ("video",),
    "audio": ("audio",),
}
_EXTENSIONS: dict[Kind, tuple[str, ...]] = {
    "video": ("mp4",),
    "image": ("png", "jpeg", "webp"),
    "audio": ("wav", "mp3"),
    "text": ("txt",),
    "raw": ("txt",),
    "mesh": ("glb",),
}
"""The formats of each kind; the first one where a request names none of them."""
_KNOWN = {*_DURATIONS, "resolution", *_RATIOS, *_OPTIMIZERS, *_TEXTS, "fps", "outputFormat"}


@dataclass(frozen=True)
class Job:
    """One file to make. Jobs with equal digests give equal bytes."""

    kind: Kind
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
    extension: str
    seconds: float = 0.0
    """Of sound."""

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
    items = [item for item in model.file_items() if item.is_picture and pictures.get(item.id)]
    inputs = [pictures[item.id][0] for item in items]
    first = inputs[0] if inputs else None
    last = _last_frame(model, pictures)
    side, width, height = _dimensions(values)
    base = Job(
        kind=model.kind,
        prompt=_text(values, _TEXTS),
        short_side=side,
        width=width,
        height=height,
        ratio=_ratio(values),
        frames=1,
        rate=min(_MOST_RATE, max(1, _whole(values, "fps", rate))),
        optimize=_text(values, _OPTIMIZERS) != "false",
        variation=_variation(values, inputs),
        first=str(first.path) if first and first.path else "",
        last=str(last.path) if last and last.path else "",
        marks=marks,
        extension="",
    )
    kinds = _OUTPUT_KINDS.get(_text(values, ("outputType",)).lower(), (model.kind,))
    name = next((name for name in _COUNTS if name in values), "")
    count = min(MOST_OUTPUTS, max(1, _whole(values, name, 1)))
    return [_of_kind(base, kind, model, values, n) for kind in kinds for n in range(count)]


def _of_kind(base: Job, kind: Kind, model: Model, values: Mapping[str, Any], number: int) -> Job:
    """One output of a task; the first clip of a request is the same however many there are."""
    formats = _EXTENSIONS[kind]
    asked = _text(values, ("outputFormat",)).lower().replace("jpg", "jpeg")
    variation = base.variation if kind == "video" and not number else f"{base.variation}#{number}"
    job = replace(
        base,
        kind=kind,
        variation=variation,
        extension=asked if asked in formats else formats[0],
    )
    if kind == "video":
        return replace(job, frames=round(seconds(model, values) * job.rate))
    if kind == "audio":
        spoken = len(base.prompt.split()) / _WORDS_PER_SECOND
        length = seconds(model, values) if _text(values, _DURATIONS) else spoken
        return replace(job, seconds=min(LONGEST_SECONDS, max(1.0, length)))
    return job


def seconds(model: Model, values: Mapping[str, Any]) -> float:
    """Seconds of the clip; at 1080P the hailuo models always make 6 s, as their help text says."""
    if model.first_frame_checked and values.get("resolution") == LARGE:
        return HAILUO_SECONDS_WHEN_LARGE
    wanted = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*s?", _text(values, _DURATIONS))
    return min(LONGEST_SECONDS, max(1.0, float(wanted[1]) if wanted else DEFAULT_SECONDS))


def _text(values: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(values[name]) for name in names if name in values), "")


def _whole(values: Mapping[str, Any], name: str, otherwise: int) -> int:
    """A whole number, whatever type the model gives it."""
    found = re.fullmatch(r"(\d{1,9})(?:\.\d*)?", str(values.get(name, "")))
    return int(found[1]) if found else otherwise


def _last_frame(model: Model, pictures: Mapping[str, list[Picture]]) -> Picture | None:
    """The picture of the parameter whose id or label says that it is the last frame."""
    for item in model.file_items():
        if "last" in f"{item.id} {item.label}".lower() and pictures.get(item.id):
            return pictures[item.id][0]
    return None


def _dimensions(values: Mapping[str, Any]) -> tuple[int, int, int]:
    """Short side, width and height in pixels; the last two are 0 unless both were given."""
    least, most = _SIDES
    width, height = (
        min(most, max(least, value)) if (value := _whole(values, name, 0)) else 0
        for name in ("width", "height")
    )
    text = _text(values, ("resolution",)).lower()
    if named := re.fullmatch(r"(\d{3,4})p", text):
        return int(named[1]), width, height
    return _NAMED_SIDES.get(text, DEFAULT_SHORT_SIDE), width, height


def _ratio(values: Mapping[str, Any]) -> float:
    match = re.fullmatch(r"([1-9]\d{0,4}):([1-9]\d{0,4})", _text(values, _RATIOS))
    return int(match[1]) / int(match[2]) if match else DEFAULT_RATIO


def _variation(values: Mapping[str, Any], inputs: list[Picture]) -> str:
    """Everything else that distinguishes two requests, so that each has its own bytes."""
    rest: JSON = {name: value for name, value in values.items() if name not in _KNOWN}
    addresses = [picture.address for picture in inputs if picture.path is None]
    return json.dumps([rest, addresses], sort_keys=True) if rest or addresses else ""
