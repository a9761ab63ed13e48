"""How far apart nine clips of 768P are while they play, read off the screen.

Budget: at most half a frame in 95 of 100 pictures of five loops, and never more than one frame
250 ms after a seek, a loop, half a second in which the page was busy, or a switch of tabs. Playing
all at once and nudging rates, as is usual, are measured in the same run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import theatre
from theatre import FRAMES, Picture

CLIPS = 9
RATE = 24
LOOPS = 5
SETTLED = 0.25
BUSY = "() => { const end = performance.now() + 500; while (performance.now() < end); }"


def pace(pictures: list[Picture]) -> float:
    """Seconds of the clip shown per second, from the first tile."""
    shown = sum(
        (after.numbers[0] - before.numbers[0]) % FRAMES for before, after in pairwise(pictures)
    )
    return shown / RATE / (pictures[-1].at - pictures[0].at)


def after_loops(pictures: list[Picture]) -> int:
    """The most frames apart, but for the first quarter of a second of each loop."""
    worst, turned = 0, 0.0
    for before, picture in pairwise(pictures):
        if picture.numbers[0] < before.numbers[0]:
            turned = picture.at
        if picture.at - turned > SETTLED:
            worst = max(worst, theatre.spread(picture.numbers))
    return worst


def after(tiles: theatre.Tiles, event: str) -> int:
    """The most frames apart from a quarter of a second after an event on."""
    page = tiles.page
    if event == "seek":
        page.evaluate("void player.seek(3.3)")
    elif event == "busy":
        page.evaluate(BUSY)
    else:
        other = page.context.new_page()
        other.bring_to_front()
        other.wait_for_timeout(1000)
        page.bring_to_front()
        other.close()
    happened = time.time()
    pictures = theatre.watch(tiles, 2.5)
    late = [each for each in pictures if each.at - happened > SETTLED]
    return max((theatre.spread(each.numbers) for each in late), default=-1)


def main() -> None:
    """Print the table; exit 1 over the budget."""
    seconds = LOOPS * FRAMES / RATE + 1
    over = False
    with tempfile.TemporaryDirectory() as folder:
        names = [str(number) for number in range(CLIPS)]
        for name in names:
            theatre.write_clip(Path(folder) / f"{name}.mp4", seed=int(name))
        print("frames apart   pictures  p50   p95   max  in step   pace  loop  seek  busy   tab")
        with theatre.theatre(Path(folder)) as (browser, site):
            for method in sys.argv[1:] or ["naive", "nudged", "videos", "decoders"]:
                tiles = theatre.stage(browser, site, method, names)
                tiles.do("void player.play()")
                pictures = theatre.watch(tiles, seconds)
                apart = [theatre.spread(each.numbers) for each in pictures]
                loop = after_loops(pictures)
                events = [after(tiles, event) for event in ("seek", "busy", "tab")]
                tail = float(np.percentile(apart, 95))
                print(
                    f"{method:<13} {len(apart):>9} {np.percentile(apart, 50):>4.0f} {tail:>5.1f}"
                    f" {max(apart):>5} {100 * apart.count(0) / len(apart):>6.1f} %"
                    f" {100 * pace(pictures):>4.0f} %"
                    + "".join(f"{each:>6}" for each in (loop, *events)),
                    flush=True,
                )
                over |= method == "decoders" and (tail > 0.5 or max(loop, *events) > 1)
                tiles.page.context.close()
    if over:
        sys.exit("Over the budget: decoders are more than half a frame apart.")


if __name__ == "__main__":
    main()
