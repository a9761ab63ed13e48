"""Tasks: `Task` with its `Output` files, the `Frame`s of the live socket, and `TaskEvent`."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.errors import InputError, ModerationRefused, TaskCancelled, TaskFailed

from .parsing import (
    LONGEST_TEXT,
    Secret,
    as_clean_text,
    as_count,
    as_dict,
    as_label,
    as_list,
    as_log,
    as_money,
    as_number,
    as_text,
    as_time,
    from_json,
    normalize_slug,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from typing_extensions import Self

    from wiro_widgets.errors import WiroError

STAGES: tuple[str, ...] = (
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_output",
    "task_output_full",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
)
"""Stages of a task in order; ``task_cancel`` may replace the rest (wiro.ai/docs, Tasks)."""

CANCELLED = "task_cancel"
TERMINAL: frozenset[str] = frozenset({"task_postprocess_end", CANCELLED})
"""The only two final statuses. An unknown status means "still running"."""

MOST_OUTPUTS = 200
"""Files of one task; further ones are left out."""

_STAGE_RANK = {name: rank for rank, name in enumerate((*STAGES, CANCELLED))}
# A line on stdout or stderr, or the end of such a stream, proves what the stream belongs to.
_STAGE_OF = {"task_error": "task_output", "task_error_full": "task_output_full"}
_TIME_FIELDS = {
    "createtime": "task_queue",
    "accepttime": "task_accept",
    "preprocessstarttime": "task_preprocess_start",
    "preprocessendtime": "task_preprocess_end",
    "assigntime": "task_assign",
    "starttime": "task_start",
    "endtime": "task_end",
    "postprocessstarttime": "task_postprocess_start",
    "postprocessendtime": "task_postprocess_end",
    "canceltime": CANCELLED,
}
# "Video Process Status: Processing: [===--] 44.0%" of partner models, "44%|###" of tqdm.
_PERCENT = (
    r"(?i)(?:progress|status|processing)[^\n%]{0,80}?(?P<words>\d{1,3}(?:\.\d+)?) ?%"
    r"|(?P<bar>\b\d{1,3})%\|"
)
# The token is a secret; the others are long.
_UNSHOWN = frozenset({"token", "log", "error_log", "parameters", "stage_times"})
_NOISE = r"(?i)request (?:started|ended)\.?|video process status:.*"
_MODERATION = (
    r"(?i)moderat|sensitive|policy.?violation|content.?polic|nsfw|safety.(?:filter|system|check)"
    r"|\b102[67]\b"  # MiniMax: 1026 sensitive input, 1027 sensitive output
)


def stage_of(wire_name: str) -> str | None:
    """The lifecycle stage of a status or event type, None if it has none."""
    name = _STAGE_OF.get(wire_name, wire_name)
    return name if name in _STAGE_RANK else None


def stage_rank(stage: str | None) -> int:
    """Position in the lifecycle, -1 when unknown."""
    return _STAGE_RANK.get(stage or "", -1)


def progress_in(text: str) -> float | None:
    """The last percentage in a log as 0 to 1, e.g. in ``Processing: [===--] 44.0%``."""
    percentages = [found["words"] or found["bar"] for found in re.finditer(_PERCENT, text[-2000:])]
    return min(float(percentages[-1]) / 100, 1.0) if percentages else None


class _Submission(NamedTuple):
    task_id: str
    token: str
    """Grants access to the task's events and details: treat it as a secret."""
    model: str


class Submission(_Submission):
    """An accepted request: what is needed to follow its task, in this process or a later one."""

    __slots__ = ()

    def __new__(cls, task_id: str, token: str, model: str) -> Self:
        """Keep the token from being shown, wherever it comes from."""
        return super().__new__(cls, task_id, Secret(token), model)

    def __repr__(self) -> str:
        return f"Submission(task_id={self.task_id!r}, model={self.model!r})"


_LIST_COSTS = ("listcost", "listprice", "originalcost", "originalprice")
"""A guess: the service's MCP server tells both amounts, its field names are not published."""


