"""What every widget here shares: its built front end, errors in the open, messages answered."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import anywidget
import traitlets

from wiro_widgets.widgets.transfer import Transfers

if TYPE_CHECKING:
    from collections.abc import Callable

_STATIC = Path(__file__).parent / "static"
_logger = logging.getLogger("wiro_widgets.widgets")


def front_end(file: str) -> Path:
    """The path of a built front-end file.

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
    return path


class RunLike(Protocol):
    """What a view needs of a `wiro_widgets.Run`."""

    snapshot: dict[str, Any]

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler` when the trait `names` changes, on whatever thread changes it."""

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Stop that."""

    def stop(self) -> None:
        """Ask the service to stop; returns at once."""

    def clip_path(self, index: int) -> Path | None:
        """The file of an output, or None when it is not on this disk."""


class WiroWidget(anywidget.AnyWidget):
    """A widget whose faults are seen and whose browser always gets an answer.

    An exception in a message handler or an observer would only reach the host's console; here
    it stands in `error` and in the view.
    """

    error = traitlets.Unicode(None, allow_none=True, help="What went wrong here").tag(sync=True)
    _snapshot = traitlets.Dict().tag(sync=True)
    # Apart, since it would weigh more than all the rest of a snapshot and never changes.
    _poster = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        # Snapshots come from the runner's thread, messages from the kernel's threads.
        self._write_lock = threading.RLock()
        self._run: RunLike | None = None
        self._transfers = Transfers()
        super().__init__(**traits)
        self.on_msg(self._receive)

    def close(self) -> None:
        """Close the widget and stop listening to the run."""
        self._follow(None)
        super().close()

    def _follow(self, run: RunLike | None) -> None:
        """Show `run` from now on; None shows no run."""
        if self._run is not None:
            self._run.unobserve(self._show_snapshot, "snapshot")
        self._run = run
        if run is not None:
            run.observe(self._show_snapshot, "snapshot")
        self._show_snapshot(None)

    def _show_snapshot(self, _: object) -> None:
        try:
            with self._write_lock:
                # Read under the lock: of two threads the later one then shows the newer state.
                snapshot = dict(self._run.snapshot) if self._run is not None else {}
                self._poster = snapshot.pop("poster", None)
                self._snapshot = snapshot
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._complain(error)

    def _receive(self, _: object, content: Any, __: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        try:
            self._answer(content["id"], content)
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            self.send({"id": content["id"], "type": "error", "message": self._complain(error)})

    def _answer(self, request: str, content: dict[str, Any]) -> None:
        """Do what the browser asks; unknown requests are ignored."""
        kind = content.get("type")
        if kind == "stop" and self._run is not None:
            self._run.stop()
            self.send({"id": request, "type": "ok"})
        elif kind == "media":
            self._send_media(request, content.get("clip"))
        elif kind == "ack":
            self._send_chunk(self._transfers.next(request))
        elif kind == "cancel_media":
            self._transfers.cancel(request)

    def _send_media(self, request: str, index: Any) -> None:
        media = self._media(index) if isinstance(index, int) else None
        if media is None:
            message = "The clip is not on this computer."
            self.send({"id": request, "type": "error", "message": message})
        else:
            self._send_chunk(self._transfers.start(request, media))

    def _send_chunk(self, chunk: tuple[Any, bytes] | None) -> None:
        if chunk is not None:
            self.send(chunk[0], buffers=[chunk[1]])

    def _media(self, index: int) -> Path | bytes | None:
        """Where the bytes of an output are; None when they are not here."""
        return self._run.clip_path(index) if self._run is not None else None

    def _complain(self, error: Exception) -> str:
        """Log a fault, show it, and return what is shown."""
        _logger.error("%s failed", type(self).__name__, exc_info=error)
        text = f"{type(error).__name__}: {error}"
        with self._write_lock:
            self.error = text
        return text
