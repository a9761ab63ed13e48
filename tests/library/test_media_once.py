"""Clips of equal bytes are one file where the disk can do that; none is ever rewritten."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

import wiro_widgets as ww
from tests.runs.conftest import fake, folder, session  # noqa: F401 - fixtures
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.runs.fake_service import FakeService

CLIP = b"\0\0\0\x18ftypmp42 a manifest that says who made it" * 90


def made(fake: FakeService, prompt: str, *clips: bytes) -> Any:  # noqa: F811
    """A run whose task made these clips."""
    before = len(fake.accepted)
    run = ww.run(prompt, model=MODEL)
    task = fake.wait_accepted(before + 1)[-1]
    task.more = list(clips[1:])
    fake.finish(task, clips[0])
    return run.wait(10)


def test_the_digest_of_each_clip_is_written_down_and_its_bytes_stay(
    fake: FakeService,  # noqa: F811
    session: Any,  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    run = made(fake, "Two", CLIP, CLIP + b"!")
    wanted = [hashlib.sha256(data).hexdigest() for data in (CLIP, CLIP + b"!")]
    assert json.loads(rows(folder)[0]["digests"]) == wanted
    assert [path.read_bytes() for path in run.videos] == [CLIP, CLIP + b"!"]


def test_clips_of_equal_bytes_are_one_file_under_two_names(
    fake: FakeService,  # noqa: F811
    session: Any,  # noqa: F811
) -> None:
    first, second = made(fake, "First", CLIP), made(fake, "Second", CLIP)
    assert [run.video.name for run in (first, second)] == ["0001-first.mp4", "0002-second.mp4"]
    assert first.video.samefile(second.video)
    first.video.unlink()
    assert second.video.read_bytes() == CLIP
    assert list(second.video.parent.iterdir()) == [second.video]


def test_a_clip_that_somebody_edited_is_not_shown_for_another_run(
    fake: FakeService,  # noqa: F811
    session: Any,  # noqa: F811
) -> None:
    first = made(fake, "First", CLIP)
    first.video.write_bytes(b"edited")
    assert made(fake, "Second", CLIP).video.read_bytes() == CLIP
    assert first.video.read_bytes() == b"edited"


def test_where_the_disk_knows_no_links_there_are_two_files(
    fake: FakeService,  # noqa: F811
    session: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    first, second = made(fake, "First", CLIP), made(fake, "Second", CLIP)
    assert first.video.read_bytes() == second.video.read_bytes() == CLIP
    assert not first.video.samefile(second.video)
    assert len(list(first.video.parent.iterdir())) == 2


def test_the_first_of_equal_clips_is_found_by_an_index(session: Any) -> None:  # noqa: F811
    with session.library._journal.database.reading() as connection:
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT files FROM runs WHERE digests = '0' ORDER BY number")
        ).all()
    assert "runs_by_digests" in str(plan)
