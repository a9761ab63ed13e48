"""Painting a scene from words, for prompts that come without a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from .mood import dice, has

Array = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

_WATER = r"sea\w*|ocean|waves?|beach|lake|river|water|boat\w*|ship|harbou?r|coast\w*|shore\w*"
_CITY = r"city|street\w*|skyline|metropolis|urban|downtown|tokyo|neon|cyberpunk"
_FOREST = r"forest|trees?|woods?|jungle|pines?"
_NIGHT = r"night|midnight|moon\w*|stars?|starry|dark\w*|neon|cyberpunk"
_GOLDEN = r"sunset|sunrise|golden|dusk|dawn|warm|evening|afternoon"
_GREY = r"rain\w*|storm\w*|fog\w*|mist\w*|overcast|snow\w*|winter"


@dataclass(frozen=True)
class Palette:
    """The colours of one light: zenith, horizon, sun, far and near land."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    near: Colour


_DAY = Palette((54, 116, 190), (190, 220, 238), (255, 250, 232), (138, 172, 196), (40, 74, 62))
_EVENING = Palette((58, 62, 118), (252, 168, 98), (255, 226, 160), (170, 108, 112), (40, 26, 44))
_MOONLIT = Palette((8, 12, 34), (44, 62, 104), (224, 232, 246), (30, 42, 76), (6, 9, 20))
_OVERCAST = Palette(
    (108, 122, 138), (196, 202, 206), (226, 228, 226), (142, 152, 158), (46, 54, 58)
)


def paint(prompt: str, variation: str, width: int, height: int) -> Image.Image:
    """A landscape, seascape or skyline, the same for the same words."""
    chance = dice("scene", prompt, variation)
    random = np.random.default_rng(chance.randrange(2**31))
    palette = _palette(prompt)
    horizon = round(height * chance.uniform(0.55, 0.64))
    picture = _sky(width, height, horizon, palette)
    sun = (width * chance.uniform(0.24, 0.76), horizon - height * chance.uniform(0.1, 0.3))
    night = palette is _MOONLIT
    if night:
        _stars(picture, random, horizon)
    _glow(picture, sun, palette, small=night)
    _clouds(picture, random, horizon, palette, heavy=palette is _OVERCAST)
    ridges = 2 if has(prompt, _WATER) else 4
    for depth in range(ridges):
        base = horizon - height * (0.02 if depth < 2 else -0.10 * (depth - 1))  # noqa: PLR2004
        part = depth / max(1, ridges - 1)
        colour = _mixed(palette.far, palette.near, part if ridges > 2 else part * 0.6)  # noqa: PLR2004
        line = _ridge(random, width, base, height * (0.10 - 0.012 * depth), depth)
        if depth == ridges - 1 and has(prompt, _CITY):
            line = _buildings(random, width, base, height * 0.3)
            _fill(picture, line, palette.near)
            _windows(picture, random, line, lit=night or palette is _EVENING)
            continue
        if depth == ridges - 1 and has(prompt, _FOREST):
            line = _trees(random, line, height * 0.09)
        _fill(picture, line, colour)
    if has(prompt, _WATER):
        _water(picture, random, horizon, sun[0], palette)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(0.6))


def _palette(prompt: str) -> Palette:
    for words, palette in ((_NIGHT, _MOONLIT), (_GOLDEN, _EVENING), (_GREY, _OVERCAST)):
        if has(prompt, words):
            return palette
    return _DAY


def _mixed(first: Colour, second: Colour, part: float) -> Colour:
    red, green, blue = (a + (b - a) * part for a, b in zip(first, second, strict=True))
    return red, green, blue


def _sky(width: int, height: int, horizon: int, palette: Palette) -> Array:
    part = np.clip(np.arange(height, dtype=np.float32) / horizon, 0, 1)[:, None] ** 1.4
    zenith, low = np.array(palette.zenith), np.array(palette.horizon)
    column = zenith[None, :] * (1 - part) + low[None, :] * part
    sky: Array = np.repeat(column[:, None, :], width, axis=1).astype(np.float32)
    return sky


def _stars(picture: Array, random: np.random.Generator, horizon: int) -> None:
    count = picture.shape[0] * picture.shape[1] // 2600
    rows = (horizon * random.random(count) ** 1.4).astype(int)
    columns = random.integers(0, picture.shape[1] - 1, count)
    light = random.uniform(60, 220, count).astype(np.float32)[:, None]
    for right in (0, 1):
        picture[rows, columns + right] += light * (1 - 0.5 * right)


def _glow(picture: Array, sun: tuple[float, float], palette: Palette, *, small: bool) -> None:
    height, width = picture.shape[:2]
    radius = height * (0.035 if small else 0.05)
    x = np.arange(width, dtype=np.float32)[None, :] - sun[0]
    y = np.arange(height, dtype=np.float32)[:, None] - sun[1]
    distance = np.sqrt(x * x + y * y)
    halo = np.exp(-distance / (radius * 5)) * (0.45 if small else 0.75)
    disc = np.clip((radius - distance) / 2, 0, 1)
    strength = np.clip(halo + disc, 0, 1)[:, :, None]
    picture += (np.array(palette.sun, dtype=np.float32) - picture) * strength


