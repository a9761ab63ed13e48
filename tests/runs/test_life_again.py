"""Asked for again: what is shown, what is sent, and that looking never sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import refusal
from tests.runs.fake_models import MODEL, PRICE
from tests.runs.helpers import statuses, until
from wiro_widgets.client import InputError, ModerationRefused, TaskCancelled, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

MODERATED = "moderation_blocked: the prompt was refused"


def test_a_clip_that_is_here_is_shown_and_nothing_is_sent(fake: FakeService, session: Any) -> None:
    fake.auto = 0.01
    first = ww.run("Made", model=MODEL).wait(10)
    again = ww.run("Made", model=MODEL).wait(5)
    assert again.video == first.video
    assert again.snapshot["reused"]
    assert len(fake.paid) == 1
    fresh = ww.run("Made", model=MODEL, fresh=True).wait(10)
    assert fresh.video != first.video
    check_clip(fresh)
    assert len(fake.paid) == 2


def failed(fake: FakeService, prompt: str, reason: str, **options: Any) -> Any:
    """A run that the model could not make."""
    run = ww.run(prompt, model=MODEL)
    fake.fail(fake.task_with(prompt=prompt), reason, **options)
    until(lambda: run.ended)
    assert run.status == "failed"
    return run


def test_a_failure_that_cost_nothing_is_tried_again_and_says_so(
    fake: FakeService, session: Any, folder: Path
) -> None:
    first = failed(fake, "Breaks", "the model ran out of memory")
    with pytest.raises(TaskFailed, match="out of memory"):
        first.wait(1)
    fake.auto = 0.01
    again = ww.run("Breaks", model=MODEL)
    assert "econd try" in again.notice
    assert str(first.number) in again.notice
    check_clip(again.wait(10))
    assert len(fake.paid) == 2
    # The clip is the answer from now on.
    assert ww.run("Breaks", model=MODEL).wait(5).video == again.video
    assert len(fake.paid) == 2


def test_a_failure_that_cost_nothing_is_tried_again_by_another_kernel(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    one = kernel()
    one.do("run = ww.run('Breaks', model=MODEL)")
    fake.fail(fake.task_with(prompt="Breaks"), "the model ran out of memory")
    one.do("until(lambda: run.ended)")
    one.kill()
    other = kernel()
    other.do("[run.snapshot for run in ww.history()]")
    assert len(fake.paid) == 1
    fake.auto = 0.01
    assert "econd try" in other.do("run = ww.run('Breaks', model=MODEL); run.notice")
    assert other.do("run.wait(10); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 2


def test_a_failure_that_was_charged_is_shown_and_not_sent(fake: FakeService, session: Any) -> None:
    failed(fake, "Charged", "the provider broke off", cost=PRICE)
    with pytest.raises(TaskFailed):
        ww.run("Charged", model=MODEL).wait(5)
    assert len(fake.paid) == 1


def test_a_moderated_prompt_is_shown_with_its_reason_and_not_sent(
    fake: FakeService, session: Any
) -> None:
    failed(fake, "Not allowed", MODERATED)
    again = ww.run("Not allowed", model=MODEL)
    with pytest.raises(ModerationRefused):
        again.wait(5)
    assert MODERATED.split(":", maxsplit=1)[0] in again.snapshot["problem"]["detail"]
    assert "fresh=True" in again.snapshot["problem"]["remedy"]
    assert len(fake.paid) == 1
    fake.auto = 0.01
    check_clip(ww.run("Not allowed", model=MODEL, fresh=True).wait(10))
    assert len(fake.paid) == 2


def test_a_moderated_prompt_can_be_sent_again_by_its_button(
    fake: FakeService, session: Any
) -> None:
    run = failed(fake, "Not allowed", MODERATED)
    fake.auto = 0.01
    new = run.send_again()
    check_clip(new.wait(10))
    assert new.number != run.number
    assert run.status == "failed"
    assert len(fake.paid) == 2


def test_a_cancelled_run_is_shown_and_not_sent(
    fake: FakeService, session: Any, folder: Path
) -> None:
    run = ww.run("Stopped", model=MODEL)
    until(lambda: run.status == "running")
    run.stop()
    with pytest.raises(TaskCancelled):
        run.wait(10)
    assert statuses(folder) == ["cancelled"]
    again = ww.run("Stopped", model=MODEL)
    with pytest.raises(TaskCancelled):
        again.wait(5)
    assert again.status == "cancelled"
    assert len(fake.paid) == 1
    fake.auto = 0.01
    check_clip(again.send_again().wait(10))
    assert len(fake.paid) == 2


@pytest.mark.parametrize("how", ["failed", "moderated", "cancelled"])
def test_trying_again_pays_once_however_often_it_is_pressed(
    fake: FakeService, session: Any, how: str
) -> None:
    if how == "cancelled":
        run = ww.run("Again", model=MODEL)
        until(lambda: run.status == "running")
        run.stop()
        until(lambda: run.ended)
    else:
        run = failed(fake, "Again", MODERATED if how == "moderated" else "out of memory")
    new = run.send_again()
    assert run.send_again() is new
    with pytest.raises(InputError, match="has not ended"):
        new.send_again()
    fake.run_on()
    check_clip(new.wait(10))
    # Its clip is what was wanted.
    assert run.send_again() is new
    with pytest.raises(InputError, match=r"has its clip.*fresh=True"):
        new.send_again()
    assert len(fake.paid) == 2
    if how == "failed":
        assert ww.run("Again", model=MODEL).video == new.video
        assert len(fake.paid) == 2


def test_what_was_refused_is_tried_again_as_itself(fake: FakeService, session: Any) -> None:
    fake.fault("Run", refusal("Insufficient balance", 97))
    run = ww.run("Poor", model=MODEL)
    until(lambda: run.ended)
    assert run.status == "refused"
    fake.auto = 0.01
    check_clip(run.send_again().wait(10))
    assert len(fake.accepted) == 1


def test_a_sweep_sends_again_what_failed_without_being_charged(
    fake: FakeService, session: Any
) -> None:
    sweep = ww.sweep(["Breaks", "Works"], model=MODEL).run()
    fake.fail(fake.task_with(prompt="Breaks"), "the model ran out of memory")
    fake.run_on()
    sweep.wait(10)
    again = ww.sweep(["Breaks", "Works"], model=MODEL)
    assert again.new_count == 1
    check_clip(again.run().wait(10).runs[0])
    assert len(fake.paid) == 3


def test_a_run_cancelled_by_somebody_else_is_shown(fake: FakeService, session: Any) -> None:
    run = ww.run("Ended elsewhere", model=MODEL)
    (task,) = fake.wait_accepted(1)
    fake.begin(task)
    fake.kill(task)
    with pytest.raises(TaskCancelled):
        run.wait(10)
    assert len(fake.paid) == 1


def test_looking_sends_nothing_whatever_is_there(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel()
    one.do(
        "a, b, c = [ww.run(word, model=MODEL) for word in ('fails', 'moderated', 'stopped')];"
        "until(lambda: {a.status, b.status, c.status} == {'running'})"
    )
    fake.fail(fake.task_with(prompt="fails"), "out of memory")
    fake.fail(fake.task_with(prompt="moderated"), MODERATED)
    one.do("c.stop(); until(lambda: a.ended and b.ended and c.ended)")
    one.kill()
    before = statuses(folder)
    other = kernel()
    other.do("h = ww.history(); repr(h); [run.snapshot for run in h]; studio = ww.Studio()")
    other.do("ww.sweep(['fails', 'moderated'], model=MODEL)")
    other.exit()
    assert len(fake.paid) == 3
    assert statuses(folder) == before
