"""What a library tells of its past: earlier prompts, and how long a run usually takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wiro_widgets.errors import WiroError
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner
from wiro_widgets.library.library import Library
from wiro_widgets.library.request import RunRequest
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.runs.state import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.library.records import Record, RunStatus, Service

FAST = "minimax/hailuo-2-3-fast"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "wiro-runs")


@pytest.fixture
def library(journal: Journal) -> Library:
    return Library(journal)


def _made(
    journal: Journal,
    seconds: float,
    *,
    resolution: str = "768P",
    service: Service = "live",
    status: RunStatus = "succeeded",
) -> None:
    request = RunRequest(FAST, {"prompt": "The gull", "resolution": resolution, "duration": "6"})
    record, _ = journal.reserve(request, service, new_owner(), fresh=True)
    journal.end(record.number, status, state={}, seconds=seconds)


def test_waiting_for_a_slot_is_not_the_models_time() -> None:
    state = RunState(created=0.0, reached={"task_queue": 60.0}, ended=100.0)
    assert state.seconds == 40


def test_prompts_come_newest_first_and_each_once(journal: Journal, library: Library) -> None:
    def ask(prompt: str) -> Record:
        request = RunRequest(FAST, {"prompt": prompt})
        return journal.reserve(request, "live", new_owner(), fresh=True)[0]

    for prompt in ("one", "two", "", "one", "three"):
        ask(prompt)
    asked = ask("refused")
    journal.refused(asked.number, problem_from(WiroError("Not today.")), asked.owner)

    assert library.prompts() == ["refused", "three", "one", "two"]
    assert library.prompts(limit=2) == ["refused", "three"]
    assert library.prompts(limit=0) == []


def test_the_usual_time_needs_three_runs(journal: Journal, library: Library) -> None:
    parameters = {"resolution": "768P", "duration": "6"}
    for seconds in (100, 200):
        _made(journal, seconds)
    _made(journal, 1, status="failed")
    assert library.typical_seconds(FAST, parameters) is None
    _made(journal, 300)
    assert library.typical_seconds("MiniMax Hailuo 2.3 Fast", parameters) == (150, 250)
    assert library.typical_seconds("minimax/hailuo-2.3", parameters) is None


def test_runs_of_the_same_size_are_the_better_guide(journal: Journal, library: Library) -> None:
    for seconds in (100, 100, 100):
        _made(journal, seconds)
    for seconds in (400, 400):
        _made(journal, seconds, resolution="1080P")
    larger = {"resolution": "1080P", "duration": 6}
    span = library.typical_seconds(FAST, larger)
    assert span is not None
    assert span.low == 100  # two are too few: all five are taken
    _made(journal, 400, resolution="1080P")
    assert library.typical_seconds(FAST, larger) == (400, 400)


def test_the_sandbox_never_tells_how_long_the_service_takes(
    journal: Journal, library: Library
) -> None:
    for seconds in (180, 180, 180):
        _made(journal, seconds)
    _made(journal, 6, service="sandbox")
    parameters = {"resolution": "768P", "duration": "6"}
    assert library.typical_seconds(FAST, parameters, "live") == (180, 180)
    assert library.typical_seconds(FAST, parameters, "sandbox") is None
    assert library.typical_seconds(FAST, parameters) is None


def test_a_clip_that_is_fetched_again_later_does_not_count_as_slow(
    journal: Journal, library: Library
) -> None:
    """The run ended when its clip was here for the first time."""
    for seconds in (100, 100, 100):
        _made(journal, seconds)
    for record in journal.records():
        journal.end(record.number, "succeeded", state={}, seconds=172_800)
    assert library.typical_seconds(FAST, {}, "live") == (100, 100)
