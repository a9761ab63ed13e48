"""What a worker of the service would do: check the inputs, generate, print a log."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import logs, stages, trials
from .first_frame import complaint
from .frames import progress
from .plan import Picture, plan
from .render.pool import RenderError

if TYPE_CHECKING:
    from pathlib import Path

    from .catalog.model import Model
    from .journal import Journal
    from .media import MediaShelf
    from .results import Results
    from .task import Task


@dataclass(frozen=True)
class Outcome:
    """How the process of a task went: why it failed, or the files it made."""

    failure: str = ""
    files: tuple[Path, ...] = ()


class Processes:
    """Runs the processes of all tasks."""

    def __init__(
        self, journal: Journal, shelf: MediaShelf, results: Results, *, speed: float, marks: bool
    ) -> None:
        self._journal = journal
        self._shelf = shelf
        self._results = results
        self._length = next(s.seconds for s in stages.ORDER if s.status == stages.START) / speed
        self._marks = marks

    async def work(self, task: Task, model: Model) -> Outcome:
        """Make the outputs. Started early, so that they are ready when they are due."""
        failure = task.trials.failure or await asyncio.to_thread(self._objection, task, model)
        if failure:
            return Outcome(failure)
        if trials.STALL in task.trials:
            await asyncio.Event().wait()
        jobs = plan(model, model.completed(task.values), self._pictures(task), marks=self._marks)
        try:
            return Outcome(files=tuple([await self._results.make(job) for job in jobs]))
        except RenderError as error:
            return Outcome(f"Could not process the input: {error}")

    async def run(self, task: Task, model: Model, work: asyncio.Task[Outcome]) -> Outcome:
        """Print the log at its pace while the work goes on, and wait for both."""
        self._print(task, logs.REQUEST_STARTED)
        for percentage in logs.STEPS:
            await self._until(task, percentage)
            if work.done() and work.result().failure:
                break
            self._report(task, model, percentage)
            if percentage >= logs.STALLED_AT and trials.STALL in task.trials:
                break
        outcome = await work
        if outcome.failure:
            self._explain(task, outcome.failure)
        else:
            await self._until(task, 100)
            self._print(task, logs.SUCCESS)
        self._print(task, logs.REQUEST_ENDED)
        return outcome

    async def _until(self, task: Task, percentage: int) -> None:
        due = task.times["starttime"] + self._length * percentage / 100
        await asyncio.sleep(max(0.0, due - time.time()))

    def _report(self, task: Task, model: Model, percentage: int) -> None:
        line = logs.processing(percentage)
        if model.progress == "object":
            spent = self._length * percentage / 100
            body = progress("Generate", percentage, spent, self._length - spent)
            self._journal.tell(task, stages.OUTPUT, body)
        self._print(task, line)

    def _print(self, task: Task, line: str) -> None:
        """Print a line, unless that was done before a restart: no line occurs twice."""
        if line not in task.debugoutput:
            self._journal.print(task, line)

    def _explain(self, task: Task, failure: str) -> None:
        for line in logs.CAUSES.get(failure, (failure,)):
            self._print(task, line)
        if not task.debugerror:
            for line in logs.TRACES.get(failure, ()):
                self._journal.complain(task, line)

    def _objection(self, task: Task, model: Model) -> str:
        """Why the provider refuses the inputs; empty when it does not."""
        if not model.first_frame_checked:
            return ""
        pictures = [picture for group in self._pictures(task).values() for picture in group]
        if not pictures and not str(task.values.get("prompt", "")).strip():
            return "invalid params, prompt is empty (code 2013)"
        for picture in pictures:
            if picture.path is not None and (said := complaint(picture.path)):
                return f"{said} (code 2013)"
        return ""

    def _pictures(self, task: Task) -> dict[str, list[Picture]]:
        return {
            name: [
                Picture(self._shelf.file(media) if (media := self._shelf.get(one)) else None, one)
                for one in references
            ]
            for name, references in task.files.items()
        }
