"""Pools, schedules and notifiers under threads that are switched in the middle of lines."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.runs.helpers import until
from tests.runs.threads import THREADS, at_once, jitter
from wiro_widgets.runs import workers
from wiro_widgets.runs.workers import Notifier, Schedule, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


def pool_of_two() -> None:
    done: list[int] = []
    inside, most = Counter[str](), [0]
    guard = threading.Lock()

    def work(number: int) -> None:
        with guard:
            inside["now"] += 1
            most[0] = max(most[0], inside["now"])
        time.sleep(0.0005)
        with guard:
            inside["now"] -= 1
        done.append(number)

    pool = WorkerPool("test", 2)
    at_once(lambda number: pool.submit(work, number))
    pool.drain(20)
    pool.close()
    assert sorted(done) == list(range(THREADS))
    assert most[0] <= 2


def test_a_pool_has_its_size_and_does_all_work() -> None:
    with jitter(workers):
        for _ in range(15):
            pool_of_two()


def test_work_that_comes_when_a_thread_goes_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_IDLE_SECONDS", 0.001)
    dice = random.Random(2)
    pool = WorkerPool("test", 1)
    with jitter(workers):
        for _ in range(300):
            done = threading.Event()
            pool.submit(done.set)
            assert done.wait(5), "it was left lying"
            time.sleep(dice.uniform(0, 0.004))
    pool.close()


def test_draining_waits_for_what_has_begun() -> None:
    pool = WorkerPool("test", 1)
    begun, may_end, ended = (threading.Event() for _ in range(3))

    def work() -> None:
        begun.set()
        may_end.wait(20)
        ended.set()

    pool.submit(work)
    assert begun.wait(20)
    pool.drain(0.01)
    assert not ended.is_set()
    threading.Timer(0.2, may_end.set).start()
    pool.drain(20)
    assert ended.is_set()
    pool.close()


def test_a_subject_is_told_by_one_thread_at_a_time_and_of_the_newest_at_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_NOTIFY_SECONDS", 0.0)
    notifier = Notifier()
    told: dict[int, int] = {}
    busy: set[int] = set()
    twice: list[int] = []
    newest = Counter[int]()

    def tell(subject: int) -> None:
        if subject in busy:
            twice.append(subject)
        busy.add(subject)
        value = newest[subject]
        time.sleep(0.0003)
        busy.discard(subject)
        told[subject] = value

    def change(subject: int) -> None:
        for _ in range(25):
            newest[subject] += 1
            notifier.notify(subject, lambda: tell(subject))

    with jitter(workers):
        at_once(change)
        until(lambda: told == dict(newest))
    assert twice == []


def test_all_that_is_scheduled_is_called_once() -> None:
    schedule = Schedule()
    calls = Counter[tuple[int, int]]()

    def plan(number: int) -> None:
        for turn in range(25):
            schedule.after(0.0005 * (turn % 3), lambda turn=turn: calls.update([(number, turn)]))
            time.sleep(0.001 * (turn % 2))

    with jitter(workers):
        for attempt in range(3):
            calls.clear()
            at_once(plan)
            until(lambda: len(calls) == THREADS * 25)
            assert set(calls.values()) == {1}, attempt
    schedule.close()


class Emptied(list):  # type: ignore[type-arg]
    """What is due; the moment it is found to be empty, `then` runs on another thread."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self.then: Callable[[], None] | None = then

    def __bool__(self) -> bool:
        found = len(self) > 0
        if not found and self.then is not None:
            thread, self.then = threading.Thread(target=self.then, daemon=True), None
            thread.start()
            # It has to wait for the lock until the thread that found nothing has gone.
            thread.join(0.2)
        return found


def test_what_is_scheduled_in_the_moment_in_which_the_thread_goes_is_called() -> None:
    schedule = Schedule()
    called = threading.Event()
    schedule._due = Emptied(lambda: schedule.after(0.0, called.set))
    schedule.after(0.0, lambda: None)
    assert called.wait(5), "it was forgotten"
    schedule.close()


def test_what_is_scheduled_when_the_thread_goes_is_called() -> None:
    schedule = Schedule()

    def plan(number: int) -> None:
        dice = random.Random(number)
        for _ in range(120):
            called = threading.Event()
            schedule.after(0.0, called.set)
            assert called.wait(5), "it was forgotten"
            time.sleep(dice.uniform(0, 0.003))

    with jitter(workers, chance=0.3):
        at_once(plan, 2)
    schedule.close()
