"""No process is forked while a thread of it is within SQLite.

SQLite has locks for the whole process. A copy of the process that is made while another thread
holds one has that lock held for ever, and hangs at its first use of any SQLite file.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 5.0
"""Seconds a fork waits for the threads that are within SQLite; one may wait for a slow disk."""


class ForkGate:
    """Either forks or uses of SQLite, and any number of uses at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._inside: dict[int, int] = {}
        self._forking = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before, after_in_parent=self._after, after_in_child=self._in_child
            )

    @contextmanager
    def use(self) -> Iterator[None]:
        """While this is entered, nothing is forked but by this thread."""
        me = threading.get_ident()
        with self._lock:
            if me not in self._inside:
                self._changed.wait_for(lambda: not self._forking, _PATIENCE)
            self._inside[me] = self._inside.get(me, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[me] -= 1
                if not self._inside[me]:
                    del self._inside[me]
                    self._changed.notify_all()

    def _before(self) -> None:
        self._lock.acquire()
        self._forking = True
        me = threading.get_ident()
        self._changed.wait_for(lambda: self._inside.keys() <= {me}, _PATIENCE)

    def _after(self) -> None:
        self._forking = False
        self._changed.notify_all()
        self._lock.release()

    def _in_child(self) -> None:
        me = threading.get_ident()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._inside = {thread: uses for thread, uses in self._inside.items() if thread == me}
        self._forking = False


FORK_GATE = ForkGate()
"""The one of this process."""
