"""Following many tasks over one socket, in the one thread that iterates."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from wiro_widgets.errors import RateLimitError, WiroError
from wiro_widgets.schema.frames import Frame, parse_frame

from .followed import Followed
from .socket_link import SocketLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from wiro_widgets.schema.tasks import Submission, Task, TaskEvent

    from .transport import Pace

    ReadTask = Callable[[Submission, float], Task]

logger = logging.getLogger("wiro_widgets.client")

_READS_PER_TURN = 8
_SLOW = 0.5
"""Seconds for one reading, after which the sockets have their turn before the next."""
_CROWD = 10


class Watch:
    """Follows any number of tasks; iterate it in one thread to get their events.

    Each task ends with an event that is `terminal` or carries an `error`, and is then no
    longer watched. Iteration goes on, waiting for more tasks, until `close`.

    Args:
        read_task: Reads ``Task/Detail`` once, in at most the given seconds.
        socket_url: Address of the live socket.
        pace: Time-outs.
    """

    def __init__(self, read_task: ReadTask, socket_url: str, pace: Pace) -> None:
        self._read_task = read_task
        self._socket_url = socket_url
        self._pace = pace
        self._shared = SocketLink(socket_url, pace)
        self._followed: dict[str, Followed] = {}
        self._requests: deque[tuple[str, Submission | None]] = deque()
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._closed = False
        self._iterating = False
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)

    def add(self, submission: Submission) -> None:
        """Watch a task too; its first event comes at once. Callable from any thread."""
        self._ask(submission.task_id, submission)

    def remove(self, task_id: str) -> None:
        """Stop watching a task; the task goes on. Callable from any thread."""
        self._ask(task_id, None)

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
        """The events of all tasks until `close`, or until `deadline` (monotonic seconds)."""
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
        self._obey_requests()
        for link in self._links():
            self._tend(link, deadline)
        for followed in self._due()[:_READS_PER_TURN]:
            asked = time.monotonic()
            yield from self._read(followed, deadline)
            if time.monotonic() - asked > _SLOW:
                break
        for link in self._wait(deadline):
            yield from self._receive(link)

    def _ask(self, task_id: str, submission: Submission | None) -> None:
        with self._lock:
            if not self._closed:
                self._requests.append((task_id, submission))
                self._wake_up()

    def _obey_requests(self) -> None:
        while self._requests:
            task_id, submission = self._requests.popleft()
            if submission is None:
                self._forget(task_id)
            elif task_id not in self._followed:
                followed = Followed(submission, self._shared, self._pace, time.monotonic())
                self._followed[task_id] = followed
                if self._shared.is_open:
                    self._shared.register(submission.token)

    def _links(self) -> list[SocketLink]:
        return list(
            {id(f.link): f.link for f in self._followed.values() if f.submission.token}.values()
        )

    def _tend(self, link: SocketLink, deadline: float | None) -> None:
        now = time.monotonic()
        link.keep_alive(now)
        if (
            link.is_open
            or now < link.retry_at
            or not link.open(_left(deadline, self._pace.connect))
        ):
            return
        for followed in self._followed.values():
            if followed.link is link and followed.submission.token:
                link.register(followed.submission.token)
                followed.registered(time.monotonic())

    def _due(self) -> list[Followed]:
        now = time.monotonic()
        if now < self._not_before:
            return []
        return sorted((f for f in self._followed.values() if f.due <= now), key=lambda f: f.due)

    def _read(self, followed: Followed, deadline: float | None) -> Iterator[TaskEvent]:
        within = _left(deadline, 2 * self._pace.connect)
        try:
            task = self._read_task(followed.submission, within)
        except WiroError as error:
            event = followed.on_failure(error, time.monotonic())
            if isinstance(error, RateLimitError):
                self._not_before = followed.due
            logger.info("task %s: %s", followed.submission.task_id, type(error).__name__)
        else:
            event = followed.on_detail(task, time.monotonic())
            self._spread(followed)
            if followed.deaf and followed.link is self._shared:
                logger.info("task %s: gets a socket of its own", task.id)
                followed.move_to(SocketLink(self._socket_url, self._pace), time.monotonic())
        if event is not None:
            if event.terminal or event.error is not None:
                self._forget(followed.submission.task_id)
            yield event

    def _spread(self, followed: Followed) -> None:
        # A crowd without a socket must not become a storm of requests.
        crowd = len(self._followed) / _CROWD
        if crowd > 1 and not followed.link.is_open:
            now = time.monotonic()
            followed.due = now + (followed.due - now) * crowd

    def _wait(self, deadline: float | None) -> list[SocketLink]:
        now = time.monotonic()
        links = self._links()
        pauses = [link.due(now) for link in links]
        pauses += [max(0.0, max(f.due, self._not_before) - now) for f in self._followed.values()]
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

    def _receive(self, link: SocketLink) -> Iterator[TaskEvent]:
        for text in link.frames():
            frame = parse_frame(text)
            followed = self._addressee(frame, link) if frame else None
            if frame is None or followed is None:
                continue
            link.proved_useful()
            event = followed.on_frame(frame, time.monotonic())
            if event is not None:
                yield event

    def _addressee(self, frame: Frame, link: SocketLink) -> Followed | None:
        """The task a frame is about: newer frames name its id, older ones its token."""
        if not frame.about_task:
            return None
        named = self._followed.get(frame.task_id)
        if named is not None:
            return named
        if frame.token:
            meant = [f for f in self._followed.values() if f.submission.token == frame.token]
        else:
            meant = [] if frame.task_id else [f for f in self._followed.values() if f.link is link]
        return meant[0] if len(meant) == 1 else None

    def _forget(self, task_id: str) -> None:
        gone = self._followed.pop(task_id, None)
        if gone is not None and all(f.link is not gone.link for f in self._followed.values()):
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
        self._followed.clear()
        self._wake.close()
        self._waker.close()


def _left(deadline: float | None, most: float) -> float:
    """Seconds that one blocking step may take."""
    left = most if deadline is None else deadline - time.monotonic()
    return min(most, max(left, 0.05))
