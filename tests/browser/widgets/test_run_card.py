"""The card of a run in a real browser: how much room it takes, and what its buttons do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

POSTER = "/notebooks/launch.jpg"
ANSWER = """() => { shown.model.answer = ({ id, type }) => queueMicrotask(() => shown.model.reply(
    type === "about"
        ? { id, type: "about_run", price: "$0.19", code: "ww.run(1)", next_code: "ww.run(2)" }
        : { id, type: "ok" })); }"""


def show(stage: Stage, state: str, *, reuses: bool = True, **changes: Any) -> None:
    """A run as a Studio shows it; the kernel agrees to all that is asked."""
    run = stage.snapshot(state, **changes)
    stage.show("run_view", run=run, _reuses=reuses)
    stage.page.evaluate(ANSWER)


def did(stage: Stage) -> list[str]:
    return [each["type"] for each in stage.sent()]


def test_all_of_a_card_of_640_px_fits_520_px(stage: Stage) -> None:
    stage.page.evaluate("document.querySelector('main').style.width = '640px'")
    clip = {"name": "a.mp4", "content_type": "video/mp4", "size": 0}
    clip["url"] = f"{stage.site}/range/25.mp4"
    show(stage, "succeeded", poster=POSTER, clips=[clip])
    stage.until("!document.querySelector('video').hidden")
    stage.page.evaluate(
        "document.querySelector('.wiro-stage').style.setProperty('--wiro-ratio', '640 / 427')"
    )
    card = stage.page.locator(".wiro-root").bounding_box()
    assert card is not None
    assert card["height"] <= 530
    for name in ("Reuse", "Continue from last frame", "More actions", "Log"):
        expect(stage.page.get_by_role("button", name=name)).to_be_visible()
    expect(stage.page.get_by_role("slider", name="Rating of Run 14")).to_be_visible()


def test_nothing_moves_when_stop_goes(stage: Stage) -> None:
    show(stage, "generating", poster=POSTER)
    at = "() => document.querySelector('.wiro-stage').getBoundingClientRect().top"
    before = stage.page.evaluate(at)
    stage.run(stage.snapshot("downloading", poster=POSTER))
    expect(stage.page.get_by_role("button", name="Stop")).to_be_hidden()
    assert stage.page.evaluate(at) == before


def test_what_the_buttons_of_a_card_do(stage: Stage) -> None:
    show(stage, "succeeded")
    stage.page.get_by_role("button", name="Reuse").click()
    expect(stage.page.get_by_text("Loaded into the prompt.")).to_be_visible()
    stage.page.get_by_role("button", name="Continue from last frame").click()
    stars = stage.page.locator(".wiro-stars")
    place = stars.bounding_box()
    assert place is not None
    stars.click(position={"x": place["width"] * 0.7, "y": place["height"] / 2})
    expect(stage.page.get_by_role("button", name="More actions")).to_be_visible()
    assert did(stage) == ["reuse", "continue", "judge"]
    assert {each["run"] for each in stage.sent()} == {"r14"}
    assert stage.sent()[-1]["changes"] == {"rating": 4}
    stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stage.page.get_by_role("button", name="More actions").click()
    expect(stage.page.get_by_role("button", name="Run again · $0.19")).to_be_visible()
    stage.page.get_by_role("button", name="Copy as Python").click()
    expect(stage.page.get_by_text("Python copied.")).to_be_visible()
    assert stage.page.evaluate("navigator.clipboard.readText()") == "ww.run(1)"


def test_a_card_on_its_own_offers_code_in_place_of_inputs(stage: Stage) -> None:
    show(stage, "succeeded", reuses=False)
    assert stage.page.get_by_role("button", name="Reuse").is_hidden()
    stage.page.get_by_role("button", name="More actions").click()
    onward = "Copy as Python, continuing from its last frame"
    expect(stage.page.get_by_role("button", name=onward)).to_be_visible()


def test_what_failed_is_tried_again_and_paid_for_only_when_the_price_was_seen(
    stage: Stage,
) -> None:
    show(stage, "failed", service="live")
    stage.page.get_by_role("button", name="Try again").click()
    priced = stage.page.get_by_role("button", name="Try again · $0.19")
    expect(priced).to_be_visible()
    assert did(stage) == ["about"]
    priced.click()
    assert did(stage) == ["about", "send_again"]


def test_a_timeline_without_a_run_has_nothing_to_stop(stage: Stage) -> None:
    stage.show("timeline")
    assert stage.page.get_by_role("button").count() == 0
    expect(stage.page.get_by_text("No run yet")).to_be_visible()
