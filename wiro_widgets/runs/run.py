"""One run as a person holds it: traits to observe, a clip to play, a way to stop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import queue
import threading
from typing import TYPE_CHECKING, Any, Protocol

import traitlets
from traitlets.utils.bunch import Bunch

from wiro_widgets.errors import WaitTimeout, short_traceback
from wiro_widgets.library.folder import is_stored_file
from wiro_widgets.library.records import STATUS_WORDS
from wiro_widgets.media.pictures import Picture, frame_of_clip
from wiro_widgets.schema.wording import model_words
from wiro_widgets.terminal import for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from wiro_widgets.library.library import Library
    from wiro_widgets.library.ratings import Judgment
    from wiro_widgets.library.records import Record
    from wiro_widgets.library.request import RunRequest
    from wiro_widgets.runs.state import Candidate, RunState

_logger = logging.getLogger("wiro_widgets.runs")

_TRAITS = (
    "stage",
    "stages",
    "progress",
    "log",
    "cost",
    "outputs",
    "video",
    "error",
    # Last, so that an observer of these two finds the others told.
    "status",
    "snapshot",
)


class RunControl(Protocol):
    """What a `Run` asks of whoever is at work on it."""

    library: Library

    def check_process(self, run: Run) -> None:
        """Refuse to wait where nobody tells of a run's end."""

    def stop(self, run: Run) -> None:
        """Stop a run, or have the service stop it."""

    def look_again(self, run: Run) -> None:
        """Go on with a run that was given up for now; never sends it."""

    def choose(self, run: Run, task_id: str) -> None:
        """Give a run the task that became of it."""

    def send_again(self, run: Run) -> Run:
        """Send the request of a run as a new one."""

    def changed(self, run: Run) -> None:
        """Tell the observers of a run that something about it has changed."""

    def poster(self, record: Record) -> str | None:
        """The first frame of a run as a small ``data:`` URL."""

    def addresses(self, state: RunState) -> list[str | None]:
        """For each output where a browser has it from, None for where the service says."""

    def bring(self, run: Run, then: Callable[[BaseException | None], None]) -> bool:
        """Fetch the clip of a run from where another computer put it; False if none did."""


def status_words(run: Run) -> str:
    """What a run is doing, as a table says it, with the reason when it waits."""
    waiting = run._state.waiting  # noqa: SLF001 - of this module
    return waiting.rstrip(".") if waiting else STATUS_WORDS[run.status]


class _StateTrait(traitlets.TraitType[Any, Any]):
    """A read-only trait whose value is that of the run's state at this moment.

    Observers are told of changes later, by `Run._notify`.
    """

    def __init__(self, help: str) -> None:  # noqa: A002 - traitlets' word
        super().__init__(read_only=True, help=help)

    def get(self, obj: Any, cls: Any = None) -> Any:  # noqa: ARG002 - traitlets' signature
        return obj._read(self.name)  # noqa: SLF001 - the trait is a part of its class

    def set(self, obj: Any, value: Any) -> None:  # noqa: ARG002 - traitlets' signature
        raise traitlets.TraitError(f"Run.{self.name} is read-only: the run itself changes it.")


