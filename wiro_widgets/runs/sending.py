"""Sending: the one place that spends money. Each request is sent once."""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from typing import TYPE_CHECKING

from wiro_widgets.client import ConcurrencyLimitError, RateLimitError, Submission, WiroError
from wiro_widgets.errors import BudgetExceeded, LibraryError
from wiro_widgets.library.inputs import share_inputs
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.runs.workers import Schedule, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.run import Run

_logger = logging.getLogger("wiro_widgets.runs")
_SENDERS = 2
_SLOT_SECONDS = 5.0
"""How long to wait for a free slot when none of our own runs is about to free one."""

_LIMIT = r"up to (\d+) task"
"""Where the service names the limit of an account."""


class _TakenElsewhereError(Exception):
    """The run is not ours to send any more: it was withdrawn, or another kernel has it."""


class Sender:
    """Sends queued runs in turn, and lets them wait for a free slot of the account.

    Args:
        client: Talks to the service.
        journal: Where each step is written down before it is taken.
        owner: Whose runs these are.
        runs: Where states are kept.
        accepted: Called with a run and its task once it is in the journal.
        lost: Called with a run whose answer was lost.
        taken: Called with a run that is not ours to send any more.
        broken: Called when something broke after a run was accepted.
    """

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        client: WiroClient,
        journal: Journal,
        owner: str,
        runs: LiveRuns,
        *,
        accepted: Callable[[Run, Submission], None],
        lost: Callable[[Run, BaseException], None],
        taken: Callable[[Run], None],
        broken: Callable[[Run, Exception], None],
    ) -> None:
        self._client = client
        self._journal = journal
        self._owner = owner
        self._runs = runs
        self._accepted = accepted
        self._lost = lost
        self._taken = taken
        self._broken = broken
        self._pool = WorkerPool("wiro-send", _SENDERS)
        self._schedule = Schedule()
        self._lock = threading.Lock()
        self._next: dict[int, Run] = {}
        self._waiting: dict[int, Run] = {}
        self._not_before = 0.0
        self._no_room = ""
        self._freed = 0
        self._closed = False
        self._probing = False

    def send(self, run: Run) -> None:
        """Send a queued run, or let it wait behind those that the service has no room for.

        Sending it all the same would upload its pictures only to be refused. Calling this twice
        for one run sends it once.
        """
        with self._lock:
            full = bool(self._waiting)
            (self._waiting if full else self._next)[run.number] = run
            why = self._no_room
        if full:
            self._say_why(run, why)
            self._probe_later()
        else:
            self._pool.submit(self._send_next)

    def slot_free(self) -> None:
        """Send the run that has waited longest: one of the account's slots may be free."""
        with self._lock:
            self._freed += 1
            for number in [number for number, run in self._waiting.items() if run.ended]:
                del self._waiting[number]
            if not self._waiting:
                return
            pause = self._not_before - time.monotonic()
            if pause <= 0:
                # First come, first served, also when two were refused at once.
                run = self._waiting.pop(min(self._waiting))
                self._next[run.number] = run
        if pause <= 0:
            self._pool.submit(self._send_next)
        else:
            self._schedule.after(pause, self.slot_free)

    def drain(self, seconds: float) -> None:
        """Wait until what has begun to leave has been answered, but no longer than this."""
        self._pool.drain(seconds)

    def close(self) -> None:
        """Begin nothing more; queued runs stay queued."""
        self._closed = True
        self._schedule.close()
        self._pool.close()

    def _send_next(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    return
                run = self._next.pop(next(iter(self._next)))
            self._send(run)

    def _send(self, run: Run) -> None:
        request, record, freed = run.request, self._runs.record(run), self._freed

        def begin() -> None:
            if not self._journal.begin_sending(run.number, self._owner, request.price):
                raise _TakenElsewhereError
            self._runs.move(run, lambda state: state.changed(status="sending", waiting=None))

        try:
            if self._journal.media is not None:
                # Whoever goes on with this run elsewhere, or shows it, has them from there.
                share_inputs(request.inputs, self._journal.media)
            submission = self._client.submit(
                request.model,
                request.parameters,
                {
                    name: [one.to_send(name) for one in group]
                    for name, group in request.files.items()
                },
                spec=request.spec,
                on_sending=begin,
                intent_key=record.intent,
            )
        except _TakenElsewhereError:
            self._taken(run)
            self.slot_free()
        except (ConcurrencyLimitError, RateLimitError) as error:
            self._wait_for_slot(run, error, freed)
        except LibraryError as error:
            # It was to be written down first, so nothing has left.
            self._stay_queued(run, error)
        except WiroError as error:
            (self._lose if error.maybe_accepted else self._refuse)(run, error)
        except Exception as error:
            _logger.exception("Sending run %d failed", run.number)
            left = self._runs.state(run).status == "sending"
            (self._lose if left else self._stay_queued)(run, error)
        else:
            self._accept(run, submission)

    def _accept(self, run: Run, submission: Submission) -> None:
        def write() -> None:
            self._journal.accepted(run.number, submission.task_id, submission.token, self._owner)

        self._runs.write(run, write, f"was accepted as task {submission.task_id}")
        if self._closed:
            self._free(run)
            return
        try:
            self._accepted(run, submission)
        except Exception as error:
            _logger.exception("Run %d is task %s, and broke here", run.number, submission.task_id)
            self._broken(run, error)

    def _lose(self, run: Run, error: BaseException) -> None:
        self._runs.write(
            run, lambda: self._journal.lost(run.number, self._owner), "may have been accepted"
        )
        self._lost(run, error)

    def _stay_queued(self, run: Run, error: BaseException) -> None:
        vars(error)["spent"] = "no"
        # That it leaves may have been written down although the answer to that was lost.
        self._requeue(run, "has not left")
        self._free(run)
        self._runs.move(run, lambda state: state.end("queued", error))

    def _requeue(self, run: Run, what: str) -> None:
        self._runs.write(run, lambda: self._journal.requeue(run.number, self._owner), what)

    def _free(self, run: Run) -> None:
        """Leave a run to whoever asks for it next: this process may live on for long."""
        self._runs.write(run, lambda: self._journal.release(self._owner, run.number), "is free")

    def _refuse(self, run: Run, error: WiroError) -> None:
        problem = problem_from(error)
        self._runs.write(
            run, lambda: self._journal.refused(run.number, problem, self._owner), "was not accepted"
        )
        self._runs.move(run, lambda state: state.end("refused", error))
        if isinstance(error, BudgetExceeded):
            self.slot_free()  # one behind it may cost less

    def _wait_for_slot(self, run: Run, error: WiroError, freed: int) -> None:
        """Put a run aside that the service has no room for; it has not accepted it.

        Args:
            run: Which.
            error: How the service refused it.
            freed: How many slots had become free when it was sent.
        """
        self._requeue(run, "waits for a free slot")
        if self._closed:
            self._free(run)
            return
        self._runs.move(run, lambda state: state.changed(status="queued"))
        why = _why_it_waits(error)
        with self._lock:
            self._no_room = why
            self._waiting[run.number] = run
            # Those behind it would be refused as well.
            behind = list(self._next.values())
            self._waiting.update(self._next)
            self._next.clear()
            if error.retry_after:
                self._not_before = time.monotonic() + error.retry_after
            free_meanwhile = self._freed != freed
        for each in (run, *behind):
            self._say_why(each, why)
        if free_meanwhile:
            self.slot_free()
        self._probe_later()

    def _say_why(self, run: Run, why: str) -> None:
        # It may be on its way again, or withdrawn.
        self._runs.move(
            run, lambda state: state.changed(waiting=why) if state.status == "queued" else state
        )

    def _probe_later(self) -> None:
        """Try again after a while, in case no run of ours ends and frees a slot."""
        with self._lock:
            if self._probing:
                return
            self._probing = True

        def probe() -> None:
            with self._lock:
                self._probing = False
            self.slot_free()
            with self._lock:
                more = bool(self._waiting)
            if more:
                self._probe_later()

        self._schedule.after(_SLOT_SECONDS, probe)


def _why_it_waits(error: WiroError) -> str:
    """Why a run is not sent yet, as a sentence for people."""
    if isinstance(error, RateLimitError):
        seconds = math.ceil(error.retry_after or _SLOT_SECONDS)
        return f"The service asked to slow down; next try in {seconds} s."
    most = re.search(_LIMIT, error.message)
    account = f"runs {most[1]} at a time" if most else "can't run more at once"
    return f"Waiting for a free slot: your account {account}."
