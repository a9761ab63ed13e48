"""Moving every task through its stages in real time, up to its outputs and its cost."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from . import scenarios
from .events import output_list, progress
from .messages import NOT_FOUND, Refusal
from .render.job import Picture, jobs_for
from .render.pool import RenderError
from .task import CANCELLABLE, KILLABLE, RUNNING, STAGES, Stage, Status
from .validation import first_frame_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .catalog import Catalog
    from .catalog.models import Model
    from .events import Publisher
    from .files import FileStore, Media
    from .options import Options
    from .render.pool import Results
    from .state import Accounts
    from .task import Task

_log = logging.getLogger(__name__)
_BEFORE_WORK = (Status.QUEUE, Status.ACCEPT)
_RUN_SECONDS = next(stage.seconds for stage in STAGES if stage.status == Status.START)
_STEPS = tuple(range(4, 100, 8))
"""Percentages a task reports."""
_STALLED_AT = 44
_OPEN_SECONDS = 1.0
"""The least time that the charge for a killed task is open, so that clients can see it."""
_BAR = 12
REQUEST_STARTED, REQUEST_ENDED = "Request started.", "Request ended."
SUCCESS = "Video Process Status: Success"


@dataclass(frozen=True)
class Outcome:
    """The result of a task's work: why it failed, or what it made."""

    failure: str = ""
    files: tuple[Path, ...] = ()
    answer: str | None = None


class Worker:
    """What a worker of the service does: check the inputs, generate, write a log."""

    def __init__(  # noqa: PLR0913 - its collaborators and settings
        self,
        publisher: Publisher,
        files: FileStore,
        results: Results,
        *,
        speed: float,
        marks: bool,
        rate: int,
    ) -> None:
        self._publisher = publisher
        self._files = files
        self._results = results
        self._seconds = _RUN_SECONDS / speed
        self._marks = marks
        self._rate = rate

    async def generate(self, task: Task, model: Model) -> Outcome:
        """Make the outputs. Started early, so that they are ready when they are due."""
        failure = task.scenarios.failure or await asyncio.to_thread(self._problem, task, model)
        if failure:
            return Outcome(failure)
        if scenarios.STALL in task.scenarios:
            await asyncio.Event().wait()
        values = model.completed(task.values)
        pictures = self._pictures(task)
        jobs = jobs_for(model, values, pictures, marks=self._marks, rate=self._rate)
        try:
            files = tuple([await self._results.make(job) for job in jobs])
        except RenderError as error:
            return Outcome(f"Could not process the input: {error}")
        if model.kind != "raw":
            return Outcome(files=files)
        answers = [file.read_text(encoding="utf-8").strip() for file in files]
        for file in files:
            file.unlink()
        return Outcome(answer="\n".join(answers))

    async def run(self, task: Task, model: Model, work: asyncio.Task[Outcome]) -> Outcome:
        """Write the log at its pace while the work goes on, and wait for both."""
        self._print(task, REQUEST_STARTED)
        for percentage in _STEPS:
            await self._until(task, percentage)
            if work.done() and work.result().failure:
                break
            self._report(task, model, percentage)
            if percentage >= _STALLED_AT and scenarios.STALL in task.scenarios:
                break
        outcome = await work
        if outcome.failure:
            self._explain(task, outcome.failure)
        else:
            await self._until(task, 100)
            self._print(task, SUCCESS)
        self._print(task, REQUEST_ENDED)
        return outcome

    async def _until(self, task: Task, percentage: int) -> None:
        due = task.times["starttime"] + self._seconds * percentage / 100
        await asyncio.sleep(max(0.0, due - time.time()))

    def _report(self, task: Task, model: Model, percentage: int) -> None:
        if model.progress == "object":
            elapsed = self._seconds * percentage / 100
            body = progress(percentage, elapsed, self._seconds - elapsed)
            self._publisher.send(task, Status.OUTPUT, body)
        self._print(task, progress_line(percentage))

    def _print(self, task: Task, line: str) -> None:
        """Log a line, unless that happened before a restart: no line occurs twice."""
        if line not in task.debugoutput:
            self._publisher.log(task, line)

    def _explain(self, task: Task, failure: str) -> None:
        for line in scenarios.FAILURE_LOGS.get(failure, (failure,)):
            self._print(task, line)
        if failure == scenarios.CRASH and not task.debugerror:
            for line in scenarios.CRASH_TRACEBACK:
                self._publisher.log_error(task, line)

    def _problem(self, task: Task, model: Model) -> str:
        """Why the provider refuses the inputs; empty if it does not."""
        if not model.first_frame_checked:
            return ""
        pictures = [picture for group in self._pictures(task).values() for picture in group]
        if not pictures and not str(task.values.get("prompt", "")).strip():
            return "invalid params, prompt is empty (code 2013)"
        for picture in pictures:
            if picture.path is not None and (problem := first_frame_problem(picture.path)):
                return f"{problem} (code 2013)"
        return ""

    def _pictures(self, task: Task) -> dict[str, list[Picture]]:
        return {
            name: [
                Picture(
                    self._files.path_of(media) if (media := self._files.get(one)) else None, one
                )
                for one in references
            ]
            for name, references in task.files.items()
        }


