"""What a library tells of its past: earlier prompts, and how long a run usually takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wiro_widgets.library.library import Library
from wiro_widgets.library.records import Service
from wiro_widgets.library.request import RunRequest

if TYPE_CHECKING:
    from pathlib import Path

FAST = "minimax/hailuo-2-3-fast"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "wiro-runs")


def _made(
    library: Library,
    seconds: float,
    *,
    resolution: str = "768P",
    service: Service = "live",
    state: str = "succeeded",
) -> None:
    request = RunRequest(FAST, {"prompt": "The gull", "resolution": resolution, "duration": "6"})
    record, _ = library._journal.reserve(request, service, "me", fresh=True)
    # It waited a minute for a slot, which is not the model's time.
    taken = {"stages": [{"name": "task_queue", "at": 60.0}], "created": 0.0, "ended": 60 + seconds}
    library.keep(record.number, state, taken, [])


def test_prompts_come_newest_first_and_each_once(library: Library) -> None:
    for prompt in ("one", "two", "", "one", "three"):
        library._journal.reserve(RunRequest(FAST, {"prompt": prompt}), "live", "me", fresh=True)
    refused, _ = library._journal.reserve(
        RunRequest(FAST, {"prompt": "refused"}), "live", "me", fresh=True
    )
    library.never_accepted(refused.number)

    assert library.prompts() == ["refused", "three", "one", "two"]
    assert library.prompts(limit=2) == ["refused", "three"]
    assert library.prompts(limit=0) == []


def test_the_usual_time_needs_three_runs(library: Library) -> None:
    parameters = {"resolution": "768P", "duration": "6"}
    for seconds in (100, 200):
        _made(library, seconds)
    _made(library, 1, state="failed")
    assert library.typical_seconds(FAST, parameters) is None
    _made(library, 300)
    assert library.typical_seconds("MiniMax Hailuo 2.3 Fast", parameters) == (150, 250)
    assert library.typical_seconds("minimax/hailuo-2.3", parameters) is None


def test_runs_of_the_same_size_are_the_better_guide(library: Library) -> None:
    for seconds in (100, 100, 100):
        _made(library, seconds)
    for seconds in (400, 400):
        _made(library, seconds, resolution="1080P")
    larger = {"resolution": "1080P", "duration": 6}
    span = library.typical_seconds(FAST, larger)
    assert span is not None
    assert span.low == 100  # two are too few: all five are taken
    _made(library, 400, resolution="1080P")
    assert library.typical_seconds(FAST, larger) == (400, 400)


def test_the_sandbox_never_tells_how_long_the_service_takes(library: Library) -> None:
    for seconds in (180, 180, 180):
        _made(library, seconds)
    _made(library, 6, service="sandbox")
    parameters = {"resolution": "768P", "duration": "6"}
    assert library.typical_seconds(FAST, parameters, "live") == (180, 180)
    assert library.typical_seconds(FAST, parameters, "sandbox") is None
    assert library.typical_seconds(FAST, parameters) is None
