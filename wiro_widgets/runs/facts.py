"""What is known of a run so far: events folded into one state that only moves forward."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from wiro_widgets.runs.problems import describe
from wiro_widgets.runs.snapshot import LOG_LINES, Clip, RunProblem, RunSnapshot, RunState, StageMark
from wiro_widgets.schema.tasks import stage_rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wiro_widgets.client import Output, Submission, Task, TaskEvent
    from wiro_widgets.runs.library import Record


@dataclass
class Facts:
    """The mutable heart of a `Run`; written by the runner only.

    Attributes:
        stages: Unix time each stage was first heard of, by the service's name.
        log: Every log line so far.
        files: Downloaded outputs, in the service's order.
        submission: What the service knows the run by, once it accepted.
        failure: What waiting for the run raises.
        over: Nothing more will come: it failed, was stopped, or its clip is on this disk.
    """

    record: Record
    state: RunState = "sending"
    stages: dict[str, float] = field(default_factory=dict)
    progress: float | None = None
    log: list[str] = field(default_factory=list)
    cost: Decimal | None = None
    problem: RunProblem | None = None
    outputs: tuple[Output, ...] = ()
    files: list[Path] = field(default_factory=list)
    ended: float | None = None
    task_id: str | None = None
    poster: str | None = None
    reused: bool = False
    stopping: bool = False
    submission: Submission | None = None
    failure: BaseException | None = None
    over: bool = False

    def hear(self, event: TaskEvent) -> None:
        """Take in one event of the service."""
        self.task_id = event.task_id or self.task_id
        if event.stage is not None and stage_rank(event.stage) >= 0:
            self.stages.setdefault(event.stage, event.received)
        if event.message:
            self.log.extend(event.message.splitlines())
        if event.progress is not None:
            self.progress = max(self.progress or 0.0, event.progress)
        if event.outputs:
            self.outputs = event.outputs
        if event.task is not None:
            self._learn(event.task)

    def _learn(self, task: Task) -> None:
        """Take in Task/Detail, which is the truth where an event and it disagree."""
        self.task_id = task.id or self.task_id
        for name, at in task.stage_times.items():
            # The service's clock is not ours, and it has whole seconds only.
            self.stages.setdefault(name, min(max(at, self.record.created), time.time()))
        lines = task.log.splitlines()
        if len(lines) >= len(self.log):
            self.log = lines
        if task.outputs:
            self.outputs = task.outputs
        if task.terminal:
            self.cost = None if task.cost is None else Decimal(money_text(task.cost))

    @property
    def stage(self) -> str | None:
        """The furthest stage reached."""
        return max(self.stages, key=stage_rank, default=None)

    def marks(self) -> list[StageMark]:
        """Stages in the order of the lifecycle, with times that never run backwards."""
        marks: list[StageMark] = []
        latest = self.record.created
        for name in sorted(self.stages, key=stage_rank):
            latest = max(latest, self.stages[name])
            marks.append(StageMark(name=name, at=latest))
        return marks

    def begin(self, submission: Submission) -> None:
        """The service has it."""
        self.submission = submission
        self.task_id = submission.task_id
        self.resume("running")

    def resume(self, state: RunState) -> None:
        """Something is being done about it again, whatever was believed before."""
        self.state = state
        self.problem = self.failure = self.ended = None
        self.over = False

    def end(self, state: RunState, failure: BaseException | None = None) -> None:
        """Reach a terminal state."""
        self.state = state
        self.failure = failure
        self.problem = None if failure is None else describe(failure)
        self.stopping = False
        if state == "succeeded":
            self.progress = 1.0
        if self.ended is None:
            self.ended = time.time()

    def copy(self) -> Facts:
        """A copy that later events do not change, for showing."""
        return replace(self, stages=dict(self.stages), log=list(self.log), files=list(self.files))

    def snapshot(self) -> RunSnapshot:
        """The state as a view draws it."""
        record = self.record
        request = record.request
        return RunSnapshot(
            key=f"r{record.number}",
            name=f"Run {record.number}",
            model=request.model,
            prompt=request.prompt,
            parameters=[
                [name, str(value)] for name, value in request.parameters.items() if name != "prompt"
            ],
            state=self.state,
            stage=self.stage,
            stages=self.marks(),
            created=record.created,
            ended=self.ended,
            now=time.time(),
            progress=self.progress,
            logs=self.log[-LOG_LINES:],
            log_total=len(self.log),
            cost=None if self.cost is None else money_text(self.cost),
            problem=self.problem,
            clips=_clips(self.outputs, self.files),
            poster=self.poster,
            task_id=self.task_id,
            service=record.service,
            reused=self.reused,
            stopping=self.stopping,
        )


def money_text(cost: Decimal) -> str:
    """Decimal text without the zeros that the service pads to twelve places: "0.19"."""
    text = f"{cost:f}"
    if "." in text:
        text = text.rstrip("0")
        whole, cents = text.split(".")
        text = f"{whole}.{cents.ljust(2, '0')}"
    return text


def _clips(outputs: Sequence[Output], files: Sequence[Path]) -> list[Clip]:
    clips = []
    for index, output in enumerate(outputs):
        name = files[index].name if index < len(files) else output.name
        url = output.url if output.url.startswith(("http://", "https://")) else None
        clips.append(
            Clip(name=name, content_type=output.content_type, size=output.size or 0, url=url)
        )
    return clips
