"""Every widget in the layouts people build: none collapses, none sticks out."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, write_notebook
from tests.conftest import PHOTO

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

CELL = f"""
import ipywidgets
from ipywidgets import Accordion, Box, GridBox, HBox, Layout, Tab, VBox
import wiro_widgets as ww
from wiro_widgets.widgets import *
spec = ww.connect().model("minimax/hailuo-2.3-fast")
run = ww.run("A gull in a layout", image={PHOTO.name!r}).wait()
inputs = [PromptInput(), ImageInput({PHOTO.name!r}), ParameterPanel(spec), RunButton(spec)]
view, grid, studio = RunView(run), CompareGrid([run]), ww.Studio()
every = [*inputs, view, StatusTimeline(run), VideoPlayer(run), grid, studio]
output = ipywidgets.Output()
with output:
    display(run, ww.history())
display(
    VBox(every),
    HBox(every),
    HBox([VBox(inputs), view]),
    Box([view, *inputs[:1]]),
    Box([grid, studio]),
    GridBox(every, layout=Layout(grid_template_columns="1fr 1fr")),
    Tab([VBox([view, grid])], selected_index=0),
    Accordion([HBox([studio, view])], selected_index=0),
    HBox([output, inputs[0]]),
)
"""
CARDS = 42
# Viewports, whose notebooks are about 1,000, 700 and 320 px wide.
WIDTHS = (1180, 880, 440)
WRONG = """() => [...document.querySelectorAll('.jp-OutputArea-output .wiro-root')]
    .filter((card) => !card.parentElement.closest('.wiro-root'))
    .map((card) => {
        const { width, height, left, right } = card.getBoundingClientRect();
        const around = card.closest('.jp-OutputArea-output').getBoundingClientRect();
        const view = card.parentElement.className.match(/wiro-in-\\w+/)[0];
        const inside = left >= around.left - 1 && right <= around.right + 1;
        // Two stand side by side.
        const least = around.width >= 500 ? 240 : around.width * 0.4;
        const fine = inside && width >= least && height > 30 && height < 2000;
        return fine ? '' : `${view}: ${Math.round(width)} x ${Math.round(height)} px` +
            ` in ${Math.round(around.width)} px`;
    })
    .filter(Boolean)"""


def test_every_widget_keeps_a_sensible_width_in_every_layout(lab: str, folder: Path) -> None:
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "layouts.ipynb", [CELL.strip()])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": 1000})
        notebook = Notebook.open(page, lab, f"{folder.name}/layouts.ipynb")
        page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
        notebook.run(0)
        notebook.wait_idle(0, 120)
        cards = page.locator(".wiro-root:not(.wiro-root .wiro-root)")
        expect(cards).to_have_count(CARDS, timeout=60_000)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            # JupyterLab resizes its notebook a moment later.
            with suppress(TooLate):
                page.wait_for_function(f"() => ({WRONG})().length === 0", timeout=10_000)
            assert page.evaluate(WRONG) == []
