"""The folder of a library: what it says of itself, and what befalls it under a kernel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import picture, rows, until
from tests.runs.kernel import Kernel
from tests.runs.strangers import filled
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.folder import open_folder
from wiro_widgets.library.library import Library
from wiro_widgets.library.location import check_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.runs.fake_service import FakeService

GONE = r"wiro-runs has been moved or deleted while this program was using it.*Put it back"


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


# What it says of itself


def test_a_new_library_says_what_it_is(folder: Path) -> None:
    filled(folder)
    words = (folder / "wiro-runs" / "README.md").read_text("utf-8")
    for part in ("clips/", "journal.sqlite", "inputs/", "posters/", "drafts/"):
        assert f"`{part}`" in words
    assert "tokens of your tasks" in words
    assert "shut down every kernel" in words


def test_a_readme_that_was_deleted_or_written_by_somebody_stays_so(folder: Path) -> None:
    library = filled(folder)
    readme = folder / "wiro-runs" / "README.md"
    readme.unlink()
    library.close()
    assert len(Library("wiro-runs").records()) == 3
    assert not readme.exists()
    mine = folder / "other" / "README.md"
    mine.parent.mkdir(mode=0o755)
    mine.write_text("# My film\n")
    Library("other").records()
    assert mine.read_text() == "# My film\n"
    # Somebody's project, which is neither closed to others nor kept out of git.
    assert not (folder / "other" / ".gitignore").exists()
    assert (folder / "other").stat().st_mode & 0o777 == 0o755


def test_a_library_of_another_name_is_known_by_what_is_in_it(folder: Path) -> None:
    Draft("minimax/hailuo-2-3", "Words").save(folder / "autumn")
    (folder / "autumn" / "journal-damaged-2026-11-27.sqlite").touch()
    (folder / "autumn" / ".gitignore").unlink()
    open_folder(folder / "autumn")
    assert {".gitignore", "README.md"} <= names(folder / "autumn")


def test_a_disk_that_is_full_leaves_no_half_of_a_readme(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        open_folder(folder / "wiro-runs")
    assert names(folder / "wiro-runs") == set()
    open_folder(folder / "wiro-runs")
    assert names(folder / "wiro-runs") == {".gitignore", "README.md"}


# It goes while a kernel is using it


@pytest.mark.parametrize("how", ["moved", "deleted", "journal deleted"])
def test_nothing_is_sent_and_nothing_made_in_place_of_a_folder_that_has_gone(
    fake: FakeService, session: Any, folder: Path, how: str
) -> None:
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    check_clip(ww.run("Before", model=MODEL).wait(20))
    library = folder / "wiro-runs"
    if how == "journal deleted":
        (library / "journal.sqlite").rename(folder / "elsewhere")
    elif how == "deleted":
        shutil.rmtree(library)
    else:
        library.rename(folder / "elsewhere")
    words = GONE.replace("wiro-runs", "journal.sqlite") if how == "journal deleted" else GONE
    for ask in (
        lambda: ww.run("Before", model=MODEL),
        lambda: ww.run("After", model=MODEL),
        lambda: ww.run("With an image", model=MODEL, image="frame.png"),
        ww.history,
    ):
        with pytest.raises(LibraryError, match=words):
            ask()
    if how != "journal deleted":
        with pytest.raises(LibraryError, match=words):
            Draft("minimax/hailuo-2-3", "Words").save(library)
        assert not library.exists()
    assert len(fake.paid) == 1
    if how == "moved":
        (folder / "elsewhere").rename(library)
        assert [run.prompt for run in ww.history()] == ["Before"]
        check_clip(ww.run("Before", model=MODEL).wait(20))
        check_clip(ww.run("After", model=MODEL).wait(20))
        assert len(fake.paid) == 2


def test_what_ends_while_the_folder_is_away_is_written_down_once_it_is_back(
    fake: FakeService, session: Any, folder: Path
) -> None:
    gate = fake.hold()
    run = ww.run("Under way", model=MODEL)
    gate.arrived()
    library = folder / "wiro-runs"
    library.rename(folder / "elsewhere")
    gate.open()
    until(lambda: run.task_id)
    fake.run_on()
    until(lambda: run.ended)
    assert "moved or deleted" in (run.error or "") + run.snapshot["problem"]["detail"]
    assert run.snapshot["problem"]["spent"] == "yes"
    assert not library.exists()
    (folder / "elsewhere").rename(library)
    check_clip(ww.run("Under way", model=MODEL).wait(20))
    assert [row["task_id"] for row in rows(folder)] == [fake.accepted[0].id]
    assert len(fake.paid) == 1


def test_another_library_in_the_place_of_one_is_not_written_to(
    fake: FakeService, session: Any, folder: Path, kernel: Callable[..., Kernel]
) -> None:
    """Its runs have the same numbers."""
    gate = fake.hold()
    ww.run("Under way", model=MODEL)
    gate.arrived()
    (folder / "wiro-runs").rename(folder / "elsewhere")
    fake.release()
    other = kernel()
    other.do("from pathlib import Path\nfrom tests.runs.strangers import filled\nfilled(Path(), 1)")
    before = rows(folder)
    with pytest.raises(LibraryError, match="has been replaced by another file") as found:
        ww.run("After", model=MODEL)
    assert "Nothing was sent." in str(found.value)
    gate.open()
    fake.wait_accepted(1)
    assert rows(folder) == before


# It is moved while nobody is


def test_a_library_that_was_moved_shows_its_clips_and_pays_nothing_again(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    fake.auto = 0.01
    (folder / "frame.png").write_bytes(picture())
    ask = "run = ww.run('Once', model=MODEL, image='{}/frame.png').wait(20); check_clip(run)"
    one = kernel()
    one.do(ask.format(folder))
    one.exit()
    moved = folder / "another disk" / "films"
    moved.parent.mkdir()
    shutil.copytree(folder / "wiro-runs", moved)
    shutil.rmtree(folder / "wiro-runs")
    other = kernel()
    other.do(f"ww.connect(directory={str(moved)!r})")
    other.do(ask.format(folder))
    assert Path(other.do("str(run.video)")).parent == moved / "clips"
    assert other.do("bool(run.snapshot['poster'])")
    assert len(fake.paid) == 1
    assert not (folder / "wiro-runs").exists()


# It can only be read


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a tmpfs can't be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


READ_ONLY = """
from wiro_widgets.library.draft import Draft
def words_of(do):
    try:
        do()
    except ww.WiroError as error:
        return str(error)
