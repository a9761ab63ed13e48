"""Frames of the live socket, both generations, as events. Pure, and no input makes it raise."""

from __future__ import annotations

from typing import Any, NamedTuple

from .parsing import as_list, as_number, as_text, from_json
from .tasks import Output, progress_in, stage_of


class Frame(NamedTuple):
    """What one text frame says."""

    type: str
    task_id: str
    """Empty when the frame does not say."""
    token: str
    """Only the older frames carry it."""
    message: str
    progress: float | None
    outputs: tuple[Output, ...]
    ended: bool
    """True when it claims the task is over; only ``Task/Detail`` decides."""

    @property
    def about_task(self) -> bool:
        """False for greetings and the like."""
        return self.type.startswith("task_") and self.type != "task_info"


def parse_frame(text: str | bytes) -> Frame | None:
    """Read one frame; None when it is not a frame of the service."""
    value = from_json(text)
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return None
    kind: str = value["type"]
    # `message` may be JSON inside the frame's JSON.
    content = from_json(value.get("message"))
    log = _log_text(kind, value.get("message"), content)
    return Frame(
        type=kind,
        task_id=as_text(value.get("id")) or as_text(value.get("taskid")),
        token=as_text(value.get("tasktoken")) or as_text(value.get("socketaccesstoken")),
        message=log,
        progress=_progress(content, log),
        outputs=_outputs(kind, content),
        ended=stage_of(kind) in {"task_postprocess_end", "task_cancel"}
        or value.get("terminal") is True,
    )


def _log_text(kind: str, raw: Any, content: Any) -> str:
    # The *_full frames repeat the whole stream, which was already told line by line.
    if not kind.startswith(("task_output", "task_error")) or kind.endswith("_full"):
        return ""
    if isinstance(content, dict):
        return as_text(content.get("raw"))
    return raw if isinstance(raw, str) else as_text(raw)


def _progress(content: Any, log: str) -> float | None:
    if isinstance(content, dict):
        percentage = as_number(as_text(content.get("percentage")).rstrip(" %"))
        return None if percentage is None else min(max(percentage / 100, 0.0), 1.0)
    return progress_in(log)


def _outputs(kind: str, content: Any) -> tuple[Output, ...]:
    if kind != "task_postprocess_end":
        return ()
    return tuple(Output.parse(item) for item in as_list(content) if isinstance(item, dict))
