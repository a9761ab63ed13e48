"""Choosing prompts and values to run in every combination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.widgets.base import WiroWidget, front_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.widgets.protocol.studio import SweepAxis, SweepPlan


class SweepBuilder(WiroWidget):
    """A part of `wiro_widgets.Studio`. Nothing is sent before its price was shown.

    Args:
        plan: Makes a plan of prompts, ticked values by parameter id, and repeats.
        start: Runs the plan of that key.
    """

    _esm = front_end("sweep_builder.js")
    _css = front_end("sweep_builder.css")

    shown = traitlets.Bool(default_value=False, help="Whether the form is shown").tag(sync=True)
    _prompt = traitlets.Unicode("").tag(sync=True)
    _axes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _values = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        plan: Callable[[list[str], dict[str, list[str]], int], SweepPlan],
        start: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._plan = plan
        self._start = start

    def begin(self, prompt: str, axes: list[SweepAxis], values: Mapping[str, str]) -> None:
        """Open the form.

        Args:
            prompt: The first prompt.
            axes: The parameters whose values can be ticked.
            values: What is chosen now, ticked from the start.
        """
        with self._write_lock:
            self.shown = False
            self._prompt = prompt
            self._axes = [dict(axis) for axis in axes]
            self._values = dict(values)
            self.shown = True

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("type")
        if kind == "plan":
            plan = self._plan(
                [str(prompt) for prompt in content["prompts"]],
                {str(name): list(map(str, ticked)) for name, ticked in content["values"].items()},
                int(content["repeats"]),
            )
            self.send({"id": request, "type": "planned", "plan": plan})
        elif kind == "start":
            self._start(str(content.get("plan")))
            self.shown = False
            self.send({"id": request, "type": "ok"})
        else:
            super()._answer(request, content, buffers)
