"""Import of `wiro_widgets.client`, beside `import requests, websocket`. Budget: at most 1.1 x."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = {
    "import requests, websocket": "import requests, websocket",
    "import wiro_widgets.client": "import wiro_widgets.client",
}


def seconds(statement: str) -> float:
    """Processor time of one import in a fresh interpreter: wall time hears the neighbours."""
    code = f"import time; t = time.process_time(); {statement}; print(time.process_time() - t)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        # An installed package is compiled already; this checkout may not be.
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    )
    return float(done.stdout)


def main(count: int = 15) -> int:
    """Measure, taking turns; 1 when over budget."""
    taken: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(count):
        for name, statement in STATEMENTS.items():
            taken[name].append(seconds(statement))
    floor, ours = (statistics.median(taken[name]) for name in STATEMENTS)
    for name, values in taken.items():
        print(f"{name:28} median {1000 * statistics.median(values):6.1f} ms   n={count}")
    print(f"ratio {ours / floor:.2f} (budget 1.1)")
    return int(ours > 1.1 * floor)


if __name__ == "__main__":
    sys.exit(main())
