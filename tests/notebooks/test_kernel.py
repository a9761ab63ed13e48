"""A real kernel: it stays free while runs are live, and an interrupt ends the wait alone."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

from tests.conftest import PHOTO, Service, start_service, stop_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60


class Kernel:
    """A kernel that cells are sent to."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self.client = client

    def start(self, code: str) -> str:
        """Send a cell; returns at once."""
        return str(self.client.execute(code))

    def finish(self, cell: str) -> tuple[str, str]:
        """Wait for a cell; its status and all that it said."""
        said = []
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") != cell:
                continue
            content = message["content"]
            said.append(
                content.get("text", "")
                or content.get("data", {}).get("text/plain", "")
                or content.get("ename", "")
            )
            if content.get("execution_state") == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=SECONDS)
            if reply["parent_header"]["msg_id"] == cell:
                return reply["content"]["status"], "\n".join(said)

    def run(self, code: str) -> str:
        """Run a cell that must not fail; what it said."""
        status, said = self.finish(self.start(code))
        assert status == "ok", said
        return said

    def await_output(self, cell: str, text: str) -> None:
        """Wait until a running cell has said something."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            # Not the echo of the code, which comes before a line of it has run.
            if message["parent_header"].get("msg_id") == cell and text in message["content"].get(
                "text", ""
            ):
                return
        raise TimeoutError(text)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Service]:
    """A sandbox at its own pace: a clip takes seconds, as it does for a user."""
    running = start_service("--state", str(tmp_path / "sandbox"))
    yield running
    stop_service(running)


@pytest.fixture
def kernel(slow: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    for name, value in slow.environment().items():
        monkeypatch.setenv(name, value)
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_other_cells_are_answered_while_a_run_is_live(kernel: Kernel) -> None:
    kernel.run("import wiro_widgets as ww")
    kernel.run(f"run = ww.run('Meanwhile', image={str(PHOTO)!r})")
    began = time.monotonic()
    assert "2" in kernel.run("1 + 1")
    took = time.monotonic() - began
    assert "False" in kernel.run("print(run.ended)")
    assert took < 2
    assert "succeeded" in kernel.run("print(run.wait().status)")


def test_an_interrupt_ends_the_wait_and_not_the_run(kernel: Kernel, slow: Service) -> None:
    kernel.run("import wiro_widgets as ww")
    kernel.run(f"run = ww.run('Interrupted', image={str(PHOTO)!r})")
    cell = kernel.start("print('waiting', flush=True); run.wait()")
    kernel.await_output(cell, "waiting")
    kernel.manager.interrupt_kernel()
    status, said = kernel.finish(cell)
    assert status == "error"
    assert "KeyboardInterrupt" in said
    assert slow.process.poll() is None
    assert "succeeded" in kernel.run("print(run.wait().status)")
    assert slow.task_count() == 1
