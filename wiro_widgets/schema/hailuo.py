"""What is specific to MiniMax Hailuo 2.3 and 2.3-Fast, as MiniMax publishes it.

Everything else about a model comes from its schema; nothing outside this module names hailuo.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .parsing import normalize_slug
from .picture_limits import PictureLimits

MODELS = ("minimax/hailuo-2.3-fast", "minimax/hailuo-2.3")
"""The models this package was made for; the first is the default."""

_SLUGS = frozenset(map(normalize_slug, MODELS))

PROMPT_LIMIT = 2000
"""Characters of a prompt that MiniMax reads."""

CAMERA_MOVES = (
    "Push in",
    "Pull out",
    "Pan left",
    "Pan right",
    "Tilt up",
    "Zoom in",
    "Tilt down",
    "Zoom out",
    "Truck left",
    "Truck right",
    "Pedestal up",
    "Pedestal down",
    "Tracking shot",
    "Static shot",
    "Shake",
)
"""Commands MiniMax understands in square brackets within the prompt, most used first."""

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
"""Content types MiniMax accepts as a first frame."""


FIRST_FRAME = PictureLimits(max_bytes=20_000_000, min_side=300, ratio=2.5)


class Rule(NamedTuple):
    """A choice that is only available together with certain values of another field."""

    field: str
    value: str
    other: str
    allowed: tuple[str, ...]
    reason: str
    """Why, as a sentence for the user."""


class Model(Protocol):
    """What is needed of a `ModelSpec`."""

    @property
    def slug(self) -> str:
        """The clean slug."""


_RULES = (Rule("resolution", "1080P", "duration", ("6",), "1080P is only available with 6 s."),)


def is_hailuo(model: str) -> bool:
    """True for Hailuo 2.3 and 2.3-Fast in any spelling, False for every other model.

    Raises:
        InputError: `model` names no model.
    """
    return normalize_slug(model) in _SLUGS


def rules_of(spec: Model) -> tuple[Rule, ...]:
    """The known rules between fields of a model; empty for all others than hailuo."""
    return _RULES if is_hailuo(spec.slug) else ()
