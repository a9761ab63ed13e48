"""The state of a run: an immutable value with a version that each event replaces by the next.

A view, or a `Run` that is shown an older version than it has, ignores it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from wiro_widgets.library.estimates import exact_text
from wiro_widgets.library.folder import is_stored_file
from wiro_widgets.library.records import TERMINAL, RunProblem, RunStatus
from wiro_widgets.media.types import browser_type
from wiro_widgets.runs.problems import error_from, problem_from
from wiro_widgets.schema.parsing import (
    LONGEST_LINE,
    as_clean_text,
    as_count,
    as_dict,
    as_list,
    as_number,
    clean_text,
)
from wiro_widgets.schema.tasks import stage_rank
from wiro_widgets.schema.wording import model_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wiro_widgets.client import Output, Task, TaskEvent
    from wiro_widgets.library.records import Record

SNAPSHOT_LINES = 200
"""Log lines that a snapshot carries."""
_MOST_LINES = 5_000
"""Log lines that are kept; of a longer log the newest."""


class StageMark(TypedDict):
    """The moment a stage began."""

    name: str
    """The service's name, e.g. ``task_assign``."""
    at: float
    """Unix time in seconds, by this computer's clock."""


class Clip(TypedDict):
    """An output file."""

    name: str
    """File name to offer for download."""
    content_type: str
    size: int
    """Bytes; 0 when unknown."""
    url: str | None
    """Where a browser may play it from; None when only the kernel has it."""


class Candidate(TypedDict):
    """A task that may be what became of a run whose answer was lost."""

    task_id: str
    created: float | None
    """Unix time in seconds at which the service began it."""
    url: str | None
    """Address of its clip, None while there is none."""


class RunSnapshot(TypedDict):
    """Everything that a timeline, a player and a tile need to draw one run.

    It never carries a key, a secret or a task token, and every string in it is plain text.
    """

    key: str
    """Identity within the library, e.g. ``r12``."""
    name: str
    """For display: "Run 12"."""
    model: str
    prompt: str
    parameters: list[list[str]]
    """``[[name, value], ...]`` without prompt and files, as text."""
    status: RunStatus
    over: bool
    """True when nothing more will come by itself."""
    stage: str | None
    """The newest stage by the service's name; None before the first."""
    stages: list[StageMark]
    """Every stage reached so far, oldest first, each once."""
    created: float
    """Unix time at which the run was asked for."""
    ended: float | None
    """Unix time at which it was over."""
    now: float
    """Unix time of this snapshot by the kernel's clock, for a browser whose clock is off."""
    progress: float | None
    """0 to 1, or None when the service gives no number."""
    logs: list[str]
    """The newest log lines, oldest first; at most `SNAPSHOT_LINES`."""
    log_total: int
    """How many lines there were in all."""
    cost: str | None
    """USD as decimal text ("0.19"); None while unknown."""
    unsettled: bool
    """True while the service has not stated what the run costs."""
    problem: RunProblem | None
    notice: str | None
    """A sentence to show that is no failure: "Second try: ..."."""
    clips: list[Clip]
    candidates: list[Candidate]
    """Tasks to choose from, for a run whose answer was lost."""
    poster: str | None
    """The first frame that was sent, small, as a ``data:image/jpeg`` URL."""
    task_id: str | None
    service: Literal["sandbox", "live"]
    reused: bool
    """True when a recorded run is shown and nothing was sent."""
    stopping: bool
    """True between a request to stop and the service's answer."""


