"""The stages of a task, in order, and how long each lasts at the service's pace."""

from __future__ import annotations

from dataclasses import dataclass

QUEUE, ACCEPT = "task_queue", "task_accept"
PREPROCESS_START, PREPROCESS_END = "task_preprocess_start", "task_preprocess_end"
ASSIGN, START, OUTPUT, ERROR = "task_assign", "task_start", "task_output", "task_error"
OUTPUT_FULL, ERROR_FULL, END = "task_output_full", "task_error_full", "task_end"
POSTPROCESS_START, POSTPROCESS_END = "task_postprocess_start", "task_postprocess_end"
CANCEL = "task_cancel"

TERMINAL = frozenset({POSTPROCESS_END, CANCEL})
CANCELLABLE = frozenset({QUEUE, ACCEPT, PREPROCESS_START, PREPROCESS_END})
"""Where Task/Cancel works: until a slot is assigned."""
KILLABLE = frozenset({ASSIGN, START, OUTPUT, ERROR})
RUNNING = frozenset({START, OUTPUT, ERROR})


@dataclass(frozen=True)
class Stage:
    """One stage: its status, the field that holds its time, and its length.

    Attributes:
        status: The status text.
        field: The task's field for the second the stage began; empty for those without.
        seconds: How long it lasts, at the service's pace of about 200 s in all.
    """

    status: str
    field: str
    seconds: float


ORDER = (
    Stage(QUEUE, "createtime", 20),
    Stage(ACCEPT, "accepttime", 2),
    Stage(PREPROCESS_START, "preprocessstarttime", 6),
    Stage(PREPROCESS_END, "preprocessendtime", 2),
    Stage(ASSIGN, "assigntime", 8),
    Stage(START, "starttime", 140),
    Stage(OUTPUT_FULL, "", 1),
    Stage(END, "endtime", 1),
    Stage(POSTPROCESS_START, "postprocessstarttime", 20),
    Stage(POSTPROCESS_END, "postprocessendtime", 0),
)

TIME_FIELDS = tuple(stage.field for stage in ORDER if stage.field)
