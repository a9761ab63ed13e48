"""A run as the journal has it: its status and its record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from wiro_widgets.client import Output
from wiro_widgets.library.folder import stored_path
from wiro_widgets.library.request import RunRequest
from wiro_widgets.schema.parsing import (
    Secret,
    as_clean_text,
    as_count,
    as_dict,
    as_label,
    as_list,
    as_money,
    as_number,
    as_text,
    as_time,
)
from wiro_widgets.schema.tasks import MOST_OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from sqlalchemy import RowMapping

    from wiro_widgets.library.media_store import MediaStore

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
    "queued": "not sent yet",
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
    """Why there is no clip, for people to read."""

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
        account: Digest of the key it was sent with; "" where nobody knows any more.
        created: Unix time in seconds at which the run was asked for.
        owner: Who is at work on it, as `wiro_widgets.library.leases` writes it.
        lease: Unix time in seconds until which the owner has it.
        intent: Random key of this request, made before it is sent.
        sent_at: Unix time at which the request began to leave, None before.
        lost_at: Unix time at which its answer was lost, None when it was not.
        task_id: The service's id, once it accepted.
        token: The task's credential; never shown.
        cost: USD as the service charged it; None while unknown.
        list_cost: USD by the service's price list, where it tells that beside the charge.
        estimate: USD kept for it in a budget while its cost is open; 0 when its price is unknown.
        unsettled: True while the service has not stated what the run costs.
        ended: Unix time at which it ended.
        problem: Why there is no clip.
        outputs: The service's files, once it has finished.
        files: For each output its file on this disk, None where it is missing.
        digests: For each output the SHA-256 of its bytes as they were downloaded, None before.
        state: Stages, log and progress, as `wiro_widgets.runs.state` writes them.
    """

    number: int
    request: RunRequest
    service: Service
    account: str
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
    list_cost: Decimal | None
    estimate: Decimal
    unsettled: bool
    ended: float | None
    problem: RunProblem | None
    outputs: tuple[Output, ...]
    files: tuple[Path | None, ...]
    digests: tuple[str | None, ...]
    state: Mapping[str, Any]

    @property
    def charged(self) -> bool:
        """Whether it cost something, or may have."""
        return self.unsettled or bool(self.cost)

    def __repr__(self) -> str:
        return f"<Record {self.number} {self.request.model} {self.status}>"


_DIGEST = re.compile("[0-9a-f]{64}")
_PICO = 10**12
"""Costs are summed in trillionths of a dollar, since the service states twelve decimals."""
_MOST_PICO = 2**63 - 1
_LONGEST_JSON = 1_000_000
"""Characters; a request, a log and a list of files are far shorter."""


def record_of(row: RowMapping, directory: Path, media: MediaStore | None = None) -> Record:
    """The record in a row of the journal, which may come from a stranger.

    What does not matter and cannot be read counts as absent.

    Args:
        row: All columns of ``runs``.
        directory: The library's folder, absolute.
        media: Where the library's files are besides.

    Raises:
        ValueError: It has no request, status or service that can be read.
    """
    status, service, token = row["status"], row["service"], as_text(row["token"])
    if status not in STATUSES or service not in get_args(Service):
        raise ValueError(f"it has the status {status!r} at the service {service!r}")
    outputs = tuple(_output(one) for one in as_list(_json(row["outputs"]))[:MOST_OUTPUTS])
    files = [stored_path(name, directory, "clips") for name in as_list(_json(row["files"]))]
    digests = [as_digest(text) for text in as_list(_json(row["digests"]))]
    missing = [None] * len(outputs)
    return Record(
        number=row["number"],
        request=RunRequest.from_json(_json(row["request"]), directory, media),
        service=service,
        account=as_text(row["account"]),
        created=as_time(row["created"]) or 0.0,
        status=status,
        owner=as_text(row["owner"]),
        lease=as_number(row["lease"]) or 0.0,
        intent=as_text(row["intent"]),
        sent_at=as_time(row["sent_at"]),
        lost_at=as_time(row["lost_at"]),
        task_id=as_text(row["task_id"]) or None,
        token=Secret(token) if token else None,
        cost=as_money(row["cost"]),
        list_cost=as_money(row["list_cost"]),
        estimate=from_pico(row["reserved_e12"]),
        unsettled=bool(row["unsettled"]),
        ended=as_time(row["ended"]),
        problem=_problem(as_dict(_json(row["problem"]))),
        outputs=outputs,
        files=tuple([*files, *missing][: len(outputs)]),
        digests=tuple([*digests, *missing][: len(outputs)]),
        state=as_dict(_json(row["state"])),
    )


def queued_record(
    number: int, request: RunRequest, service: Service, values: Mapping[str, Any]
) -> Record:
    """The record of a run that was just written down, with the schema that sending it needs.

    Args:
        number: The run's.
        request: Its request.
        service: Where it is sent.
        values: The columns that were written.
    """
    return Record(
        number=number,
        request=request,
        service=service,
        account=values["account"],
        created=values["created"],
        status="queued",
        owner=values["owner"],
        lease=values["lease"],
        intent=values["intent"],
        sent_at=None,
        lost_at=None,
        task_id=None,
        token=None,
        cost=None,
        list_cost=None,
        estimate=from_pico(values["reserved_e12"]),
        unsettled=False,
        ended=None,
        problem=None,
        outputs=(),
        files=(),
        digests=(),
        state={},
    )


def as_digest(found: Any) -> str | None:
    """A SHA-256 in hexadecimal; None for anything else."""
    return found if isinstance(found, str) and _DIGEST.fullmatch(found) else None


def pico(amount: Decimal | None) -> int | None:
    """An amount of USD as the integer that sums are made of."""
    return None if amount is None else max(-_MOST_PICO, min(_MOST_PICO, int(amount * _PICO)))


def from_pico(found: Any) -> Decimal:
    """The amount in a column or a sum of such integers; 0 for anything else."""
    from decimal import Decimal  # noqa: PLC0415 - slow to import

    try:
        return Decimal(int(found)).scaleb(-12)
    except (TypeError, ValueError, OverflowError):
        return Decimal(0)


def _json(text: Any) -> Any:
    """The JSON in a column, unless it is longer than any of ours."""
    return text if isinstance(text, (str, bytes)) and len(text) <= _LONGEST_JSON else None


def _output(found: Any) -> Output:
    kept = as_dict(found)
    return Output(
        name=as_label(kept.get("name")),
        content_type=as_label(kept.get("content_type")),
        size=as_count(kept.get("size")),
        url=as_clean_text(kept.get("url")),
        id=as_label(kept.get("id")),
    )


def _problem(found: dict[str, Any]) -> RunProblem | None:
    if not found:
        return None
    kind, title, detail, remedy = (
        as_clean_text(found.get(field)) for field in ("kind", "title", "detail", "remedy")
    )
    spent = found.get("spent")
    return RunProblem(
        kind=kind,
        title=title,
        detail=detail,
        spent="no" if spent == "no" else "yes" if spent == "yes" else "maybe",
        remedy=remedy,
    )
