"""`ww.connect()` again, to the same and to something else; closed sessions; `await run`."""

from __future__ import annotations

import asyncio
import getpass
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from traitlets import TraitError

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.fake_service import KEY, SECRET, FakeService
from tests.runs.helpers import until
from wiro_widgets.client import TaskCancelled, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from tests.runs.kernel import Kernel


@pytest.fixture
def elsewhere() -> Iterator[FakeService]:
    """A second service."""
    with FakeService() as running:
        yield running


def move_to(service: FakeService, folder: str = "other-runs") -> Any:
    return ww.connect(
        KEY, SECRET, api_url=service.api_url, socket_url=service.socket_url, directory=folder
    )


def test_connecting_again_to_the_same_gives_the_same_session(
    fake: FakeService, session: Any
) -> None:
    run = ww.run("Across a Run all", model=MODEL)
    until(lambda: run.status == "running")
    assert ww.connect() is session
    assert ww.run("Across a Run all", model=MODEL) is run
    fake.finish(fake.accepted[0])
    check_clip(run.wait(20))
    assert len(fake.paid) == 1


def test_stop_works_after_connecting_again(fake: FakeService, session: Any) -> None:
    run = ww.run("Across a Run all", model=MODEL)
    until(lambda: run.status == "running")
    ww.connect()
    run.stop()
    with pytest.raises(TaskCancelled):
        run.wait(20)
    assert fake.accepted[0].over


