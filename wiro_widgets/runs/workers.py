"""Threads for a runner: small pools for work that waits, a schedule, a notifier for observers.

All of them are daemons that start when there is something to do and end when there is not: an
interpreter that exits never waits for a download, nor for an observer.

Locks are entered as plain `threading.Lock`, beside their conditions: entering a condition is a
function of Python, and an interrupt just before it returns would leave the lock held for ever.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import SessionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_logger = logging.getLogger("wiro_widgets.runs")
_IDLE_SECONDS = 10.0
_NOTIFY_SECONDS = 0.05
"""Least time between two notifications of one run."""
_MOST_NOTIFIERS = 8


class WorkerPool:
    """Does work on at most `size` daemon threads, oldest first.

    Args:
        name: For the threads' names.
        size: How many at most.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._work: queue.SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]]] = (
            queue.SimpleQueue()
        )
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0
        self._done = threading.Condition(self._lock)
        self._closed = False

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do some work soon. What it raises is logged.

        Raises:
            SessionClosed: The pool takes no more work.
        """
        with self._lock:
            if self._closed:
                raise SessionClosed("This session is closed.")
            self._unfinished += 1
            self._work.put((work, arguments))
            if self._threads < min(self._size, self._unfinished):
                self._threads += 1
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()

    def close(self) -> None:
        """Take no more work; what has begun goes on, what has not is dropped."""
        with self._lock:
            self._closed = True
            while not self._work.empty():
                self._work.get()
                self._unfinished -= 1
            self._done.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until all work is done, but no longer than some seconds."""
        with self._lock:
            self._done.wait_for(lambda: not self._unfinished, seconds)

    def _serve(self) -> None:
        while True:
            try:
                work, arguments = self._work.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._threads -= 1
                        return
                continue
            try:
                work(*arguments)
            except Exception:
                _logger.exception("%s failed", getattr(work, "__name__", "work"))
            finally:
                # Or an idle thread would keep the last run alive.
                del work, arguments
                with self._lock:
                    self._unfinished -= 1
                    self._done.notify_all()


class Notifier:
    """Tells observers about changes, each subject's in order and at most every 50 ms.

    Observers are the user's code and may take long: while one does, another thread serves the
    other subjects, so that it delays nobody but its own subject.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._pending: dict[Hashable, Callable[[], None]] = {}
        self._busy: set[Hashable] = set()
        self._not_before: dict[Hashable, float] = {}
        self._idle = 0
        self._threads = 0

    def notify(self, subject: Hashable, tell: Callable[[], None]) -> None:
        """Have `tell` called soon, once for however many changes came meanwhile."""
        with self._lock:
            self._pending[subject] = tell
            if self._idle:
                self._changed.notify()
            elif self._threads < _MOST_NOTIFIERS:
                self._threads += 1
                threading.Thread(target=self._serve, name="wiro-notify", daemon=True).start()

    def _serve(self) -> None:
        while (found := self._next()) is not None:
            subject, tell = found
            try:
                tell()
            except Exception:
                _logger.exception("A notification failed")
            with self._lock:
                self._busy.discard(subject)
                self._not_before[subject] = time.monotonic() + _NOTIFY_SECONDS
                if subject in self._pending:
                    self._changed.notify()
            del found, subject, tell

    def _next(self) -> tuple[Hashable, Callable[[], None]] | None:
        """The next subject to tell about; None when there was nothing for a while."""
        with self._lock:
            deadline = time.monotonic() + _IDLE_SECONDS
            while True:
                now = time.monotonic()
                due = deadline
                for subject in self._pending:
                    if subject in self._busy:
                        continue
                    at = self._not_before.get(subject, 0.0)
                    if at <= now:
                        self._busy.add(subject)
                        return subject, self._pending.pop(subject)
                    due = min(due, at)
                if now >= deadline and not self._pending:
                    self._threads -= 1
                    if not self._threads:
                        self._not_before.clear()
                    return None
                self._idle += 1
                self._changed.wait(max(0.0, due - now) or _IDLE_SECONDS)
                self._idle -= 1


class Schedule:
    """Calls functions later, on one daemon thread that lives while something is due.

    What is called must be quick: it hands the work to a pool.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._running = False
        self._closed = False

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call a function once after some seconds; nothing after `close`."""
        with self._lock:
            if self._closed:
                return
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), call))
            self._changed.notify()
            if not self._running:
                self._running = True
                threading.Thread(target=self._serve, name="wiro-schedule", daemon=True).start()

    def close(self) -> None:
        """Forget everything that is due."""
        with self._lock:
            self._closed = True
            self._due.clear()
            self._changed.notify()

    def _serve(self) -> None:
        while (call := self._next()) is not None:
            try:
                call()
            except SessionClosed:  # noqa: PERF203 - one call's fault must not end the others
                pass  # nothing is due any more
            except Exception:
                _logger.exception("Scheduled work failed")

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            while self._due:
                pause = self._due[0][0] - time.monotonic()
                if pause <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(pause)
            self._running = False
            return None
