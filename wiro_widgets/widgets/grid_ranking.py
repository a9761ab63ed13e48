"""What the votes of a grid say: an order with intervals, and which values win."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wiro_widgets.widgets.protocol.grid import RankingTable, Standing, ValueWins
from wiro_widgets.widgets.ranking import Vote, bradley_terry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.runs.votes import Ballot
    from wiro_widgets.widgets.grid_tiles import Entry, GridRun

_LEAST_WIDTH = 8


@dataclass(frozen=True)
class Ranking:
    """The runs of a grid in the order the votes give them.

    Attributes:
        standings: Best first: letter, name, strength (log-odds of winning against an average
            run) with the ends of its 95 % interval, and what it is made of.
        values: How often each value of a parameter won against another value of it.
        left: Votes for the left side.
        right: Votes for the right side; far from `left`, the side itself had a say.
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
            f"{each['parameter']} {each['value']}: won {each['wins']} of {each['votes']}"
            for each in self.values
        ]
        lines.append(f"left was better {self.left} times, right {self.right} times")
        return "\n".join(lines)


def rank(entries: Sequence[Entry], ballots: Sequence[Ballot]) -> Ranking:
    """Rank runs by the votes between them; votes on runs that are not among them do not count."""
    place = {id(entry.run): index for index, entry in enumerate(entries)}
    votes = [
        Vote(place[id(ballot.left)], place[id(ballot.right)], ballot.outcome)
        for ballot in ballots
        if id(ballot.left) in place and id(ballot.right) in place
    ]
    if not votes:
        return Ranking([], [], 0, 0)
    outcomes = Counter(vote.outcome for vote in votes)
    standings = [
        _standing(entry, index, estimate.strength, estimate.margin, votes)
        for index, (entry, estimate) in enumerate(
            zip(entries, bradley_terry(len(entries), votes), strict=True)
        )
        if any(index in vote[:2] for vote in votes)
    ]
    standings.sort(key=lambda each: -each["strength"])
    return Ranking(standings, _values(entries, votes), outcomes["left"], outcomes["right"])


def _standing(
    entry: Entry, index: int, strength: float, margin: float, votes: Sequence[Vote]
) -> Standing:
    mine = [vote for vote in votes if index in vote[:2]]
    sides = Counter(
        "win" if vote.outcome == ("left" if vote.left == index else "right") else vote.outcome
        for vote in mine
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


def _values(entries: Sequence[Entry], votes: Sequence[Vote]) -> list[ValueWins]:
    settings = [_settings(entry.run) for entry in entries]
    won: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for left, right, outcome in votes:
        if outcome not in {"left", "right"}:
            continue
        winner, loser = (left, right) if outcome == "left" else (right, left)
        for name in settings[winner].keys() & settings[loser].keys():
            one, other = settings[winner][name], settings[loser][name]
            if one != other:
                won[name, one] += 1
                seen.update([(name, one), (name, other)])
    return [
        ValueWins(parameter=name, value=value, wins=won[name, value], votes=votes)
        for (name, value), votes in sorted(seen.items())
    ]


def _settings(run: GridRun) -> dict[str, str]:
    """What a run was made with, the prompt among it."""
    snapshot = run.snapshot
    return {
        "model": snapshot["model"],
        "prompt": snapshot["prompt"],
        **dict(snapshot["parameters"]),
    }
