"""What runs in the browser: all of it once per kernel, and a stub that each widget carries."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget

if TYPE_CHECKING:
    from collections.abc import Callable

_STATIC = Path(__file__).parent / "static"


def read_static(file: str) -> str:
    """The text of a built front-end file.

    Not its path: anywidget watches paths, and would keep every widget alive that was ever made.

    Args:
        file: Name within ``static/``, e.g. ``stub.js``.

    Raises:
        ImportError: The front end was not built; only in a source checkout.
    """
    path = _STATIC / file
    if not path.is_file():
        raise ImportError(
            f"{path.name} is missing: the front end is not built. "
            "Run `npm --prefix js install` and `npm --prefix js run build` in the checkout."
        )
    return path.read_text("utf-8")


class SavedWhole(anywidget.AnyWidget):
    """A widget whose saved state is complete.

    `ipywidgets.embed` leaves out what equals the default, unless it is told not to; the page
    knows none of our defaults, and to anywidget the code itself is one.
    """

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:  # noqa: ARG002
        """The synced traits, or those of some names."""
        return super().get_state(key)


class FrontEnd(SavedWhole):
    """Every view and the style sheet; never displayed itself."""

    _esm = read_static("front_end.js")

    _shared: ClassVar[FrontEnd | None] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def current(cls) -> FrontEnd:
        """The one of this kernel, made when there is none or when it was closed."""
        with cls._making:
            made = cls._shared
            if made is None or made.comm is None or ends_with_a_cell(made.comm):
                made = cls._shared = cls()
            return made

    @classmethod
    def code(cls) -> bytes:
        """The module, for a page that cannot see the model."""
        return cls._esm.encode()


def ends_with_a_cell(comm: object) -> bool:
    """Whether the host closes a widget once the cell that made it runs again, as marimo does.

    One process may also serve several people there. A front end for each widget costs nothing
    more: marimo sends equal code once.
    """
    return getattr(comm, "kernel", None) == "marimo"


def current_cell() -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """What to make later widgets in, so that they belong to the cell that runs now.

    marimo refuses a widget that is made while no cell runs, as in a callback of the browser, and
    has no public way to name the cell. Other hosts, and a marimo that has changed, need nothing.
    """
    runtime: Any = sys.modules.get("marimo._runtime.context")
    try:
        running = runtime and runtime.safe_get_context()
        if not running or running.cell_id is None:
            return contextlib.nullcontext
        return functools.partial(running.with_cell_id, running.cell_id)
    except AttributeError:
        return contextlib.nullcontext
