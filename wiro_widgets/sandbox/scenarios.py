"""Test prompts: phrases that cause trouble on purpose, like a payment service's test cards.

``sandbox: NAME`` anywhere in the prompt, in any case; ``docs/sandbox.md`` lists them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .messages import BALANCE, CONCURRENCY, SIGN_IN, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSALS: dict[str, Callable[[], Refusal]] = {
    "concurrency": partial(
        Refusal,
        "You have reached your concurrent task limit. With your current balance of $10.00,"
        " you can run up to 1 tasks at the same time. Add funds to increase your limit.",
        code=CONCURRENCY,
    ),
    "no balance": partial(Refusal, "Insufficient balance", code=BALANCE),
    "sign in": partial(Refusal, "sign in to run this model", code=SIGN_IN),
    "unavailable": partial(
        Refusal, "Service Unavailable", status=503, headers={"Retry-After": "1"}
    ),
    "rate limit": partial(Refusal, "Too many requests", status=429, headers={"Retry-After": "2"}),
}
"""Phrases that make Run answer with an error."""

MODERATED, CRASH, FAIL = "moderated", "crash", "fail"
FAILURES = (MODERATED, CRASH, FAIL)
"""Phrases that make the task end with ``pexit`` "1" and no output."""

FAILURE_LOGS: dict[str, tuple[str, ...]] = {
    MODERATED: ("moderation_blocked: Your request was rejected by the safety system. (code 1026)",),
    CRASH: (),
    FAIL: ("Video Process Status: Fail",),
}
"""What a failing task logs."""
CRASH_TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/app/predict.py", line 214, in run',
    "    frames = pipeline(prompt, image)",
    '  File "/app/pipeline.py", line 88, in __call__',
    '    raise RuntimeError("CUDA error: an illegal memory access was encountered")',
    "RuntimeError: CUDA error: an illegal memory access was encountered",
)
"""What a crashing task writes to stderr."""

STALL = "stall"
LONG_QUEUE = "long queue"
SILENT_SOCKET = "silent socket"
SLOW_DOWNLOAD = "slow download"
CUT_DOWNLOAD = "cut download"
EXPIRED_URL = "expired url"
BURST = "503 burst"
LOST_ANSWER = "lost answer"
LATE_LIST = "late list"
LOST_FILE = "lost file"
OTHERS = (
    STALL,
    LONG_QUEUE,
    SILENT_SOCKET,
    SLOW_DOWNLOAD,
    CUT_DOWNLOAD,
    EXPIRED_URL,
    BURST,
    LOST_ANSWER,
    LATE_LIST,
    LOST_FILE,
)

LONG_QUEUE_SECONDS = 3600.0
"""Seconds at the service's pace; divided by ``--speed`` like every stage."""
LATE_LIST_SECONDS = 120.0
"""Seconds at the service's pace until Task/List shows a task."""
LEAST_LATE_LIST_SECONDS = 1.0
BURST_LENGTH = 3
"""How many Task/Detail calls answer 503."""
CUT_DOWNLOADS = 2
"""How many downloads of one file are cut before one is complete."""
SLOW_BYTES_PER_SECOND = 64 * 1024

_PHRASE = re.compile(
    r"sandbox:\s*(?:(" + "|".join([*REFUSALS, *FAILURES, *OTHERS]) + r")\b|drop at (task_\w+))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scenarios:
    """The test phrases found in one prompt."""

    names: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    """Stages at which the sockets registered for the task are cut."""

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def failure(self) -> str | None:
        """The failing phrase, if there is one."""
        return next((name for name in FAILURES if name in self.names), None)

    def refuse(self) -> None:
        """Refuse the Run if the prompt asks for it.

        Raises:
            Refusal: The error that the prompt names.
        """
        for name, refusal in REFUSALS.items():
            if name in self.names:
                raise refusal()


def scenarios_in(prompt: str) -> Scenarios:
    """The test phrases of a prompt."""
    found = _PHRASE.findall(prompt)
    return Scenarios(
        frozenset(name.lower() for name, _ in found if name),
        frozenset(stage.lower() for _, stage in found if stage),
    )


class Outages:
    """Counts the Task/Detail calls of tasks whose prompt asks for a burst of 503."""

    def __init__(self) -> None:
        self._calls: Counter[int] = Counter()

    def refuses(self, task_id: int) -> bool:
        """Count one call; whether it falls into the outage."""
        self._calls[task_id] += 1
        return self._calls[task_id] <= BURST_LENGTH
