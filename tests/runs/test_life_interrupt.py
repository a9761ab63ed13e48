"""Ctrl-C anywhere in a cell: the same cell again goes on, and nothing is sent twice."""

from __future__ import annotations

import linecache
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import statuses, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

PACKAGE = str(Path(ww.__file__).parent)
CELLS = 4
TRIES = 40


def count_lines(work: Callable[[], Any]) -> int:
    """How many lines of the package a piece of work runs through on this thread."""
    return _traced(work, 0)


def interrupted(work: Callable[[], Any], at: int) -> bool:
    """Do work with a KeyboardInterrupt in its n-th line, as a signal could; whether it came."""
    try:
        _traced(work, at)
    except KeyboardInterrupt:
        return True
    return False


def _traced(work: Callable[[], Any], at: int) -> int:
    seen = 0
    before: dict[FrameType, int] = {}
    handler = signal.getsignal(signal.SIGINT)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        held = signal.getsignal(signal.SIGINT) != handler
        if event == "line" and not held and not _leaves_a_block(frame, before):
            seen += 1
            if seen == at:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return seen


def _leaves_a_block(frame: FrameType, before: dict[FrameType, int]) -> bool:
    """Whether this is the end of a ``with`` block, just before ``__exit__`` is called.

    The interpreter looks for signals after calls and at jumps back, never there; an exception
    there would leave a lock locked that no signal can.
    """
    line, last = frame.f_lineno, before.get(frame, 0)
    before[frame] = line
    text = linecache.getline(frame.f_code.co_filename, line).lstrip()
    return line < last and text.startswith("with ")


def test_a_sweep_interrupted_in_any_line_goes_on_when_run_again(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.0
    chance = random.Random(3)

    def plan(prompt: str) -> Any:
        return ww.sweep(prompt, model=MODEL, seed=list(range(CELLS)))

    lines = count_lines(plan("Measured").run)
    moments = sorted(chance.sample(range(1, lines), min(TRIES, lines - 1)))
    for moment in moments:
        sweep = plan(f"Line {moment}")
        came = interrupted(sweep.run, moment)
        sweep.run()
        assert len(sweep.runs) == CELLS, f"line {moment} of {lines} ({came=})"
        sweep.wait(20)
        for run in sweep.runs:
            check_clip(run)
    assert fake.doubled == []
    assert len(fake.accepted) == CELLS * (len(moments) + 1)


def test_a_cell_that_makes_the_sweep_anew_goes_on_too(fake: FakeService, session: Any) -> None:
    """Both lines are run again: the plan is another object then."""
    fake.auto = 0.0
    chance = random.Random(5)

    def cell(prompt: str) -> Any:
        return ww.sweep(prompt, model=MODEL, seed=list(range(CELLS))).run()

    lines = count_lines(lambda: cell("Measured"))
    moments = sorted(chance.sample(range(1, lines), TRIES // 2))
    for moment in moments:
        interrupted(lambda moment=moment: cell(f"Line {moment}"), moment)
        sweep = cell(f"Line {moment}").wait(20)
        assert len(sweep.runs) == CELLS
        for run in sweep.runs:
            check_clip(run)
    assert fake.doubled == []
    assert len(fake.accepted) == CELLS * (len(moments) + 1)


def test_a_run_interrupted_in_any_line_goes_on_when_asked_again(
    fake: FakeService, session: Any
) -> None:
    fake.auto = 0.0
    lines = count_lines(lambda: ww.run("Measured", model=MODEL))
    for moment in range(1, lines, max(1, lines // 40)):
        prompt = f"Line {moment}"
        interrupted(lambda prompt=prompt: ww.run(prompt, model=MODEL), moment)
        check_clip(ww.run(prompt, model=MODEL).wait(20))
    assert fake.doubled == []


def test_a_wait_that_is_interrupted_leaves_the_run_alone(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel()
    one.do("run = ww.run('Waited for', model=MODEL)")
    fake.wait_accepted(1)
    one.start("open('waiting', 'w').close(); run.wait()")
    until(lambda: (folder / "waiting").exists() and one.is_sleeping)
    one.interrupt()
    with pytest.raises(KeyboardInterrupt):
        one.answer_or(one.interrupt)
    assert one.do("run.ended") is False
    fake.run_on()
    assert one.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_ctrl_c_again_and_again_in_a_sweep(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    """Real signals at random moments, until the cell has run through."""
    fake.auto = 0.01
    chance = random.Random(11)
    one = kernel()
    sweep = "s = ww.sweep('Signals {0}', model=MODEL, seed=list(range(30)))"
    hits = 0
    for number in range(4):
        one.do(sweep.format(number))
        for _ in range(8):
            one.start("s.run()\n1")
            fake.pause(chance.uniform(0, 0.15))  # any moment is a good one
            one.interrupt()
            try:
                one.answer()
            except KeyboardInterrupt:
                hits += 1
        one.do("s.run()")
        assert one.do("s.wait(25); [check_clip(run) for run in s.runs]; len(s.runs)") == 30
    assert hits
    assert fake.doubled == []
    assert len(fake.accepted) == 4 * 30


def test_compare_interrupted_goes_on(fake: FakeService, session: Any) -> None:
    fake.auto = 0.0
    lines = count_lines(lambda: ww.compare("Measured", model=MODEL, seed=[1, 2], max_cost=9))
    for moment in range(1, lines, max(1, lines // 25)):
        prompt = f"Line {moment}"

        def cell(prompt: str = prompt) -> Any:
            return ww.compare(prompt, model=MODEL, seed=[1, 2], max_cost=9)

        interrupted(cell, moment)
        cell()
        runs = [ww.run(prompt, model=MODEL, seed=seed).wait(20) for seed in (1, 2)]
        for run in runs:
            check_clip(run)
    assert fake.doubled == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, None], ids=["TERM", "HUP", "exit"])
def test_a_kernel_that_ended_in_mid_sweep_is_gone_on_with(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path, how: signal.Signals | None
) -> None:
    gate = fake.hold(after=3)
    one = kernel()
    one.do("s = ww.sweep('Ended', model=MODEL, seed=list(range(12)))\ns.run()")
    gate.arrived()
    if how is None:
        assert one.exit() < 4
        assert "Traceback" not in one.said
    else:
        one.kill(how)
    assert statuses(folder).count("queued") >= 12 - 3 - 4
    fake.release()
    fake.run_on()
    other = kernel()
    other.do("s = ww.sweep('Ended', model=MODEL, seed=list(range(12))).run().wait(25)")
    assert other.do("[check_clip(run) for run in s.runs]; len(s.runs)") == 12
    assert fake.doubled == []
    assert len(fake.accepted) == 12
