"""Stepping through every frame and back, and how soon a seek or a scrub is on the screen.

Steps are read off the screen; budget: no wrong frame. Seeks to anywhere and scrubbing backwards are
timed with nine clips of 768P and 6 s, from the call until every tile has its frame; budget: 150 ms
at p95. ``latency`` as the argument leaves out the steps.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import theatre
from theatre import FRAMES, RATE

CLIPS = 9
SEEKS = 20
EVERY = 3
"""Frames between two positions of the scrubber: about two seconds for the whole clip."""
BUDGET_MS = 150
RATES: dict[str, Fraction | int] = {
    "16": 16,
    "23.976": Fraction(24000, 1001),
    "24": 24,
    "25": 25,
    "30": 30,
}
CODECS = {"H.264": "libx264", "VP9": "libvpx-vp9"}
_TIME = """async ([move, keys, frames, rate]) => {
  const drawn = () => new Promise((done) => requestAnimationFrame(done));
  const taken = [];
  for (const frame of frames) {
    const begun = performance.now();
    void player[move]((frame + 0.5) / rate);
    for (const key of keys) {
      while (number(key) !== frame && performance.now() - begun < 10000) await drawn();
    }
    taken.push(performance.now() - begun);
  }
  if (move === "scrub") player.scrub(null);
  return taken;
}"""


def wrong(tiles: theatre.Tiles) -> int:
    """Steps after which some tile showed another frame than that stepped to."""
    tiles.do("player.seek(0)")
    count = 0
    at = 0
    for by in (1, -1):
        for _ in range(FRAMES - 1):
            at += by
            tiles.do(f"player.step({by})")
            count += tiles.on_screen() != [at] * len(tiles.keys)
    return count


def steps(browser: object, site: str, folder: Path) -> int:
    """Print how many steps were wrong; their sum."""
    total = 0
    print(f"wrong of {2 * (FRAMES - 1)} steps      exact  fallback")
    for codec, encoder in CODECS.items():
        for label, rate in RATES.items():
            path = folder / f"{codec[0]}{label}.mp4"
            theatre.write_clip(path, size=(640, 360), rate=rate, codec=encoder)
            counts = []
            for method in ("exact", "fallback"):
                tiles = theatre.stage(browser, site, method, [path.stem] * 2)
                counts.append(wrong(tiles))
                tiles.page.context.close()
            print(f"{codec:<6} {label:>6} {counts[0]:>12} {counts[1]:>9}", flush=True)
            total += sum(counts)
    return total


def latencies(browser: object, site: str, folder: Path) -> bool:
    """Print how long seeks and scrubs take; whether one in exact mode is over the budget."""
    over = False
    anywhere = random.Random(1).choices(range(FRAMES), k=SEEKS)
    moves = (
        ("seek", "seek", anywhere),
        ("scrub back", "scrub", list(range(FRAMES - 2, 0, -EVERY))),
    )
    print(f"ms until {CLIPS} tiles show it         p50    p95    max")
    for kind in theatre.KINDS:
        names = theatre.write_clips(folder, kind, CLIPS)
        for method in ("exact", "fallback"):
            tiles = theatre.stage(browser, site, method, names)
            for label, move, frames in moves:
                taken = tiles.page.evaluate(_TIME, [move, tiles.keys, frames, RATE])
                tail = statistics.quantiles(taken, n=20)[-1]
                print(
                    f"{kind:<8} {method:<9} {label:<11}"
                    f" {statistics.median(taken):>6.0f} {tail:>6.0f} {max(taken):>6.0f}",
                    flush=True,
                )
                over |= method == "exact" and tail > BUDGET_MS
            tiles.page.context.close()
    return over


def main() -> None:
    """Print the tables; exit 1 over a budget."""
    with (
        tempfile.TemporaryDirectory() as folder,
        theatre.theatre(Path(folder)) as (browser, site),
    ):
        total = 0 if "latency" in sys.argv else steps(browser, site, Path(folder))
        slow = latencies(browser, site, Path(folder))
    if total:
        sys.exit("Over the budget: a step showed the wrong frame.")
    if slow:
        sys.exit(f"Over the budget: more than {BUDGET_MS} ms until a frame is shown.")


if __name__ == "__main__":
    main()
