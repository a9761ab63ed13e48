"""The frame number that ``--frame-marks`` writes into every frame, for people and for tests.

Top left: a strip of 16 square cells, white for 1 and black for 0, the most significant bit
first: a cell that is always white, one that is always black, one for the parity of the
number, one spare black, then the 12 bits of the frame number. Below it the same number in
digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from .canvas import Planes

BITS = 12
CELLS = 16
_WHITE, _BLACK, _NEUTRAL = 235, 16, 128


def cell_size(height: int) -> int:
    """Pixels of one cell's side, for a clip of that height; even."""
    return max(8, height // 48 // 2 * 2)


def cells(number: int) -> list[bool]:
    """The 16 cells of a frame number."""
    bits = [bool(number >> (BITS - 1 - index) & 1) for index in range(BITS)]
    return [True, False, sum(bits) % 2 == 1, False, *bits]


class Marker:
    """Writes frame numbers into planes of one size."""

    def __init__(self, height: int) -> None:
        self._cell = cell_size(height)
        self._font = ImageFont.load_default(size=self._cell * 2)

    def mark(self, planes: Planes, number: int) -> None:
        """Write a number, in place."""
        luma, blue, red = planes
        cell = self._cell
        width, height = cell * CELLS, cell * 4
        draw = ImageDraw.Draw(luma)
        draw.rectangle((0, 0, width - 1, height - 1), fill=_BLACK)
        for index, on in enumerate(cells(number)):
            if on:
                draw.rectangle((index * cell, 0, (index + 1) * cell - 1, cell - 1), fill=_WHITE)
        draw.text((cell // 2, cell * 5 // 4), f"frame {number}", fill=_WHITE, font=self._font)
        for plane in (blue, red):
            plane.paste(_NEUTRAL, (0, 0, width // 2, height // 2))


def read_mark(luma: Image.Image) -> int | None:
    """The frame number in a decoded frame's luma plane; ``None`` if there is none."""
    cell = cell_size(luma.height)
    levels = [
        int(luma.getpixel((index * cell + cell // 2, cell // 2)) or 0)  # type: ignore[arg-type]
        for index in range(CELLS)
    ]
    on = [level > (_WHITE + _BLACK) // 2 for level in levels]
    number = sum(bit << (BITS - 1 - index) for index, bit in enumerate(on[CELLS - BITS :]))
    return number if on == cells(number) else None
