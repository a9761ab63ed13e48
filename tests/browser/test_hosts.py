"""Widgets that share one front end, in every host that can be driven here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import pytest
from ipywidgets.embed import dependency_state, embed_minimal_html
from nbconvert import HTMLExporter
from playwright.sync_api import expect

import wiro_widgets as ww
from tests.browser.lab import KEEP_STATE, Notebook, await_server, chromium, free_port, jupyter_lab
from tests.browser.lab import write_notebook as write
from tests.browser.marimo_app import marimo_app, write_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = pytest.mark.browser

HTML_MANAGER = "@jupyter-widgets/html-manager@1.0.14"
CELLS = (
    """import ipywidgets, wiro_widgets as ww
gull, heron = ww.PromptInput('A gull'), ww.PromptInput('A heron')""",
    "gull",
    "heron",
    """widgets = ipywidgets.widgets.widget._instances.values()
print(sum(type(each).__name__ == 'FrontEnd' for each in widgets))""",
    "ipywidgets.Widget.close_all()\nww.PromptInput('A stork')",
)
DEFINE, GULL, HERON, COUNT, CLOSE_ALL = range(len(CELLS))


def says(shown: Locator, text: str) -> None:
    """The card of a prompt is there, styled, with its text."""
    expect(shown.locator("textarea")).to_have_value(text, timeout=60_000)
    expect(shown.locator(".wiro-root")).to_have_css("border-radius", "10px")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("lab")
    with jupyter_lab(folder, {}) as address:
        yield address, folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    yield page
    page.close()


def opened(lab: tuple[str, Path], page: Page, name: str, *run: int) -> Notebook:
    """A notebook of `CELLS`, with some of them run."""
    address, folder = lab
    write(folder / name, CELLS)
    notebook = Notebook.open(page, address, name)
    for index in run:
        notebook.run(index)
        notebook.wait_idle(index)
    return notebook


def test_widgets_of_a_kernel_share_one_front_end_and_get_another_after_close_all(
    lab: tuple[str, Path], page: Page
) -> None:
    notebook = opened(lab, page, "live.ipynb", DEFINE, GULL, HERON, COUNT)

    says(notebook.code_cell(GULL), "A gull")
    says(notebook.code_cell(HERON), "A heron")
    expect(notebook.code_cell(COUNT).locator(".jp-OutputArea-output")).to_have_text("1")

    notebook.run(CLOSE_ALL)
    says(notebook.code_cell(CLOSE_ALL), "A stork")
    notebook.run(DEFINE)
    notebook.run(GULL)
    says(notebook.code_cell(GULL), "A gull")


def test_a_saved_notebook_shows_its_widgets_with_a_new_kernel_and_as_a_page(
    lab: tuple[str, Path], page: Page, cdn: dict[str, Path], tmp_path: Path
) -> None:
    address, folder = lab
    opened(lab, page, "saved.ipynb", DEFINE, GULL, HERON)
    page.evaluate(KEEP_STATE)

    notebook = Notebook.open(page, address, "saved.ipynb")
    says(notebook.code_cell(GULL), "A gull")
    says(notebook.code_cell(HERON), "A heron")

    text, _ = HTMLExporter(template_name="lab").from_filename(str(folder / "saved.ipynb"))
    (tmp_path / "page.html").write_text(text, "utf-8")
    open_offline(page, tmp_path / "page.html", cdn)
    says(page.locator(".jp-OutputArea").nth(0), "A gull")
    says(page.locator(".jp-OutputArea").nth(1), "A heron")


def test_two_kernels_share_a_page(lab: tuple[str, Path], page: Page) -> None:
    opened(lab, page, "one.ipynb", DEFINE, GULL)
    write(lab[1] / "two.ipynb", CELLS)
    page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', { path })", "two.ipynb"
    )
    two = Notebook(page, page.locator(".jp-NotebookPanel:visible"))
    two.wait_for_kernel()
    two.run(DEFINE)
    two.run(HERON)
    says(two.code_cell(HERON), "A heron")


def test_voila_shows_the_widgets(page: Page, tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", CELLS[: HERON + 1])
    port = free_port()
    command = (sys.executable, "-m", "voila", "app.ipynb", "--no-browser", f"--port={port}")
    log = (tmp_path / "voila.log").open("wb")
    process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        await_server(f"http://127.0.0.1:{port}/voila/static/require.min.js", process)
        page.goto(f"http://127.0.0.1:{port}", wait_until="commit")
        says(page.locator(".jp-OutputArea").filter(has=page.get_by_text("A gull")), "A gull")
        says(page.locator(".jp-OutputArea").filter(has=page.get_by_text("A heron")), "A heron")
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def test_marimo_shows_the_widgets_to_everybody_who_opens_the_app(
    browser: Browser, tmp_path: Path
) -> None:
    # Each has a session there, and all sessions are threads of one process.
    write_app(
        tmp_path / "app.py",
        (
            "import wiro_widgets as ww",
            "gull = ww.PromptInput('A gull')\ngull",
            "heron = ww.PromptInput('A heron')\nheron",
        ),
    )
    with marimo_app(tmp_path, {}) as address:
        for _ in range(2):
            page = browser.new_page()
            page.goto(address, wait_until="commit")
            cells = page.locator("marimo-anywidget")
            says(cells.nth(0), "A gull")
            says(cells.nth(1), "A heron")
            page.close()


def test_a_page_made_by_ipywidgets_embed_shows_the_widgets(
    page: Page, cdn: dict[str, Path], tmp_path: Path
) -> None:
    views = [ww.PromptInput("A gull"), ww.PromptInput("A heron")]
    path = tmp_path / "page.html"
    embed_minimal_html(path, views, state=dependency_state(views))
    for each in views:
        each.close()

    open_offline(page, path, cdn)

    says(page.locator(".widget-subarea").nth(0), "A gull")
    says(page.locator(".widget-subarea").nth(1), "A heron")


@pytest.fixture(scope="module")
def cdn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What pages load from other servers, by a part of its address."""
    npm = shutil.which("npm")
    assert npm, "npm is needed, as for the front end itself"
    folder = tmp_path_factory.mktemp("cdn")
    done = subprocess.run(
        [npm, "pack", "--silent", "--prefer-offline", HTML_MANAGER], cwd=folder, check=False
    )
    if done.returncode:
        pytest.skip(f"no registry gives us {HTML_MANAGER}, which such pages load")
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extract("package/dist/embed-amd.js", folder)
    return {
        "/require": Path(sys.prefix) / "share/jupyter/voila/templates/base/static/require.min.js",
        "/html-manager": folder / "package/dist/embed-amd.js",
        "/anywidget@": Path(anywidget.__file__).parent / "nbextension" / "index.js",
    }


def open_offline(page: Page, path: Path, cdn: dict[str, Path]) -> None:
    """Open a page; whatever it loads from other servers comes from files."""

    def answer(route: Route) -> None:
        found = [file for part, file in cdn.items() if part in route.request.url]
        if found:
            headers = {"access-control-allow-origin": "*"}
            route.fulfill(
                body=found[0].read_bytes(), content_type="text/javascript", headers=headers
            )
        else:
            route.abort()

    # The same version of require.js, made smaller by another tool, has another checksum.
    path.write_text(re.sub(r'integrity="[^"]*"', "", path.read_text("utf-8")), "utf-8")
    page.route(re.compile(r"^https?://(?!127\.)"), answer)
    page.goto(path.as_uri(), wait_until="commit")
