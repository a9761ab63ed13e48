"""Threads that meet where they must not: all at once, and switched in the middle of lines."""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, ModuleType

THREADS = 8


@contextmanager
def jitter(*modules: ModuleType, chance: float = 0.1) -> Iterator[None]:
    """Give the processor away before many instructions of some modules, on every thread."""
    paths = {module.__file__ for module in modules}
    dice = random.Random(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in paths:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and dice.random() < chance:
            time.sleep(0.0002)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]


def at_once(work: Callable[[int], Any], count: int = THREADS, within: float = 20) -> None:
    """Do something on several threads at the same moment; each is told its number."""
    barrier = threading.Barrier(count)
    failures: list[BaseException] = []

    def do(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=do, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within)
        assert not thread.is_alive(), "it hangs"
    if failures:
        raise failures[0]
