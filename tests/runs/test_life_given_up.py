"""A live kernel that has given a run up must not keep it from the others, nor wait in silence."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import swallow_request
from tests.runs.fake_models import MODEL
from tests.runs.helpers import statuses, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

ASK = "run = ww.run('Once', model=MODEL)"
FINISH = "run.wait(20); check_clip(run); run.status"


def test_a_run_that_a_live_kernel_cannot_follow_is_followed_by_another(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    one, other = kernel(), kernel().ready()
    one.do(
        "from wiro_widgets.client import Watch\n"
        "def broken(*_): raise ZeroDivisionError('a fault of ours')\n"
        f"Watch.add = broken\n{ASK}\nuntil(lambda: run.ended)"
    )
    fake.run_on()
    assert other.do(f"{ASK}\n{FINISH}") == "succeeded"
    assert len(fake.paid) == 1


def test_a_run_that_a_live_kernel_could_not_send_is_sent_by_another(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    one, other = kernel(), kernel().ready()
    one.do(
        "def broken(*_, **__): raise ZeroDivisionError('a fault of ours')\n"
        "session = ww.connect()\n"
        f"session.client.submit = broken\n{ASK}\nuntil(lambda: run.ended)"
    )
    assert one.do("run.snapshot['problem']['spent']") == "no"
    fake.auto = 0.01
    assert other.do(f"{ASK}\n{FINISH}") == "succeeded"
    assert len(fake.paid) == 1


def test_a_clip_that_a_live_kernel_could_not_fetch_is_fetched_by_another(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    one, other = kernel(), kernel().ready()
    one.do(
        "def broken(*_, **__): raise ZeroDivisionError('a fault of ours')\n"
        "session = ww.connect()\n"
        f"session.client.download = broken\n{ASK}"
    )
    fake.run_on()
    one.do("until(lambda: run.ended)")
    assert other.do(f"{ASK}\n{FINISH}") == "succeeded"
    assert len(fake.paid) == 1


def test_what_one_kernel_has_given_up_looking_for_another_looks_for(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    fake.fault("Run", swallow_request)
    one, other = kernel(), kernel().ready()
    one.do(f"{ASK}\nuntil(lambda: run.ended)")
    listed = fake.counts["Task/List"]
    other.do(f"{ASK}\nuntil(lambda: run.ended)")
    assert fake.counts["Task/List"] > listed
    assert statuses(folder) == ["unknown"]
    assert len(fake.paid) == 1


def test_a_kernel_that_waits_for_another_one_shows_how_far_it_is(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    """The owner's process is alive and stopped: the other one sees the stages, and can stop it."""
    one, other = kernel(), kernel().ready()
    one.do(f"{ASK}\nuntil(lambda: run.status == 'running')")
    (task,) = fake.accepted
    other.do(f"{ASK}\nuntil(lambda: run.status == 'running')")
    fake.begin(task)
    other.do("until(lambda: run.stage == 'task_start')")
    fake.fail(task, "out of memory")
    other.do("until(lambda: run.ended)")
    assert other.do("run.status, run.log[-2]") == ["failed", "out of memory"]


class Interrupt:
    """Raises KeyboardInterrupt in the main thread right after its n-th lock was taken by Python.

    `threading.Condition` and `Event` take theirs in a Python function: a signal that is looked at
    when it returns comes after the lock was taken and before the ``with`` block has begun.
    """

    def __init__(self, at: int) -> None:
        self._left = at

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code.co_name != "__enter__" or code.co_filename != threading.__file__:
            return self._trace if event == "call" else None
        if event == "return" and _is_ours(frame):
            self._left -= 1
            if self._left == 0:
                raise KeyboardInterrupt
        return self._trace


def _is_ours(frame: FrameType | None) -> bool:
    """Whether a function of the package, or one called by it directly, takes the lock."""
    callers = []
    for _ in range(3):
        frame = frame and frame.f_back
        callers += [frame.f_code.co_filename] if frame else []
    return any("wiro_widgets" in name for name in callers)


@pytest.mark.parametrize("at", range(1, 7))
def test_an_interrupt_right_after_a_lock_was_taken_leaves_it_free(
    fake: FakeService, session: Any, at: int
) -> None:
    fake.auto = 0.01
    run = None
    try:
        with Interrupt(at):
            run = ww.run("Unlucky", model=MODEL)
    except KeyboardInterrupt:
        pass
    done: list[Any] = []
    again = threading.Thread(
        target=lambda: done.append(ww.run("Unlucky", model=MODEL).wait(10)), daemon=True
    )
    again.start()
    until(lambda: done, within=15)
    check_clip(run or done[0])
    assert len(fake.paid) == 1
