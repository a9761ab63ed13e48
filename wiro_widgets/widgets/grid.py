"""Several runs side by side, in step."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client import InputError
from wiro_widgets.widgets.base import LiveWidget, Refused, handles, ok
from wiro_widgets.widgets.blind_votes import BlindVoting
from wiro_widgets.widgets.given import as_runs
from wiro_widgets.widgets.grid_tiles import (
    MOST_RUNS,
    Entry,
    letter_of,
    moved,
    record_of,
    tile_of,
    verdict_of,
    without_progress,
)
from wiro_widgets.widgets.posters import Poster, references
from wiro_widgets.widgets.protocol.grid_studio import (
    CloseMessage,
    GridBoard,
    NextMessage,
    TileMessage,
    TilesMessage,
    VoteMessage,
)
from wiro_widgets.widgets.ranking import Ranking, rank
from wiro_widgets.widgets.run_actions import RunActions
from wiro_widgets.widgets.transfers import MediaMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import Tile
    from wiro_widgets.widgets.run_protocols import GridRun

MODES = ("grid", "wipe", "flip", "difference", "onion", "storyboard")


class _Runs(traitlets.TraitType[list[Any], Any]):
    """A list of different runs; takes what `as_runs` takes."""

    def validate(self, _: Any, value: Any) -> list[Any]:
        """Check what was assigned to the grid."""
        runs = as_runs(value, "CompareGrid")
        if len(runs) > MOST_RUNS:
            raise InputError(
                f"A grid shows up to {MOST_RUNS} runs, and these are {len(runs)}.",
                remedy="Choose some of them.",
            )
        return runs


class CompareGrid(RunActions, LiveWidget, MediaMixin):
    """Runs of any day side by side: one transport, one moment in every tile.

    Args:
        runs: What to compare, up to 25 runs, finished or under way; None among them are left out.
            One run alone and a sweep are taken, too. The oldest is the `baseline`, until another
            one is chosen.
        rows: Parameter whose values are the rows: a parameter's name, or ``prompt``, ``image``,
            ``model``, ``repeat``, ``day``; with None for both, tiles are as large as there is room.
        columns: The same for the columns.
        mode: One of `MODES`.
        closable: Whether it has a button that closes it; observe `closed` to hear of that.

    Raises:
        InputError: Something else is among the runs, or they are too many.

    Example:
        >>> grid = ww.CompareGrid([run_1, run_2], columns="resolution")
        >>> grid.observe(lambda change: print(change.new), "selected")
    """

    _view = traitlets.Unicode("compare_grid").tag(sync=True)

    runs = _Runs([], help="The runs that are compared, in their order")
    selected: traitlets.List[Any] = traitlets.List(help="The runs that are selected")
    baseline = traitlets.Any(None, help="The run that the others are compared with")
    closed = traitlets.Bool(default_value=False, help="Whether it has been closed")
    blind = traitlets.Bool(
        default_value=False, help="Compare two at a time without knowing which they are"
    ).tag(sync=True)
    mode = traitlets.Enum(MODES, "grid", help="How they are shown").tag(sync=True)
    time = traitlets.Float(0.0, help="The time all clips show, in seconds").tag(sync=True)
    rows = traitlets.Unicode(
        None, allow_none=True, help="The parameter whose values are the rows"
    ).tag(sync=True)
    columns = traitlets.Unicode(None, allow_none=True, help="The same for the columns").tag(
        sync=True
    )
    side_by_side = traitlets.Int(
        None,
        allow_none=True,
        min=1,
        help="How many tiles stand side by side; None for as many as make them largest",
    ).tag(sync=True)
    end_behavior = traitlets.Enum(
        ("hold", "loop", "shortest"), "hold", help="What clips do that are shorter than others"
    ).tag(sync=True)

    # Whether there is a Close button: for whoever opened it and shows nothing once it is closed.
    _closable = traitlets.Bool(default_value=False).tag(sync=True)
    _from_browser = frozenset({"_selected", "_baseline", "_order", "_offsets"})
    # By digest: runs of one first frame share it.
    _posters: traitlets.Dict[str, Poster] = traitlets.Dict().tag(sync=True, to_json=references)
    _selected: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _baseline = traitlets.Unicode("").tag(sync=True)
    _order: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # Seconds by which a run is ahead of the others.
    _offsets: traitlets.Dict[str, float] = traitlets.Dict().tag(sync=True)
    _comparison: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    _ranking: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        runs: Iterable[GridRun | None] | GridRun | Sweep = (),
        *,
        rows: str | None = None,
        columns: str | None = None,
        mode: str = "grid",
        closable: bool = False,
    ) -> None:
        self._entries: list[Entry] = []
        self._voting = BlindVoting()
        given = as_runs(runs, "CompareGrid")
        super().__init__(runs=given, rows=rows, columns=columns, mode=mode, _closable=closable)

    def close(self) -> None:
        """Close the widget and stop listening to the runs; again, it does nothing."""
        self.closed = True
        if self.comm is not None:
            for entry in self._entries:
                entry.run.unobserve(self._run_changed, "snapshot")
            self._show_posters({})
        super().close()

    def ranking(self) -> Ranking:
        """The runs in the order the blind votes give them, with 95 % intervals."""
        return rank(self._entries, self._voting.votes)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict per run, in their order: the request, the outcome, the judgment.

        Example:
            >>> pandas.DataFrame(grid.to_records())
        """
        return [record_of(entry) for entry in self._entries]

    def __repr__(self) -> str:
        done = sum(entry.run.snapshot["status"] == "succeeded" for entry in self._entries)
        return f"CompareGrid of {len(self._entries)} runs, {done} with a clip"

    @traitlets.observe("runs")
    def _show_runs(self, _: object) -> None:
        known = {id(entry.run): entry for entry in self._entries}
        entries: list[Entry] = []
        for run in self.runs:
            entries.append(known.get(id(run)) or self._enter(run, [*known.values(), *entries]))
        with self._live_lock:
            self._entries = entries
        for identity, entry in known.items():
            if identity not in {id(run) for run in self.runs}:
                entry.run.unobserve(self._run_changed, "snapshot")
        self._order = [entry.key for entry in entries]
        self.selected = [run for run in self.selected if self._key_of(run)]
        if self.baseline is None or not self._key_of(self.baseline):
            # The oldest one, so that the differences read forward in time.
            self.baseline = min(self.runs, key=_created, default=None)
        self._share_choice(None)
        self._voting.recall(self.runs)
        self._show_all()

    def _enter(self, run: GridRun, taken: list[Entry]) -> Entry:
        """Give a new run a key and a letter that nobody here has, and follow it."""
        keys = {entry.key for entry in taken}
        letters = {entry.letter for entry in taken}
        own = run.snapshot["key"]
        # Runs of two libraries may have the same number.
        names = (f"{own}-{count}" if count else own for count in range(len(taken) + 1))
        key = next(name for name in names if name not in keys)
        free = (letter for letter in map(letter_of, range(2 * MOST_RUNS)) if letter not in letters)
        # A run reads its judgment once: here, not under the lock.
        verdict_of(run)
        run.observe(self._run_changed, "snapshot")
        return Entry(run, key, next(free))

    def _key_of(self, run: object) -> str:
        return next((entry.key for entry in self._entries if entry.run is run), "")

    @traitlets.observe("selected", "baseline")
    def _share_choice(self, _: object) -> None:
        if self.baseline is not None:
            self._baseline = self._key_of(self.baseline)
        self._selected = [key for run in self.selected if (key := self._key_of(run))]

    @traitlets.observe("_selected", "_baseline", "_order")
    def _take_choice(self, _: object) -> None:
        by_key = {entry.key: entry.run for entry in self._entries}
        self.selected = [by_key[key] for key in self._selected if key in by_key]
        if self._baseline in by_key:
            self.baseline = by_key[self._baseline]
        if sorted(self._order) == sorted(by_key):
            self.runs = [by_key[key] for key in self._order]

    @traitlets.observe("blind")
    def _start_blind(self, _: object) -> None:
        self.error = None
        self._voting.stop()
        try:
            if self.blind:
                self._voting.start(self._entries)
        except ValueError as error:
            self.blind = False
            # In the view, not in the host's console.
            self.error = str(error)
        self._show_all()

    def _show_all(self) -> None:
        """Send every tile, and what the votes say."""
        runs = [entry.run for entry in self._entries]
        named = {name: run.snapshot["poster"] for run in runs if (name := _poster_name(run))}
        self._show_posters(named)
        with self._live_lock:
            shown = self._voting.in_order(self._entries)
            tiles = [tile for entry in shown if (tile := self._seen(entry)) is not None]
            self._send_whole(GridBoard(revision=0, tiles=tiles))
        self._comparison = dict(self._voting.comparison() or {})
        # Not in a comparison: it would tell the names.
        self._ranking = {} if self._comparison else dict(self.ranking().table())

    def _show_posters(self, named: Mapping[str, str]) -> None:
        """Refer to the posters of these URLs, by name, and to no others."""
        before = self._posters
        self._posters = {name: before.get(name) or Poster.of(url) for name, url in named.items()}
        for name, poster in before.items():
            if name not in named:
                poster.release()

    def _seen(self, entry: Entry) -> Tile | None:
        """The tile of a run; None while it is not shown."""
        return self._voting.seen(entry, tile_of(entry, _poster_name(entry.run)))

    def _run_changed(self, change: Any) -> None:
        try:
            self._show_run(change["owner"])
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._report(error)

    def _show_run(self, run: GridRun) -> None:
        """Send what is new of one run."""
        with self._live_lock:
            entry = next((each for each in self._entries if each.run is run), None)
            tile = None if entry is None else self._seen(entry)
            if tile is not None:
                self._show_tile(tile)

    def _show_tile(self, tile: Tile) -> None:
        before = {each["key"]: each for each in self._live.get("tiles", ())}
        known = before.get(tile["key"])
        # A new run, or a grid whose first tiles are not sent: all are sent in a moment.
        if known is None:
            return
        lasting = without_progress(known) == without_progress(tile)
        if lasting and not moved(known["progress"], tile["progress"]):
            return
        news = TilesMessage(
            type="tiles",
            revision=0,
            tiles=[] if lasting else [tile],
            progress={tile["key"]: tile["progress"]} if lasting else {},
        )
        tiles = list({**before, tile["key"]: tile}.values())
        self._send_change(GridBoard(revision=0, tiles=tiles), news)

    def _run_of(self, key: str) -> GridRun:
        found = self._voting.hidden_run(key) or next(
            (entry.run for entry in self._entries if entry.key == key), None
        )
        if found is None:
            raise Refused("That run is not in this grid any more.")
        return found

    def _media(self, run: str, index: int) -> Path | bytes | None:
        return self._run_of(run).clip_path(index)

    def _bring(self, run: str, then: Callable[[BaseException | None], None]) -> bool:
        return self._run_of(run).bring(then)

    def _run_for(self, key: str) -> GridRun:
        if self._voting.hidden_run(key) is not None:
            raise Refused("Names and prompts are hidden until you finish the blind vote.")
        return self._run_of(key)

    def _show_judged(self, run: GridRun) -> None:
        self._show_run(run)

    def _show_new(self, run: GridRun) -> None:
        self.runs = [*self.runs, run]

    @handles(TileMessage)
    def _stop(self, message: TileMessage) -> OkMessage:
        self._run_of(message["run"]).stop()
        return ok(message)

    @handles(CloseMessage)
    def _close_pressed(self, message: CloseMessage) -> OkMessage:
        self.close()
        return ok(message)

    @handles(VoteMessage)
    def _vote(self, message: VoteMessage) -> OkMessage:
        if self._voting.vote(message["comparison"], message["outcome"]):
            self._show_all()
        return ok(message)

    @handles(NextMessage)
    def _next(self, message: NextMessage) -> OkMessage:
        try:
            self._voting.next(self._entries)
        except ValueError as error:
            raise Refused(str(error)) from error
        self._show_all()
        return ok(message)


def _poster_name(run: GridRun) -> str | None:
    """What a run's first frame is called in `_posters`: the same for the same picture."""
    picture: str | None = run.snapshot["poster"]
    return hashlib.sha256(picture.encode()).hexdigest()[:12] if picture else None


def _created(run: GridRun) -> float:
    """When a run was asked for, in Unix seconds."""
    return float(run.snapshot["created"])
