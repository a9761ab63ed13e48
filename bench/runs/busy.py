"""A session whose two downloads crawl at 64 KB/s, and what else is asked of it meanwhile.

Budgets: 0.3 s until a new run and a Stop are at the service, `ww.connect()` and `ww.history()`
return; 50 ms from the end of a run to its `wait`, while the observer of another sleeps; 2 s until a
script has exited that ends in mid-download.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import stub

import wiro_widgets as ww

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.runs.run import Run

RATE, CLIP_BYTES = 64_000, 4_000_000
COUNT = 10
SOON, WAIT, EXIT = 0.3, 0.05, 2.0
OBSERVER_SECONDS = 8.0
SCRIPT = """
import time
import wiro_widgets as ww
run = ww.run("A script's clip", model={model!r})
while run.status != "downloading":
    time.sleep(0.01)
time.sleep(0.5)
print(time.monotonic(), flush=True)
"""


def crawling(at: stub.Stub) -> None:
    """Start two downloads that take a minute."""
    at.set(clip_rate=RATE, clip_bytes=CLIP_BYTES)
    for run in [ww.run(f"Crawls {number}", model=stub.MODEL) for number in range(2)]:
        until(run, "downloading")


def until(run: Run, status: str) -> None:
    """Wait until a run has a status."""
    while run.status != status:
        time.sleep(0.005)


def timed(call: Callable[[], Any]) -> float:
    """The seconds that a call takes."""
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


def sent(at: stub.Stub, number: int) -> float:
    """Seconds until a new run is at the service."""
    begin = time.monotonic()
    ww.run(f"A new run {number}", model=stub.MODEL)
    return at.arrived("Run", begin)


def stopped(at: stub.Stub, run: Run) -> float:
    """Seconds until the Stop of a running task is at the service."""
    while run.stage != "task_accept":
        time.sleep(0.005)
    begin = time.monotonic()
    run.stop()
    return at.arrived("Task/Cancel", begin)


def heard(number: int) -> float:
    """Seconds from the end of a run to its `wait`."""
    run = ww.run(f"Beside a slow observer {number}", model=stub.MODEL).wait(20)
    return time.monotonic() - stub.ended(run)


def exited() -> float:
    """Seconds from the last line of a script in mid-download to the end of its process."""
    command = [sys.executable, "-c", SCRIPT.format(model=stub.MODEL)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as script:
        last_line = float(script.stdout.readline())
        script.wait(60)
        return time.monotonic() - last_line


def main() -> int:
    """Measure; 1 when over budget."""
    taken: dict[str, tuple[list[float], float]] = {}
    with stub.notebook() as at, ww.connect():
        crawling(at)
        at.set(shortest=20.0, longest=20.0)
        running = [ww.run(f"To be stopped {number}", model=stub.MODEL) for number in range(COUNT)]
        taken["a new run is at the service"] = [sent(at, n) for n in range(COUNT)], SOON
        taken["a Stop is at the service"] = [stopped(at, run) for run in running], SOON
        taken["ww.connect() again"] = [timed(ww.connect) for _ in range(COUNT)], SOON
        taken["ww.history()"] = [timed(lambda: repr(ww.history())) for _ in range(COUNT)], SOON
        at.set(shortest=0.2, longest=0.4)
        taken["a script in mid-download exits"] = [exited() for _ in range(3)], EXIT
    with stub.notebook(), ww.connect():
        inside = threading.Event()

        def observe(_: object) -> None:
            inside.set()
            time.sleep(OBSERVER_SECONDS)

        slow = ww.run("Observed slowly", model=stub.MODEL)
        slow.observe(observe, "snapshot")
        assert inside.wait(10)
        begin = time.monotonic()
        gaps = [heard(number) for number in range(COUNT)]
        assert time.monotonic() < begin + OBSERVER_SECONDS, "the observer did not sleep all along"
        taken["a wait() beside an observer that sleeps"] = gaps, WAIT
    over = []
    for name, (seconds, budget) in taken.items():
        stub.report(name, seconds)
        over += [name] if statistics.median(seconds) > budget else []
    print(f"budgets {SOON} s, {EXIT} s to exit, {WAIT} s to wait, by median: {over or 'met'}")
    print(stub.loads())
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
