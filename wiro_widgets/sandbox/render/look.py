"""Light and weather: what the words of a prompt do to a picture over time, and a backdrop.

Everything starts from nothing and fades in, so that the first frame is the picture itself.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageColor, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_RAIN, _SNOW = r"rain\w*|drizzle|storm\w*|monsoon", r"snow\w*|blizzard"
_FOG = r"fog\w*|mist\w*|haz[ey]|smoke|steam"
_SLOW = r"slow\w*|calm\w*|gentl[ey]|quiet\w*|serene"
_FAST = r"fast\w*|quick\w*|rac(?:e|es|ing)|sprint\w*|chaotic|frantic|rush\w*|speed\w*"


def _has(prompt: str, words: str) -> bool:
    """Whether one of the words (a pattern) is in the prompt."""
    return re.search(rf"\b(?:{words})\b", prompt, re.IGNORECASE) is not None


def motion_strength(prompt: str) -> float:
    """How strongly things move: 1 unless the prompt says slow or fast."""
    return (0.62 if _has(prompt, _SLOW) else 1.0) * (1.5 if _has(prompt, _FAST) else 1.0)


def seeded_random(*texts: str) -> random.Random:
    """A random generator that is the same for the same texts, on every computer."""
    digest = hashlib.sha256("\0".join(texts).encode(errors="replace")).digest()
    return random.Random(digest)  # noqa: S311 - scenery, not security


class _Light(NamedTuple):
    """A colour grade: gamma (above 1 darkens), gain, saturation, shifts of the colour planes."""

    gamma: float = 1.0
    gain: float = 1.0
    saturation: float = 1.0
    blue: float = 0.0
    red: float = 0.0

    def then(self, other: _Light, strength: float = 1.0) -> _Light:
        """Both grades together, the other one at a strength from 0 (none) to 1."""
        return _Light(
            self.gamma * (1 + (other.gamma - 1) * strength),
            self.gain * (1 + (other.gain - 1) * strength),
            self.saturation * (1 + (other.saturation - 1) * strength),
            self.blue + other.blue * strength,
            self.red + other.red * strength,
        )


_LIGHTS = (
    (_DAWN, _Light(0.96, 1.02, 1.18, -15, 11)),
    (r"sunny|bright|noon|summer|tropical", _Light(0.94, 1.05, 1.2)),
    (_NIGHT, _Light(1.3, 0.7, 0.72, 6, -4)),
    (_STORM, _Light(1.15, 0.85, 0.6, 3, -2)),
    (r"winter|cold|icy?|frozen|arctic|snow\w*", _Light(saturation=0.85, blue=9, red=-6)),
    (r"noir|monochrome|black.and.white|charcoal", _Light(1.12, 1.04, 0.0)),
)
_OPTIMIZED = _Light(1.05, 1.03, 1.12)
"""What the prompt optimizer adds."""


class _Layer(NamedTuple):
    """A moving sheet of light the size of the frame, repeating in both directions."""

    sheet: Image.Image
    x: float
    y: float
    """Velocities to the right and downwards, pixels per second."""
    sway: float = 0.0
    soft: bool = False
    """Whether it covers large areas, where adding would burn out bright ones."""

    def over(self, luma: Image.Image, time: float, strength: float) -> Image.Image:
        """The light plane of a frame with the sheet in front of it."""
        swing = self.sway * math.sin(time * 1.3)
        sheet = ImageChops.offset(self.sheet, round(self.x * time + swing), round(self.y * time))
        if strength < 1:
            sheet = sheet.point([round(value * strength) for value in range(256)])
        # Adding is cheaper than screening, and looks the same for points and streaks.
        return ImageChops.screen(luma, sheet) if self.soft else ImageChops.add(luma, sheet)


_DROPS = ((650, 34, 70, 1150), (260, 64, 105, 1750))
_FLAKES = ((900, 1.2, 150, 70), (320, 2.2, 200, 120), (60, 4.5, 150, 210))
"""Number, size, brightness and fall (pixels per second at 768P) of what is far away and near."""


def _weather(prompt: str, size: Size, chance: random.Random) -> Iterable[_Layer]:
    unit = size[1] / 768
    if _has(prompt, _RAIN):
        for count, length, light, fall in _DROPS:
            steps = round(length * unit)
            streak = [(step, -step * 0.12, step / steps) for step in range(steps)]
            sheet = _strewn(size, chance, count, streak, light)
            yield _Layer(sheet, -fall * 0.12 * unit, fall * unit)
    if _has(prompt, _SNOW):
        for count, radius, light, fall in _FLAKES:
            reach = math.ceil(2.5 * radius * unit)
            flake = [
                (y, x, math.exp(-(x * x + y * y) / (2 * (radius * unit) ** 2)))
                for y in range(-reach, reach + 1)
                for x in range(-reach, reach + 1)
            ]
            sheet = _strewn(size, chance, count, flake, light)
            yield _Layer(sheet, -0.2 * fall * unit, fall * unit, sway=0.12 * fall * unit)
    if _has(prompt, _FOG):
        # Thicker towards the ground.
        density = np.linspace(0.35, 1.0, size[1], dtype=np.float32)[:, None] * 150
        sheet = Image.fromarray((_clouds(size, chance) * density).astype(np.uint8))
        yield _Layer(sheet, 34 * unit, 0, soft=True)


def _strewn(
    size: Size,
    chance: random.Random,
    count: int,
    stamp: Iterable[tuple[int, float, float]],
    light: int,
) -> Image.Image:
    """Copies of a stamp (rows down, columns right, brightness) all over a sheet that repeats."""
    generator = np.random.default_rng(chance.randrange(2**31))
    width, height = size
    sheet = np.zeros((height, width), dtype=np.float32)
    xs, ys = generator.integers(0, width, count), generator.integers(0, height, count)
    lights = generator.uniform(0.3, 1.0, count).astype(np.float32) * light
    for down, right, part in stamp:
        rows, columns = (ys + down) % height, (xs + round(right)) % width
        sheet[rows, columns] = np.maximum(sheet[rows, columns], lights * part)
    return Image.fromarray(sheet.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def _clouds(size: Size, chance: random.Random) -> Array:
    """Repeating cloudy noise between 0 and 1."""
    generator = np.random.default_rng(chance.randrange(2**31))
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    for octave in range(4):
        rows, columns = 3 * 2**octave, 4 * 2**octave
        # The middle of nine equal tiles is enlarged, so that opposite edges match.
        tiles = np.tile(generator.random((rows, columns), dtype=np.float32), (3, 3))
        middle = (columns, rows, 2 * columns, 2 * rows)
        enlarged = Image.fromarray(tiles).resize(size, Image.Resampling.BICUBIC, middle)
        total += np.asarray(enlarged) * 0.5**octave
    total -= total.min()
    clouds: Array = np.clip((total / total.max() - 0.35) / 0.65, 0, 1)
    return clouds


class Look:
    """The light and weather of one clip, applied frame by frame."""

    def __init__(self, job: Job, size: Size) -> None:
        self._light = _OPTIMIZED if job.optimize else _Light()
        for words, light in _LIGHTS:
            if _has(job.prompt, words):
                # A backdrop has colours of that light already: only a touch more.
                self._light = self._light.then(light, 1.0 if job.first else 0.3)
        chance = seeded_random(job.prompt, job.variation)
        # Two prompts without any known word still differ a little.
        self._light = self._light.then(
            _Light(1, 1, 1, chance.uniform(-3, 3), chance.uniform(-3, 3))
        )
        self._layers = list(_weather(job.prompt, size, chance))
        self._speed = motion_strength(job.prompt)

    def apply(self, planes: Planes, time: float) -> Planes:
        """A frame in this look, `time` seconds after the first, which is left as it is."""
        strength = min(1.0, time / _FADE_IN_SECONDS)
        strength = strength * strength * (3 - 2 * strength)
        if strength == 0:
            return planes
        luma, blue, red = map(
            Image.Image.point, planes, _tables(_Light().then(self._light, strength))
        )
        for layer in self._layers:
            luma = layer.over(luma, time * self._speed, strength)
        return luma, blue, red


# From the end of the fade on, every frame has the same tables.
@lru_cache(maxsize=1)
def _tables(light: _Light) -> list[list[int]]:
    """The new values of the three planes by their old ones."""
    value = np.arange(256, dtype=np.float64)
    level = np.clip((value - 16) / 219, 0, None) ** light.gamma * light.gain
    rest = 1 - _SHOULDER
    high = _SHOULDER + rest * np.tanh((level - _SHOULDER) / rest)
    luma = 16 + 219 * np.where(level > _SHOULDER, high, level)
    chroma = 128 + (value - 128) * light.saturation
    planes = (luma, *(np.clip(chroma + shift, 16, 240) for shift in (light.blue, light.red)))
    return [np.rint(plane).astype(int).tolist() for plane in planes]


# Colours of the zenith, the horizon, the sun or moon, and the ground.
_SKIES = (
    (_NIGHT, "#080c22 #2c3e68 #e0e8f6 #0a0f1e"),
    (_DAWN, "#3a3e76 #fca862 #ffe2a0 #302032"),
    (f"{_STORM}|{_RAIN}|{_SNOW}|{_FOG}", "#6c7a8a #c4cace #e2e4e2 #3a4246"),
    ("", "#3674be #bedcee #fffae8 #34584e"),
)


def backdrop(prompt: str, variation: str, size: Size) -> Image.Image:
    """A sky over a plain, for prompts without a picture; the same for the same words."""
    width, height = size
    chance = seeded_random("backdrop", prompt, variation)
    colours = next(colours for words, colours in _SKIES if not words or _has(prompt, words))
    zenith, low, sun, ground = (
        np.array(ImageColor.getrgb(colour), dtype=np.float32) for colour in colours.split()
    )
    horizon = round(height * chance.uniform(0.55, 0.72))
    row = np.arange(height, dtype=np.float32)[:, None, None]
    column = np.arange(width, dtype=np.float32)[None, :, None]
    clouds = _clouds(size, chance)[:, :, None]
    picture = zenith + (low - zenith) * np.clip(row / horizon, 0, 1) ** 1.4
    picture = picture + (low + (sun - low) * 0.45 - picture) * clouds * 0.8
    across = column - width * chance.uniform(0.24, 0.76)
    down = row - (horizon - height * chance.uniform(0.1, 0.35))
    distance = np.sqrt(across * across + down * down) / (height * 0.05)
    picture += (sun - picture) * np.clip(np.exp(-distance / 5) * 0.75 + (1 - distance) * 8, 0, 1)
    # Haze makes the ground lighter towards the horizon.
    depth = np.clip((row - horizon) / (height - horizon), 0, 1) ** 0.5
    plain = low + (ground - low) * (0.35 + 0.65 * depth) * (1 - 0.25 * clouds)
    picture += (plain - picture) * np.clip(row - horizon, 0, 1)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
