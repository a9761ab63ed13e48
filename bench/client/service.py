"""Runs the fake service in a separate process, so that a benchmark times the client alone."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.client.fake_service import FakeService  # noqa: E402
from tests.client.fake_task import STAGES, FakeTask  # noqa: E402
from wiro_widgets.client import Credentials, WiroClient  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator


def timed_job(service: FakeService, task: FakeTask, shortest: float, longest: float) -> None:
    """Run a task and write the instant it ended into its log (CLOCK_MONOTONIC is shared)."""
    # Random lengths, so that no polling period can fall in step with them.
    length = random.uniform(shortest, longest)
    for stage in STAGES[1:-1]:
        time.sleep(length / len(STAGES))
        service.advance(task, stage)
    task.log = repr(time.monotonic())
    service.advance(task, "task_postprocess_end")


def main() -> None:
    """Serve until standard input closes."""
    shortest, longest = float(sys.argv[1]), float(sys.argv[2])
    with FakeService() as service:
        service.script = lambda task: service.spawn(timed_job, service, task, shortest, longest)
        print(json.dumps({"api": service.api_url, "socket": service.socket_url}), flush=True)
        for _ in sys.stdin:
            print(json.dumps(dict(service.counts)), flush=True)


class Service:
    """The running service: addresses, and its counters on demand."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        addresses = json.loads(process.stdout.readline())
        self.api_url: str = addresses["api"]
        self.socket_url: str = addresses["socket"]

    def counts(self) -> dict[str, int]:
        """What the service has seen so far."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def client(self) -> WiroClient:
        """A client of this service, with default timeouts."""
        return WiroClient(Credentials("key", "secret"), self.api_url, self.socket_url)


@contextlib.contextmanager
def running(shortest: float = 0.2, longest: float = 0.4) -> Iterator[Service]:
    """Start the service in a separate process."""
    command = [sys.executable, __file__, str(shortest), str(longest)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Service(process)
        finally:
            process.stdin.close()
            process.wait(10)


if __name__ == "__main__":
    main()
