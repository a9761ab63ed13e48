"""Short outages of single tasks, for the test prompt that asks for one."""

from __future__ import annotations

from collections import Counter

from .trials import BURST_LENGTH


class Bursts:
    """Counts how often a task has been asked about."""

    def __init__(self) -> None:
        self._asked: Counter[int] = Counter()

    def refuses(self, task_id: int) -> bool:
        """Whether this question falls into the outage."""
        self._asked[task_id] += 1
        return self._asked[task_id] <= BURST_LENGTH
