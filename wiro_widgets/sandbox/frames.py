"""The frames the socket sends about a task, in the two generations seen in the wild."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .stages import CANCEL, ERROR_FULL, OUTPUT_FULL, TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .envelope import JSON
    from .media import Media
    from .options import FrameGeneration
    from .task import Task

# What the documentation shows of an output in a frame; Task/Detail shows it all.
_OUTPUT_FIELDS = ("name", "contenttype", "size", "url")
GREETING = json.dumps({"type": "connected", "version": "1.0"})


def frame(generation: FrameGeneration, task: Task, kind: str, message: Any) -> str:
    """One frame as JSON text.

    Args:
        generation: ``old`` carries ``tasktoken``; ``new`` carries ``success``, ``terminal``
            and ``exitCode`` instead, and no raw output in the two ``_full`` frames.
        task: The task it is about.
        kind: The frame's type, mostly a status.
        message: What the type calls for: a log line, a progress object, outputs, nothing.
    """
    body: JSON = {"type": kind, "id": str(task.id), "result": kind != CANCEL}
    if generation == "old":
        body |= {"tasktoken": task.socketaccesstoken, "message": None if message == "" else message}
        return json.dumps(body)
    terminal = kind in TERMINAL
    body |= {
        "message": "" if kind in (OUTPUT_FULL, ERROR_FULL) else message,
        "success": (task.pexit == "0" and kind != CANCEL) if terminal else None,
        "terminal": terminal,
        "exitCode": (task.pexit or None) if terminal else None,
    }
    return json.dumps(body)


def outputs(media: Iterable[Media], base: str) -> list[JSON]:
    """The outputs as the last frame lists them."""
    return [{name: one.wire(base)[name] for name in _OUTPUT_FIELDS} for one in media]


def progress(task_name: str, percentage: int, elapsed: float, remaining: float) -> JSON:
    """The progress object some models print; its numbers are text, as the service's are."""
    return {
        "type": "progressGenerate",
        "task": task_name,
        "percentage": str(percentage),
        "stepCurrent": str(percentage // 5),
        "stepTotal": "20",
        "speed": "1.0",
        "speedType": "it/s",
        "elapsedTime": f"{elapsed:.0f}s",
        "remainingTime": f"{remaining:.0f}s",
    }
