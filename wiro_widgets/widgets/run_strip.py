"""The strip of a Studio: its runs as small pictures, to look at and to compare."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from wiro_widgets.library.estimates import cost_text
from wiro_widgets.widgets.base import LiveWidget, Refused, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import (
    CompareMessage,
    StripBoard,
    StripMessage,
    StripTile,
)
from wiro_widgets.widgets.run_actions import RunActions
from wiro_widgets.widgets.strip_pictures import PicturedRun, StripPictures, picture_name
from wiro_widgets.widgets.transfers import MediaMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from wiro_widgets.library.ratings import Judgment
    from wiro_widgets.widgets.protocol.common import OkMessage

MOST_TILES = 40
"""Runs in the strip; older ones are in `wiro_widgets.history`."""


class StripRun(PicturedRun, Protocol):
    """What the strip needs of a `wiro_widgets.Run`."""

    @property
    def key(self) -> str:
        """Identity within its library."""

    @property
    def number(self) -> int:
        """Counts up within its library."""

    @property
    def judgment(self) -> Judgment:
        """What a person thinks of it."""

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler` when the trait `names` changes, on whatever thread changes it."""

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Stop that."""


class RunStrip(LiveWidget, RunActions, MediaMixin):
    """Runs as small pictures, newest first; it follows them.

    Args:
        compare: Sets the selected runs side by side; called by "Compare".
        posters: The folder where small pictures of runs are kept; None while there is none.
        moved: Called on a worker thread when a run's tile has changed.
        sent: Called with a run that was sent again from its thumbnail.
    """

    _view = traitlets.Unicode("run_strip").tag(sync=True)

    selected = traitlets.List(traitlets.Unicode(), help="Keys of the selected runs").tag(sync=True)
    current = traitlets.Unicode("", help="Key of the run that is shown").tag(sync=True)

    def __init__(
        self,
        compare: Callable[[], object],
        posters: Callable[[], Path | None],
        moved: Callable[[], object],
        sent: Callable[[Any], object],
    ) -> None:
        self._runs: dict[str, StripRun] = {}
        super().__init__(_live=StripBoard(revision=0, tiles=[], pictures={}))
        self._compare = compare
        self._pictures = StripPictures(posters)
        self._moved = moved
        self._sent = sent

    def show(self, runs: Iterable[StripRun]) -> None:
        """Show these runs instead of the ones before."""
        newest = sorted(runs, key=lambda run: -run.number)[:MOST_TILES]
        with self._live_lock:
            before, self._runs = self._runs, {run.key: run for run in newest}
        for run in before.values():
            run.unobserve(self._run_changed, "snapshot")
        for run in newest:
            run.observe(self._run_changed, "snapshot")
        pictures = dict(found for run in newest if (found := self._pictures.picture(run)))
        with self._live_lock:
            tiles = [self._tile(run, pictures) for run in newest]
            self._send_whole(StripBoard(revision=0, tiles=tiles, pictures=pictures))
        for run in newest:
            self._draw(run)

    def add(self, run: StripRun) -> None:
        """Show one run more; one that is here already is not added."""
        if self._runs.get(run.key) is run:
            return
        with self._live_lock:
            kept = sorted([*self._runs.values(), run], key=lambda each: -each.number)
            dropped = kept[MOST_TILES:]
            self._runs = {each.key: each for each in kept[:MOST_TILES]}
            self._send_tile(run)
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
            self._pictures.close()
        super().close()

    def _run_changed(self, change: Any) -> None:
        try:
            if self._show(change["owner"]):
                self._moved()
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._report(error)

    def _show(self, run: StripRun) -> bool:
        """Send a run's tile; False when it is the same as before, or not shown."""
        self._draw(run)
        with self._live_lock:
            if self._runs.get(run.key) is not run:
                return False
            before = {tile["key"]: tile for tile in self._live["tiles"]}
            found = self._pictures.picture(run)
            if self._tile(run, dict([found] if found else [])) == before.get(run.key):
                return False
            self._send_tile(run)
        return True

    def _draw(self, run: StripRun) -> None:
        """Have a frame of a run's clip drawn, and show it when it is there."""
        if run.snapshot["over"]:
            self._pictures.draw(run, lambda: self._show_drawn(run))

    def _show_drawn(self, run: StripRun) -> None:
        # The strip may have been closed meanwhile.
        if self.comm is not None:
            self._show(run)

    def _send_tile(self, run: StripRun) -> None:
        found = self._pictures.picture(run)
        new = dict([found] if found and found.name not in self._live["pictures"] else [])
        pictures = {**self._live["pictures"], **new}
        tile = self._tile(run, pictures)
        tiles = {each["key"]: each for each in self._live["tiles"]} | {run.key: tile}
        order = list(self._runs)
        kept = [tiles[key] for key in order if key in tiles]
        used = {each["picture"] for each in kept}
        news = StripMessage(type="strip", revision=0, tile=tile, order=order, pictures=new)
        pictures = {name: url for name, url in pictures.items() if name in used}
        self._send_change(StripBoard(revision=0, tiles=kept, pictures=pictures), news)

    def _tile(self, run: StripRun, pictures: Mapping[str, str]) -> StripTile:
        snapshot = run.snapshot
        found = self._pictures.picture(run)
        problem = snapshot["problem"]
        return StripTile(
            key=run.key,
            name=snapshot["name"],
            price=_cost_words(snapshot),
            prompt=snapshot["prompt"],
            parameters=snapshot["parameters"],
            first_frame=picture_name(snapshot["poster"]),
            status=snapshot["status"],
            over=snapshot["over"],
            picture=found.name if found is not None and found.name in pictures else None,
            has_film=self._pictures.film(run) is not None,
            problem=problem["title"] if problem else None,
            task_id=snapshot["task_id"],
            starred=run.judgment.starred,
            rating=run.judgment.rating,
        )

    def _run_for(self, key: str) -> Any:
        run = self._runs.get(key)
        if run is None:
            raise Refused("That run is not in this strip any more.")
        return run

    def _show_judged(self, run: Any) -> None:
        self._show(run)

    def _show_new(self, run: Any) -> None:
        self._sent(run)

    def _media(self, run: str, index: int) -> Path | None:  # noqa: ARG002
        shown = self._runs.get(run)
        return None if shown is None else self._pictures.film(shown)

    @handles(CompareMessage)
    def _open_grid(self, message: CompareMessage) -> OkMessage:
        self._compare()
        return ok(message)


def _cost_words(snapshot: Mapping[str, Any]) -> str:
    """What a run has cost, as short as fits under a picture; "" while there is nothing to say."""
    problem, cost = snapshot["problem"], snapshot["cost"]
    if snapshot["over"] and problem and problem["spent"] == "no":
        return "not charged"
    if cost is not None:
        return cost_text(Decimal(cost), snapshot["service"])
    return "not settled" if snapshot["over"] and snapshot["unsettled"] else ""
