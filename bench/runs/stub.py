"""Runs the fake service of the tests of runs in a separate process, with a folder that uses it.

The service writes into each task's log when it began and ended. Both sides read CLOCK_MONOTONIC,
which all processes of a computer share.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.runs.fake_service import MODEL, FakeService, LifeTask  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.client.wire import Exchange
    from wiro_widgets.runs.run import Run

__all__ = ["MODEL", "Stub"]

_STEPS = ("task_accept", "task_start", "task_output", "task_end")


class TimedService(FakeService):
    """Tasks that run to their ends by themselves, and when each request arrived."""

    def __init__(self) -> None:
        # The one number that FakeService has for it is not used: lengths are random.
        super().__init__(auto=0.0)
        self.shortest, self.longest = 0.2, 0.4
        self.failing = 0
        """Of so many tasks the last one fails; 0 for none."""
        self.arrivals: list[tuple[str, float]] = []

    def serve(self, exchange: Exchange) -> None:
        exchange.body()
        self.arrivals.append((exchange.kind, time.monotonic()))
        super().serve(exchange)

    def _play(self, task: LifeTask, pace: float) -> None:  # noqa: ARG002 - see __init__
        # Random lengths, so that no polling period can fall in step with them.
        begin = time.monotonic()
        pause = random.uniform(self.shortest, self.longest) / len(_STEPS)
        for stage in _STEPS:
            if self.pause(pause):
                return
            self.advance(task, stage)
        if self.failing and int(task.id) % self.failing == 0:
            self.fail(task, "Out of memory")
            return
        task.log = f"{begin!r}\n{time.monotonic()!r}"
        self.finish(task)


def main() -> None:
    """Serve until standard input closes; each line changes switches and is answered by counters."""
    with TimedService() as service:
        print(json.dumps(service.environment), flush=True)
        for line in sys.stdin:
            for name, value in json.loads(line).items():
                setattr(service, name, value)
            print(json.dumps([dict(service.counts), service.arrivals]), flush=True)


class Stub:
    """The running service: its environment, switches and counters."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.environment: dict[str, str] = json.loads(process.stdout.readline())

    def set(self, **switches: float) -> None:
        """Change switches of `TimedService`: ``shortest``, ``longest``, ``clip_rate``, ..."""
        self._ask(switches)

    def counts(self) -> dict[str, int]:
        """How many requests of each kind it has seen."""
        return self._ask({})[0]

    def arrived(self, kind: str, since: float, within: float = 20) -> float:
        """Seconds from a moment until the first request of a kind after it was there."""
        while time.monotonic() < since + within:
            for found, at in self._ask({})[1]:
                if found == kind and at >= since:
                    return at - since
            time.sleep(0.01)
        raise TimeoutError(f"no {kind} within {within} s")

    def _ask(self, switches: dict[str, float]) -> Any:
        self._process.stdin.write(json.dumps(switches) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def notebook() -> Iterator[Stub]:
    """Run the service in a separate process, and work in an empty folder on a disk.

    `wiro_widgets` uses that service: its addresses and key are in the environment.
    """
    command = [sys.executable, __file__]
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        stub = Stub(process)
        os.environ.update(stub.environment)
        os.chdir(folder)
        try:
            yield stub
        finally:
            os.chdir(before)
            process.stdin.close()
            process.wait(10)


def ended(run: Run) -> float:
    """The monotonic time at which the service was done with a run."""
    return float(run.log[1])


def length(run: Run) -> float:
    """The seconds that the service took."""
    return float(run.log[1]) - float(run.log[0])


def report(name: str, seconds: Sequence[float]) -> float:
    """Print one row in milliseconds; the median in seconds."""
    median = statistics.median(seconds)
    print(
        f"{name:44} median {1000 * median:7.2f} ms   min {1000 * min(seconds):7.2f}   "
        f"max {1000 * max(seconds):7.2f}   n={len(seconds)}",
        flush=True,
    )
    return median


def summary(seconds: Sequence[float]) -> str:
    """Median and minimum in milliseconds, for a cell of a table."""
    return f"{1000 * statistics.median(seconds):.2f} ({1000 * min(seconds):.2f})"


def report_commits(count: int = 50) -> float:
    """Print what one commit takes on the disk of the current folder, as the journal makes them.

    Every status of a run is one. Disks differ a hundredfold, and others who write hold it up:
    with ``TMPDIR=/dev/shm`` a benchmark leaves the disk out.
    """
    taken = []
    with contextlib.closing(sqlite3.connect("commits.sqlite", isolation_level=None)) as database:
        database.execute("CREATE TABLE lines (line TEXT)")
        for _ in range(count):
            begin = time.monotonic()
            database.execute("INSERT INTO lines VALUES (?)", ("x" * 500,))
            taken.append(time.monotonic() - begin)
    return report("one commit of SQLite on this disk", taken)


def loads() -> str:
    """What else the computer does, to be printed beside the numbers."""
    one, five, _ = os.getloadavg()
    return f"load average {one:.1f} (1 min), {five:.1f} (5 min) on {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
