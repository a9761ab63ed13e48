"""The runs of a library as small pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.widgets.base import WiroWidget, front_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wiro_widgets.widgets.protocol.studio import StripTile


class RunStrip(WiroWidget):
    """A part of `wiro_widgets.Studio`.

    Args:
        compare: Sets the ticked runs side by side.
    """

    _esm = front_end("run_strip.js")
    _css = front_end("run_strip.css")

    selected = traitlets.List(traitlets.Unicode(), help="Keys of the ticked runs").tag(sync=True)
    current = traitlets.Unicode("", help="Key of the run that is shown").tag(sync=True)
    _tiles: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(self, compare: Callable[[], object]) -> None:
        super().__init__()
        self._compare = compare

    def show(self, tiles: list[StripTile]) -> None:
        """What to show, newest first."""
        with self._write_lock:
            self._tiles = [dict(tile) for tile in tiles]

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if content.get("type") == "compare":
            self._compare()
            self.send({"id": request, "type": "ok"})
        else:
            super()._answer(request, content, buffers)
