"""An error that nobody expects, anywhere: it ends its run with the error kept, and no other."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import swallow_answer
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rows, until
from wiro_widgets.client import WiroClient
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.journal import Journal
from wiro_widgets.runs import settling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

FAULT = "a fault of ours"


def broken(*_: object, **__: object) -> Any:
    raise ZeroDivisionError(FAULT)


def once(whole: Callable[..., Any]) -> Callable[..., Any]:
    """Broken the first time."""
    left = [broken]

    def call(*arguments: Any, **options: Any) -> Any:
        return (left.pop() if left else whole)(*arguments, **options)

    return call


def answer_lost(whole: Callable[..., Any]) -> Callable[..., Any]:
    """Done the first time, and not known to be, as by a database that restarts."""
    left = ["the answer to it"]

    def call(*arguments: Any, **options: Any) -> Any:
        found = whole(*arguments, **options)
        if left:
            raise LibraryError(f"The connection broke before {left.pop()}.")
        return found

    return call


@pytest.mark.parametrize("name", ["reserve", "begin_sending", "accepted", "finished", "end"])
def test_a_step_whose_answer_is_lost_is_taken_once(
    fake: FakeService, session: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake.auto = 0.01
    monkeypatch.setattr(Journal, name, answer_lost(getattr(Journal, name)))
    for _ in range(3):
        # The cell again, as a person does after that error.
        with contextlib.suppress(LibraryError):
            check_clip(ww.run("Unlucky", model=MODEL).wait(20))
            break
    else:
        pytest.fail("it never comes")
    assert len(fake.accepted) == 1
    assert [row["status"] for row in rows(folder)] == ["succeeded"]


def test_a_claim_whose_answer_is_lost_holds(
    fake: FakeService, kernel: Callable[..., Kernel], session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kernel("run = ww.run('Whose?', model=MODEL)")
    fake.wait_accepted(1)
    run = ww.run("Whose?", model=MODEL)
    taken = threading.Event()
    lost = answer_lost(Journal.claim)

    def claim(*arguments: Any, **options: Any) -> Any:
        taken.set()
        return lost(*arguments, **options)

    monkeypatch.setattr(Journal, "claim", claim)
    first.kill()
    assert taken.wait(20)
    fake.finish(fake.accepted[0])
    check_clip(run.wait(20))
    assert len(fake.accepted) == 1


@pytest.mark.parametrize(
    "name", ["begin_sending", "accepted", "finished", "end", "requeue", "lost", "adopt"]
)
def test_a_step_of_the_journal_that_breaks_hangs_nothing_and_loses_nothing(
    fake: FakeService, session: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake.auto = 0.01
    if name == "requeue":
        fake.slots = 0
    if name in {"lost", "adopt"}:
        fake.fault("Run", swallow_answer)
    monkeypatch.setattr(Journal, name, once(getattr(Journal, name)))
    run = ww.run("Unlucky", model=MODEL)
    other = ww.run("Lucky", model=MODEL)
    if name == "requeue":
        fake.wait_for(lambda: len(fake.paid) == 2)
        fake.slots = None
    until(lambda: run.ended and other.ended)
    monkeypatch.undo()
    for prompt in ("Unlucky", "Lucky"):
        again = ww.run(prompt, model=MODEL)
        until(lambda again=again: again.ended)
        if again.video is None:
            again = ww.run(prompt, model=MODEL).wait(20)
        check_clip(again)
    assert fake.doubled == []
    assert [row["task_id"] for row in rows(folder)] == [
        fake.task_with(prompt=prompt).id for prompt in ("Unlucky", "Lucky")
    ]


def test_an_acceptance_that_breaks_keeps_id_and_token(
    fake: FakeService,
    session: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(Journal, "accepted", broken)
    run = ww.run("Accepted", model=MODEL)
    (task,) = fake.wait_accepted(1)
    until(lambda: run.ended or run.task_id)
    assert task.id in caplog.text
    assert task.token not in caplog.text
    monkeypatch.undo()
    fake.run_on()
    check_clip(until(lambda: run.ended and ww.run("Accepted", model=MODEL).wait(20)))
    assert len(fake.paid) == 1


def test_a_look_that_breaks_ends_the_search_and_can_be_had_again(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.auto = 0.01
    fake.fault("Run", swallow_answer)
    monkeypatch.setattr(settling, "look", broken)
    run = ww.run("Lost", model=MODEL)
    until(lambda: run.ended)
    assert run.status == "unknown"
    assert run.snapshot["problem"]["spent"] == "maybe"
    monkeypatch.undo()
    run.look_again()
    check_clip(until(lambda: run.ended and run.video and run))
    assert len(fake.paid) == 1


def test_a_look_that_breaks_once_is_repeated(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.auto = 0.01
    fake.fault("Run", swallow_answer)
    monkeypatch.setattr(settling, "look", once(settling.look))
    run = ww.run("Lost", model=MODEL)
    until(lambda: run.ended)
    if run.video is None:
        run = ww.run("Lost", model=MODEL).wait(20)
    check_clip(run)
    assert len(fake.paid) == 1


@pytest.mark.parametrize("name", ["download", "stop", "task"])
def test_a_call_of_the_client_that_breaks_hangs_nothing(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(WiroClient, name, broken)
    run = ww.run("Unlucky", model=MODEL)
    (task,) = fake.wait_accepted(1)
    until(lambda: run.status == "running")
    fake.begin(task)
    until(lambda: run.stage == "task_start")
    if name == "stop":
        run.stop()
        until(lambda: not run.snapshot["stopping"])
        assert not run.ended
    fake.finish(task)
    until(lambda: run.ended)
    monkeypatch.undo()
    check_clip(ww.run("Unlucky", model=MODEL).wait(20))
    assert len(fake.paid) == 1
