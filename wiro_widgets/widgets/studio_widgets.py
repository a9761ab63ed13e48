"""The parts that only a Studio has beside its strip of runs: its head and the sweep builder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.runs.problems import problem_from
from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import (
    ModelsMessage,
    PlanMessage,
    PlannedMessage,
    RetryMessage,
    SearchMessage,
    StartMessage,
    StudioProblem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import ModelChoice, SweepAxis, SweepPlan


class StudioBar(WiroWidget):
    """The head of a Studio: which model, which service, what was spent, what is in the way.

    Args:
        search: Finds models by words; called when somebody types in the model field.
        connect: Tries to connect again; called by "Try again".
    """

    _view = traitlets.Unicode("studio_bar").tag(sync=True)

    model = traitlets.Unicode("", help="The chosen model, owner/project").tag(sync=True)
    _models: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _service = traitlets.Unicode("").tag(sync=True)
    _spent = traitlets.Unicode("").tag(sync=True)
    _problem = traitlets.Dict().tag(sync=True)

    def __init__(
        self, search: Callable[[str], list[ModelChoice]], connect: Callable[[], object]
    ) -> None:
        super().__init__()
        self._search = search
        self._connect = connect

    def show_models(self, models: list[ModelChoice]) -> None:
        """Offer these models before anything is typed."""
        self._models = [dict(model) for model in models]

    def show_account(self, service: str, spent: str) -> None:
        """Say which service this is ("" for none) and what was spent, in words."""
        self._service = service
        self._spent = spent

    def show_error(self, error: Exception) -> None:
        """Say what an error says, as a view of a run would."""
        problem = problem_from(error)
        self.show_problem(
            StudioProblem(
                title=problem["title"], detail=problem["detail"], remedy=problem["remedy"]
            )
        )

    def show_problem(self, problem: StudioProblem | None) -> None:
        """Say why nothing can be run; None when something can."""
        self._problem = dict(problem or {})

    @handles(SearchMessage)
    def _find(self, message: SearchMessage) -> ModelsMessage:
        models = self._search(message["text"])
        return ModelsMessage(id=message["id"], type="models", models=models)

    @handles(RetryMessage)
    def _retry(self, message: RetryMessage) -> OkMessage:
        self._connect()
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
