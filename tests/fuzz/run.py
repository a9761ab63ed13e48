"""Runs cases by their numbers, and says which of them found something."""

from __future__ import annotations

import resource
import signal
import tempfile
import time
import traceback
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.fuzz.targets import TARGETS, Fault

if TYPE_CHECKING:
    from tests.fuzz.targets import Case

__all__ = ["SEEDS", "TARGETS", "run_case", "run_target"]

SLOWEST = 5.0
"""Seconds that one case may take."""
_HANG = 30
SEEDS: dict[str, tuple[int, ...]] = {"pictures": (1795848764, 1796081594)}
"""Cases that once found something, tried first every time."""


def run_case(name: str, number: int) -> None:
    """Try one case again."""
    with tempfile.TemporaryDirectory() as folder, TARGETS[name](Path(folder).resolve()) as case:
        _try(case, name, number)


def run_target(name: str, first: int, seconds: float) -> list[str]:
    """Try the kept cases and then new ones until the time is over.

    Returns:
        What was found, as text that names the case; it is printed too.
    """
    found: list[str] = []
    slowest = 0.0
    number = first
    with tempfile.TemporaryDirectory() as folder, TARGETS[name](Path(folder).resolve()) as case:
        until = time.monotonic() + seconds
        kept = list(SEEDS.get(name, ()))
        while kept or time.monotonic() < until:
            this = kept.pop() if kept else number
            number += this == number
            try:
                slowest = max(slowest, _try(case, name, this))
            except Exception:  # noqa: BLE001 - whatever it is, it is a finding
                found.append(f"{name}:{this}\n{traceback.format_exc()}")
                print(found[-1][-3000:], flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: {number - first} cases from {first}, {len(found)} found something; the slowest"
        f" took {slowest:.2f} s; at most {memory:.0f} MB in use",
        flush=True,
    )
    return found


def _try(case: Case, name: str, number: int) -> float:
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_HANG)
    begin = time.monotonic()
    try:
        case(Random(f"{name}:{number}"))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    taken = time.monotonic() - begin
    if taken > SLOWEST:
        raise Fault(f"it took {taken:.1f} s")
    return taken


def _give_up(*_: Any) -> None:
    raise Fault(f"it was not done after {_HANG} s")
