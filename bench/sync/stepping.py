"""Stepping through every frame and back, read off the screen; budget: no wrong frame."""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import theatre
from theatre import FRAMES

RATES: dict[str, Fraction | int] = {
    "16": 16,
    "23.976": Fraction(24000, 1001),
    "24": 24,
    "25": 25,
    "30": 30,
}
CODECS = {"H.264": "libx264", "VP9": "libvpx-vp9"}


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


def main() -> None:
    """Print the table; exit 1 over the budget."""
    with (
        tempfile.TemporaryDirectory() as folder,
        theatre.theatre(Path(folder)) as (browser, site),
    ):
        if steps(browser, site, Path(folder)):
            sys.exit("Over the budget: a step showed the wrong frame.")


if __name__ == "__main__":
    main()
