"""What 50 live runs cost the wire: bytes a second, and from a run's change to its message.

Each run writes five log lines of 60 characters a second, as the slowest models do; every fifth also
moves the progress. Nobody draws: the comm is a dummy that counts each message as the kernel would
send it, header and parent included. The same is sent by views of the runs and by a grid of 12 of
them. Budgets: at most 400 KB a second in all; p95 of the time from the change to the message under
15 ms.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comm
from comm.base_comm import BaseComm
from jupyter_client.session import Session

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from wiro_widgets.library.ratings import Judgment  # noqa: E402
from wiro_widgets.library.records import Record  # noqa: E402
from wiro_widgets.library.request import RunRequest  # noqa: E402
from wiro_widgets.runs.live_runs import LiveRuns  # noqa: E402
from wiro_widgets.runs.state import RunState  # noqa: E402
from wiro_widgets.schema.tasks import TaskEvent  # noqa: E402
from wiro_widgets.widgets import CompareGrid, RunView  # noqa: E402

if TYPE_CHECKING:
    from wiro_widgets.runs.run import Run

RUNS = 50
IN_GRID = 12
LINES = 5
SECONDS = 10
BUDGET_BYTES = 400_000
BUDGET_MS = 15
STAGES = ("task_queue", "task_accept", "task_preprocess_end", "task_assign", "task_start")


class CountingComm(BaseComm):
    """Weighs and times what the kernel would send."""

    session = Session(key=b"")
    parent = session.msg("execute_request", {"code": "", "silent": False})
    counting = False
    weights: list[int] = []  # noqa: RUF012 - one bench, one list
    seen: list[tuple[float, str]] = []  # noqa: RUF012

    def publish_msg(  # noqa: D102 - as the base says
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,  # noqa: ARG002
        **keys: Any,
    ) -> None:
        if not self.counting:
            return
        now = time.perf_counter()
        content = {"data": data or {}, "comm_id": self.comm_id, **keys}
        message = self.session.msg(msg_type, content, parent=self.parent, metadata=metadata)
        self.weights.append(sum(map(len, self.session.serialize(message))))
        self.seen.append((now, str(data)))


class Idle:
    """The control of runs that nobody stops or rates, and their library."""

    directory = None

    @property
    def library(self) -> Idle:
        """Itself."""
        return self

    def poster(self, _: object) -> None:
        """No picture."""

    def judgment(self, _: int) -> Judgment:
        """None."""
        return Judgment()


def record(number: int) -> Record:
    """A run under way with a log of 200 lines."""
    request = RunRequest(
        "minimax/hailuo-2-3-fast", {"prompt": "The gull lifts off", "duration": "6"}
    )
    empty: dict[str, Any] = dict.fromkeys(Record.__annotations__)
    mine = {"number": number, "request": request, "service": "live", "created": time.time()}
    return Record(**{**empty, **mine, "status": "running", "unsettled": True, "state": {}})


def start(runs: LiveRuns) -> list[Run]:
    """Runs that are generating."""
    now = time.time()
    state = RunState(
        created=now - 60,
        status="running",
        task_id="534574",
        reached={stage: now - 50 + at for at, stage in enumerate(STAGES)},
        progress=0.0,
        log=("x" * 60,) * 200,
        log_total=200,
        unsettled=True,
    )
    return [runs.get_or_add(record(number), state) for number in range(1, RUNS + 1)]


def drive(runs: LiveRuns, every: list[Run]) -> dict[tuple[str, ...], float]:
    """Have each run write its lines, evenly spread; when what is in which message was written."""
    written: dict[tuple[str, ...], float] = {}
    begun = time.perf_counter()
    steps = SECONDS * LINES
    for step in range(steps):
        for index, run in enumerate(every):
            due = begun + (step + index / RUNS) / LINES
            time.sleep(max(0.0, due - time.perf_counter()))
            line = f"{run.number}:{step}:".ljust(60, "x")
            progress = step / steps if step % 5 == 0 else None
            event = TaskEvent("534574", "task_output", message=line, progress=progress)
            marks = (f"'r{run.number}': ", f"'progress': {progress},") if progress else (line,)
            written[line,] = written[marks] = time.perf_counter()
            runs.move(run, lambda state, event=event: state.apply(event))
    time.sleep(0.5)
    return written


def measure(name: str, widgets: Any) -> bool:
    """Print what the views of some runs cost; whether that is within the budgets."""
    runs = LiveRuns(Idle())  # type: ignore[arg-type]
    every = start(runs)
    shown = widgets(every)
    CountingComm.weights.clear()
    CountingComm.seen.clear()
    CountingComm.counting = True
    written = drive(runs, every)
    CountingComm.counting = False
    rate = sum(CountingComm.weights) / SECONDS
    taken = [
        1000 * (at - written[marks])
        for at, text in CountingComm.seen
        for marks in written
        if all(mark in text for mark in marks)
    ]
    good = rate <= BUDGET_BYTES
    late = ""
    if taken:
        p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        late = f", change to message p50 {p50:.1f} ms, p95 {p95:.1f} ms (budget {BUDGET_MS})"
        good &= p95 <= BUDGET_MS
    print(
        f"{name}: {rate / 1000:.0f} KB/s (budget {BUDGET_BYTES / 1000:.0f}) in"
        f" {len(CountingComm.weights) / SECONDS:.0f} messages/s{late}"
    )
    for widget in shown:
        widget.close()
    return good


def main() -> int:
    """Measure; 1 when over budget."""
    comm.create_comm = CountingComm
    views = measure(f"{RUNS} views", lambda runs: [RunView(run) for run in runs])
    grid = measure(f"a grid of {IN_GRID}", lambda runs: [CompareGrid(runs[:IN_GRID])])
    return 0 if views and grid else 1


if __name__ == "__main__":
    sys.exit(main())
