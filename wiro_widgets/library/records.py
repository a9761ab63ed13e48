"""A run as the journal has it: its status and its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from wiro_widgets.client import Output
    from wiro_widgets.library.request import RunRequest

Service = Literal["sandbox", "live"]

RunStatus = Literal[
    "queued",  # written down; no byte of it has left this computer
    "sending",  # committed before the first byte of the request leaves
    "unknown",  # the answer was lost: the service may or may not have accepted it
    "running",  # accepted; the task's id and token are in the journal
    "downloading",  # the service has finished; not every file is on this disk
    "succeeded",
    "failed",
    "cancelled",
    "refused",  # not accepted by the service, so it may be sent again
]
"""Where a run stands, in the journal, in `Run.status` and in every view."""

STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)

STATUS_WORDS: Mapping[str, str] = {
    "queued": "waiting to be sent",
    "sending": "sending",
    "unknown": "outcome unknown",
    "running": "running",
    "downloading": "fetching the clip",
    "succeeded": "done",
    "failed": "failed",
    "cancelled": "stopped",
    "refused": "not accepted",
}
"""Each status as a person reads it."""

LIVE: frozenset[RunStatus] = frozenset({"queued", "sending", "running", "downloading"})
"""Statuses of rows that somebody is at work on, or should be; they have an owner and a lease."""

TERMINAL: frozenset[RunStatus] = frozenset({"succeeded", "failed", "cancelled", "refused"})
"""Statuses that change only when the run is asked for again."""


class RunProblem(TypedDict):
    """Why there is no clip, in words."""

    kind: str
    """Name of the exception's class, e.g. ``TaskFailed``."""
    title: str
    """What happened, in a few words: "Refused by moderation"."""
    detail: str
    """The reason as the service or the network gave it; may be empty."""
    spent: Literal["no", "yes", "maybe"]
    """Whether money was spent."""
    remedy: str
    """What to do next; may be empty."""


@dataclass(frozen=True)
class Record:
    """One row of the journal.

    Attributes:
        number: Counts up within a library; the run's name is "Run <number>".
        created: Unix time in seconds at which the run was asked for.
        owner: Who is at work on it, as `wiro_widgets.library.leases` writes it.
        lease: Unix time in seconds until which the owner has it.
        intent: Random key of this request, made before it is sent.
        sent_at: Unix time at which the request began to leave, None before.
        lost_at: Unix time at which its answer was lost, None when it was not.
        task_id: The service's id, once it accepted.
        token: The task's credential; never shown.
        cost: USD as the service stated it; None while unknown.
        unsettled: True while the service has not stated what the run costs.
        ended: Unix time at which it ended.
        problem: Why there is no clip.
        outputs: The service's files, once it has finished.
        files: For each output its file on this disk, None where it is missing.
        state: Stages, log and progress, as `wiro_widgets.runs.state` writes them.
    """

    number: int
    request: RunRequest
    service: Service
    created: float
    status: RunStatus
    owner: str
    lease: float
    intent: str
    sent_at: float | None
    lost_at: float | None
    task_id: str | None
    token: str | None
    cost: Decimal | None
    unsettled: bool
    ended: float | None
    problem: RunProblem | None
    outputs: tuple[Output, ...]
    files: tuple[Path | None, ...]
    state: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether every output that is a file is on this disk."""
        return all(
            path is not None and path.is_file()
            for output, path in zip(self.outputs, self.files, strict=True)
            if output.url
        )

    @property
    def charged(self) -> bool:
        """Whether it cost something, or may have."""
        return self.unsettled or bool(self.cost)

    def __repr__(self) -> str:
        return f"<Record {self.number} {self.request.model} {self.status}>"
