"""The form of a Studio in which prompts and values are combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import PlanMessage, PlannedMessage, StartMessage
from wiro_widgets.widgets.sweep_plan import progress_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import SweepAxis, SweepPlan


class SweepBuilder(WiroWidget):
    """A form of prompts and values to run in every combination; its price is shown first.

    Args:
        plan: Makes a plan of prompts, selected values by parameter id, and takes of each.
        start: Runs the plan of that key.
    """

    _view = traitlets.Unicode("sweep_builder").tag(sync=True)

    shown = traitlets.Bool(default_value=False, help="Whether the form is shown").tag(sync=True)
    _prompt = traitlets.Unicode("").tag(sync=True)
    _axes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _values = traitlets.Dict().tag(sync=True)
    _moves: traitlets.List[str] = traitlets.List().tag(sync=True)
    # The SweepPlan that was started last, as it is going now; empty before one.
    _made: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        plan: Callable[[list[str], Mapping[str, list[str]], int], SweepPlan],
        start: Callable[[str], Sweep],
    ) -> None:
        super().__init__()
        self._plan = plan
        self._start = start
        self._sweep: Sweep | None = None
        self._offered: set[str] = set()

    def begin(
        self,
        prompt: str,
        axes: list[SweepAxis],
        values: Mapping[str, str],
        moves: Sequence[str] = (),
    ) -> None:
        """Open the form.

        Args:
            prompt: The first prompt.
            axes: The settings whose values can be selected.
            values: What is chosen now, selected from the start.
            moves: The camera moves that the model knows; others are warned about.
        """
        self.shown = False
        self._prompt = prompt
        self._axes = [dict(axis) for axis in axes]
        self._offered = {axis["name"] for axis in axes}
        self._values = dict(values)
        self._moves = list(moves)
        self._follow(None)
        self.shown = True

    def close(self) -> None:
        """Close the widget and stop listening to the runs; again, it does nothing."""
        self._follow(None)
        super().close()

    def _follow(self, sweep: Sweep | None) -> None:
        """Show how a sweep that was started is going; None shows none."""
        for run in self._sweep.runs if self._sweep else ():
            run.unobserve(self._show_progress, "snapshot")
        self._sweep = sweep
        for run in sweep.runs if sweep else ():
            run.observe(self._show_progress, "snapshot")
        self._show_progress(None)

    def _show_progress(self, _: object) -> None:
        sweep = self._sweep
        try:
            # Until it agrees: of two threads, the later one may have read the older state.
            while (now := dict(progress_of(sweep)) if sweep else {}) != self._made:
                self._made = now
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._report(error)

    @handles(PlanMessage)
    def _make_plan(self, message: PlanMessage) -> PlannedMessage:
        for name in message["values"].keys() - self._offered:
            raise Refused(f"{name} can't be swept. Close this form and open it again.")
        # What was started is no longer what the form says.
        self._follow(None)
        plan = self._plan(message["prompts"], message["values"], message["repeats"])
        return PlannedMessage(id=message["id"], type="planned", plan=plan)

    @handles(StartMessage)
    def _start_plan(self, message: StartMessage) -> OkMessage:
        self._follow(self._start(message["plan"]))
        return ok(message)
