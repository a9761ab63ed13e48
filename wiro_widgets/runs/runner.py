"""The only module that owns threads: sends runs, follows them, fetches their clips.

Four threads at most, started on first use: one follows every task over the client's
`Watch`, one publishes changes (at most every 100 ms a run, so that a notebook is never
flooded), two send, stop and download.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from wiro_widgets.client import (
    ConcurrencyLimitError,
    RateLimitError,
    Submission,
    SubmissionUnknown,
    TaskCancelled,
    WiroError,
)
from wiro_widgets.runs.facts import Facts
from wiro_widgets.runs.inputs import poster
from wiro_widgets.runs.library import WAITING
from wiro_widgets.runs.problems import NeverSent, describe, not_followed_here
from wiro_widgets.runs.recall import matching_task, recall
from wiro_widgets.runs.run import Run
from wiro_widgets.runs.snapshot import TERMINAL_STATES, RunState
from wiro_widgets.schema.tasks import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from wiro_widgets.client import Task, TaskEvent, WiroClient
    from wiro_widgets.runs.judgment import Judgment
    from wiro_widgets.runs.library import Library, Record, Service
    from wiro_widgets.runs.request import RunRequest

_logger = logging.getLogger("wiro_widgets.runs")
_PUBLISH_SECONDS = 0.1
_RECENT_TASKS = 50
_SLOT_SECONDS = 5.0
"""How long to wait for a free slot when none of our own runs is about to free one."""


class Runner:
    """Runs requests of one library on one service.

    Args:
        client: Talks to the service; the runner closes it.
        library: Where every run is written down before it is sent.
        service: Which service this is; runs of one are never answers for the other.
    """

    def __init__(self, client: WiroClient, library: Library, service: Service) -> None:
        self._client = client
        self.library = library
        """Where every run is written down before it is sent."""
        self._service: Service = service
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._runs: WeakValueDictionary[int, Run] = WeakValueDictionary()
        self._followed: dict[str, Run] = {}
        self._waiting: deque[Run] = deque()
        self._dirty: dict[int, Run] = {}
        self._closed = threading.Event()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="wiro-send")
        self._watch = client.watch()
        self._threads = [
            threading.Thread(target=self._follow, name="wiro-follow", daemon=True),
            threading.Thread(target=self._publish, name="wiro-publish", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def submit(self, request: RunRequest, *, fresh: bool = False) -> Run:
        """Send a request, or show the run that answers it already.

        Returns at once. What becomes of it is written down before anything else is done.

        Args:
            request: What to run.
            fresh: Send it even though an equal request has been sent before.
        """
        # One step: who asks for the same at the same moment must find the run, not its record only.
        with self._lock:
            record, is_new = self.library.begin(request, self._service, fresh=fresh)
            if not is_new:
                return self.show(record, reused=True)
            run = self._adopt(record, Facts(record))
        self._start(self._send_in_turn, run)
        return run

    def show(self, record: Record, *, reused: bool = False) -> Run:
        """The run of a record: the one in use, or one restored from the library and followed on.

        Args:
            record: Which run.
            reused: It was asked for again; one that was never sent is sent only then, since
                looking at runs must not spend money.
        """
        with self._lock:
            run = self._runs.get(record.number)
            if run is None:
                run = self._adopt(record, recall(record))
                if run.facts.over:
                    pass
                elif record.service != self._service:
                    self._leave(run, "unknown", not_followed_here(run.number, record.service))
                elif record.state == WAITING:
                    self._leave(run, "draft", NeverSent(run.number))
                else:
                    self._start(self._settle, run)
            if reused and run.facts.over and record.state == WAITING:
                run.facts.resume("sending")
                self._start(self._send_parked, run)
            run.facts.reused = reused
            self._touch(run)
        run.publish(run.facts.copy())
        return run

    def stop(self, run: Run) -> None:
        """Ask the service to stop a run; returns at once."""
        with self._lock:
            if run.facts.state in TERMINAL_STATES or run.facts.stopping:
                return
            run.facts.stopping = True
            self._touch(run)
        self._start(self._stop, run)

    def judge(self, run: Run, changes: Mapping[str, Any]) -> Judgment:
        """Keep what the person thinks of a run, and let its views know.

        Raises:
            InputError: A value is not allowed; nothing was changed.
        """
        judgment = self.library.judge(run.number, **changes)
        self._touch(run)
        return judgment

    def close(self) -> None:
        """Let go of everything; runs go on at the service and can be followed again later."""
        if self._closed.is_set():
            return
        self._closed.set()
        atexit.unregister(self.close)
        self._watch.close()
        with self._changed:
            self._changed.notify_all()
        # What was asked for is sent and written down, rather than left in doubt.
        self._pool.shutdown(wait=True)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=5)
        self._client.close()
        self.library.close()

    # Sending: on the pool's threads.

    def _send_in_turn(self, run: Run) -> None:
        """Send a new run, or let it wait behind those that the service has no room for.

        Sending it all the same would upload its pictures only to be refused.
        """
        with self._lock:
            full = bool(self._waiting) and bool(self._followed)
        if full:
            self._park(run)
        else:
            self._send(run)

    def _park(self, run: Run) -> None:
        """Put a run aside that is known not to have been accepted, until a slot is free."""
        self.library.park(run.number)
        with self._lock:
            run.facts.state = "draft"
            self._waiting.append(run)
            self._touch(run)

    def _send(self, run: Run) -> None:
        """The one place that spends money; it is tried once."""
        request = run.request
        with self._lock:
            if run.facts.stopping:
                self._withdraw(run)
                return
        files = {name: [one.source for one in group] for name, group in request.files.items()}
        try:
            submission = self._client.submit(
                request.model, request.parameters, files, spec=request.spec
            )
        except (ConcurrencyLimitError, RateLimitError):
            self._park(run)
            return
        except WiroError as error:
            if error.maybe_accepted:
                self._settle(run)
            else:
                self.library.never_accepted(run.number)
                self._finish(run, "failed", error)
            return
        self.library.accepted(run.number, submission.task_id, submission.token)
        self._watch_for(run, submission)

    def _send_parked(self, run: Run) -> None:
        """Send a run that waited, unless another kernel has taken it meanwhile."""
        if self.library.claim(run.number):
            self._send(run)
        else:
            self._settle(run)

    def _withdraw(self, run: Run) -> None:
        """End a run that was stopped before it was sent."""
        self.library.never_accepted(run.number)
        run.facts.end(
            "cancelled", TaskCancelled("Stopped before it was sent; nothing was charged.")
        )
        run.facts.over = True
        self._touch(run)

    def _settle(self, run: Run) -> None:
        """Find out what became of a request whose answer was lost; never by sending it again."""
        record = self.library.record(run.number)
        if record.task_id and record.token:
            self._watch_for(run, Submission(record.task_id, record.token, record.request.model))
            return
        taken = {other.task_id for other in self.library.records() if other.task_id}
        try:
            task = matching_task(self._client.tasks(limit=_RECENT_TASKS), record, taken)
        except WiroError:
            task = None
        if task is not None and task.token:
            self.library.accepted(run.number, task.id, task.token)
            self._watch_for(run, Submission(task.id, task.token, record.request.model))
            return
        error = SubmissionUnknown(
            f"The connection broke while run {run.number} was being sent, and it could not be"
            " found among your newest tasks.",
            model=record.request.model,
            sent_at=record.created,
        )
        error.remedy = (
            "Look at your tasks on wiro.ai. If it is not there, run it again with fresh=True."
        )
        self._finish(run, "unknown", error)

    def _leave(self, run: Run, state: RunState, error: WiroError) -> None:
        """Show a run as it was last heard of, and do nothing about it."""
        run.facts.end(state, error)
        run.facts.over = True

    def _stop(self, run: Run) -> None:
        with self._lock:
            if run in self._waiting:
                self._waiting.remove(run)
                self._withdraw(run)
                return
            submission = run.facts.submission
        if submission is not None:
            # The watch hears of the end; until then the view says "Stopping".
            self._client.stop(submission)

    def _collect(self, run: Run, task: Task) -> None:
        """Fetch the clips while their addresses last."""
        facts = run.facts
        record = facts.record
        failure: WiroError | None = None
        for index, output in enumerate(task.outputs):
            if index < len(facts.files) or not output.url:
                continue
            suffix = PurePosixPath(output.name).suffix
            name = self.library.clip_name(record, index, suffix)
            try:
                path = self._client.download(output, self.library.clips, name=name)
            except WiroError as error:
                failure = error
                break
            facts.files.append(path)
        self._finish(run, "succeeded", failure)

    # Following: on the watch's thread.

    def _follow(self) -> None:
        for event in self._watch:
            with self._lock:
                run = self._followed.get(event.task_id)
                if run is None:
                    continue
                run.facts.hear(event)
                self._touch(run)
            if event.terminal or event.error is not None:
                self._end(run, event)

    def _end(self, run: Run, event: TaskEvent) -> None:
        with self._lock:
            self._followed.pop(event.task_id, None)
        self._use_slot()
        task = event.task
        if task is not None and task.succeeded:
            self._start(self._collect, run, task)
            return
        error = event.error if task is None else failure_of(task)
        if event.error is not None:
            # The task may go on: asking for the same run again follows it on.
            self._finish(run, "unknown", event.error)
        else:
            self._finish(run, "cancelled" if isinstance(error, TaskCancelled) else "failed", error)

    def _watch_for(self, run: Run, submission: Submission) -> None:
        with self._lock:
            run.facts.begin(submission)
            wants_stop = run.facts.stopping
            self._followed[submission.task_id] = run
            self._touch(run)
        self._watch.add(submission)
        if wants_stop:
            self._start(self._stop, run)

    def _use_slot(self) -> None:
        """Send the next waiting run: one of the account's slots may be free."""
        with self._lock:
            run = self._waiting.popleft() if self._waiting else None
            if run is not None:
                run.facts.state = "sending"
                self._touch(run)
        if run is not None:
            self._start(self._send_parked, run)

    # Publishing: on a thread of its own, so that a user's slow observer holds up nothing else.

    def _publish(self) -> None:
        busy = time.monotonic()
        while not self._closed.is_set():
            with self._changed:
                if not self._dirty:
                    self._changed.wait(_SLOT_SECONDS)
                work = [(run, run.facts.copy()) for run in self._dirty.values()]
                self._dirty.clear()
                idle = bool(self._waiting) and not self._followed
            for run, facts in work:
                run.publish(facts)
            # Idle for a moment only means that the next one is being sent right now.
            if not idle:
                busy = time.monotonic()
            elif time.monotonic() - busy > _SLOT_SECONDS:
                busy = time.monotonic()
                self._use_slot()
            self._closed.wait(_PUBLISH_SECONDS)

    def _touch(self, run: Run) -> None:
        with self._changed:
            self._dirty[run.number] = run
            self._changed.notify_all()

    # Endings.

    def _finish(self, run: Run, state: RunState, error: BaseException | None) -> None:
        """Write a run's end down, then show it."""
        facts = run.facts
        with self._lock:
            facts.end(state, error)
            kept = {**facts.snapshot(), "poster": None}
        self.library.keep(run.number, state, kept, facts.files)
        with self._lock:
            facts.over = True
            self._touch(run)

    # Plumbing.

    def _adopt(self, record: Record, facts: Facts) -> Run:
        pictures = (one.source for group in record.request.files.values() for one in group)
        facts.poster = next(
            (image for path in pictures if not isinstance(path, str) and (image := poster(path))),
            None,
        )
        run = Run(facts, self)
        with self._lock:
            self._runs[run.number] = run
        run.publish(facts.copy())
        return run

    def _start(self, work: Callable[..., None], run: Run, *more: object) -> None:
        """Hand work to the pool; no error of it is lost."""
        if self._closed.is_set():
            return

        def guarded() -> None:
            try:
                work(run, *more)
            except Exception as error:
                _logger.exception("Run %s: %s failed", run.number, work.__name__)
                with self._lock:
                    run.facts.stopping = False
                    run.facts.problem = describe(error)
                    self._touch(run)

        self._pool.submit(guarded)
