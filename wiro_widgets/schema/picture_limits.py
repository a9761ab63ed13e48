"""What a model accepts as an image, and why it would reject one, in words."""

from __future__ import annotations

from typing import Literal, NamedTuple


class PictureLimits(NamedTuple):
    """What a model accepts as an image."""

    max_bytes: int
    """A file must be smaller than this."""
    min_side: int
    """The short side must be longer than this, in pixels."""
    ratio: float
    """The long side may be at most this many times the short side."""


class PictureProblem(NamedTuple):
    """Why a model would reject an image."""

    message: str
    remedy: Literal["", "crop", "reduce"]
    """What helps; "" if only another image does."""


def picture_problem(
    limits: PictureLimits, width: int, height: int, size: int
) -> PictureProblem | None:
    """Why a model would reject an image, None if it would accept it.

    Args:
        limits: The model's.
        width: Pixels.
        height: Pixels.
        size: Bytes.
    """
    if min(width, height) <= limits.min_side:
        return PictureProblem(
            f"Too small: the shorter side is {min(width, height):,} px; it must be more than "
            f"{limits.min_side:,} px. Choose a larger image.",
            "",
        )
    if max(width, height) > limits.ratio * min(width, height):
        shape = "wide" if width > height else "tall"
        return PictureProblem(
            f"Too {shape}. Crop it to an aspect ratio between 2:5 and 5:2.", "crop"
        )
    return too_large(limits, size) if size >= limits.max_bytes else None


def too_large(limits: PictureLimits, size: int) -> PictureProblem:
    """The problem of a file of `size` bytes that exceeds the limit."""
    most = limits.max_bytes / 1e6
    return PictureProblem(
        f"Too large: {size / 1e6:.1f} MB; it must be under {most:g} MB. Reduce it.",
        "reduce",
    )
