"""Kills a kernel again and again in the middle of its work, and counts what became of the runs.

``python -m tests.runs.kill_matrix [kills] [seed]``: SIGKILL at random moments of sweeps whose cells
differ in settings only, and once at every step of a run. After each kill the same script is run
again, in a new kernel, until all is over. What stays unknown although nothing was accepted for it
is then sent with ``fresh=True``, as the documentation says. All of it on SQLite and on PostgreSQL.

Prints a table; exit code 1 unless all columns but the first are 0.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.client.wire import Exchange, Hangup
from tests.library.places import SQLITE, Place, postgresql_place
from tests.library.servers import PostgreSQL
from tests.runs.fake_faults import Gate
from tests.runs.fake_service import FakeService
from tests.runs.kernel import Kernel, KernelError

if TYPE_CHECKING:
    from collections.abc import Callable

KILLS, SEED = 100, 20261126
KILLS_A_SWEEP = 4
SECONDS = 40
"""For one script to its end; more is a hang."""
PLAN = (
    "from wiro_widgets.client import WaitTimeout\n"
    "s = ww.sweep({prompt!r}, model=MODEL, resolution='768P', duration=[6, 10],"
    " promptOptimizer=[True, False], seed=[1, 2, 3])"
)
CELLS = 12
END = f"""
try:
    s.run().wait({SECONDS})
except WaitTimeout:
    pass
def outcome(run):
    try:
        clip = 'none' if run.video is None else check_clip(run) or 'right'
    except AssertionError:
        clip = 'wrong'
    return [run.request.parameters['seed'], run.request.parameters['duration'],
            run.request.parameters['promptOptimizer'],
            run.status if run.ended else 'hanging', clip, run.task_id]
[outcome(run) for run in s.runs]
"""
AGAIN = f"""
unknown = [run for run in s.runs if run.status == 'unknown' and run.task_id is None]
new = [ww.run(run.prompt, model=MODEL, fresh=True, **{{name: value
       for name, value in run.request.parameters.items() if name != 'prompt'}}) for run in unknown]
