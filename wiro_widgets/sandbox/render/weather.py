"""Rain, snow, fog, embers and motes: sheets of light that move in front of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from .canvas import Planes

Size = tuple[int, int]
_RED_OF_FIRE = [round(value * 0.35) for value in range(256)]


@dataclass(frozen=True)
class Layer:
    """One sheet the size of the frame, repeating in both directions.

    Attributes:
        sheet: How much light each pixel adds.
        x: Velocity to the right, pixels per second.
        y: Velocity downwards, pixels per second.
        sway: Amplitude of a sideways swing, pixels.
        glow: Whether it shines like fire instead of white.
        veil: Whether it covers large parts: then bright ones must not be burnt out.
    """

    sheet: Image.Image
    x: float
    y: float
    sway: float = 0.0
    glow: bool = False
    veil: bool = False

    def over(self, planes: Planes, time: float, strength: float) -> Planes:
        """A frame with the sheet in front of it."""
        luma, blue, red = planes
        sheet = self._at(time, strength)
        # Adding is cheaper than screening, and for points and streaks looks the same.
        luma = ImageChops.screen(luma, sheet) if self.veil else ImageChops.add(luma, sheet)
        if self.glow:
            half = sheet.reduce(2).resize(blue.size)
            blue = ImageChops.subtract(blue, half, scale=1)
            red = ImageChops.add(red, half.point(_RED_OF_FIRE))
        return luma, blue, red

    def _at(self, time: float, strength: float) -> Image.Image:
        """The sheet at a moment, dimmed while it is coming in."""
        swing = self.sway * math.sin(time * 1.3)
        moved = ImageChops.offset(self.sheet, round(self.x * time + swing), round(self.y * time))
        if strength < 1:
            moved = moved.point([round(value * strength) for value in range(256)])
        return moved


def _rain(size: Size, seed: int) -> list[Layer]:
    unit = size[1] / 768
    layers = []
    for depth, (count, length, light) in enumerate(((650, 34, 70), (260, 64, 105))):
        sheet = _streaks(size, seed + depth, count, round(length * unit), light)
        fall = (1150, 1750)[depth] * unit
        layers.append(Layer(sheet, -fall * 0.12, fall))
    return layers


def _snow(size: Size, seed: int) -> list[Layer]:
    unit = size[1] / 768
    return [
        Layer(_dots(size, seed, 900, 1.2 * unit, 150), -14 * unit, 70 * unit, 8 * unit),
        Layer(_dots(size, seed + 1, 320, 2.2 * unit, 200), -24 * unit, 120 * unit, 16 * unit),
        Layer(_dots(size, seed + 2, 60, 4.5 * unit, 150), -40 * unit, 210 * unit, 26 * unit),
    ]


def _fog(size: Size, seed: int) -> list[Layer]:
    unit = size[1] / 768
    cloud = _clouds(size, seed)
    # Thicker towards the ground, where fog lies.
    lower = np.linspace(0.35, 1.0, size[1], dtype=np.float32)[:, None]
    sheet = Image.fromarray((cloud * lower * 150).astype(np.uint8))
    return [Layer(sheet, 34 * unit, 0, veil=True)]


def _embers(size: Size, seed: int) -> list[Layer]:
    unit = size[1] / 768
    return [
        Layer(_dots(size, seed, 120, 1.4 * unit, 150), 18 * unit, -95 * unit, 14 * unit, glow=True),
        Layer(
            _dots(size, seed + 1, 40, 2.6 * unit, 170), 30 * unit, -150 * unit, 26 * unit, glow=True
        ),
    ]


def _motes(size: Size, seed: int) -> list[Layer]:
    unit = size[1] / 768
    return [
        Layer(_dots(size, seed, 160, 1.6 * unit, 110), 12 * unit, 9 * unit, 10 * unit),
        Layer(_dots(size, seed + 1, 40, 4.0 * unit, 80), 22 * unit, 14 * unit, 18 * unit),
    ]


LAYERS: dict[str, Callable[[Size, int], list[Layer]]] = {
    "rain": _rain,
    "snow": _snow,
    "fog": _fog,
    "embers": _embers,
    "motes": _motes,
}


def _dots(size: Size, seed: int, count: int, radius: float, light: int) -> Image.Image:
    """Soft round points, some fainter than others."""
    random = np.random.default_rng(seed)
    sheet = np.zeros((size[1], size[0]), dtype=np.float32)
    xs, ys = random.integers(0, size[0], count), random.integers(0, size[1], count)
    sheet[ys, xs] = random.uniform(0.35, 1.0, count)
    # A blur spreads a point's light; this factor gives its centre the light asked for.
    sheet *= light * 2 * math.pi * radius * radius
    return _blurred(sheet, radius)


def _blurred(sheet: npt.NDArray[np.float32], radius: float) -> Image.Image:
    """A Gaussian blur that wraps around the edges, so that the sheet repeats."""
    height, width = sheet.shape
    x = np.fft.fftfreq(width)[None, : width // 2 + 1].astype(np.float32)
    y = np.fft.fftfreq(height)[:, None].astype(np.float32)
    kernel = np.exp(-2 * (math.pi * radius) ** 2 * (x * x + y * y))
    spread = np.fft.irfft2(np.fft.rfft2(sheet) * kernel, s=sheet.shape)
    return Image.fromarray(np.clip(spread, 0, 255).astype(np.uint8))


def _streaks(size: Size, seed: int, count: int, length: int, light: int) -> Image.Image:
    """Thin slanted lines that fade at their upper end."""
    random = np.random.default_rng(seed)
    width, height = size
    sheet = np.zeros((height, width), dtype=np.float32)
    xs, ys = random.integers(0, width, count), random.integers(0, height, count)
    lights = random.uniform(0.3, 1.0, count).astype(np.float32) * light
    for step in range(length):
        rows, columns = (ys + step) % height, (xs - round(step * 0.12)) % width
        sheet[rows, columns] = np.maximum(sheet[rows, columns], lights * (step / length))
    return Image.fromarray(sheet.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def _clouds(size: Size, seed: int) -> npt.NDArray[np.float32]:
    """Repeating cloudy noise between 0 and 1."""
    random = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(4):
        columns, rows = 4 * 2**octave, 3 * 2**octave
        grid = random.random((rows, columns), dtype=np.float32)
        # Wrapped by one tile on each side, so that the middle of the enlargement repeats.
        tiled = Image.fromarray(np.tile(grid, (3, 3)))
        large = tiled.resize((width * 3, height * 3), Image.Resampling.BICUBIC)
        middle = np.asarray(large)[height : 2 * height, width : 2 * width]
        total += middle * 0.5**octave
    total -= total.min()
    clouds: npt.NDArray[np.float32] = np.clip((total / total.max() - 0.35) / 0.65, 0, 1)
    return clouds
