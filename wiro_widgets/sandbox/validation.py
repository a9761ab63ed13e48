"""Validation: a Run's parameters against its model's schema, and first frames."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from .catalog.models import CHOICE_TYPES, NUMBER_TYPES, Item, Model
from .envelope import Refusal
from .render.job import PICTURE_FORMATS
from .request_body import INVALID, Body, ReceivedFile

if TYPE_CHECKING:
    from pathlib import Path

Scalar = str | float | bool

FIRST_FRAME_BYTES = 20 * 2**20
FIRST_FRAME_SHORT_SIDE = 300
FIRST_FRAME_RATIOS = (2 / 5, 5 / 2)
FIRST_FRAME_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass
class FileInput:
    """The files and URLs sent for one file parameter."""

    files: list[ReceivedFile] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.files or self.urls)


@dataclass
class Parameters:
    """Valid parameters, without names that the model does not have."""

    values: dict[str, Scalar]
    files: dict[str, FileInput]


def check_parameters(model: Model, body: Body) -> Parameters:
    """Check parameters in the order of the schema.

    Raises:
        Refusal: With the service's text, the parameter's name in square brackets.
    """
    files = {item.id: _file_input(item, body) for item in model.file_items()}
    values: dict[str, Scalar] = {}
    for item in model.items:
        if item.is_file:
            if item.required and not files[item.id]:
                raise Refusal(f"Request files [{item.id}] required")
            continue
        value = body.get(item.id)
        if _is_absent(value):
            if item.required:
                raise Refusal(f"Request parameter [{item.id}] required")
            continue
        values[item.id] = _checked(item, value)
    return Parameters(values, {name: given for name, given in files.items() if given})


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _file_input(item: Item, body: Body) -> FileInput:
    """Files and URLs of one parameter, from every place the service takes them from.

    A URL may be in the parameter itself, alone, in a list or repeated; or in the parameter's
    ``Url`` twin, where those of a multifileinput are joined by commas. The service documents no
    twin for combinefileinput, but its n8n node sends one to the hailuo models.
    """
    twins = body.texts(f"{item.id}Url")
    if item.type == "multifileinput":
        twins = [url for text in twins for url in text.split(",")]
    urls = body.texts(item.id) + twins
    files = body.files.get(item.id, []) + body.files.get(f"{item.id}[]", [])
    urls = [url.strip() for url in urls if url.strip()]
    if item.type == "fileinput" and len(files) + len(urls) > 1:
        raise Refusal(INVALID)
    return FileInput(files, urls)


def _checked(item: Item, value: Any) -> Scalar:
    if not isinstance(value, str | int | float | bool):
        raise Refusal(INVALID)
    if item.type in NUMBER_TYPES:
        return _checked_number(item, value)
    text = _as_text(value)
    if item.type in CHOICE_TYPES and text not in {choice.value for choice in item.choices}:
        raise Refusal(INVALID)
    if item.type == "checkbox" and text not in ("true", "false"):
        raise Refusal(INVALID)
    return text


def _checked_number(item: Item, value: Scalar) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refusal(f"Request parameter [{item.id}] must be integer or float")
    low = -math.inf if item.minimum is None else item.minimum
    high = math.inf if item.maximum is None else item.maximum
    if not low <= number <= high:
        raise Refusal(f"Request parameter [{item.id}] must be between {low:g} and {high:g}")
    return int(number) if number.is_integer() else number


def _as_text(value: Scalar) -> str:
    """A scalar as multipart would carry it: ``6`` and ``6.0`` are the option "6"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def first_frame_problem(path: Path) -> str:
    """Why MiniMax would refuse a picture as first frame, in its words; empty if it would not."""
    if path.stat().st_size >= FIRST_FRAME_BYTES:
        return "invalid params, first_frame_image is larger than 20MB"
    try:
        with Image.open(path, formats=PICTURE_FORMATS) as picture:
            kind, (width, height) = picture.format, picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return "invalid params, first_frame_image is not an image"
    if kind not in FIRST_FRAME_FORMATS:
        return "invalid params, first_frame_image must be JPG, JPEG, PNG or WebP"
    if min(width, height) <= FIRST_FRAME_SHORT_SIDE:
        return f"invalid params, first_frame_image short side must be > {FIRST_FRAME_SHORT_SIDE}px"
    narrowest, widest = FIRST_FRAME_RATIOS
    if not narrowest <= width / height <= widest:
        return "invalid params, first_frame_image aspect ratio must be between 2:5 and 5:2"
    return ""
