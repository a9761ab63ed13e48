"""Which task a lost request became: settings, pictures, repeats; never a guess."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip, read_clip
from tests.runs.fake_faults import Gate, swallow_answer, swallow_request
from tests.runs.fake_models import MODEL
from tests.runs.helpers import picture, rows, statuses, until
from wiro_widgets.client import SubmissionUnknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

SETTINGS = [
    {"resolution": "768P", "duration": 6},
    {"resolution": "768P", "duration": 10},
    {"resolution": "1080P", "duration": 6},
    {"resolution": "768P", "duration": 6, "promptOptimizer": False},
    {"resolution": "768P", "duration": 10, "promptOptimizer": "false"},
    {"resolution": "768P", "duration": 6, "seed": 7},
    {"resolution": "768P", "duration": 6, "seed": 77},
]


@pytest.mark.parametrize("seed", range(3))
def test_lost_answers_that_differ_in_settings_only_find_their_own_clips(
    fake: FakeService, session: Any, seed: int
) -> None:
    """In any order of arrival: two senders race, and the list is shuffled in time by the lags."""
    settings = random.Random(seed).sample(SETTINGS, len(SETTINGS))
    fake.list_lag = seed
    fake.auto = 0.02
    fake.fault("Run", *[swallow_answer] * len(settings))
    asked = [ww.run("Same words", model=MODEL, **one) for one in settings]
    for run in asked:
        check_clip(run.wait(25))
    assert len(fake.paid) == len(settings)
    assert len({run.task_id for run in asked}) == len(settings)


def test_a_task_with_one_other_setting_is_not_taken(fake: FakeService, session: Any) -> None:
    """The neighbour was accepted, this one never arrived: it must not get its neighbour's clip."""
    for one in SETTINGS[1:]:
        others = {"promptOptimizer": "true", **one}
        fake.old_task(0, prompt="Same words", **others)
    fake.fault("Run", swallow_request)
    run = ww.run("Same words", model=MODEL, **SETTINGS[0])
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    assert run.task_id is None


