"""Light and weather: what the words of a prompt do to a picture over time, and a backdrop.

Everything starts from nothing and fades in, so that the first frame is the picture itself.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from .canvas import Planes
    from .job import Job

Array = npt.NDArray[np.float32]
Size = tuple[int, int]

_FADE_IN_SECONDS = 1.6
_SHOULDER = 0.8
"""Brightness from which highlights are compressed, so that they keep their structure."""
_DAWN = r"sunset|sunrise|golden|dusk|dawn|warm|candle\w*|autumn|afternoon|evening"
_NIGHT = r"night|midnight|moon\w*|stars?|dark\w*"
_STORM = r"storm\w*|thunder\w*|lightning|overcast"
_SLOW = r"slow\w*|calm\w*|gentl[ey]|quiet\w*|serene"
_FAST = r"fast\w*|quick\w*|rac(?:e|es|ing)|sprint\w*|chaotic|frantic|rush\w*|speed\w*"


def has(prompt: str, words: str) -> bool:
    """Whether one of the words (a pattern) is in the prompt."""
    return re.search(rf"\b(?:{words})\b", prompt, re.IGNORECASE) is not None


def motion_strength(prompt: str) -> float:
    """How strongly things move: 1 unless the prompt says slow or fast."""
    return (0.62 if has(prompt, _SLOW) else 1.0) * (1.5 if has(prompt, _FAST) else 1.0)


def seeded_random(*texts: str) -> random.Random:
    """A random generator that is the same for the same texts, on every computer."""
    digest = hashlib.sha256("\0".join(texts).encode(errors="replace")).digest()
    return random.Random(digest)  # noqa: S311 - scenery, not security


@dataclass(frozen=True)
class Light:
    """A colour grade.

    Attributes:
        gamma: Above 1 darkens the middle tones.
        gain: Brightness factor.
        saturation: 0 is grey.
        blue: Shift of the blue-yellow plane, in its 8-bit units.
        red: Shift of the red-green plane, in its 8-bit units.
    """

    gamma: float = 1.0
    gain: float = 1.0
    saturation: float = 1.0
    blue: float = 0.0
    red: float = 0.0

    def at(self, strength: float) -> Light:
        """The grade at a strength from 0 (none) to 1."""
        pairs = zip(vars(Light()).values(), vars(self).values(), strict=True)
        return Light(*(start + (end - start) * strength for start, end in pairs))

    def then(self, other: Light) -> Light:
        """Both grades together."""
        return Light(
            self.gamma * other.gamma,
            self.gain * other.gain,
            self.saturation * other.saturation,
            self.blue + other.blue,
            self.red + other.red,
        )


LIGHTS: tuple[tuple[str, Light], ...] = (
    (_DAWN, Light(gamma=0.96, gain=1.02, saturation=1.18, blue=-15, red=11)),
    (r"sunny|bright|noon|summer|tropical", Light(gamma=0.94, gain=1.05, saturation=1.2)),
    (_NIGHT, Light(gamma=1.3, gain=0.7, saturation=0.72, blue=6, red=-4)),
    (_STORM, Light(gamma=1.15, gain=0.85, saturation=0.6, blue=3, red=-2)),
    (r"winter|cold|icy?|frozen|arctic|snow\w*", Light(saturation=0.85, blue=9, red=-6)),
    (r"noir|monochrome|black.and.white|charcoal", Light(gamma=1.12, gain=1.04, saturation=0.0)),
)
_OPTIMIZED = Light(gamma=1.05, gain=1.03, saturation=1.12)
"""What the prompt optimizer adds."""


@dataclass(frozen=True)
class Layer:
    """A moving sheet of light the size of the frame, repeating in both directions.

    Attributes:
        sheet: How much light each pixel adds.
        x: Velocity to the right, pixels per second.
        y: Velocity downwards, pixels per second.
        sway: Amplitude of a sideways swing, pixels.
        soft: Whether it covers large areas, where adding would burn out bright ones.
    """

    sheet: Image.Image
    x: float
    y: float
    sway: float = 0.0
    soft: bool = False

    def over(self, luma: Image.Image, time: float, strength: float) -> Image.Image:
        """The light plane of a frame with the sheet in front of it."""
        swing = self.sway * math.sin(time * 1.3)
        sheet = ImageChops.offset(self.sheet, round(self.x * time + swing), round(self.y * time))
        if strength < 1:
            sheet = sheet.point([round(value * strength) for value in range(256)])
        # Adding is cheaper than screening, and looks the same for points and streaks.
        return ImageChops.screen(luma, sheet) if self.soft else ImageChops.add(luma, sheet)


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
    # Thicker towards the ground.
    density = np.linspace(0.35, 1.0, size[1], dtype=np.float32)[:, None]
    sheet = Image.fromarray((_clouds(size, seed) * density * 150).astype(np.uint8))
    return [Layer(sheet, 34 * size[1] / 768, 0, soft=True)]


WEATHERS: tuple[tuple[str, Callable[[Size, int], list[Layer]]], ...] = (
    (r"rain\w*|drizzle|storm\w*|monsoon", _rain),
    (r"snow\w*|blizzard", _snow),
    (r"fog\w*|mist\w*|haz[ey]|smoke|steam", _fog),
)


def _dots(size: Size, seed: int, count: int, radius: float, light: int) -> Image.Image:
    """Soft round points of different brightness."""
    generator = np.random.default_rng(seed)
    sheet = np.zeros((size[1], size[0]), dtype=np.float32)
    xs, ys = generator.integers(0, size[0], count), generator.integers(0, size[1], count)
    sheet[ys, xs] = generator.uniform(0.35, 1.0, count)
    # A blur spreads a point's light; this factor restores the brightness of its centre.
    sheet *= light * 2 * math.pi * radius * radius
    # In the frequency domain the blur wraps around the edges, so that the sheet repeats.
    x = np.fft.fftfreq(size[0])[None, : size[0] // 2 + 1].astype(np.float32)
    y = np.fft.fftfreq(size[1])[:, None].astype(np.float32)
    kernel = np.exp(-2 * (math.pi * radius) ** 2 * (x * x + y * y))
    blurred = np.fft.irfft2(np.fft.rfft2(sheet) * kernel, s=sheet.shape)
    return Image.fromarray(np.clip(blurred, 0, 255).astype(np.uint8))


def _streaks(size: Size, seed: int, count: int, length: int, light: int) -> Image.Image:
    """Thin slanted lines that fade at their upper end."""
    generator = np.random.default_rng(seed)
    width, height = size
    sheet = np.zeros((height, width), dtype=np.float32)
    xs, ys = generator.integers(0, width, count), generator.integers(0, height, count)
    lights = generator.uniform(0.3, 1.0, count).astype(np.float32) * light
    for step in range(length):
        rows, columns = (ys + step) % height, (xs - round(step * 0.12)) % width
        sheet[rows, columns] = np.maximum(sheet[rows, columns], lights * (step / length))
    return Image.fromarray(sheet.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def _clouds(size: Size, seed: int) -> Array:
    """Repeating cloudy noise between 0 and 1."""
    generator = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(4):
        rows, columns = 3 * 2**octave, 4 * 2**octave
        grid = generator.random((rows, columns), dtype=np.float32)
        # The middle of nine equal tiles is enlarged, so that opposite edges match.
        tiles = Image.fromarray(np.tile(grid, (3, 3)))
        middle = (columns, rows, 2 * columns, 2 * rows)
        total += np.asarray(tiles.resize(size, Image.Resampling.BICUBIC, middle)) * 0.5**octave
    total -= total.min()
    clouds: Array = np.clip((total / total.max() - 0.35) / 0.65, 0, 1)
    return clouds


class Look:
    """The light and weather of one clip, applied frame by frame."""

    def __init__(self, job: Job, size: Size) -> None:
        prompt = job.prompt
        self._light = _OPTIMIZED if job.optimize else Light()
        for words, light in LIGHTS:
            if has(prompt, words):
                # A backdrop has colours of that light already: only a touch more.
                self._light = self._light.then(light.at(1.0 if job.first else 0.3))
        chance = seeded_random(prompt, job.variation)
        # Two prompts without any known word still differ a little.
        tint = Light(blue=chance.uniform(-3, 3), red=chance.uniform(-3, 3))
        self._light = self._light.then(tint)
        self._layers = [
            layer
            for words, weather in WEATHERS
            if has(prompt, words)
            for layer in weather(size, chance.randrange(2**31))
        ]
        self._speed = motion_strength(prompt)
        self._vignette = _vignette(size) if job.optimize else None

    def apply(self, planes: Planes, time: float) -> Planes:
        """A frame in this look.

        Args:
            planes: The frame; 0 s leaves it as it is.
            time: Seconds from the start of the clip.
        """
        strength = min(1.0, time / _FADE_IN_SECONDS)
        strength = strength * strength * (3 - 2 * strength)
        if strength == 0:
            return planes
        light = self._light.at(strength)
        luma, blue, red = planes
        luma = luma.point(_luma_table(light))
        blue = blue.point(_chroma_table(light.saturation, light.blue))
        red = red.point(_chroma_table(light.saturation, light.red))
        if self._vignette is not None:
            shade = self._vignette
            if strength < 1:
                shade = shade.point([round(255 - (255 - v) * strength) for v in range(256)])
            luma = ImageChops.multiply(luma, shade)
        for layer in self._layers:
            luma = layer.over(luma, time * self._speed, strength)
        return luma, blue, red


# From the end of the fade on, every frame has the same tables.
@lru_cache(maxsize=1)
def _luma_table(light: Light) -> list[int]:
    table = []
    for value in range(256):
        level = max(0.0, (value - 16) / 219) ** light.gamma * light.gain
        if level > _SHOULDER:
            rest = 1 - _SHOULDER
            level = _SHOULDER + rest * math.tanh((level - _SHOULDER) / rest)
        table.append(round(16 + 219 * min(1.0, level)))
    return table


@lru_cache(maxsize=2)
def _chroma_table(saturation: float, shift: float) -> list[int]:
    return [
        min(240, max(16, round(128 + (value - 128) * saturation + shift))) for value in range(256)
    ]


def _vignette(size: Size) -> Image.Image:
    x = np.linspace(-1, 1, size[0], dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    shade = 255 * (1 - 0.16 * np.clip(x * x + y * y - 0.35, 0, None))
    return Image.fromarray(shade.astype(np.uint8))


# Colours of the zenith, the horizon, the sun or moon, and the ground.
_SKIES = (
    (_NIGHT, ((8, 12, 34), (44, 62, 104), (224, 232, 246), (10, 15, 30))),
    (_DAWN, ((58, 62, 118), (252, 168, 98), (255, 226, 160), (48, 32, 50))),
    (
        rf"{_STORM}|rain\w*|fog\w*|mist\w*|snow\w*",
        ((108, 122, 138), (196, 202, 206), (226, 228, 226), (58, 66, 70)),
    ),
    ("", ((54, 116, 190), (190, 220, 238), (255, 250, 232), (52, 88, 78))),
)


def backdrop(prompt: str, variation: str, size: Size) -> Image.Image:
    """A sky over a plain, for prompts without a picture; the same for the same words."""
    width, height = size
    chance = seeded_random("backdrop", prompt, variation)
    colours = next(colours for words, colours in _SKIES if not words or has(prompt, words))
    zenith, low, sun, ground = (np.array(colour, dtype=np.float32) for colour in colours)
    horizon = round(height * chance.uniform(0.55, 0.72))
    row = np.arange(height, dtype=np.float32)[:, None, None]
    column = np.arange(width, dtype=np.float32)[None, :, None]
    picture = np.broadcast_to(
        zenith + (low - zenith) * np.clip(row / horizon, 0, 1) ** 1.4,
        (
            height,
            width,
            3,
        ),
    ).copy()
    clouds = _clouds(size, chance.randrange(2**31))[:, :, None]
    picture += (low + (sun - low) * 0.45 - picture) * clouds * 0.8
    across = column - width * chance.uniform(0.24, 0.76)
    down = row - (horizon - height * chance.uniform(0.1, 0.35))
    distance = np.sqrt(across * across + down * down) / (height * 0.05)
    picture += (sun - picture) * np.clip(np.exp(-distance / 5) * 0.75 + (1 - distance) * 8, 0, 1)
    # Haze makes the ground lighter towards the horizon.
    depth = np.clip((row - horizon) / (height - horizon), 0, 1) ** 0.5
    plain = low + (ground - low) * (0.35 + 0.65 * depth) * (1 - 0.25 * clouds)
    picture += (plain - picture) * np.clip(row - horizon, 0, 1)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
