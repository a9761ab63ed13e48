"""The first frames of runs, each a widget of its own that views refer to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from wiro_widgets.widgets.front_end import SavedWhole, ends_with_a_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

_reference = anywidget.WidgetTrait().metadata["to_json"]


class Poster(SavedWhole):
    """The first frame of a run, which all views of it and of runs like it show."""

    _esm = "export default {}"

    url = traitlets.Unicode(help="A ``data:`` URL").tag(sync=True)

    _shared: ClassVar[dict[str, Poster]] = {}
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, **traits: Any) -> None:
        self._views = 0
        super().__init__(**traits)

    @classmethod
    def of(cls, url: str) -> Poster:
        """The one of that picture, for a view that calls `release` when it needs it no more."""
        with cls._sharing:
            poster = cls._shared.get(url)
            # One that is closed was closed by `Widget.close_all`.
            if poster is None or poster.comm is None or ends_with_a_cell(poster.comm):
                poster = cls._shared[url] = cls(url=url)
            poster._views += 1
            return poster

    def release(self) -> None:
        """Close it with its last view."""
        with self._sharing:
            self._views -= 1
            if self._views:
                return
            if self._shared.get(self.url) is self:
                del self._shared[self.url]
        self.close()


def references(posters: Mapping[str, Poster], widget: Any) -> dict[str, str]:
    """Posters as they are sent in a trait of a widget; the ``to_json`` of that trait."""
    return {name: _reference(poster, widget) for name, poster in posters.items()}
