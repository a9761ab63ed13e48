"""Runs for a grid, made up: any prompt, any parameters, any clip, any end."""

from __future__ import annotations

import time
from typing import Any

from tests.widgets.fakes import FakeRun
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.records import RunProblem
from wiro_widgets.library.request import RunRequest
from wiro_widgets.runs.state import Clip

PROBLEM = RunProblem(
    kind="ModerationRefused",
    title="Refused by moderation",
    detail="It shows a gull.",
    spent="no",
    remedy="Change the prompt.",
)


class FakeGridRun(FakeRun):
    """As much of a run as a grid needs."""

    def __init__(self, number: int, **changes: Any) -> None:
        now = time.time()
        defaults = {
            "key": f"r{number}",
            "name": f"Run {number}",
            "status": "succeeded",
            "over": True,
            "ended": now,
            "progress": None,
            "cost": "0.19",
        }
        super().__init__(**{**defaults, **changes})
        wire = dict(self.snapshot["parameters"])
        self.request = RunRequest("minimax/hailuo-2-3-fast", wire)
        self.judgment = Judgment()

    def judge(self, **changes: Any) -> Judgment:
        self.judgment = self.judgment.changed(**changes)
        return self.judgment


def clip(url: str | None, content_type: str = "video/mp4") -> list[Clip]:
    """One output at an address."""
    return [Clip(name="clip.mp4", content_type=content_type, size=0, url=url)]
