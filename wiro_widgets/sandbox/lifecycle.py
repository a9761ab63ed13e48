"""Moving every task through its stages, in real time."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from . import stages, trials
from .envelope import NOT_FOUND, Refusal
from .process import Outcome, Processes

if TYPE_CHECKING:
    from .catalog import Catalog
    from .ending import Ending
    from .journal import Journal
    from .task import Task

_log = logging.getLogger(__name__)
_BEFORE_WORK = (stages.QUEUE, stages.ACCEPT)


class Lifecycle:
    """One asyncio task for each unfinished task of the service."""

    def __init__(
        self,
        *,
        speed: float,
        catalog: Catalog,
        journal: Journal,
        processes: Processes,
        ending: Ending,
    ) -> None:
        self._speed = speed
        self._catalog = catalog
        self._journal = journal
        self._processes = processes
        self._ending = ending
        self._moving: dict[int, asyncio.Task[None]] = {}

    @property
    def count(self) -> int:
        """How many tasks are unfinished."""
        return len(self._moving)

    def start(self, task: Task) -> None:
        """Begin moving a task, or go on where an earlier server left it."""
        moving = asyncio.create_task(self._move(task))
        self._moving[task.id] = moving
        moving.add_done_callback(lambda done: self._moved(task, done))

    def cancel(self, task: Task) -> None:
        """Task/Cancel: only until a slot is assigned.

        Raises:
            Refusal: When it is too late.
        """
        if task.status not in stages.CANCELLABLE:
            raise Refusal("Task is not in a cancellable state.", code=NOT_FOUND)
        self._stop(task)

    def kill(self, task: Task) -> None:
        """Task/Kill: from assignment to the end of the process.

        Raises:
            Refusal: When it is too early or too late.
        """
        if task.status not in stages.KILLABLE:
            raise Refusal("Task could not be killed: task is not running", code=NOT_FOUND)
        self._stop(task)

    async def close(self) -> None:
        """Stop moving tasks; they stay as they are, for the next server."""
        moving = list(self._moving.values())
        for one in moving:
            one.cancel()
        await asyncio.gather(*moving, return_exceptions=True)

    def _stop(self, task: Task) -> None:
        if moving := self._moving.pop(task.id, None):
            moving.cancel()
        self._ending.cancel(task)

    def _moved(self, task: Task, done: asyncio.Task[None]) -> None:
        self._moving.pop(task.id, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("task %s met a defect of the sandbox", task.id, exc_info=error)
            self._ending.finish(task, None, Outcome(f"sandbox defect: {type(error).__name__}"))

    async def _move(self, task: Task) -> None:
        model = self._catalog.find(*task.slug.split("/"))
        if model is None:
            # An earlier server, started with other flags, offered it.
            self._ending.finish(task, None, Outcome("model is no longer offered"))
            return
        work: asyncio.Task[Outcome] | None = None
        outcome = Outcome()
        try:
            for stage in _ahead(task):
                self._arrive(task, stage)
                if work is None and stage.status not in _BEFORE_WORK:
                    work = asyncio.create_task(self._processes.work(task, model))
                if work is not None and stage.status == stages.START:
                    outcome = await self._processes.run(task, model, work)
                else:
                    await self._dwell(task, stage)
        finally:
            if work is not None:
                work.cancel()
        self._ending.finish(task, model, outcome)

    def _arrive(self, task: Task, stage: stages.Stage) -> None:
        """Enter a stage, unless a restart finds the task in it already."""
        if stage.status == _stage_of(task):
            return
        if stage.status == stages.OUTPUT_FULL:
            self._journal.enter(task, stages.OUTPUT_FULL, message={"raw": task.debugoutput})
            if task.debugerror:
                self._journal.tell(task, stages.ERROR_FULL, {"raw": task.debugerror})
            return
        self._journal.enter(task, stage.status, field=stage.field)

    async def _dwell(self, task: Task, stage: stages.Stage) -> None:
        """Wait until a stage has lasted as long as it should, restarts included."""
        seconds = stage.seconds
        if stage.status == stages.QUEUE and trials.LONG_QUEUE in task.trials:
            seconds = trials.LONG_QUEUE_SECONDS
        begun = task.times.get(stage.field) or time.time()
        await asyncio.sleep(max(0.0, begun + seconds / self._speed - time.time()))


def _stage_of(task: Task) -> str:
    """The stage a task is in: log lines are statuses too, but belong to the process."""
    return stages.START if task.status in stages.RUNNING else task.status


def _ahead(task: Task) -> list[stages.Stage]:
    """The stages from the present one on, without the terminal one.

    A task that was past its process goes back to it: what the process made was not kept
    yet, and making it again gives the same bytes.
    """
    order = list(stages.ORDER[:-1])
    names = [stage.status for stage in order]
    return order[min(names.index(_stage_of(task)), names.index(stages.START)) :]
