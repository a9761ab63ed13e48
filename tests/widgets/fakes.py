"""A comm that records, and a run that does what a test tells it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from comm.base_comm import BaseComm
from traitlets import Dict, HasTraits

from wiro_widgets.client import InputError
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.runs.state import Clip, RunSnapshot, StageMark
from wiro_widgets.widgets import Studio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class RecordingComm(BaseComm):
    """Keeps what the kernel would have sent to the browser."""

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        SENT.append((data or {}, [bytes(buffer) for buffer in buffers or ()]))


SENT: list[tuple[dict[str, Any], list[bytes]]] = []


def replies() -> list[tuple[dict[str, Any], list[bytes]]]:
    """The custom messages among it, with their buffers."""
    return [(data["content"], buffers) for data, buffers in SENT if data.get("method") == "custom"]


def ask(widget: Any, buffers: Sequence[bytes] = (), /, **message: Any) -> None:
    """Send a custom message as the browser does."""
    data = {"method": "custom", "content": message}
    views = [memoryview(buffer) for buffer in buffers]
    widget._handle_msg({"content": {"data": data}, "buffers": views})


def snapshot(**changes: Any) -> RunSnapshot:
    """A run that is generating."""
    now = time.time()
    values: dict[str, Any] = {
        "key": "r12",
        "name": "Run 12",
        "model": "minimax/hailuo-2.3-fast",
        "prompt": "The gull lifts off",
        "parameters": [["duration", "6"]],
        "status": "running",
        "over": False,
        "stage": "task_start",
        "stages": [StageMark(name="task_start", at=now - 60)],
        "created": now - 72,
        "ended": None,
        "now": now,
        "progress": 0.5,
        "logs": ["Request started."],
        "log_total": 1,
        "cost": None,
        "unsettled": False,
        "problem": None,
        "notice": None,
        "clips": [],
        "candidates": [],
        "poster": None,
        "task_id": "534574",
        "service": "sandbox",
        "reused": False,
        "stopping": False,
    }
    return RunSnapshot(**{**values, **changes})  # type: ignore[typeddict-item]


CLIP = Clip(name="0012-gull.mp4", content_type="video/mp4", size=10, url=None)


class FakeRun(HasTraits):
    """As much of a run as a view needs."""

    snapshot = Dict()
    judgment = Judgment()

    def __init__(self, **changes: Any) -> None:
        super().__init__(snapshot=dict(snapshot(**changes)))
        self.stops = 0
        self.looks = 0
        self.chosen = ""
        self.files: list[Path] = []

    def change(self, **changes: Any) -> None:
        """Go on."""
        self.snapshot = {**self.snapshot, **changes}

    def stop(self) -> None:
        self.stops += 1

    def look_again(self) -> None:
        self.looks += 1

    def choose(self, task_id: str) -> None:
        self.chosen = task_id

    def send_again(self) -> FakeRun:
        return FakeRun(key="r13", name="Run 13", status="queued")

    def clip_path(self, index: int) -> Path | None:
        return self.files[index] if 0 <= index < len(self.files) else None

    def bring(self, then: Any) -> bool:
        return False


def unconnected_studio(prompt: str) -> Studio:
    """A Studio that could not connect to anything."""
    refused = InputError("Nothing to connect to.")
    with patch("wiro_widgets.widgets.studio.current_session", side_effect=refused):
        return Studio(prompt)
