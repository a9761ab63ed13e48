"""The SQLite file of a stranger: what is refused, what is left out, and what can still be read."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.helpers import rewrite
from tests.runs.strangers import REQUEST, SECRET, filled
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.formats import FORMAT
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import is_alive
from wiro_widgets.library.library import Library
from wiro_widgets.library.sqlite import sqlite_file

if TYPE_CHECKING:
    from tests.runs.fake_service import FakeService


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "CREATE TRIGGER plant AFTER INSERT ON runs BEGIN UPDATE runs SET model = 'x'; END",
            "a trigger 'plant'",
        ),
        ("CREATE VIEW latest AS SELECT * FROM runs", "a view 'latest'"),
        ("CREATE TABLE notes (text TEXT)", "a table 'notes'"),
        ("CREATE INDEX slow ON runs (prompt)", "an index 'slow'"),
        ("ALTER TABLE runs ADD COLUMN more TEXT", "a table 'runs'"),
    ],
)
def test_a_file_with_anything_that_is_not_ours_is_refused(
    journal: Journal, folder: Path, statement: str, named: str
) -> None:
    rewrite(folder, statement)
    for use in (Journal(journal.directory).records, lambda: ww.Library("wiro-runs").spent("live")):
        with pytest.raises(LibraryError, match="which wiro_widgets didn't create") as found:
            use()
        assert named in str(found.value)


def written_schema(folder: Path, statement: str, *values: Any) -> None:
    """Change the schema in a way that SQL does not offer."""
    rewrite(folder, f"PRAGMA user_version = {FORMAT}")
    with closing(sqlite3.connect(folder / "wiro-runs" / "journal.sqlite")) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(statement, values)


TRIGGER = "CREATE TRIGGER plant BEFORE INSERT ON runs BEGIN UPDATE runs SET request = token; END"


@pytest.mark.parametrize("name", ["sqlite_stat4", "sqlite_sequence_2", "sqlite_autoindex_x"])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_trigger_is_refused_whatever_it_is_called_and_however_it_is_kept(
    journal: Journal, folder: Path, name: str, as_bytes: bool
) -> None:
    written_schema(
        folder,
        "INSERT INTO sqlite_master VALUES ('trigger', ?, 'runs', 0, ?)",
        name,
        TRIGGER.encode() if as_bytes else TRIGGER,
    )
    try:
        (record,) = Journal(journal.directory).records()
    except LibraryError as error:
        assert "didn't create" in error.message  # noqa: PT017 - or the file is set aside
    else:
        assert record.request == REQUEST
        assert list(journal.directory.glob("journal-damaged-*"))
        with closing(sqlite3.connect(journal.directory / "journal.sqlite")) as database:
            triggers = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'"
            assert database.execute(triggers).fetchone() == (0,)


def test_what_takes_for_ever_while_the_file_is_opened_is_ended(
    journal: Journal, folder: Path
) -> None:
    """SQLite reads the statistics of a file before anybody can look at what is in it."""
    with closing(sqlite3.connect(folder / "wiro-runs" / "journal.sqlite")) as database, database:
        database.execute("ANALYZE")
        rows = [("runs", None, number) for number in range(3000)]
        database.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", rows)
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = 'CREATE TABLE sqlite_stat1(tbl, idx, seed,"
            " stat AS (hex(zeroblob(60000000 + seed))))' WHERE name = 'sqlite_stat1'"
        )
    began = time.monotonic()
    with pytest.raises(LibraryError):
        Journal(journal.directory).records()
    assert time.monotonic() - began < 20


def test_a_rollback_journal_has_no_other_file_deleted(journal: Journal, folder: Path) -> None:
    victim = folder / "thesis.docx"
    victim.write_bytes(b"years of work")
    name = str(victim).encode()
    record = b"\0" * 4 + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
    side = folder / "wiro-runs" / "journal.sqlite-journal"
    side.write_bytes(b"\0" * 512 + record + bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(LibraryError, match="would have another file deleted"):
        Journal(journal.directory).records()
    assert victim.read_bytes() == b"years of work"


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_what_stands_beside_the_file_is_a_file_or_is_not_opened(
    journal: Journal, folder: Path, suffix: str, key_file: Path
) -> None:
    side = folder / "wiro-runs" / f"journal.sqlite{suffix}"
    os.mkfifo(side)
    with pytest.raises(LibraryError, match="is not a file itself"):
        Journal(journal.directory).records()
    side.unlink()
    side.symlink_to(key_file)
    with pytest.raises(LibraryError, match="is not a file itself"):
        Journal(journal.directory).records()
    assert key_file.read_bytes() == SECRET


@pytest.mark.parametrize(
    "statement", ["ANALYZE", "VACUUM", "REINDEX", 'ALTER TABLE runs RENAME TO "runs"']
)
def test_what_a_database_browser_does_is_no_offence(
    journal: Journal, folder: Path, statement: str
) -> None:
    with (
        contextlib.suppress(sqlite3.OperationalError),
        closing(
            sqlite3.connect(folder / "wiro-runs" / "journal.sqlite", isolation_level=None)
        ) as database,
    ):
        database.execute(statement)
    assert len(Journal(journal.directory).records()) == 1


def test_the_endless_view_of_a_stranger_is_refused_at_once(folder: Path) -> None:
    path = folder / "journal.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE VIEW runs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
            " SELECT x AS number FROM n"
        )
        database.execute("PRAGMA user_version = 3")
    with pytest.raises(LibraryError, match="a view 'runs'"), sqlite_file(path).reading():
        pass


def test_the_database_of_another_program_is_left_alone(folder: Path) -> None:
    other = folder / "places.sqlite"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")
    before = other.read_bytes()
    (folder / "wiro-runs").mkdir()
    (folder / "wiro-runs" / "journal.sqlite").symlink_to(other)
    with pytest.raises(LibraryError, match="is not a file itself"):
        ww.Library("wiro-runs").spent("live")
    (folder / "wiro-runs" / "journal.sqlite").unlink()
    other.rename(folder / "wiro-runs" / "journal.sqlite")
    with pytest.raises(LibraryError, match="a table 'bookmarks'"):
        ww.Library("wiro-runs").spent("live")
    assert (folder / "wiro-runs" / "journal.sqlite").read_bytes() == before


BAD_ROWS = {
    "status": ["paused", "", b"\xff", 3],
    "service": ["elsewhere", 5, b"live"],
    "request": ["", "{", "[]", "null", b"\x00\xff", "9" * 5000, "[" * 100_000, '{"model": 3}'],
}
ODD_ROWS = {
    "created": [1e300, "yesterday", -5, b"x"],
    "ended": [1e300, "never", b"x"],
    "sent_at": ["x", float("inf")],
    "cost": ["1e-999999999", "a lot", b"1", 5],
    "problem": ["{", "[]", "7", '{"kind": 5, "detail": ["x"]}', "[" * 100_000],
    "outputs": ["{", "{}", "[1, null, {}]", json.dumps([{}] * 5000), "[" * 100_000],
    "files": ["{", "{}", "[1, null, {}]", json.dumps(["clips/a.mp4"] * 5000)],
    "state": [
        "{",
        "[]",
        json.dumps({"log": ["x" * 3_000_000]}),
        '{"stages": 5, "log": {"a": 1}, "progress": "x", "log_total": []}',
    ],
    "owner": ["a|b|c", "|" * 100, f"||{'9' * 5000}", b"\xff", 7],
    "lease": ["x", float("inf"), 1e300, b""],
    "task_id": [b"\xff", 7, "\x1b[31m"],
    "token": [b"\xff", 7],
    "prompt": [b"\xff", 7, "\x1b]52;c;eA==\x07"],
    "model": [b"\xff", 7, ""],
    "cost_e12": [2**62, "x", 1.5, -(2**62)],
    "unsettled": ["x", 5, b"\xff"],
    "seconds": ["x", b"\xff", float("inf")],
}
"""What SQLite keeps in a column of ours when it is told to."""


@pytest.mark.parametrize("column", BAD_ROWS)
def test_a_row_that_cannot_be_read_is_named_and_the_others_go_on(
    folder: Path, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(folder)
    for value in BAD_ROWS[column]:
        rewrite(folder, f"UPDATE runs SET {column} = ? WHERE number = 2", value)
        library = Library("wiro-runs")
        assert [record.number for record in library.records()] == [3, 1]
        assert library.spent("live").settled == 0
        with pytest.raises(LibraryError, match=r"Run 2 in .* can't be read"):
            library.record(2)
        assert [one.levelno for one in caplog.records] == [logging.WARNING]
        caplog.clear()


@pytest.mark.parametrize("column", ODD_ROWS)
def test_odd_values_of_a_journal_hide_no_run(
    fake: FakeService, session: Any, folder: Path, column: str
) -> None:
    filled(folder)
    for value in ODD_ROWS[column]:
        rewrite(folder, f"UPDATE runs SET {column} = ? WHERE number = 2", value)
        for show in (repr, lambda history: history._repr_html_()):
            text = show(ww.history())
            assert "Take 1" in text or column == "request"
            assert "\x1b" not in text
            assert "\x07" not in text
        (session.library.spent("live"), session.library.prompts(), session.library.recent_models())
        session.library.typical_seconds(REQUEST.model, {}, "live")
        json.dumps(ww.history()[1].snapshot).encode()
    assert not fake.paid


def test_rows_that_cannot_be_read_hide_no_others(
    fake: FakeService, session: Any, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(folder, 80)
    rewrite(folder, "UPDATE runs SET request = '{' WHERE number > 10")
    assert len(ww.history(limit=5)) == 5
    assert len(ww.history()) == 10
    assert 10 < len(caplog.records) < 30, "each is named, but not thousands of them"


def test_a_journal_of_an_earlier_format_is_migrated_whatever_is_in_it(folder: Path) -> None:
    script = (Path(__file__).parent / "journal_format_2.sql").read_text()
    odd: list[Any] = ["{", "[]", "7", "null", b"\xff", "[" * 100_000]
    odd += ['{"cost": "1e-999999999", "stages": [5], "ended": "x", "clips": [null], "problem": 3}']
    for number, value in enumerate(odd):
        path = folder / str(number) / "journal.sqlite"
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as database, database:
            database.executescript(script)
            database.execute("UPDATE runs SET snapshot = ?, clips = ?", (value, value))
        assert Library(path.parent).records(), value


def test_a_judgment_or_vote_of_a_stranger_is_read_as_far_as_it_can_be(folder: Path) -> None:
    library = filled(folder)
    library.judge(1, note="mine")
    library.vote(1, 2, "left")
    rewrite(folder, "UPDATE judgments SET rating = ?, tags = '{', note = ?", 9**9, "x" * 9_000_000)
    rewrite(folder, "UPDATE votes SET outcome = 'everything'")
    assert library.judgment(1).rating == 0
    assert library.judgment(1).tags == ()
    assert len(library.judgment(1).note) == 4000
    assert library.votes() == []


def test_sums_of_a_stranger_do_not_run_over(folder: Path) -> None:
    library = filled(folder, 12)
    rewrite(
        folder,
        "INSERT INTO totals (service, day, cost_e12) SELECT 'live', number, ? FROM runs",
        2**62,
    )
    assert library.spent("live").settled > 0


def test_a_lease_without_end_keeps_nobody_waiting() -> None:
    assert not is_alive("another machine|1|1|1", time.time() + 1e9, time.time())
    assert is_alive("another machine|1|1|1", time.time() + 20, time.time())
