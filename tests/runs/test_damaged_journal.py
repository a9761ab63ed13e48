"""A journal that the disk has damaged: set aside, told of, and gone on with by what is left."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rewrite, rows, until
from tests.runs.strangers import REQUEST, filled
from wiro_widgets.errors import LibraryError
from wiro_widgets.library import damaged, rescue
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.library import Library
from wiro_widgets.library.location import check_library

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

PAGE = 4096
RUNS = 60
LEAVES, INDEXES, INNER = {13}, {2, 10}, {5}
"""Kinds of pages by their first byte: of rows, of indexes, and those that lead to rows."""


def without(data: bytes, kinds: set[int], word: bytes = b"") -> bytes:
    """A file that has lost its pages of some kinds, of those that have a word in them."""
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    lost = [page[0] in kinds and word in page for page in pages]
    assert any(lost)
    return b"".join(bytes(PAGE) if gone else page for page, gone in zip(pages, lost, strict=True))


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "zeros": (lambda data: bytes(len(data)), "none"),
    "random": (lambda data: os.urandom(len(data)), "none"),
    "a text": (lambda _: b"Dear diary,\n" * 400, "none"),
    "cut in the first page": (lambda data: data[:1000], "none"),
    "cut in the middle": (lambda data: data[: len(data) * 3 // 4], "some"),
    "some rows lost": (lambda data: without(data, LEAVES, b'"Take 30"'), "some"),
    "the first page lost": (lambda data: bytes(PAGE) + data[PAGE:], "all"),
    "the way to rows lost": (lambda data: without(data, INNER), "all"),
    "indexes lost": (lambda data: without(data, INDEXES), "all"),
}
"""What happens to a file, and how many of its runs can still be read."""


@pytest.fixture(scope="module")
def whole_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of runs that were paid for, some of them rated."""
    folder = tmp_path_factory.mktemp("whole")
    library = filled(folder, RUNS)
    library.judge(3, note="The best one", starred=True)
    library.vote(1, 2, "left")
    library.close()
    rewrite(folder, "UPDATE runs SET task_id = 'task-' || number, token = 'token-' || number")
    clips = folder / "wiro-runs" / "clips"
    clips.mkdir()
    (clips / "0001-take.mp4").write_bytes(b"a clip")
    (clips / f"{RUNS:04d}-take.mp4").write_bytes(b"another")
    return folder


@pytest.fixture
def path(whole_library: Path, folder: Path) -> Path:
    """The journal of such a library, in the current folder."""
    shutil.copytree(whole_library, folder, dirs_exist_ok=True)
    return folder / "wiro-runs" / "journal.sqlite"


def look() -> None:
    """What a notebook does at first: look for a request, then show the list."""
    Journal("wiro-runs").find(REQUEST, "live")
    Library("wiro-runs").records()


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def set_aside(folder: Path) -> list[Path]:
    return sorted((folder / "wiro-runs").glob("journal-damaged-*"))


