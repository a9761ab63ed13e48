"""Light, weather and pace: what the words of a prompt do to a picture over time.

Everything starts from nothing and swells, so that the first frame is the picture as it came.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops

from .weather import LAYERS, Layer

if TYPE_CHECKING:
    from .canvas import Planes
    from .job import Job

_SWELL_SECONDS = 1.6


@dataclass(frozen=True)
class Light:
    """A grade, in full strength.

    Attributes:
        gamma: Above 1 darkens the middle tones.
        gain: Brightness factor.
        lift: Added brightness, 0 to 1.
        saturation: 0 is grey.
        blue: Shift of the blue-yellow plane, in its 8-bit units.
        red: Shift of the red-green plane, in its 8-bit units.
    """

    gamma: float = 1.0
    gain: float = 1.0
    lift: float = 0.0
    saturation: float = 1.0
    blue: float = 0.0
    red: float = 0.0

    def part(self, strength: float) -> Light:
        """The grade on its way in."""
        neutral = Light()
        return Light(
            *(
                start + (end - start) * strength
                for start, end in zip(vars(neutral).values(), vars(self).values(), strict=True)
            )
        )

    def then(self, other: Light) -> Light:
        """Two grades at once."""
        return Light(
            self.gamma * other.gamma,
            self.gain * other.gain,
            self.lift + other.lift,
            self.saturation * other.saturation,
            self.blue + other.blue,
            self.red + other.red,
        )


LIGHTS: tuple[tuple[str, Light], ...] = (
    (
        r"sunset|sunrise|golden|dusk|dawn|warm|candle\w*|autumn|afternoon",
        Light(gamma=0.96, gain=1.02, saturation=1.18, blue=-15, red=11),
    ),
    (
        r"night|midnight|moon\w*|dark\w*",
        Light(gamma=1.3, gain=0.7, saturation=0.72, blue=6, red=-4),
    ),
    (
        r"noir|monochrome|black.and.white|charcoal",
        Light(gamma=1.12, gain=1.04, saturation=0.0),
    ),
    (r"dream\w*|pastel|ethereal|soft", Light(gamma=0.9, gain=0.93, lift=0.06, saturation=0.82)),
    (r"neon|cyberpunk|vivid|vibrant", Light(gamma=1.1, saturation=1.5, blue=9, red=8)),
    (r"winter|cold|icy?|frozen|arctic|blue hour", Light(saturation=0.8, blue=11, red=-7)),
    (r"vintage|retro|sepia|old film", Light(gamma=0.95, saturation=0.45, blue=-12, red=7)),
    (r"sunny|bright|noon|summer|tropical", Light(gamma=0.94, gain=1.05, saturation=1.2)),
)
WEATHERS: tuple[tuple[str, str], ...] = (
    (r"rain\w*|drizzle|storm\w*|monsoon", "rain"),
    (r"snow\w*|blizzard", "snow"),
    (r"fog\w*|mist\w*|haz[ey]|smoke|steam", "fog"),
    (r"ember\w*|sparks?|fire\w*|bonfire", "embers"),
    (r"dust\w*|pollen|petals?|glitter|magic\w*", "motes"),
)
_LIGHTNING = r"lightning|thunder\w*|storm\w*"
_SLOW = r"slow\w*|calm\w*|gentl[ey]|quiet\w*|serene"
_FAST = r"fast\w*|quick\w*|rac(?:e|es|ing)|sprint\w*|chaotic|frantic|rush\w*|speed\w*"
_OPTIMIZED = Light(gamma=1.05, gain=1.03, saturation=1.12)


def has(prompt: str, words: str) -> bool:
    """Whether one of the words (a pattern) stands in the prompt."""
    return re.search(rf"\b(?:{words})\b", prompt, re.IGNORECASE) is not None


def pace(prompt: str) -> float:
    """How strongly things move, 1 unless the prompt says slow or fast."""
    return 1.0 * (0.62 if has(prompt, _SLOW) else 1) * (1.5 if has(prompt, _FAST) else 1)


def dice(*texts: str) -> random.Random:
    """Chance that is the same for the same texts, on every machine."""
    digest = hashlib.sha256("\0".join(texts).encode(errors="replace")).digest()
    return random.Random(digest)  # noqa: S311 - scenery, not security


class Mood:
    """The look of one clip, applied frame by frame."""

    def __init__(self, job: Job, size: tuple[int, int]) -> None:
        prompt = job.prompt
        self._light = Light()
        for words, light in LIGHTS:
            if has(prompt, words):
                # A painted scene has that light in its colours already: only a touch more.
                self._light = self._light.then(light.part(1.0 if job.first else 0.3))
        if job.optimize:
            self._light = self._light.then(_OPTIMIZED)
        chance = dice(prompt, job.variation)
        # Two prompts without any known word still differ, a little.
        tint = Light(blue=chance.uniform(-3, 3), red=chance.uniform(-3, 3))
        self._light = self._light.then(tint)
        kinds = [name for words, name in WEATHERS if has(prompt, words)]
        self._layers: list[Layer] = [
            layer for name in kinds for layer in LAYERS[name](size, chance.randrange(2**31))
        ]
        self._pace = pace(prompt)
        self._flashes = _flashes(chance) if has(prompt, _LIGHTNING) else ()
        self._vignette = _vignette(size) if job.optimize else None

    def apply(self, planes: Planes, time: float) -> Planes:
        """A frame in this mood.

        Args:
            planes: The frame; 0 s leaves it as it is.
            time: Seconds from the start of the clip.
        """
        strength = min(1.0, time / _SWELL_SECONDS)
        strength = strength * strength * (3 - 2 * strength)
        if strength == 0:
            return planes
        light = self._light.part(strength)
        flash = max((_flash(time - start) for start in self._flashes), default=0.0)
        light = replace(light, gain=light.gain * (1 + 0.9 * flash), lift=light.lift + 0.1 * flash)
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
            luma, blue, red = layer.over((luma, blue, red), time * self._pace, strength)
        return luma, blue, red


def _luma_table(light: Light) -> list[int]:
    table = []
    for value in range(256):
        level = max(0.0, (value - 16) / 219)
        level = level**light.gamma * light.gain + light.lift
        # A soft shoulder keeps highlights from turning into flat patches.
        if level > 0.8:  # noqa: PLR2004
            level = 0.8 + 0.2 * math.tanh((level - 0.8) / 0.2)
        table.append(round(16 + 219 * min(1.0, level)))
    return table


def _chroma_table(saturation: float, shift: float) -> list[int]:
    return [
        min(240, max(16, round(128 + (value - 128) * saturation + shift))) for value in range(256)
    ]


def _flashes(chance: random.Random) -> tuple[float, ...]:
    """When lightning strikes, in seconds."""
    return tuple(start + chance.uniform(0.4, 1.8) for start in (1.2, 3.4, 6.1, 8.2))


def _flash(since: float) -> float:
    """Brightness of one lightning: two beats, quickly gone."""
    if since < 0:
        return 0.0
    return math.exp(-since * 9) + (0.7 * math.exp(-(since - 0.16) * 8) if since > 0.16 else 0.0)  # noqa: PLR2004


def _vignette(size: tuple[int, int]) -> Image.Image:
    width, height = size
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    shade = 255 * (1 - 0.16 * np.clip(x * x + y * y - 0.35, 0, None))
    return Image.fromarray(shade.astype(np.uint8))
