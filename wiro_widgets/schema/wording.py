"""How models, settings and their values are written for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .hailuo import MODELS
from .parsing import SECONDS_FIELDS, as_text, normalize_slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OFFICIAL = {normalize_slug(name): name for name in MODELS}
_MOST_NAMED = 12
_SWITCHES = {"true": "on", "false": "off"}
# Choices of many settings: alone they don't say of which.
_NAMELESS = {"on", "off", "none", "auto"}


def model_words(slug: str) -> str:
    """A model as its maker writes it: "minimax/hailuo-2.3" where the service has hyphens."""
    return _OFFICIAL.get(slug, slug)


def setting_name(name: str) -> str:
    """What people call a setting: "Prompt optimizer" for ``promptOptimizer``."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return re.sub(r"[_-]+", " ", words).strip().capitalize()


def setting_words(name: str, value: Any) -> str:
    """A setting in the words that fit on a chip: "768P", "6 s", "Prompt optimizer on".

    ``js/src/core/format.ts`` has the same; tests/cases/settings.json tests both.
    """
    text = as_text(value) or str(value)
    text = _SWITCHES.get(text.lower(), text)
    if name in SECONDS_FIELDS:
        return f"{text} s"
    says_itself = re.search(r"[A-Za-z]", text) and text.lower() not in _NAMELESS
    return text if says_itself else f"{setting_name(name)} {text}"


def choose_words(name: str, values: Sequence[str]) -> str:
    """Which values a setting has, as a sentence: "Choose 6 s or 10 s."."""
    return f"Choose {listed_words(values_in_words(name, values))}."


def values_in_words(name: str, values: Iterable[str]) -> list[str]:
    """Values as people read them: "6 s" where they are seconds."""
    return [f"{each} s" if name in SECONDS_FIELDS else each for each in values]


def listed_words(values: Sequence[str], word: str = "or") -> str:
    """The first dozen of some choices as the end of a sentence, and how many more there are."""
    more = len(values) - _MOST_NAMED
    return one_of([*values[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])], word)


def one_of(values: Sequence[str], word: str = "or") -> str:
    """Some choices as the end of a sentence: "6 s", "768P or 1080P", "a, b or c"."""
    *others, last = values or [""]
    return f"{', '.join(others)} {word} {last}" if others else last
