"""The parts that only a Studio has: the strip of runs and the sweep builder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from wiro_widgets.widgets.base import LiveWidget, Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import (
    CompareMessage,
    PlanMessage,
    PlannedMessage,
    StartMessage,
    StripBoard,
    StripMessage,
    StripTile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import SweepAxis, SweepPlan

MOST_TILES = 40
"""Runs in the strip; older ones are in `wiro_widgets.history`."""


class StripRun(Protocol):
    """What the strip needs of a `wiro_widgets.Run`."""

    @property
    def key(self) -> str:
        """Identity within its library."""

    @property
    def number(self) -> int:
        """Counts up within its library."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """Its state, a `RunSnapshot`."""

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler` when the trait `names` changes, on whatever thread changes it."""

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Stop that."""


class RunStrip(LiveWidget):
    """Runs as small pictures, newest first; it follows them.

    Args:
        compare: Sets the ticked runs side by side; called by "Compare".
        picture: The name and the ``data:`` URL of a run's small picture; None for none.
        moved: Called on a worker thread when a run's tile has changed.
    """

    _view = traitlets.Unicode("run_strip").tag(sync=True)

    selected = traitlets.List(traitlets.Unicode(), help="Keys of the ticked runs").tag(sync=True)
    current = traitlets.Unicode("", help="Key of the run that is shown").tag(sync=True)

    def __init__(
        self,
        compare: Callable[[], object],
        picture: Callable[[Any], tuple[str, str] | None],
        moved: Callable[[], object],
    ) -> None:
        self._runs: dict[str, StripRun] = {}
        super().__init__(_live=StripBoard(revision=0, tiles=[], pictures={}))
        self._compare = compare
        self._picture = picture
        self._moved = moved

    def show(self, runs: Iterable[StripRun]) -> None:
        """Show these runs instead of the ones before."""
        newest = sorted(runs, key=lambda run: -run.number)[:MOST_TILES]
        with self._live_lock:
            before, self._runs = self._runs, {run.key: run for run in newest}
        for run in before.values():
            run.unobserve(self._run_changed, "snapshot")
        for run in newest:
            run.observe(self._run_changed, "snapshot")
        pictures = dict(found for run in newest if (found := self._picture(run)) is not None)
        with self._live_lock:
            tiles = [self._tile(run, pictures) for run in newest]
            self._send_whole(StripBoard(revision=0, tiles=tiles, pictures=pictures))

    def add(self, run: StripRun) -> None:
        """Show one run more; one that is here already is not added."""
        if self._runs.get(run.key) is run:
            return
        found = self._picture(run)
        with self._live_lock:
            kept = sorted([*self._runs.values(), run], key=lambda each: -each.number)
            dropped = kept[MOST_TILES:]
            self._runs = {each.key: each for each in kept[:MOST_TILES]}
            new = dict([found] if found and found[0] not in self._live["pictures"] else [])
            self._send_tile(run, new)
        run.observe(self._run_changed, "snapshot")
        # It may be an older one than all that are shown, and so among these.
        for each in dropped:
            each.unobserve(self._run_changed, "snapshot")
        self._show(run)

    def close(self) -> None:
        """Close the widget and stop listening to the runs; again, it does nothing."""
        if self.comm is not None:
            for run in self._runs.values():
                run.unobserve(self._run_changed, "snapshot")
        super().close()

    def _run_changed(self, change: Any) -> None:
        try:
            if self._show(change["owner"]):
                self._moved()
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._report(error)

    def _show(self, run: StripRun) -> bool:
        """Send a run's tile; False when it is the same as before, or not shown."""
        with self._live_lock:
            if self._runs.get(run.key) is not run:
                return False
            before = {tile["key"]: tile for tile in self._live["tiles"]}
            if self._tile(run, self._live["pictures"]) == before.get(run.key):
                return False
            self._send_tile(run, {})
        return True

    def _send_tile(self, run: StripRun, new_pictures: Mapping[str, str]) -> None:
        pictures = {**self._live["pictures"], **new_pictures}
        tile = self._tile(run, pictures)
        tiles = {each["key"]: each for each in self._live["tiles"]} | {run.key: tile}
        order = list(self._runs)
        news = StripMessage(
            type="strip", revision=0, tile=tile, order=order, pictures=dict(new_pictures)
        )
        kept = [tiles[key] for key in order if key in tiles]
        self._send_change(StripBoard(revision=0, tiles=kept, pictures=pictures), news)

    def _tile(self, run: StripRun, pictures: Mapping[str, str]) -> StripTile:
        snapshot = run.snapshot
        found = self._picture(run)
        resolution = dict(snapshot["parameters"]).get("resolution")
        cost = snapshot["cost"]
        price = f"${cost}" if cost is not None else "not settled" if snapshot["unsettled"] else ""
        problem = snapshot["problem"]
        return StripTile(
            key=run.key,
            name=snapshot["name"],
            caption=" · ".join(filter(None, [resolution, price])),
            prompt=snapshot["prompt"],
            status=snapshot["status"],
            over=snapshot["over"],
            picture=found[0] if found is not None and found[0] in pictures else None,
            problem=problem["title"] if problem else None,
        )

    @handles(CompareMessage)
    def _open_grid(self, message: CompareMessage) -> OkMessage:
        self._compare()
        return ok(message)


class SweepBuilder(WiroWidget):
    """A form of prompts and values to run in every combination; its price is shown first.

    Args:
        plan: Makes a plan of prompts, ticked values by parameter id, and repeats.
        start: Runs the plan of that key.
    """

    _view = traitlets.Unicode("sweep_builder").tag(sync=True)

    shown = traitlets.Bool(default_value=False, help="Whether the form is shown").tag(sync=True)
    _prompt = traitlets.Unicode("").tag(sync=True)
    _axes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _values = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        plan: Callable[[list[str], Mapping[str, list[str]], int], SweepPlan],
        start: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._plan = plan
        self._start = start
        self._offered: set[str] = set()

    def begin(self, prompt: str, axes: list[SweepAxis], values: Mapping[str, str]) -> None:
        """Open the form.

        Args:
            prompt: The first prompt.
            axes: The parameters whose values can be ticked.
            values: What is chosen now, ticked from the start.
        """
        self.shown = False
        self._prompt = prompt
        self._axes = [dict(axis) for axis in axes]
        self._offered = {axis["name"] for axis in axes}
        self._values = dict(values)
        self.shown = True

    @handles(PlanMessage)
    def _make_plan(self, message: PlanMessage) -> PlannedMessage:
        for name in message["values"].keys() - self._offered:
            raise Refused(f"{name} is not among the settings to be swept. Open the form again.")
        plan = self._plan(message["prompts"], message["values"], message["repeats"])
        return PlannedMessage(id=message["id"], type="planned", plan=plan)

    @handles(StartMessage)
    def _start_plan(self, message: StartMessage) -> OkMessage:
        self._start(message["plan"])
        self.shown = False
        return ok(message)
