"""Observers and crawling downloads: each delays only itself."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import traitlets

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import until
from wiro_widgets.client import TaskCancelled
from wiro_widgets.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

SOON = 3.0
"""A bound for what takes milliseconds, on a busy machine; what it must not wait for takes 60 s."""


def in_thread(work: Callable[[], Any], within: float = 20) -> Any:
    """The value of work done on a thread, so that a hang is a failure."""
    box: list[Any] = []
    thread = threading.Thread(target=lambda: box.append(work()), daemon=True)
    thread.start()
    thread.join(within)
    assert box, "it hangs, or it raised"
    return box[0]


def test_an_observer_may_start_stop_judge_and_look(fake: FakeService, session: Any) -> None:
    fake.auto = 0.02
    made: list[Any] = []

    def observe(_: object) -> None:
        made.append(ww.run(f"From an observer {len(made)}", model=MODEL))
        made[-1].stop()
        first.judge(rating=1 + len(made) % 5)
        ww.history()
        ww.run("First", model=MODEL)

    first = ww.run("First", model=MODEL)
    first.observe(observe, "status")
    check_clip(in_thread(lambda: first.wait(15)))
    later = in_thread(lambda: ww.run("Later", model=MODEL).wait(15))
    check_clip(later)
    until(lambda: made and all(run.ended for run in made))


def test_an_observer_may_wait_for_another_run(fake: FakeService, session: Any) -> None:
    fake.auto = 0.02
    seen: list[str] = []

    def observe(_: object) -> None:
        seen.append(ww.run("Inner", model=MODEL).wait(10).status)

    outer = ww.run("Outer", model=MODEL)
    outer.observe(observe, "status")
    check_clip(in_thread(lambda: outer.wait(15)))
    until(lambda: seen)
    assert set(seen) == {"succeeded"}


def test_an_observer_that_does_not_return_delays_nobodys_wait(
    fake: FakeService, session: Any
) -> None:
    over, inside = threading.Event(), threading.Event()

    def observe(_: object) -> None:
        inside.set()
        over.wait(40)

    slow = ww.run("Observed slowly", model=MODEL)
    slow.observe(observe)
    other = ww.run("Not observed", model=MODEL)
    fake.wait_accepted(2)
    assert inside.wait(20)
    fake.run_on()
    check_clip(other.wait(10))
    check_clip(slow.wait(10))
    third = ww.run("Afterwards", model=MODEL)
    check_clip(third.wait(10))
    assert not over.is_set()
    over.set()


def test_observers_hear_each_run_in_order_and_its_end_last(fake: FakeService, session: Any) -> None:
    heard: dict[str, list[tuple[str, bool]]] = {}
    order = ["queued", "sending", "running", "downloading", "succeeded"]
    runs = []
    for number in range(12):
        run = ww.run(f"Heard {number}", model=MODEL)
        told = heard.setdefault(run.key, [])
        run.observe(
            lambda change, told=told: told.append((change["new"]["status"], change["new"]["over"])),
            "snapshot",
        )
        runs.append(run)
    fake.run_on()
    for run in runs:
        run.wait(20)
    until(lambda: all(told and told[-1][0] == "succeeded" for told in heard.values()))
    for told in heard.values():
        ranks = [order.index(status) for status, _ in told]
        assert ranks == sorted(ranks)
        assert [over for _, over in told] == sorted(over for _, over in told)


def test_a_wait_finds_everything_in_place(fake: FakeService, session: Any) -> None:
    """What `wait()` returns is final, whether observers have been told or not."""
    fake.auto = 0.0
    for number in range(20):
        run = ww.run(f"In place {number}", model=MODEL).wait(10)
        assert run.ended
        assert run.status == "succeeded"
        assert run.snapshot["status"] == "succeeded"
        assert run.snapshot["over"]
        assert run.cost is not None
        check_clip(run)


def test_nothing_waits_behind_two_crawling_downloads(fake: FakeService, session: Any) -> None:
    fake.clip_bytes, fake.clip_rate = 120_000, 2000
    crawlers = [ww.run(f"Crawls {number}", model=MODEL) for number in range(2)]
    stoppable = ww.run("Stoppable", model=MODEL)
    fake.wait_accepted(3)
    fake.begin(fake.task_with(prompt="Stoppable"))
    for number in range(2):
        fake.finish(fake.task_with(prompt=f"Crawls {number}"))
    fake.wait_for(lambda: fake.counts["cdn"] == 2)
    until(lambda: {run.status for run in crawlers} == {"downloading"})

    begin = time.monotonic()
    new = ww.run("New", model=MODEL)
    fake.task_with(prompt="New")
    stoppable.stop()
    fake.wait_for(lambda: fake.counts["Task/Kill"])
    assert ww.connect() is session
    assert len(ww.history()) == 4
    assert time.monotonic() - begin < SOON
    with pytest.raises(TaskCancelled):
        stoppable.wait(10)
    assert [run.ended for run in crawlers] == [False, False]

    fake.clip_rate = 0
    fake.finish(fake.task_with(prompt="New"))
    for run in (*crawlers, new):
        check_clip(run.wait(20))


def test_a_small_clip_overtakes_crawling_ones_or_waits_for_them_only(
    fake: FakeService, session: Any
) -> None:
    """Five slow clips: everything else about a further run is known and shown meanwhile."""
    fake.clip_bytes, fake.clip_rate = 120_000, 2000
    crawlers = ww.sweep("Crawls", model=MODEL, seed=list(range(5))).run().runs
    for task in fake.wait_accepted(5):
        fake.finish(task)
    until(lambda: {run.status for run in crawlers} == {"downloading"})
    run = ww.run("Ready", model=MODEL)
    fake.finish(fake.task_with(prompt="Ready"))
    until(lambda: run.status == "downloading")
    assert run.cost is not None
    fake.clip_rate = 0
    for one in (*crawlers, run):
        check_clip(one.wait(20))


def test_connecting_to_something_else_does_not_wait_for_downloads(
    fake: FakeService, session: Any
) -> None:
    fake.clip_bytes, fake.clip_rate, fake.auto = 120_000, 2000, 0.01
    crawlers = [ww.run(f"Crawls {number}", model=MODEL) for number in range(2)]
    until(lambda: {run.status for run in crawlers} == {"downloading"})
    begin = time.monotonic()
    other = ww.connect(directory="elsewhere")
    assert time.monotonic() - begin < SOON
    fake.clip_rate = 0
    for run in crawlers:
        check_clip(run.wait(20))
    other.close()


def test_closing_a_session_cuts_its_downloads(fake: FakeService, session: Any) -> None:
    fake.clip_bytes, fake.clip_rate, fake.auto = 120_000, 2000, 0.01
    crawlers = [ww.run(f"Crawls {number}", model=MODEL) for number in range(2)]
    until(lambda: {run.status for run in crawlers} == {"downloading"})
    begin = time.monotonic()
    session.close()
    assert time.monotonic() - begin < SOON
    fake.clip_rate = 0
    again = ww.run("Crawls 0", model=MODEL).wait(20)
    check_clip(again)
    assert len(fake.paid) == 2
    ww.connect().close()


def test_threads_are_few_and_do_not_grow(fake: FakeService, session: Any) -> None:
    fake.auto = 0.01
    ww.run("Warm up", model=MODEL).wait(10)
    before = {thread.name for thread in threading.enumerate()} - _stubs(fake)
    ww.sweep("Many", model=MODEL, seed=list(range(40))).run().wait(25)
    after = {thread.name for thread in threading.enumerate() if "wiro" in thread.name}
    assert len(after) <= 16, after
    assert len(after) - len({name for name in before if "wiro" in name}) <= 6


def _stubs(fake: FakeService) -> set[str]:
    return {thread.name for thread in threading.enumerate() if "wiro" not in thread.name}


def test_two_threads_asking_at_once_get_one_run(fake: FakeService, session: Any) -> None:
    fake.auto = 0.01
    barrier = threading.Barrier(12)
    got: list[Any] = []

    def ask() -> None:
        barrier.wait()
        got.append(ww.run("At once", model=MODEL))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(got) == 12
    assert len(set(map(id, got))) == 1
    check_clip(got[0].wait(10))
    assert len(fake.paid) == 1


def test_a_failing_observer_is_said_and_stops_nothing(
    fake: FakeService, session: Any, caplog: pytest.LogCaptureFixture
) -> None:
    gate = fake.hold()
    run = ww.run("Observed badly", model=MODEL)

    def broken(_: object) -> None:
        raise ValueError("the observer's own fault")

    heard = threading.Event()
    run.observe(broken, "status")
    run.observe(lambda _: heard.set(), "snapshot")
    gate.arrived().open()
    fake.run_on()
    check_clip(run.wait(10))
    assert heard.wait(10)
    until(lambda: "the observer's own fault" in caplog.text)


def test_a_kernel_that_is_busy_in_an_observer_can_be_left(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    """An observer that never returns holds up no exit."""
    one = kernel()
    one.do(
        "run = ww.run('Observed for ever', model=MODEL)\n"
        "stuck = threading.Event()\n"
        "def observe(change):\n"
        "    stuck.set()\n"
        "    threading.Event().wait()\n"
        "run.observe(observe, 'snapshot')"
    )
    fake.run_on()
    one.do("assert stuck.wait(20)")
    assert one.exit() < 4
    assert "Traceback" not in one.said


def test_what_changes_while_an_observer_begins_is_told(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ww.run("Observed late", model=MODEL)
    until(lambda: run.status == "running")
    told: list[str] = []
    observe = traitlets.HasTraits.observe

    def slowly(self: Any, *arguments: Any) -> None:
        fake.begin(fake.accepted[0])
        # Its turn to be told has come and gone, and nobody was there yet.
        until(lambda: run._told.stage == "task_start")
        observe(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(traitlets.HasTraits, "observe", slowly)
        run.observe(lambda change: told.append(change["new"]), "stage")
    until(lambda: told[-1:] == ["task_start"], 5)


def test_of_a_run_that_nobody_observes_nobody_is_told(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Run] = []
    notify = Run._notify
    monkeypatch.setattr(Run, "_notify", lambda run: (told.append(run), notify(run)))
    fake.auto = 0.0
    alone, observed = (ww.run(prompt, model=MODEL) for prompt in ("Alone", "Observed"))
    observed.observe(lambda _: None, "status")
    alone.wait(20)
    observed.wait(20)
    until(lambda: told)
    assert alone not in told
