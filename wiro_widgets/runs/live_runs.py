"""The runs of a session that exist as objects, and the one place where their states change."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from wiro_widgets.errors import LibraryError
from wiro_widgets.runs.run import Run
from wiro_widgets.runs.workers import Notifier, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.library.records import Record
    from wiro_widgets.runs.run import RunControl
    from wiro_widgets.runs.state import RunState

_logger = logging.getLogger("wiro_widgets.runs")
_WRITE_AGAIN_SECONDS = 3.0


class LiveRuns:
    """One object per run, however often it is asked for, and its newest state.

    Its lock guards plain data only: nothing is read, written, sent or told while it is held.
    """

    def __init__(self, control: RunControl) -> None:
        self._control = control
        self._lock = threading.Lock()
        self._runs: WeakValueDictionary[int, Run] = WeakValueDictionary()
        # Runs under way live on when nobody else holds them.
        self._under_way: dict[int, Run] = {}
        self._notifier = Notifier()
        self._schedule = Schedule()
        # What is to be written of each run, oldest first: mostly nothing.
        self._unwritten: dict[int, list[Callable[[], object]]] = {}
        # Those of which something could not be written.
        self._failing: set[int] = set()

    def get_or_add(self, record: Record, state: RunState) -> Run:
        """The object of a record; made in the given state when there is none yet."""
        made = Run(record, state, self._control)
        with self._lock:
            run = self._runs.get(record.number)
            if run is None:
                run = self._runs[record.number] = made
            return run

    def find(self, number: int) -> Run | None:
        """The object of a run, None when nobody holds one."""
        with self._lock:
            return self._runs.get(number)

    def record(self, run: Run) -> Record:
        """The record that a run was made of, its request with the schema it is sent by."""
        return run._record

    def update_record(self, run: Run, record: Record) -> None:
        """Take a newer record of a run, e.g. one whose request has a schema."""
        run._record = record

    def state(self, run: Run) -> RunState:
        """The newest state."""
        return run._state

    def move(self, run: Run, step: Callable[[RunState], RunState]) -> RunState:
        """Replace a run's state, wake those who wait for its end, and have its observers told."""
        with self._lock:
            state = step(run._state)
            if state.over:
                self._under_way.pop(run.number, None)
            else:
                self._under_way[run.number] = run
            run._advance(state)
        self.changed(run)
        return state

    def changed(self, run: Run) -> None:
        """Have the observers of a run told that something has changed, when it has any."""
        if run._observed:
            self._notifier.notify(run.number, run._notify)

    def under_way(self) -> list[Run]:
        """The runs of which more will come."""
        with self._lock:
            return list(self._under_way.values())

    def write(self, run: Run, write: Callable[[], object], what: str) -> Exception | None:
        """Write something down about a run; what fails is logged and tried again until it works.

        Args:
            run: Which.
            write: Writes it. Writing twice must do no harm.
            what: What there is to write, for the log; ids only.

        Returns:
            Why it is not written down yet, None when it is.
        """
        with self._lock:
            self._unwritten.setdefault(run.number, []).append(write)
        error = self._write_all(run.number)
        if error is not None:
            with self._lock:
                self._failing.add(run.number)
            _logger.warning(
                "Run %d %s, which could not be written down yet: %s", run.number, what, error
            )
            self._schedule.after(_WRITE_AGAIN_SECONDS, self._keep_writing)
        return error

    def write_again(self) -> None:
        """Try to write what could not be written before."""
        with self._lock:
            numbers = list(self._failing)
        for number in numbers:
            if self._write_all(number) is None:
                with self._lock:
                    self._failing.discard(number)
                _logger.warning("Run %d is written down now", number)
                run = self.find(number)
                if run is not None and isinstance(run._state.failure, LibraryError):
                    self.move(run, lambda state: state.changed(failure=None, problem=None))

    def close(self) -> None:
        """Write nothing more."""
        self._schedule.close()

    def _write_all(self, number: int) -> Exception | None:
        """Write all that there is of a run, in its order; the fault that ended it."""
        while True:
            with self._lock:
                waiting = self._unwritten.get(number)
                if not waiting:
                    self._unwritten.pop(number, None)
                    return None
                write = waiting[0]
            try:
                write()
            except Exception as error:  # noqa: BLE001 - a task that was paid for hangs on it
                return error
            with self._lock:
                if waiting and waiting[0] is write:
                    waiting.pop(0)

    def _keep_writing(self) -> None:
        self.write_again()
        with self._lock:
            left = bool(self._failing)
        if left:
            self._schedule.after(_WRITE_AGAIN_SECONDS, self._keep_writing)
