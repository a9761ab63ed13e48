"""A notebook kernel in a separate process, which a test drives, kills and interrupts.

The child runs each piece of code it is sent on its main thread, as a kernel runs cells, and says
what came of it. Whatever it prints goes to a file, `Kernel.said`.
"""

from __future__ import annotations

import ast
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
PREAMBLE = """
import logging, os, threading, time
logging.basicConfig()
import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.helpers import hasten, picture, until
hasten()
"""
_numbers = count(1)


class KernelError(AssertionError):
    """The code raised; the message is its traceback."""


class Kernel:
    """A running kernel.

    Args:
        folder: Its working directory, where ``wiro-runs`` is made.
        environment: Variables that it has beside ``PATH`` and ``PYTHONPATH``.
        code: What it runs first, after the preamble.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], code: str = "") -> None:
        self._said = folder / f"kernel-{next(_numbers)}.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.runs.kernel"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(folder),
                    "PYTHONPATH": str(ROOT),
                    **environment,
                },
            )
        self.start(PREAMBLE + code)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def said(self) -> str:
        """All that it printed and logged."""
        return self._said.read_text()

    def start(self, code: str) -> None:
        """Run code, without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(code).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, within: float = PATIENCE) -> Any:
        """What came of the oldest code not answered for: the value of its last expression.

        Raises:
            KernelError: It raised.
            KeyboardInterrupt: It was interrupted.
        """
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], within)
        assert ready, f"no answer within {within} s; it said:\n{self.said}"
        line = self.process.stdout.readline()
        if not line:
            raise KernelError(f"the kernel is gone; it said:\n{self.said}")
        value, error = json.loads(line)
        if error == "KeyboardInterrupt":
            raise KeyboardInterrupt
        if error:
            raise KernelError(error)
        return value

    def answer_or(self, again: Callable[[], None], every: float = 2.0) -> Any:
        """As `answer`, and as people do who press a key again when nothing happens."""
        assert self.process.stdout is not None
        for _ in range(int(PATIENCE / every)):
            if select.select([self.process.stdout], [], [], every)[0]:
                break
            again()
        return self.answer()

    def do(self, code: str, within: float = PATIENCE) -> Any:
        """Run code, and what came of it; the first call also waits for the kernel to be up."""
        self.ready(within)
        self.start(code)
        return self.answer(within)

    def ready(self, within: float = PATIENCE) -> Self:
        """Wait until the preamble has run."""
        if not self._up:
            self._up = True
            self.answer(within)
        return self

    _up = False

    @property
    def is_sleeping(self) -> bool:
        """Whether its main thread waits for something, by the system's account."""
        status = Path(f"/proc/{self.process.pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] == "S"

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it without a warning; it is gone, and no zombie, when this returns."""
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        self._close()

    def exit(self, within: float = PATIENCE) -> float:
        """End it as a script ends; the seconds that took. Everything started must be answered."""
        assert self.process.stdin is not None
        begin = time.monotonic()
        self.process.stdin.close()
        self.process.wait(within)
        took = time.monotonic() - begin
        self._close()
        return took

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()


def _run(code: str, names: dict[str, Any]) -> Any:
    """Execute code; the value of its last expression, if it ends with one."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return None
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def main() -> None:
    """The child: a line of JSON in, a line of JSON out."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    names: dict[str, Any] = {"__name__": "__main__"}
    busy = False

    def interrupt(*_: object) -> None:
        # Between two cells there is nothing to interrupt.
        if busy:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    for line in sys.stdin:
        value, error = None, None
        try:
            busy = True
            value = _run(json.loads(line), names)
            busy = False
        except KeyboardInterrupt:
            error = "KeyboardInterrupt"
        except BaseException:  # noqa: BLE001 - as a kernel does
            error = traceback.format_exc()
        busy = False
        answers.write(json.dumps([value, error], default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
