"""What the server writes is for the eyes of the user who runs it, and nothing else is touched."""

import json
import os
import stat
import subprocess
import sys

import pytest

from .server import DEADLINE, REPOSITORY, Sandbox, png

FLAGS = ("--speed", "2000", "--state")


@pytest.fixture(params=[0o022, 0], ids=oct)
def _umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def fill(sandbox: Sandbox) -> None:
    """Leave an input, a result and an upload in the state."""
    sandbox.finish()
    assert sandbox.raw("/File/Upload", files={"file": ("a.png", png())}).json()["result"]


def readable_by_others(folder):
    """What anybody but the owner may read, write or enter."""
    every = [folder, *folder.rglob("*")]
    return [path for path in every if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.mark.usefixtures("_umask")
def test_nobody_else_reads_the_state(start, tmp_path):
    folder = tmp_path / "state"
    fill(start(*FLAGS, str(folder)))
    assert {"state.sqlite", "state.sqlite-wal"} <= {path.name for path in folder.iterdir()}
    assert readable_by_others(folder) == []


@pytest.mark.usefixtures("_umask")
def test_a_state_that_others_could_read_is_closed_to_them(start, tmp_path):
    folder = tmp_path / "state"
    first = start(*FLAGS, str(folder))
    fill(first)
    first.kill()  # which leaves the write-ahead log
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    fill(start(*FLAGS, str(folder), "--key", "another"))
    assert readable_by_others(folder) == []


def refusal(folder) -> str:
    done = subprocess.run(
        [*Sandbox.command, "--state", str(folder)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_a_folder_of_other_things_that_others_can_write_to_is_refused(tmp_path):
    (tmp_path / "somebody's.txt").touch()
    tmp_path.chmod(0o1777)
    said = refusal(tmp_path)
    assert "other users can write to it" in said
    assert "--state DIR" in said
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


@pytest.mark.parametrize("name", ["media", "state.sqlite"])
def test_links_in_the_state_are_not_followed(tmp_path, name):
    folder, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / name).symlink_to(elsewhere if name == "media" else elsewhere / "new.sqlite")
    assert "symbolic links" in refusal(folder)
    assert list(elsewhere.iterdir()) == []


def test_files_that_are_not_its_own_are_left_alone(start, tmp_path):
    """A folder `media` may have been there before, with somebody's films in it."""
    film = tmp_path / "media" / "holiday.mp4"
    film.parent.mkdir()
    film.write_bytes(b"dear")
    unfinished = tmp_path / "media" / f"{'0' * 32}.part"
    unfinished.touch()
    start(*FLAGS, str(tmp_path))
    assert film.read_bytes() == b"dear"
    assert not unfinished.exists()


def test_the_card_is_there_as_long_as_the_server(start, tmp_path):
    card = tmp_path / "card.json"
    card.write_text("older")
    before = os.umask(0)
    try:
        sandbox = start("--card", str(card))
    finally:
        os.umask(before)
    assert json.loads(card.read_text()) == sandbox.ready
    assert stat.S_IMODE(card.stat().st_mode) == 0o600
    sandbox.stop()
    assert list(tmp_path.iterdir()) == []


def test_the_card_of_a_later_server_is_left_alone(start, tmp_path):
    card = tmp_path / "card.json"
    earlier, later = start("--card", str(card)), start("--card", str(card))
    earlier.stop()
    assert json.loads(card.read_text()) == later.ready


def test_a_card_that_cannot_be_written_is_one_sentence():
    done = subprocess.run(
        [sys.executable, "-m", "wiro_widgets.sandbox", "--card", "/no/such/folder/card.json"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 2
    assert "/no/such/folder/card.json" in done.stderr
    assert "Traceback" not in done.stderr
