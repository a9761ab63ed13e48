"""What the provider says of a first frame before it starts: MiniMax's published limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 20 * 2**20
SHORT_SIDE = 300
NARROWEST, WIDEST = 2 / 5, 5 / 2
FORMATS = ("JPEG", "PNG", "WEBP")


def complaint(path: Path) -> str:
    """Why a picture is refused as first frame, in the provider's manner; empty when it is not."""
    if path.stat().st_size >= SIZE_LIMIT:
        return "invalid params, first_frame_image is larger than 20MB"
    try:
        with Image.open(path) as picture:
            kind, (width, height) = picture.format, picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return "invalid params, first_frame_image is not an image"
    if kind not in FORMATS:
        return "invalid params, first_frame_image must be JPG, JPEG, PNG or WebP"
    if min(width, height) <= SHORT_SIDE:
        return f"invalid params, first_frame_image short side must be > {SHORT_SIDE}px"
    if not NARROWEST <= width / height <= WIDEST:
        return "invalid params, first_frame_image aspect ratio must be between 2:5 and 5:2"
    return ""
