"""A whole Studio in marimo, which draws anywidgets in a shadow root and by code of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import chromium
from tests.browser.marimo_app import marimo_app, write_app
from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Service

pytestmark = pytest.mark.browser

CELLS = (
    "import wiro_widgets as ww",
    f"studio = ww.Studio('The gull lifts off', image={PHOTO.name!r})\nstudio",
)
# So that a test can say whether it is dark.
SETTINGS = '[tool.marimo.display]\ntheme = "system"\n'
ALL = "elements => new Set(elements.map(each => each.dataset.wiroTheme)).size"
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found.tagName;
}"""
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
# By its host, as axe looks into a shadow root only from outside.
CHECK = """async (studio) => {
    const { violations } = await axe.run(studio.getRootNode().host, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`);
}"""
PLAYS = "video => !video.paused && video.currentTime > 0.2"


@pytest.fixture
def page(tmp_path: Path, service: Service) -> Iterator[Page]:
    shutil.copy(PHOTO, tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    write_app(tmp_path / "app.py", CELLS)
    environment = {**service.environment(), "PYTHONPATH": str(ROOT)}
    with marimo_app(tmp_path, environment) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 1500}, color_scheme="light")
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        yield page
        assert [error for error in errors if "wiro" in error] == []


def test_a_prompt_becomes_a_clip_that_plays(page: Page) -> None:
    studio = page.locator(".wiro-root:has(> .wiro-studio)")
    run = studio.get_by_role("button", name="Run ·")
    expect(run).to_have_text("Run · $0.19", timeout=60_000)
    # The style sheet holds in the shadow root, for the parts as well.
    expect(studio.locator(".wiro-studio-part > .wiro-root").first).to_have_css(
        "border-width", "0px"
    )
    expect(run).to_have_css("color", "rgb(255, 255, 255)")

    prompt = studio.get_by_role("textbox", name="Prompt")
    prompt.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("The gull lands")
    page.keyboard.press("Control+Enter")
    shown = studio.locator(".wiro-studio-run")
    expect(shown.locator(".wiro-name")).to_have_text("Run 1", timeout=20_000)
    # What comes from the kernel takes no focus away.
    assert page.evaluate(FOCUSED) == "TEXTAREA"
    expect(shown.locator(".wiro-state")).to_contain_text("Done", timeout=40_000)
    expect(shown).to_contain_text("The gull lands")
    video = shown.locator("video").element_handle()
    page.wait_for_function(PLAYS, arg=video)

    # Parts that are made when they are asked for.
    studio.get_by_role("button", name="Sweep…").click()
    sweep = studio.locator("[data-part=sweep]")
    sweep.get_by_label("1080P").check()
    # The other one is Run 1.
    start = sweep.get_by_role("button", name="Make 1 clip · $0.33")
    expect(start).to_be_enabled(timeout=20_000)
    start.click()
    compare = studio.get_by_role("button", name="Compare 2")
    expect(compare).to_be_enabled(timeout=30_000)
    compare.click()
    expect(studio.locator("[data-part=grid]")).to_contain_text("Wipe", timeout=20_000)

    page.add_script_tag(path=AXE)
    assert studio.evaluate(CHECK) == []
    page.emulate_media(color_scheme="dark")
    expect(studio).to_have_attribute("data-wiro-theme", "dark")
    assert page.locator(".wiro-root").evaluate_all(ALL) == 1
    assert studio.evaluate(CHECK) == []


def test_a_press_after_the_server_has_ended_says_what_to_do(
    tmp_path: Path, service: Service
) -> None:
    shutil.copy(PHOTO, tmp_path)
    write_app(tmp_path / "app.py", CELLS)
    environment = {**service.environment(), "PYTHONPATH": str(ROOT)}
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 1500})
        studio = page.locator(".wiro-root:has(> .wiro-studio)")
        run = studio.get_by_role("button", name="Run ·")
        with marimo_app(tmp_path, environment) as address:
            page.goto(address)
            expect(run).to_have_text("Run · $0.19", timeout=60_000)

        run.click()
        said = "The kernel stopped. Run the cell again to go on."
        expect(studio.locator("[data-part=button]")).to_contain_text(said, timeout=20_000)
        studio.get_by_role("combobox", name="Model").fill("hailuo")
        expect(studio.locator(".wiro-studio > .wiro-head")).to_contain_text(said, timeout=20_000)
