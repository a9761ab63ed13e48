"""The Studio in a real JupyterLab and a real Notebook 7, used without a mouse."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import (
    KEEP_STATE,
    KERNEL_IS_IDLE,
    LAB,
    NOTEBOOK,
    Host,
    Notebook,
    chromium,
    jupyter_lab,
    use_theme,
    write_notebook,
)
from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.conftest import Service

pytestmark = pytest.mark.browser

IMPORT, STUDIO, MORE = range(3)
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async () => {
    const { violations } = await axe.run(document.querySelector(".wiro-studio"), {
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`);
}"""
ONE_SCREEN = 765
SHOWS_A_FRAME = "video => video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA"
CELLS = (
    "import wiro_widgets as ww",
    f"studio = ww.Studio(image={PHOTO.name!r})\nstudio",
    "",
)

SAVED = (
    "import wiro_widgets as ww",
    f"studio = ww.Studio('A saved gull', image={PHOTO.name!r})\nstudio",
    "runs = [studio.run(fresh=True).wait() for _ in range(2)]\nruns[0]",
    "ww.CompareGrid(runs)",
)
PARTS = ("prompt", "image", "panel", "button", "run_view", "strip")


@pytest.fixture(scope="module", autouse=True)
def _notebook(folder: Path) -> None:
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "studio.ipynb", CELLS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1400})
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [error for error in errors if "wiro" in error] == []


def opened(page: Page, address: str, host: Host = LAB) -> Notebook:
    """The notebook with its Studio shown."""
    notebook = Notebook.open(page, address, "test_studio/studio.ipynb", host)
    for cell in (IMPORT, STUDIO):
        notebook.run(cell)
        notebook.wait_idle(cell)
    expect(page.locator(".wiro-studio")).to_be_visible()
    return notebook


def write_prompt(page: Page, text: str) -> None:
    """Write a prompt as a person does."""
    write_prompt_in(page, page.get_by_role("textbox", name="Prompt"), text)


def write_prompt_in(page: Page, prompt: Locator, text: str) -> None:
    """The same where there is more than one."""
    prompt.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def run_by_key(page: Page, text: str, name: str) -> None:
    """Write a prompt, press Ctrl+Enter, and wait until the clip is there."""
    write_prompt(page, text)
    page.keyboard.press("Control+Enter")
    state = page.locator(".wiro-studio-run .wiro-state")
    expect(page.locator(".wiro-studio-run .wiro-name")).to_have_text(name, timeout=20_000)
    expect(state).to_contain_text("Done", timeout=40_000)


def lowest_of_what_one_works_with(page: Page) -> float:
    """How far below the top of the Studio the last of them ends, in pixels."""
    ends = page.locator(".wiro-studio").evaluate(
        """(studio, parts) => parts.map(part =>
            studio.querySelector(part).getBoundingClientRect().bottom
            - studio.getBoundingClientRect().top)""",
        [".wiro-promptbox", ".wiro-zone", ".wiro-settings", ".wiro-order .wiro-primary", "video"],
    )
    return float(max(ends))


def test_from_a_prompt_to_a_comparison_by_keyboard_alone(
    page: Page, lab: str, service: Service
) -> None:
    before = service.task_count()
    opened(page, lab)
    run_by_key(page, "The gull lifts off", "Run 1")
    run_by_key(page, "The gull lands", "Run 2")
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": 1280, "height": 900})
    assert lowest_of_what_one_works_with(page) < ONE_SCREEN
    page.set_viewport_size(usual)
    for name in ("Run 2", "Run 1"):
        box = page.get_by_role("checkbox", name=f"Compare {name}")
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
    compare = page.get_by_role("button", name="Compare 2")
    compare.focus()
    page.keyboard.press("Enter")
    grid = page.locator(".wiro-studio .wiro-in-compare_grid")
    expect(grid).to_be_visible(timeout=20_000)
    # Whoever opened it sees it and goes on in it; closed, the focus is back where it was.
    expect(grid.locator(":focus")).to_have_count(1)
    expect(grid).to_be_in_viewport()
    close = grid.get_by_role("button", name="Close the comparison")
    close.focus()
    page.keyboard.press("Enter")
    expect(compare).to_be_focused()
    page.keyboard.press("Enter")
    expect(grid).to_be_visible(timeout=20_000)
    assert service.task_count() == before + 2


