"""The log lines a task prints while it runs."""

from __future__ import annotations

from . import trials

REQUEST_STARTED, REQUEST_ENDED = "Request started.", "Request ended."
SUCCESS = "Video Process Status: Success"
STEPS = tuple(range(4, 100, 8))
"""Percentages a task reports."""
STALLED_AT = 44
_BAR = 12

CAUSES: dict[str, tuple[str, ...]] = {
    trials.MODERATED: (
        "moderation_blocked: Your request was rejected by the safety system. (code 1026)",
    ),
    trials.CRASH: (),
    trials.FAIL: ("Video Process Status: Fail",),
}
"""What a failing task prints, by test phrase; other failures print themselves."""

TRACES: dict[str, tuple[str, ...]] = {
    trials.CRASH: (
        "Traceback (most recent call last):",
        '  File "/app/predict.py", line 214, in run',
        "    frames = pipeline(prompt, image)",
        '  File "/app/pipeline.py", line 88, in __call__',
        '    raise RuntimeError("CUDA error: an illegal memory access was encountered")',
        "RuntimeError: CUDA error: an illegal memory access was encountered",
    ),
}
"""What a failing task prints on its error output."""


def processing(percentage: float) -> str:
    """One progress line, as the service's partner models print it."""
    filled = int(percentage / 100 * _BAR)
    bar = "=" * filled + "-" * (_BAR - filled)
    return f"Video Process Status: Processing: [{bar}] {percentage:.1f}%"
