"""The frames the socket sends about a task, in the two generations seen in the wild."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .stages import CANCEL, OUTPUT_FULL, TERMINAL

if TYPE_CHECKING:
    from .envelope import JSON
    from .options import FrameGeneration
    from .task import Task

GREETING = json.dumps({"type": "connected", "version": "1.0"})


def frame(generation: FrameGeneration, task: Task, kind: str, message: Any) -> str:
    """One frame as JSON text.

    Args:
        generation: ``old`` carries ``tasktoken``; ``new`` carries ``success``, ``terminal``
            and ``exitCode`` instead, and no raw output in ``task_output_full``.
        task: The task it is about.
        kind: The frame's type, mostly a status.
        message: What the type calls for: a log line, a progress object, outputs, nothing.
    """
    body: JSON = {"type": kind, "id": str(task.id), "result": kind != CANCEL}
    if generation == "old":
        body |= {"tasktoken": task.socketaccesstoken, "message": message}
        return json.dumps(body)
    terminal = kind in TERMINAL
    body |= {
        "message": "" if kind == OUTPUT_FULL else message,
        "success": (task.pexit == "0" and kind != CANCEL) if terminal else None,
        "terminal": terminal,
        "exitCode": (task.pexit or None) if terminal else None,
    }
    return json.dumps(body)


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