def progress_line(percentage: float) -> str:
    """One progress line, as the service's partner models log it."""
    filled = int(percentage / 100 * _BAR)
    bar = "=" * filled + "-" * (_BAR - filled)
    return f"Video Process Status: Processing: [{bar}] {percentage:.1f}%"


class Completion:
    """The last step of every task: outputs stored, end published, cost charged."""

    def __init__(  # noqa: PLR0913 - its collaborators and settings
        self,
        *,
        accounts: Accounts,
        files: FileStore,
        publisher: Publisher,
        base: str,
        notify: Callable[[Task], None],
        options: Options,
    ) -> None:
        self._accounts = accounts
        self._files = files
        self._publisher = publisher
        self._base = base
        self._notify = notify
        self._stopped = options.stopped
        self._discount = options.guess_discount

    def cancel(self, task: Task) -> None:
        """End a task that was cancelled or killed.

        It costs nothing, unless it was running: then its charge is open until ``settle``.
        """
        if task.status in RUNNING:
            task.totalcost = None
        self._publisher.enter(task, Status.CANCEL, field="canceltime")
        self._notify(task)

    def settle(self, task: Task, model: Model | None, share: float) -> None:
        """Charge for a killed task.

        Args:
            task: A task whose charge is open.
            model: Its model; ``None`` if it is no longer offered, which makes it free.
            share: The share of its work that was done, 0 to 1.
        """
        cost = (
            model.cost(task.values, share) if model and self._stopped == "charged" else Decimal(0)
        )
        cost = self._charge(task, cost)
        # In this order for the reason given in finish().
        self._publisher.store(task)
        self._accounts.charge(task.uuid, cost)

    def finish(self, task: Task, model: Model | None, outcome: Outcome) -> None:
        """End a task, good or bad: the status is the same, ``pexit`` differs."""
        task.times.setdefault("endtime", time.time())
        task.pexit = "1" if outcome.failure else "0"
        stored = [self._store(task, index, file) for index, file in enumerate(outcome.files)]
        task.outputs, task.answer = [media.id for media in stored], outcome.answer
        cost = Decimal(0)
        if model is not None and not outcome.failure:
            cost = self._charge(task, model.cost(task.values))
        self._publisher.enter(
            task,
            Status.POSTPROCESS_END,
            field="postprocessendtime",
            message=output_list(task.shown_outputs(stored, self._base)),
        )
        # After the end is stored: a server that dies in between forgets to charge; the other
        # way round it would charge twice.
        self._accounts.charge(task.uuid, cost)
        self._notify(task)

    def _charge(self, task: Task, price: Decimal) -> Decimal:
        """State what a task costs, less the discount; the charge."""
        cost = price * (100 - self._discount) / 100
        task.totalcost = f"{cost:.12f}"
        task.listcost = f"{price:.12f}" if self._discount else ""
        return cost

    def _store(self, task: Task, index: int, file: Path) -> Media:
        return self._files.add(
            file,
            name=f"{index}{file.suffix}",
            uuid=task.uuid,
            parentid=task.outputfolderid,
            place="cdn1",
        )


