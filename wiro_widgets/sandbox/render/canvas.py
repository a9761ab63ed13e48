"""The picture the camera moves over, as the three planes of a video frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from .camera import MARGIN
from .job import MOST_PIXELS, PICTURE_FORMATS

Planes = tuple[Image.Image, Image.Image, Image.Image]
Pixels = npt.NDArray[np.uint8]

# BT.709, the matrix players assume for pictures of this size.
_MATRIX = np.array(
    [
        [0.2126, 0.7152, 0.0722],
        [-0.1146, -0.3854, 0.5],
        [0.5, -0.4542, -0.0458],
    ],
    dtype=np.float32,
)
_SCALE = np.array([219 / 255, 224 / 255, 224 / 255], dtype=np.float32)
_OFFSET = np.array([16, 128, 128], dtype=np.float32)
_FEATHER = 0.6
"""The part of the border over which it fades from the mirrored picture to its blur."""
_DETAIL = 1.25
"""How much finer than the clip a large picture stays, so that zooming in shows detail."""


def open_picture(path: str) -> Image.Image:
    """A picture as RGB, turned upright by its EXIF orientation.

    Raises:
        OSError: It is none of the kinds of pictures that are read, damaged, or too large.
    """
    with Image.open(path, formats=PICTURE_FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise OSError(f"{picture.width} x {picture.height} pixels are too many")
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in ("RGBA", "LA", "P"):
            # Transparent pictures get a white background, as on a web page.
            overlay = upright.convert("RGBA")
            upright = Image.new("RGBA", overlay.size, "white")
            upright.alpha_composite(overlay)
        return upright.convert("RGB")


def to_planes(picture: Image.Image) -> Planes:
    """RGB to limited-range Y, U, V; the last two at half size."""
    width, height = picture.size
    full = np.asarray(picture, dtype=np.float32)
    half = np.asarray(
        picture.resize((max(1, width // 2), max(1, height // 2)), Image.Resampling.BOX),
        dtype=np.float32,
    )
    return (_plane(full, 0), _plane(half, 1), _plane(half, 2))


def _plane(pixels: npt.NDArray[np.float32], row: int) -> Image.Image:
    values = pixels @ (_MATRIX[row] * _SCALE[row]) + _OFFSET[row]
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Canvas:
    """A picture with a soft mirrored border; ``view`` cuts frames out of it."""

    planes: Planes
    left: float
    top: float
    width: float
    height: float

    @classmethod
    def around(cls, picture: Image.Image, width: int, height: int) -> Canvas:
        """A canvas around a picture that fills a clip of ``width`` x ``height`` pixels."""
        detail = min(_DETAIL, max(1.0, picture.width / width))
        size = (round(width * detail / 2) * 2, round(height * detail / 2) * 2)
        fitted = picture.resize(size, Image.Resampling.LANCZOS)
        border = (round(size[0] * MARGIN / 2) * 2, round(size[1] * MARGIN / 2) * 2)
        planes = to_planes(_bordered(fitted, border))
        return cls(planes, *border, *size)

    def view(self, box: tuple[float, float, float, float], width: int, height: int) -> Planes:
        """What the camera sees, at the size of the clip."""
        left, top, right, bottom = (
            self.left + box[0] * self.width,
            self.top + box[1] * self.height,
            self.left + box[2] * self.width,
            self.top + box[3] * self.height,
        )
        luma, blue, red = self.planes
        bilinear = Image.Resampling.BILINEAR
        half = (left / 2, top / 2, right / 2, bottom / 2)
        small = (width // 2, height // 2)
        return (
            luma.resize((width, height), bilinear, box=_within(luma, (left, top, right, bottom))),
            blue.resize(small, bilinear, box=_within(blue, half)),
            red.resize(small, bilinear, box=_within(red, half)),
        )


def _within(
    plane: Image.Image, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The box clipped to the plane: rounding may exceed it, which Pillow refuses."""
    left, top, right, bottom = box
    return (max(0.0, left), max(0.0, top), min(plane.width, right), min(plane.height, bottom))


def _bordered(picture: Image.Image, border: tuple[int, int]) -> Image.Image:
    """Mirror the picture outwards, blurring and darkening the mirrored part."""
    across, down = border
    pixels = np.pad(np.asarray(picture), ((down, down), (across, across), (0, 0)), mode="symmetric")
    wide = Image.fromarray(pixels)
    blurred = wide.filter(ImageFilter.GaussianBlur(max(across, down) / 24))
    blurred = blurred.point([round(value * 0.9) for value in range(256)] * 3)
    outside = np.maximum(
        _distance(wide.width, across)[None, :] / max(1, across),
        _distance(wide.height, down)[:, None] / max(1, down),
    )
    part = np.clip(outside / _FEATHER, 0, 1)
    mask = Image.fromarray((255 * part * part * (3 - 2 * part)).astype(np.uint8))
    return Image.composite(blurred, wide, mask)


def _distance(length: int, border: int) -> npt.NDArray[np.float32]:
    """How far each pixel of a line lies outside the picture; 0 within it."""
    pixel = np.arange(length, dtype=np.float32)
    return np.maximum(0, np.maximum(border - pixel, pixel - (length - 1 - border)))
