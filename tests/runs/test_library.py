"""The journal: written before anything is sent, and the reason nothing is paid for twice."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.conftest import PHOTO, ROOT
from wiro_widgets.errors import LibraryError, ModerationRefused, TaskFailed, WiroError
from wiro_widgets.library.inputs import store_input
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import LEASE_SECONDS, is_alive, new_owner, release_owner
from wiro_widgets.library.library import Library, clip_name
from wiro_widgets.library.request import RunRequest
from wiro_widgets.runs.problems import problem_from

if TYPE_CHECKING:
    from wiro_widgets.library.records import Record, Service

REQUEST = RunRequest("minimax/hailuo-2-3-fast", {"prompt": "A gull lifts off", "duration": "6"})


REFUSED = problem_from(WiroError("Not today."))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "wiro-runs")


def reserve(
    journal: Journal, service: Service = "live", owner: str = "", *, fresh: bool = False
) -> tuple[Record, bool]:
    """Ask for `REQUEST`, as an owner of this process unless another one is given."""
    return journal.reserve(REQUEST, service, owner or new_owner(), fresh=fresh)


def test_giving_up_does_not_undo_what_another_kernel_has_found(journal: Journal) -> None:
    record, _ = reserve(journal)
    assert journal.begin_sending(record.number, record.owner)
    assert journal.lost(record.number, record.owner)
    assert journal.adopt(record.number, "2221", "token", new_owner())
    journal.end(record.number, "unknown", state={}, was="unknown")
    assert journal.record(record.number).status == "running"


def test_the_same_request_is_found_instead_of_begun_again(journal: Journal) -> None:
    first, is_ours = reserve(journal)
    again, again_is_ours = reserve(journal)
    assert (is_ours, again_is_ours) == (True, False)
    assert again.number == first.number


def test_fresh_begins_another_repeat_each_time(journal: Journal) -> None:
    reserve(journal)
    second, _ = reserve(journal, fresh=True)
    third, _ = reserve(journal, fresh=True)
    assert [second.request.repeat, third.request.repeat] == [1, 2]


def test_a_sandbox_clip_never_answers_for_the_real_service(journal: Journal) -> None:
    reserve(journal, "sandbox")
    _, is_ours = reserve(journal, "live")
    assert is_ours


def test_a_request_the_service_refused_may_be_sent_again(journal: Journal) -> None:
    first, _ = reserve(journal)
    journal.refused(first.number, REFUSED, first.owner)
    library = Library(journal)
    assert library.records() == []
    assert library.find(REQUEST, "live") is None

    again, is_ours = reserve(journal)

    assert is_ours
    assert (again.number, again.status, again.problem) == (first.number, "queued", None)
    assert [record.number for record in library.records()] == [first.number]


@pytest.mark.parametrize(
    ("error", "cost", "unsettled", "sent"),
    [
        (TaskFailed("It broke down."), None, False, True),
        (TaskFailed("It broke down."), "0.00", False, True),
        (TaskFailed("It broke down."), "0.10", False, False),
        (TaskFailed("It broke down."), None, True, False),
        (ModerationRefused("Not this."), None, False, False),
    ],
)
def test_a_failed_request_is_sent_again_unless_it_was_charged_or_moderated(
    journal: Journal, error: WiroError, cost: str | None, unsettled: bool, sent: bool
) -> None:
    first, _ = reserve(journal)
    journal.end(
        first.number,
        "failed",
        state={},
        problem=problem_from(error),
        cost=None if cost is None else Decimal(cost),
        unsettled=unsettled,
    )

    again, is_ours = reserve(journal)

    assert is_ours is sent
    assert again.number == first.number + sent
    assert (journal.retried(again) == first.number) is sent


def test_a_queued_run_is_claimed_once(journal: Journal) -> None:
    """By whoever asks for it when its owner has gone."""
    mine, one, other = new_owner(), new_owner(), new_owner()
    record, _ = reserve(journal, owner=mine)
    assert is_alive(record.owner, record.lease, time.time())
    journal.release(mine)
    found, is_ours = reserve(journal)
    assert (found.number, found.status, is_ours) == (record.number, "queued", False)
    assert not is_alive(found.owner, found.lease, time.time())
    claims = [journal.claim(found, one), Journal(journal.directory).claim(found, other)]
    assert claims == [True, False]
    assert not journal.begin_sending(record.number, other)
    assert journal.begin_sending(record.number, one)


def test_what_has_begun_to_leave_is_neither_sent_again_nor_withdrawn(journal: Journal) -> None:
    owner = new_owner()
    record, _ = reserve(journal, owner=owner)
    assert journal.begin_sending(record.number, owner)
    assert not journal.begin_sending(record.number, owner)
    assert not journal.cancel_queued(record.number, REFUSED)
    journal.release(owner)
    assert journal.record(record.number).owner == owner


def test_a_run_that_was_withdrawn_is_not_sent(journal: Journal) -> None:
    owner = new_owner()
    record, _ = reserve(journal, owner=owner)
    assert journal.cancel_queued(record.number, REFUSED)
    assert not journal.begin_sending(record.number, owner)
    assert journal.record(record.number).status == "cancelled"


def test_a_task_belongs_to_one_run(journal: Journal) -> None:
    owner = new_owner()
    numbers = []
    for _ in range(2):
        record, _ = reserve(journal, owner=owner, fresh=True)
        journal.begin_sending(record.number, owner)
        assert journal.lost(record.number, owner)
        numbers.append(record.number)
    assert journal.adopt(numbers[0], "2221", "token", owner)
    assert not journal.adopt(numbers[1], "2221", "token", owner)
    assert not journal.adopt(numbers[0], "2222", "token", owner)


def test_a_lease_lives_as_long_as_its_owner(journal: Journal) -> None:
    owner = new_owner()
    lease = time.time() + LEASE_SECONDS
    assert is_alive(owner, lease, time.time())
    # The computer slept, or its clock was set: the process is here all the same.
    assert is_alive(owner, 0.0, time.time())
    release_owner(owner)
    assert not is_alive(owner, lease, time.time())
    elsewhere = "another machine|1|1|1"
    assert is_alive(elsewhere, lease, time.time())
    assert not is_alive(elsewhere, time.time() - 1, time.time())


def test_two_processes_asking_at_once_begin_it_once(tmp_path: Path) -> None:
    script = (
        "import sys, json; from wiro_widgets.library.journal import Journal;"
        "from wiro_widgets.library.leases import new_owner;"
        "from wiro_widgets.library.request import RunRequest;"
        "print('ready', flush=True); sys.stdin.readline();"
        f"request = RunRequest({REQUEST.model!r}, {dict(REQUEST.parameters)!r});"
        "print(Journal(sys.argv[1]).reserve(request, 'live', new_owner(), fresh=False)[1])"
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
    look = Journal.newest

    def slow_look(self: Journal, *arguments: Any) -> Any:
        found = look(self, *arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_looked.wait(1)
        return found

    monkeypatch.setattr(Journal, "newest", slow_look)
    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(reserve, Journal(tmp_path / "runs")) for _ in range(2)]
        assert sorted(one.result()[1] for one in begun) == [False, True]


def test_a_recorded_request_is_answered_while_somebody_else_writes(journal: Journal) -> None:
    """And so it is on a disk that takes no writes."""
    record, _ = reserve(journal)
    journal.end(record.number, "succeeded", state={})
    path = journal.directory / "journal.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found, ours = reserve(journal)
    assert (found.number, ours) == (record.number, False)


def test_the_journal_is_for_its_owner_only_and_hides_tokens(journal: Journal) -> None:
    owner = new_owner()
    record, _ = reserve(journal, owner=owner)
    journal.accepted(record.number, "2221", "secret-token-of-the-task", owner)
    file = journal.directory / "journal.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = journal.record(record.number)
    assert kept.token == "secret-token-of-the-task"
    assert "secret-token" not in repr(kept)


def test_records_come_back_as_they_were_written(journal: Journal) -> None:
    photo = store_input(PHOTO, journal.inputs, "inputImage")
    request = replace(REQUEST, files={"inputImage": (photo,)})
    record, _ = journal.reserve(request, "live", new_owner(), fresh=False)
    reopened = Journal(journal.directory)
    assert reopened.record(record.number).request == request
    assert reopened.record(record.number).request.fingerprint() == request.fingerprint()


def test_a_journal_of_a_newer_version_is_left_alone(journal: Journal) -> None:
    reserve(journal)
    journal.database.close()
    file = journal.directory / "journal.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(LibraryError, match="newer wiro_widgets") as caught:
        Library(journal).records()
    assert "Upgrade" in caught.value.remedy
    assert file.read_bytes() == before


def test_clip_names_are_ours_and_safe(journal: Journal) -> None:
    hostile = replace(REQUEST, parameters={"prompt": "../../etc/passwd <b>Ünï</b> " + "x" * 300})
    record, _ = journal.reserve(hostile, "live", new_owner(), fresh=False)
    name = clip_name(record, 0, ".mp4")
    assert name == Path(name).name
    assert name.startswith("0001-etc-passwd-b")
    assert len(name) < 80
    assert clip_name(record, 1, ".mp4") == name.replace(".mp4", "-2.mp4")


def test_fingerprint_is_the_same_in_another_process(journal: Journal) -> None:
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


def test_another_picture_is_another_request_and_its_name_is_not(journal: Journal) -> None:
    photo = store_input(PHOTO, journal.inputs, "inputImage")
    renamed = journal.directory / "renamed.jpg"
    renamed.write_bytes(PHOTO.read_bytes())
    # Other pixels; what hangs behind the picture is not sent, so it would make no difference.
    changed = Image.open(PHOTO).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    prints = [
        replace(REQUEST, files={"inputImage": (kept,)}).fingerprint()
        for kept in (
            photo,
            store_input(renamed, journal.inputs, "inputImage"),
            store_input(changed, journal.inputs, "inputImage"),
        )
    ]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]