def test_a_seed_that_was_not_sent_is_not_matched_by_any_seed(
    fake: FakeService, session: Any
) -> None:
    """The service lists what was sent: a task with a seed was not asked for without one."""
    for seed in (1, 2):
        fake.old_task(0, prompt="No seed", promptOptimizer="true", seed=seed, **SETTINGS[0])
    fake.fault("Run", swallow_request)
    run = ww.run("No seed", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    assert run.task_id is None


def test_lost_answers_that_differ_in_pictures_only_are_told_apart_by_the_files(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.02
    fake.fault("Run", *[swallow_answer] * 4)
    asked = [ww.run("Same words", model=MODEL, image=picture(50 * n)) for n in range(4)]
    for run in asked:
        check_clip(run.wait(25))
    assert len(fake.paid) == 4


def test_where_the_files_cannot_be_read_nobody_is_given_anything(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.inputs_readable, fake.list_lag = False, 1
    fake.auto = 0.02
    fake.fault("Run", *[swallow_answer] * 2)
    listing = fake.hold("Task/List", late=True, after=0)
    asked = [ww.run("Same words", model=MODEL, image=picture(90 * n)) for n in range(2)]
    until(lambda: statuses(folder) == ["unknown", "unknown"])
    fake.release("Task/List")
    listing.open()
    for run in asked:
        with pytest.raises(SubmissionUnknown):
            run.wait(25)
        assert run.task_id is None
    assert [row["task_id"] for row in rows(folder)] == [None, None]
    ids = {task.id for task in fake.accepted}
    for run in asked:
        shown = run.candidates
        assert {one["task_id"] for one in shown} == ids
        assert all(one["url"] and one["created"] for one in shown)
        assert run.snapshot["candidates"] == list(shown)
    chosen = _task_of(fake, asked[0])
    asked[0].choose(chosen)
    check_clip(until(lambda: asked[0].ended and asked[0].video and asked[0]))
    # One task is left, and one row: the person has said which the other is.
    asked[1].look_again()
    until(lambda: asked[1].ended)
    assert asked[1].task_id in {None, _task_of(fake, asked[1])}
    assert len(fake.paid) == 2


def _task_of(fake: FakeService, run: Any) -> str:
    digest = next(iter(run.request.files.values()))[0].identity
    found = next(task for task in fake.accepted if task.paid.inputs == {"inputImage": [digest]})
    return found.id


def test_one_lost_answer_and_one_task_need_no_file(fake: FakeService, session: Any) -> None:
    """More than one row or task is what makes it a guess."""
    fake.inputs_readable, fake.list_lag = False, 1
    fake.auto = 0.02
    fake.fault("Run", swallow_answer)
    check_clip(ww.run("Only one", model=MODEL, image=picture()).wait(25))


def test_the_picture_of_another_request_is_not_taken_for_this_one(
    fake: FakeService, session: Any
) -> None:
    """Its own request never arrived; a task with another picture, and no row, is there."""
    fake.auto = 0.02
    fake.fault("Run", swallow_request)
    other = ww.run("Same words", model=MODEL, image=picture(200), fresh=True)
    with pytest.raises(SubmissionUnknown):
        other.wait(20)
    _ask_as_somebody_else(session, "Same words", picture(10))
    fake.wait_accepted(1)
    other.look_again()
    until(lambda: fake.counts["/File/x"] or other.ended)
    assert other.task_id is None


def _ask_as_somebody_else(session: Any, prompt: str, image: bytes) -> None:
    request = session.request(prompt, model=MODEL, image=image, parameters={})
    files = {name: [one.source for one in group] for name, group in request.files.items()}
    session.client.submit(request.model, request.parameters, files, spec=request.spec)


def test_equal_requests_take_one_task_each(fake: FakeService, session: Any) -> None:
    fake.auto = 0.02
    fake.fault("Run", *[swallow_answer] * 4)
    sweep = ww.sweep("Repeats", model=MODEL, repeats=4).run().wait(25)
    ids = [run.task_id for run in sweep.runs]
    assert None not in ids
    assert len(set(ids)) == 4
    for run in sweep.runs:
        check_clip(run)
    assert len(fake.paid) == 4


def test_equal_requests_with_fewer_tasks_leave_one_unknown_and_share_none(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.02
    fake.fault("Run", swallow_answer, swallow_request, swallow_answer)
    sweep = ww.sweep("Repeats", model=MODEL, repeats=3).run().wait(25)
    ids = [run.task_id for run in sweep.runs]
    assert ids.count(None) == 1
    assert len(set(ids)) == 3
    assert [run.status for run in sweep.runs].count("succeeded") == 2
    assert len(fake.paid) == 3


def test_two_kernels_that_settle_equal_requests_share_none(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold(after=0)
    dead = kernel()
    dead.do("s = ww.sweep('Repeats', model=MODEL, repeats=2)\ns.run()")
    gate.arrived().arrived()
    dead.kill()
    fake.release()
    fake.run_on()
    both = [kernel().ready(), kernel().ready()]
    for one in both:
        one.start(
            "s = ww.sweep('Repeats', model=MODEL, repeats=2).run().wait(25);"
            "[(run.task_id, run.status) for run in s.runs]"
        )
    first, second = (one.answer() for one in both)
    assert first == second
    assert {status for _, status in first} == {"succeeded"}
    assert len({task_id for task_id, _ in first}) == 2
    assert len(fake.paid) == 2
    clips = [read_clip(path)["task"] for path in (folder / "wiro-runs" / "clips").iterdir()]
    assert sorted(clips) == sorted(task_id for task_id, _ in first)


def test_parameters_are_compared_as_the_service_spells_them(
    fake: FakeService, session: Any
) -> None:
    """A list that tells numbers and booleans as JSON, or with blanks around, is the same list."""
    fake.fault("Run", swallow_answer)
    listing = fake.hold("Task/List", late=True, after=0)
    run = ww.run("Spelled", model=MODEL, seed=7, promptOptimizer=False)
    listing.arrived()
    (task,) = fake.accepted
    task.parameters |= {"seed": 7.0, "promptOptimizer": False, "duration": 6}
    fake.release("Task/List")
    listing.open()
    fake.run_on()
    check_clip(run.wait(20))


def test_answers_in_another_order_than_the_requests(fake: FakeService, session: Any) -> None:
    gates = [fake.hold(), fake.hold()]
    one = ww.run("First", model=MODEL)
    other = ww.run("Second", model=MODEL)
    for gate in gates:
        gate.arrived()
    for gate in reversed(gates):
        gate.open()
    fake.run_on()
    check_clip(one.wait(20))
    check_clip(other.wait(20))
    assert len(fake.paid) == 2


def test_a_task_may_belong_to_an_equal_request_that_is_still_on_its_way(
    fake: FakeService, session: Any, folder: Path
) -> None:
    """One of two never arrived; the answer to the other one comes late, and is its own."""
    gate = Gate(fake, late=False)
    fake.fault("Run", swallow_request, gate)
    sweep = ww.sweep("Repeats", model=MODEL, repeats=2).run()
    gate.arrived()
    until(lambda: sorted(statuses(folder)) == ["sending", "unknown"])
    lists = fake.counts["Task/List"]
    fake.wait_for(lambda: fake.counts["Task/List"] >= lists + 3)
    assert [row["task_id"] for row in rows(folder)] == [None, None]
    fake.run_on()
    gate.open()
    sweep.wait(20)
    assert sorted(run.status for run in sweep.runs) == ["succeeded", "unknown"]
    assert len({run.task_id for run in sweep.runs}) == 2


def test_a_dead_request_that_nobody_asks_for_holds_up_no_equal_one(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    gate = fake.hold(after=0)
    dead = kernel()
    dead.do("s = ww.sweep('Repeats', model=MODEL, repeats=2)\ns.run()")
    gate.arrived().arrived()
    dead.kill()
    fake.release()
    fake.run_on()
    other = kernel()
    other.do("run = ww.run('Repeats', model=MODEL).wait(20); check_clip(run)")
    assert len(fake.paid) == 2
