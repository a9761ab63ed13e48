"""The computer's clock is set back by hours, while runs go on and between two of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rewrite, rows, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService

HOURS = 3 * 3600.0


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sets the clock of this process back."""
    right = time.time
    return lambda: monkeypatch.setattr(time, "time", lambda: right() - HOURS)


def test_a_run_that_ends_before_it_began_is_shown_and_times_are_never_negative(
    fake: FakeService, session: Any, folder: Path, set_back: Callable[[], None]
) -> None:
    run = ww.run("Under way", model=MODEL)
    (task,) = fake.wait_accepted(1)
    fake.begin(task)
    until(lambda: run.stage == "task_start")
    set_back()
    fake.finish(task)
    check_clip(run.wait(20))
    snapshot = run.snapshot
    assert snapshot["ended"] >= snapshot["stages"][-1]["at"] >= snapshot["created"]
    assert rows(folder)[0]["seconds"] >= 0
    assert "done · 0:00" in ww.history()._repr_html_()
    fake.auto = 0.01
    for number in range(2):
        ww.run(f"After {number}", model=MODEL).wait(20)
    found = session.library.typical_seconds(MODEL, {})
    assert found is not None
    assert 0 <= found.low <= found.high < HOURS
    # As an earlier version wrote them.
    rewrite(folder, "UPDATE runs SET seconds = -9000 WHERE number = 1")
    assert session.library.typical_seconds(MODEL, {}) is None


def test_the_newest_run_is_the_one_that_was_asked_for_last(
    fake: FakeService, session: Any, set_back: Callable[[], None]
) -> None:
    fake.auto = 0.01
    ww.run("First", model=MODEL).wait(20)
    set_back()
    ww.run("Second", model=MODEL).wait(20)
    assert [run.prompt for run in ww.history()] == ["Second", "First"]
    assert session.library.prompts() == ["Second", "First"]
    # What answers a request does not depend on the time either.
    check_clip(ww.run("First", model=MODEL).wait(20))
    assert len(fake.paid) == 2


def test_leases_hold_and_end_whatever_the_clock_says(
    fake: FakeService, session: Any, folder: Path, set_back: Callable[[], None]
) -> None:
    run = ww.run("Mine", model=MODEL)
    fake.wait_accepted(1)
    until(lambda: run.status == "running")
    set_back()
    (record,) = session.library.records()
    assert session.library._journal.is_alive(record)
    # Of a computer that shares the folder and is gone, and whose clock was right.
    rewrite(
        folder, "UPDATE runs SET owner = 'another computer|1|1|1', lease = ?", time.time() + HOURS
    )
    (record,) = session.library.records()
    assert not session.library._journal.is_alive(record)
    fake.run_on()
    check_clip(ww.run("Mine", model=MODEL).wait(20))
    assert len(fake.paid) == 1
