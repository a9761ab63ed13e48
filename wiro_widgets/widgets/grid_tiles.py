"""From runs to what the comparison grid draws of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.widgets.protocol.grid_studio import Progress, Tile, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.widgets.run_protocols import GridRun

MOST_RUNS = 25


class Entry(NamedTuple):
    """A run's place in a grid."""

    run: GridRun
    key: str
    letter: str


def letter_of(index: int) -> str:
    """0 -> "A", 25 -> "Z", 26 -> "AA"."""
    head = letter_of(index // 26 - 1) if index >= 26 else ""  # noqa: PLR2004 - the alphabet
    return head + chr(ord("A") + index % 26)


def progress_of(snapshot: Mapping[str, Any]) -> Progress:
    """The part of a tile that changes while its run is under way."""
    return Progress(
        status=snapshot["status"],
        over=snapshot["over"],
        stage=snapshot["stage"],
        stages=snapshot["stages"],
        created=snapshot["created"],
        ended=snapshot["ended"],
        now=snapshot["now"],
        progress=snapshot["progress"],
        stopping=snapshot["stopping"],
    )


def without_progress(tile: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a tile that stays the same while its run is under way."""
    return {**tile, "progress": None}


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the progress of a run shows something new: more than that time has passed."""
    return {**before, "now": None} != {**now, "now": None}


def verdict_of(run: GridRun) -> Verdict:
    """What a person thinks of a run."""
    judgment = run.judgment
    return Verdict(
        starred=judgment.starred,
        rating=judgment.rating,
        tags=list(judgment.tags),
        note=judgment.note,
    )


def tile_of(entry: Entry, poster: str | None) -> Tile:
    """A run as a tile.

    Args:
        entry: The run and what it is called here.
        poster: Where in `_posters` its first frame is.
    """
    run, key, letter = entry
    snapshot = run.snapshot
    files = [one for group in run.request.files.values() for one in group]
    clips = snapshot["clips"]
    return Tile(
        key=key,
        letter=letter,
        name=snapshot["name"],
        model=snapshot["model"],
        prompt=snapshot["prompt"],
        parameters=snapshot["parameters"],
        image=files[0].name if files else "",
        repeat=str(run.request.repeat + 1),
        day=_day(snapshot["created"]),
        progress=progress_of(snapshot),
        cost=snapshot["cost"],
        unsettled=snapshot["unsettled"],
        problem=snapshot["problem"],
        notice=snapshot["notice"],
        clip=clips[0] if clips else None,
        poster=poster,
        service=snapshot["service"],
        verdict=verdict_of(run),
    )


def blind_tile(tile: Tile, key: str, letter: str) -> Tile:
    """The same tile with nothing in it that tells which run this is."""
    clip = tile["clip"]
    return Tile(
        key=key,
        letter=letter,
        name="",
        model="",
        prompt="",
        parameters=[],
        image="",
        repeat="",
        day="",
        progress={**tile["progress"], "created": 0.0, "ended": 0.0, "now": 0.0, "stages": []},
        cost=None,
        unsettled=False,
        problem=None,
        notice=None,
        # Without a URL: its bytes come from the kernel, under a name that says nothing.
        clip=clip and {**clip, "name": "", "url": None},
        poster=None,
        service=tile["service"],
        verdict=Verdict(starred=False, rating=0, tags=[], note=""),
    )


def record_of(entry: Entry) -> dict[str, Any]:
    """A run as one flat row, for a table or a data frame."""
    tile = tile_of(entry, None)
    progress = tile["progress"]
    ended = progress["ended"]
    return {
        "letter": tile["letter"],
        "run": tile["name"],
        "model": tile["model"],
        "prompt": tile["prompt"],
        **dict(tile["parameters"]),
        "image": tile["image"],
        "repeat": int(tile["repeat"]),
        "day": tile["day"],
        "status": progress["status"],
        "seconds": None if ended is None else round(ended - progress["created"], 3),
        "cost": None if tile["cost"] is None else Decimal(tile["cost"]),
        "problem": tile["problem"] and tile["problem"]["title"],
        **tile["verdict"],
        "clip": entry.run.clip_path(0),
    }


def _day(created: float) -> str:
    """The day as the person at the kernel's computer would call it."""
    return dt.datetime.fromtimestamp(created).astimezone().date().isoformat()
