"""What goes on in the background of a session: lost answers, other kernels' runs, open costs."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from wiro_widgets.client import InputError, Submission, SubmissionUnknown, WiroError
from wiro_widgets.errors import LibraryError
from wiro_widgets.runs import settling
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.runs.state import charge, restore
from wiro_widgets.runs.workers import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import Task, WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.state import RunState
    from wiro_widgets.runs.workers import WorkerPool

_logger = logging.getLogger("wiro_widgets.runs")
_POLL_SECONDS = 1.0
_RENEW_SECONDS = 5.0
_GIVE_UP_SECONDS = 900.0
"""Without a single answer of the service before looking for a lost task is given up."""
_COST_PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)
_MOST_OPEN_COSTS = 50
_LOOKING = "Looking for it among your tasks on the service. Nothing is sent again."


class Resume(Protocol):
    """Goes on with a run as its status calls for."""

    def __call__(self, run: Run, record: Record, *, asked: bool) -> None:
        """See `Runner`."""


@dataclass
class _Search:
    """One run whose task is looked for."""

    run: Run
    since: float = field(default_factory=time.monotonic)
    looks: int = 0


class Recovery:
    """Looks for lost tasks, watches runs that another kernel is at work on, renews leases.

    Args:
        client: Talks to the service.
        journal: Where the runs are.
        owner: Whose session this is.
        service: Which service.
        runs: Where states are kept.
        control: Does the work.
        resume: Goes on with a run that nobody is at work on any more.
        found: Called with a run and the task that it became.
    """

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        client: WiroClient,
        journal: Journal,
        owner: str,
        *,
        service: Service,
        runs: LiveRuns,
        control: WorkerPool,
        resume: Resume,
        found: Callable[[Run, Submission], None],
    ) -> None:
        self._client = client
        self._journal = journal
        self._owner = owner
        self._service: Service = service
        self._runs = runs
        self._control = control
        self._resume = resume
        self._found = found
        self._schedule = Schedule()
        self._lock = threading.Lock()
        self._attached: dict[int, tuple[Run, bool]] = {}
        self._searches: dict[int, _Search] = {}
        # Of each of these at most one is due at a time.
        self._due: set[str] = set()

    def close(self) -> None:
        """Do nothing more."""
        self._schedule.close()

    # Runs that another kernel is at work on

    def attach(self, run: Run, record: Record, *, asked: bool) -> None:
        """Show what becomes of a run that somebody else is at work on, and take over if they die.

        Args:
            run: Which.
            record: As the journal has it.
            asked: Whether it may be sent by us if its owner dies before sending it.
        """
        with self._lock:
            earlier = self._attached.get(run.number)
            self._attached[run.number] = (run, asked or (earlier is not None and earlier[1]))
        self.show(run, record)
        self._again("poll", _POLL_SECONDS, self._poll)

    def is_attached(self, run: Run) -> bool:
        """Whether somebody else is at work on a run."""
        with self._lock:
            return run.number in self._attached

    def show(self, run: Run, record: Record, *, fetching: bool = False) -> None:
        """Take over into a run's state what the journal has.

        Args:
            run: Which.
            record: As the journal has it.
            fetching: It has succeeded; here it ends once its files have arrived.
        """
        shown = restore(record, self._journal.files_here(record))

        def step(state: RunState) -> RunState:
            if shown.over:
                ended = replace(
                    shown,
                    version=state.version + 1,
                    reused=state.reused,
                    log=max(shown.log, state.log, key=len),
                    log_total=max(shown.log_total, state.log_total),
                )
                return ended.reopen("downloading") if fetching else ended
            return state.changed(
                status=record.status,
                over=False,
                failure=None,
                problem=None,
                ended=None,
                task_id=record.task_id,
                outputs=record.outputs or state.outputs,
            )

        self._runs.move(run, step)

    def _poll(self) -> None:
        with self._lock:
            attached = dict(self._attached)
        if not attached:
            return
        for record in self._journal.records_of(attached):
            run, asked = attached[record.number]
            # A claim of ours may have been written down although its answer was lost.
            if record.owner != self._owner and self._journal.is_alive(record):
                if record.status != self._runs.state(run).status:
                    self.show(run, record)
                    # Its progress is followed at the service, as that of a run of ours.
                    self._resume(run, record, asked=asked)
                continue
            with self._lock:
                self._attached.pop(record.number, None)
            try:
                if not (asked and self._journal.is_elsewhere(record)):
                    self.show(run, record)
                self._resume(run, record, asked=asked)
            except LibraryError:
                with self._lock:
                    self._attached.setdefault(record.number, (run, asked))
                raise
        self._again("poll", _POLL_SECONDS, self._poll)

    # Runs whose answers were lost

    def settle(self, run: Run) -> None:
        """Look for the task of a run whose answer was lost, and again while the list may lag."""
        with self._lock:
            self._searches.setdefault(run.number, _Search(run))
        self._runs.move(run, lambda state: state.reopen("unknown", _LOOKING))
        self._again("look", 0.0, self._look)

    def adopt(self, run: Run, task: Task) -> None:
        """Give a run the task that it became.

        Raises:
            InputError: Another run has that task.
        """
        if not self._journal.adopt(run.number, task.id, task.token, self._owner):
            raise InputError(
                f"Task {task.id} belongs to another run, or run {run.number} has one.",
                field="task_id",
            )
        with self._lock:
            self._searches.pop(run.number, None)
        self._found(run, Submission(task.id, task.token, run.request.model))
        self.keep_leases()

    def _look(self) -> None:
        with self._lock:
            searches = dict(self._searches)
        if not searches:
            return
        try:
            outcome = settling.look(self._client, self._journal, self._service)
        except WiroError as error:
            _logger.info("Looking for lost tasks failed: %s", error.message)
            for search in searches.values():
                if time.monotonic() - search.since > _GIVE_UP_SECONDS:
                    self._give_up(search.run, f"Your tasks couldn't be read: {error.message}")
        except Exception as error:
            _logger.exception("Looking for lost tasks failed")
            for search in searches.values():
                self._give_up(search.run, f"Your tasks couldn't be searched: {error!r}.")
        else:
            for number, search in searches.items():
                self._take_in(number, search, outcome)
        with self._lock:
            looks = min((search.looks for search in self._searches.values()), default=None)
        if looks is not None:
            pause = settling.PAUSES[min(max(looks - 1, 0), len(settling.PAUSES) - 1)]
            self._again("look", pause, self._look)

    def _take_in(self, number: int, search: _Search, outcome: settling.Outcome) -> None:
        run = search.run
        self._runs.write_again()
        record = self._journal.record(number)
        unwritten = record.status == "sending" and record.owner == self._owner
        if record.status != "unknown" and not unwritten:
            # Another kernel has found it.
            with self._lock:
                self._searches.pop(number, None)
            try:
                self.show(run, record)
                self._resume(run, record, asked=True)
            except LibraryError:
                with self._lock:
                    self._searches.setdefault(number, search)
                raise
            return
        if (task := outcome.found.get(number)) is not None:
            try:
                self.adopt(run, task)
            except InputError as error:
                _logger.info("run %d: %s", number, error.message)
            return
        if record.account not in {"", self._journal.account}:
            self._leave_to_its_key(run)
            return
        candidates = tuple(outcome.candidates.get(number, ()))
        if candidates != self._runs.state(run).candidates:
            self._runs.move(run, lambda state: state.changed(candidates=candidates))
        if number in outcome.waiting:
            return
        search.looks += 1
        if search.looks > len(settling.PAUSES):
            until = time.strftime("%H:%M:%S", time.localtime(outcome.looked_until))
            found = "several may be this run" if candidates else "none of them is this run"
            self._give_up(
                run,
                f"We checked your {outcome.looked_at} newest tasks until {until}, and {found}.",
            )

    def _leave_to_its_key(self, run: Run) -> None:
        """Say of a run that another key sent that only who has that key can find it."""
        record = self._runs.record(run)
        error = SubmissionUnknown(
            f"The service's answer to Run {run.number} was lost. It was sent with another key, so"
            " its task isn't among those that this key lists.",
            model=run.request.model,
            sent_at=record.sent_at or record.created,
        )
        error.remedy = "Whoever has that key can ask for the run, and it is looked for again."
        with self._lock:
            self._searches.pop(run.number, None)
        self._runs.move(run, lambda state: state.end("unknown", error))

    def _give_up(self, run: Run, reason: str) -> None:
        record = self._runs.record(run)
        error = SubmissionUnknown(
            f"The service's answer to Run {run.number} was lost. {reason}",
            model=run.request.model,
            sent_at=record.sent_at or record.created,
        )
        choice = "Choose its task with run.choose(task_id), look" if run.candidates else "Look"
        error.remedy = (
            f"{choice} again with run.look_again(), or send it as a new run with run.send_again(),"
            " which may pay twice."
        )
        with self._lock:
            self._searches.pop(run.number, None)
        ended = self._runs.state(run).end("unknown", error)
        self._runs.write(
            run,
            lambda: self._journal.end(
                run.number,
                "unknown",
                state=ended.to_json(),
                problem=problem_from(error),
                unsettled=True,
                was="unknown",
            ),
            "was not found",
        )
        self._runs.move(run, lambda state: state.end("unknown", error))

    # Costs and leases

    def settle_cost(self, run: Run) -> None:
        """Ask again later what a stopped run costs, until the service states it."""
        self._ask_cost(run.number, run.task_id or "", 0)

    def settle_costs(self) -> None:
        """The same for ended runs of earlier sessions; once."""
        try:
            records = self._journal.claim_unsettled(self._service, _MOST_OPEN_COSTS)
        except LibraryError as error:
            # Whoever uses the library is told.
            _logger.info("%s", error.message)
            return
        for record in records:
            self._control.submit(self._read_cost, record.number, record.task_id, len(_COST_PAUSES))

    def keep_leases(self) -> None:
        """Renew the leases of this session's runs every few seconds while there are any."""
        self._again("renew", _RENEW_SECONDS, self._renew)

    def _ask_cost(self, number: int, task_id: str, attempt: int) -> None:
        if attempt < len(_COST_PAUSES):
            self._schedule.after(
                _COST_PAUSES[attempt],
                lambda: self._control.submit(self._read_cost, number, task_id, attempt + 1),
            )

    def _read_cost(self, number: int, task_id: str, attempt: int) -> None:
        try:
            stated = charge(self._client.task(task_id))
            cost = stated["cost"]
            if cost is not None:
                self._journal.settle_cost(number, cost, stated["list_cost"])
        except WiroError as error:
            _logger.info("The cost of run %d is not known yet: %s", number, error.message)
            cost = None
        if cost is None:
            self._ask_cost(number, task_id, attempt)
        elif (run := self._runs.find(number)) is not None:
            self._runs.move(run, lambda state: state.changed(cost=cost, unsettled=False))

    def _renew(self) -> None:
        if not self._runs.under_way():
            return
        try:
            self._journal.renew(self._owner)
        except LibraryError as error:
            _logger.info("The leases could not be renewed: %s", error.message)
        self._again("renew", _RENEW_SECONDS, self._renew)

    def _again(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        """Have some work done later, once for however many asked for it."""
        with self._lock:
            if name in self._due:
                return
            self._due.add(name)

        def run() -> None:
            with self._lock:
                self._due.discard(name)
            try:
                work()
            except LibraryError as error:
                _logger.info("%s: %s", name, error.message)
            except Exception:
                _logger.exception("%s failed", name)
            else:
                return
            # Whatever broke: those who wait for it must not wait for ever.
            self._again(name, seconds or _POLL_SECONDS, work)

        self._schedule.after(seconds, lambda: self._control.submit(run))
