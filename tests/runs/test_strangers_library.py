"""A folder from a stranger: what its journal, files, links and draft cannot bring about."""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.fake_models import DEFAULTS, MODEL
from tests.runs.helpers import picture, rewrite, rows, until
from tests.runs.strangers import SECRET
from wiro_widgets.client import InputError, Output
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.request import StoredInput

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.fake_tasks import LifeTask


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
    with pytest.raises(ww.LibraryError, match=r"can't be read.* Nothing was sent"):
        ww.run("The gull lifts off", model=MODEL)
    assert not fake.paid
    run = ww.run("The gull lifts off", model=MODEL, fresh=True)
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
    first = ww.run("Sent", model=MODEL, image="frame.png")
    fake.fail(fake.task_with(prompt="Sent"), "out of memory")
    until(lambda: first.ended)
    (stored,) = (folder / "wiro-runs" / "inputs").iterdir()
    stored.write_bytes(picture(red=90))
    run = first.send_again()
    with pytest.raises(
        InputError, match=r"stored copy of .* has changed since it was stored"
    ) as found:
        run.wait(20)
    assert found.value.spent == "no"
    assert len(fake.paid) == 1


def test_an_input_that_became_a_link_is_neither_sent_nor_shown(
    fake: FakeService, session: Any, key_file: Path, folder: Path
) -> None:
    (folder / "frame.png").write_bytes(picture())
    first = ww.run("Sent", model=MODEL, image="frame.png")
    fake.fail(fake.task_with(prompt="Sent"), "out of memory")
    until(lambda: first.ended)
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
    first = ww.run("Sent", model=MODEL)
    fake.fail(fake.task_with(prompt="Sent"), "out of memory")
    until(lambda: first.ended)
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
        journal = Journal("wiro-runs")
        assert not journal.is_whole(journal.record(1))
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


# What a person types


def test_half_an_emoji_is_refused_by_name(fake: FakeService, session: Any, folder: Path) -> None:
    with pytest.raises(InputError, match="prompt has half a character at position 5") as found:
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
    with pytest.raises(LibraryError, match=r"draft\.json can't be used"):
        Draft("minimax/hailuo-2-3", "Words").save(folder)
    assert Draft.load(folder) == Draft()
