"""Choosing settings in a real JupyterLab, with a kernel that is busy and a model that changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import KERNEL_IS_IDLE, Notebook, chromium, write_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.browser

SHOW, BLOCK, TELL, SWITCH, SIZES = range(5)
CELLS = [
    """
import os
from time import sleep
from wiro_widgets.widgets import ParameterPanel

def model(slug, *items):
    owner, project = slug.split("/")
    return {"slugowner": owner, "slugproject": project, "title": project,
            "parameters": [{"items": list(items)}]}

resolution = {"id": "resolution", "type": "select", "default": "768P", "required": True,
              "options": ["768P", "1080P"]}
duration = {"id": "duration", "type": "select", "default": "6", "required": True,
            "options": ["6", "10"]}
seed = {"id": "seed", "type": "number", "label": "Seed"}
frames = {"id": "frames", "type": "multifileinput", "label": "Frames"}
panel = ParameterPanel(model("minimax/hailuo-2.3", resolution, duration, seed, frames))
panel
""",
    "while not os.path.exists(GO): sleep(0.05)",
    "print(panel.value, panel.valid)",
    'panel.model = model("acme/other", duration)',
    "print([len(open(path, 'rb').read()) for path in panel.value['frames']])",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def go(folder: Path, request: pytest.FixtureRequest) -> Path:
    """The busy cell ends when this file is there."""
    return folder / f"go-{request.node.name}"


@pytest.fixture
def notebook(browser: Browser, lab: str, folder: Path, go: Path) -> Iterator[Notebook]:
    """A notebook whose first cell has shown a panel."""
    name = f"{go.name}.ipynb"
    write_notebook(folder / name, (text.strip().replace("GO", repr(str(go))) for text in CELLS))
    context = browser.new_context(viewport={"width": 1000, "height": 1100})
    opened = Notebook.open(context.new_page(), lab, f"{folder.name}/{name}")
    opened.run(SHOW)
    opened.wait_idle(SHOW)
    yield opened
    context.close()


def panel(notebook: Notebook) -> Locator:
    found: Locator = notebook.code_cell(SHOW).locator(".wiro-root")
    return found


def told(notebook: Notebook) -> str:
    """What the kernel has of it all."""
    notebook.run(TELL)
    notebook.wait_idle(TELL)
    return str(notebook.code_cell(TELL).locator(".jp-OutputArea-output").inner_text()).strip()


def test_what_is_chosen_while_the_kernel_is_busy_survives_the_page(
    notebook: Notebook, go: Path
) -> None:
    page = notebook.page
    notebook.run(BLOCK)
    expect(notebook.code_cell(BLOCK).locator(".jp-InputPrompt")).to_have_text("[*]:")
    panel(notebook).get_by_role("radio", name="1080P").check()
    expect(panel(notebook).get_by_role("radio", name="10 s", exact=True)).to_have_attribute(
        "aria-disabled", "true"
    )
    panel(notebook).get_by_role("textbox", name="Seed").press_sequentially("12dd")
    expect(panel(notebook).get_by_text("Seed must be a number, not 12dd.")).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    # Leaving the page tells the kernel what waits for the end of a pause.
    page.goto("about:blank")
    go.touch()
    page.go_back()
    page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
    assert told(notebook) == "{'resolution': '1080P', 'duration': '6', 'seed': 12} True"
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS)


def test_another_model_from_python_keeps_what_it_can_and_says_the_rest(notebook: Notebook) -> None:
    panel(notebook).get_by_role("radio", name="10 s", exact=True).check()
    panel(notebook).get_by_role("textbox", name="Seed").fill("7")
    expect(panel(notebook).get_by_role("textbox", name="Seed")).to_have_value("7")
    notebook.run(SWITCH)
    notebook.wait_idle(SWITCH)
    expect(panel(notebook).get_by_role("list")).to_contain_text(
        "other has no Seed setting; 7 was removed."
    )
    expect(panel(notebook).get_by_role("radio", name="10 s", exact=True)).to_be_checked()
    panel(notebook).get_by_role("button", name="OK").click()
    expect(panel(notebook).get_by_role("list")).to_be_hidden()
    assert told(notebook) == "{'duration': '10'} True"


def test_files_chosen_and_dropped_arrive(notebook: Notebook) -> None:
    page = notebook.page
    large = {"name": "large.png", "mimeType": "image/png", "buffer": bytes(3_000_000)}
    small = {"name": "small.png", "mimeType": "image/png", "buffer": b"1234"}
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files…").click()
    chooser.value.set_files([large, small])
    frames = page.get_by_label("Frames")
    expect(frames).to_have_value(re.compile(r"large\.png\n.*small\.png$"), timeout=20_000)
    page.locator(".wiro-files").evaluate(
        """(element) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["12"], "dropped.png"));
            element.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
        }"""
    )
    expect(frames).to_have_value(re.compile(r"dropped\.png$"))
    notebook.run(SIZES)
    notebook.wait_idle(SIZES)
    said = notebook.code_cell(SIZES).locator(".jp-OutputArea-output")
    expect(said).to_have_text("[3000000, 4, 2]")


def test_a_path_that_is_typed_is_refused_and_stays_to_be_mended(notebook: Notebook) -> None:
    frames = panel(notebook).get_by_label("Frames")
    refusal = panel(notebook).get_by_text("frames: give an address (https://…) or choose a file")
    frames.press_sequentially("/etc/hostname")
    expect(refusal).to_be_visible()
    expect(frames).to_have_value("/etc/hostname")
    assert told(notebook) == "{'resolution': '768P', 'duration': '6'} False"
    frames.fill("https://a.example/1.png")
    expect(refusal).to_be_hidden()
    values = "{'resolution': '768P', 'duration': '6', 'frames': ['https://a.example/1.png']}"
    assert told(notebook) == f"{values} True"
