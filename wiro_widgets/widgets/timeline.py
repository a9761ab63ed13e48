"""How far a run is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets.widgets.base import front_end
from wiro_widgets.widgets.run_widget import RunWidget
from wiro_widgets.widgets.status import status_line

if TYPE_CHECKING:
    from wiro_widgets.widgets.run_widget import RunLike


class StatusTimeline(RunWidget):
    """Every stage of a run as one bar, its times ticking in the browser, its log, a Stop button.

    It changes while a cell is busy, since the run is followed on a thread of its own.

    Args:
        run: What to show; may be replaced later by setting `run`.

    Example:
        >>> StatusTimeline(ww.run("The gull lifts off", image="beach.jpg"))
    """

    _esm = front_end("timeline.js")
    _css = front_end("timeline.css")

    def __init__(self, run: RunLike | None = None) -> None:
        super().__init__()
        self.run = run

    @property
    def run(self) -> RunLike | None:
        """The run that is shown; None shows nothing."""
        return self._run

    @run.setter
    def run(self, run: RunLike | None) -> None:
        self._follow(run)

    def __repr__(self) -> str:
        return f"StatusTimeline: {status_line(self._snapshot)}"
