"""Seeks and scrubbing backwards in clips as services encode them: one key frame, B-frames.

Budget: once the clips have been looked through, 150 ms at the 95th percentile for nine of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import theatre

FRAMES, RATE = 144, 24
SEEKS = 40
BUDGET_MS = 150
OPTIONS = {"preset": "medium", "crf": "23", "g": "250", "bf": "3"}
_SEEKS = f"""async (seed) => {{
  const took = [];
  let random = seed;
  for (let seek = 0; seek < {SEEKS}; seek++) {{
    random = (random * 48271) % 2147483647;
    const start = performance.now();
    await player.seek(((random % {FRAMES}) + 0.5) / {RATE});
    took.push(performance.now() - start);
  }}
  return took;
}}"""
_SCRUB = f"""async () => {{
  // As a pointer moves: every 33 ms somewhere else, whether or not the last place was reached.
  const took = [], moves = [];
  for (let frame = {FRAMES} - 1; frame >= 0; frame -= 3) {{
    const start = performance.now();
    player.scrub((frame + 0.5) / {RATE});
    moves.push(player.seek((frame + 0.5) / {RATE}).then(() => took.push(performance.now() - start)));
    await new Promise((resolve) => setTimeout(resolve, 33));
  }}
  await Promise.all(moves);
  player.scrub(null);
  return took;
}}"""
_SETTLED = "window.filled ? filled() : true"


def line(label: str, clips: int, took: list[float]) -> float:
    """Print one row; the 95th percentile."""
    middle, tail = np.percentile(took, [50, 95])
    print(f"{clips:>5} {label:<28} {middle:>8.0f} {tail:>8.0f} {max(took):>8.0f}", flush=True)
    return float(tail)


def main() -> None:
    """Print the table; exit 1 over the budget."""
    over = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1] if len(sys.argv) > 1 else folder) / "medium.mp4"
        if not path.exists():
            theatre.write_clip(path, frames=FRAMES, options=OPTIONS)
        print(f"1366x768, {path.stat().st_size / 2**20:.1f} MiB, {FRAMES} frames, one key frame")
        print("clips                                p50 ms   p95 ms      max")
        with theatre.theatre(path.parent) as (browser, site):
            for clips in (1, 9):
                tiles = theatre.stage(browser, site, "decoders", ["medium"] * clips)
                line("seeks, just opened", clips, tiles.do(f"({_SEEKS})(7)"))
                tail = line("seeks", clips, tiles.do(f"({_SEEKS})(11)"))
                over |= tail > BUDGET_MS
                tail = line("scrubbing backwards", clips, tiles.do(_SCRUB))
                over |= tail > BUDGET_MS
                tiles.page.context.close()
    if over:
        sys.exit("Over the budget: a place is reached too late.")


if __name__ == "__main__":
    main()
