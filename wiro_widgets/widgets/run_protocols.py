"""What the widgets need of a `wiro_widgets.Run`, so that they can show anything like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wiro_widgets.library.ratings import Judgment
    from wiro_widgets.library.request import RunRequest


class RunLike(Protocol):
    """What a view needs of a `wiro_widgets.Run`."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """Its state, a `RunSnapshot`."""

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler` when the trait `names` changes, on whatever thread changes it."""

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Stop that."""

    def stop(self) -> None:
        """Ask the service to stop; returns at once."""

    def clip_path(self, index: int) -> Path | None:
        """The file of an output, or None when it is not on this disk."""

    def bring(self, then: Callable[[BaseException | None], None]) -> bool:
        """Fetch its clip from where another computer put it; False if none did."""

    def look_again(self) -> None:
        """Look for it at the service, or fetch its clip, once more; returns at once."""

    def choose(self, task_id: str) -> None:
        """Say which of the candidates is its task; returns at once."""

    def send_again(self) -> RunLike:
        """Send its request as a new run; returns at once."""


class GridRun(RunLike, Protocol):
    """What the grid needs of a `wiro_widgets.Run`."""

    @property
    def request(self) -> RunRequest:
        """What was asked for."""

    @property
    def judgment(self) -> Judgment:
        """What a person thinks of it."""

    def judge(self, **changes: Any) -> Any:
        """Keep some fields of a judgment with the run."""
