"""`running`: followed to the end by whoever looks, with the id and token the service gave."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rows, statuses, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

ASK = "run = ww.run('Once', model=MODEL)"
RUNNING = "until(lambda: run.status == 'running')"


def test_a_task_is_in_the_journal_before_anything_else_is_done(
    fake: FakeService, session: Any, folder: Path
) -> None:
    seen: list[tuple[str, str]] = []

    def look(exchange: Any) -> None:
        seen.extend((row["status"], row["task_id"]) for row in rows(folder))
        exchange.proceed()

    fake.fault("Task/Detail", look)
    run = ww.run("Written down", model=MODEL)
    until(lambda: seen)
    (task,) = fake.accepted
    assert seen == [("running", task.id)]
    assert rows(folder)[0]["token"] == task.token
    fake.run_on()
    run.wait(10)


@pytest.mark.parametrize("asked", [ASK, "run = ww.history()[0]"], ids=["asked", "looked"])
def test_a_run_of_a_dead_kernel_is_followed_on(
    fake: FakeService, kernel: Callable[..., Kernel], asked: str
) -> None:
    first = kernel()
    first.do(f"{ASK}\n{RUNNING}")
    first.kill()
    second = kernel()
    second.do(f"{asked}\n{RUNNING}")
    fake.begin(fake.accepted[0])
    second.do("until(lambda: run.stage == 'task_start')")
    fake.finish(fake.accepted[0])
    assert second.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_two_live_kernels_both_see_the_end(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    first, second = kernel(), kernel().ready()
    first.do(f"{ASK}\n{RUNNING}")
    second.do(f"{ASK}\n{RUNNING}")
    fake.finish(fake.accepted[0])
    for one in (second, first):
        assert one.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert statuses(folder) == ["succeeded"]
    assert len(fake.paid) == 1


def test_a_run_that_ended_while_nobody_looked_is_fetched(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    first = kernel()
    first.do(f"{ASK}\n{RUNNING}")
    first.kill()
    fake.finish(fake.accepted[0])
    assert kernel().do("run = ww.history()[0].wait(20); check_clip(run); run.status") == "succeeded"


def test_a_third_kernel_goes_on_where_two_died(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    for _ in range(2):
        one = kernel()
        one.do(f"{ASK}\n{RUNNING}")
        one.kill()
    fake.run_on()
    assert kernel().do(f"{ASK}.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_an_unexpected_error_after_the_acceptance_keeps_id_and_token(
    fake: FakeService,
    session: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Following can't begin at all; what was paid for is written down and said all the same."""
    caplog.set_level(logging.WARNING)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    watch = type(session.client.watch())
    monkeypatch.setattr(watch, "add", broken)
    run = ww.run("Followed by nobody", model=MODEL)
    with pytest.raises(Exception, match="a fault of ours"):
        run.wait(10)
    assert (run.status, run.ended) == ("unknown", True)
    assert run.snapshot["problem"]["spent"] in {"maybe", "yes"}
    (task,) = fake.accepted
    (row,) = rows(folder)
    assert (row["task_id"], row["token"]) == (task.id, task.token)
    assert task.id in caplog.text
    assert task.token not in caplog.text
    monkeypatch.undo()
    fake.run_on()
    check_clip(ww.run("Followed by nobody", model=MODEL).wait(20))
    assert len(fake.paid) == 1


def test_an_unexpected_error_while_following_ends_one_run_and_no_other(
    fake: FakeService, session: Any, folder: Path
) -> None:
    """A frame and a reading that nothing expects: the others go on."""
    bad = ww.run("Bad", model=MODEL)
    good = ww.run("Good", model=MODEL)
    bad_task, good_task = fake.task_with(prompt="Bad"), fake.task_with(prompt="Good")
    until(lambda: bad.status == good.status == "running")
    bad_task.outputs = [{"name": {"a": 1}, "size": [], "url": 5}, "nonsense", None]
    bad_task.cost = "no number"
    bad_task.model = "a/b/../--"
    bad_task.pexit = "0"
    fake.advance(bad_task, "task_postprocess_end")
    until(lambda: bad.ended)
    fake.finish(good_task)
    check_clip(good.wait(20))
    third = ww.run("Third", model=MODEL)
    fake.finish(fake.task_with(prompt="Third"))
    check_clip(third.wait(20))


def test_a_socket_that_breaks_delays_nothing_for_long(fake: FakeService, session: Any) -> None:
    run = ww.run("Cut off", model=MODEL)
    (task,) = fake.wait_accepted(1)
    fake.wait_for(lambda: fake.registered(task))
    fake.cut_sockets()
    fake.finish(task)
    check_clip(run.wait(20))
