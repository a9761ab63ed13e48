"""From votes between two to an order of all: Bradley-Terry with intervals.

Each run has a strength, and the odds that one wins against another are the exponential of the
difference (Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 1952). A
tie counts as half a win for both, and so does "both bad", which is also counted by itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.runs.judgment import Outcome

_PRIOR = 0.1
"""How firmly strengths are taken to be about 0 until votes say otherwise (precision, so a standard
deviation of 3.2): without it a run that has won every vote would be infinitely strong."""
_Z = 1.959964
"""Standard deviations on either side that hold 95 %."""
_STEPS = 100


class Vote(NamedTuple):
    """One comparison of two items, by their numbers."""

    left: int
    right: int
    outcome: Outcome


class Estimate(NamedTuple):
    """How strong an item is."""

    strength: float
    """Log-odds of winning against an average item."""
    margin: float
    """Half the 95 % interval."""


def share_of_left(outcome: Outcome) -> float:
    """How much of a win a vote is for the left side."""
    return {"left": 1.0, "right": 0.0}.get(outcome, 0.5)


def bradley_terry(count: int, votes: Sequence[Vote], *, prior: float = _PRIOR) -> list[Estimate]:
    """Estimate the strengths of items 0 to ``count - 1``, which add up to 0.

    Args:
        count: How many items there are.
        votes: Any number of them between any of the items.
        prior: Precision of the normal prior of each strength, above 0.
    """
    strengths = [0.0] * count
    covariance: list[list[float]] = []
    for _ in range(_STEPS):
        slope, curve = _derivatives(strengths, votes, prior)
        covariance = _inverse(curve)
        step = [sum(a * b for a, b in zip(row, slope, strict=True)) for row in covariance]
        # Newton overshoots where the curve is flat; no single vote is worth more than this.
        scale = min(1.0, 2.0 / max(1e-12, *map(abs, step))) if step else 1.0
        strengths = [s + scale * d for s, d in zip(strengths, step, strict=True)]
        if all(abs(each) < 1e-10 for each in step):  # noqa: PLR2004 - far below any use
            break
    mean = sum(strengths) / count if count else 0.0
    return [
        Estimate(strength - mean, _Z * math.sqrt(max(0.0, _centred_variance(covariance, i))))
        for i, strength in enumerate(strengths)
    ]


def _derivatives(
    strengths: list[float], votes: Sequence[Vote], prior: float
) -> tuple[list[float], list[list[float]]]:
    """Slope and (negated) curvature of the log-posterior."""
    count = len(strengths)
    slope = [-prior * strength for strength in strengths]
    curve = [[prior if i == j else 0.0 for j in range(count)] for i in range(count)]
    for left, right, outcome in votes:
        chance = 1 / (1 + math.exp(strengths[right] - strengths[left]))
        surprise = share_of_left(outcome) - chance
        slope[left] += surprise
        slope[right] -= surprise
        weight = chance * (1 - chance)
        for i, j, sign in (
            (left, left, 1),
            (right, right, 1),
            (left, right, -1),
            (right, left, -1),
        ):
            curve[i][j] += sign * weight
    return slope, curve


def _centred_variance(covariance: list[list[float]], index: int) -> float:
    """Variance of one strength minus the mean of all."""
    count = len(covariance)
    total = sum(map(sum, covariance))
    return covariance[index][index] - 2 * sum(covariance[index]) / count + total / count**2


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Gauss-Jordan; the matrices here are symmetric and positive definite, so none is singular."""
    count = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(count))] for i, row in enumerate(matrix)]
    for i in range(count):
        pivot = rows[i][i]
        rows[i] = [value / pivot for value in rows[i]]
        for j in range(count):
            if j != i and rows[j][i]:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[count:] for row in rows]
