"""Import of `wiro_widgets`, beside `import anywidget`. Budget: at most 1.15 x."""

from __future__ import annotations

import statistics
import subprocess
import sys

NAMES = ("anywidget", "wiro_widgets")


def seconds(name: str) -> float:
    """Processor time of one import in a fresh interpreter."""
    code = f"import time; t = time.process_time(); import {name}; print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(count: int = 15) -> int:
    """Measure, taking turns; 1 when over budget."""
    taken: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(count):
        for name in NAMES:
            taken[name].append(seconds(name))
    floor, ours = (statistics.median(taken[name]) for name in NAMES)
    for name, values in taken.items():
        print(f"import {name:14} median {1000 * statistics.median(values):6.1f} ms   n={count}")
    print(f"ratio {ours / floor:.2f} (budget 1.15)")
    return int(ours > 1.15 * floor)


if __name__ == "__main__":
    sys.exit(main())
