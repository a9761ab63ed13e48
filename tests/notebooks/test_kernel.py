"""A real kernel: it stays free while runs are live, can be interrupted, and says what is wrong."""

from __future__ import annotations

import queue
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

from tests.conftest import FEW, PHOTO, Service, start_service, stop_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
IMAGE = f"image={str(PHOTO)!r}"


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
                or COLOUR.sub("", "\n".join(content.get("traceback", [])))
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

    def fail(self, code: str) -> str:
        """Run a cell that must fail; its traceback as it is shown."""
        status, said = self.finish(self.start(code))
        assert status == "error", said
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
    running = start_service("--frame-rate", FEW, "--state", str(tmp_path / "sandbox"))
    yield running
    stop_service(running)


@contextmanager
def kernel_of(service: Service, folder: Path) -> Iterator[Kernel]:
    """A kernel in a folder, which uses a sandbox."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in service.environment().items():
            patch.setenv(name, value)
        manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        kernel = Kernel(manager, client)
        kernel.run("import wiro_widgets as ww")
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(slow: Service, tmp_path: Path) -> Iterator[Kernel]:
    """A kernel whose runs take seconds."""
    with kernel_of(slow, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def fast(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel whose runs end soon."""
    with kernel_of(service, tmp_path_factory.mktemp("kernel")) as running:
        yield running


def test_other_cells_are_answered_while_a_run_is_live(kernel: Kernel) -> None:
    kernel.run(f"run = ww.run('Meanwhile', {IMAGE})")
    began = time.monotonic()
    assert "2" in kernel.run("1 + 1")
    took = time.monotonic() - began
    assert "False" in kernel.run("print(run.ended)")
    assert took < 2
    assert "succeeded" in kernel.run("print(run.wait().status)")


def test_an_interrupt_ends_the_wait_and_not_the_run(kernel: Kernel, slow: Service) -> None:
    kernel.run(f"run = ww.run('Interrupted', {IMAGE})")
    # Not flushed by the cell, which would be interrupted in that: it is sent while the cell waits.
    cell = kernel.start("print('waiting'); run.wait()")
    kernel.await_output(cell, "waiting")
    kernel.manager.interrupt_kernel()
    status, said = kernel.finish(cell)
    assert status == "error"
    assert "KeyboardInterrupt" in said
    assert "wiro_widgets" not in said
    assert "threading" not in said
    assert slow.process.poll() is None
    assert "succeeded" in kernel.run("print(run.wait().status)")
    assert slow.task_count() == 1


def test_a_run_displays_itself_however_it_was_made(fast: Kernel) -> None:
    """Nothing but the run has been imported."""
    said = fast.run(f"run = ww.run('Displayed', {IMAGE}); run.wait(); run")
    assert "Run 1 · minimax/hailuo-2.3-fast · done" in said


@pytest.mark.parametrize("mode", ["Context", "Verbose"])
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ww.run('Never sent', image='no-such.jpg')", "Can't read no-such.jpg"),
        (f"ww.run('Never sent', {IMAGE}, duration=7)", "duration"),
        (f"ww.sweep('Never sent', {IMAGE}, max_cost=0.01).run()", "above your $0.01 limit"),
        (f"ww.run('sandbox: moderated', {IMAGE}).wait()", "safety system"),
        (f"await ww.run('sandbox: moderated', {IMAGE})", "safety system"),
        ("ww.connect(KEY, SECRET)", "authorization"),
        ("run.judge(rating=9)", "Use 1 to 5"),
        ("run.wait(0.01)", "It goes on"),
        ("ww.run('Dawn. [Push in]')", "This model needs an image."),
        (f"ww.run('', {IMAGE})", "Describe what happens in the clip."),
        (f"ww.compare(['A', ''], {IMAGE})", "Describe what happens in the clip."),
        ("ww.history(limit=-1)", "at least 0"),
        ("ww.Studio(image='no-such.jpg')", "Can't read no-such.jpg"),
        ("ww.Studio('').run()", "The prompt is empty."),
        ("ww.ImageInput('no-such.jpg')", "Can't read no-such.jpg"),
    ],
)
def test_an_error_shows_the_cell_and_the_sentence(
    fast: Kernel, mode: str, line: str, sentence: str
) -> None:
    fast.run(f"%xmode {mode}\nKEY, SECRET = 'wrong', 'hid' + 'den'")
    if line.startswith("run."):
        fast.run(f"run = ww.run('sandbox: stall', {IMAGE})")

    said = fast.fail(f"before = 1\n{line}\nafter = 3")

    assert f"----> 2 {line}" in said
    assert sentence in said
    # No frame of ours, nor of what we use.
    assert said.count("Cell In[") == 1
    assert "File " not in said
    variables = said.partition("after = 3")[2] if mode == "Verbose" else said
    for ours in ("self", "kwargs", "_state", "token"):
        assert ours not in variables


def test_all_frames_are_shown_to_whoever_asks_for_them(fast: Kernel) -> None:
    fast.run("%xmode Context\nimport os; os.environ['WIRO_TRACEBACK'] = 'full'")
    said = fast.fail("ww.run('Never sent', image='no-such.jpg')")
    fast.run("del os.environ['WIRO_TRACEBACK']")
    assert "wiro_widgets/client/inputs.py" in said
