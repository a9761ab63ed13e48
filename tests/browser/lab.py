"""A real JupyterLab or Notebook 7 and a real Chromium, driven as a person would."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat
from playwright.sync_api import Locator, Page, expect

from tests.browser.engine import CHROMIUM, FLAGS, engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

# A key pressed before the kernel is connected is lost, and the page shows "idle" before that.
KERNEL_IS_IDLE = """() =>
  window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"
"""
# Saves the open notebook together with the state of its widgets, and shuts its kernel down.
KEEP_STATE = """async () => {
    const { commands, shell } = window.jupyterapp;
    const { model, sessionContext } = shell.currentWidget;
    // Switches the setting on, some time after it has returned.
    await commands.execute("@jupyter-widgets/jupyterlab-manager:saveWidgetState");
    do await commands.execute("docmanager:save");
    while (!model.getMetadata("widgets"));
    await sessionContext.shutdown();
}"""
TOKEN = "for-this-test-only"
_START_SECONDS = 180
_PACE = 0.1
"""Seconds between two questions whether a server is up."""


def write_notebook(path: Path, cells: Iterable[str]) -> None:
    """A notebook of these code cells."""
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    document.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(document, path)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium, headless."""
    assert CHROMIUM, "No Chromium here; tests/browser/install-chromium installs it."
    browser = engine().chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


def use_theme(page: Page, name: str) -> None:
    """Choose a theme of JupyterLab, as its menu does, and wait until it is used."""
    change = "name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
    page.evaluate(change, name)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", name)


@dataclass(frozen=True)
class Host:
    """Something that opens notebooks: which module serves it, and where a notebook is there."""

    module: str
    expose: str
    path: str


LAB = Host("jupyterlab", "LabApp", "lab/tree")
NOTEBOOK = Host("notebook", "JupyterNotebookApp", "notebooks")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def jupyter_lab(folder: Path, environment: dict[str, str], host: Host = LAB) -> Iterator[str]:
    """A Jupyter server over `folder`; yields its address. Its kernels end with it."""
    port = free_port()
    home = folder / ".jupyter-home"
    settings = home / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    # Nothing of this machine's own set-up, and no news banner over the page.
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            host.module,
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={folder}",
            f"--{host.expose}.expose_app_in_browser=True",
        ],
        env={
            **os.environ,
            **environment,
            "JUPYTER_CONFIG_DIR": str(home),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "lab" / "user-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
        },
        stdout=subprocess.DEVNULL,
        stderr=(folder / "jupyter.log").open("wb"),
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await_server(f"{address}/api/status?token={TOKEN}", process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def end_kernels(address: str) -> None:
    """End what the notebooks on a server have started, as the end of the server would."""
    headers = {"Authorization": f"token {TOKEN}"}
    url = f"{address}/api/sessions"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        found = json.load(answer)
    for each in found:
        ask = urllib.request.Request(f"{url}/{each['id']}", headers=headers, method="DELETE")
        urllib.request.urlopen(ask).close()


def await_server(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            # Asked without a pause, it would have to share the processor with whoever asks.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PACE)
                raise AssertionError("The server ended instead of starting") from None
            continue
        return
    raise TimeoutError(f"{url} did not answer within {_START_SECONDS} s")


class Notebook:
    """One notebook, open in a page."""

    def __init__(self, page: Page, panel: Locator | None = None) -> None:
        self.page = page
        self.panel = panel or page.locator(".jp-Notebook")

    @classmethod
    def open(cls, page: Page, address: str, name: str, host: Host = LAB) -> Notebook:
        """Open a notebook and wait until its kernel is idle."""
        page.goto(f"{address}/{host.path}/{name}?token={TOKEN}&reset")
        expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
        notebook = cls(page)
        notebook.wait_for_kernel()
        return notebook

    def wait_for_kernel(self) -> None:
        """Wait until the kernel of the open notebook is idle."""
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)

    def code_cell(self, index: int) -> Any:
        """The nth code cell."""
        return self.panel.locator(".jp-CodeCell").nth(index)

    def run(self, index: int) -> None:
        """Run the nth code cell with the keyboard, as one does; does not wait."""
        cell = self.code_cell(index)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def write(self, index: int, text: str) -> None:
        """Replace the text of the nth code cell."""
        self.code_cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def prompt(self, index: int) -> str:
        """``[3]:`` of the nth code cell, ``[*]:`` while it is busy."""
        return str(self.code_cell(index).locator(".jp-InputPrompt").inner_text()).strip()

    def wait_idle(self, index: int, seconds: float = 60) -> None:
        """Wait until the nth code cell has finished."""
        expect(self.code_cell(index).locator(".jp-InputPrompt")).to_have_text(
            re.compile(r"\[\d+\]:"), timeout=seconds * 1000
        )
