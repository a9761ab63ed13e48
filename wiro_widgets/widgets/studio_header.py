"""The header of a Studio: which model and service, what was spent, what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.runs.problems import problem_from
from wiro_widgets.widgets.base import WiroWidget, handles
from wiro_widgets.widgets.protocol.grid_studio import (
    ModelChoice,
    ModelsMessage,
    SearchMessage,
    StudioProblem,
)

if TYPE_CHECKING:
    from wiro_widgets.widgets.studio_model import StudioModel


class StudioHeader(WiroWidget):
    """A widget with that header.

    Args:
        studio_model: What the header is about.
        **traits: Any trait.
    """

    _models: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _service = traitlets.Unicode("").tag(sync=True)
    _spent = traitlets.Unicode("").tag(sync=True)
    _problem = traitlets.Dict().tag(sync=True)
    # Whether the settings are those of the last session, or those could be put back.
    _draft_note = traitlets.Enum(["", "restored", "other"], "").tag(sync=True)

    def __init__(self, studio_model: StudioModel, **traits: Any) -> None:
        self._model = studio_model
        super().__init__(**traits)

    def _show_models(self, models: list[ModelChoice]) -> None:
        """Offer these models before anything is typed."""
        self._models = [dict(model) for model in models]

    def _show_account(self) -> None:
        """Say which service this is and what was spent."""
        session = self._model.session
        if session is not None:
            self._service = session.service
            self._spent = self._model.spent()

    def _show_error(self, error: Exception) -> None:
        """Say what an error says, as a view of a run would."""
        problem = problem_from(error)
        self._show_problem(
            StudioProblem(
                title=problem["title"], detail=problem["detail"], remedy=problem["remedy"]
            )
        )

    def _show_problem(self, problem: StudioProblem | None = None) -> None:
        """Say why nothing can be run; None when something can."""
        self._problem = dict(problem or {})

    @handles(SearchMessage)
    def _search(self, message: SearchMessage) -> ModelsMessage:
        models = self._model.search(message["text"])
        return ModelsMessage(id=message["id"], type="models", models=models)
