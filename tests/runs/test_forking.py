"""Processes that are forked while runs are under way: never a hang, and the parent goes on."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from tests.runs.helpers import until
from wiro_widgets.library.forking import FORK_GATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    # That is what this is about.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]
FORKS = """
statuses = []
for number in range(8):
    s = ww.sweep([f"{number} {letter}" for letter in "abcd"], model=MODEL, duration=6).run()
    pid = os.fork()
    if not pid:
        try:
            run = ww.run(f"child {number}", model=MODEL, duration=6)
            wrong = run.wait(20).status != "succeeded"
        except BaseException:
            import traceback
            traceback.print_exc()
            wrong = True
        os._exit(wrong)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    statuses += [run.wait(20).status for run in s.runs]
sorted(map(str, set(statuses)))
"""


def test_a_fork_waits_for_a_thread_that_is_within_sqlite() -> None:
    within, left = threading.Event(), threading.Event()

    def use() -> None:
        with FORK_GATE.use():
            within.set()
            until(lambda: FORK_GATE._forking, 4)
            left.set()

    thread = threading.Thread(target=use)
    thread.start()
    assert within.wait(5)
    pid = os.fork()
    if not pid:
        free = not FORK_GATE._forking and not FORK_GATE._inside
        with FORK_GATE.use():
            os._exit(0 if left.is_set() and free else 1)
    thread.join()
    assert os.waitpid(pid, 0)[1] == 0
    with FORK_GATE.use():
        assert not FORK_GATE._forking


def test_a_thread_may_fork_within_sqlite_itself() -> None:
    with FORK_GATE.use():
        pid = os.fork()
        if not pid:
            os._exit(0)
        with FORK_GATE.use():
            assert os.waitpid(pid, 0)[1] == 0


def test_forks_amid_runs_make_runs_of_their_own(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    fake.auto = 0.02
    assert kernel().do(FORKS, 100) == ["0", "succeeded"]
    assert not fake.doubled
