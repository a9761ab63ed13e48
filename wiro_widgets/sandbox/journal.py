"""Every change of a task: first written down, then told to those who listen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from . import stages

if TYPE_CHECKING:
    from .sockets import Hub
    from .task import Task
    from .tasks import Tasks


class Journal:
    """The only place that changes a task's status or log."""

    def __init__(self, tasks: Tasks, hub: Hub) -> None:
        self._tasks = tasks
        self._hub = hub

    def enter(self, task: Task, status: str, *, field: str = "", message: Any = "") -> None:
        """Enter a stage, noting the time in the field that has it."""
        arrived = task.status != status
        task.status = status
        if field:
            task.times[field] = time.time()
        self._tasks.save(task)
        self._hub.publish(task, status, message)
        if arrived and status in task.trials.drops:
            self._hub.drop_listeners(task)

    def print(self, task: Task, line: str) -> None:
        """Print a line of log, which is a status of its own."""
        task.debugoutput += f"{line}\n"
        self.enter(task, stages.OUTPUT, message=line)

    def complain(self, task: Task, line: str) -> None:
        """Print a line on the error output; it does not mean that the task failed."""
        task.debugerror += f"{line}\n"
        self.enter(task, stages.ERROR, message=line)

    def tell(self, task: Task, status: str, message: Any) -> None:
        """Send a frame that changes nothing."""
        self._hub.publish(task, status, message)
