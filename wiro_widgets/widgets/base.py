"""What every widget here shares: its built front end, errors in the open, messages answered."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from wiro_widgets.errors import WiroError

if TYPE_CHECKING:
    from collections.abc import Sequence

_STATIC = Path(__file__).parent / "static"
_logger = logging.getLogger("wiro_widgets.widgets")


def front_end(file: str) -> str:
    """The text of a built front-end file.

    Not its path: anywidget watches paths, and would keep every widget alive that was ever made.

    Args:
        file: Name within ``static/``, e.g. ``player.js``.

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


class WiroWidget(anywidget.AnyWidget):
    """A widget whose faults are seen and whose browser always gets an answer.

    An exception in a message handler or an observer would only reach the host's console; here
    it stands in `error` and in the view.
    """

    error = traitlets.Unicode(None, allow_none=True, help="What went wrong here").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        # Runs report from the runner's thread, messages come on the kernel's threads.
        self._write_lock = threading.RLock()
        super().__init__(**traits)
        self.on_msg(self._receive)

    def _receive(self, _: object, content: Any, buffers: Sequence[memoryview]) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        try:
            self._answer(content["id"], content, buffers)
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            self.send({"id": content["id"], "type": "error", "message": self._complain(error)})

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        """Do what the browser asks; unknown requests are ignored."""

    def _complain(self, error: Exception) -> str:
        """Log a fault, show it, and return what is shown."""
        _logger.error("%s failed", type(self).__name__, exc_info=error)
        # Our own errors are sentences for the person; others need their name to be looked up.
        text = str(error) if isinstance(error, WiroError) else f"{type(error).__name__}: {error}"
        with self._write_lock:
            self.error = text
        return text
