"""Stop in every status, and what a stopped run may still cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import refusal, swallow_answer, swallow_request
from tests.runs.fake_models import MODEL, PRICE
from tests.runs.helpers import rows, until
from wiro_widgets.client import SubmissionUnknown, TaskCancelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel


def running(fake: FakeService, prompt: str) -> tuple[Any, Any]:
    """A run that the service is at work on, and its task."""
    run = ww.run(prompt, model=MODEL)
    task = fake.task_with(prompt=prompt)
    fake.begin(task)
    until(lambda: run.stage == "task_start")
    return run, task


def stopped(run: Any) -> None:
    with pytest.raises(TaskCancelled):
        run.wait(20)
    assert run.status == "cancelled"


def test_stop_while_its_request_is_on_the_way_reaches_the_service(
    fake: FakeService, session: Any
) -> None:
    gate = fake.hold()
    run = ww.run("Too late", model=MODEL)
    gate.arrived()
    run.stop()
    assert run.snapshot["stopping"]
    gate.open()
    stopped(run)
    assert fake.accepted[0].over


def test_stop_in_the_services_queue_costs_nothing(
    fake: FakeService, session: Any, folder: Path
) -> None:
    run = ww.run("In the queue", model=MODEL)
    until(lambda: run.status == "running")
    run.stop()
    stopped(run)
    assert not run.snapshot["unsettled"]
    assert not rows(folder)[0]["unsettled"]
    assert session.library.spent("live").settled == 0


def test_stop_while_it_runs_may_cost_and_the_sum_says_so(
    fake: FakeService, session: Any, folder: Path
) -> None:
    run, task = running(fake, "At work")
    run.stop()
    stopped(run)
    assert run.snapshot["unsettled"]
    assert run.cost is None
    assert rows(folder)[0]["unsettled"]
    assert session.library.spent("live").unsettled == 1
    fake.settle(task, PRICE)
    ww.run("At work", model=MODEL)
    until(lambda: run.cost is not None)
    assert run.cost == Decimal("0.28")
    assert not run.snapshot["unsettled"]
    assert run.status == "cancelled"
    spent = session.library.spent("live")
    assert (spent.settled, spent.unsettled) == (Decimal("0.28"), 0)


def test_what_a_stopped_run_cost_is_learned_by_the_next_kernel(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel()
    one.do("run = ww.run('At work', model=MODEL)")
    (task,) = fake.wait_accepted(1)
    fake.begin(task)
    one.do("until(lambda: run.stage == 'task_start'); run.stop(); until(lambda: run.ended)")
    one.kill()
    fake.settle(task, PRICE)
    other = kernel()
    other.do("run = ww.history()[0]; until(lambda: run.cost is not None)")
    assert other.do("str(run.cost), run.status, run.snapshot['unsettled']") == [
        "0.28",
        "cancelled",
        False,
    ]
    assert rows(folder)[0]["cost"] == "0.28"
    assert len(fake.paid) == 1


def test_a_sweeps_sum_says_at_least_and_how_many_are_open(fake: FakeService, session: Any) -> None:
    sweep = ww.sweep("Halves", model=MODEL, seed=[1, 2, 3]).run()
    done, open_, queued = (fake.task_with(seed=seed) for seed in (1, 2, 3))
    fake.finish(done)
    fake.begin(open_)
    until(lambda: sweep.runs[1].stage == "task_start" and sweep.runs[2].status == "running")
    sweep.runs[1].stop()
    sweep.runs[2].stop()
    sweep.wait(20)
    assert queued.over
    assert "at least $0.28" in sweep.summary
    assert "1 unsettled" in sweep.summary
    spent = session.library.spent("live")
    assert (spent.settled, spent.unsettled) == (Decimal("0.28"), 1)


def test_what_an_unknown_run_may_cost_stays_reserved(fake: FakeService, session: Any) -> None:
    fake.fault("Run", swallow_request)
    run = ww.run("Perhaps", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    assert run.cost is None
    assert session.library.spent("live").unsettled == 1


def test_stop_while_it_is_looked_for_is_sent_once_it_is_found(
    fake: FakeService, session: Any
) -> None:
    listing = fake.hold("Task/List", after=0)
    fake.fault("Run", swallow_answer)
    run = ww.run("Lost", model=MODEL)
    listing.arrived()
    run.stop()
    fake.release("Task/List")
    listing.open()
    stopped(run)
    assert fake.accepted[0].over
    assert len(fake.paid) == 1


def test_stop_of_an_unknown_run_does_not_pretend(fake: FakeService, session: Any) -> None:
    fake.fault("Run", swallow_request)
    run = ww.run("Perhaps", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    run.stop()
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    assert run.status == "unknown"


def test_stop_of_what_has_ended_changes_nothing(fake: FakeService, session: Any) -> None:
    fake.auto = 0.01
    run = ww.run("Done", model=MODEL).wait(10)
    run.stop()
    check_clip(run.wait(1))
    assert run.status == "succeeded"
    assert not run.snapshot["stopping"]
    assert fake.counts["Task/Cancel"] + fake.counts["Task/Kill"] == 0


def test_stop_while_it_downloads_keeps_the_clip_that_was_paid_for(
    fake: FakeService, session: Any
) -> None:
    fake.clip_bytes, fake.clip_rate, fake.auto = 60_000, 2000, 0.01
    run = ww.run("Paid for", model=MODEL)
    until(lambda: run.status == "downloading")
    run.stop()
    fake.clip_rate = 0
    check_clip(run.wait(20))
    assert run.status == "succeeded"


def test_stop_by_another_kernel_reaches_the_service(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    one, other = kernel(), kernel().ready()
    one.do("run = ww.run('Theirs', model=MODEL); until(lambda: run.status == 'running')")
    fake.begin(fake.accepted[0])
    other.do("run = ww.history()[0]; until(lambda: run.status == 'running'); run.stop()")
    for each in (other, one):
        each.do("until(lambda: run.ended)")
        assert each.do("run.status") == "cancelled"
    assert fake.accepted[0].over


def test_a_stop_that_came_too_late_ends_with_the_clip(fake: FakeService, session: Any) -> None:
    run, task = running(fake, "A photo finish")
    gate = fake.hold("Task/Kill", late=True)
    run.stop()
    gate.arrived()
    fake.finish(task)
    gate.open()
    check_clip(run.wait(20))
    assert not run.snapshot["stopping"]


def test_a_stop_that_the_service_refused_can_be_pressed_again(
    fake: FakeService, session: Any
) -> None:
    run, task = running(fake, "Stop, stop")
    fake.fault("Task/Kill", refusal("Task could not be killed: busy", 1))
    run.stop()
    fake.wait_for(lambda: fake.counts["Task/Kill"])
    until(lambda: not run.snapshot["stopping"])
    assert not run.ended
    run.stop()
    stopped(run)
    assert task.over
