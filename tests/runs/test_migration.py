"""Journals of earlier versions are migrated when they are opened, and nothing in them is lost."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

import wiro_widgets as ww
from tests.runs.helpers import PAUSES
from wiro_widgets.client import ModerationRefused, TaskCancelled, TaskFailed
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner
from wiro_widgets.library.library import Library
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.request import RunRequest
from wiro_widgets.library.tables import runs, totals
from wiro_widgets.runs import settling
from wiro_widgets.runs.state import restore

if TYPE_CHECKING:
    from sqlalchemy import Table

    from tests.runs.fake_service import FakeService
    from wiro_widgets.library.records import Record

FAST = "minimax/hailuo-2-3-fast"


def old_journal(folder: Path, format_: int) -> Path:
    """Put a journal of an earlier format into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    dump = Path(__file__).with_name(f"journal_format_{format_}.sql").read_text("utf-8")
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        database.executescript(dump)
    return folder


def request(prompt: str) -> RunRequest:
    """The request that a row of `journal_format_2.sql` was made for."""
    return RunRequest(FAST, {"prompt": prompt, "resolution": "768P", "duration": "6"})


@pytest.fixture(params=[2, 3])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    """A journal of an earlier format with a row of every kind."""
    return Journal(old_journal(tmp_path / "wiro-runs", request.param))


def test_format_1(tmp_path: Path) -> None:
    library = Library(old_journal(tmp_path, 1))

    assert [(record.number, record.status) for record in library.records()] == [
        (2, "queued"),
        (1, "running"),
    ]
    assert library.record(1).token == "token-of-the-task"
    assert library.prompts() == ["It's raining; the sea is grey", "A gull lifts off"]
    library.judge(1, rating=3)
    library.vote(1, 2, "tie")
    library.close()
    assert Library(tmp_path).judgment(1).rating == 3


