"""200 runs with observers that call back into the API, from several threads: nothing hangs."""

from __future__ import annotations

import faulthandler
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.fake_service import FakeService

THREADS, RUNS = 4, 50


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    """All stacks, before the test is given up."""
    faulthandler.dump_traceback_later(50)
    yield
    faulthandler.cancel_dump_traceback_later()


class Caller:
    """An observer that does anything a person could do in a cell."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._calls = [self._ask, self._ask_again, self._stop, self._judge, self._look, self._plan]
        self.runs: list[Any] = []
        self.stopped: set[int] = set()
        self.failures: list[BaseException] = []
        self.quiet = False
        self.inside: set[int] = set()

    def __call__(self, change: Any) -> None:
        self.inside.add(threading.get_ident())
        try:
            if not self.quiet:
                self._chance.choice(self._calls)(change["owner"])
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.failures.append(error)
        finally:
            self.inside.discard(threading.get_ident())

    def _ask(self, run: Any) -> None:
        if len(self.runs) < 10:
            self.runs.append(ww.run(f"{run.prompt}, and another", model=MODEL))

    def _ask_again(self, run: Any) -> None:
        ww.run(run.prompt, model=MODEL, seed=run.request.parameters["seed"])

    def _stop(self, run: Any) -> None:
        if run.number % 10 == 0:
            self.stopped.add(run.number)
            run.stop()

    def _judge(self, run: Any) -> None:
        run.judge(starred=bool(run.number % 2), rating=1 + run.number % 5)

    def _look(self, run: Any) -> None:
        assert ww.history(limit=5)
        assert run.judgment is not None

    def _plan(self, run: Any) -> None:
        ww.sweep(run.prompt, model=MODEL, seed=[1, 2])


def test_observers_that_call_back_from_several_threads(fake: FakeService, session: Any) -> None:
    fake.slots, fake.auto = 30, 0.01
    callers = [Caller(number) for number in range(THREADS)]
    made: list[list[Any]] = [[] for _ in range(THREADS)]

    def ask(number: int) -> None:
        for seed in range(RUNS):
            run = ww.run(f"Thread {number}", model=MODEL, seed=seed)
            run.observe(callers[number], ["status", "stage", "snapshot"])
            made[number].append(run)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
        assert not thread.is_alive()
    everything = [run for group in made for run in group]
    for run in everything:
        until(lambda run=run: run.ended, within=40)
    until(lambda: all(run.ended for caller in callers for run in caller.runs), within=40)
    for caller in callers:
        caller.quiet = True
        until(lambda caller=caller: not caller.inside)
    stopped = set().union(*(caller.stopped for caller in callers))
    for run in everything:
        if run.status == "succeeded":
            check_clip(run)
        else:
            assert (run.status, run.number in stopped) == ("cancelled", True), run
    assert [error for caller in callers for error in caller.failures] == []
    assert fake.doubled == []


def test_a_sweep_of_200_with_the_network_in_pieces(fake: FakeService, session: Any) -> None:
    """Sockets and answers are cut all the time: what is lost is found, nothing is sent twice."""
    fake.slots, fake.auto = 30, 0.01
    sweep = ww.sweep("In pieces", model=MODEL, seed=list(range(200))).run()
    cutting = threading.Event()

    def cut() -> None:
        while not cutting.is_set() and not fake.pause(0.2):
            fake.cut_connections()

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        until(lambda: len(fake.accepted) >= 100, within=40)
    finally:
        cutting.set()
        cutter.join()
    for run in sweep.runs:
        until(lambda run=run: run.ended, within=50)
    again = ww.sweep("In pieces", model=MODEL, seed=list(range(200))).run()
    for run in again.runs:
        try:
            check_clip(run.wait(30))
        except ww.SubmissionUnknown:
            # Its body had left, and was cut before the service had read it.
            assert str(run.request.parameters["seed"]) not in {
                task.parameters["seed"] for task in fake.accepted
            }
    assert fake.doubled == []
