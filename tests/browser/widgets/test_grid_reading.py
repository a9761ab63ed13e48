"""A comparison that can be read: it fits a notebook, leads back, and ends in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.widgets.axe import violations
from tests.browser.widgets.test_compare_grid import in_step, show, tile
from tests.browser.widgets.test_grid_controls import LONG, TILES, focused, numbered, show_runs
from tests.widgets.grid_runs import PROBLEM, FakeGridRun, clip
from wiro_widgets.library.ratings import Vote
from wiro_widgets.widgets import CompareGrid
from wiro_widgets.widgets.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

AREAS = """() => [...document.querySelectorAll(".wiro-tile")].map((each) => {
    const area = ({ width, height }) => width * height;
    const shot = each.querySelector(".wiro-shot").getBoundingClientRect();
    return { shot: area(shot), tile: area(each.getBoundingClientRect()) };
})"""


@pytest.mark.parametrize("rows", ["size", None])
def test_two_by_two_fit_a_notebook_with_their_transport(stage: Stage, rows: str | None) -> None:
    page = stage.page
    page.set_viewport_size({"width": 916, "height": 765})
    runs = [
        numbered(stage, each, prompt=f"{LONG} {each % 2}", parameters=[["size", f"{each // 3}P"]])
        for each in range(1, 5)
    ]
    show(stage, runs, rows=rows, columns=rows and "prompt")
    in_step(stage)
    whole = page.locator(".wiro-whole").bounding_box()
    assert whole
    assert whole["height"] <= 765
    assert len({round(each["left"]) for each in page.evaluate(TILES)}) == 2
    for each in page.evaluate(AREAS):
        assert each["shot"] >= 0.5 * each["tile"]
    # What the columns say is not said again.
    expect(page.locator(".wiro-prompt:visible")).to_have_count(0 if rows else 4)
    head = page.locator(".wiro-head")
    for width, most in ((866, 48), (336, 84)):
        page.set_viewport_size({"width": width, "height": 765})
        stage.until(f"document.querySelector('.wiro-head').offsetHeight <= {most}")
        assert head.evaluate("e => e.scrollWidth <= e.clientWidth + 1")


def test_every_way_back_to_all_clips_keeps_the_tile(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 4)
    tiles = page.locator(".wiro-tile")
    on_c = "document.activeElement.getAttribute('aria-label')?.startsWith('C,')"

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    ways: list[Callable[[], None]] = [
        lambda: page.keyboard.press("Escape"),
        lambda: page.keyboard.press("0"),
        lambda: page.keyboard.press("g"),
        lambda: press("‹ All clips"),
        lambda: press("Grid"),
    ]
    tile(stage, "C").focus()
    for back in ways:
        page.keyboard.press("3")
        expect(tiles).to_have_count(1)
        stage.until(on_c)
        back()
        expect(tiles).to_have_count(4)
        stage.until(on_c)
    # From another view by key: the keys go on working in it, and the tile is found again.
    for key in "wt":
        page.keyboard.press(key)
        expect(tiles.first).to_be_hidden()
        page.keyboard.press("g")
        expect(tiles).to_have_count(4)
        stage.until(on_c)


def test_a_run_is_rated_on_its_tile(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 2)
    stars = tile(stage, "B").locator(".wiro-stars")
    box = stars.bounding_box()
    assert box
    stars.click(position={"x": 0.7 * box["width"], "y": box["height"] / 2})
    tile(stage, "A").focus()
    page.keyboard.press("r")
    page.keyboard.press("s")
    tile(stage, "A").get_by_role("slider", name="Rating of A").press("ArrowRight")
    said = [(each["run"], each["changes"]) for each in stage.sent() if each["type"] == "judge"]
    assert said == [
        ("r2", {"rating": 4}),
        ("r1", {"rating": 1}),
        ("r1", {"starred": True}),
        ("r1", {"rating": 1}),
    ]


@pytest.mark.parametrize("width", [1080, 336])
def test_what_is_said_about_a_run_covers_no_clip(stage: Stage, width: int) -> None:
    page = stage.page
    page.set_viewport_size({"width": width, "height": 800})
    show_runs(stage, 2, _closable=True)
    tile(stage, "B").focus()
    page.keyboard.press("e")
    panel = page.get_by_role("dialog", name="More about B")
    expect(panel).to_be_focused()
    stage.until(
        """(() => {
            const box = document.querySelector(".wiro-panel").getBoundingClientRect();
            return [...document.querySelectorAll(".wiro-tile")].every((each) => {
                const { right, bottom } = each.getBoundingClientRect();
                return right <= box.left || bottom <= box.top;
            });
        })()"""
    )
    expect(panel.locator("legend")).to_have_text(["Rate it", "Reuse", "Compare", "Arrange", "File"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    assert focused(page).startswith("B,")
    page.get_by_role("button", name="Close the comparison").click()
    assert stage.sent()[-1]["type"] == "close"


def test_a_blind_vote_waits_for_both_clips_and_ends_in_a_table(stage: Stage) -> None:
    page = stage.page
    made = [
        numbered(stage, 1, prompt="A gull lands"),
        FakeGridRun(2, prompt="A crow lands", clips=clip(f"{stage.site}/silent/25.mp4")),
    ]
    comparison = {"number": 1, "outcome": "", "pairs": 1, "compared": 0}
    show(stage, made, blind=True, _comparison=comparison)
    expect(page.locator(".wiro-blind")).to_contain_text("Loading both clips")
    better = page.get_by_role("button", name="Left is better")
    expect(better).to_be_disabled()
    stage.show("timeline")  # another view takes the place
    page.evaluate("document.querySelector('main').replaceChildren()")
    made[1] = numbered(stage, 2, prompt="A crow lands")
    grid = CompareGrid(made)
    show(stage, made, blind=True, _comparison=comparison)
    in_step(stage)
    better.focus()
    page.keyboard.press("Enter")
    assert stage.sent()[-1]["outcome"] == "left"
    stage.set("_comparison", {**comparison, "outcome": "left", "compared": 1})
    expect(page.locator(".wiro-blind")).to_contain_text("Every pair is compared")
    expect(page.get_by_role("button", name="Next pair")).to_be_focused()
    page.get_by_role("button", name="Finish").click()
    votes = [Vote(made[0], made[1], "left", 0.0)]
    stage.set("_ranking", dict(rank(grid._entries, votes).table()))
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows.nth(1)).to_have_text("1. ARun 1 · gull1 of 1no clear difference")
    expect(page.locator(".wiro-ranking")).to_contain_text(
        "Prompt: “gull” won 1 of 1 against “crow”"
    )
    expect(page.get_by_text("Ranking")).to_be_focused()
    assert violations(stage) == []


def test_every_view_names_what_it_shows(stage: Stage) -> None:
    page = stage.page
    made = [
        numbered(stage, 1, prompt="A gull lands at dawn"),
        numbered(stage, 2, prompt="A crow lands at dawn", parameters=[["duration", "10"]]),
        FakeGridRun(3, status="failed", problem=PROBLEM),
    ]
    show(stage, made)
    in_step(stage)
    for view in ("Wipe", "Flip", "Difference", "Onion skin"):
        page.get_by_role("button", name=view, exact=True).click()
        labels = page.locator(".wiro-label:visible")
        expect(labels.last).to_have_text("B Run 2 · 10 s · crow")
    page.set_viewport_size({"width": 716, "height": 700})
    page.get_by_role("button", name="Storyboard", exact=True).click()
    expect(page.get_by_role("columnheader")).to_have_count(5)
    rows = page.get_by_role("row")
    expect(rows.nth(2)).to_contain_text("B Run 2 · 10 s · crow")
    expect(rows.nth(3)).to_contain_text("Refused by moderation")
    expect(page.locator(".wiro-story canvas")).to_have_count(8)
    assert page.locator(".wiro-story").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert violations(stage) == []
