"""The journal: written before anything is sent, and the reason nothing is paid for twice."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import PHOTO, ROOT
from wiro_widgets.library._journal.inputs import store_input
from wiro_widgets.library.library import Library
from wiro_widgets.library.request import RunRequest

REQUEST = RunRequest("minimax/hailuo-2-3-fast", {"prompt": "A gull lifts off", "duration": "6"})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "wiro-runs")


def test_the_same_request_is_found_instead_of_begun_again(library: Library) -> None:
    first, is_new = library._journal.reserve(REQUEST, "sandbox", "me", fresh=False)
    again, again_is_new = library._journal.reserve(REQUEST, "sandbox", "me", fresh=False)
    assert (is_new, again_is_new) == (True, False)
    assert again.number == first.number


def test_fresh_begins_another_repeat_each_time(library: Library) -> None:
    library._journal.reserve(REQUEST, "sandbox", "me", fresh=False)
    second, _ = library._journal.reserve(REQUEST, "sandbox", "me", fresh=True)
    third, _ = library._journal.reserve(REQUEST, "sandbox", "me", fresh=True)
    assert [second.request.repeat, third.request.repeat] == [1, 2]


def test_a_sandbox_clip_never_answers_for_the_real_service(library: Library) -> None:
    library._journal.reserve(REQUEST, "sandbox", "me", fresh=False)
    _, is_new = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    assert is_new


def test_a_request_the_service_never_took_may_be_sent_again(library: Library) -> None:
    first, _ = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    library.never_accepted(first.number)
    second, is_new = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    assert is_new
    assert [record.number for record in library.records()] == [second.number]


def test_a_parked_run_is_claimed_once(library: Library) -> None:
    record, _ = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    assert not library.claim(record.number)  # it is being sent already
    library.park(record.number)
    found, is_new = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    assert (found.number, found.status, is_new) == (record.number, "waiting", False)
    claims = [library.claim(record.number), Library(library.directory).claim(record.number)]
    assert claims == [True, False]


def test_two_processes_asking_at_once_begin_it_once(tmp_path: Path) -> None:
    script = (
        "import sys, json; from wiro_widgets.library.library import Library;"
        "from wiro_widgets.library.request import RunRequest;"
        "print('ready', flush=True); sys.stdin.readline();"
        f"request = RunRequest({REQUEST.model!r}, {dict(REQUEST.parameters)!r});"
        "print(Library(sys.argv[1])._journal.reserve(request, 'live', 'me', fresh=False)[1])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "runs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(8)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert sorted(answers) == ["False"] * 7 + ["True"]


def test_looking_and_writing_are_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kernels that could both look before either writes would both send."""
    both_looked = threading.Barrier(2)
    look = Library._find

    def slow_look(self: Library, *arguments: Any) -> Any:
        found = look(self, *arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_looked.wait(1)
        return found

    monkeypatch.setattr(Library, "_find", slow_look)
    with ThreadPoolExecutor(2) as pool:
        begun = [
            pool.submit(Library(tmp_path / "runs").begin, REQUEST, "live", fresh=False)
            for _ in range(2)
        ]
        assert sorted(one.result()[1] for one in begun) == [False, True]


def test_the_journal_is_for_its_owner_only_and_hides_tokens(library: Library) -> None:
    record, _ = library._journal.reserve(REQUEST, "live", "me", fresh=False)
    library._journal.accepted(record.number, "2221", "secret-token-of-the-task")
    journal = library.directory / "journal.sqlite"
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    kept = library.record(record.number)
    assert kept.token == "secret-token-of-the-task"
    assert "secret-token" not in repr(kept)


def test_records_come_back_as_they_were_written(library: Library) -> None:
    photo = store_input(PHOTO, library._journal.inputs, "inputImage")
    request = replace(REQUEST, files={"inputImage": (photo,)})
    record, _ = library._journal.reserve(request, "live", "me", fresh=False)
    reopened = Library(library.directory)
    assert reopened.record(record.number).request == request
    assert reopened.record(record.number).request.fingerprint() == request.fingerprint()


def test_a_journal_of_a_newer_version_is_left_alone(library: Library) -> None:
    library._journal.reserve(REQUEST, "live", "me", fresh=False)
    library.close()
    with sqlite3.connect(library.directory / "journal.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RuntimeError, match="newer wiro_widgets"):
        library.records()


def test_clip_names_are_ours_and_safe(library: Library) -> None:
    hostile = replace(REQUEST, parameters={"prompt": "../../etc/passwd <b>Ünï</b> " + "x" * 300})
    record, _ = library._journal.reserve(hostile, "live", "me", fresh=False)
    name = library.clip_name(record, 0, ".mp4")
    assert name == Path(name).name
    assert name.startswith("0001-etc-passwd-b")
    assert len(name) < 80


def test_fingerprint_is_the_same_in_another_process(library: Library) -> None:
    script = (
        "import sys, json; from wiro_widgets.library.request import RunRequest;"
        f"print(RunRequest({REQUEST.model!r}, json.loads(sys.argv[1])).fingerprint())"
    )
    shuffled = dict(reversed(list(REQUEST.parameters.items())))
    out = subprocess.run(
        [sys.executable, "-c", script, json.dumps(shuffled)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "PATH": ""},
    )
    assert out.stdout.strip() == REQUEST.fingerprint()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"duration": "6"}, {"duration": 6}),
        ({"scale": 1}, {"scale": 1.0}),
        ({"sound": True}, {"sound": "true"}),
    ],
)
def test_equal_requests_have_equal_fingerprints(one: dict, other: dict) -> None:
    assert RunRequest("a/b", one).fingerprint() == RunRequest("a/b", other).fingerprint()


@pytest.mark.parametrize("change", [{"prompt": "b"}, {"prompt": "a "}, {"prompt": "a", "x": 1}])
def test_different_requests_have_different_fingerprints(change: dict) -> None:
    assert (
        RunRequest("a/b", {"prompt": "a"}).fingerprint() != RunRequest("a/b", change).fingerprint()
    )


def test_another_picture_is_another_request_and_its_name_is_not(library: Library) -> None:
    photo = store_input(PHOTO, library._journal.inputs, "inputImage")
    renamed = library.directory / "renamed.jpg"
    renamed.write_bytes(PHOTO.read_bytes())
    # Other pixels; what hangs behind the picture is not sent, so it would make no difference.
    changed = Image.open(PHOTO).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    prints = [
        replace(REQUEST, files={"inputImage": (kept,)}).fingerprint()
        for kept in (
            photo,
            store_input(renamed, library._journal.inputs, "inputImage"),
            store_input(changed, library._journal.inputs, "inputImage"),
        )
    ]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]
