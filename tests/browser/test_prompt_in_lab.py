"""Writing a prompt and running it in a real JupyterLab, with a kernel that is busy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, write_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

SHOW, BLOCK, TELL = range(3)
CELLS = [
    """
import os
from decimal import Decimal
from time import sleep
from ipywidgets import jslink
from IPython.display import display
from wiro_widgets.client import ModelSpec
from wiro_widgets.widgets import PromptInput, RunButton

rows = [{"price": "0.01", "priceMethod": "cp-promptlength"}]
model = ModelSpec.parse({"slugowner": "a", "slugproject": "b", "dynamicprice": rows})
submitted, pressed = [], []
prompt = PromptInput(history=["an earlier one"])
prompt.on_submit(submitted.append)
button = RunButton(model)
button.on_run(pressed.append)
jslink((prompt, "value"), (button, "prompt"))
display(prompt, button)
""",
    "while not os.path.exists(GO): sleep(0.05)",
    "print(repr(prompt.value), submitted, pressed)",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser, frames: list[bytes]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 1100})
    page = context.new_page()

    def listen(frame: str | bytes) -> None:
        frames.append(frame.encode() if isinstance(frame, str) else frame)

    page.on("websocket", lambda socket: socket.on("framesent", listen))
    yield page
    context.close()


@pytest.fixture
def frames() -> list[bytes]:
    """All that the page has sent to its kernel."""
    return []


@pytest.fixture
def go(folder: Path, request: pytest.FixtureRequest) -> Path:
    """The busy cell ends when this file is there."""
    return folder / f"go-{request.node.name}"


@pytest.fixture
def notebook(page: Page, lab: str, folder: Path, go: Path) -> Notebook:
    """A notebook whose first cell has shown a prompt and a button."""
    name = f"{go.name}.ipynb"
    write_notebook(folder / name, (text.strip().replace("GO", repr(str(go))) for text in CELLS))
    opened = Notebook.open(page, lab, f"{folder.name}/{name}")
    opened.run(SHOW)
    opened.wait_idle(SHOW)
    return opened


def field(notebook: Notebook) -> Locator:
    return notebook.code_cell(SHOW).get_by_role("textbox", name="Prompt")


def told(notebook: Notebook) -> str:
    """What the kernel has of it all."""
    notebook.run(TELL)
    notebook.wait_idle(TELL)
    return str(notebook.code_cell(TELL).locator(".jp-OutputArea-output").inner_text()).strip()


def test_no_key_of_the_notebook_fires_while_one_writes(notebook: Notebook) -> None:
    page = notebook.page
    cells = page.locator(".jp-Notebook .jp-Cell")
    count = cells.count()
    before = [notebook.prompt(index) for index in range(count)]
    field(notebook).click()
    page.keyboard.type("dd x a b m y 00 ii ")
    for key in ("Escape", "Shift+Enter", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.type("dd z")
    expect(field(notebook)).to_be_focused()
    assert cells.count() == count
    assert [notebook.prompt(index) for index in range(count)] == before
    assert page.locator(".jp-Notebook .jp-MarkdownCell, .jp-Dialog").count() == 0
    text = field(notebook).input_value()
    assert text == "dd x a b m y 00 ii \ndd z"
    assert told(notebook) == f"{text!r} [] []"


def test_a_busy_kernel_loses_nothing_and_runs_what_stood_on_the_screen(
    notebook: Notebook, go: Path
) -> None:
    page = notebook.page
    price = notebook.code_cell(SHOW).locator(".wiro-primary")
    expect(price).to_have_text("Run · price unknown")
    notebook.run(BLOCK)
    expect(notebook.code_cell(BLOCK).locator(".jp-InputPrompt")).to_have_text("[*]:")
    field(notebook).click()
    page.keyboard.type("The gull")
    expect(price).to_have_text("Run · $0.08")
    page.keyboard.press("Control+Enter")
    expect(notebook.code_cell(SHOW).locator(".wiro-prompthint")).to_contain_text(
        "busy", timeout=10_000
    )
    page.keyboard.press("Control+Enter")
    page.keyboard.type(" lifts off")
    price.dblclick()
    page.keyboard.press("Enter")
    field(notebook).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" at dawn")
    go.touch()
    notebook.wait_idle(BLOCK)
    expect(field(notebook)).to_have_value("The gull lifts off at dawn")
    assert (
        told(notebook)
        == "'The gull lifts off at dawn' ['The gull'] [{'prompt': 'The gull lifts off'}]"
    )


def test_what_was_typed_while_the_kernel_was_busy_survives_the_page(
    notebook: Notebook, go: Path, frames: list[bytes]
) -> None:
    page = notebook.page
    notebook.run(BLOCK)
    expect(notebook.code_cell(BLOCK).locator(".jp-InputPrompt")).to_have_text("[*]:")
    field(notebook).click()
    for word in ("The", " gull", " lifts off"):
        page.keyboard.type(word)
        # It is on its way, and unanswered when the next word comes.
        deadline = time.monotonic() + 10
        while not any(word.encode() in frame for frame in frames):
            assert time.monotonic() < deadline, f"{word!r} was held back"
            page.wait_for_timeout(20)
    page.goto("about:blank")
    go.touch()
    page.go_back()
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'",
        timeout=60_000,
    )
    assert told(notebook).startswith("'The gull lifts off'")


def test_a_kernel_that_dies_under_a_request_ends_it_in_words(notebook: Notebook, go: Path) -> None:
    page = notebook.page
    shown = notebook.code_cell(SHOW)
    stopped = "The kernel stopped. Run the cell again to go on."
    notebook.write(TELL, f"while not os.path.exists({str(go)!r}): sleep(0.05)\nos._exit(1)")
    notebook.run(TELL)
    expect(notebook.code_cell(TELL).locator(".jp-InputPrompt")).to_have_text("[*]:")
    field(notebook).click()
    page.keyboard.type("The gull")
    page.keyboard.press("Control+Enter")
    expect(shown.locator(".wiro-prompthint")).to_have_text("Sending…")
    shown.locator(".wiro-primary").click()
    expect(shown.locator(".wiro-primary")).to_have_text("Sending…")
    go.touch()
    expect(shown.locator(".wiro-prompthint")).to_have_text(stopped, timeout=30_000)
    expect(shown.locator(".wiro-reason")).to_have_text(stopped)
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    # A press that comes later has nobody to go to, and says the same.
    expect(shown.locator(".wiro-primary")).to_have_text("Run · $0.08")
    shown.locator(".wiro-primary").click()
    expect(shown.locator(".wiro-primary")).to_have_text("Run · $0.08")
    expect(shown.locator(".wiro-reason")).to_have_text(stopped)
    notebook.run(SHOW)
    notebook.wait_idle(SHOW)
    field(notebook).fill("The gull lifts off")
    field(notebook).press("Control+Enter")
    notebook.write(TELL, CELLS[TELL])
    expect(shown.locator(".wiro-prompthint")).to_have_text("Ctrl+Enter runs")
    assert told(notebook) == "'The gull lifts off' ['The gull lifts off'] []"
