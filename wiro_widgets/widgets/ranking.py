"""From blind votes between two runs to an order of all: Bradley-Terry with intervals.

Each run has a strength, and the odds that one wins against another are the exponential of the
difference (Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 1952). A
tie counts as half a win for both, and so does "both bad", which is also counted by itself.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wiro_widgets.library.ratings import Outcome
from wiro_widgets.schema.wording import setting_name
from wiro_widgets.widgets.protocol.grid_studio import RankingTable, Standing, ValueWins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.library.ratings import Vote
    from wiro_widgets.widgets.grid_tiles import Entry
    from wiro_widgets.widgets.run_protocols import GridRun

Match: TypeAlias = tuple[int, int, Outcome]
"""One comparison of two items, by their places: the left one, the right one, what was voted."""

_PRIOR = 0.1
"""How firmly strengths are taken to be about 0 until votes say otherwise (precision, so a standard
deviation of 3.2): without it a run that has won every vote would be infinitely strong."""
_Z = 1.959964
"""Standard deviations on either side that hold 95 %."""
_STEPS = 100
_LEAST_WIDTH = 8


class Estimate(NamedTuple):
    """How strong an item is."""

    strength: float
    """Log-odds of winning against an average item."""
    margin: float
    """Half the 95 % interval."""


def share_of_left(outcome: Outcome) -> float:
    """How much of a win a vote is for the left side."""
    return {"left": 1.0, "right": 0.0}.get(outcome, 0.5)


def bradley_terry(count: int, matches: Sequence[Match], *, prior: float = _PRIOR) -> list[Estimate]:
    """Estimate the strengths of items 0 to ``count - 1``, which add up to 0.

    Args:
        count: How many items there are.
        matches: Any number of them between any of the items.
        prior: Precision of the normal prior of each strength, above 0.
    """
    strengths = [0.0] * count
    covariance: list[list[float]] = []
    for _ in range(_STEPS):
        slope, curve = _derivatives(strengths, matches, prior)
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


@dataclass(frozen=True)
class Ranking:
    """The runs of a grid in the order the votes give them.

    Attributes:
        standings: Best first: letter, name, strength (log-odds of winning against an average
            run) with the ends of its 95 % interval, and what it is made of.
        values: How often one value of a parameter won against another one, winners first.
        left: Votes for the left side.
        right: Votes for the right side; far from `left`, the side itself influenced the votes.
    """

    standings: list[Standing]
    values: list[ValueWins]
    left: int
    right: int

    def table(self) -> RankingTable:
        """The same as plain data."""
        return RankingTable(
            standings=self.standings, values=self.values, left=self.left, right=self.right
        )

    def __repr__(self) -> str:
        if not self.standings:
            return "No votes yet."
        width = max(_LEAST_WIDTH, *(len(each["name"]) for each in self.standings))
        lines = [f"   {'run':{width}}  strength  95 % interval   won  lost  tied"]
        lines += [
            f"{each['letter']:2} {each['name']:{width}}  {each['strength']:+8.2f}"
            f"  {each['low']:+6.2f} {each['high']:+6.2f}"
            f"   {each['wins']:3}   {each['losses']:3}   {each['ties']:3}"
            for each in self.standings
        ]
        lines += [
            f"{setting_name(each['parameter'])}: {each['value']} won {each['wins']} of"
            f" {each['votes']} against {each['against']}"
            for each in self.values
        ]
        lines.append(f"Votes for the left side: {self.left}, for the right side: {self.right}")
        return "\n".join(lines)


def rank(entries: Sequence[Entry], votes: Sequence[Vote]) -> Ranking:
    """Rank runs by the votes between them; votes on runs that are not among them do not count."""
    place = {id(entry.run): index for index, entry in enumerate(entries)}
    matches: list[Match] = [
        (place[id(vote.left)], place[id(vote.right)], vote.outcome)
        for vote in votes
        if id(vote.left) in place and id(vote.right) in place
    ]
    if not matches:
        return Ranking([], [], 0, 0)
    outcomes = Counter(outcome for _, _, outcome in matches)
    standings = [
        _standing(entry, index, estimate.strength, estimate.margin, matches)
        for index, (entry, estimate) in enumerate(
            zip(entries, bradley_terry(len(entries), matches), strict=True)
        )
        if any(index in match[:2] for match in matches)
    ]
    standings.sort(key=lambda each: -each["strength"])
    return Ranking(standings, _values(entries, matches), outcomes["left"], outcomes["right"])


def _standing(
    entry: Entry, index: int, strength: float, margin: float, matches: Sequence[Match]
) -> Standing:
    mine = [match for match in matches if index in match[:2]]
    sides = Counter(
        "win" if outcome == ("left" if left == index else "right") else outcome
        for left, _, outcome in mine
    )
    ties = sides["tie"] + sides["both bad"]
    return Standing(
        key=entry.key,
        letter=entry.letter,
        name=entry.run.snapshot["name"],
        strength=strength,
        low=strength - margin,
        high=strength + margin,
        wins=sides["win"],
        losses=len(mine) - sides["win"] - ties,
        ties=ties,
        both_bad=sides["both bad"],
    )


def _values(entries: Sequence[Entry], matches: Sequence[Match]) -> list[ValueWins]:
    settings = [_settings(entry.run) for entry in entries]
    won: Counter[tuple[str, str, str]] = Counter()
    for left, right, outcome in matches:
        if outcome not in {"left", "right"}:
            continue
        winner, loser = (left, right) if outcome == "left" else (right, left)
        for name in settings[winner].keys() & settings[loser].keys():
            one, other = settings[winner][name], settings[loser][name]
            if one != other:
                won[name, one, other] += 1
    return [
        ValueWins(
            parameter=name,
            value=value,
            against=other,
            wins=wins,
            votes=wins + won[name, other, value],
        )
        for (name, value, other), wins in sorted(won.items())
        # Each two values once: the better one, of equals the first.
        if (wins, other) > (won[name, other, value], value)
    ]


def _settings(run: GridRun) -> dict[str, str]:
    """What a run was made with, the prompt among it."""
    snapshot = run.snapshot
    return {
        "model": snapshot["model"],
        "prompt": snapshot["prompt"],
        **dict(snapshot["parameters"]),
    }


def _derivatives(
    strengths: list[float], matches: Sequence[Match], prior: float
) -> tuple[list[float], list[list[float]]]:
    """Slope and (negated) curvature of the log-posterior."""
    count = len(strengths)
    slope = [-prior * strength for strength in strengths]
    curve = [[prior if i == j else 0.0 for j in range(count)] for i in range(count)]
    for left, right, outcome in matches:
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
