"""Accessibility and layout of every state, in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.widgets.conftest import ROOT

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async ([widget, theme, clip]) => {
    const { show } = await import("/js/demo/demo.js");
    const { states } = await import("/js/demo/states.js");
    document.body.dataset.jpThemeLight = String(theme === "light");
    document.body.style.background = theme === "light" ? "#fff" : "#111";
    const main = document.querySelector("main");
    const found = [];
    for (const [state, snapshot] of Object.entries(states("/notebooks/launch.jpg", clip))) {
        main.replaceChildren();
        const { end } = await show(widget, { run: snapshot, error: "Something broke" }, main);
        const video = main.querySelector("video");
        if (video && snapshot.clips.length) {
            while (video.hidden) await new Promise(requestAnimationFrame);
        }
        const { violations } = await axe.run(main, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
            rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } },
        });
        for (const { id, nodes } of violations) {
            found.push(`${state}: ${id}: ${nodes.map((node) => node.html).join(" ")}`);
        }
        end.abort();
    }
    return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("widget", ["run_view", "timeline", "player"])
def test_axe_finds_nothing_in_any_state(stage: Stage, widget: str, theme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; `npm --prefix js ci` installs it")
    stage.page.add_script_tag(path=AXE)
    clip = f"{stage.site}/range/25.mp4"
    assert stage.page.evaluate(CHECK, [widget, theme, clip]) == []


@pytest.mark.parametrize("widget", ["run_view", "timeline", "player"])
def test_at_320_px_nothing_is_cut_off_and_everything_can_be_hit(stage: Stage, widget: str) -> None:
    stage.page.set_viewport_size({"width": 320, "height": 640})
    clip = {
        "name": "a.mp4",
        "content_type": "video/mp4",
        "size": 0,
        "url": f"{stage.site}/range/25.mp4",
    }
    run = stage.snapshot("succeeded", clips=[clip], prompt="word" * 60)
    stage.show(widget, run=run)
    if widget != "timeline":
        stage.until("!document.querySelector('video').hidden")
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320
    small = stage.page.evaluate(
        """() => [...document.querySelectorAll("button, select, input[type=range]")]
            .map((each) => [each.title || each.textContent, each.getBoundingClientRect()])
            .filter(([, { width, height }]) => width && (width < 24 || height < 24))
            .map(([name]) => name)"""
    )
    assert small == []


def test_the_card_follows_the_host_and_paints_itself(stage: Stage) -> None:
    stage.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    stage.show("run_view", run=stage.snapshot("generating"))
    paint = """() => {
        const { backgroundColor, color, colorScheme } = getComputedStyle(
            document.querySelector(".wiro-root"));
        return [backgroundColor, color, colorScheme];
    }"""
    dark = stage.page.evaluate(paint)
    assert dark == ["rgb(23, 27, 33)", "rgb(230, 233, 238)", "dark"]
    stage.page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    stage.until("document.querySelector('.wiro-root').dataset.wiroTheme === 'light'")
    assert stage.page.evaluate(paint) == ["rgb(255, 255, 255)", "rgb(31, 35, 40)", "light"]


def test_inside_a_shadow_root_the_theme_is_still_found(stage: Stage) -> None:
    stage.page.evaluate(
        """() => {
            document.body.className = "dark";
            const host = document.body.appendChild(document.createElement("div"));
            const inner = host.attachShadow({ mode: "open" }).appendChild(
                document.createElement("main"));
            document.querySelector("main").remove();
            document.querySelector = (name) => name === "main" ? inner : null;
        }"""
    )
    stage.show("timeline", run=stage.snapshot("generating"))
    stage.page.evaluate("delete document.querySelector")
    assert stage.page.locator(".wiro-root").get_attribute("data-wiro-theme") == "dark"


def test_in_forced_colours_the_bar_still_tells_waiting_from_work(forced_colours: Stage) -> None:
    stage = forced_colours
    stage.show("timeline", run=stage.snapshot("generating"))
    looks = stage.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".wiro-segment")].map((each) => {
            const { backgroundColor, backgroundImage } = getComputedStyle(each);
            return [each.dataset.kind, backgroundColor + backgroundImage];
        }))"""
    )
    assert len(set(looks.values())) == len(looks) == 3
