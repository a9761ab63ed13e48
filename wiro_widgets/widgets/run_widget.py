"""What the views of one run share: they follow it, stop it and serve its clips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from wiro_widgets.widgets.clip_server import ClipServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


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


class RunWidget(ClipServer):
    """A view of one run."""

    _snapshot = traitlets.Dict().tag(sync=True)
    # Apart, since it would weigh more than all the rest of a snapshot and never changes.
    _poster = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._run: RunLike | None = None
        super().__init__(**traits)

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

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if content.get("type") == "stop" and self._run is not None:
            self._run.stop()
            self.send({"id": request, "type": "ok"})
        else:
            super()._answer(request, content, buffers)

    def _media(self, run: str, index: int) -> Path | bytes | None:  # noqa: ARG002
        return self._run.clip_path(index) if self._run is not None else None
