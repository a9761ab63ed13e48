"""Makes real runs through the public API, as many as a library is to have.

``python bench/runs/library_maker.py BEGIN END``: the runs of that range of the list below, in the
library that the environment and the current folder name. `stub.notebook` is the service. Each run
is planned, sent, followed and fetched as in a notebook; one in twelve fails, some are rated.
"""

from __future__ import annotations

import functools
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import stub

import wiro_widgets as ww
from tests.runs.helpers import picture

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = 4
"""Runs of each prompt, as people make them."""
BATCH = 100
"""Prompts of one sweep; all of them have one image and one resolution."""
WORDS = ("a", "gull", "lifts", "off", "over", "surf", "slowly", "as", "the", "sun", "comes", "up")
RARE = ("lighthouse", "zeppelin", "café", "海辺", "origami", "monsoon", "velvet", "quartz", "jazz")
MOVES = ("[Push in]", "[Pan left]", "[Tracking shot]", "[Static shot]")
TAGS = ("hero", "b-roll", "for the trailer")


def prompt(number: int) -> str:
    """The prompt of a run: some 130 characters, with a rare word in one of nine."""
    dice = random.Random(number // SEEDS)
    words = dice.choices(WORDS, k=23)
    if dice.random() < 1 / len(RARE):
        words.insert(dice.randrange(20), dice.choice(RARE))
    return f"{' '.join(words)} {number // SEEDS}, {dice.choice(MOVES)}".capitalize()


@functools.cache
def image(number: int) -> bytes:
    """One of 200 images."""
    return picture(10 + number % 200)


def values(number: int) -> dict[str, Any]:
    """What else a run asks for, by name."""
    batch = number // (SEEDS * BATCH)
    return {
        "model": stub.MODEL,
        "image": image(batch),
        "seed": number % SEEDS,
        "resolution": ("768P", "1080P")[batch % 2],
    }


def batches(begin: int, end: int) -> Iterator[range]:
    """The runs of each sweep: those of one image."""
    size = SEEDS * BATCH
    while begin < end:
        until = min(end, begin - begin % size + size)
        yield range(begin, until)
        begin = until


def make(begin: int, end: int) -> None:
    """Make runs, and rate some of them. Both numbers are multiples of `SEEDS`."""
    with ww.connect():
        for numbers in batches(begin, end):
            prompts = [prompt(number) for number in numbers[::SEEDS]]
            asked = values(numbers[0]) | {"seed": list(range(SEEDS))}
            sweep = ww.sweep(prompts, **asked)
            sweep.run().wait()
            for run in sweep.runs[::20]:
                tag = TAGS[run.number % len(TAGS)]
                run.judge(starred=True, tags=[tag], note="Good light")


if __name__ == "__main__":
    make(int(sys.argv[1]), int(sys.argv[2]))
