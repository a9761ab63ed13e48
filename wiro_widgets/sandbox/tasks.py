"""All tasks, in memory and written down at every change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .task import Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .store import Store

FIRST_ID = 534574


class Tasks:
    """Every accepted task, by id and by token."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[int, Task] = {}
        self._by_token: dict[str, Task] = {}
        for body in store.load("task"):
            self._enter(Task.from_json(body))
        self._next = max(self._by_id, default=FIRST_ID - 1) + 1

    def _enter(self, task: Task) -> None:
        self._by_id[task.id] = task
        self._by_token[task.socketaccesstoken] = task

    def next_id(self) -> int:
        """A task id never given before."""
        self._next += 1
        return self._next - 1

    def add(self, task: Task) -> None:
        """Accept a task: when this returns, it survives the death of the server."""
        self.save(task)
        self._enter(task)

    def save(self, task: Task) -> None:
        """Write a task down as it is now."""
        self._store.save("task", str(task.id), task.to_json())

    def find(self, *, taskid: str = "", token: str = "") -> Task | None:
        """The task with that token or, without one, with that id."""
        if token:
            return self._by_token.get(token)
        return self._by_id.get(int(taskid)) if re.fullmatch("[0-9]{1,18}", taskid) else None

    def of(self, uuid: str) -> list[Task]:
        """The tasks of one account, oldest first."""
        return [task for task in self._by_id.values() if task.uuid == uuid]

    def unfinished(self) -> Iterable[Task]:
        """The tasks that something will still happen to."""
        return [task for task in self._by_id.values() if not task.is_over]
