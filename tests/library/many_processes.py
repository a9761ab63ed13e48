"""Many processes with one library on a PostgreSQL ask for the same requests at once.

``python -m tests.library.many_processes [processes] [requests]``: first in peace; then with the
database restarted, as after a power failure, and two processes killed in the middle. Each process
has its own folder, asks in its own order, and runs its cell again when that failed since
the database was away, as a person does.

Prints a table; exit code 1 unless each request was paid for once, and every process that was not
killed has the right clip of each.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.library.places import Place, postgresql_place
from tests.library.servers import ObjectStore, PostgreSQL
from tests.runs.fake_service import FakeService
from tests.runs.kernel import Kernel, KernelError

PROCESSES, REQUESTS, KILLED = 20, 100, 2
SECONDS = 600
"""For one process to have everything; more is a hang."""
MOST_FAILURES = 5
"""Of one cell, which is run again while the database is away."""
CELL = """
import random
numbers = list(range({requests}))
random.Random({seed}).shuffle(numbers)
def outcome(run):
    try:
        clip = 'none' if run.video is None else check_clip(run) or 'right'
    except AssertionError:
        clip = 'wrong'
    return [run.request.parameters['seed'], run.status, clip]
def cell():
    runs = [ww.run(f'Asked for by all, {{seed}}', model=MODEL, seed=seed) for seed in numbers]
    for run in runs:
        run.wait({seconds})
    # What the documentation says of a run whose answer was lost and that nobody has accepted.
    given_up = [run for run in runs if run.status == 'unknown' and run.task_id is None]
    return [outcome(run) for run in runs if run not in given_up], [
        run.request.parameters['seed'] for run in given_up]
"""
FRESH = """
new = [ww.run(f'Asked for by all, {{seed}}', model=MODEL, seed=seed, fresh=True)
       for seed in {seeds}]
[outcome(run.wait({seconds})) for run in new]
"""


@dataclass
class Verdict:
    """What came of it."""

    requests: int
    paid: int = 0
    """Different requests that the service accepted."""
    twice: int = 0
    missing: int = 0
    """Clips that a process has not, or has wrong."""
    failures: int = 0
    """Cells that ended with a clear error while the database was away."""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether each was paid for once, and everybody has everything."""
        return self.paid == self.requests and not self.twice and not self.missing

    def __str__(self) -> str:
        return (
            f"{self.requests:8}{self.paid:6}{self.twice:12}{self.missing:15}{self.failures:14}"
            f"{self.seconds:9.1f}"
        )


HEAD = (
    f"{'':34}{'requests':>8}{'paid':>6}{'paid twice':>12}{'clips missing':>15}"
    f"{'clear errors':>14}{'seconds':>9}"
)


def ask(
    place: Place, folder: Path, processes: int, requests: int, server: PostgreSQL | None = None
) -> Verdict:
    """Have some processes ask for the same requests.

    Args:
        place: The library of them all.
        folder: Where each process gets its own folder.
        processes: How many.
        requests: How many different ones each asks for.
        server: To be restarted in the middle, while two of the processes are killed.
    """
    verdict = Verdict(requests)
    with FakeService(auto=0.02) as service, contextlib.ExitStack() as kernels:
        environment = {**service.environment, **place.environment}
        asking = []
        for number in range(processes):
            own = folder / f"machine-{number}"
            own.mkdir()
            code = CELL.format(requests=requests, seed=number, seconds=SECONDS)
            asking.append(kernels.enter_context(Kernel(own, environment, code)))
        for one in asking:
            one.ready(SECONDS)
        begin = time.monotonic()
        for one in asking:
            one.start("cell()")
        if server is not None:
            service.wait_accepted(requests // 3, SECONDS)
            for one in asking[:KILLED]:
                one.kill()
            server.restart(at_once=True)
            asking = asking[KILLED:]
        given_up: set[int] = set()
        for one in asking:
            found, lost = _ended(one, verdict, patient=server is not None)
            right = {seed for seed, _, clip in found if clip == "right"}
            verdict.missing += requests - len(right | set(lost))
            given_up |= set(lost)
        if given_up:
            found = asking[0].do(FRESH.format(seeds=sorted(given_up), seconds=SECONDS), SECONDS)
            verdict.missing += sum(clip != "right" for _, _, clip in found)
        verdict.seconds = time.monotonic() - begin
        paid = Counter(task.paid.key for task in service.accepted if task.paid)
    verdict.paid, verdict.twice = len(paid), sum(paid.values()) - len(paid)
    return verdict


def _ended(kernel: Kernel, verdict: Verdict, *, patient: bool) -> Any:
    """What came of a kernel's cell, which is run again when it failed with a clear error."""
    for _ in range(MOST_FAILURES):
        try:
            return kernel.answer(SECONDS)
        except KernelError as error:
            if not patient or "errors.LibraryError" not in str(error):
                raise
            verdict.failures += 1
            kernel.start("cell()")
    raise AssertionError(f"the database is not found again; it said:\n{kernel.said}")


def main(processes: int = PROCESSES, requests: int = REQUESTS) -> int:
    """Print the table; 1 when anything went wrong."""
    print(HEAD)  # noqa: T201
    good = True
    with PostgreSQL(durable=True) as server, ObjectStore() as objects:
        for name, restarted in (
            (f"{processes} processes", None),
            (f"database restarted, {KILLED} killed", server),
        ):
            with tempfile.TemporaryDirectory() as folder:
                place = postgresql_place(server, objects)
                verdict = ask(place, Path(folder), processes, requests, restarted)
            print(f"{name:34}{verdict}", flush=True)  # noqa: T201
            good = good and verdict.good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
