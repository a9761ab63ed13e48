"""`Watch`: the events of many tasks over one socket, in the thread that iterates."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from wiro_widgets.errors import ProtocolError, RateLimitError, WiroError
from wiro_widgets.schema.tasks import Frame, parse_frame

from .tracker import TaskTracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from wiro_widgets.schema.tasks import Submission, Task, TaskEvent

    from .transport import RetryPolicy, Timeouts
    from .websocket import ReconnectingSocket

    ReadTask = Callable[[Submission, float], Task]

logger = logging.getLogger("wiro_widgets.client")

_READS_PER_TURN = 8
_SLOW = 0.5
"""Seconds: after a reading that took longer, the sockets are read before the next one."""
_MANY = 10


class Watch:
    """Follows any number of tasks; iterating it in one thread yields their events.

    The last event of a task is `terminal` or has an `error`; then the task is removed. The
    iteration continues, waiting for more tasks, until `close`.

    Args:
        read_task: Reads ``Task/Detail`` once, in at most the given seconds.
        new_link: Makes a live socket, to be opened later.
        timeouts: Intervals and patience.
        retry: Back-off after failures.
    """

    def __init__(
        self,
        read_task: ReadTask,
        new_link: Callable[[], ReconnectingSocket],
        timeouts: Timeouts,
        retry: RetryPolicy,
    ) -> None:
        self._read_task = read_task
        self._new_link = new_link
        self._timeouts = timeouts
        self._retry = retry
        self._shared = new_link()
        self._trackers: dict[str, TaskTracker] = {}
        self._commands: deque[tuple[str, Submission | None]] = deque()
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._closed = False
        self._iterating = False
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)

    def add(self, submission: Submission) -> None:
        """Follow a task too; its first event comes at once. Callable from any thread."""
        self._command(submission.task_id, submission)

    def remove(self, task_id: str) -> None:
        """Stop following a task, which itself continues. Callable from any thread."""
        self._command(task_id, None)

    def close(self) -> None:
        """End the iteration and close the sockets. Callable from any thread, repeatedly."""
        with self._lock:
            self._closed = True
            if self._iterating:
                self._wake_up()
            else:
                self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[TaskEvent]:
        return self.events()

    def events(self, deadline: float | None = None) -> Iterator[TaskEvent]:
        """Yield the events of all tasks until `close` or `deadline` (monotonic seconds)."""
        with self._lock:
            if self._iterating:
                raise RuntimeError("A Watch is iterated by one thread only.")
            self._iterating = not self._closed
        try:
            while not self._closed and (deadline is None or time.monotonic() < deadline):
                yield from self._turn(deadline)
        finally:
            with self._lock:
                self._iterating = False
                self._closed = True
                self._release()

    def _turn(self, deadline: float | None) -> Iterator[TaskEvent]:
        self._apply_commands()
        for link in self._links():
            self._maintain(link, deadline)
        for tracker in self._due()[:_READS_PER_TURN]:
            asked = time.monotonic()
            yield from self._read(tracker, deadline)
            if time.monotonic() - asked > _SLOW:
                break
        for link in self._wait(deadline):
            yield from self._receive(link)

    def _command(self, task_id: str, submission: Submission | None) -> None:
        with self._lock:
            if not self._closed:
                self._commands.append((task_id, submission))
                self._wake_up()

    def _apply_commands(self) -> None:
        while self._commands:
            task_id, submission = self._commands.popleft()
            if submission is None:
                self._forget(task_id)
            elif task_id not in self._trackers:
                tracker = TaskTracker(
                    submission, self._shared, self._timeouts, self._retry, time.monotonic()
                )
                self._trackers[task_id] = tracker
                if self._shared.is_open:
                    self._shared.register(submission.token)

    def _links(self) -> list[ReconnectingSocket]:
        return list(
            {id(f.link): f.link for f in self._trackers.values() if f.submission.token}.values()
        )

    def _maintain(self, link: ReconnectingSocket, deadline: float | None) -> None:
        now = time.monotonic()
        link.keep_alive(now)
        if (
            link.is_open
            or now < link.retry_at
            or not link.open(_left(deadline, self._timeouts.connect))
        ):
            return
        for tracker in self._trackers.values():
            if tracker.link is link and tracker.submission.token:
                link.register(tracker.submission.token)
                tracker.registered(time.monotonic())

    def _due(self) -> list[TaskTracker]:
        now = time.monotonic()
        if now < self._not_before:
            return []
        return sorted((f for f in self._trackers.values() if f.due <= now), key=lambda f: f.due)

    def _read(self, tracker: TaskTracker, deadline: float | None) -> Iterator[TaskEvent]:
        within = _left(deadline, 2 * self._timeouts.connect)
        try:
            task = self._read_task(tracker.submission, within)
            event = self._on_detail(tracker, task)
        except WiroError as error:
            event = tracker.on_failure(error, time.monotonic())
            if isinstance(error, RateLimitError):
                self._not_before = tracker.due
            logger.info("task %s: %s", tracker.submission.task_id, type(error).__name__)
        except Exception as error:
            # Whatever an answer about one task causes must not end the following of the others.
            logger.exception("task %s: its state cannot be read", tracker.submission.task_id)
            event = tracker.on_failure(_unreadable(error), time.monotonic())
        if event is not None:
            if event.terminal or event.error is not None:
                self._forget(tracker.submission.task_id)
            yield event

    def _on_detail(self, tracker: TaskTracker, task: Task) -> TaskEvent | None:
        event = tracker.on_detail(task, time.monotonic())
        self._slow_polling(tracker)
        if tracker.missed_news and tracker.link is self._shared:
            logger.info("task %s: gets a separate socket", task.id)
            tracker.move_to(self._new_link(), time.monotonic())
        return event

    def _slow_polling(self, tracker: TaskTracker) -> None:
        # Many tasks without a socket must not cause as many requests.
        factor = len(self._trackers) / _MANY
        if factor > 1 and not tracker.link.is_open:
            now = time.monotonic()
            tracker.due = now + (tracker.due - now) * factor

    def _wait(self, deadline: float | None) -> list[ReconnectingSocket]:
        now = time.monotonic()
        links = self._links()
        pauses = [link.due(now) for link in links]
        pauses += [max(0.0, max(f.due, self._not_before) - now) for f in self._trackers.values()]
        if deadline is not None:
            pauses.append(max(0.0, deadline - now))
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            for link in links:
                if link.is_open:
                    selector.register(link.fileno(), selectors.EVENT_READ, link)
            ready = [key.data for key, _ in selector.select(min(pauses) if pauses else None)]
        if None in ready:
            self._drain_wake()
        return [link for link in links if link in ready or link.due(now) == 0.0]

    def _receive(self, link: ReconnectingSocket) -> Iterator[TaskEvent]:
        for text in link.frames():
            try:
                event = self._on_frame(text, link)
            except Exception:
                # The next reading tells what this frame would have told.
                logger.exception("socket: a frame cannot be read")
                continue
            if event is not None:
                yield event

    def _on_frame(self, text: str, link: ReconnectingSocket) -> TaskEvent | None:
        frame = parse_frame(text)
        tracker = self._tracker_for(frame, link) if frame else None
        if frame is None or tracker is None:
            return None
        link.reset_backoff()
        return tracker.on_frame(frame, time.monotonic())

    def _tracker_for(self, frame: Frame, link: ReconnectingSocket) -> TaskTracker | None:
        """The tracker of the frame's task; newer frames have its id, older ones its token."""
        if not frame.about_task:
            return None
        named = self._trackers.get(frame.task_id)
        if named is not None:
            return named
        if frame.token:
            meant = [f for f in self._trackers.values() if f.submission.token == frame.token]
        else:
            meant = [] if frame.task_id else [f for f in self._trackers.values() if f.link is link]
        return meant[0] if len(meant) == 1 else None

    def _forget(self, task_id: str) -> None:
        gone = self._trackers.pop(task_id, None)
        if gone is not None and all(f.link is not gone.link for f in self._trackers.values()):
            gone.link.close()

    def _wake_up(self) -> None:
        with contextlib.suppress(OSError):  # already full of wake-ups
            self._waker.send(b"\0")

    def _drain_wake(self) -> None:
        with contextlib.suppress(OSError):  # nothing left
            while self._wake.recv(4096):
                pass

    def _release(self) -> None:
        for link in [self._shared, *self._links()]:
            link.close()
        self._trackers.clear()
        self._wake.close()
        self._waker.close()


def _unreadable(error: Exception) -> WiroError:
    unreadable = ProtocolError(
        f"What the service says of this task cannot be read ({type(error).__name__}).",
        remedy="Read it later with client.task.",
    )
    unreadable.retryable = False
    return unreadable


def _left(deadline: float | None, most: float) -> float:
    """Seconds that one blocking operation may take."""
    left = most if deadline is None else deadline - time.monotonic()
    return min(most, max(left, 0.05))
