"""Who else can read what a library writes, and what git sees of it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import wiro_widgets as ww
from tests.runs.fake_models import MODEL
from tests.runs.helpers import picture
from tests.runs.strangers import REQUEST, filled
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.library import Library

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runs.fake_service import FakeService


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