class Output(NamedTuple):
    """A file that a task produced."""

    name: str
    """E.g. ``0.mp4``; the same for all tasks."""
    content_type: str
    size: int
    """Bytes, 0 when unknown."""
    url: str
    """Public; empty for outputs that are not files."""
    id: str

    @classmethod
    def parse(cls, item: Any) -> Output:
        """Read one item of ``outputs``; never raises."""
        item = as_dict(item)
        return cls(
            name=as_label(item.get("name")),
            content_type=as_label(item.get("contenttype")),
            size=as_count(item.get("size")),
            url=as_clean_text(item.get("url")),
            id=as_label(item.get("id")) or as_label(item.get("taskid")),
        )


class Task(NamedTuple):
    """The state of a task, as ``Task/Detail`` returned it."""

    id: str
    token: str
    status: str
    """As the service spells it; unknown values mean "still running"."""
    pexit: str
    """Exit code as text, empty until the end; "0" is the only success."""
    outputs: tuple[Output, ...]
    cost: Decimal | None
    """USD charged as the service states it, None if it does not; never recomputed.

    Of a task that was killed while it ran, the cost may be stated later."""
    elapsed: float | None
    """Seconds the service counted."""
    log: str
    """The end of what it printed; see `parsing.LONGEST_LOG`."""
    error_log: str
    """The end of what it printed as errors."""
    parameters: Mapping[str, Any]
    """As the service stores them, unchanged: to be compared with what was sent, not to be shown."""
    model: str
    """Clean slug, empty when the service states none or an unusable one."""
    stage_times: Mapping[str, float]
    """When each stage began: unix seconds by the service's clock."""
    list_cost: Decimal | None = None
    """USD by the price list, where the service states it beside a lower charge."""

    @classmethod
    def parse(cls, item: Any) -> Task:
        """Read one item of ``tasklist``; never raises."""
        item = as_dict(item)
        owner, project = (as_label(item.get(f"modelslug{part}")) for part in ("owner", "project"))
        files = as_list(item.get("outputs") or item.get("output"))
        times = {stage: as_time(item.get(name)) for name, stage in _TIME_FIELDS.items()}
        return cls(
            id=as_label(item.get("id")) or as_label(item.get("taskid")),
            token=Secret(as_label(item.get("socketaccesstoken"))),
            status=as_label(item.get("status")),
            pexit=as_label(item.get("pexit")).strip(),
            outputs=tuple(map(Output.parse, files[:MOST_OUTPUTS])),
            cost=as_money(item.get("totalcost")),
            elapsed=as_number(item.get("elapsedseconds")),
            log=as_log(item.get("debugoutput")),
            error_log=as_log(item.get("debugerror")),
            parameters=MappingProxyType(as_dict(item.get("parameters"))),
            model=_slug_of(owner, project),
            stage_times=MappingProxyType({s: t for s, t in times.items() if t is not None}),
            list_cost=next(filter(None, (as_money(item.get(n)) for n in _LIST_COSTS)), None),
        )

    @property
    def terminal(self) -> bool:
        """True if the status is final."""
        return self.status in TERMINAL

    @property
    def cancelled(self) -> bool:
        """True if it was cancelled or killed."""
        return self.status == CANCELLED

    @property
    def succeeded(self) -> bool:
        """True if and only if it ended with exit code 0; failed tasks have the same status."""
        return self.status == "task_postprocess_end" and self.pexit == "0"

    @property
    def failure_reason(self) -> str:
        """Why it failed, from the end of its log; empty if it did not fail."""
        if self.succeeded or self.cancelled or not (self.terminal or self.status == "task_error"):
            return ""
        # Partner models log the provider's reason between "Request started." and "Request
        # ended."; others end with a traceback on stderr, whose last line has it.
        partner = "request started" in self.log.lower()
        ordered = (self.log, self.error_log) if partner else (self.error_log, self.log)
        for text in ordered:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            relevant = [
                line
                for line in lines
                if not re.fullmatch(_NOISE, line) and progress_in(line) is None
            ]
            if relevant:
                return relevant[-1]
        code = self.pexit
        return f"The model ended with exit code {code}" if code else "The model gave no reason"

    @property
    def moderated(self) -> bool:
        """True if the provider refused the content."""
        return bool(re.search(_MODERATION, self.failure_reason))

    def without_token(self) -> Task:
        """A copy that is safe to store, pickle and show."""
        return self._replace(token="")

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self._fields if name not in _UNSHOWN)
        return f"Task({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings do not pickle by themselves.
        plain = self._replace(parameters=dict(self.parameters), stage_times=dict(self.stage_times))
        return _restore_task, tuple(plain)


