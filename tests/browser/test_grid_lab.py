"""The comparison grid in a real JupyterLab: every mode, judging, and a blind vote."""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, use_theme, write_notebook
from tests.conftest import FEW, PHOTO, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

GRID, ASK = range(2)
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async () => {
    const { violations } = await axe.run(document.querySelector(".wiro-in-compare_grid"), {
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`);
}"""
CELLS = (
    f"""import wiro_widgets as ww
prompts = ["The gull lifts off. [Pan left]", "The gull lands. [Push in]", "sandbox: moderated"]
sweep = ww.sweep(prompts, image={PHOTO.name!r}, resolution=["768P", "1080P"]).run().wait()
grid = ww.CompareGrid(sweep.runs, rows="resolution", columns="prompt")
grid""",
    "",
)


@pytest.fixture(scope="module")
def page(lab: str, folder: Path) -> Iterator[Page]:
    """A notebook whose first cell shows a grid of four clips and two refusals."""
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "grid.ipynb", CELLS)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.set_default_timeout(20_000)
        notebook = Notebook.open(page, lab, f"{folder.name}/grid.ipynb")
        notebook.run(GRID)
        notebook.wait_idle(GRID, 120)
        yield page


@pytest.fixture
def grid(page: Page) -> Locator:
    shown = page.locator(".wiro-in-compare_grid")
    expect(shown.locator(".wiro-spread")).to_contain_text("In sync", timeout=30_000)
    return shown


def ask(page: Page, text: str) -> str:
    """What a cell says."""
    notebook = Notebook(page)
    notebook.write(ASK, text)
    notebook.run(ASK)
    notebook.wait_idle(ASK)
    return str(notebook.code_cell(ASK).locator(".jp-OutputArea-output").last.inner_text())


def choose(grid: Locator, mode: str) -> None:
    grid.get_by_role("button", name=mode, exact=True).click()
    expect(grid.get_by_role("button", name=mode, exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_tiles_stand_in_rows_and_columns_and_say_what_is_missing(grid: Locator) -> None:
    expect(grid.get_by_role("gridcell")).to_have_count(6)
    expect(grid.get_by_role("rowheader")).to_have_text(["768P", "1080P"])
    expect(grid.get_by_role("columnheader")).to_have_count(4)
    expect(grid.locator(".wiro-reason").filter(has_text="Refused by moderation")).to_have_count(2)
    # What the columns say is not said again.
    expect(grid.locator(".wiro-prompt:visible")).to_have_count(0)


def test_all_tiles_stop_at_one_frame_and_python_knows_the_time(page: Page, grid: Locator) -> None:
    pause = grid.get_by_role("button", name="Pause")
    if pause.count():
        pause.click()
    grid.get_by_role("gridcell").first.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press(".")
    expect(grid.locator(".wiro-readout")).to_contain_text(f"frame 4 of {6 * int(FEW)}")
    expect(grid.locator(".wiro-spread")).to_have_text("● In sync")
    # It is told when the clips have stood still for a moment.
    deadline = time.monotonic() + 20
    while not ask(page, f"round(grid.time * {FEW}, 1)").startswith("3"):
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("Wipe", "Edge of the wipe"),
        ("Onion skin", "Mixture"),
    ],
)
def test_two_in_one_box_are_mixed_by_key(page: Page, grid: Locator, mode: str, shown: str) -> None:
    choose(grid, mode)
    edge = grid.get_by_role("slider", name=shown)
    edge.focus()
    before = edge.input_value()
    page.keyboard.press("ArrowRight")
    assert int(edge.input_value()) == int(before) + 1
    choose(grid, "Grid")


def test_the_difference_is_a_number_that_follows_the_frame(page: Page, grid: Locator) -> None:
    choose(grid, "Difference")
    said = grid.locator(".wiro-number")
    expect(said).to_contain_text(re.compile(r"A and \w differ by \d+\.\d of 255"))
    first = said.inner_text()
    page.keyboard.press("End")
    expect(said).not_to_have_text(first)
    choose(grid, "Grid")


def test_flipping_shows_the_other_in_place(page: Page, grid: Locator) -> None:
    choose(grid, "Flip")
    button = grid.get_by_role("button", name="flip to")
    before = button.inner_text()
    button.click()
    expect(button).not_to_have_text(before)
    choose(grid, "Grid")


def test_the_storyboard_has_stills_of_every_clip(grid: Locator) -> None:
    choose(grid, "Storyboard")
    expect(grid.locator(".wiro-story canvas")).to_have_count(24, timeout=60_000)
    choose(grid, "Grid")


def test_a_verdict_is_kept_with_the_run(page: Page, grid: Locator) -> None:
    grid.get_by_role("button", name="More about A").click()
    panel = page.get_by_role("dialog", name="More about A")
    rating = panel.get_by_role("slider", name="Rating of")
    for _ in range(4):
        rating.press("ArrowRight")
    expect(rating).to_have_attribute("aria-valuetext", "4 of 5 stars")
    panel.get_by_role("button", name="Check first frame against image").click()
    expect(panel.locator(".wiro-said")).to_contain_text("First frame matches your image (no crop")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert ask(page, "sweep.runs[0].judgment.rating") == "4"


def test_a_blind_vote_tells_nothing_before_it_is_finished(page: Page, grid: Locator) -> None:
    # What a panel says must not stay on the page.
    grid.get_by_role("button", name="More about A").click()
    grid.get_by_role("button", name="Blind vote", exact=True).click()
    expect(grid.get_by_role("gridcell")).to_have_count(2)
    grid.get_by_role("button", name="Left is better").click()
    expect(grid.locator(".wiro-blind")).to_contain_text(re.compile(r"1 of \d+ pairs compared"))
    whole = grid.evaluate("each => each.outerHTML")
    for secret in ("Run 1", "The gull", "1080P", "0001-"):
        assert secret not in whole, whole[max(0, whole.find(secret) - 300) :][:400]
    grid.get_by_role("button", name="Finish", exact=True).click()
    expect(grid.get_by_role("gridcell")).to_have_count(6)
    table = grid.get_by_role("table")
    expect(table.get_by_role("row").nth(1)).to_contain_text(
        re.compile(r"1\. [A-F].*Run \d.*1 of 1")
    )
    assert "won 1 of 1" in ask(page, "grid.ranking()")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_any_mode(page: Page, grid: Locator, theme: str) -> None:
    page.add_script_tag(path=AXE)
    use_theme(page, theme)
    for mode in ("Wipe", "Flip", "Difference", "Onion skin", "Storyboard", "Grid"):
        choose(grid, mode)
        assert page.evaluate(CHECK) == [], mode