class Run(traitlets.HasTraits):
    """A request for a clip, and everything known of it since.

    Made by `wiro_widgets.run`, which returns at once; the traits change as the service works.
    Observers are called on a worker thread, at most every 50 ms. A run displays itself as a live
    view.

    Example:
        >>> run = ww.run("The gull lifts off", image="beach.jpg")
        >>> run.wait().video
        PosixPath('.../wiro-runs/clips/0001-the-gull-lifts-off.mp4')
        >>> (await run).video  # the same; other cells' views go on meanwhile
    """

    status = _StateTrait(
        "queued, sending, unknown, running, downloading, succeeded, failed, cancelled or refused"
    )
    stage = _StateTrait("The service's newest stage, e.g. task_start")
    stages = _StateTrait("[{'name', 'at'}]: each stage and the unix time it began")
    progress = _StateTrait("0 to 1; None when the service gives no number")
    log = _StateTrait("Every log line, oldest first")
    cost = _StateTrait("USD as a Decimal; None while unknown")
    outputs = _StateTrait("The service's output files, as client.Output")
    video = _StateTrait("The first clip on this disk, None when it is not here")
    error = _StateTrait("Why there is no clip, in a few words")
    snapshot = _StateTrait("All of it as one JSON object for views, a RunSnapshot")

    def __init__(self, record: Record, state: RunState, control: RunControl) -> None:
        super().__init__()
        self._record = record
        self._state: RunState = state
        self._control = control
        self._lock = threading.Lock()
        self._over = threading.Condition(self._lock)
        self._waiting: list[Callable[[], None]] = []
        self._told = state
        self._observed = False
        self._judgment: Judgment | None = None

    def as_picture(self, field: str = "image") -> Picture:
        """The last frame of its clip: a run may be given wherever an image may.

        Raises:
            InputError: Its clip is not on this disk or has no frames, or PyAV is not installed.
            WiroError: Its clip is on another computer and could not be fetched.
        """
        words = f"{self.name} ({status_words(self)})"
        if self.clip_path(0) is None:
            brought: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
            # A session that is closed says so to whoever waits.
            if self.bring(brought.put) and (failure := brought.get()) is not None:
                raise failure
        return frame_of_clip(self.clip_path(0), words, field)

    @property
    def number(self) -> int:
        """Counts up within the library."""
        return self._record.number

    @property
    def name(self) -> str:
        """For display: "Run 12"."""
        return f"Run {self.number}"

    @property
    def key(self) -> str:
        """Identity within the library, e.g. ``r12``."""
        return f"r{self.number}"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: it has failed, was stopped, or its clip is here."""
        return self._state.over

    @property
    def request(self) -> RunRequest:
        """What was asked for."""
        return self._record.request

    @property
    def prompt(self) -> str:
        """The prompt of the request."""
        return self.request.prompt

    @property
    def task_id(self) -> str | None:
        """The service's id; None until it accepted the run."""
        return self._state.task_id

    @property
    def videos(self) -> list[Path]:
        """All output files on this disk, in the service's order."""
        return [path for path in self._state.files if path is not None]

    @property
    def notice(self) -> str | None:
        """Something to know that is no failure, as a sentence: why it waits, for example."""
        return self._state.waiting or self._state.notice

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Tasks that may be this run, when its answer was lost and nobody can tell; `choose` one.

        Each is a dict of ``task_id``, ``created`` (unix time) and ``url`` of its clip.
        """
        return self._state.candidates

    @property
    def library(self) -> Library:
        """What keeps the run, its clips and its rating."""
        return self._control.library

    @property
    def judgment(self) -> Judgment:
        """Your rating: ``starred``, ``rating``, ``tags`` and ``note``."""
        if self._judgment is None:
            self._judgment = self.library.judgment(self.number)
        return self._judgment

    def observe(
        self,
        handler: Callable[[Any], None],
        names: Any = traitlets.All,
        type: Any = "change",  # noqa: A002 - traitlets' word
    ) -> None:
        """Have a function called on a worker thread when traits change; see `traitlets`."""
        first, seen = not self._observed, self._state
        if first:
            # Before, nobody was told: what has changed since is no news.
            self._told, self._observed = seen, True
        super().observe(handler, names, type)
        if first and self._state is not seen:
            # It may have been told while there was nobody yet to hear it.
            self._told = seen
            self._control.changed(self)

    @short_traceback
    def judge(self, **changes: Any) -> Judgment:
        """Rate the run; what is not named stays as it is.

        Args:
            **changes: ``starred=True``, ``rating=4`` (1 to 5; 0 takes it away),
                ``tags=["keep"]``, ``note="the light is right"``.

        Raises:
            InputError: A value is not allowed; nothing was changed.

        Example:
            >>> run.judge(starred=True, rating=4, tags=["keep"], note="the light is right")
        """
        self._judgment = self.library.judge(self.number, **changes)
        self._control.changed(self)
        return self._judgment

    @short_traceback
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
        self._control.check_process(self)
        with self._lock:
            over = self._over.wait_for(lambda: self._state.over, timeout)
        if not over:
            raise WaitTimeout(
                f"Run {self.number} has not ended after {timeout:g} s. It goes on.",
                task_id=self.task_id,
                remedy="Call wait() again, or stop() to end it.",
            )
        return self._result()

    def __await__(self) -> Generator[Any, None, Run]:
        """Wait without blocking the kernel; raises what `wait` raises."""
        return self._until_over().__await__()

    async def _until_over(self) -> Run:
        self._control.check_process(self)
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not over.done():
                over.set_result(None)

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there
                loop.call_soon_threadsafe(finish)

        self._waiting.append(wake)
        try:
            if not self._state.over:
                await over
        finally:
            self._waiting.remove(wake)
        return self._result()

    def _result(self) -> Run:
        if self._state.failure is not None:
            # Whoever waits raises the same error: without the frames of those who did before.
            raise self._state.failure.with_traceback(None)
        return self

    @short_traceback
    def stop(self) -> None:
        """Stop the run; returns at once. `status` shows the outcome.

        What was not sent yet is withdrawn. The service may charge a run that was stopped while it
        ran; `cost` is None until the service states it.

        Raises:
            SessionClosed: The session that followed it was closed.
        """
        self._control.stop(self)

    @short_traceback
    def look_again(self) -> None:
        """Go on with a run that was given up for now; returns at once and costs nothing.

        A run whose answer was lost is looked for at the service again, a clip that could not be
        fetched is fetched again, a task that could not be followed is followed on.
        """
        self._control.look_again(self)

    @short_traceback
    def choose(self, task_id: str) -> None:
        """Say which of `candidates` this run became.

        Raises:
            InputError: It is not one of them, or another run has it.
        """
        self._control.choose(self, task_id)

    @short_traceback
    def send_again(self) -> Run:
        """Try again: send the same request as a new run, which is paid for.

        For a run that failed, was refused or was stopped, and for one whose answer was lost, where
        it may pay twice. When it was sent again before, that run is returned and nothing is sent.

        Raises:
            InputError: The run has a clip, or may still get one. Nothing was sent.
            WiroError: It could not be sent.
        """
        return self._control.send_again(self)

    def clip_path(self, index: int) -> Path | None:
        """The file of one output on this disk, or None when it is not here (yet)."""
        files = self._state.files
        path = files[index] if 0 <= index < len(files) else None
        return path if is_stored_file(path) else None

    def bring(self, then: Callable[[BaseException | None], None]) -> bool:
        """Fetch its clip from where another computer put it; False if none did.

        `then` is called on a worker thread with why that failed, None when it is on this disk.
        """
        return self._control.bring(self, then)

    def __repr__(self) -> str:
        words = [f"Run {self.number}", model_words(self.request.model), status_words(self)]
        if self.progress is not None and self.status == "running":
            words.append(f"{self.progress:.0%}")
        if self.error:
            words.append(self.error)
        if self.video:
            words.append(str(self.video))
        return for_terminal(f"<{' · '.join(words)}>")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # By name and when it is displayed only: widgets are built on runs, not runs on widgets.
        views = importlib.import_module("wiro_widgets.widgets.run_views")
        bundle: dict[str, Any] = views.display_of(self)
        return bundle

    def _read(self, name: str, state: RunState | None = None) -> Any:
        """The value of a trait in a state, by default at this moment."""
        state = state or self._state
        if name == "snapshot":
            poster = self._control.poster(self._record)
            return state.snapshot(self._record, poster, self._control.addresses(state))
        if name == "error":
            return None if state.problem is None else state.problem["title"]
        if name == "video":
            return state.files[0] if state.files else None
        value = getattr(state, name)
        return list(value) if isinstance(value, tuple) else value

    def _advance(self, state: RunState) -> None:
        """Take a newer state and wake whoever waits; called by the runner, one thread at a time."""
        with self._lock:
            self._state = state
            if state.over:
                self._over.notify_all()
        if state.over:
            for wake in list(self._waiting):
                wake()

    def _notify(self) -> None:
        """Tell observers what has changed since they were told last; called by one thread."""
        before, now = self._told, self._state
        self._told = now
        for name in _TRAITS:
            old, new = self._read(name, before), self._read(name, now)
            if name == "snapshot" or old != new:
                self._notify_of(name, old, new)

    def _notify_of(self, name: str, old: object, new: object) -> None:
        try:
            self.notify_change(Bunch(name=name, old=old, new=new, owner=self, type="change"))
        except Exception:
            # A user's observer failed: the run must go on, and the fault must be seen.
            _logger.exception("An observer of Run.%s failed", name)
