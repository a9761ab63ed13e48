"""How runs end: what a task came to is written down, its files are fetched, the state says so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wiro_widgets.client import ModerationRefused, TaskCancelled, TaskFailed
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.schema.tasks import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import Task, TaskEvent
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import RunStatus
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.run import Run

_logger = logging.getLogger("wiro_widgets.runs")
STOPPED_REMEDY = "If you didn't mean to stop it, run it again with fresh=True."
_FETCHING_SECONDS = 0.1
"""How long a clip may take before the run is shown as `downloading`."""


class Endings:
    """Ends runs, in the journal first.

    Args:
        journal: Where the end is written down.
        owner: Whose runs these are.
        runs: Where states are kept.
        fetch: Fetches the files of a run that has finished.
        later: Does some work after some seconds.
        ended: Called with each run that has ended.
    """

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        journal: Journal,
        owner: str,
        runs: LiveRuns,
        *,
        fetch: Callable[[Run], None],
        later: Callable[[float, Callable[[], None]], None],
        ended: Callable[[Run], None],
    ) -> None:
        self._journal = journal
        self._owner = owner
        self._runs = runs
        self._fetch = fetch
        self._later = later
        self._ended = ended

    def finish(self, run: Run, event: TaskEvent) -> None:
        """Take in the last event of a run's task."""
        task = event.task
        try:
            if event.error is not None and not isinstance(event.error, TaskFailed):
                # Given up for now: the task may go on.
                self.end(run, "running", event.error)
            elif task is not None and task.succeeded:
                self._succeed(run, task)
            else:
                error = event.error or (failure_of(task) if task else None)
                stopped = isinstance(error, TaskCancelled)
                if isinstance(error, ModerationRefused):
                    error.remedy = f"{error.remedy} Try again, or fresh=True, sends it anyway."
                elif isinstance(error, TaskCancelled):
                    error.remedy = STOPPED_REMEDY
                self.end(run, "cancelled" if stopped else "failed", error)
        except Exception as error:
            _logger.exception("The end of run %d could not be taken in", run.number)
            self.end(run, "unknown", error)

    def end(self, run: Run, status: RunStatus, error: BaseException | None) -> None:
        """End a run, or give it up for now; the row is free for whoever asks for it next."""
        ended = self._runs.state(run).end(status, error)

        def write() -> None:
            self._journal.end(
                run.number,
                status,
                state=ended.to_json(),
                outputs=ended.outputs,
                files=ended.files,
                digests=ended.digests,
                problem=None if error is None else problem_from(error),
                cost=ended.cost,
                list_cost=ended.list_cost,
                unsettled=ended.unsettled,
                seconds=ended.seconds if status == "succeeded" else None,
                owner=self._owner,
            )

        unwritten = self._runs.write(run, write, "has ended")
        if unwritten is not None:
            vars(unwritten)["spent"] = "yes" if error is None else problem_from(error)["spent"]
        self._runs.move(run, lambda state: state.end(status, unwritten or error))
        self._ended(run)

    def _succeed(self, run: Run, task: Task) -> None:
        """Fetch what a task made.

        A small clip is here before the journal would have that it is being fetched, and is written
        down once, as whole. Until then the row is `running`, whose task tells the outputs again.
        """
        self._fetch(run)
        self._later(_FETCHING_SECONDS, lambda: self._show_fetching(run, task))

    def _show_fetching(self, run: Run, task: Task) -> None:
        state = self._runs.state(run)
        if state.over or state.status != "running":
            return
        self._runs.write(
            run,
            lambda: self._journal.finished(run.number, task.outputs, state.cost, state.list_cost),
            "has finished",
        )
        self._runs.move(
            run, lambda state: state if state.over else state.changed(status="downloading")
        )
