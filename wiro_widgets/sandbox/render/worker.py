"""A rendering process: one job per line on standard input, one answer per line on output.

It ends when its input ends, so it cannot outlive the server by more than the job in hand.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from .compose import render
from .job import Job

LOW_PRIORITY = 10


def main() -> None:
    """Serve jobs until the input ends."""
    if hasattr(os, "nice"):
        os.nice(LOW_PRIORITY)
    for line in sys.stdin:
        request = json.loads(line)
        begin = time.process_time()
        answer: dict[str, object] = {}
        try:
            render(Job(**request["job"]), Path(request["target"]))
        except Exception as error:  # noqa: BLE001 - one bad picture must not end the process
            answer["error"] = f"{type(error).__name__}: {error}"
        answer["cpu"] = round(time.process_time() - begin, 3)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
