"""500 tasks at once, each of a random length: how long after the longest is everything here?

From the first request to the last `wait`, less the longest task: what sending, following, fetching
500 clips and writing it all down adds. Beside it the client alone: `submit` from two threads, one
`Watch`, no clip and no journal. Budget: 0.6 s, by the best of the repeats: whatever else the
computer does only adds.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import stub

import wiro_widgets as ww

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.session import Session

COUNT = 500
REPEATS = 3
SHORTEST, LONGEST = 2.0, 4.0
BUDGET = 0.6


def client_alone(session: Session, repeat: int) -> float:
    """Seconds over the longest, by the client that the session has."""
    client, spec = session.client, session.model(stub.MODEL)
    longest, left = 0.0, COUNT

    def send(number: int) -> None:
        values = {"prompt": f"alone {repeat}", "seed": number}
        watch.add(client.submit(stub.MODEL, values, spec=spec))

    with client.watch() as watch, ThreadPoolExecutor(2) as pool:
        begin = time.monotonic()
        for number in range(COUNT):
            pool.submit(send, number)
        for event in watch:
            if event.terminal:
                since, until = event.task.log.splitlines()
                longest = max(longest, float(until) - float(since))
                left -= 1
            if not left:
                return time.monotonic() - begin - longest
    raise AssertionError("the watch ended early")


def by_run(repeat: int) -> float:
    """The same by `ww.run` in a loop."""
    begin = time.monotonic()
    runs = [ww.run(f"run {repeat}", model=stub.MODEL, seed=number) for number in range(COUNT)]
    asked = time.monotonic() - begin
    for run in runs:
        run.wait()
    return over(f"  500 x ww.run returned after {asked:.2f} s", begin, runs)


def by_sweep(repeat: int) -> float:
    """The same by one sweep; planning it sends nothing and is not counted."""
    begin = time.monotonic()
    sweep = ww.sweep(f"sweep {repeat}", model=stub.MODEL, seed=list(range(COUNT)))
    planned = time.monotonic() - begin
    begin = time.monotonic()
    sweep.run()
    asked = time.monotonic() - begin
    sweep.wait()
    words = f"  ww.sweep took {planned:.2f} s to plan, run() returned after {asked:.2f} s"
    return over(words, begin, sweep.runs)


def over(words: str, begin: float, runs: Sequence[Run]) -> float:
    """Seconds from `begin` until now, less the longest task."""
    done = time.monotonic()
    assert all(run.video.is_file() for run in runs)
    last = max(map(stub.ended, runs))
    print(f"{words}; all done {1000 * (done - last):.0f} ms after the end of the last")
    return done - begin - max(map(stub.length, runs))


def main() -> int:
    """Measure; 1 when over budget."""
    taken: dict[str, list[float]] = {
        name: [] for name in ("the client alone", "ww.run", "ww.sweep")
    }
    with stub.notebook() as at, ww.connect() as session:
        at.set(shortest=SHORTEST, longest=LONGEST)
        for repeat in range(REPEATS):
            taken["the client alone"].append(client_alone(session, repeat))
            taken["ww.run"].append(by_run(repeat))
            taken["ww.sweep"].append(by_sweep(repeat))
        stub.report_commits()
    for name, seconds in taken.items():
        stub.report(f"{COUNT} tasks over the longest, {name}", seconds)
    print(f"budget {1000 * BUDGET:.0f} ms by the minimum; {stub.loads()}")
    return int(max(min(taken["ww.run"]), min(taken["ww.sweep"])) > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