def test_axe_finds_nothing_in_the_whole_of_it_light_and_dark(page: Page, lab: str) -> None:
    opened(page, lab)
    expect(page.locator(".wiro-thumb")).to_have_count(2)
    page.add_script_tag(path=AXE)
    assert page.evaluate(CHECK) == []
    use_theme(page, "JupyterLab Dark")
    expect(page.locator(".wiro-root[data-wiro-theme=light]")).to_have_count(0)
    assert page.evaluate(CHECK) == []
    # The server keeps it, and the next test opens the same one.
    use_theme(page, "JupyterLab Light")


def test_a_reload_of_the_page_keeps_what_is_typed(page: Page, lab: str) -> None:
    notebook = opened(page, lab)
    write_prompt(page, "Half a thought")
    notebook.write(MORE, "studio.prompt")
    notebook.run(MORE)
    notebook.wait_idle(MORE)
    expect(notebook.code_cell(MORE)).to_contain_text("Half a thought")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
    prompt = page.get_by_role("textbox", name="Prompt")
    expect(prompt).to_have_value("Half a thought", timeout=30_000)
    expect(page.locator(".wiro-thumb")).to_have_count(2)


def test_a_new_kernel_shows_the_draft_and_the_runs(page: Page, lab: str) -> None:
    notebook = opened(page, lab)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
    for cell in (IMPORT, STUDIO):
        notebook.run(cell)
        notebook.wait_idle(cell)
    prompt = page.get_by_role("textbox", name="Prompt")
    # The cell asks for an image, so it begins with the defaults, and offers the rest.
    expect(prompt).to_have_value("")
    page.get_by_role("button", name="Put back the settings from your last session").click()
    expect(prompt).to_have_value("Half a thought", timeout=30_000)
    expect(page.get_by_role("button", name="Start fresh")).to_be_focused()
    expect(page.locator(".wiro-thumb")).to_have_count(2)
    # The picture is kept by name, too.
    expect(page.locator(".wiro-studio")).to_contain_text(PHOTO.name)


def test_a_second_view_and_a_busy_kernel(page: Page, lab: str, folder: Path) -> None:
    notebook = opened(page, lab)
    notebook.write(MORE, "studio")
    notebook.run(MORE)
    first, second = (notebook.code_cell(cell) for cell in (STUDIO, MORE))
    prompts = [view.get_by_role("textbox", name="Prompt") for view in (first, second)]
    expect(prompts[1]).to_be_visible(timeout=20_000)
    write_prompt_in(page, prompts[1], "Seen in both views")
    expect(prompts[0]).to_have_value("Seen in both views")
    # The second view goes, and the kernel is busy until a file is there.
    go = folder / "go"
    notebook.write(
        MORE, f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"
    )
    notebook.run(MORE)
    expect(page.locator(".wiro-studio")).to_have_count(1)
    expect(notebook.code_cell(MORE).locator(".jp-InputPrompt")).to_have_text("[*]:")
    price = first.locator(".wiro-order .wiro-primary")
    first.get_by_role("radio", name="1080P").check()
    expect(price).to_contain_text("$0.33")
    write_prompt_in(page, prompts[0], "Typed while the kernel is busy")
    first.get_by_role("radio", name="768P").check()
    expect(price).to_contain_text("$0.19")
    go.touch()
    notebook.wait_idle(MORE)
    notebook.write(MORE, "studio.prompt")
    notebook.run(MORE)
    notebook.wait_idle(MORE)
    expect(notebook.code_cell(MORE)).to_contain_text("Typed while the kernel is busy")


