"""Doing something soon, and once for however many asked for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Throttle:
    """Calls `work` shortly after it was asked for, at most once per `seconds`.

    Args:
        work: What to do, on a thread of its own; must not raise.
        seconds: How long requests are gathered.
    """

    def __init__(self, work: Callable[[], None], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def ask(self) -> None:
        """Have the work done soon."""
        with self._lock:
            if self._timer is None:
                # A thread only while there is something to do: an idle grid has none.
                self._timer = threading.Timer(self._seconds, self._run)
                self._timer.daemon = True
                self._timer.start()

    def cancel(self) -> None:
        """Forget what was asked for."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _run(self) -> None:
        with self._lock:
            # First, so that what is asked for during the work is done after it.
            self._timer = None
        self._work()
