"""What a model takes as a picture, and what is wrong with one, in words."""

from __future__ import annotations

from typing import NamedTuple

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


def complaint(limits: PictureLimits, width: int, height: int, size: int) -> str | None:
    """Why a model would refuse a picture, None when it would not.

    The browser says the same: js/lib/image/limits.ts, held together by tests/cases/pictures.json.

    Args:
        limits: The model's.
        width: Pixels.
        height: Pixels.
        size: Bytes.
    """
    if min(width, height) <= limits.min_side:
        side = min(width, height)
        return (
            f"Too small: the short side is {side:,} px and has to be over {limits.min_side:,}. "
            "Enlarging would add no detail; choose a larger picture."
        )
    if max(width, height) > limits.ratio * min(width, height):
        shape = "wide" if width > height else "tall"
        return f"Too {shape}: the ratio has to be between 2:5 and 5:2. Crop it."
    if size >= limits.max_bytes:
        most = limits.max_bytes / 1e6
        return f"Too large: {size / 1e6:.1f} MB, and it has to be under {most:g} MB. Reduce it."
    return None