class Engine:
    """One asyncio task for each unfinished task of the service."""

    def __init__(
        self,
        *,
        speed: float,
        catalog: Catalog,
        publisher: Publisher,
        worker: Worker,
        completion: Completion,
    ) -> None:
        self._speed = speed
        self._catalog = catalog
        self._publisher = publisher
        self._worker = worker
        self._completion = completion
        self._moving: dict[int, asyncio.Task[None]] = {}
        self._settling: set[asyncio.Task[None]] = set()

    def start(self, task: Task) -> None:
        """Start a task, or resume it where an earlier server left it."""
        moving = asyncio.create_task(self._move(task))
        self._moving[task.id] = moving
        moving.add_done_callback(lambda done: self._moved(task, done))

    def settle(self, task: Task) -> None:
        """Charge for a killed task at the moment when its work would have ended."""
        settling = asyncio.create_task(self._settle(task))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    def cancel(self, task: Task) -> None:
        """Task/Cancel: until a slot is assigned.

        Raises:
            Refusal: It is too late.
        """
        if task.status not in CANCELLABLE:
            raise Refusal("Task is not in a cancellable state.", code=NOT_FOUND)
        self._stop(task)

    def kill(self, task: Task) -> None:
        """Task/Kill: from assignment to the end of the process.

        Raises:
            Refusal: It is too early or too late.
        """
        if task.status not in KILLABLE:
            raise Refusal("Task could not be killed: task is not running", code=NOT_FOUND)
        self._stop(task)

    async def close(self) -> None:
        """Stop moving and settling tasks; the next server resumes them."""
        running = [*self._moving.values(), *self._settling]
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _stop(self, task: Task) -> None:
        if moving := self._moving.pop(task.id, None):
            moving.cancel()
        self._completion.cancel(task)
        if task.totalcost is None:
            self.settle(task)

    async def _settle(self, task: Task) -> None:
        begun, killed = task.times["starttime"], task.times["canceltime"]
        seconds = _RUN_SECONDS / self._speed
        due = max(begun + seconds, killed + _OPEN_SECONDS)
        await asyncio.sleep(max(0.0, due - time.time()))
        share = min(1.0, (killed - begun) / seconds)
        self._completion.settle(task, self._catalog.named(task.slug), share)

    def _moved(self, task: Task, done: asyncio.Task[None]) -> None:
        self._moving.pop(task.id, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("task %s failed by a defect of the sandbox", task.id, exc_info=error)
            outcome = Outcome(f"sandbox defect: {type(error).__name__}")
            self._completion.finish(task, None, outcome)

    async def _move(self, task: Task) -> None:
        model = self._catalog.named(task.slug)
        if model is None:
            # An earlier version of the sandbox offered it.
            self._completion.finish(task, None, Outcome("model is no longer offered"))
            return
        work: asyncio.Task[Outcome] | None = None
        outcome = Outcome()
        try:
            for stage in _stages_ahead(task):
                self._enter(task, stage)
                if work is None and stage.status not in _BEFORE_WORK:
                    work = asyncio.create_task(self._worker.generate(task, model))
                if work is not None and stage.status == Status.START:
                    outcome = await self._worker.run(task, model, work)
                else:
                    await self._wait_out(task, stage)
        finally:
            if work is not None:
                work.cancel()
        self._completion.finish(task, model, outcome)

    def _enter(self, task: Task, stage: Stage) -> None:
        """Enter a stage, unless the task is in it already after a restart."""
        if stage.status == _stage_of(task):
            return
        if stage.status == Status.OUTPUT_FULL:
            self._publisher.enter(task, Status.OUTPUT_FULL, message={"raw": task.debugoutput})
            if task.debugerror:
                self._publisher.send(task, Status.ERROR_FULL, {"raw": task.debugerror})
            return
        self._publisher.enter(task, stage.status, field=stage.field)

    async def _wait_out(self, task: Task, stage: Stage) -> None:
        """Wait until a stage has lasted as long as it should, restarts included."""
        seconds = stage.seconds
        if stage.status == Status.QUEUE and scenarios.LONG_QUEUE in task.scenarios:
            seconds = scenarios.LONG_QUEUE_SECONDS
        begun = task.times.get(stage.field) or time.time()
        await asyncio.sleep(max(0.0, begun + seconds / self._speed - time.time()))


def _stage_of(task: Task) -> str:
    """The stage a task is in: log lines are statuses too, but belong to the run."""
    return Status.START if task.status in RUNNING else task.status


def _stages_ahead(task: Task) -> list[Stage]:
    """The stages from the present one on, without the final one.

    A task that was past its run goes back to it: what it made was not stored yet, and
    making it again gives the same bytes.
    """
    stages = list(STAGES[:-1])
    names = [stage.status for stage in stages]
    return stages[min(names.index(_stage_of(task)), names.index(Status.START)) :]
