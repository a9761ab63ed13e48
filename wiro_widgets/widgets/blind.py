"""Blind comparison: which two come next, on which side, and what was voted."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.runs.judgment import Outcome
    from wiro_widgets.runs.votes import Ballot
    from wiro_widgets.widgets.grid_tiles import Entry


@dataclass
class Pair:
    """Two runs side by side, under names that say nothing."""

    number: int
    left: Entry
    right: Entry
    keys: tuple[str, str] = field(default_factory=lambda: (_nonce(), _nonce()))
    outcome: Outcome | None = None
    """None until the vote; it is given once."""


def next_pair(number: int, entries: Sequence[Entry], ballots: Sequence[Ballot]) -> Pair:
    """The two that have met least often so far, in random order.

    Args:
        number: What to call the trial.
        entries: Two runs or more.
        ballots: All votes so far.
    """
    met: dict[frozenset[int], int] = {}
    for ballot in ballots:
        pair = frozenset({id(ballot.left), id(ballot.right)})
        met[pair] = met.get(pair, 0) + 1
    pairs = list(itertools.combinations(entries, 2))
    times = [met.get(frozenset({id(a.run), id(b.run)}), 0) for a, b in pairs]
    least = min(times)
    chosen = list(_CHANCE.choice([p for p, n in zip(pairs, times, strict=True) if n == least]))
    _CHANCE.shuffle(chosen)
    return Pair(number, chosen[0], chosen[1])


_CHANCE = secrets.SystemRandom()
"""Not `random`: a notebook that seeds it would show the same sides each time."""


def _nonce() -> str:
    return f"blind{secrets.token_hex(4)}"
