"""What a view knows of a run: one JSON object, the same on both sides of the wire.

``js/lib/protocol/run.ts`` describes the same object to the browser;
``tests/widgets/test_protocol.py`` holds the two against each other. A snapshot never
carries a key, a secret or a task token, and every string in it is plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

RunState = Literal[
    "draft",  # not sent yet (being checked, or waiting for a free slot of the account)
    "sending",  # the paid request is on its way
    "running",  # accepted by the service; `stage` says how far
    "succeeded",
    "failed",
    "cancelled",
    "unknown",  # the connection broke after the request may have been accepted
]
"""Where a run stands, in the words of this library (the service's own are `stage`)."""

STATES: tuple[RunState, ...] = (
    "draft",
    "sending",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "unknown",
)

STATE_WORDS: Mapping[str, str] = {
    "draft": "not sent yet",
    "waiting": "waiting for a free slot",
    "sending": "sending",
    "running": "running",
    "succeeded": "done",
    "failed": "failed",
    "cancelled": "stopped",
    "unknown": "outcome unknown",
}
"""Where a run stands as text; the library's own state of a parked run is among them."""

TERMINAL_STATES: frozenset[str] = frozenset({"succeeded", "failed", "cancelled", "unknown"})


class StageMark(TypedDict):
    """The moment a stage began."""

    name: str
    """The service's own name, e.g. ``task_assign``."""
    at: float
    """Unix time in seconds, by this computer's clock."""


class RunProblem(TypedDict):
    """Why there is no clip, in words."""

    title: str
    """What happened, in a few words: "Refused by moderation"."""
    detail: str
    """The reason as the service or the network gave it; may be empty."""
    spent: Literal["no", "yes", "maybe"]
    """Whether money was spent."""
    remedy: str
    """What to do next; may be empty."""


class Clip(TypedDict):
    """A finished output file."""

    name: str
    """File name to offer for download."""
    content_type: str
    size: int
    """Bytes; 0 when unknown."""
    url: str | None
    """Where a browser may play it from; None when only the kernel has it."""


class RunSnapshot(TypedDict):
    """Everything a timeline, a player and a tile need to draw one run."""

    key: str
    """Identity within this library, e.g. ``r12``."""
    name: str
    """What to call it: "Run 12"."""
    model: str
    prompt: str
    parameters: list[list[str]]
    """``[[name, value], ...]`` without prompt and files, as text."""
    state: RunState
    stage: str | None
    """The newest stage by the service's own name; None before the first."""
    stages: list[StageMark]
    """Every stage reached so far, oldest first, each once."""
    created: float
    """Unix time the run was asked for."""
    ended: float | None
    """Unix time it reached a terminal state."""
    now: float
    """Unix time of this snapshot by the kernel's clock: lets a browser whose clock is
    off show the right elapsed time."""
    progress: float | None
    """0 to 1, or None when the service gives no number."""
    logs: list[str]
    """The newest log lines, oldest first; at most `LOG_LINES`."""
    log_total: int
    """How many lines there were in all."""
    cost: str | None
    """USD as decimal text ("0.19"); None while unknown."""
    problem: RunProblem | None
    clips: list[Clip]
    poster: str | None
    """The uploaded first frame, small, as a ``data:image/jpeg`` URL."""
    task_id: str | None
    service: Literal["sandbox", "live"]
    reused: bool
    """True when a recorded run is shown in place of sending the same request again."""
    stopping: bool
    """True between a request to stop and the service's answer."""


LOG_LINES = 200
"""Log lines a snapshot carries; the library keeps them all."""
