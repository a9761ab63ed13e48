"""Several runs side by side, in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.runs.draft import Draft
from wiro_widgets.widgets.base import front_end
from wiro_widgets.widgets.clip_server import ClipServer
from wiro_widgets.widgets.grid_actions import draft_of, run_again
from wiro_widgets.widgets.grid_judging import GridJudging
from wiro_widgets.widgets.grid_tiles import (
    MOST_RUNS,
    Entry,
    GridRun,
    is_over,
    lasting,
    letter_of,
    progress_of,
    record_of,
    tile_of,
)
from wiro_widgets.widgets.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_UPDATE_SECONDS = 0.1
MODES = ("grid", "wipe", "flip", "difference", "onion", "storyboard")


class _Runs(traitlets.TraitType[list[Any], Any]):
    """A list of different runs; takes any iterable of them."""

    def validate(self, _: Any, value: Any) -> list[Any]:
        """Check what was assigned to the grid."""
        runs = list({id(run): run for run in value}.values())
        strangers = [run for run in runs if not hasattr(run, "snapshot")]
        if strangers:
            name = type(strangers[0]).__name__
            raise traitlets.TraitError(f"A grid compares runs (from ww.run), not {name}.")
        if len(runs) > MOST_RUNS:
            raise traitlets.TraitError(
                f"A grid shows at most {MOST_RUNS} runs at a time; these are {len(runs)}."
            )
        return runs


class CompareGrid(GridJudging, ClipServer):
    """Runs of any day side by side: one transport, one moment in every tile.

    Args:
        runs: What to compare, up to 25 runs, finished or under way; None among them are left out.
        rows: Parameter whose values are the rows: a parameter's name, or ``prompt``, ``image``,
            ``model``, ``repeat``, ``day``; None for tiles that wrap.
        columns: The same for the columns.
        mode: One of `MODES`.

    Example:
        >>> grid = ww.CompareGrid([run_1, run_2], columns="resolution")
        >>> grid.observe(lambda change: print(change.new), "selected")
    """

    _esm = front_end("compare_grid.js")
    _css = front_end("compare_grid.css")

    runs = _Runs([], help="The runs that are compared, in their order")
    selected: traitlets.List[Any] = traitlets.List(help="The runs that are ticked")
    baseline = traitlets.Any(None, help="The run the others are told apart from")
    draft = traitlets.Instance(
        Draft, None, allow_none=True, help="What was asked to be edited last, as a runs.draft.Draft"
    )
    mode = traitlets.Enum(MODES, "grid", help="How to look at them").tag(sync=True)
    time = traitlets.Float(0.0, help="Where all clips are, in seconds").tag(sync=True)
    rows = traitlets.Unicode(None, allow_none=True, help="What rows differ in").tag(sync=True)
    columns = traitlets.Unicode(None, allow_none=True, help="And columns").tag(sync=True)
    lengths = traitlets.Enum(
        ("hold", "loop", "shortest"), "hold", help="What clips do that are over before others"
    ).tag(sync=True)

    _tiles: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    # Progress of the runs under way, by key: apart, so that it alone travels with every change.
    _live: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    # Pictures by digest: runs of one first frame share it, and it travels once.
    _posters: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    _selected: traitlets.List[str] = traitlets.List().tag(sync=True)
    _baseline = traitlets.Unicode("").tag(sync=True)
    _order: traitlets.List[str] = traitlets.List().tag(sync=True)
    # Seconds by which a run is ahead of the others.
    _offsets: traitlets.Dict[str, float] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        runs: Iterable[GridRun | None] = (),
        *,
        rows: str | None = None,
        columns: str | None = None,
        mode: str = "grid",
    ) -> None:
        self._entries: list[Entry] = []
        self._throttle = Throttle(self._update, _UPDATE_SECONDS)
        super().__init__(rows=rows, columns=columns, mode=mode)
        self.observe(self._show_runs, "runs")
        self.observe(self._share_choice, ["selected", "baseline"])
        self.observe(self._take_choice, ["_selected", "_baseline", "_order"])
        self.runs = [run for run in runs if run is not None]

    def close(self) -> None:
        """Close the widget and stop listening to the runs; again, it does nothing."""
        self._throttle.cancel()
        if self.comm is not None:
            for entry in self._entries:
                entry.run.unobserve(self._changed, "snapshot")
        super().close()

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict per run, in their order: what was asked, what came of it, the judgment.

        Example:
            >>> pandas.DataFrame(grid.to_records())
        """
        return [record_of(entry) for entry in self._entries]

    def __repr__(self) -> str:
        done = sum(entry.run.snapshot["state"] == "succeeded" for entry in self._entries)
        return f"CompareGrid of {len(self._entries)} runs, {done} with a clip"

    def _show_runs(self, _: object) -> None:
        with self._write_lock:
            known = {id(entry.run): entry for entry in self._entries}
            for identity, entry in known.items():
                if identity not in {id(run) for run in self.runs}:
                    entry.run.unobserve(self._changed, "snapshot")
            self._entries = []
            for run in self.runs:
                entry = known.get(id(run)) or self._enter(run, known.values())
                self._entries.append(entry)
            self._order = [entry.key for entry in self._entries]
            self.selected = [run for run in self.selected if self._key_of(run)]
            if self.baseline is None or not self._key_of(self.baseline):
                self.baseline = self.runs[0] if self.runs else None
            self._share_choice(None)
            self._recall_votes()
            self._update()

    def _enter(self, run: GridRun, known: Iterable[Entry]) -> Entry:
        """Give a new run a key and a letter that nobody here has, and follow it."""
        taken = [*known, *self._entries]
        keys = {entry.key for entry in taken}
        letters = {entry.letter for entry in taken}
        own = run.snapshot["key"]
        # Runs of two libraries may have the same number.
        names = (f"{own}-{count}" if count else own for count in range(len(taken) + 1))
        key = next(name for name in names if name not in keys)
        free = (letter for letter in map(letter_of, range(2 * MOST_RUNS)) if letter not in letters)
        run.observe(self._changed, "snapshot")
        return Entry(run, key, next(free))

    def _key_of(self, run: object) -> str:
        return next((entry.key for entry in self._entries if entry.run is run), "")

    def _share_choice(self, _: object) -> None:
        with self._write_lock:
            if self.baseline is not None:
                self._baseline = self._key_of(self.baseline)
            self._selected = [key for run in self.selected if (key := self._key_of(run))]

    def _take_choice(self, _: object) -> None:
        by_key = {entry.key: entry.run for entry in self._entries}
        with self._write_lock:
            self.selected = [by_key[key] for key in self._selected if key in by_key]
            if self._baseline in by_key:
                self.baseline = by_key[self._baseline]
            if sorted(self._order) == sorted(by_key):
                self.runs = [by_key[key] for key in self._order]

    def _changed(self, _: object) -> None:
        self._throttle.ask()

    def _update(self) -> None:
        """Send what has changed since the last time."""
        try:
            with self._write_lock:
                tiles = [tile_of(entry, self._poster(entry.run)) for entry in self._entries]
                under_way = {
                    entry.key: progress_of(entry.run.snapshot)
                    for entry in self._entries
                    if not is_over(entry.run.snapshot)
                }
                shown = self._as_seen([dict(tile) for tile in tiles])
                if list(map(lasting, shown)) != list(map(lasting, self._tiles)):
                    self._tiles = shown
                self._live = {} if self.blind else under_way
                self._ranking = dict(self.ranking().table())
        except Exception as error:  # noqa: BLE001 - a run's thread must go on
            self._complain(error)

    def _poster(self, run: GridRun) -> str | None:
        picture = run.snapshot["poster"]
        if not picture:
            return None
        for name, known in self._posters.items():
            if known == picture:
                return name
        name = f"p{len(self._posters)}"
        self._posters = {**self._posters, name: picture}
        return name

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("type")
        if kind not in {"stop", "rerun", "edit"}:
            super()._answer(request, content, buffers)
            return
        run = self._run_of(content.get("run"))
        if kind == "stop":
            run.stop()
        elif kind == "rerun":
            self.runs = [*self.runs, run_again(run)]
        else:
            self.draft = draft_of(run)
        self.send({"id": request, "type": "ok"})

    def _run_of(self, key: object) -> GridRun:
        for entry in self._entries:
            if entry.key == key:
                return entry.run
        raise KeyError("That run is not in this grid any more.")

    def _media(self, run: str, index: int) -> Path | bytes | None:
        found = self._hidden_run(run)
        if found is None:
            found = next((entry.run for entry in self._entries if entry.key == run), None)
        return found.clip_path(index) if found is not None else None
