"""A run in one line of text, for where no browser draws the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.runs.snapshot import STATE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping


def status_line(snapshot: Mapping[str, Any]) -> str:
    """Say how a run stands, as in "Run 12 · minimax/hailuo-2.3-fast · done after 3:20 · $0.19".

    Args:
        snapshot: A `RunSnapshot`; an empty one gives "no run".
    """
    if not snapshot:
        return "no run"
    until = snapshot["ended"] or snapshot["now"]
    minutes, seconds = divmod(max(0, int(until - snapshot["created"])), 60)
    words = [
        snapshot["name"],
        snapshot["model"],
        f"{STATE_WORDS[snapshot['state']]} after {minutes}:{seconds:02}",
    ]
    if snapshot["state"] == "running" and snapshot["progress"] is not None:
        words.append(f"{snapshot['progress']:.0%}")
    if snapshot["problem"] is not None:
        words.append(snapshot["problem"]["title"])
    if snapshot["cost"] is not None:
        words.append(f"${snapshot['cost']}")
    words.append(snapshot["service"])
    return " · ".join(words)