@dataclass(frozen=True)
class RunState:
    """What is known of a run at one moment.

    Attributes:
        created: Unix time in seconds at which the run was asked for.
        version: Grows with every change.
        over: Nothing more will come by itself: it has ended, or was given up for now.
        reached: Unix time at which each stage was first seen, by the service's name.
        log: The newest log lines.
        log_total: How many lines there were in all.
        files: For each output its file on this disk, None while it is missing.
        digests: For each output the SHA-256 of its bytes, None before they were downloaded.
        failure: What `Run.wait` raises.
        waiting: Why it is not sent yet, as a sentence; None when nothing is in its way.
    """

    created: float
    status: RunStatus = "queued"
    version: int = 0
    over: bool = False
    task_id: str | None = None
    reached: Mapping[str, float] = field(default_factory=dict)
    progress: float | None = None
    log: tuple[str, ...] = ()
    log_total: int = 0
    cost: Decimal | None = None
    list_cost: Decimal | None = None
    unsettled: bool = False
    outputs: tuple[Output, ...] = ()
    files: tuple[Path | None, ...] = ()
    digests: tuple[str | None, ...] = ()
    ended: float | None = None
    problem: RunProblem | None = None
    failure: BaseException | None = None
    notice: str | None = None
    waiting: str | None = None
    candidates: tuple[Candidate, ...] = ()
    reused: bool = False
    stopping: bool = False

    def apply(self, event: TaskEvent) -> RunState:
        """The state after an event of the service."""
        changes: dict[str, Any] = {"task_id": event.task_id or self.task_id}
        reached = dict(self.reached)
        if event.stage is not None and stage_rank(event.stage) >= 0:
            reached.setdefault(event.stage, event.received)
        if event.message:
            lines = event.message.splitlines()
            changes["log"] = (*self.log, *lines)[-_MOST_LINES:]
            changes["log_total"] = self.log_total + len(lines)
        if event.progress is not None:
            changes["progress"] = max(self.progress or 0.0, event.progress)
        if event.outputs:
            changes["outputs"] = event.outputs
        if event.task is not None:
            changes.update(self._learned(event.task, reached))
        return self.changed(reached=reached, **changes)

    def _learned(self, task: Task, reached: dict[str, float]) -> dict[str, Any]:
        """What Task/Detail adds, which is right where an event disagrees."""
        changes: dict[str, Any] = {"task_id": task.id or self.task_id}
        now = time.time()
        for name, at in task.stage_times.items():
            # The service's clock is not ours, and it has whole seconds only.
            reached.setdefault(name, min(max(at, self.created), now))
        lines = task.log.splitlines()
        if len(lines) >= self.log_total:
            changes["log"], changes["log_total"] = tuple(lines[-_MOST_LINES:]), len(lines)
        if task.outputs:
            changes["outputs"] = task.outputs
        if task.terminal:
            changes.update(charge(task))
        return changes

    def changed(self, **changes: Any) -> RunState:
        """The next state, with some fields changed."""
        return replace(self, version=self.version + 1, **changes)

    def end(self, status: RunStatus, error: BaseException | None = None) -> RunState:
        """The state when nothing more will come by itself."""
        return self.changed(
            status=status,
            over=True,
            stopping=False,
            waiting=None,
            failure=error,
            problem=None if error is None else problem_from(error),
            progress=1.0 if status == "succeeded" else self.progress,
            ended=self.ended or time.time(),
            notice=None if status == "unknown" else self.notice,
        )

    def reopen(self, status: RunStatus, notice: str | None = None) -> RunState:
        """The state when something is done about the run again, whatever was believed before."""
        return self.changed(
            status=status,
            over=False,
            waiting=None,
            failure=None,
            problem=None,
            # A clip that is fetched again does not make its run a longer one.
            ended=self.ended if self.status == "succeeded" else None,
            notice=notice,
            candidates=(),
        )

    def accept(self, task_id: str) -> RunState:
        """The state when the service has accepted the run."""
        notice = self.notice if self.status == "sending" else None
        return replace(self.reopen("running", notice), task_id=task_id, unsettled=True)

    @property
    def stage(self) -> str | None:
        """The furthest stage reached."""
        return max(self.reached, key=stage_rank, default=None)

    @property
    def stages(self) -> list[StageMark]:
        """Stages in the order of the lifecycle, with times that never run backwards."""
        marks: list[StageMark] = []
        latest = self.created
        for name in sorted(self.reached, key=stage_rank):
            latest = max(latest, self.reached[name])
            marks.append(StageMark(name=name, at=latest))
        return marks

    @property
    def seconds(self) -> float | None:
        """How long it took from its acceptance, so that waiting for a free slot does not count."""
        marks, ended = self.stages, self._end
        began = marks[0]["at"] if marks else self.created
        return None if ended is None else ended - began

    @property
    def _end(self) -> float | None:
        """When it ended: not before its last stage, whatever the clock was set to since."""
        return self.ended and max([self.ended, self.created, *self.reached.values()])

    def to_json(self) -> dict[str, Any]:
        """What the journal keeps of it beside the columns."""
        return {
            "stages": dict(self.reached),
            "progress": self.progress,
            "log": list(self.log[-SNAPSHOT_LINES:]),
            "log_total": self.log_total,
        }

    def snapshot(
        self, record: Record, poster: str | None, addresses: Sequence[str | None] = ()
    ) -> RunSnapshot:
        """The state as views draw it.

        Args:
            record: Of the run.
            poster: Its first frame as a URL.
            addresses: For each output where a browser has it from, None for where the service says.
        """
        request = record.request
        return RunSnapshot(
            key=f"r{record.number}",
            name=f"Run {record.number}",
            model=clean_text(model_words(request.model)),
            prompt=clean_text(request.prompt),
            parameters=[
                [clean_text(name), clean_text(str(value))]
                for name, value in request.parameters.items()
                if name != "prompt"
            ],
            status=self.status,
            over=self.over,
            stage=self.stage,
            stages=self.stages,
            created=self.created,
            ended=self._end,
            now=time.time(),
            progress=self.progress,
            logs=list(self.log[-SNAPSHOT_LINES:]),
            log_total=self.log_total,
            cost=None if self.cost is None else exact_text(self.cost),
            unsettled=self.unsettled,
            problem=self.problem,
            notice=self.waiting or self.notice,
            clips=_clips(self.outputs, self.files, addresses),
            candidates=list(self.candidates),
            poster=poster,
            task_id=self.task_id,
            service=record.service,
            reused=self.reused,
            stopping=self.stopping,
        )


