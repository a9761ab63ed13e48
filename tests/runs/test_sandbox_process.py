"""The shared sandbox: found or started, and gone by itself when nobody uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.conftest import ROOT
from wiro_widgets.client import Credentials
from wiro_widgets.errors import SandboxUnavailableError
from wiro_widgets.runs import sandbox_process
from wiro_widgets.runs.sandbox_process import SandboxLease, find_or_start, launch

if TYPE_CHECKING:
    from pathlib import Path


def _sandboxes() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "wiro_widgets.sandbox" in " ".join(child.cmdline()) and child.status() != "zombie"
    ]


def test_a_second_notebook_finds_the_first_ones_sandbox() -> None:
    before = {process.pid for process in _sandboxes()}
    one, first = find_or_start()
    two, second = find_or_start()
    try:
        assert one == two
        assert len([p for p in _sandboxes() if p.pid not in before and p.parent() is not None]) >= 1
    finally:
        first.release()
        second.release()
        _end(one.api_url)


def test_it_ends_by_itself_when_the_last_user_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_process, "_IDLE_SECONDS", 1)
    process, sandbox = launch(tmp_path)
    lease = SandboxLease.take(sandbox.api_url, sandbox.credentials)
    assert lease is not None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)  # held by the lease, though idle for longer than it may be
    assert lease.alive
    lease.release()
    assert process.wait(15) == 0


def test_a_killed_kernel_holds_no_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_process, "_IDLE_SECONDS", 1)
    process, sandbox = launch(tmp_path)
    script = (
        "import sys; from wiro_widgets.runs.sandbox_process import SandboxLease;"
        "from wiro_widgets.client import Credentials;"
        "url, *credentials = sys.argv[1:];"
        "lease = SandboxLease.take(url, Credentials(*credentials));"
        "print('held' if lease else 'refused', flush=True); sys.stdin.read()"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", script, sandbox.api_url, sandbox.key, sandbox.secret],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert kernel.stdout is not None
    assert kernel.stdout.readline() == "held\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)
    kernel.kill()
    kernel.communicate()
    assert process.wait(15) == 0


def test_an_interrupt_of_the_kernel_leaves_the_shared_sandbox_alone(tmp_path: Path) -> None:
    """Jupyter interrupts a kernel's whole process group."""
    script = (
        "import signal, sys, time; from pathlib import Path;"
        # Tests started in the background of a shell are deaf to interrupts, and so would this be.
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from wiro_widgets.runs.sandbox_process import launch;"
        "sandbox = launch(Path(sys.argv[1]))[1];"
        "print(sandbox.api_url, sandbox.key, sandbox.secret, flush=True); time.sleep(60)"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert kernel.stdout is not None
    said = kernel.stdout.readline()
    os.killpg(kernel.pid, signal.SIGINT)
    _, problem = kernel.communicate()
    assert said, problem
    api_url, *credentials = said.split()
    lease = SandboxLease.take(api_url, Credentials(*credentials))
    assert lease is not None
    lease.release()
    (sandbox,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if str(tmp_path / "sandbox") in (process.info["cmdline"] or [])
    )
    sandbox.terminate()
    sandbox.wait(10)


def test_a_lease_knows_when_its_sandbox_has_gone(tmp_path: Path) -> None:
    process, sandbox = launch(tmp_path)
    lease = SandboxLease.take(sandbox.api_url, sandbox.credentials)
    assert lease is not None
    process.terminate()
    process.wait(10)
    assert not lease.alive


@pytest.mark.parametrize(
    "url", ["https://api.wiro.ai/v1", "http://127.0.0.1:9/v1", "http://127.0.0.1:99999/v1"]
)
def test_no_lease_where_no_sandbox_is(url: str) -> None:
    assert SandboxLease.take(url, Credentials("a-key", "a-secret")) is None


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that fails to import stands in for a package that is not installed."""
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError('aiohttp', name='aiohttp')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = tmp_path / "state"
    folder.mkdir()
    with pytest.raises(SandboxUnavailableError) as caught:
        launch(folder)
    assert "WIRO_API_KEY" in caught.value.remedy
    assert "wiro-widgets[sandbox]" in f"{caught.value} {caught.value.remedy}"


def _end(api_url: str) -> None:
    port = int(api_url.split(":")[2].split("/", maxsplit=1)[0])
    for process in _sandboxes():
        if any(one.laddr.port == port for one in process.net_connections("tcp")):
            process.terminate()
            process.wait(10)
