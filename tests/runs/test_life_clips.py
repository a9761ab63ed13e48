"""`downloading` and `succeeded`: the clip on this disk, whole, however often that takes a try."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import clip_gone, crawl, cut_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import statuses, until
from wiro_widgets.client import DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

ASK = "run = ww.run('Once', model=MODEL)"


def crawling(fake: FakeService, kernel: Callable[..., Kernel], folder: Path) -> Kernel:
    """A kernel in the middle of a download that would take a minute."""
    fake.clip_bytes, fake.clip_rate, fake.auto = 120_000, 2000, 0.01
    one = kernel()
    one.do(ASK)
    fake.wait_for(lambda: fake.counts["cdn"])
    until(lambda: statuses(folder) == ["downloading"])
    assert one.do("run.status, run.ended") == ["downloading", False]
    return one


def test_a_download_that_was_killed_is_taken_up_by_the_next_kernel(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    crawling(fake, kernel, folder).kill()
    fake.clip_rate = 0
    assert kernel().do("run = ww.history()[0].wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1
    left = [path.name for path in (folder / "wiro-runs" / "clips").iterdir()]
    assert len([name for name in left if not name.startswith(".")]) == 1


def test_a_script_that_ends_in_mid_download_ends_at_once_and_quietly(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = crawling(fake, kernel, folder)
    assert one.exit() < 4
    assert "Traceback" not in one.said
    assert "Exception" not in one.said
    assert one.process.returncode == 0
    assert statuses(folder) == ["downloading"]
    fake.clip_rate = 0
    assert kernel().do(f"{ASK}.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_script_that_ends_with_all_at_work_leaves_a_journal_to_go_on_with(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    """Two downloads, two requests on their way, some queued: all of it at exit."""
    fake.clip_bytes, fake.clip_rate = 120_000, 2000
    gate = fake.hold(after=3)
    one = kernel()
    one.do("s = ww.sweep('All at work', model=MODEL, seed=list(range(12)))\ns.run()")
    gate.arrived()
    for task in fake.wait_accepted(4)[:2]:
        fake.finish(task)
    until(lambda: statuses(folder).count("downloading") == 2)
    assert one.exit() < 4
    assert "Traceback" not in one.said
    fake.clip_rate = 0
    fake.release()
    fake.run_on()
    gate.open()
    other = kernel()
    other.do("s = ww.sweep('All at work', model=MODEL, seed=list(range(12)))\ns.run()")
    assert other.do("s.wait(25); [check_clip(run) for run in s.runs]; len(s.runs)") == 12
    assert fake.doubled == []
    assert len(fake.accepted) == 12


def test_a_clip_deleted_by_hand_is_fetched_again_at_no_charge(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.01
    run = ww.run("Deleted", model=MODEL).wait(10)
    run.video.unlink()
    again = ww.run("Deleted", model=MODEL).wait(10)
    check_clip(again)
    assert again.status == "succeeded"
    assert len(fake.paid) == 1


def test_clips_deleted_by_hand_are_fetched_again_by_a_later_kernel(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    fake.auto = 0.01
    first = kernel()
    first.do(f"{ASK}.wait(10)")
    first.kill()
    shutil.rmtree(folder / "wiro-runs" / "clips")
    second = kernel()
    assert second.do(f"{ASK}.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_clip_whose_address_failed_once_is_fetched_when_asked_for_again(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    fake.fault("cdn", clip_gone)
    run = ww.run("Once gone", model=MODEL)
    with pytest.raises(DownloadError):
        run.wait(10)
    assert run.ended
    assert run.snapshot["problem"]["spent"] == "yes"
    assert statuses(folder) == ["downloading"]
    check_clip(ww.run("Once gone", model=MODEL).wait(10))
    assert statuses(folder) == ["succeeded"]
    assert len(fake.paid) == 1


def test_a_clip_that_the_service_has_no_more_is_said_to_be_gone(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.01
    run = ww.run("Gone for good", model=MODEL).wait(10)
    run.video.unlink()
    fake.always["cdn"] = clip_gone
    again = ww.run("Gone for good", model=MODEL)
    with pytest.raises(DownloadError, match="no longer available"):
        again.wait(10)
    assert again.video is None
    assert again.snapshot["problem"]["remedy"]
    assert len(fake.paid) == 1


def test_a_download_that_is_cut_goes_on_where_it_was(fake: FakeService, session: Any) -> None:
    fake.clip_bytes, fake.auto = 50_000, 0.01
    fake.fault("cdn", cut_clip(20_000), cut_clip(10_000))
    run = ww.run("Cut twice", model=MODEL).wait(20)
    check_clip(run)
    assert run.video.stat().st_size == 50_000
    ranges = [headers.get("range") for path, headers, _ in fake.requests if path.startswith("/cdn")]
    assert ranges[-1] == "bytes=30000-"


def test_a_clip_is_never_half_there(fake: FakeService, session: Any, folder: Path) -> None:
    fake.clip_bytes, fake.clip_rate, fake.auto = 60_000, 20_000, 0.01
    run = ww.run("Half", model=MODEL)
    fake.wait_for(lambda: fake.counts["cdn"])
    clips = folder / "wiro-runs" / "clips"
    until(lambda: clips.is_dir() and any(path.stat().st_size for path in clips.iterdir()))
    assert run.video is None
    assert [path.name for path in clips.iterdir() if not path.name.startswith(".")] == []
    fake.clip_rate = 0
    check_clip(run.wait(20))


def test_every_output_is_fetched(fake: FakeService, session: Any) -> None:
    run = ww.run("Two clips", model=MODEL)
    (task,) = fake.wait_accepted(1)
    task.more.append(b"second clip")
    fake.finish(task)
    run.wait(20)
    assert [path.stat().st_size for path in run.videos] == [fake.clip_bytes, len(b"second clip")]
    run.videos[1].unlink()
    again = ww.run("Two clips", model=MODEL).wait(10)
    assert again.videos[1].read_bytes() == b"second clip"


def test_a_slow_clip_keeps_the_run_downloading(fake: FakeService, session: Any) -> None:
    fake.clip_bytes, fake.clip_rate, fake.auto = 60_000, 2000, 0.01
    fake.fault("cdn", crawl)
    run = ww.run("Slow", model=MODEL)
    until(lambda: run.status == "downloading")
    assert run.cost is not None
    assert not run.ended
    fake.clip_rate = 0
    check_clip(run.wait(20))
