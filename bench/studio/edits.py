"""What a change of the prompt costs a Studio in the kernel, with 20 and with 3,000 runs.

Taken from the browser's message to the reply: validation, the draft, the run that answers it, the
time such runs take. Beside it, how long another Studio takes to open. Budget: with 3,000 runs a
change costs at most twice as much as with 20.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import wiro_widgets as ww  # noqa: E402
from tests.conftest import PHOTO, start_service, stop_service  # noqa: E402
from tests.widgets.fakes import ask  # noqa: E402
from wiro_widgets.library.journal import Journal  # noqa: E402

if TYPE_CHECKING:
    from wiro_widgets.runs.session import Session

SIZES = (20, 3000)
EDITS = 300
BUDGET = 2.0


def fill(session: Session, count: int) -> None:
    """Give the session's library runs that have succeeded."""
    journal = Journal(session.library.directory)
    first = session.store_input(PHOTO, "image")
    for number in range(count):
        request = session.request(f"Gull number {number}", image=first, parameters={})
        record, _ = journal.reserve(request, session.service, "nobody", fresh=False)
        journal.end(record.number, "succeeded", state={}, seconds=200.0 + number % 40)
    journal.database.close()


def measure(folder: Path, count: int) -> tuple[float, float]:
    """Milliseconds: the median change of the prompt, and opening a second Studio."""
    session = ww.connect(directory=folder)
    fill(session, count)
    studio = ww.Studio("", image=PHOTO)
    taken = []
    for number in range(EDITS):
        begun = time.perf_counter()
        ask(studio._prompt, id="1", type="edit", text=f"Gull number {number} lands")
        taken.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    second = ww.Studio()
    opened = time.perf_counter() - begun
    for each in (studio, second):
        each.close()
    return 1000 * statistics.median(taken), 1000 * opened


def main() -> int:
    """Measure; 1 when over budget."""
    service = start_service("--speed", "400", "--state", tempfile.mkdtemp())
    os.environ.update(service.environment())
    edits = []
    try:
        for count in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                edit, opened = measure(Path(folder), count)
            print(f"{count:5} runs: a change {edit:.2f} ms, a second Studio {opened:.0f} ms")
            edits.append(edit)
    finally:
        stop_service(service)
    print(f"{edits[1] / edits[0]:.2f} times as much (budget {BUDGET:g})")
    return 0 if edits[1] <= BUDGET * edits[0] else 1


if __name__ == "__main__":
    sys.exit(main())
