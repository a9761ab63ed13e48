"""The grid's judging: verdicts kept with the runs, blind votes, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.runs.judgment import OUTCOMES
from wiro_widgets.runs.votes import Ballot, keep, kept_between
from wiro_widgets.widgets.base import WiroWidget
from wiro_widgets.widgets.blind import Pair, next_pair
from wiro_widgets.widgets.grid_ranking import Ranking, rank
from wiro_widgets.widgets.grid_tiles import blind_tile
from wiro_widgets.widgets.protocol.grid import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.widgets.grid_tiles import Entry, GridRun

_FIELDS = frozenset({"starred", "rating", "tags", "note"})
_SIDES = ("Left", "Right")


class GridJudging(WiroWidget):
    """The part of `CompareGrid` that asks which is better, and keeps the answers."""

    blind = traitlets.Bool(
        default_value=False, help="Compare two at a time without knowing which they are"
    ).tag(sync=True)
    _trial: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    _ranking: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    _entries: list[Entry]

    def __init__(self, **traits: Any) -> None:
        self._ballots: list[Ballot] = []
        # Those that no library has, as their runs are of two.
        self._loose: list[Ballot] = []
        self._pair: Pair | None = None
        super().__init__(**traits)
        self.observe(self._begin_blind, "blind")

    def ranking(self) -> Ranking:
        """The runs in the order the blind votes give them, with 95 % intervals."""
        return rank(self._entries, self._ballots)

    def _recall_votes(self) -> None:
        """Take the votes of earlier days between the runs that are here now."""
        runs = [entry.run for entry in self._entries]
        self._ballots = [*kept_between(runs), *self._loose]

    def _update(self) -> None:
        raise NotImplementedError

    def _run_of(self, key: object) -> GridRun:
        raise NotImplementedError

    def _begin_blind(self, _: object) -> None:
        with self._write_lock:
            self._pair = None
            self._trial = {}
            self.error = None
            try:
                if self.blind:
                    self._next_pair()
            except ValueError as error:
                # In the view, not in the host's console.
                self.error = str(error)
            self._update()

    def _next_pair(self) -> None:
        clips = [entry for entry in self._entries if entry.run.snapshot["state"] == "succeeded"]
        if len(clips) < len(_SIDES):
            self.blind = False
            raise ValueError("A blind comparison needs two runs that have a clip.")
        number = self._pair.number + 1 if self._pair else 1
        self._pair = next_pair(number, clips, self._ballots)

    def _as_seen(self, tiles: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The tiles a person may see: all, or while blind two of them without their names."""
        pair = self._pair
        if pair is None:
            return tiles
        self._trial = dict(
            Trial(number=pair.number, outcome=pair.outcome or "", votes=len(self._ballots))
        )
        by_key = {tile["key"]: tile for tile in tiles}
        seen = []
        for entry, key, side in zip((pair.left, pair.right), pair.keys, _SIDES, strict=True):
            tile: Any = by_key[entry.key]
            hidden = blind_tile(tile, key, side)
            # After the vote its names are told; clip and key stay, so that the picture does too.
            told = {**tile, "key": key, "clip": hidden["clip"]}
            seen.append(dict(hidden) if pair.outcome is None else told)
        return seen

    def _hidden_run(self, key: str) -> GridRun | None:
        """The run behind a key of a blind comparison."""
        if self._pair is None or key not in self._pair.keys:
            return None
        return (self._pair.left, self._pair.right)[self._pair.keys.index(key)].run

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("type")
        if kind == "judge":
            changes = content.get("changes")
            if isinstance(changes, dict) and changes.keys() <= _FIELDS:
                key = content.get("run")
                (self._hidden_run(str(key)) or self._run_of(key)).judge(**changes)
        elif kind == "vote":
            self._vote(content.get("trial"), content.get("outcome"))
        elif kind == "next":
            with self._write_lock:
                self._next_pair()
        else:
            super()._answer(request, content, buffers)
            return
        self._update()
        self.send({"id": request, "type": "ok"})

    def _vote(self, trial: object, outcome: object) -> None:
        with self._write_lock:
            pair = self._pair
            if pair is None or pair.number != trial or pair.outcome or outcome not in OUTCOMES:
                return
            given = next(each for each in OUTCOMES if each == outcome)
            ballot = Ballot(pair.left.run, pair.right.run, given)
            if not keep(ballot):
                self._loose.append(ballot)
            pair.outcome = given
            self._ballots.append(ballot)
