"""The form of a Studio in which prompts and values are combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import PlanMessage, PlannedMessage, StartMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import SweepAxis, SweepPlan


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
