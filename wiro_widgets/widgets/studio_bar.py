"""The head of a Studio: which model, which service, what was spent, what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.runs.problems import describe
from wiro_widgets.widgets.base import WiroWidget, front_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wiro_widgets.widgets.protocol.studio import ModelChoice, StudioProblem


class StudioBar(WiroWidget):
    """A part of `wiro_widgets.Studio`.

    Args:
        search: Finds models by words; called when somebody types in the model field.
        connect: Tries the connection again; called by "Try again".
    """

    _esm = front_end("studio_bar.js")
    _css = front_end("studio_bar.css")

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
        """What there is to choose from before anything is typed."""
        self._models = [dict(model) for model in models]

    def show_account(self, service: str, spent: str) -> None:
        """Say which service this is ("" for none) and what was spent, in words."""
        with self._write_lock:
            self._service = service
            self._spent = spent

    def show_problem_of(self, error: Exception) -> None:
        """Say what an error says, in the words of a run's problem."""
        problem = describe(error)
        self.show_problem(
            {"title": problem["title"], "detail": problem["detail"], "remedy": problem["remedy"]}
        )

    def show_problem(self, problem: StudioProblem | None) -> None:
        """Say what stands in the way; None when nothing does."""
        with self._write_lock:
            self._problem = dict(problem or {})

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("type")
        if kind == "search" and isinstance(content.get("text"), str):
            models = self._search(content["text"])
            self.send({"id": request, "type": "models", "models": models})
        elif kind == "retry":
            self._connect()
            self.send({"id": request, "type": "ok"})
        else:
            super()._answer(request, content, buffers)
