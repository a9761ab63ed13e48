"""The life of a run, from the request to the clip on the disk; ``docs/runs.md`` describes it.

A runner owns all threads of a session: one follows tasks, three small pools send, control (stop,
settle, write endings down) and download, one schedules what is due later, and a few tell
observers. No lock is held while anything is read, written or sent, or while an observer runs.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wiro_widgets.client import InputError, Submission, TaskCancelled
from wiro_widgets.errors import NOTHING_SENT, BudgetExceeded, LibraryError, SessionClosed
from wiro_widgets.library.folder import private_folder
from wiro_widgets.library.leases import new_owner, release_owner
from wiro_widgets.library.records import TERMINAL
from wiro_widgets.runs.downloading import Downloader
from wiro_widgets.runs.ending import STOPPED_REMEDY, Endings
from wiro_widgets.runs.following import Follower
from wiro_widgets.runs.live_runs import LiveRuns
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.runs.recovery import Recovery
from wiro_widgets.runs.resuming import Resuming, check_may_be_sent_again
from wiro_widgets.runs.sending import Sender
from wiro_widgets.runs.state import restore
from wiro_widgets.runs.workers import Schedule, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import TaskEvent, WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.library import Library
    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.library.request import RunRequest
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.state import RunState

_logger = logging.getLogger("wiro_widgets.runs")
_CONTROLLERS = 3
_EXIT_SECONDS = 1.5
"""How long an interpreter that exits waits for the answers to requests that have begun to leave."""


class Runner:
    """Runs requests of one library on one service.

    Args:
        client: Talks to the service; the runner closes it.
        journal: Where every step is written down before it is taken.
        library: The same as a person sees it.
        service: Which service this is; runs of one are never answers for the other.
    """

    def __init__(
        self, client: WiroClient, journal: Journal, library: Library, service: Service
    ) -> None:
        self.library = library
        """What keeps the runs."""
        self._client = client
        self._journal = journal
        self._service: Service = service
        self._owner = new_owner()
        self._closed = threading.Event()
        self._pid = os.getpid()
        self._when_idle: Callable[[], None] | None = None
        self._had_runs = False
        self._runs = LiveRuns(self)
        self._control = WorkerPool("wiro-control", _CONTROLLERS)
        self._schedule = Schedule()
        self._follower = Follower(client, self._on_event, self._on_fault)
        self._downloader = Downloader(client, journal, self._runs, self._on_fetched)
        self._endings = Endings(
            journal,
            self._owner,
            self._runs,
            fetch=self._downloader.fetch,
            later=lambda seconds, work: self._schedule.after(
                seconds, lambda: self._control.submit(work)
            ),
            ended=self._on_end,
        )
        self._sender = Sender(
            client,
            journal,
            self._owner,
            self._runs,
            accepted=self._on_accepted,
            lost=self._on_lost,
            taken=self._on_taken,
            broken=self._on_fault,
        )
        self._resuming: Resuming
        self._recovery = Recovery(
            client,
            journal,
            self._owner,
            service=service,
            runs=self._runs,
            control=self._control,
            resume=lambda run, record, asked: self._resuming.resume(run, record, asked=asked),
            found=self._on_accepted,
        )
        self._resuming = Resuming(
            journal,
            self._owner,
            service=service,
            runs=self._runs,
            recovery=self._recovery,
            send=self._send,
            follow=self._follow,
            fetch=self._downloader.fetch,
            bring=self._downloader.bring_ended,
        )
        atexit.register(self._exit)
        if journal.database.exists:
            self._control.submit(self._recovery.settle_costs)

    # Asking

    def submit(self, request: RunRequest, *, fresh: bool = False) -> Run:
        """Send a request, or show the run that answers it already. Returns at once.

        Args:
            request: What to run.
            fresh: Send it even though an equal request has been sent before.

        Raises:
            SessionClosed: This session is closed; nothing was sent.
            BudgetExceeded: It would pass a budget; nothing was sent.
            LibraryError: It could not be written down, so nothing was sent.
        """
        self._check_open()
        self._had_runs = True
        self._runs.write_again()
        try:
            private_folder(self._journal.clips)
            record, ours = self._journal.reserve(
                request, self._service, self._owner, fresh=fresh, price=request.price
            )
        except (LibraryError, BudgetExceeded) as error:
            error.spent = "no"
            error.args = (f"{error.message}{NOTHING_SENT}",)
            raise
        # What is sent is what was asked for now, not what the journal says of it.
        record = replace(record, request=replace(request, repeat=record.request.repeat))
        run = self._runs.get_or_add(record, restore(record, self._journal.files_here(record)))
        self._runs.update_record(run, record)
        if ours:
            earlier = self._journal.retried(record)
            notice = earlier and f"Second try: Run {earlier} failed and wasn't charged."
            self._runs.move(run, lambda state: state.reopen("queued", notice or None))
            self._send(run)
        else:
            self._resuming.resume(run, record, asked=True)
            self._runs.move(run, lambda state: state.changed(reused=True))
        return run

    def get(self, record: Record) -> Run:
        """The run of a record: the one in use, or one restored and followed on. Sends nothing."""
        run = self._runs.get_or_add(record, restore(record, self._journal.files_here(record)))
        if not self.closed and not self._runs.state(run).version:
            self._resuming.resume(run, record, asked=False)
            if record.status == "cancelled" and record.unsettled and record.task_id:
                self._recovery.settle_cost(run)
        return run

    def stop(self, run: Run) -> None:
        """Stop a run, or have the service stop it; returns at once.

        Raises:
            SessionClosed: This session is closed.
        """
        if run.status in TERMINAL:
            return
        self._check_open()
        if run.ended and run.status == "running":
            self.look_again(run)  # it was given up: somebody has to hear that it stopped
        self._runs.move(run, lambda state: state.changed(stopping=not state.over))
        self._control.submit(self._stop, run)

    def look_again(self, run: Run) -> None:
        """Go on with a run that was given up for now; returns at once and sends nothing.

        Raises:
            SessionClosed: This session is closed.
        """
        self._check_open()
        if run.ended:
            record = self._journal.record(run.number)
            if record.status != "queued":
                self._resuming.resume(run, record, asked=True)

    def choose(self, run: Run, task_id: str) -> None:
        """Give a run whose answer was lost the task that a person says became of it.

        Raises:
            InputError: It is no candidate, or another run has it.
            SessionClosed: This session is closed.
        """
        self._check_open()
        known = [candidate["task_id"] for candidate in run.candidates]
        if task_id not in known:
            raise InputError(
                f"{task_id!r} is not one of the tasks that run {run.number} may be.",
                field="task_id",
                remedy=f"Choose one of {', '.join(known)}." if known else "There is none.",
            )
        self._recovery.adopt(run, self._client.task(task_id))

    def send_again(self, run: Run) -> Run:
        """Send the request of a run that came to nothing as a new one, which is paid for.

        Raises:
            InputError: It has a clip, or may still get one.
            WiroError: It could not be sent.
        """
        self._check_open()
        check_may_be_sent_again(run, self._runs.record(run), self._service)
        if (newer := self._resuming.instead_of(run)) is not None:
            # Of a second press, say, or of another kernel.
            return self.get(newer)
        request = self._runs.record(run).request
        if request.spec is None:
            # A request that was read back from the library has lost its schema.
            request = request.checked(self._client.model(request.model))
        # One that an equal request does not answer is sent by asking for it once more.
        answered = self._journal.find(request, self._service) is not None
        return self.submit(request, fresh=answered and run.status != "queued")

    def changed(self, run: Run) -> None:
        """Have the observers of a run told."""
        self._runs.changed(run)

    def poster(self, record: Record) -> str | None:
        """The first frame of a run as a small ``data:`` URL."""
        return self._downloader.poster(record)

    def addresses(self, state: RunState) -> list[str | None]:
        """For each output where a browser has it from, None for where the service says."""
        return self._downloader.addresses(state)

    def bring(self, run: Run, then: Callable[[BaseException | None], None]) -> bool:
        """Fetch the clip of a run from where another computer put it; False if none did."""
        return not self.closed and self._downloader.bring(run, then)

    @property
    def closed(self) -> bool:
        """Whether this runner does nothing any more; its threads did not follow into a fork."""
        return self._closed.is_set() or self._pid != os.getpid()

    def retire(self, then: Callable[[], None]) -> None:
        """Go on until the runs under way are over, and then call `then`, which closes this."""
        if not self.closed:
            self._when_idle = then
            if not self._runs.under_way():
                then()

    def close(self) -> None:
        """Let go of everything at once; the tasks go on and can be followed on by another session.

        What is being sent just now is still written down. Runs under way end here with
        `SessionClosed`.
        """
        if self.closed:
            return
        self._closed.set()
        atexit.unregister(self._exit)
        self._recovery.close()
        self._schedule.close()
        self._follower.close()
        self._downloader.close()
        self._sender.close()
        self._control.close()
        for run in self._runs.under_way():
            error = SessionClosed(
                f"The session that followed Run {run.number} was closed.",
                remedy="Run it again to go on with it; nothing is paid twice.",
            )
            self._runs.move(run, lambda state: state.end(state.status, error))  # noqa: B023
        try:
            if self._had_runs or self._resuming.took_over:
                self._journal.release(self._owner)
        except LibraryError as error:
            _logger.info("%s", error.message)
        release_owner(self._owner)
        self._client.close()
        self.library.close()

    # How a run goes on

    def _send(self, run: Run) -> None:
        self._sender.send(run)
        self._recovery.keep_leases()

    def _follow(self, run: Run, record: Record) -> None:
        if record.task_id is not None:
            submission = Submission(record.task_id, record.token or "", record.request.model)
            self._follower.follow(run, submission)

    # What happens to it: called on the pools' threads

    def _on_accepted(self, run: Run, submission: Submission) -> None:
        state = self._runs.move(run, lambda state: state.accept(submission.task_id))
        self._follower.follow(run, submission)
        if state.stopping:
            self._control.submit(self._stop, run)

    def _on_lost(self, run: Run, error: BaseException) -> None:
        self._runs.move(run, lambda state: state.changed(status="unknown", unsettled=True))
        _logger.info("run %d: %s", run.number, error)
        self._recovery.settle(run)

    def _on_taken(self, run: Run) -> None:
        """Another kernel has withdrawn a run, or is at work on it."""
        if run.ended:
            return
        try:
            record = self._journal.record(run.number)
        except LibraryError:
            # It is looked at again until it can be read.
            self._recovery.attach(run, self._runs.record(run), asked=True)
            return
        if self._resuming.is_anothers(record):
            self._recovery.attach(run, record, asked=True)
        else:
            self._recovery.show(run, record)

    def _on_event(self, run: Run, event: TaskEvent) -> None:
        self._runs.move(run, lambda state: state.apply(event))
        if event.terminal or event.error is not None:
            if self._recovery.is_attached(run):
                return  # its owner writes the end down, or dies; both are seen in the journal
            self._control.submit(self._finish, run, event)

    def _on_fault(self, run: Run, error: Exception) -> None:
        self._control.submit(self._endings.end, run, "unknown", error)

    def _finish(self, run: Run, event: TaskEvent) -> None:
        self._sender.slot_free()
        self._endings.finish(run, event)

    def _on_fetched(self, run: Run, failure: BaseException | None) -> None:
        self._endings.end(run, "succeeded" if failure is None else "downloading", failure)

    def _on_end(self, run: Run) -> None:
        state = self._runs.state(run)
        if state.status == "cancelled" and state.unsettled and state.task_id:
            self._recovery.settle_cost(run)
        if self._when_idle is not None and not self._runs.under_way():
            self._when_idle()

    def _stop(self, run: Run) -> None:
        state = self._runs.state(run)
        error = TaskCancelled("Stopped before it was sent. Nothing was charged.")
        error.spent, error.remedy = "no", STOPPED_REMEDY
        try:
            if state.status == "queued":
                if self._journal.cancel_queued(run.number, problem_from(error)):
                    self._runs.move(run, lambda state: state.end("cancelled", error))
                    self._on_end(run)
                    return
                state = self._runs.state(run)
            if state.over or state.task_id is None:
                return  # it has ended, or is stopped as soon as its task is known
            # The watch hears of the end; until then the view says "Stopping".
            self._client.stop(Submission(state.task_id, "", run.request.model))
        except Exception as failure:
            _logger.warning("Run %d could not be stopped", run.number, exc_info=failure)
            words = f"This run couldn't be stopped: {problem_from(failure)['detail']}"
            self._runs.move(run, lambda state: state.changed(stopping=False, notice=words))

    def check_process(self, run: Run) -> None:
        """Refuse to wait for a run in a forked process, where no thread would tell of its end.

        Raises:
            SessionClosed: This is such a process.
        """
        if self._pid != os.getpid() and not run.ended:
            raise SessionClosed(
                f"{run.name} is followed by the process that this one was forked from.",
                remedy="Wait for it there, or call ww.run again here: nothing is paid twice.",
            )

    # Closing

    def _check_open(self) -> None:
        if self._pid != os.getpid():
            raise SessionClosed(
                "This session belongs to the process that this one was forked from.",
                remedy="Open one here: wiro_widgets.connect(). Runs go on in the other process.",
            )
        if self.closed:
            raise SessionClosed("This session is closed.")

    def _exit(self) -> None:
        """At the end of the interpreter: let requests be answered that have begun to leave."""
        if self.closed:
            return
        self._sender.drain(_EXIT_SECONDS)
        self._closed.set()
        self._downloader.close()
        self._sender.close()
