"""A task as the misbehaving service keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STAGES = (
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
TIMES = {
    "task_queue": "createtime",
    "task_accept": "accepttime",
    "task_assign": "assigntime",
    "task_start": "starttime",
    "task_end": "endtime",
    "task_postprocess_end": "postprocessendtime",
    "task_cancel": "canceltime",
}


@dataclass
class FakeTask:
    """A task as the service keeps it."""

    id: str
    token: str
    status: str = "task_queue"
    pexit: str = ""
    log: str = ""
    error_log: str = ""
    cost: str = "0"
    outputs: list[dict[str, Any]] = field(default_factory=list)
    times: dict[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return self.status in {"task_postprocess_end", "task_cancel"}

    def detail(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "socketaccesstoken": self.token,
            "status": self.status,
            "pexit": self.pexit,
            "debugoutput": self.log,
            "debugerror": self.error_log,
            "totalcost": self.cost,
            "outputs": self.outputs,
            "elapsedseconds": "6.0000",
            "modelslugowner": "minimax",
            "modelslugproject": "hailuo-2-3-fast",
            "parameters": {},
            **dict.fromkeys(TIMES.values(), "0"),
            **self.times,
        }
