"""The camera: the bracketed commands of a prompt as a path over the picture.

A prompt may have several brackets. Commands inside one bracket happen at once, brackets
follow one another, each with an equal share of the clip.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MARGIN = 0.22
"""How far beyond the picture, in picture sizes, the canvas goes on each side."""


@dataclass(frozen=True)
class Move:
    """How one command displaces the camera, in picture sizes.

    Attributes:
        zoom: Natural logarithm of the magnification.
        x: To the right.
        y: Downwards.
        shake: Amplitude of a hand-held shake.
        sway: Amplitude of a slow side-to-side sway.
    """

    zoom: float = 0.0
    x: float = 0.0
    y: float = 0.0
    shake: float = 0.0
    sway: float = 0.0

    def __add__(self, other: Move) -> Move:
        return Move(
            self.zoom + other.zoom,
            self.x + other.x,
            self.y + other.y,
            self.shake + other.shake,
            self.sway + other.sway,
        )


STILL = Move()
# A pan or tilt turns on the spot and magnifies a little; a truck or pedestal travels further
# and does not; push and pull travel, zoom only magnifies and so goes faster.
COMMANDS: dict[str, Move] = {
    "truck left": Move(zoom=0.04, x=-0.22),
    "truck right": Move(zoom=0.04, x=0.22),
    "pan left": Move(zoom=0.14, x=-0.16),
    "pan right": Move(zoom=0.14, x=0.16),
    "push in": Move(zoom=0.38, y=0.01),
    "pull out": Move(zoom=-0.30),
    "pedestal up": Move(zoom=0.04, y=-0.20),
    "pedestal down": Move(zoom=0.04, y=0.20),
    "tilt up": Move(zoom=0.14, y=-0.15),
    "tilt down": Move(zoom=0.14, y=0.15),
    "zoom in": Move(zoom=0.55),
    "zoom out": Move(zoom=-0.22),
    "shake": Move(zoom=0.08, shake=0.012),
    "tracking shot": Move(zoom=0.20, x=0.09, sway=0.012),
    "static shot": STILL,
}
"""The 15 commands of MiniMax; other text in brackets is ignored."""

DRIFT = Move(zoom=0.11)
"""What the camera does without a command."""

_BRACKET = re.compile(r"\[([^\[\]]{1,200})\]")
_MINIMUM_ZOOM = -math.log(1 + 2 * MARGIN)


def segments(prompt: str) -> list[Move]:
    """The moves of a prompt, one per bracket that holds at least one known command."""
    found = []
    for bracket in _BRACKET.findall(prompt):
        names = [" ".join(part.lower().split()) for part in bracket.split(",")]
        moves = [COMMANDS[name] for name in names if name in COMMANDS]
        if moves:
            found.append(sum(moves, STILL))
    return found


@dataclass(frozen=True)
class Path:
    """Where the camera is at each moment of a clip."""

    moves: list[Move]
    strength: float
    breath: float
    """Amplitude of a barely visible sway."""

    def box(self, moment: float, seconds: float) -> tuple[float, float, float, float]:
        """What the camera sees, as (left, top, right, bottom) in picture sizes.

        Args:
            moment: 0 at the first frame, where the whole picture is seen, to 1 at the last.
            seconds: Length of the clip, so that shakes keep their pace.
        """
        zoom = x = y = shake = sway = 0.0
        for index, move in enumerate(self.moves):
            part = _eased(moment * len(self.moves) - index)
            zoom += move.zoom * part
            x += move.x * part
            y += move.y * part
            # An oscillation lasts as long as its own segment, and swells instead of jumping in.
            swell = math.sin(math.pi * min(1.0, max(0.0, moment * len(self.moves) - index)))
            shake += move.shake * swell
            sway += move.sway * swell
        time = moment * seconds
        zoom *= self.strength
        swing = (sway + self.breath * _eased(moment * 3)) * math.sin(time * 1.7)
        x = x * self.strength + swing + shake * _tremor(time, 0)
        y = y * self.strength + swing * 0.4 + shake * _tremor(time, 1)
        return _inside(max(zoom, _MINIMUM_ZOOM), x, y)


def _eased(part: float) -> float:
    """Minimum-jerk easing."""
    part = min(1.0, max(0.0, part))
    return part**3 * (10 - 15 * part + 6 * part * part)


def _tremor(time: float, axis: int) -> float:
    return math.sin(time * (23.0 + 4 * axis)) * 0.6 + math.sin(time * (37.0 - 6 * axis) + 1) * 0.4


def _inside(zoom: float, x: float, y: float) -> tuple[float, float, float, float]:
    """A box around the displaced centre, moved so that it stays on the canvas."""
    half = math.exp(-zoom) / 2
    low, high = half - MARGIN, 1 + MARGIN - half
    centre_x = min(max(0.5 + x, low), high)
    centre_y = min(max(0.5 + y, low), high)
    return (centre_x - half, centre_y - half, centre_x + half, centre_y + half)