@pytest.mark.parametrize("format_", [1, 2, 3])
def test_kernels_that_open_an_old_journal_at_once_migrate_it_once(
    tmp_path: Path, format_: int
) -> None:
    old_journal(tmp_path, format_)
    libraries = [Library(tmp_path) for _ in range(6)]
    barrier = threading.Barrier(len(libraries))
    seen: list[int] = []

    def open_it(library: Library) -> None:
        barrier.wait(10)
        seen.append(len(library.records()))

    threads = [threading.Thread(target=open_it, args=(library,)) for library in libraries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [{1: 2, 2: 11, 3: 11}[format_]] * len(libraries)


def test_every_state_becomes_a_status(journal: Journal) -> None:
    assert {record.request.prompt: record.status for record in journal.records()} == {
        "It's done; all of it": "succeeded",
        "Failed": "failed",
        "Moderated": "failed",
        "Stopped": "cancelled",
        "Waiting": "queued",
        "Never accepted": "refused",
        "Sending": "unknown",
        "Unknown": "unknown",
        "Running": "running",
        "Given up": "running",
        "No clip": "downloading",
        "On the sandbox": "succeeded",
    }
    for record in journal.records():
        assert record.owner == ""
        assert (record.task_id is None) is (record.status in {"queued", "refused", "unknown"})
        if record.task_id:
            assert record.token == f"token-of-{record.task_id}"
        assert (record.sent_at is None) is (record.status in {"queued", "refused"})


def test_what_was_known_of_a_run_of_format_2_is_shown_as_before(journal: Journal) -> None:
    record = journal.record(1)
    snapshot = restore(record).snapshot(record, None)

    assert snapshot["over"]
    assert (snapshot["cost"], snapshot["unsettled"]) == ("0.19", False)
    assert [mark["name"] for mark in snapshot["stages"]] == ["task_queue", "task_start"]
    assert snapshot["logs"] == ["first line", "second line"]
    assert (snapshot["created"], snapshot["ended"]) == (1763601000.0, 1763601200.0)
    assert [path and path.name for path in record.files] == [
        "0001-it-s-done-all-of-it.mp4",
        "0001-it-s-done-all-of-it-2.mp4",
    ]
    assert [output.url for output in record.outputs] == [
        "https://cdn.example/0.mp4",
        "https://cdn.example/1.mp4",
    ]


@pytest.mark.parametrize(
    ("number", "error"), [(2, TaskFailed), (3, ModerationRefused), (4, TaskCancelled)]
)
def test_an_error_of_format_2_is_raised_as_what_it_was(
    journal: Journal, number: int, error: type[Exception]
) -> None:
    assert type(restore(journal.record(number)).failure) is error


def test_requests_of_format_2_are_answered_by_the_same_rules(journal: Journal) -> None:
    def answer(prompt: str) -> Record | None:
        return journal.find(request(prompt), "live")

    for prompt, number in (
        ("It's done; all of it", 1), ("Moderated", 3), ("Stopped", 4), ("Waiting", 5),
        ("Sending", 7), ("Unknown", 8), ("Running", 9), ("Given up", 10), ("No clip", 11),
    ):  # fmt: skip
        found = answer(prompt)
        assert found is not None
        assert found.number == number
    # Neither was charged, so both are sent when they are asked for.
    assert answer("Failed") is None
    assert answer("Never accepted") is None
    record, ours = journal.reserve(request("Never accepted"), "live", new_owner(), fresh=False)
    assert (record.number, record.status, ours) == (6, "queued", True)
    record, ours = journal.reserve(request("Failed"), "live", new_owner(), fresh=False)
    assert (record.number, record.status, ours) == (13, "queued", True)
    assert journal.retried(record) == 2


def test_sums_ratings_votes_and_times_of_an_earlier_format(journal: Journal) -> None:
    library = Library(journal)

    spent = library.spent("live")
    assert spent.settled == Decimal("0.38")
    # Sending, unknown, running, given up, and the one that was stopped while it ran.
    assert spent.unsettled == 5
    assert library.judgment(1) == Judgment(
        starred=True, rating=4, tags=("keep",), note="the light is right"
    )
    assert [(vote.left, vote.right, vote.outcome) for vote in library.votes()] == [
        (1, 12, "left"),
        (12, 1, "both bad"),
    ]
    with journal.database.reading() as connection:
        seconds = connection.scalar(select(runs.c.seconds).where(runs.c.number == 1))
    assert seconds == 199
    assert library.prompts(limit=2) == ["On the sandbox", "No clip"]
    assert library.recent_models() == [FAST]
    # Found by their words, tags and notes at once; counted day by day.
    assert [one.number for one in library.records(text="KEEP light")] == [1]
    assert [one.request.prompt for one in library.records(text="sandb 768")] == ["On the sandbox"]
    days = rows_of(journal, totals)
    assert [(row.service, row.day, row.clips) for row in days] == [
        ("live", "2025-11-20", 8),
        ("sandbox", "2025-11-20", 1),
    ]


def rows_of(journal: Journal, table: Table) -> list[Any]:
    """All rows of a table."""
    with journal.database.reading() as connection:
        return list(connection.execute(select(table)))


def test_of_equal_runs_in_an_old_journal_the_newest_answers(tmp_path: Path) -> None:
    """Nobody could make two; a stranger can, and a file must open all the same."""
    folder = old_journal(tmp_path / "wiro-runs", 3)
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database, database:
        columns = "fingerprint, service, request, created, status, model, prompt"
        database.execute(
            f"INSERT INTO runs ({columns}) SELECT {columns} FROM runs WHERE number = 1"
        )
    journal = Journal(folder)
    found = journal.find(request("It's done; all of it"), "live")
    assert found is not None
    assert found.number == 13
    assert journal.record(1).request.prompt == "It's done; all of it"


def test_an_unknown_run_of_format_2_is_looked_for(
    fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_journal(folder / "wiro-runs", 2)
    monkeypatch.setattr(settling, "PAUSES", PAUSES)
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    with ww.connect():
        run = next(run for run in ww.history() if run.prompt == "Unknown")
        with pytest.raises(ww.SubmissionUnknown, match="none of them is this run"):
            run.wait(30)
