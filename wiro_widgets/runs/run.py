"""One run, as a person holds it: live traits to observe, a clip to play, a way to stop."""

from __future__ import annotations

import logging
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Dict, Float, HasTraits, Instance, List, Unicode

from wiro_widgets.client import WaitTimeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wiro_widgets.client import Output
    from wiro_widgets.runs.facts import Facts
    from wiro_widgets.runs.judgment import Judgment
    from wiro_widgets.runs.library import Library
    from wiro_widgets.runs.request import RunRequest
    from wiro_widgets.runs.runner import Runner

_logger = logging.getLogger("wiro_widgets.runs")


class Run(HasTraits):
    """A request that was sent, and everything heard of it since.

    Made by `wiro_widgets.run`, which returns at once; the traits change as the service
    works. Observers are called on a worker thread. A run displays itself as a live view.

    Example:
        >>> run = ww.run("The gull lifts off", image="beach.jpg")
        >>> run.wait().video
        PosixPath('.../wiro-runs/clips/0001-the-gull-lifts-off.mp4')
    """

    status = Unicode("sending", help="A RunState: sending, running, succeeded, failed, ...")
    stage = Unicode(None, allow_none=True, help="The service's newest stage, e.g. task_start")
    stages: List[dict[str, Any]] = List(
        help="[{'name', 'at'}]: each stage and the unix time it began"
    )
    progress = Float(None, allow_none=True, help="0 to 1; None when the service gives no number")
    log = List(Unicode(), help="Every log line, oldest first")
    cost = Instance(Decimal, None, allow_none=True, help="USD; None while unknown")
    outputs: List[Output] = List(help="The service's output files, as client.Output")
    video = Instance("pathlib.Path", None, allow_none=True, help="The first clip on this disk")
    error = Unicode(None, allow_none=True, help="Why there is no clip, in words")
    snapshot = Dict(help="All of the above as one JSON object for views (RunSnapshot)")

    view: ClassVar[Callable[[Run], dict[str, Any]] | None] = None
    """How a run displays itself; `wiro_widgets.widgets` sets it, so that this room need not
    know of widgets."""

    def __init__(self, facts: Facts, runner: Runner) -> None:
        super().__init__()
        self.facts = facts
        """What is known of it; written by the runner only."""
        self._runner = runner
        self._ended = threading.Event()
        # Reentrant: an observer may ask for this very run again.
        self._publishing = threading.RLock()

    @property
    def number(self) -> int:
        """Counts up within the library."""
        return self.facts.record.number

    @property
    def name(self) -> str:
        """What to call it: "Run 12"."""
        return f"Run {self.number}"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: it has failed, was stopped, or its clip is here."""
        return self._ended.is_set()

    @property
    def key(self) -> str:
        """Identity within the library, e.g. ``r12``."""
        return f"r{self.number}"

    @property
    def request(self) -> RunRequest:
        """What was asked for."""
        return self.facts.record.request

    @property
    def prompt(self) -> str:
        """The prompt of the request."""
        return self.request.prompt

    @property
    def task_id(self) -> str | None:
        """The service's id; None until it accepted the run."""
        return self.facts.task_id

    @property
    def library(self) -> Library:
        """What keeps it, its clips and what you think of it."""
        return self._runner.library

    @property
    def judgment(self) -> Judgment:
        """What you think of it: ``starred``, ``rating``, ``tags`` and ``note``."""
        return self.library.judgment(self.number)

    def judge(self, **changes: Any) -> Judgment:
        """Keep what you think of it, beside the run; what is not named stays as it is.

        Args:
            **changes: ``starred=True``, ``rating=4`` (1 to 5; 0 takes it away),
                ``tags=["keep"]``, ``note="the light is right"``.

        Raises:
            InputError: A value is not allowed; nothing was changed.

        Example:
            >>> run.judge(starred=True, rating=4, tags=["keep"], note="the light is right")
        """
        return self._runner.judge(self, changes)

    def wait(self, timeout: float | None = None) -> Run:
        """Block until the run has ended and its clip is on this disk.

        Interrupting the cell ends the waiting, not the run.

        Args:
            timeout: Seconds; None waits as long as it takes.

        Returns:
            This run, so that ``run.wait().video`` reads well.

        Raises:
            WaitTimeout: It has not ended yet; it goes on, and so can the waiting.
            WiroError: It ended without a clip; the error says why and whether money was spent.
        """
        if not self.wait_ended(timeout):
            raise WaitTimeout(
                f"Run {self.number} has not ended after {timeout:g} s; it goes on.",
                task_id=self.task_id,
                remedy="Call wait() again, or stop() to end it.",
            )
        if self.facts.failure is not None:
            raise self.facts.failure
        return self

    def wait_ended(self, timeout: float | None = None) -> bool:
        """Block until nothing more will come, whatever came of it; False when the time is over."""
        return self._ended.wait(timeout)

    def stop(self) -> None:
        """Ask the service to stop; returns at once. `status` tells what came of it."""
        self._runner.stop(self)

    def clip_path(self, index: int) -> Path | None:
        """The file of one output on this disk, or None when it is not here (yet)."""
        files = self.facts.files
        return files[index] if 0 <= index < len(files) else None

    def __repr__(self) -> str:
        words = [f"Run {self.number}", self.request.model, self.status]
        if self.progress is not None and self.status == "running":
            words.append(f"{self.progress:.0%}")
        if self.error:
            words.append(self.error)
        if self.video:
            words.append(str(self.video))
        return f"<{' · '.join(words)}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        view = type(self).view
        return {"text/plain": repr(self)} if view is None else view(self)

    def publish(self, facts: Facts) -> None:
        """Show new facts; called by the runner alone."""
        with self._publishing:
            self._show(facts)

    def _show(self, facts: Facts) -> None:
        problem = facts.problem
        changes: dict[str, Any] = {
            "stage": facts.stage,
            "stages": facts.marks(),
            "progress": facts.progress,
            "log": list(facts.log),
            "cost": facts.cost,
            "outputs": list(facts.outputs),
            "video": facts.files[0] if facts.files else None,
            "error": None if problem is None else problem["title"],
            # Last, so that an observer of these two finds the others up to date.
            "status": facts.state,
            "snapshot": facts.snapshot(),
        }
        for name, value in changes.items():
            self._set(name, value)
        if facts.over:
            self._ended.set()
        else:
            self._ended.clear()

    def _set(self, name: str, value: object) -> None:
        try:
            self.set_trait(name, value)
        except Exception:
            # A user's observer failed: the run must go on, and the fault must be seen.
            _logger.exception("An observer of Run.%s failed", name)