[outcome(run.wait({SECONDS})) for run in new]
"""


@dataclass
class Verdict:
    """What became of the cells of some sweeps."""

    cells: int = 0
    sent_twice: int = 0
    lost: int = 0
    wrong_clip: int = 0
    hanging: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.sent_twice or self.lost or self.wrong_clip or self.hanging)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    def __str__(self) -> str:
        return (
            f"{self.cells:6}{self.sent_twice:12}{self.lost:6}{self.wrong_clip:12}{self.hanging:9}"
        )


HEAD = f"{'':46}{'cells':>6}{'sent twice':>12}{'lost':>6}{'wrong clip':>12}{'hanging':>9}"


def judge(service: FakeService, kernel: Kernel, prompt: str, cells: int) -> Verdict:
    """Run the script to its end, take the documented way out, and look at everything."""
    verdict = Verdict(cells)
    try:
        found = kernel.do(END, SECONDS + 10)
        given_up = kernel.do(AGAIN, SECONDS + 10)
    except KernelError:
        print(kernel.said, file=sys.stderr)  # noqa: T201
        raise
    except AssertionError:
        verdict.hanging = cells
        return verdict
    accepted = [one for one in service.accepted if one.parameters["prompt"] == prompt]
    per_cell = Counter(task.paid.key for task in accepted if task.paid)
    ended = [one for one in (*found, *given_up) if one[3] not in {"unknown", "hanging"}]
    verdict.hanging = sum(one[3] == "hanging" for one in found)
    verdict.sent_twice = sum(count - 1 for count in per_cell.values())
    verdict.wrong_clip = sum(one[4] == "wrong" for one in ended)
    verdict.lost = cells - len({tuple(one[:3]) for one in ended if one[4] == "right"})
    verdict.lost -= min(verdict.lost, verdict.wrong_clip + verdict.hanging)
    tasks = Counter(one[5] for one in ended if one[5])
    verdict.wrong_clip += sum(count - 1 for count in tasks.values())
    return verdict


class Kernels:
    """Kernels that are started ahead of their use, since starting one takes a second."""

    def __init__(self, folder: Path, service: FakeService, place: Place, ahead: int = 2) -> None:
        self._folder = folder
        self._environment = {**service.environment, **place.environment}
        self._waiting = [self._start() for _ in range(ahead)]

    def _start(self) -> Kernel:
        return Kernel(self._folder, self._environment)

    def next(self) -> Kernel:
        """A kernel that is ready."""
        self._waiting.append(self._start())
        return self._waiting.pop(0).ready()

    def close(self) -> None:
        """End those that were not used."""
        for kernel in self._waiting:
            kernel.kill()


def at_random_moments(folder: Path, place: Place, kills: int, seed: int) -> Verdict:
    """Sweeps with some kills each, at moments drawn from a seed.

    A moment is some requests and some milliseconds after the script has begun: any part of the
    work is hit alike, on a fast and on a slow machine.
    """
    chance = random.Random(seed)
    total = Verdict()
    with FakeService(auto=0.02) as service:
        service.think = lambda: chance.uniform(0, 0.04)
        kernels = Kernels(folder, service, place)
        for number in range(-(-kills // KILLS_A_SWEEP)):
            prompt = f"Killed at random {number}"
            for _ in range(min(KILLS_A_SWEEP, kills - number * KILLS_A_SWEEP)):
                kernel = kernels.next()
                kernel.do(PLAN.format(prompt=prompt))
                left = CELLS - sum(one.parameters["prompt"] == prompt for one in service.accepted)
                moment = service.counts.total() + chance.randint(0, 3 * left)
                kernel.start("s.run().wait()")
                with service.changed:
                    service.changed.wait_for(lambda m=moment: service.counts.total() >= m, 2)
                service.pause(chance.uniform(0, 0.03))
                kernel.kill()
            kernel = kernels.next()
            kernel.do(PLAN.format(prompt=prompt))
            total += judge(service, kernel, prompt, CELLS)
            kernel.kill()
        kernels.close()
    return total


@dataclass(frozen=True)
class Step:
    """The moment a request of a kind arrives for the n-th time, and what becomes of it."""

    kind: str
    nth: int = 1
    fate: str = "served"
    """served (nobody hears the answer), dropped, or late: after the next kernel has asked."""


STEPS = {
    "the schema is asked for": Step("Tool/Detail"),
    "a request is lost on its way": Step("Run", 1, "dropped"),
    "a later request is lost": Step("Run", 5, "dropped"),
    "a request is accepted": Step("Run"),
    "a later request is accepted": Step("Run", 5),
    "the last request is accepted": Step("Run", CELLS),
    "a request is accepted much later": Step("Run", 3, "late"),
    "a task is looked at": Step("Task/Detail"),
    "a later task is looked at": Step("Task/Detail", CELLS - 2),
    "a clip is asked for": Step("cdn", 1, "dropped"),
    "a later clip is asked for": Step("cdn", 6),
    "the last clip is asked for": Step("cdn", CELLS),
    "a lost run is looked for": Step("Task/List"),
}


class Strike:
    """Kills a kernel at a step, once; every other request passes."""

    def __init__(self, service: FakeService, step: Step, kernel: Kernel) -> None:
        self._step, self._kernel = step, kernel
        self._left = step.nth
        self._counting = threading.Lock()
        self.late = Gate(service, late=True)
        self.over = threading.Event()
        service.always[step.kind] = self

    def __call__(self, exchange: Exchange) -> None:
        # A key is tried by listing one task, which is no step of a run.
        counts = not (self._step.kind == "Task/List" and exchange.json().get("limit") == "1")
        with self._counting:
            self._left -= counts
            strikes = counts and self._left == 0
        if not strikes:
            exchange.proceed()
            return
        exchange.body()
        self._kernel.kill()
        self.over.set()
        if self._step.fate == "dropped":
            raise Hangup
        if self._step.fate == "late":
            self.late(exchange)
        else:
            exchange.proceed()


def at_a_step(folder: Path, place: Place, name: str) -> Verdict:
    """One sweep that is killed at a step, and asked for again."""
    prompt = f"Killed when {name}"
    script = PLAN.format(prompt=prompt) + "\ns.run().wait()"
    steps = [STEPS[name]]
    if steps[0].kind == "Task/List":
        steps.insert(0, STEPS["a request is accepted"])
    with FakeService(auto=0.02) as service:
        kernels = Kernels(folder, service, place, ahead=len(steps))
        for step in steps:
            kernel = kernels.next()
            strike = Strike(service, step, kernel)
            kernel.start(script)
            assert strike.over.wait(SECONDS), f"no kernel came to this step: {name}"
            service.release(step.kind)
        kernel = kernels.next()
        kernel.do(PLAN.format(prompt=prompt) + "\ns.run()")
        strike.late.open()
        try:
            return judge(service, kernel, prompt, CELLS)
        finally:
            kernel.kill()
            kernels.close()


def on_a_store(new_place: Callable[[], Place], kills: int, seed: int) -> Verdict:
    """Print one store's rows of the table."""
    total, store = Verdict(), new_place().name
    for name in STEPS:
        with tempfile.TemporaryDirectory() as folder:
            verdict = at_a_step(Path(folder), new_place(), name)
        print(f"{f'{store}: {name}':46}{verdict}", flush=True)  # noqa: T201
        total += verdict
    with tempfile.TemporaryDirectory() as folder:
        verdict = at_random_moments(Path(folder), new_place(), kills, seed)
    print(f"{f'{store}: {kills} at random, seed {seed}':46}{verdict}", flush=True)  # noqa: T201
    return total + verdict


def main(kills: int = KILLS, seed: int = SEED) -> int:
    """Print the table; 1 when anything went wrong."""
    print(HEAD)  # noqa: T201
    with PostgreSQL() as server:
        total = on_a_store(lambda: SQLITE, kills, seed)
        total += on_a_store(lambda: postgresql_place(server), kills, seed)
    print(f"{'in all':46}{total}")  # noqa: T201
    return int(not total.good)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
