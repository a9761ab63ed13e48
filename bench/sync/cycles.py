"""Opening and closing nine clips fifty times. Budget: no player or decoder left, memory flat."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import theatre

from tests.browser.sync.tiles import COUNT

CLIPS = 9
CYCLES = 50
HEAP_MIB = 3.0
_LEFT = """() => {
  const { decoders, videos, urls, bitmaps, listeners } = countVideos();
  gc();
  return [decoders, videos, urls, bitmaps, listeners, performance.memory.usedJSHeapSize / 2 ** 20];
}"""


def main() -> None:
    """Print what is left; exit 1 over the budget."""
    over = False
    with tempfile.TemporaryDirectory() as folder:
        theatre.write_clip(Path(folder) / "a.mp4", size=(640, 360))
        members = [{"key": str(number), "url": "/range/a.mp4"} for number in range(CLIPS)]
        print(
            f"left after {CYCLES} cycles  decoders  players  URLs  bitmaps  listeners"
            "  heap MiB (first, last)"
        )
        with theatre.theatre(Path(folder)) as (browser, site):
            for method in ("decoders", "videos"):
                tiles = theatre.stage(browser, site, method, [])
                tiles.do(COUNT)
                heaps = []
                left: list[float] = []
                for _ in range(CYCLES):
                    shown = theatre.show(tiles.page, members)
                    shown.until(theatre.READY)
                    shown.do("player.play()")
                    shown.until("state.time > 0.1")
                    shown.do("end.abort(), document.querySelector('main').replaceChildren()")
                    shown.do("window.player = window.state = window.end = null")
                    left = shown.do(_LEFT)
                    heaps.append(left[5])
                print(
                    f"{method:<20} {left[0]:>10} {left[1]:>8} {left[2]:>5} {left[3]:>8} {left[4]:>10}"
                    f" {heaps[4]:>9.1f}, {heaps[-1]:.1f}",
                    flush=True,
                )
                over |= any(left[:5]) or heaps[-1] - heaps[4] > HEAP_MIB
                tiles.page.context.close()
    if over:
        sys.exit("Over the budget: something is left.")


if __name__ == "__main__":
    main()
