"""What a model takes as a picture, and what is wrong with one, in words."""

from __future__ import annotations

from typing import Literal, NamedTuple

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
"""What MiniMax, and so everything here, sends (wiro-api.md section 5)."""


class PictureLimits(NamedTuple):
    """What one model takes; hailuo's as MiniMax publishes them (wiro-api.md section 5)."""

    max_bytes: int
    """A picture has to be smaller than this."""
    min_side: int
    """The short side has to be longer than this, in pixels."""
    ratio: float
    """The longer side is at most this many times the shorter one, either way round."""


HAILUO_FRAME = PictureLimits(max_bytes=20_000_000, min_side=300, ratio=2.5)


class Complaint(NamedTuple):
    """Why a model would refuse a picture."""

    words: str
    remedy: Literal["", "crop", "reduce"]
    """What would help; "" when only another picture would."""


def complaint(limits: PictureLimits, width: int, height: int, size: int) -> Complaint | None:
    """Why a model would refuse a picture, None when it would not.

    Args:
        limits: The model's.
        width: Pixels.
        height: Pixels.
        size: Bytes.
    """
    if min(width, height) <= limits.min_side:
        return Complaint(
            f"Too small: the short side is {min(width, height):,} px and has to be over "
            f"{limits.min_side:,}. Enlarging would add no detail; choose a larger picture.",
            "",
        )
    if max(width, height) > limits.ratio * min(width, height):
        shape = "wide" if width > height else "tall"
        return Complaint(f"Too {shape}: the ratio has to be between 2:5 and 5:2. Crop it.", "crop")
    return too_large(limits, size) if size >= limits.max_bytes else None


def too_large(limits: PictureLimits, size: int) -> Complaint:
    """That a file of `size` bytes is more than a model takes."""
    most = limits.max_bytes / 1e6
    return Complaint(
        f"Too large: {size / 1e6:.1f} MB, and it has to be under {most:g} MB. Reduce it.",
        "reduce",
    )
