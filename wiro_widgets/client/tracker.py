"""`TaskTracker`: the state of one followed task and the time of its next reading. No I/O.

Frames of the socket become events and trigger readings of ``Task/Detail``; only a reading ends
a task.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wiro_widgets.errors import NotFoundError
from wiro_widgets.schema.tasks import TaskEvent, failure_of, progress_in, stage_of, stage_rank

from .transport import RetryPolicy, Timeouts, backoff

if TYPE_CHECKING:
    from wiro_widgets.errors import WiroError
    from wiro_widgets.schema.tasks import Frame, Submission, Task

    from .websocket import ReconnectingSocket

_MAX_END_CLAIMS = 6


class TaskTracker:
    """One task of a `Watch`.

    Args:
        submission: The task.
        link: The socket that reports it.
        timeouts: Intervals and patience.
        retry: Back-off after failures.
        now: Monotonic time in seconds, as in all methods.
    """

    def __init__(
        self,
        submission: Submission,
        link: ReconnectingSocket,
        timeouts: Timeouts,
        retry: RetryPolicy,
        now: float,
    ) -> None:
        self.submission = submission
        self.link = link
        self._timeouts = timeouts
        self._retry = retry
        self._since = self._contact = now
        self.due = now
        """Monotonic time of the next reading of ``Task/Detail``."""
        self.link_works = False
        """True while frames about this task arrive on `link`."""
        self.missed_news = False
        """True if readings found changes that `link` did not report."""
        self._alone = False
        self._baseline = True
        self._suspect = False
        self._rank = -1
        self._log: str | None = None
        self._reads = 0
        self._failures = 0
        self._end_claims = 0
        self._error_since: float | None = None

    def registered(self, now: float) -> None:
        """Note that the token was sent over `link`. Nothing is replayed, so read at once."""
        self.due = now
        self.link_works = self._suspect = False
        self._baseline = True
        self._reads = 0

    def move_to(self, link: ReconnectingSocket, now: float) -> None:
        """Switch to a separate socket, since the shared one does not report this task."""
        self.link = link
        self.missed_news = False
        self._alone = True
        self.due = now + self._timeouts.poll

    def on_frame(self, frame: Frame, now: float) -> TaskEvent | None:
        """The event for a frame; None if it contains nothing new."""
        self._contact = now
        self.link_works = True
        self.missed_news = self._suspect = self._baseline = False
        self._reads = 0
        if frame.ended:
            # Not trusted: the event is made from the next reading.
            self._end_claims = 1
            self.due = now
            return None
        stage = self._advance(stage_of(frame.type))
        self.due = now + self._timeouts.live_poll if not self._end_claims else self.due
        if not (stage or frame.message or frame.progress is not None) and stage_of(frame.type):
            return None
        return TaskEvent(
            task_id=self.submission.task_id,
            type=frame.type,
            stage=stage,
            message=frame.message,
            progress=frame.progress,
            received=time.time(),
        )

    def on_detail(self, task: Task, now: float) -> TaskEvent | None:
        """The event for a reading; None if nothing changed since the last one."""
        first = self._log is None
        self._contact = now
        self._failures = 0
        self._reads += 1
        stage = self._advance(stage_of(task.status))
        # Of a long log only the end is kept, so that a longer one may have as many characters.
        longer = task.log != self._log and len(task.log) >= len(self._log or "")
        self._log = task.log if longer else self._log
        self._update_link_trust(news=stage is not None)
        self._plan(now, task)
        event = TaskEvent(
            task_id=self.submission.task_id,
            type=task.status,
            stage=stage,
            progress=1.0 if task.succeeded else progress_in(task.log) if longer else None,
            outputs=task.outputs,
            task=task,
            received=time.time(),
            error=self._stuck_in_error(task, now),
        )
        return event if first or stage or longer or task.terminal or event.error else None

    def on_failure(self, error: WiroError, now: float) -> TaskEvent | None:
        """The event that ends following; None if the reading is to be repeated."""
        new_task = isinstance(error, NotFoundError) and now - self._since < self._timeouts.grace
        hope = (error.retryable or new_task) and now - self._contact < self._timeouts.outage
        if hope:
            # A service, or any proxy, that asks for an hour must not silence all tasks for as long.
            asked = min(error.retry_after or 0.0, self._retry.cap)
            self.due = now + backoff(self._failures, self._retry, asked)
            self._failures += 1
            return None
        error.task_id = self.submission.task_id
        return TaskEvent(error.task_id, type="error", received=time.time(), error=error)

    def _advance(self, stage: str | None) -> str | None:
        """`stage` if it is further than the last one, else None."""
        if stage_rank(stage) <= self._rank:
            return None
        self._rank = stage_rank(stage)
        return stage

    def _update_link_trust(self, *, news: bool) -> None:
        # The frame may have arrived and not been read yet, so the socket is only suspected until
        # the next reading; a frame in between clears it.
        if self._suspect:
            self.link_works = False
            self.missed_news = True
        self._suspect = news and not self._baseline and self.link.is_open
        self._baseline = False

    def _plan(self, now: float, task: Task) -> None:
        if self._end_claims:
            self.due = now + min(self._timeouts.poll, 0.1 * 2**self._end_claims)
            self._end_claims = 0 if self._end_claims > _MAX_END_CLAIMS else self._end_claims + 1
        elif (
            not self.link.is_open
            or self._suspect
            or self.missed_news
            or task.status == "task_error"
        ):
            self.due = now + self._timeouts.poll
        elif self.link_works:
            self.due = now + self._timeouts.live_poll
        elif self._alone:
            self.due = now + self._timeouts.poll
        else:
            self.due = now + min(
                self._timeouts.live_poll, self._timeouts.poll * 1.5 ** (self._reads - 1)
            )

    def _stuck_in_error(self, task: Task, now: float) -> WiroError | None:
        # Sources disagree on whether this state is final, so it counts after a grace period.
        if task.status != "task_error":
            self._error_since = None
            return None
        if self._error_since is None:
            self._error_since = now
        return failure_of(task) if now - self._error_since >= self._timeouts.grace else None
