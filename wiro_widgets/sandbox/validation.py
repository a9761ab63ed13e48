"""Validation: a Run's parameters against its model's schema, and first frames."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image

from .catalog.models import CHOICE_TYPES, NUMBER_TYPES, Item, Model, as_text
from .messages import Body, ReceivedFile, Refusal, clean
from .render.job import PICTURE_FORMATS

if TYPE_CHECKING:
    from pathlib import Path

Scalar = str | float | bool
_FILE_OR_ADDRESS = "a file or its http address"
_MOST_NAMED = 20
"""Choices that a refusal names."""

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
    _check_parts(model, body)
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


def _check_parts(model: Model, body: Body) -> None:
    """Refuse files where the model takes none: they would be lost in silence."""
    takers = {item.id for item in model.file_items()}
    for part in body.files:
        name = part.removesuffix("[]")
        if name not in takers:
            raise Refusal(f"Request parameter [{clean(name)}] takes no file")


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _file_input(item: Item, body: Body) -> FileInput:
    """Files and URLs of one parameter, from every place the service takes them from.

    A URL may be in the parameter itself, alone, in a list or repeated; or in the parameter's
    ``Url`` twin, where those of a multifileinput are joined by commas. The service documents no
    twin for combinefileinput, but its n8n node sends one to the hailuo models.
    """
    twin = f"{item.id}Url"
    for name in (item.id, twin):
        for value in body.values.get(name, []):
            some = value if isinstance(value, list) else [value]
            if not all(one is None or isinstance(one, str) for one in some):
                raise Refusal(f"Request parameter [{name}] must be {_FILE_OR_ADDRESS}")
    twins = body.texts(twin)
    if item.type == "multifileinput":
        twins = [url for text in twins for url in text.split(",")]
    files = body.files.get(item.id, []) + body.files.get(f"{item.id}[]", [])
    urls = [url.strip() for url in body.texts(item.id) + twins if url.strip()]
    if not all(map(_is_address, urls)):
        raise Refusal(f"Request parameter [{item.id}] must be {_FILE_OR_ADDRESS}")
    if item.type == "fileinput" and len(files) + len(urls) > 1:
        raise Refusal(f"Request files [{item.id}] must be one file or one address")
    return FileInput(files, urls)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # Asking for a port that is no number raises.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _checked(item: Item, value: Any) -> Scalar:
    if not isinstance(value, str | int | float | bool):
        raise Refusal(
            f"Request parameter [{item.id}] must be {_expected(item)}, not a list or object"
        )
    if item.type in NUMBER_TYPES:
        return _checked_number(item, value)
    text = as_text(value)
    if item.type in CHOICE_TYPES and item.choices and text not in item.allowed:
        raise Refusal(f"Request parameter [{item.id}] must be {_expected(item)}")
    if item.type == "checkbox" and text not in ("true", "false"):
        raise Refusal(f"Request parameter [{item.id}] must be true or false")
    if item.max_length is not None and len(text) > item.max_length:
        most = f"{item.max_length:,}"
        raise Refusal(f"Request parameter [{item.id}] must be at most {most} characters long")
    return text


def _expected(item: Item) -> str:
    """What a parameter takes, as a person says it."""
    if item.type in CHOICE_TYPES and item.choices:
        named = [choice.value or '""' for choice in item.choices[:_MOST_NAMED]]
        more = len(item.choices) - len(named)
        return f"one of {', '.join(named)}{f' and {more:,} others' if more else ''}"
    if item.type == "checkbox":
        return "true or false"
    return "integer or float" if item.type in NUMBER_TYPES else "text"


def _checked_number(item: Item, value: Scalar) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refusal(f"Request parameter [{item.id}] must be integer or float")
    low, high = item.minimum, item.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise Refusal(f"Request parameter [{item.id}] must be {_between(low, high)}")
    return int(number) if number.is_integer() else number


def _between(low: float | None, high: float | None) -> str:
    """Bounds as people write them: 2,000,000 and not 2e+06."""
    if low is None or high is None:
        return f"at most {_plain(high or 0)}" if low is None else f"at least {_plain(low)}"
    return f"between {_plain(low)} and {_plain(high)}"


def _plain(number: float) -> str:
    if float(number).is_integer():
        return f"{int(number):,}"
    return f"{Decimal(str(number)):,f}"


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