def _clouds(
    picture: Array, random: np.random.Generator, horizon: int, palette: Palette, *, heavy: bool
) -> None:
    """Long soft clouds, thinner towards the horizon."""
    _height, width = picture.shape[:2]
    total = np.zeros((horizon, width), dtype=np.float32)
    for octave in range(5):
        grid = random.random((3 * 2**octave + 1, 3 * 2**octave + 1), dtype=np.float32)
        large = Image.fromarray(grid).resize((width, horizon), Image.Resampling.BICUBIC)
        total += np.asarray(large) * 0.55**octave
    total = (total - total.mean()) / total.std()
    cover = np.clip((total - (0.1 if heavy else 0.65)) / 1.6, 0, 1)
    cover *= np.linspace(1, 0.35, horizon, dtype=np.float32)[:, None]
    light = np.array(_mixed(palette.horizon, palette.sun, 0.45), dtype=np.float32)
    picture[:horizon] += (light - picture[:horizon]) * (cover * 0.8)[:, :, None]


def _ridge(random: np.random.Generator, width: int, base: float, tall: float, depth: int) -> Array:
    """The outline of a mountain range: for each column the row where it begins."""
    x = np.linspace(0, 1, width, dtype=np.float32)
    line = np.zeros(width, dtype=np.float32)
    for octave in range(7):
        waves = (1.6 + depth) * 2**octave
        line += np.sin(x * waves * 2 * math.pi + random.uniform(0, 6.3)) * 0.52**octave
    line = (line - line.min()) / (line.max() - line.min())
    outline: Array = base - tall * line
    return outline.astype(np.float32)


def _fill(picture: Array, line: Array, colour: Colour) -> None:
    """Fill below an outline, a little lighter towards the foot, as haze makes it."""
    rows = np.arange(picture.shape[0], dtype=np.float32)[:, None]
    inside = np.clip(rows - line[None, :], 0, 1)[:, :, None]
    haze = np.clip((rows - line[None, :]) / (picture.shape[0] * 0.5), 0, 1)[:, :, None]
    paint_colour = np.array(colour, dtype=np.float32) * (1 + 0.25 * haze)
    picture += (paint_colour - picture) * inside


def _trees(random: np.random.Generator, line: Array, tall: float) -> Array:
    outline: Array = line.copy()
    columns = np.arange(line.size, dtype=np.float32)
    for _ in range(max(20, line.size // 14)):
        centre, size = random.uniform(0, line.size), tall * random.uniform(0.4, 1)
        near = np.abs(columns - centre)
        outline = np.minimum(outline, line + near * 3.2 - size)
    return outline


def _buildings(random: np.random.Generator, width: int, base: float, tall: float) -> Array:
    line = np.full(width, base, dtype=np.float32)
    column = 0
    while column < width:
        wide = round(width * random.uniform(0.015, 0.05))
        line[column : column + wide] = base - tall * random.uniform(0.15, 1) ** 1.3
        column += wide + round(width * random.uniform(0, 0.006))
    return line


def _windows(picture: Array, random: np.random.Generator, line: Array, *, lit: bool) -> None:
    height, width = picture.shape[:2]
    step = max(6, height // 110)
    colours = np.array([(255, 214, 140), (255, 240, 200), (150, 210, 255)], dtype=np.float32)
    for row in range(0, height, step):
        for column in range(0, width - step, step):
            if row <= line[column] + step or row <= line[column + step // 2] + step:
                continue
            # Fewer lights further down, where other houses and trees stand in front.
            seen = math.exp(-(row - line[column]) / (height * 0.12))
            if random.random() < seen * (0.42 if lit else 0.12):
                light = colours[random.integers(0, 3)] * (1 if lit else 0.5)
                picture[row : row + step // 2, column : column + step // 2] = light


def _water(
    picture: Array, random: np.random.Generator, horizon: int, sun: float, palette: Palette
) -> None:
    """A mirror of the sky with ripples that grow towards the viewer, and the sun's path."""
    height, width = picture.shape[:2]
    depth = height - horizon
    rows = np.arange(depth, dtype=np.float32)
    part = (rows / depth)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    ripple = np.zeros((depth, width), dtype=np.float32)
    for octave in range(4):
        length = (10 + 130 * part) * 0.6**octave * height / 768
        # Waves are squeezed near the horizon, so their phase runs with the logarithm.
        phase = np.log1p(rows[:, None] * 14 / depth) * (26 * 1.7**octave)
        ripple += np.sin(phase + np.sin(x / length + random.uniform(0, 6.3)) * 1.4) * 0.6**octave
    mirrored = np.clip(horizon - 1 - rows * 0.9 + ripple.mean(axis=1) * 3, 0, horizon - 1)
    reflection = picture[mirrored.astype(int)] * (0.82 - 0.4 * part)[:, :, None]
    tone = np.array(palette.zenith, dtype=np.float32) * 0.55
    water = reflection * 0.72 + tone * 0.28
    water *= (1 + 0.10 * ripple * (0.3 + part))[:, :, None]
    spread = width * (0.012 + 0.09 * part)
    path = np.exp(-(((x - sun) / spread) ** 2)) * np.clip(ripple - 0.1, 0, 1.4)
    water += np.array(palette.sun, dtype=np.float32) * (path * 0.5)[:, :, None]
    picture[horizon:] = water