def test_a_restarted_kernel_is_said_until_the_cell_runs_again(page: Page, lab: str) -> None:
    notebook = opened(page, lab)
    said = page.get_by_role("alert").filter(has_text="No kernel")
    expect(said).to_have_count(0)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    expect(said).to_be_visible(timeout=30_000)
    page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
    for cell in (IMPORT, STUDIO):
        notebook.run(cell)
        notebook.wait_idle(cell)
    expect(page.locator(".wiro-studio")).to_be_visible()
    expect(said).to_have_count(0)


def test_a_sweep_says_its_price_before_it_runs(page: Page, lab: str, service: Service) -> None:
    before = service.task_count()
    opened(page, lab)
    write_prompt(page, "A crow on a wire")
    page.get_by_role("button", name="Sweep").click()
    sweep = page.locator(".wiro-in-sweep_builder")
    sweep.get_by_label("1080P").check()
    start = sweep.get_by_role("button", name="Make 2 clips · $0.52")
    expect(start).to_be_enabled(timeout=10_000)
    assert service.task_count() == before
    start.click()
    expect(page.get_by_role("button", name="Compare 2")).to_be_enabled(timeout=30_000)
    expect(page.locator(".wiro-thumb[data-status=succeeded]")).to_have_count(4, timeout=60_000)
    assert service.task_count() == before + 2


def test_a_saved_notebook_shows_its_studio_with_a_new_kernel_until_the_cell_runs_again(
    page: Page, lab: str, folder: Path
) -> None:
    # In its own folder, so that its runs are not among those of the other tests.
    own = folder / "saved"
    own.mkdir()
    shutil.copy(PHOTO, own)
    write_notebook(own / "saved.ipynb", SAVED)
    notebook = Notebook.open(page, lab, "test_studio/saved/saved.ipynb")
    for cell in range(len(SAVED)):
        notebook.run(cell)
        notebook.wait_idle(cell, 120)
    expect(notebook.code_cell(3).locator(".wiro-in-compare_grid")).to_be_visible(timeout=30_000)
    page.evaluate(KEEP_STATE)

    notebook = Notebook.open(page, lab, "test_studio/saved/saved.ipynb")
    prompt = page.get_by_role("textbox", name="Prompt")
    expect(prompt).to_have_value("A saved gull", timeout=60_000)
    studio = page.locator(".wiro-studio")
    for part in PARTS:
        expect(studio.locator(f"[data-part={part}] .wiro-root")).to_be_visible()
    expect(studio).to_contain_text(PHOTO.name)
    said = page.get_by_role("alert").filter(has_text="No kernel")
    expect(said).to_be_visible()
    run, grid = notebook.code_cell(2), notebook.code_cell(3)
    for shown in (studio.locator(".wiro-studio-run"), run):
        expect(shown.locator(".wiro-state")).to_contain_text("Done")
        page.wait_for_function(SHOWS_A_FRAME, arg=shown.locator("video").element_handle())
    expect(grid.locator(".wiro-tile").filter(has_text="A saved gull")).to_have_count(2)

    studio.get_by_role("button", name="Run").first.click()
    expect(studio.locator("[data-part=button]")).to_contain_text("Run the cell again to go on.")
    for cell in (IMPORT, STUDIO):
        notebook.run(cell)
        notebook.wait_idle(cell)
    expect(said).to_have_count(0)
    expect(prompt).to_have_value("A saved gull")


def test_it_works_in_notebook_7_too(page: Page, folder: Path, service: Service) -> None:
    with jupyter_lab(folder.parent, service.environment(), NOTEBOOK) as address:
        opened(page, address, NOTEBOOK)
        expect(page.locator(".wiro-thumb")).to_have_count(4, timeout=20_000)
        write_prompt(page, "The gull dives")
        page.keyboard.press("Control+Enter")
        state = page.locator(".wiro-studio-run .wiro-state")
        expect(state).to_contain_text("Done", timeout=40_000)
        expect(page.locator(".wiro-thumb")).to_have_count(5)
