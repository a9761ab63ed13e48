"""`queued`: written down and not sent. Whoever asks for it again sends it, once; looking does not.

The edges that end in `refused` are here too: the service said no, so asking again sends.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import refusal
from tests.runs.fake_models import MODEL
from tests.runs.helpers import rewrite, rows, statuses, until
from wiro_widgets.client import InsufficientBalanceError, TaskCancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

CELLS = 20
WHY_IT_WAITS = {
    "96 with its limit": "Waiting for a free slot: your account runs 1 at a time.",
    "96": "Waiting for a free slot: your account can't run more at once.",
    "429": "The service asked to slow down; next try in 5 s.",
}
SWEEP = f"s = ww.sweep('Cells', model=MODEL, seed=list(range({CELLS})))\ns.run()"
WAIT = "s.wait(25); [check_clip(run) for run in s.runs]; [run.status for run in s.runs]"


def died_while_sending(fake: FakeService, kernel: Callable[..., Kernel], after: int) -> None:
    """A sweep whose kernel is killed while the service keeps it waiting for an answer.

    Some were accepted, one or more are on their way, the others never left.
    """
    gate = fake.hold(after=after)
    first = kernel()
    first.do(SWEEP)
    gate.arrived()
    until(lambda: statuses(Path.cwd()).count("running") == after)
    # Two leave at a time; one that was cut before the service had read it could not be found.
    fake.wait_accepted(after + 2)
    first.kill()
    fake.release()


def test_what_a_dead_kernel_had_not_sent_is_sent_once_when_asked_for_again(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    died_while_sending(fake, kernel, after=5)
    assert statuses(folder).count("running") == 5
    assert statuses(folder).count("queued") >= CELLS - 5 - 4
    fake.run_on()
    assert kernel().do(f"{SWEEP}\n{WAIT}") == ["succeeded"] * CELLS
    assert len(fake.accepted) == CELLS
    assert fake.doubled == []


def test_looking_sends_nothing_that_is_queued(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    died_while_sending(fake, kernel, after=2)
    before = len(fake.paid)
    queued = statuses(folder).count("queued")
    looker = kernel()
    shown = looker.do("h = ww.history(limit=None); repr(h); [run.status for run in h]")
    looker.do("[run.snapshot for run in h]; [run.stages for run in h]; ww.sweep('x', model=MODEL)")
    assert shown.count("queued") == queued
    assert looker.exit() < 5
    assert len(fake.paid) == before
    assert statuses(folder).count("queued") == queued


def test_of_two_kernels_that_ask_at_once_for_what_is_queued_one_sends_each(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    died_while_sending(fake, kernel, after=2)
    fake.run_on()
    both = [kernel().ready(), kernel().ready()]
    for one in both:
        one.start(f"{SWEEP}\n{WAIT}")
    for one in both:
        assert one.answer() == ["succeeded"] * CELLS
    assert len(fake.accepted) == CELLS
    assert fake.doubled == []


def test_another_kernel_attaches_to_what_a_live_one_has_queued(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold(after=1)
    owner, other = kernel(), kernel().ready()
    owner.do(SWEEP)
    gate.arrived()
    assert statuses(folder).count("queued") >= CELLS - 8
    other.do(SWEEP)
    before = len(fake.paid)
    assert "unknown" not in other.do("[run.status for run in s.runs]")
    assert other.do("[run.ended for run in s.runs]") == [False] * CELLS
    assert "unknown" not in statuses(folder)
    assert len(fake.paid) <= before + 8, "the other kernel sent what the first one holds"
    fake.release()
    gate.open()
    fake.run_on()
    for one in (other, owner):
        assert one.do(WAIT) == ["succeeded"] * CELLS
    assert len(fake.accepted) == CELLS
    assert fake.doubled == []


@pytest.mark.parametrize(
    "no_room",
    [
        refusal("With your balance you can run up to 1 tasks at the same time.", 96),
        refusal("Concurrency limit reached", 96),
        refusal("Too many requests", http_status=429),
    ],
    ids=["96 with its limit", "96", "429"],
)
def test_a_run_without_a_free_slot_is_queued_until_there_is_one(
    fake: FakeService,
    session: Any,
    folder: Path,
    no_room: Any,
    request: pytest.FixtureRequest,
) -> None:
    first = ww.run("First", model=MODEL)
    until(lambda: first.status == "running")
    fake.always["Run"] = no_room
    second = ww.run("Second", model=MODEL)
    until(lambda: len(fake.paid) > 1 and statuses(folder)[1] == "queued")
    assert second.status == "queued"
    assert not second.ended
    third = ww.run("Third", model=MODEL)
    for run in (second, third):
        why = until(lambda run=run: run.notice)
        assert why == WHY_IT_WAITS[request.node.callspec.id]
        assert run.snapshot["notice"] == why
        assert why.rstrip(".") in repr(run)
        assert why.rstrip(".") in html.unescape(ww.history()._repr_html_())
    fake.release()
    fake.auto = 0.01
    fake.finish(fake.accepted[0])
    check_clip(second.wait(20))
    assert second.notice is None
    assert fake.doubled == []


def test_a_crowd_beyond_the_slots_is_not_refused_again_and_again(
    fake: FakeService, session: Any
) -> None:
    fake.slots, fake.auto = 2, 0.01
    sweep = ww.sweep("Crowd", model=MODEL, seed=list(range(30))).run().wait(30)
    for run in sweep.runs:
        check_clip(run)
    refused = len(fake.paid) - len(fake.accepted)
    assert len(fake.accepted) == 30
    assert refused <= 15, f"{refused} uploads came to nothing"


def test_a_queued_run_that_is_stopped_is_never_sent(fake: FakeService, session: Any) -> None:
    gate = fake.hold(after=0)
    sweep = ww.sweep("Stopped early", model=MODEL, seed=list(range(10))).run()
    gate.arrived()
    queued = sweep.runs[-4:]
    assert {run.status for run in queued} == {"queued"}
    for run in queued:
        run.stop()
    for run in queued:
        with pytest.raises(TaskCancelled):
            run.wait(10)
        assert run.status == "cancelled"
        assert run.snapshot["problem"]["spent"] == "no"
    fake.release()
    gate.open()
    fake.run_on()
    for run in sweep.runs:
        if run not in queued:
            run.wait(20)
    sent = {paid.parameters["seed"] for paid in fake.paid}
    assert sent.isdisjoint(str(run.request.parameters["seed"]) for run in queued)


def test_a_refused_run_is_sent_when_it_is_asked_for_again(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.fault("Run", refusal("Insufficient balance", 97))
    run = ww.run("No money", model=MODEL)
    with pytest.raises(InsufficientBalanceError):
        run.wait(10)
    assert run.status == "refused"
    assert run.snapshot["problem"]["spent"] == "no"
    assert statuses(folder)[0] == "refused"
    fake.auto = 0.01
    again = ww.run("No money", model=MODEL).wait(10)
    check_clip(again)
    assert [paid.task is not None for paid in fake.paid] == [False, True]


def test_a_queued_row_whose_owner_is_on_another_machine_is_claimed_when_its_lease_is_over(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    """Of an owner elsewhere nothing can be seen but the lease."""
    died_while_sending(fake, kernel, after=2)
    fake.run_on()
    elsewhere = "elsewhere.example-4711-1"
    far = rows(folder)[-1]["created"] + 3600
    rewrite(folder, "UPDATE runs SET owner = ?, lease = ? WHERE status = 'queued'", elsewhere, far)
    before = len(fake.paid)
    other = kernel()
    other.do(f"last = ww.run('Cells', model=MODEL, seed={CELLS - 1})")
    assert other.do("last.status") == "queued"
    assert not other.do("last.ended")
    assert len(fake.paid) == before
    rewrite(folder, "UPDATE runs SET lease = ? WHERE status = 'queued'", far - 7200)
    other.do("last.wait(20); check_clip(last)")
    assert len(fake.paid) == before + 1


def test_what_a_closed_session_left_queued_is_sent_by_the_next_of_the_same_kernel(
    fake: FakeService, session: Any, folder: Path
) -> None:
    """Its process is alive; its session is not."""
    fake.slots = 1
    ww.sweep("Left", model=MODEL, seed=[1, 2, 3]).run()
    until(lambda: statuses(folder).count("running") == 1 and len(fake.paid) > 1)
    session.close()
    until(lambda: statuses(folder).count("queued") == 2)
    fake.slots = None
    fake.run_on()
    for run in ww.sweep("Left", model=MODEL, seed=[1, 2, 3]).run().wait(20).runs:
        check_clip(run)
    assert fake.doubled == []
    ww.connect().close()


def test_what_a_closed_session_left_queued_is_sent_by_another_kernel(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    fake.slots = 1
    one, other = kernel(), kernel().ready()
    one.do("session = ww.connect(); s = ww.sweep('Left', model=MODEL, seed=[1, 2, 3]).run()")
    until(lambda: statuses(folder).count("running") == 1 and len(fake.paid) > 1)
    one.do("session.close()")
    fake.slots = None
    fake.run_on()
    other.do("s = ww.sweep('Left', model=MODEL, seed=[1, 2, 3]).run().wait(20)")
    assert other.do("[check_clip(run) for run in s.runs]; len(s.runs)") == 3
    assert fake.doubled == []


def test_another_process_with_the_number_of_a_dead_owner_is_not_taken_for_it(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold(after=2)
    first = kernel()
    first.do(SWEEP)
    gate.arrived()
    fake.wait_accepted(3)
    dead = first.process.pid
    first.kill()
    fake.release()
    fake.run_on()
    for row in rows(folder):
        owner = (row["owner"] or "").replace(str(dead), str(os.getpid()))
        rewrite(folder, "UPDATE runs SET owner = ? WHERE number = ?", owner, row["number"])
    assert kernel().do(f"{SWEEP}\n{WAIT}") == ["succeeded"] * CELLS
    assert len(fake.accepted) == CELLS
    assert fake.doubled == []


def test_three_kernels_that_ask_for_the_same_sweep_at_once_send_each_cell_once(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    fake.slots, fake.auto = 6, 0.02
    three = [kernel() for _ in range(3)]
    for one in three:
        one.ready()
    for one in three:
        one.start(f"{SWEEP}\n{WAIT}")
    for one in three:
        assert one.answer() == ["succeeded"] * CELLS
    assert len(fake.accepted) == CELLS
    assert fake.doubled == []
    assert len(rows(folder)) == CELLS
