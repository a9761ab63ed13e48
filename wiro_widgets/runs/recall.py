"""Runs of earlier days: back from the journal, or found again at the service."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from wiro_widgets.client import Output, normalize_slug
from wiro_widgets.runs.facts import Facts
from wiro_widgets.runs.library import WAITING, this_process
from wiro_widgets.runs.problems import revive
from wiro_widgets.runs.snapshot import TERMINAL_STATES, RunSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wiro_widgets.client import Task
    from wiro_widgets.runs.library import Record

_CLOCK_SKEW_SECONDS = 120.0


def recall(record: Record) -> Facts:
    """What the journal knows of a run, as it was last written down."""
    facts = Facts(record, task_id=record.task_id)
    if record.snapshot is None:
        if record.state == WAITING:
            facts.state = "draft"
        elif record.task_id is None and record.owner != this_process():
            facts.state = "unknown"
        return facts
    kept = cast("RunSnapshot", record.snapshot)
    facts.state = kept["state"]
    facts.stages = {mark["name"]: mark["at"] for mark in kept["stages"]}
    facts.progress = kept["progress"]
    facts.log = list(kept["logs"])
    facts.cost = None if kept["cost"] is None else Decimal(kept["cost"])
    facts.problem = kept["problem"]
    facts.over = kept["state"] in TERMINAL_STATES - {"unknown"}
    if facts.problem is not None:
        facts.failure = revive(facts.problem, record.task_id)
    facts.ended = kept["ended"]
    facts.files = [path for path in record.clips if path.is_file()]
    facts.outputs = tuple(
        Output(clip["name"], clip["content_type"], clip["size"], clip["url"] or "", "")
        for clip in kept["clips"]
    )
    return facts


def matching_task(tasks: Iterable[Task], record: Record, taken: set[str]) -> Task | None:
    """The one task that this record's lost request must have become; None if none or several do.

    It is of the same model, began when the record did, says the same prompt, and is no other
    record's.
    """
    prompt, model = record.request.prompt, normalize_slug(record.request.model)
    found = [
        task
        for task in tasks
        if task.id not in taken
        and task.model == model
        and str(task.parameters.get("prompt", "")) == prompt
        and abs(task.stage_times.get("task_queue", 0.0) - record.created) < _CLOCK_SKEW_SECONDS
    ]
    return found[0] if len(found) == 1 else None
