"""Going on with runs of any status: of this session, of others that died, of others that live.

Every step may be taken again: a cell can be interrupted between any two of them, and the same call
must then go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wiro_widgets.errors import InputError, NotFollowedHere, NotSent
from wiro_widgets.library.records import LIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record, RunStatus, Service
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.recovery import Recovery
    from wiro_widgets.runs.run import Run


class Resuming:
    """Goes on with runs.

    Args:
        journal: Where runs are claimed.
        owner: Who claims them.
        service: The one that runs are gone on with.
        runs: Where states are kept.
        recovery: Settles what is not known, and attaches to runs of others.
        send: Sends the request of a run.
        follow: Follows the task of a run.
        fetch: Fetches the files of a run that has finished.
        bring: Fetches those of one whose end is written down, from where another computer put them.
    """

    def __init__(  # noqa: PLR0913 - keywords, one for each step
        self,
        journal: Journal,
        owner: str,
        *,
        service: Service,
        runs: LiveRuns,
        recovery: Recovery,
        send: Callable[[Run], None],
        follow: Callable[[Run, Record], None],
        fetch: Callable[[Run], None],
        bring: Callable[[Run], None],
    ) -> None:
        self.took_over = False
        """Whether any run was gone on with, so that there may be some to release."""
        self._journal = journal
        self._owner = owner
        self._service = service
        self._runs = runs
        self._recovery = recovery
        self._send = send
        self._follow = follow
        self._fetch = fetch
        self._bring = bring

    def resume(self, run: Run, record: Record, *, asked: bool) -> None:
        """Do what the status of a run calls for.

        Args:
            run: Which.
            record: As the journal has it now.
            asked: Whether somebody asked for this run; looking at it never sends it.
        """
        missing = record.status == "succeeded" and not self._journal.is_whole(record)
        if record.status not in LIVE | {"unknown"} and not (asked and missing):
            return
        if self._journal.is_elsewhere(record):
            self._recovery.show(run, record, fetching=True)
            self._bring(run)
            return
        if record.service != self._service:
            error = NotFollowedHere(
                f"Run {record.number} was still running on the {record.service} service when last"
                " seen."
            )
            self._runs.move(run, lambda state: state.end(record.status, error))
        elif self.is_anothers(record):
            self._recovery.attach(run, record, asked=asked)
            if record.status == "running":
                self._follow(run, record)
        else:
            self._take_over(run, record, asked=asked)

    def _take_over(self, run: Run, record: Record, *, asked: bool) -> None:
        """Go on with a run that nobody else is at work on."""
        self.took_over = True
        ours, state = record.owner == self._owner, self._runs.state(run)
        if record.status == "queued" and not asked and not (ours and not state.over):
            error = NotSent(f"Run {record.number} was never sent.")
            self._runs.move(run, lambda state: state.end("queued", error))
            return
        if record.status == "sending" and ours:
            return  # just now, by a thread of ours
        status = _due_status(record)
        if status == "unknown":
            if record.status == "sending":
                # Whoever sent it has died.
                self._journal.lost(record.number, record.owner)
            self._recovery.settle(run)
        elif (ours and status == record.status) or self._journal.claim(record, self._owner, status):
            if state.over or state.status != status or not state.version:
                self._runs.move(run, lambda state: state.reopen(status))
            self._go_on(run, record, status)
        else:
            self._recovery.attach(run, record, asked=asked)

    def _go_on(self, run: Run, record: Record, status: RunStatus) -> None:
        if status == "queued":
            self._send(run)
        elif status == "downloading":
            self._fetch(run)
        else:
            self._follow(run, record)
        self._recovery.keep_leases()

    def instead_of(self, run: Run) -> Record | None:
        """The run that was sent again in place of one, and has its clip or may still get it."""
        wanted = replace(run.request, repeat=0).fingerprint()
        newer = self._journal.sent_later(self._runs.record(run))
        same = (one for one in newer if replace(one.request, repeat=0).fingerprint() == wanted)
        return next(same, None)

    def is_anothers(self, record: Record) -> bool:
        """Whether somebody else who lives is at work on a run."""
        return record.owner != self._owner and self._journal.is_alive(record)


def check_may_be_sent_again(run: Run, record: Record, service: Service) -> None:
    """Refuse to send a run again that has a clip, may still get one, or is of another service.

    Raises:
        InputError: It is such a run; the message says what to do instead.
    """
    if record.service != service:
        where = "on the sandbox" if record.service == "sandbox" else "by the live service"
        problem = f"{run.name} was made {where}, which this notebook isn't connected to now."
        remedy = "To send it to the connected service, use ww.run(...)."
    elif run.status == "succeeded":
        problem = f"{run.name} has its clip."
        remedy = "For another take use ww.run(..., fresh=True)."
    elif not run.ended:
        problem = f"{run.name} has not ended."
        remedy = "Wait for it, or stop it first."
    elif run.status in {"running", "downloading", "sending"}:
        problem = f"{run.name} was accepted, so its clip can still come."
        remedy = "Use run.look_again(), which costs nothing."
    else:
        return
    raise InputError(f"{problem} Nothing was sent.", remedy=remedy)


def _due_status(record: Record) -> RunStatus:
    """The status of a run that somebody goes on with."""
    if record.status == "succeeded":
        return "downloading"  # a file of it is missing
    if record.status in {"sending", "unknown"}:
        return "unknown" if record.task_id is None else "running"
    return record.status