"""


def test_a_library_that_can_only_be_read_is_shown_and_sends_nothing(
    fake: FakeService, disk: Path
) -> None:
    fake.auto = 0.01
    library = disk / "wiro-runs"
    with Kernel(disk, fake.environment) as one:
        one.do("check_clip(ww.run('Once', model=MODEL).wait(20))")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with Kernel(disk.parent, fake.environment, READ_ONLY) as one:
        said = one.do(f"repr(ww.connect(directory={str(library)!r}))")
        assert f"Runs can't be kept in {library}: you can't write to {library}" in said
        one.do("run = ww.history()[0]; check_clip(run); assert run.prompt == 'Once'")
        for change in (
            "ww.run('Another', model=MODEL)",
            "ww.library().judge(1, rating=5)",
            "Draft('minimax/hailuo-2-3', 'Words').save(ww.library().directory)",
        ):
            words = one.do(f"words_of(lambda: {change})")
            assert re.search(r"/(journal.sqlite|draft.json) can't be used: Read-only file", words)
            assert "Work in a folder that you can write to" in words
            assert ("Nothing was sent" in words) == ("ww.run" in change)
    assert len(fake.paid) == 1
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    with Kernel(disk, fake.environment) as one:
        one.do("check_clip(ww.run('Another', model=MODEL).wait(20))")


# What is looked at by hand


def test_the_check_of_a_folder_tells_what_is_missing_and_what_no_run_has(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    for red, prompt in enumerate(("First", "Second", "Third")):
        ww.run(prompt, model=MODEL, image=picture(red)).wait(20)
    assert len(check_library("wiro-runs")) == 2
    library = folder / "wiro-runs"
    for number in (1, 3):
        (library / "clips" / f"000{number}-{['first', '', 'third'][number - 1]}.mp4").unlink()
    next((library / "inputs").iterdir()).unlink()
    (library / "clips" / "mine.mp4").write_bytes(b"a clip of mine")
    (library / "clips" / ".DS_Store").touch()
    (library / "clips" / ".0002.part").touch()
    draft = session.store_input(picture(9), "image")
    Draft("minimax/hailuo-2-3", "Words", {}, draft).save(library)
    session.store_input(picture(10), "image")
    (library / "journal-damaged-2026-11-27.sqlite").touch()
    said = "\n".join(check_library("wiro-runs")[2:])
    assert "Clips are missing of runs 1 and 3. Run the same again" in said
    assert re.search(r"inputs are missing of run \d, so", said)
    assert "There is 1 file in clips/ that no run has: mine.mp4." in said
    assert re.search(r"There is 1 file in inputs/ that no run has: \w+\.png\.", said)
    assert "There is 1 file that was never finished" in said
    assert "journal-damaged-2026-11-27.sqlite was set aside because it was damaged" in said
    assert draft.source.name not in said
    check_clip(ww.run("First", model=MODEL, image=picture(0)).wait(20))
    assert "Clips are missing of run 3." in "\n".join(check_library("wiro-runs"))
    assert len(fake.paid) == 3
