"""One run in one card: how far it is, and its clip."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from wiro_widgets.widgets.base import front_end
from wiro_widgets.widgets.run_widget import RunWidget
from wiro_widgets.widgets.status import status_line

if TYPE_CHECKING:
    from wiro_widgets.widgets.run_widget import RunLike


class RunView(RunWidget):
    """The timeline and the clip of one run, with what was asked for; how a `Run` shows itself.

    Args:
        run: What to show; may be replaced later by setting `run`, None shows an empty place.

    Example:
        >>> RunView(ww.run("The gull lifts off", image="beach.jpg"))
    """

    _esm = front_end("run_view.js")
    _css = front_end("run_view.css")

    def __init__(self, run: RunLike | None = None) -> None:
        super().__init__()
        self.run = run

    @property
    def run(self) -> RunLike | None:
        """The run that is shown."""
        return self._run

    @run.setter
    def run(self, run: RunLike | None) -> None:
        self._follow(run)

    def __repr__(self) -> str:
        return status_line(self._snapshot)


# A view holds its run, so an id is not used again while its view is here.
_views: weakref.WeakValueDictionary[int, RunView] = weakref.WeakValueDictionary()


def display_of(run: RunLike) -> dict[str, Any]:
    """The MIME bundle of a run's view: one model per run, however often it is displayed.

    Args:
        run: What to show.
    """
    view = _views.get(id(run))
    if view is None or view.comm is None:
        view = _views[id(run)] = RunView(run)
    bundle = view._repr_mimebundle_()
    return dict(bundle[0]) if bundle else {"text/plain": repr(view)}