def test_a_sweep_that_was_planned_before_connecting_again_runs(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.01
    sweep = ww.sweep("Planned", model=MODEL, seed=[1, 2])
    ww.connect()
    for run in sweep.run().wait(20).runs:
        check_clip(run)
    assert len(fake.paid) == 2


def test_runs_of_the_old_session_are_followed_to_their_ends(
    fake: FakeService, session: Any, elsewhere: FakeService
) -> None:
    done = ww.run("Old, done", model=MODEL)
    stopped = ww.run("Old, stopped", model=MODEL)
    until(lambda: done.status == stopped.status == "running")
    other = move_to(elsewhere)
    assert other is not session
    new = ww.run("New", model=MODEL)
    elsewhere.finish(elsewhere.task_with(prompt="New"))
    check_clip(new.wait(20))
    stopped.stop()
    with pytest.raises(TaskCancelled):
        stopped.wait(20)
    assert fake.task_with(prompt="Old, stopped").over
    fake.finish(fake.task_with(prompt="Old, done"))
    check_clip(done.wait(20))
    assert len(elsewhere.paid) == 1
    assert len(fake.paid) == 2
    other.close()


def test_what_was_queued_in_the_old_session_is_still_sent_there(
    fake: FakeService, session: Any, elsewhere: FakeService
) -> None:
    fake.slots = 1
    sweep = ww.sweep("Old crowd", model=MODEL, seed=[1, 2, 3, 4]).run()
    until(lambda: [run.status for run in sweep.runs].count("queued") >= 2)
    other = move_to(elsewhere)
    fake.run_on()
    for run in sweep.wait(25).runs:
        check_clip(run)
    assert elsewhere.paid == []
    assert fake.doubled == []
    other.close()


def test_a_sweep_planned_in_the_old_session_does_not_pay_at_the_new_one(
    fake: FakeService, session: Any, elsewhere: FakeService
) -> None:
    """It runs where it was planned, or says that this session is closed; never in silence."""
    fake.auto = elsewhere.auto = 0.01
    sweep = ww.sweep("Planned there", model=MODEL, seed=[1, 2])
    other = move_to(elsewhere)
    if session.closed:
        with pytest.raises(ww.SessionClosed):
            sweep.run()
    else:
        for run in sweep.run().wait(20).runs:
            check_clip(run)
    assert elsewhere.paid == []
    other.close()


def test_a_closed_session_raises_and_sends_nothing(fake: FakeService, session: Any) -> None:
    request = session.request("Too late", model=MODEL, parameters={})
    sweep = ww.sweep("Too late", model=MODEL, seed=[1, 2])
    session.close()
    assert session.closed
    with pytest.raises(ww.SessionClosed):
        session.submit(request)
    with pytest.raises(ww.SessionClosed):
        sweep.run()
    assert fake.paid == []
    # The notebook goes on with a new one.
    fake.auto = 0.01
    check_clip(ww.run("Too late", model=MODEL).wait(20))
    reopened = ww.connect()
    assert reopened is not session
    reopened.close()


def test_closing_a_session_twice_or_from_several_threads_is_fine(session: Any) -> None:
    threads = [threading.Thread(target=session.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    session.close()


def test_a_wait_ends_when_its_session_is_closed(fake: FakeService, session: Any) -> None:
    """`wait()` returns or raises; the run goes on at the service and is taken up again."""
    run = ww.run("Left alone", model=MODEL)
    until(lambda: run.status == "running")
    came: list[BaseException] = []

    def wait() -> None:
        try:
            run.wait()
        except ww.WiroError as error:
            came.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    session.close()
    waiter.join(20)
    assert not waiter.is_alive()
    assert came
    with pytest.raises(ww.WiroError):
        run.stop()
    fake.run_on()
    again = ww.run("Left alone", model=MODEL).wait(20)
    check_clip(again)
    assert len(fake.paid) == 1
    ww.connect().close()


def test_a_session_is_a_context(fake: FakeService, folder: Path) -> None:
    fake.auto = 0.01
    addresses = {"api_url": fake.api_url, "socket_url": fake.socket_url}
    with ww.connect(KEY, SECRET, **addresses) as session:
        check_clip(ww.run("Inside", model=MODEL).wait(20))
    assert session.closed


def test_somebody_who_types_a_key_holds_up_nobody(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing, typed = threading.Event(), threading.Event()

    def ask(_: str) -> str:
        typing.set()
        assert typed.wait(30)
        return KEY

    monkeypatch.setattr(getpass, "getpass", ask)

    def connect() -> None:
        with pytest.raises(ww.WiroError):
            ww.connect(ask=True)

    typist = threading.Thread(target=connect)
    typist.start()
    assert typing.wait(20)
    fake.auto = 0.01
    check_clip(ww.run("Meanwhile", model=MODEL).wait(20))
    assert len(ww.history()) == 1
    typed.set()
    typist.join(20)
    assert not typist.is_alive()


def in_a_loop(cell: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The value of a cell that awaits, on a thread: this one may have a loop, of the browsers."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(cell())).result(30)


def test_await_run(fake: FakeService, session: Any) -> None:
    async def cell() -> None:
        run = ww.run("Awaited", model=MODEL)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while not run.ended:
                ticks += 1
                if ticks == 3:
                    fake.finish((await asyncio.to_thread(fake.wait_accepted, 1))[0])
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        assert await run is run
        check_clip(run)
        await ticking
        assert ticks >= 3, "the loop stood still"
        assert await run is run
        several = [ww.run(f"Awaited {n}", model=MODEL) for n in range(3)]
        fake.run_on()
        assert await asyncio.gather(*several) == several

    in_a_loop(cell)


def test_await_raises_what_wait_raises(fake: FakeService, session: Any) -> None:
    async def cell() -> None:
        run = ww.run("Breaks", model=MODEL)
        task = (await asyncio.to_thread(fake.wait_accepted, 1))[0]
        fake.fail(task, "out of memory")
        with pytest.raises(TaskFailed, match="out of memory"):
            await run

    in_a_loop(cell)


def test_giving_up_an_await_leaves_the_run_alone(fake: FakeService, session: Any) -> None:
    async def cell() -> Any:
        run = ww.run("Goes on", model=MODEL)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(run, 0.2)
        return run

    run = in_a_loop(cell)
    assert not run.ended
    fake.run_on()
    check_clip(run.wait(20))


def test_no_trait_of_a_run_can_be_written(fake: FakeService, session: Any) -> None:
    fake.auto = 0.01
    run = ww.run("Read only", model=MODEL).wait(10)
    for name in ("status", "stage", "progress", "log", "cost", "video", "error", "snapshot"):
        with pytest.raises(TraitError):
            setattr(run, name, None)
    assert run.status == "succeeded"


def test_a_fork_of_a_kernel_has_a_session_of_its_own_or_says_so(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    """Its threads stayed with the parent; work must not hang in silence."""
    fake.auto = 0.01
    one = kernel()
    one.do("ww.run('Parent', model=MODEL).wait(10)")
    said = one.do(
        "import multiprocessing\n"
        "def work(queue):\n"
        "    try:\n"
        "        queue.put(ww.run('Child', model=MODEL).wait(15).status)\n"
        "    except ww.WiroError as error:\n"
        "        queue.put(type(error).__name__)\n"
        "fork = multiprocessing.get_context('fork')\n"
        "queue = fork.Queue()\n"
        "child = fork.Process(target=work, args=(queue,))\n"
        "child.start()\n"
        "said = queue.get(timeout=20)\n"
        "child.join(10)\n"
        "said"
    )
    assert said in {"succeeded", "SessionClosed"}
    assert one.do("ww.run('Parent again', model=MODEL).wait(10).status") == "succeeded"
    assert fake.doubled == []
