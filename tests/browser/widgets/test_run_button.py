"""The button that spends money, in a real browser."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.browser.widgets.test_looks import AXE
from tests.browser.widgets.test_prompt_input import prepare, too_small, violations

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser


def row(price: str, method: str = "cpr", **inputs: str) -> dict[str, Any]:
    return {"inputs": inputs, "price": price, "method": method, "extra": "0", "per_input": False}


PRICES = {
    "rows": [
        row("0.19", resolution="768P", duration="6"),
        row("0.32", resolution="768P", duration="10"),
        row("0.33", resolution="1080P"),
    ],
    "average": None,
}
CHOSEN = {"resolution": "768P", "duration": "6"}
STATES: dict[str, dict[str, Any]] = {
    "ready": {},
    "a range": {"values": {}, "repeats": 3},
    "unknown": {"_prices": {"rows": [], "average": None}, "typical_seconds": None},
    "disabled": {
        "disabled": True,
        "blocked_because": "Add a first frame: hailuo-2.3-fast needs one.",
    },
    "recorded_as": {"recorded_as": "Run 12"},
    "busy": {"busy": True},
    "at fault": {"error": "Something broke"},
}


def show(stage: Stage, **traits: Any) -> Locator:
    """Show a run button; gives the one that costs."""
    defaults = {
        "values": CHOSEN,
        "prompt": "",
        "repeats": 1,
        "takes": [],
        "disabled": False,
        "blocked_because": "",
        "recorded_as": "",
        "busy": False,
        "service": "live",
        "typical_seconds": None,
        "sweep": True,
        "_prices": PRICES,
    }
    stage.show("run_button", **{**defaults, **traits})
    return stage.page.locator(".wiro-primary").first


def test_the_price_follows_the_choices_without_asking_the_kernel(stage: Stage) -> None:
    button = show(stage)
    assert button.inner_text() == "Run · $0.19"
    stage.set("values", {"resolution": "1080P", "duration": "6"})
    assert button.inner_text() == "Run · $0.33"
    stage.set("values", {"duration": "6"})
    assert button.inner_text() == "Run · $0.19 to $0.33"
    stage.set("repeats", 3)
    assert button.inner_text() == "Run 3 takes · $0.57 to $0.99"
    stage.set("values", {"resolution": "4K"})
    assert button.inner_text() == "Run 3 takes · price unknown"
    assert stage.sent() == []


def test_the_price_follows_the_prompt_where_its_length_is_billed(stage: Stage) -> None:
    button = show(stage, _prices={"rows": [row("0.001", "cp-promptlength")], "average": None})
    assert button.inner_text() == "Run · price unknown"
    stage.set("prompt", "a" * 150)
    assert button.inner_text() == "Run · $0.15"


def test_in_the_sandbox_the_price_is_the_same_and_nothing_is_charged(stage: Stage) -> None:
    button = show(stage, service="sandbox")
    assert button.inner_text() == "Run · $0.19"
    assert "charges nothing" in str(button.get_attribute("title"))
    stage.set("service", "live")
    assert button.get_attribute("title") == "You pay this when the run succeeds."


def test_how_long_it_usually_takes_is_said_only_where_it_is_known(stage: Stage) -> None:
    show(stage)
    usual = stage.page.locator(".wiro-reason")
    stage.set("typical_seconds", [180, 240])
    assert usual.inner_text() == "Usually 3 to 4 min."
    stage.set("typical_seconds", None)
    assert usual.is_hidden()


@pytest.mark.parametrize("how", ["click", "keys"])
def test_a_double_press_runs_once(stage: Stage, how: str) -> None:
    button = show(stage, prompt="The gull")
    stage.page.clock.install()
    # A kernel that answers at once: the second press comes after the answer.
    stage.page.evaluate(
        """() => {
            const reply = (id) => shown.model.reply({ id, type: "ok" });
            shown.model.answer = ({ id }) => queueMicrotask(() => reply(id));
        }"""
    )
    if how == "click":
        button.dblclick()
    else:
        button.focus()
        stage.page.keyboard.press("Enter")
        stage.page.keyboard.press("Enter")
    (message,) = stage.sent()
    assert message["type"] == "run"
    assert message["values"] == {**CHOSEN, "prompt": "The gull"}
    stage.page.clock.run_for(2000)
    assert button.inner_text() == "Run · $0.19"
    button.press("Enter")
    assert len(stage.sent()) == 2, "a new wish is a new run"


def test_two_views_of_a_button_are_one_button(stage: Stage) -> None:
    show(stage)
    stage.page.evaluate("shown.view(document.querySelector('main'))")
    buttons = stage.page.locator(".wiro-primary")
    buttons.nth(0).click()
    assert buttons.all_inner_texts() == ["Sending…", "Sending…"]
    buttons.nth(1).click(force=True)
    assert len(stage.sent()) == 1


def test_a_busy_kernel_is_waited_for_in_words_and_asked_once(stage: Stage) -> None:
    button = show(stage)
    stage.page.clock.install()
    button.click()
    stage.page.clock.run_for(4000)
    reason = stage.page.locator(".wiro-reason")
    assert (
        reason.inner_text() == "Waiting for the kernel; it is busy with a cell. It will run once."
    )
    button.click(force=True)
    assert len(stage.sent()) == 1
    stage.page.evaluate("shown.model.reply({ id: shown.model.sent[0].id, type: 'ok' })")
    stage.page.clock.run_for(1000)
    assert reason.is_hidden()
    assert button.inner_text() == "Run · $0.19"


def test_a_refused_run_may_be_tried_again(stage: Stage) -> None:
    button = show(stage)
    stage.page.clock.install()
    button.click()
    stage.page.evaluate(
        "shown.model.reply({ id: shown.model.sent[0].id, type: 'error', message: 'no picture' })"
    )
    stage.set("error", "no picture")
    stage.page.clock.run_for(1000)
    assert stage.page.get_by_role("alert").inner_text() == "no picture"
    button.click()
    assert len(stage.sent()) == 2


def test_where_nothing_can_be_run_the_reason_can_be_reached_and_heard(stage: Stage) -> None:
    button = show(stage, disabled=True, blocked_because="Add a first frame.")
    stage.page.keyboard.press("Tab")
    assert stage.page.evaluate("document.activeElement.textContent") == button.inner_text()
    described = stage.page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText"
    )
    assert described == "Add a first frame."
    stage.page.keyboard.press("Enter")
    assert stage.sent() == []
    stage.until(
        "document.querySelector('.wiro-visually-hidden').textContent === 'Add a first frame.'"
    )


def test_a_press_that_pays_again_for_the_same_says_so(stage: Stage) -> None:
    button = show(stage, recorded_as="Run 12")
    assert button.inner_text() == "Run again · $0.19"
    reason = stage.page.locator(".wiro-reason")
    assert reason.inner_text() == "Same as Run 12. Run again for a new take."
    stage.set("doing", {"name": "Run 12", "words": "Generating… 0:12"})
    assert button.inner_text() == "Generating… 0:12"
    assert reason.inner_text() == "Run 12 is being generated."
    button.click(force=True)
    assert stage.sent() == []
    stage.set("takes", [1, 2, 4])
    stage.page.get_by_role("radio", name="2 takes").check(force=True)
    assert button.inner_text() == "Run 2 takes · $0.38"
    button.click()
    assert stage.sent()[0]["repeats"] == 2
    stage.page.evaluate("shown.model.reply({ id: shown.model.sent[0].id, type: 'ok' })")
    stage.until("document.querySelector('.wiro-primary').textContent.startsWith('Run')")
    stage.set("repeats", 1)
    stage.set("recorded_as", "")
    assert button.inner_text() == "Run · $0.19"
    assert reason.is_hidden()


def test_sweep_is_offered_where_it_is_wanted(stage: Stage) -> None:
    show(stage, sweep=False)
    sweep = stage.page.get_by_role("button", name="Sweep…")
    assert sweep.count() == 0
    stage.set("sweep", value=True)
    sweep.click()
    assert stage.sent()[0]["type"] == "sweep"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(stage: Stage, theme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; `npm --prefix js ci` installs it")
    stage.page.add_script_tag(path=AXE)
    for state, traits in STATES.items():
        prepare(stage, theme)
        show(stage, **traits)
        assert violations(stage) == [], state


def test_at_320_px_nothing_is_cut_off_and_everything_can_be_hit(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 320, "height": 640})
    for traits in STATES.values():
        show(stage, **traits)
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert too_small(stage) == []


def test_nothing_is_left_of_a_view_that_was_closed(stage: Stage) -> None:
    show(stage)
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate("shown.model.listeners") == 0


def test_a_kernel_that_stops_ends_the_press_in_words(stage: Stage) -> None:
    button = show(stage)
    stage.page.clock.install()
    button.click()
    stage.page.evaluate("shown.model.stop()")
    stage.page.clock.run_for(2000)
    words = "The kernel stopped. Run the cell again to go on."
    assert stage.page.locator(".wiro-reason").inner_text() == words
    assert stage.page.locator(".wiro-visually-hidden").inner_text() == words
    assert button.inner_text() == "Run · $0.19"
    button.click()
    assert len(stage.sent()) == 2


def test_in_forced_colours_the_price_can_be_read(forced_colours: Stage) -> None:
    stage = forced_colours
    button = show(stage)
    face = Image.open(io.BytesIO(button.screenshot())).convert("L")
    # The middle, where there is nothing but words on their ground.
    ground = face.getpixel((6, face.height // 2))
    words = face.crop((16, 8, face.width - 16, face.height - 8))
    other = sum(abs(each - ground) > 100 for each in words.tobytes()) / len(words.tobytes())
    assert 0.02 < other < 0.5, "the words do not differ from what they lie on"