def restore(record: Record, files: Sequence[Path | None] | None = None) -> RunState:
    """The state of a run as the journal has it.

    Args:
        record: The run's.
        files: For each output its file on this disk; None for those that the record names.
    """
    problem = record.problem
    kept = record.state
    log = tuple(
        as_clean_text(line, LONGEST_LINE) for line in as_list(kept.get("log"))[-_MOST_LINES:]
    )
    reached = {
        name: at
        for name, found in as_dict(kept.get("stages")).items()
        if stage_rank(name) >= 0 and (at := as_number(found)) is not None
    }
    progress = as_number(kept.get("progress"))
    return RunState(
        created=record.created,
        status=record.status,
        over=record.status in TERMINAL,
        task_id=record.task_id,
        reached=reached,
        progress=None if progress is None else min(max(progress, 0.0), 1.0),
        log=log,
        log_total=max(len(log), as_count(kept.get("log_total"))),
        cost=record.cost,
        list_cost=record.list_cost,
        unsettled=record.unsettled,
        outputs=record.outputs,
        files=tuple(path if is_stored_file(path) else None for path in files or record.files),
        digests=record.digests,
        ended=record.ended,
        notice=_behind_link(record),
        problem=problem,
        failure=None if problem is None else error_from(problem, record.task_id),
    )


def _behind_link(record: Record) -> str | None:
    """Why a clip that is here is not shown, None when every clip that is here can be."""
    for path in record.files:
        if path is not None and not is_stored_file(path) and path.exists():
            return f"{path.name} is not shown, since links in {path.parent} are not followed."
    return None


def charge(task: Task) -> dict[str, Any]:
    """What an ended task costs, as fields of a `RunState`.

    A task that was stopped while it ran may be charged once its work ends; until the service
    states that, its cost is open. A failed one is not charged (wiro.ai, release notes of autumn
    2026).
    """
    failed = task.terminal and not task.succeeded and not task.cancelled
    cost = None if task.cost is None else Decimal(exact_text(task.cost))
    return {"cost": cost, "list_cost": task.list_cost, "unsettled": cost is None and not failed}


def _clips(
    outputs: Sequence[Output], files: Sequence[Path | None], addresses: Sequence[str | None]
) -> list[Clip]:
    clips = []
    for index, output in enumerate(outputs):
        path = files[index] if index < len(files) else None
        address = addresses[index] if index < len(addresses) else None
        url = address or output.url
        clips.append(
            Clip(
                name=path.name if path else output.name,
                content_type=browser_type(output.content_type),
                size=output.size or 0,
                url=url if url.startswith(("http://", "https://")) else None,
            )
        )
    return clips
