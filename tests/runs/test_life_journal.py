"""A journal that can't be written: full disk, locked by another program. One run ends, with words.

Full is really full: a small tmpfs where this may be mounted, and a limit on file sizes, under
which the system refuses every byte.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.runs.fake_models import MODEL
from tests.runs.helpers import rows, statuses, until
from tests.runs.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.runs.fake_service import FakeService

LIMITED = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
MODEL = {MODEL!r}
def fill():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
def empty():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
ON_TMPFS = """
def fill():
    with open("filler", "wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))
def empty():
    os.unlink("filler")
from contextlib import suppress
"""


@pytest.fixture(params=["tmpfs", "limit"])
def disk(
    request: pytest.FixtureRequest, fake: FakeService, folder: Path, tmp_path: Path
) -> Iterator[Kernel]:
    """A kernel with `fill()` and `empty()`, and its folder as the current one."""
    if request.param == "limit":
        with Kernel(folder, fake.environment, LIMITED) as one:
            yield one
        return
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a tmpfs can't be mounted here")
    before = Path.cwd()
    os.chdir(place)
    try:
        with Kernel(place, fake.environment, ON_TMPFS) as one:
            yield one
    finally:
        os.chdir(before)
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_an_end_that_cannot_be_written_ends_that_run_and_no_other(
    disk: Kernel, fake: FakeService
) -> None:
    disk.do(
        "bad, good = ww.run('Bad', model=MODEL), ww.run('Good', model=MODEL);"
        "until(lambda: bad.status == good.status == 'running')"
    )
    disk.do("fill()")
    fake.fail(fake.task_with(prompt="Bad"), "out of memory")
    disk.do("until(lambda: bad.ended)")
    words = disk.do("(bad.error or '') + ' ' + bad.snapshot['problem']['detail']").lower()
    assert any(word in words for word in ("full", "disk", "written", "large")), words
    assert disk.do("good.ended") is False
    disk.do("empty()")
    fake.finish(fake.task_with(prompt="Good"))
    assert disk.do("good.wait(20); check_clip(good); good.status") == "succeeded"
    fake.auto = 0.01
    assert disk.do("new = ww.run('New', model=MODEL).wait(20); check_clip(new)") is None
    # The way to go on is to ask again. Its end is written down once that is possible; it failed
    # and was not charged, so it is tried again.
    until(lambda: statuses(Path.cwd())[0] == "failed")
    assert disk.do("bad = ww.run('Bad', model=MODEL).wait(20); check_clip(bad); bad.status")
    assert fake.task_with(prompt="Good").paid
    assert [task.paid.parameters["prompt"] for task in fake.accepted].count("Good") == 1


def test_a_clip_that_cannot_be_written_is_fetched_once_there_is_room(
    disk: Kernel, fake: FakeService
) -> None:
    fake.clip_bytes = 100_000
    disk.do("run = ww.run('Big', model=MODEL); until(lambda: run.status == 'running')")
    disk.do("fill()")
    fake.finish(fake.accepted[0])
    disk.do("until(lambda: run.ended)")
    assert disk.do("run.video") is None
    assert disk.do("run.snapshot['problem']['spent']") == "yes"
    disk.do("empty()")
    assert disk.do("run = ww.run('Big', model=MODEL).wait(20); check_clip(run); run.status")
    assert len(fake.paid) == 1


def test_an_acceptance_that_cannot_be_written_is_not_lost(disk: Kernel, fake: FakeService) -> None:
    """The id is logged, the kernel that knows it follows on, and asking again pays nothing."""
    gate = fake.hold()
    disk.do("run = ww.run('Accepted', model=MODEL)")
    gate.arrived()
    disk.do("fill()")
    gate.open()
    disk.do("until(lambda: run.ended or run.task_id)")
    disk.do("empty()")
    fake.run_on()
    assert disk.do("run = ww.run('Accepted', model=MODEL).wait(20); check_clip(run); run.status")
    assert len(fake.paid) == 1
    assert fake.accepted[0].token not in disk.said


def test_what_could_not_be_written_from_the_acceptance_to_the_end_is_written_later(
    disk: Kernel, fake: FakeService
) -> None:
    """The later steps don't make the first one forgotten: id and token are among it."""
    gate = fake.hold()
    disk.do("run = ww.run('All of it', model=MODEL)")
    gate.arrived()
    disk.do("fill()")
    gate.open()
    disk.do("until(lambda: run.task_id)")
    fake.run_on()
    disk.do("until(lambda: run.ended)")
    disk.do("empty()")
    (task,) = fake.accepted
    until(lambda: statuses(Path.cwd()) != ["sending"])
    assert disk.do("run = ww.run('All of it', model=MODEL).wait(20); check_clip(run); run.status")
    (row,) = rows(Path.cwd())
    assert (row["status"], row["task_id"], row["token"]) == ("succeeded", task.id, task.token)
    assert len(fake.paid) == 1


def test_a_request_that_cannot_be_written_down_is_not_sent(disk: Kernel, fake: FakeService) -> None:
    disk.do("ww.history()")
    disk.do("fill()")
    said = disk.do(
        "try:\n    ww.run('Not written', model=MODEL)\n"
        "except ww.WiroError as error:\n    said = str(error)\n"
        "else:\n    said = ''\n"
        "said"
    )
    assert "sent" in said.lower()
    assert fake.paid == []
    disk.do("empty()")
    fake.auto = 0.01
    assert disk.do("run = ww.run('Not written', model=MODEL).wait(20); check_clip(run); 1") == 1
    assert len(fake.paid) == 1


def test_a_sending_that_cannot_be_written_down_is_not_begun(
    disk: Kernel, fake: FakeService
) -> None:
    """Committed before the first byte: no commit, no byte."""
    disk.do("ww.run('First', model=MODEL); n = len(ww.history())")
    fake.wait_accepted(1)
    fake.slots = 1
    disk.do("run = ww.run('Second', model=MODEL); until(lambda: run.status == 'queued')")
    fake.wait_for(lambda: len(fake.paid) == 2)
    disk.do("until(lambda: run.status == 'queued'); fill()")
    fake.slots = None
    fake.kill(fake.accepted[0])
    disk.do("until(lambda: run.ended)")
    assert len(fake.accepted) == 1
    assert disk.do("run.snapshot['problem']['spent']") == "no"
    disk.do("empty()")
    fake.auto = 0.01
    assert disk.do("run = ww.run('Second', model=MODEL).wait(20); check_clip(run); 1") == 1
    assert len(fake.accepted) == 2


WORDS = """
def words_of(do):
    try:
        do()
    except ww.WiroError as error:
        return str(error)
"""


def test_an_image_that_cannot_be_stored_is_not_sent(disk: Kernel, fake: FakeService) -> None:
    disk.do(f"{WORDS}ww.history(); image = picture(); size = len(image)")
    disk.do("fill()")
    said = disk.do("words_of(lambda: ww.run('With an image', model=MODEL, image=image))")
    assert any(word in said.lower() for word in ("full", "no space", "large")), said
    assert "Nothing was sent." in said
    assert "Free some disk space" in said
    assert fake.requests == [] or not fake.paid
    disk.do("empty()")
    fake.auto = 0.01
    disk.do("run = ww.run('With an image', model=MODEL, image=image).wait(20); check_clip(run)")
    # Nothing of what could not be written is left.
    assert not list(Path("wiro-runs").rglob("*.part"))
    assert len(fake.paid) == 1


def test_a_poster_a_draft_and_a_rating_that_cannot_be_written_break_nothing(
    disk: Kernel, fake: FakeService
) -> None:
    fake.auto = 0.01
    disk.do(
        f"{WORDS}from wiro_widgets.library.draft import Draft\n"
        "run = ww.run('With an image', model=MODEL, image=picture()).wait(20); check_clip(run)"
    )
    for poster in Path("wiro-runs/posters").glob("*"):
        poster.unlink()
    disk.do("from wiro_widgets.library import inputs; inputs._poster.cache_clear(); fill()")
    # Shown all the same.
    assert disk.do("bool(run.snapshot['poster'])")
    draft = "Draft('minimax/hailuo-2-3', 'Words').save(ww.library().directory)"
    for change in (draft, "ww.library().judge(1, rating=5)"):
        said = disk.do(f"words_of(lambda: {change})")
        assert any(word in said.lower() for word in ("full", "no space", "large")), said
        assert "Free some disk space" in said, said
    disk.do("empty()")
    disk.do(draft)
    assert disk.do("ww.library().judge(1, rating=5).rating") == 5
    assert disk.do("run = ww.run('With an image', model=MODEL, image=picture()).wait(20)") is None
    assert not list(Path("wiro-runs").rglob("*.part"))
    assert len(fake.paid) == 1


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program is in the middle of a write."""
    path = folder / "wiro-runs" / "journal.sqlite"
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as journal:
        journal.execute("BEGIN IMMEDIATE")
        yield
        journal.execute("ROLLBACK")


def test_a_short_lock_is_waited_out(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel()
    one.do("run = ww.run('Patient', model=MODEL); until(lambda: run.status == 'running')")
    (task,) = fake.accepted
    with locked(folder):
        fake.finish(task)
        one.do("until(lambda: run.stage == 'task_postprocess_end')")
        assert one.do("run.ended") is False
    assert one.do("run.wait(20); check_clip(run); run.status") == "succeeded"


def test_a_long_lock_ends_what_had_to_be_written_and_nothing_else(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel("import wiro_widgets.library.sqlite as d; d.BUSY_SECONDS = 0.3")
    one.do(
        "bad, good = ww.run('Bad', model=MODEL), ww.run('Good', model=MODEL);"
        "until(lambda: bad.status == good.status == 'running')"
    )
    with locked(folder):
        fake.fail(fake.task_with(prompt="Bad"), "out of memory")
        one.do("until(lambda: bad.ended)", within=45)
        words = one.do("(bad.error or '') + ' ' + bad.snapshot['problem']['detail']").lower()
        assert "lock" in words or "written" in words, words
    fake.finish(fake.task_with(prompt="Good"))
    assert one.do("good.wait(20); check_clip(good); good.status") == "succeeded"
    fake.auto = 0.01
    one.do("new = ww.run('New', model=MODEL).wait(20); check_clip(new)")
    until(lambda: statuses(folder)[0] == "failed")
    one.do("bad = ww.run('Bad', model=MODEL).wait(20); check_clip(bad)")


def test_an_acceptance_during_a_long_lock_is_not_paid_again(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel("import wiro_widgets.library.sqlite as d; d.BUSY_SECONDS = 0.3")
    gate = fake.hold()
    one.do("run = ww.run('Accepted', model=MODEL)")
    gate.arrived()
    with locked(folder):
        gate.open()
        one.do("until(lambda: run.ended or run.task_id)", within=45)
    one.kill()
    fake.run_on()
    assert kernel().do("run = ww.run('Accepted', model=MODEL).wait(20); check_clip(run); 1") == 1
    assert len(fake.paid) == 1


def test_the_journal_of_a_killed_kernel_is_whole(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel()
    one.do("s = ww.sweep('Whole', model=MODEL, seed=list(range(30))).run()")
    one.kill()
    path = folder / "wiro-runs" / "journal.sqlite"
    with closing(sqlite3.connect(path)) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(rows(folder)) == 30
    assert set(statuses(folder)) <= {"queued", "sending", "running"}
    until(lambda: path.stat().st_mode & 0o777 == 0o600)