def first_words(use: Callable[[], object], caplog: pytest.LogCaptureFixture) -> str:
    """What a person reads who uses a damaged library, in an error or beside what they see."""
    try:
        use()
    except LibraryError as error:
        return str(error)
    return caplog.text


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_journal_is_set_aside_and_the_library_goes_on(
    folder: Path, path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage, left = DAMAGE[kind]
    whole = {row["number"]: row for row in rows(folder)}
    path.write_bytes(damage(path.read_bytes()))
    broken = path.read_bytes()
    said = first_words(look, caplog)
    (kept,) = set_aside(folder)
    assert kept.read_bytes() == broken
    assert kept.name in said
    assert "Your clips were not touched." in said
    assert "token" not in said
    found = rows(folder)
    for row in found:
        # What is long may have been on a page that is lost.
        kept_columns = row if left == "all" else ("fingerprint", "status", "task_id", "token")
        assert all(row[name] == whole[row["number"]][name] for name in kept_columns)
    if left == "none":
        assert found == []
        assert "No run could be read" in said
    else:
        assert f"with {len(found)} runs." in said
        assert left == ("all" if len(found) == RUNS else "some")
        assert len(found) > RUNS / 5
    assert (left == "all") == ("it is sent and paid for again" not in said)
    library = Library("wiro-runs")
    assert len(library.records()) == len(found)
    if left == "all":
        assert library.judgment(3).note == "The best one"
        assert len(library.votes()) == 1
        assert [record.number for record in library.records(text="best one")] == [3]
        assert library.recent_models() == [REQUEST.model]
    new, _ = Journal("wiro-runs").reserve(REQUEST, "live", "nobody", fresh=True)
    # Neither a run nor a clip has had this number.
    assert new.number == RUNS + 1
    assert names(path.parent / "clips") == ["0001-take.mp4", f"{RUNS:04d}-take.mp4"]


def test_of_a_row_that_is_lost_in_part_its_task_is_kept(folder: Path) -> None:
    """A long log is on pages of its own; id and token are not."""
    library = filled(folder)
    library.close()
    rewrite(folder, "UPDATE runs SET task_id = 'paid', token = 'secret' WHERE number = 2")
    rewrite(folder, "UPDATE runs SET state = ? WHERE number = 2", '{"log": "' + "x" * 9000 + '"}')
    path = folder / "wiro-runs" / "journal.sqlite"
    data = path.read_bytes()
    at = data.index(b"x" * 4000) // PAGE * PAGE
    # The chain of its pages leads nowhere.
    path.write_bytes(data[:at] + b"\xff" * 4 + data[at + 4 :])
    with pytest.raises(LibraryError, match="with 3 runs"):
        Library("wiro-runs").records()
    kept = Library("wiro-runs").record(2)
    assert (kept.task_id, kept.token, kept.status) == ("paid", "secret", "failed")


def test_what_is_no_whole_row_is_not_taken_for_one(folder: Path) -> None:
    filled(folder).close()
    rewrite(folder, "UPDATE runs SET state = ? WHERE number = 2", '{"log": "' + "x" * 9000 + '"}')
    path = folder / "wiro-runs" / "journal.sqlite"
    data = path.read_bytes()
    at = data.index(b"x" * 4000) // PAGE * PAGE
    path.write_bytes(bytes(PAGE) + data[PAGE:at] + bytes(4) + data[at + 4 :])
    assert "with 2 runs" in damaged.set_aside(path)
    assert [record.number for record in Library("wiro-runs").records()] == [3, 1]


def test_pages_in_a_circle_end_the_list_and_lose_no_run(path: Path, folder: Path) -> None:
    """SQLite itself goes round for ever."""
    data = path.read_bytes()
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    first = next(page for page in pages if page[0] in LEAVES and b'"Take 0"' in page)
    middle = next(page for page in pages if page[0] in LEAVES and b'"Take 30"' in page)
    path.write_bytes(b"".join(middle if page == first else page for page in pages))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wiro_widgets.library.rows._PAGE", 10)
        with pytest.raises(LibraryError, match="was damaged"):
            Library("wiro-runs").records()
    assert len(Library("wiro-runs").records()) > RUNS / 2


@pytest.mark.parametrize("lost", ["data WHERE id > 10", "content WHERE id = 31"])
def test_damage_to_what_is_searched_is_mended(
    path: Path, folder: Path, lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    rewrite(folder, f"DELETE FROM run_texts_{lost}")
    said = first_words(lambda: Library("wiro-runs").records(text="take 30"), caplog)
    assert f"with {RUNS} runs. Your clips" in said
    assert [record.number for record in Library("wiro-runs").records(text="take 30")] == [31]


def test_a_second_journal_that_is_damaged_on_one_day_has_a_name_of_its_own(
    folder: Path, path: Path
) -> None:
    for count in (1, 2):
        path.write_bytes(bytes(8 * PAGE))
        assert Library("wiro-runs").records() == []
        assert len(set_aside(folder)) == count


def test_the_side_files_of_a_damaged_journal_go_with_it(folder: Path, path: Path) -> None:
    """Played back, the old one's rollback journal would put its pages into the new one."""
    path.write_bytes(bytes(8 * PAGE))
    (path.parent / "journal.sqlite-journal").write_bytes(b"old pages")
    assert damaged.set_aside(path)
    assert [one.suffix for one in set_aside(folder)] == [".sqlite", ".sqlite-journal"]
    assert not (path.parent / "journal.sqlite-journal").exists()


def test_the_check_of_a_library_finds_damage_that_nobody_has_met_yet(
    path: Path, folder: Path
) -> None:
    path.write_bytes(DAMAGE["indexes lost"][0](path.read_bytes()))
    damage, count, *_ = check_library("wiro-runs")
    assert damage.startswith(f"{path} was damaged. It is kept as journal-damaged-")
    assert count.endswith(f"wiro-runs has {RUNS} runs.")
    assert check_library("wiro-runs")[0] == count


# What is not set aside


def test_a_journal_that_is_in_use_is_not_set_aside(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(without(path.read_bytes(), LEAVES, b'"Take 30"'))
    monkeypatch.setattr(damaged, "_WAIT_SECONDS", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryError, match="damaged, and another program is using it"):
            damaged.set_aside(path)
        assert set_aside(folder) == []
        # SQLite's own lock of this process is still held.
        with (
            closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as third,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            third.execute("BEGIN IMMEDIATE")
    assert "damaged" in damaged.set_aside(path)


@pytest.mark.parametrize("fault", ["newer", "foreign", "whole", "empty"])
def test_what_is_not_damaged_or_not_ours_stays_where_it_is(
    folder: Path, path: Path, fault: str
) -> None:
    if fault == "empty":
        path.write_bytes(b"")
    if fault == "newer":
        rewrite(folder, "PRAGMA user_version = 99")
    if fault == "foreign":
        path.unlink()
        rewrite(folder, "CREATE TABLE bookmarks (url TEXT)")
        rewrite(folder, "INSERT INTO bookmarks VALUES ('Take 30')")
    if fault in {"newer", "foreign"}:
        path.write_bytes(without(path.read_bytes(), LEAVES, b"Take 30"))
        with pytest.raises(LibraryError, match=r"newer wiro_widgets|didn't create it"):
            damaged.set_aside(path)
    else:
        assert damaged.set_aside(path) == ""
    assert set_aside(folder) == []


def test_a_full_disk_or_a_folder_without_rights_leaves_a_damaged_journal_as_it_is(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(bytes(8 * PAGE))
    before = names(path.parent)

    def full(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rescue, "create_private", full)
        with pytest.raises(LibraryError, match="can't be set aside: No space left on device"):
            Library("wiro-runs").records()
    with monkeypatch.context() as patch:
        patch.setattr(rescue.Rescue, "_count_on", full)
        with pytest.raises(LibraryError, match="can't be set aside"):
            Library("wiro-runs").records()
    assert names(path.parent) == before
    assert Library("wiro-runs").records() == []


@pytest.mark.parametrize("step", ["_second_name", "replace", "rename"])
def test_setting_aside_can_be_cut_short_anywhere(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path.write_bytes(DAMAGE["the first page lost"][0](path.read_bytes()))
    (path.parent / "journal.sqlite-shm").touch()

    def cut(*_: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(damaged if step == "_second_name" else Path, step, cut)
        with pytest.raises(KeyboardInterrupt):
            damaged.set_aside(path)
    assert path.exists()
    assert not list(path.parent.glob("*.part"))
    look()
    assert len(rows(folder)) == RUNS


LOOKING = """
from tests.runs.test_damaged_journal import look
def words_of(do):
    try:
        do()
    except ww.WiroError as error:
        return str(error)
"""


def test_kernels_that_find_the_damage_at_once_set_it_aside_once(
    fake: FakeService, folder: Path, path: Path, kernel: Callable[..., Kernel]
) -> None:
    path.write_bytes(DAMAGE["the way to rows lost"][0](path.read_bytes()))
    kernels = [kernel(LOOKING).ready() for _ in range(3)]
    for one in kernels:
        one.start("said = words_of(look); look()")
    for one in kernels:
        one.answer()
    assert len(set_aside(folder)) == 1
    assert len(rows(folder)) == RUNS


# In use


def test_a_kernel_whose_journal_is_damaged_under_it_loses_no_run(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    check_clip(ww.run("Before", model=MODEL).wait(20))
    session.library.close()
    path = folder / "wiro-runs" / "journal.sqlite"
    path.write_bytes(without(path.read_bytes(), INDEXES))
    with pytest.raises(LibraryError, match=r"was damaged.*with 1 run.*Nothing was sent") as found:
        ww.run("After", model=MODEL)
    assert found.value.spent == "no"
    assert len(fake.paid) == 1
    check_clip(ww.run("After", model=MODEL).wait(20))
    again = ww.run("Before", model=MODEL).wait(20)
    check_clip(again)
    assert len(fake.paid) == 2
    assert [row["number"] for row in rows(folder)] == [1, 2]


def test_another_kernel_goes_on_in_the_new_journal(
    fake: FakeService, session: Any, folder: Path, kernel: Callable[..., Kernel]
) -> None:
    """It has the damaged file open, and is following a run."""
    other = kernel()
    other.do("run = ww.run('Mine', model=MODEL); until(lambda: run.status == 'running')")
    path = folder / "wiro-runs" / "journal.sqlite"
    path.write_bytes(without(path.read_bytes(), INDEXES))
    assert re.search("with 1 run", damaged.set_aside(path))
    fake.run_on()
    assert other.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    (row,) = rows(folder)
    assert (row["status"], row["task_id"]) == ("succeeded", fake.accepted[0].id)
    assert other.do("ww.run('Mine', model=MODEL).wait(20).number") == 1
    assert len(fake.paid) == 1
    until(lambda: rows(folder)[0]["status"] == "succeeded")
