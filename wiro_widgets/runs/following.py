"""Following tasks at the service."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from wiro_widgets.client.transport import no_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import Submission, TaskEvent, WiroClient
    from wiro_widgets.runs.run import Run

_logger = logging.getLogger("wiro_widgets.runs")


class Follower:
    """Hears of many tasks over one socket, on one thread that starts with the first of them.

    Args:
        client: Talks to the service.
        on_event: Called with each event of a run; must be quick.
        on_fault: Called when `on_event` failed, so that the fault ends that run alone.
    """

    def __init__(
        self,
        client: WiroClient,
        on_event: Callable[[Run, TaskEvent], None],
        on_fault: Callable[[Run, Exception], None],
    ) -> None:
        self._client = client
        self._on_event = on_event
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._watch = client.watch()
        self._runs: dict[str, Run] = {}
        self._started = False
        self._closed = False

    def follow(self, run: Run, submission: Submission) -> None:
        """Start to follow a task."""
        with self._lock:
            if self._closed:
                return
            self._runs[submission.task_id] = run
            starting, self._started = not self._started, True
        if starting:
            threading.Thread(target=self._serve, name="wiro-follow", daemon=True).start()
        self._watch.add(submission)

    def close(self) -> None:
        """Stop following; the tasks go on."""
        with self._lock:
            self._closed = True
            self._runs.clear()
        self._watch.close()

    def _serve(self) -> None:
        try:
            for event in self._watch:
                self._handle(event)
        except Exception as failure:
            error = failure
            if isinstance(failure, OSError):
                # Not of a connection, which is opened again, but of this computer.
                error = no_room(failure)
                _logger.warning("Following tasks failed: %s", error)
            else:
                _logger.exception("Following tasks failed")
            with self._lock:
                left, self._runs = list(self._runs.values()), {}
                self._watch, self._started = self._client.watch(), False
            for run in left:
                self._on_fault(run, error)

    def _handle(self, event: TaskEvent) -> None:
        last = event.terminal or event.error is not None
        with self._lock:
            run = self._runs.pop(event.task_id, None) if last else self._runs.get(event.task_id)
        if run is None:
            return
        try:
            self._on_event(run, event)
        except Exception as error:
            _logger.exception("An event of run %d could not be taken in", run.number)
            self._on_fault(run, error)
