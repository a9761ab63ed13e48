"""Every step of the journal is taken from the statuses it belongs to, and by the run's owner."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.library.helpers import PROBLEM, reserved
from wiro_widgets.library.records import STATUSES
from wiro_widgets.library.tables import runs

if TYPE_CHECKING:
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record

ME, OTHER = "me", "somebody else"

# Each step of a run of ME, and the statuses from which it is taken.
STEPS: dict[str, tuple[Any, set[str]]] = {
    "begin_sending": (lambda journal, run: journal.begin_sending(run.number, ME), {"queued"}),
    "accepted": (
        lambda journal, run: journal.accepted(run.number, "task", "token", ME),
        {"queued", "sending", "unknown", "running"},
    ),
    "requeue": (lambda journal, run: journal.requeue(run.number, ME), {"sending"}),
    "refused": (
        lambda journal, run: journal.refused(run.number, PROBLEM, ME),
        {"queued", "sending"},
    ),
    "lost": (lambda journal, run: journal.lost(run.number, ME), {"sending"}),
    "cancel_queued": (
        lambda journal, run: journal.cancel_queued(run.number, PROBLEM),
        {"queued"},
    ),
    "adopt": (lambda journal, run: journal.adopt(run.number, "task", "token", ME), {"unknown"}),
    "finished": (lambda journal, run: journal.finished(run.number, [], None), {"running"}),
}
OWNERS_ONLY = ("begin_sending", "requeue", "refused", "lost")


def recorded(journal: Journal, status: str, owner: str = ME) -> Record:
    """A run that has a status and an owner."""
    record = reserved(journal, "The gull lifts off")
    with journal.database.transaction() as connection:
        connection.execute(
            runs.update().where(runs.c.number == record.number).values(status=status, owner=owner)
        )
    return journal.record(record.number)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_from_its_statuses_only(journal: Journal, name: str, status: str) -> None:
    step, allowed = STEPS[name]
    before = recorded(journal, status)
    step(journal, before)
    after = journal.record(before.number)
    if status in allowed:
        assert after != before
    elif name == "accepted":
        # The task is kept, whatever has become of the run.
        assert replace(after, task_id=None, token=None) == before
        assert after.task_id == "task"
    else:
        assert after == before


@pytest.mark.parametrize("name", OWNERS_ONLY)
def test_a_step_is_taken_by_the_owner_only(journal: Journal, name: str) -> None:
    step, allowed = STEPS[name]
    for status in allowed:
        before = recorded(journal, status, OTHER)
        step(journal, before)
        assert journal.record(before.number) == before


@pytest.mark.parametrize("status", STATUSES)
def test_a_run_that_has_changed_since_it_was_read_is_not_claimed(
    journal: Journal, status: Any
) -> None:
    seen = recorded(journal, status, OTHER)
    for stale in (
        replace(seen, owner="its owner of before"),
        replace(seen, status="queued" if status != "queued" else "running"),
    ):
        assert not journal.claim(stale, ME)
        assert journal.record(seen.number) == seen
    assert journal.claim(seen, ME)
    assert not journal.claim(seen, ME)


def test_a_task_becomes_of_one_run_only(journal: Journal) -> None:
    first, second = recorded(journal, "unknown"), recorded(journal, "unknown")
    assert journal.adopt(first.number, "task", "token", ME)
    assert not journal.adopt(second.number, "task", "token", ME)
    assert journal.record(second.number) == second
