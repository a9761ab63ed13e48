"""Twenty tasks at once. Budget: wall at most the longest + 0.2 s, at most 4 threads of ours.

Two ways: one `Watch` in one thread, and `wait` from twenty threads of the caller.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from typing import TYPE_CHECKING

import service

if TYPE_CHECKING:
    from wiro_widgets.client import WiroClient

COUNT = 20


def watched(client: WiroClient) -> tuple[float, float, int]:
    """Submit all, follow all over one socket: when the last job ended, when we knew, threads."""
    threads = threading.active_count()
    most = 0
    ended = 0.0
    with client.watch() as watch:
        for _ in range(COUNT):
            watch.add(client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"}))
        left = COUNT
        for event in watch:
            most = max(most, threading.active_count() - threads)
            if event.terminal:
                ended = max(ended, float(event.task.log))
                left -= 1
            if not left:
                break
    return ended, time.monotonic(), most


def waited(client: WiroClient) -> tuple[float, float]:
    """The same with a thread of the caller for each."""

    def one(_: int) -> float:
        task = client.wait(client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"}), timeout=60)
        return float(task.log)

    with ThreadPoolExecutor(COUNT) as pool:
        ended = max(pool.map(one, range(COUNT)))
    return ended, time.monotonic()


def main() -> int:
    """Measure; 1 when over budget."""
    with service.running(1.8, 2.2) as at, at.client() as client:
        ended, known, threads = watched(client)
        counts = at.counts()
        print(
            f"one Watch: the last of {COUNT} known {1000 * (known - ended):.1f} ms after its end, "
            f"{threads} threads of ours, {counts['sockets']} socket(s), "
            f"{counts['Task/Detail']} Detail requests"
        )
        ended_waiting, known_waiting = waited(client)
        print(
            f"{COUNT} x wait in the caller's threads: "
            f"{1000 * (known_waiting - ended_waiting):.1f} ms after the end of the last"
        )
    return int(known - ended > 0.2 or threads > 4 or known_waiting - ended_waiting > 0.2)


if __name__ == "__main__":
    sys.exit(main())