def failure_of(task: Task) -> WiroError | None:
    """The error that describes how an ended task failed, None for a success."""
    if task.succeeded:
        return None
    if task.cancelled:
        cancelled = TaskCancelled("It was cancelled.", task_id=task.id)
        if task.cost:
            cancelled.spent = "yes"
        elif task.stage_times.keys() <= {STAGES[0], CANCELLED}:
            cancelled.spent = "no"  # still in the queue; one that ran may be charged later
        return cancelled
    kind = ModerationRefused if task.moderated else TaskFailed
    return kind(task.failure_reason.rstrip(".") + ".", task=task)


def _slug_of(owner: str, project: str) -> str:
    try:
        return normalize_slug(f"{owner}/{project}")
    except InputError:
        return ""


def _restore_task(*values: Any) -> Task:
    task = Task(*values)
    return task._replace(
        parameters=MappingProxyType(task.parameters),
        stage_times=MappingProxyType(task.stage_times),
    )


class TaskEvent(NamedTuple):
    """A change of a task.

    An event from ``Task/Detail`` has a `task`, one from a frame of the socket has not. The last
    event of a task is either `terminal` or has an `error`.
    """

    task_id: str
    type: str
    """The service's name, e.g. ``task_start``; may be unknown."""
    stage: str | None = None
    """The lifecycle stage that was reached, None if it did not change."""
    message: str = ""
    """New log text."""
    progress: float | None = None
    """0 to 1."""
    outputs: tuple[Output, ...] = ()
    task: Task | None = None
    received: float = 0.0
    """Unix seconds by this computer's clock."""
    error: WiroError | None = None
    """Why following was given up; the task itself may continue."""

    @property
    def terminal(self) -> bool:
        """True for the event that ends the task; it has the final `task`."""
        return self.error is None and self.task is not None and self.task.terminal


class Frame(NamedTuple):
    """A text frame of the live socket, of either generation."""

    type: str
    task_id: str
    """Empty if the frame has none."""
    token: str
    """Only older frames have it."""
    message: str
    progress: float | None
    outputs: tuple[Output, ...]
    ended: bool
    """True if it claims that the task has ended; only ``Task/Detail`` decides."""

    @property
    def about_task(self) -> bool:
        """False for greetings and other frames that concern no task."""
        return self.type.startswith("task_") and self.type != "task_info"


def parse_frame(text: str | bytes) -> Frame | None:
    """Parse a frame; None if it is not one of the service. Never raises."""
    value = from_json(text)
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return None
    kind = as_label(value["type"])
    # `message` may be JSON inside the frame's JSON.
    content = from_json(value.get("message"))
    log = _log_text(kind, value.get("message"), content)
    return Frame(
        type=kind,
        task_id=as_label(value.get("id")) or as_label(value.get("taskid")),
        token=Secret(as_label(value.get("tasktoken")) or as_label(value.get("socketaccesstoken"))),
        message=log,
        progress=_progress(content, log),
        outputs=_outputs(kind, content),
        ended=stage_of(kind) in {"task_postprocess_end", "task_cancel"}
        or value.get("terminal") is True,
    )


def _log_text(kind: str, raw: Any, content: Any) -> str:
    # The *_full frames repeat the whole stream, which was already sent line by line.
    if not kind.startswith(("task_output", "task_error")) or kind.endswith("_full"):
        return ""
    if isinstance(content, dict):
        return as_log(content.get("raw"), LONGEST_TEXT)
    return as_log(raw, LONGEST_TEXT)


def _progress(content: Any, log: str) -> float | None:
    if isinstance(content, dict):
        percentage = as_number(as_text(content.get("percentage")).rstrip(" %"))
        return None if percentage is None else min(max(percentage / 100, 0.0), 1.0)
    return progress_in(log)


def _outputs(kind: str, content: Any) -> tuple[Output, ...]:
    if kind != "task_postprocess_end":
        return ()
    files = [item for item in as_list(content)[:MOST_OUTPUTS] if isinstance(item, dict)]
    return tuple(map(Output.parse, files))
