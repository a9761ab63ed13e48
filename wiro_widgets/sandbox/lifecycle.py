"""Moving every task through its stages, in real time."""

from __future__ import annotations

import asyncio
import logging
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from . import stages, trials
from .envelope import NOT_FOUND, Refusal
from .media import MediaShelf, content_type
from .process import Outcome, Processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .accounts import Accounts
    from .catalog import Catalog
    from .journal import Journal
    from .task import Task

_log = logging.getLogger(__name__)
_SUCCESS, _FAILURE = "0", "1"
_BEFORE_WORK = (stages.QUEUE, stages.ACCEPT)


class Lifecycle:
    """One asyncio task for each unfinished task of the service."""

    def __init__(
        self,
        *,
        speed: float,
        catalog: Catalog,
        accounts: Accounts,
        shelf: MediaShelf,
        journal: Journal,
        processes: Processes,
        base: str,
        announce: Callable[[Task], None],
    ) -> None:
        self._speed = speed
        self._catalog = catalog
        self._accounts = accounts
        self._shelf = shelf
        self._journal = journal
        self._processes = processes
        self._base = base
        self._announce = announce
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
        self._journal.enter(task, stages.CANCEL, field="canceltime")
        self._announce(task)

    def _moved(self, task: Task, done: asyncio.Task[None]) -> None:
        self._moving.pop(task.id, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("task %s met a defect of the sandbox", task.id, exc_info=error)
            self._finish(task, Outcome(f"sandbox defect: {type(error).__name__}"))

    async def _move(self, task: Task) -> None:
        model = self._catalog.find(*task.slug.split("/"))
        if model is None:
            # An earlier server, started with other flags, offered it.
            self._finish(task, Outcome("model is no longer offered"))
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
        self._keep(task, outcome)
        self._finish(task, outcome)

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

    def _keep(self, task: Task, outcome: Outcome) -> None:
        for index, file in enumerate(outcome.files):
            name = f"{index}{file.suffix}"
            media = self._shelf.keep(
                file,
                name=name,
                contenttype=content_type(name),
                uuid=task.uuid,
                parentid=task.outputfolderid,
                place="cdn1",
            )
            task.outputs.append(media.id)

    def _finish(self, task: Task, outcome: Outcome) -> None:
        """The terminal stage, good or bad: the status is the same, ``pexit`` differs."""
        task.times.setdefault("endtime", time.time())
        task.pexit = _FAILURE if outcome.failure else _SUCCESS
        model = self._catalog.find(*task.slug.split("/"))
        if model is not None and not outcome.failure:
            task.totalcost = f"{model.cost(task.values, task.elapsed):.12f}"
        outputs = [media for name in task.outputs if (media := self._shelf.get(name))]
        self._journal.enter(
            task,
            stages.POSTPROCESS_END,
            field="postprocessendtime",
            message=[media.wire(self._base) for media in outputs],
        )
        # After the end is written down: a server that dies in between forgets to charge,
        # the other way round it would charge twice.
        self._accounts.charge(task.uuid, Decimal(task.totalcost))
        self._announce(task)


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
