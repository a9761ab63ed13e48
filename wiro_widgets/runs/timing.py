"""How long runs like the next one have taken."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FEWEST = 3
_TELLING = ("resolution", "duration")
"""Parameters that make a run longer or shorter more than others do."""


class Span(NamedTuple):
    """Seconds; half of the runs lie between the two."""

    low: float
    high: float


def typical(
    runs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], parameters: Mapping[str, Any]
) -> Span | None:
    """The quartiles of how long runs took.

    Args:
        runs: Parameters and last snapshot of each run that succeeded.
        parameters: Of the next one; runs equal to it in what tells most are preferred.
    """
    taken = [(given, seconds) for given, shot in runs if (seconds := _seconds(shot)) is not None]
    alike = [seconds for given, seconds in taken if _alike(given, parameters)]
    lengths = alike if len(alike) >= _FEWEST else [seconds for _, seconds in taken]
    if len(lengths) < _FEWEST:
        return None
    low, _, high = quantiles(lengths, n=4, method="inclusive")
    return Span(low, high)


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(str(one.get(name, "")) == str(other.get(name, "")) for name in _TELLING)


def _seconds(snapshot: Mapping[str, Any]) -> float | None:
    """From the service's taking it, so that waiting for a free slot does not count."""
    stages, ended = snapshot["stages"], snapshot["ended"]
    if ended is None:
        return None
    began = stages[0]["at"] if stages else snapshot["created"]
    return float(ended - began)
