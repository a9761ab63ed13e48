"""Blind comparison: which two runs come next, on which side, and what was voted."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wiro_widgets.library.ratings import Vote, record_vote, votes_between
from wiro_widgets.widgets.grid_tiles import blind_tile
from wiro_widgets.widgets.protocol.grid_studio import Comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.library.ratings import Outcome
    from wiro_widgets.widgets.grid_tiles import Entry
    from wiro_widgets.widgets.protocol.grid_studio import Tile
    from wiro_widgets.widgets.run_protocols import GridRun

_SIDES = ("Left", "Right")


@dataclass
class Pair:
    """Two runs side by side, under names that say nothing."""

    number: int
    left: Entry
    right: Entry
    keys: tuple[str, str] = field(default_factory=lambda: (_nonce(), _nonce()))
    outcome: Outcome | None = None
    """None until the vote, which can be cast once."""


class BlindVoting:
    """Asks of two runs at a time which is better, and keeps the answers with the runs.

    Attributes:
        votes: All votes between the runs of the grid, of any day.
        pair: The two that are shown now; None while nothing is compared.
    """

    def __init__(self) -> None:
        self.votes: list[Vote] = []
        self.pair: Pair | None = None
        # Two runs with a clip each, by identity.
        self._pairs: set[frozenset[int]] = set()
        # Those that no library keeps, as their runs are of two.
        self._loose: list[Vote] = []

    def recall(self, runs: Sequence[GridRun]) -> None:
        """Read the votes of earlier days between these runs."""
        self.votes = [*votes_between(runs), *self._loose]

    def start(self, entries: Sequence[Entry]) -> None:
        """Show the first two.

        Raises:
            ValueError: Fewer than two runs have a clip.
        """
        self.pair = None
        self.next(entries)

    def stop(self) -> None:
        """Compare nothing any more."""
        self.pair = None

    def next(self, entries: Sequence[Entry]) -> None:
        """Show the two that have met least often so far, in random order.

        Raises:
            ValueError: Fewer than two runs have a clip.
        """
        clips = [entry for entry in entries if entry.run.snapshot["status"] == "succeeded"]
        if len(clips) < len(_SIDES):
            raise ValueError("A blind comparison needs two runs that have a clip.")
        met: dict[frozenset[int], int] = {}
        for vote in self.votes:
            both = frozenset({id(vote.left), id(vote.right)})
            met[both] = met.get(both, 0) + 1
        pairs = list(itertools.combinations(clips, 2))
        self._pairs = {frozenset({id(a.run), id(b.run)}) for a, b in pairs}
        times = [met.get(frozenset({id(a.run), id(b.run)}), 0) for a, b in pairs]
        least = min(times)
        left, right = _CHANCE.choice([p for p, n in zip(pairs, times, strict=True) if n == least])
        if _CHANCE.random() < 0.5:  # noqa: PLR2004 - heads or tails
            left, right = right, left
        self.pair = Pair(self.pair.number + 1 if self.pair else 1, left, right)

    def vote(self, number: int, outcome: Outcome) -> bool:
        """Keep a vote.

        Returns:
            False when that comparison is not the one that is shown, or was voted on already.
        """
        pair = self.pair
        if pair is None or pair.number != number or pair.outcome is not None:
            return False
        pair.outcome = outcome
        given = Vote(pair.left.run, pair.right.run, outcome, time.time())
        if not record_vote(given):
            self._loose.append(given)
        self.votes.append(given)
        return True

    def comparison(self) -> Comparison | None:
        """The comparison that is shown, in the form the browser gets."""
        if self.pair is None:
            return None
        compared = self._pairs & {frozenset({id(v.left), id(v.right)}) for v in self.votes}
        return Comparison(
            number=self.pair.number,
            outcome=self.pair.outcome or "",
            pairs=len(self._pairs),
            compared=len(compared),
        )

    def in_order(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The runs that are shown, in their order: in a comparison, the left one first."""
        if self.pair is None:
            return entries
        return [each for each in (self.pair.left, self.pair.right) if each in entries]

    def seen(self, entry: Entry, tile: Tile) -> Tile | None:
        """A tile as a person may see it: without its name in a comparison; None for not at all.

        The name stays hidden after the vote, too: who has seen it would not vote blindly on the
        pairs that follow.
        """
        pair = self.pair
        if pair is None:
            return tile
        for one, key, side in zip((pair.left, pair.right), pair.keys, _SIDES, strict=True):
            if one.run is entry.run:
                return blind_tile(tile, key, side)
        return None

    def hidden_run(self, key: str) -> GridRun | None:
        """The run behind a key of a blind comparison."""
        if self.pair is None or key not in self.pair.keys:
            return None
        return (self.pair.left, self.pair.right)[self.pair.keys.index(key)].run


_CHANCE = secrets.SystemRandom()
"""Not `random`: a notebook that seeds it would show the same sides each time."""


def _nonce() -> str:
    return f"blind{secrets.token_hex(4)}"
