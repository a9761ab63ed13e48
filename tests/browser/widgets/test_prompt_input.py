"""The prompt in a real browser."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.browser.widgets.test_looks import AXE
from wiro_widgets.schema.hailuo import CAMERA_MOVES

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

DAWN = "Wide shot at dawn. [Push in] Birds lift off."
STATES: dict[str, dict[str, Any]] = {
    "empty": {},
    "written": {"value": DAWN},
    "warned": {"value": DAWN + " [Zoom inn] [Pan left, Zoom in, Shake, Tilt up]"},
    "too long": {"value": DAWN * 50},
    "pinned": {"value": DAWN, "baseline": "Wide shot at dusk. Birds sit."},
    "as pinned": {"value": DAWN, "baseline": DAWN},
    "other model": {"value": DAWN, "camera_moves": [], "max_length": None},
    "disabled": {"value": DAWN, "disabled": True},
    "at fault": {"value": DAWN, "error": "Something broke"},
}


def show(stage: Stage, **traits: Any) -> Locator:
    """Show a prompt; gives its field."""
    defaults = {
        "value": "",
        "max_length": 2000,
        "camera_moves": list(CAMERA_MOVES),
        "history": [],
        "baseline": None,
        "placeholder": "Describe what happens in the clip",
        "disabled": False,
        "_submits": True,
    }
    stage.show("prompt_input", **{**defaults, **traits})
    return stage.page.get_by_role("textbox", name="Prompt")


def value(stage: Stage) -> str:
    return str(stage.page.evaluate("shown.model.get('value')"))


def caret(field: Locator, at: int) -> None:
    field.evaluate("(area, at) => { area.focus(); area.setSelectionRange(at, at) }", at)


def marks(stage: Stage) -> list[str]:
    return stage.page.locator(".wiro-promptlayer .wiro-cameramove").all_inner_texts()


def test_a_chip_is_written_at_the_caret_and_undo_takes_it_back(stage: Stage) -> None:
    field = show(stage)
    field.press_sequentially("Dawn. Birds lift off.")
    caret(field, 5)
    stage.page.get_by_role("button", name="Push in").click()
    assert field.input_value() == value(stage) == "Dawn. [Push in] Birds lift off."
    assert marks(stage) == ["[Push in]"]
    stage.page.keyboard.press("Control+z")
    assert field.input_value() == value(stage) == "Dawn. Birds lift off."
    assert marks(stage) == []
    stage.page.keyboard.press("Control+Shift+z")
    assert field.input_value() == value(stage) == "Dawn. [Push in] Birds lift off."


def test_the_keys_of_undo_and_redo_do_not_reach_the_notebook(stage: Stage) -> None:
    """In Firefox JupyterLab would keep them from the field as soon as it hears of them."""
    show(stage).focus()
    stage.page.evaluate(
        """() => {
            window.heard = [];
            document.addEventListener("keydown", ({ key }) => window.heard.push(key));
        }"""
    )
    for keys in ("Control+z", "Control+Shift+z", "Control+y", "Control+m"):
        stage.page.keyboard.press(keys)
    assert stage.page.evaluate("() => window.heard") == ["m"]


def test_chips_are_one_stop_of_the_tab_key_and_nine_wait_for_more(stage: Stage) -> None:
    field = show(stage)
    chips = stage.page.get_by_role("toolbar").get_by_role("button")
    assert chips.all_inner_texts() == [*CAMERA_MOVES[:2], "13 more ▾"]
    field.focus()
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("ArrowLeft")
    stage.page.keyboard.press("Enter")
    assert chips.all_inner_texts() == [*CAMERA_MOVES, "Fewer"]
    stage.page.keyboard.press("ArrowLeft")
    stage.page.keyboard.press("Enter")
    assert field.input_value() == "[Shake]"
    stage.page.keyboard.type(" Birds")
    assert value(stage) == "[Shake] Birds"
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Tab")
    assert stage.page.evaluate("document.activeElement.closest('.wiro-cameras')") is None


@pytest.mark.parametrize(
    "text",
    [
        "Wide shot of the launch pad. [Push in, Shake] The rocket holds   still  while [Zoom inn] "
        "vapour drifts across the tower, birds lift off. averyveryverylongwordthatmustbreak" * 3,
        "one\n\n[Pan left]\n\tthree \n",
        (
            "لقطة واسعة لمنصة الإطلاق [Push in] يبقى الصاروخ ثابتا بينما ينجرف البخار عبر البرج\n"
            "and an English line [Shake] (at once)"
        ),
    ],
    ids=["wraps", "lines", "right to left"],
)
@pytest.mark.parametrize("size", ["100%", "200%"])
def test_the_marks_lie_exactly_under_their_words(stage: Stage, text: str, size: str) -> None:
    stage.page.add_style_tag(
        content=f":root {{ --jp-ui-font-size1: calc(13px * {int(size[:-1]) / 100}) }}"
    )
    show(stage, value=text)
    stage.page.add_style_tag(
        content=".wiro-root .wiro-promptlayer span { background: none; box-shadow: none; "
        "text-decoration: none } .layer .wiro-prompttext { color: transparent } "
        ".layer .wiro-promptlayer { color: var(--wiro-text) }"
    )
    box = stage.page.locator(".wiro-promptbox")
    above = picture(box)
    stage.page.evaluate("document.body.classList.add('layer')")
    below = picture(box)
    assert (above != above[0, 0]).any(), "there is nothing to compare"
    # A letter beside a mark may be smoothed otherwise; one pixel off would be black on white.
    assert np.abs(above - below).max() < 100


def picture(element: Locator) -> Any:
    return np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("L"), dtype=int)


def test_unknown_and_too_many_moves_are_warned_about_and_not_forbidden(stage: Stage) -> None:
    field = show(stage)
    field.press_sequentially("[Zoom inn] [Pan left, Zoom in, Shake, Tilt up]")
    notes = stage.page.locator(".wiro-caution")
    notes.nth(1).wait_for()
    assert "doesn't recognise [Zoom inn] as a camera move" in notes.nth(0).inner_text()
    assert "Did you mean [Zoom in]?" in notes.nth(0).inner_text()
    assert "Combining more than 3 moves" in notes.nth(1).inner_text()
    assert stage.page.locator(".wiro-oddmove").all_inner_texts() == ["[Zoom inn]"]
    field.press("Control+Enter")
    assert stage.sent()[-1]["type"] == "submit"


def test_the_length_is_counted_as_characters_and_too_much_is_an_error_of_the_field(
    stage: Stage,
) -> None:
    field = show(stage, max_length=10)
    field.press_sequentially("gull \U0001f600\U0001f600")
    assert stage.page.locator(".wiro-promptcount").inner_text() == "7 / 10"
    assert field.get_attribute("aria-invalid") is None
    field.press_sequentially(" birds")
    # Of hidden elements, too, as a screen reader would.
    description = """(area) => area.getAttribute("aria-describedby").split(" ")
        .map((id) => document.getElementById(id).textContent).join(" ").trim()"""
    described = field.evaluate(description)
    assert described == "13 / 10 3 characters over the 10 limit."
    assert field.get_attribute("aria-invalid") == "true"
    stage.until("document.querySelector('.wiro-visually-hidden').textContent === 'Too long.'")
    field.press("Control+Enter")
    assert "submit" not in [message["type"] for message in stage.sent()]
    for _ in range(3):
        field.press("Backspace")
    assert field.get_attribute("aria-invalid") is None
    assert field.evaluate(description) == "10 / 10"
    field.press("Control+Enter")
    assert "submit" in [message["type"] for message in stage.sent()]


def test_enter_is_a_new_line_and_ctrl_enter_runs_once(stage: Stage) -> None:
    field = show(stage)
    field.press_sequentially("one")
    field.press("Enter")
    field.press_sequentially("two")
    for _ in range(3):
        field.press("Control+Enter")
    # A slow machine may send what was typed in several edits.
    *edits, submit = [(each["type"], each["text"]) for each in stage.sent()]
    assert {kind for kind, _ in edits} == {"edit"}
    assert submit == ("submit", "one\ntwo")
    hint = stage.page.locator(".wiro-prompthint")
    assert hint.inner_text() == "Sending…"
    stage.page.evaluate("shown.model.reply({ id: shown.model.sent.at(-1).id, type: 'ok' })")
    stage.until("document.querySelector('.wiro-prompthint').textContent === 'Ctrl+Enter runs'")


def test_a_kernel_that_stops_ends_the_submit_in_words(stage: Stage) -> None:
    field = show(stage, value="one")
    field.press("Control+Enter")
    stage.page.evaluate("shown.model.stop()")
    words = "The kernel stopped. Run the cell again to go on."
    stage.until(f"document.querySelector('.wiro-prompthint').textContent === {words!r}")
    stage.until(f"document.querySelector('.wiro-visually-hidden').textContent === {words!r}")
    field.press("Control+Enter")
    assert [each["type"] for each in stage.sent()] == ["submit", "submit"]


def test_where_nobody_listens_ctrl_enter_is_not_promised(stage: Stage) -> None:
    field = show(stage, value="a", _submits=False)
    assert stage.page.locator(".wiro-prompthint").inner_text() == ""
    field.press("Control+Enter")
    assert stage.sent() == []


def test_up_and_down_walk_the_history_and_the_draft_is_kept(stage: Stage) -> None:
    field = show(stage, history=["newest " * 40, "oldest"])
    field.press_sequentially("my draft")
    field.press("ArrowUp")
    assert field.input_value() == "newest " * 40
    assert "earlier prompt 1 of 2" in stage.page.locator(".wiro-promptplace").inner_text()
    # The text is wrapped: from its second line Up only moves the caret.
    field.press("ArrowDown")
    field.press("ArrowUp")
    assert field.input_value() == "newest " * 40
    field.press("ArrowUp")
    assert field.input_value() == "oldest"
    field.press("ArrowUp")
    assert field.input_value() == "oldest"
    field.press("ArrowDown")
    assert field.input_value() == "newest " * 40
    field.press("ArrowDown")
    assert field.input_value() == value(stage) == "my draft"
    assert stage.page.locator(".wiro-promptplace").inner_text() == ""
    field.press("Control+z")
    assert field.input_value() == "newest " * 40, "a step can be undone"


def test_what_is_typed_is_not_overwritten_by_a_kernel_that_lags_behind(stage: Stage) -> None:
    field = show(stage)
    field.press_sequentially("mine")
    stage.set("value", "theirs")
    assert field.input_value() == value(stage) == "mine"
    stage.until("shown.model.sent.length === 1")
    stage.page.evaluate(
        "shown.model.reply({ id: shown.model.sent[0].id, type: 'edited', value: 'mine' })"
    )
    stage.set("value", "loaded from a run")
    assert field.input_value() == "loaded from a run"


def test_two_views_of_a_prompt_stay_in_step(stage: Stage) -> None:
    show(stage)
    stage.page.evaluate("shown.view(document.querySelector('main'))")
    fields = stage.page.get_by_role("textbox")
    fields.nth(0).press_sequentially("[Shake]")
    assert fields.nth(1).input_value() == "[Shake]"
    fields.nth(1).press_sequentially(" birds")
    assert fields.nth(0).input_value() == "[Shake] birds"
    assert len(marks(stage)) == 2


def test_what_changed_since_the_pinned_prompt_is_told_by_shape_and_in_words(stage: Stage) -> None:
    field = show(stage, value="Wide shot at dusk")
    stage.page.get_by_role("button", name="Pin to compare").click()
    assert (stage.sent()[-1]["type"], stage.sent()[-1]["text"]) == ("pin", "Wide shot at dusk")
    diff = stage.page.locator(".wiro-promptdiff")
    assert "As pinned" in diff.inner_text()
    for _ in range(4):
        field.press("Backspace")
    field.press_sequentially("dawn")
    stage.until("document.querySelector('.wiro-diffwords').textContent.includes('added')")
    assert "Compared with the pinned prompt: 1 word added, 1 word removed" in diff.inner_text()
    lines = "(each) => getComputedStyle(each).textDecorationLine"
    assert diff.locator("del").evaluate(lines) == "line-through"
    assert diff.locator("ins").evaluate(lines) == "underline"
    assert (diff.locator("del").inner_text(), diff.locator("ins").inner_text()) == ("dusk", "dawn")
    stage.page.get_by_role("button", name="Unpin").click()
    assert diff.is_hidden()


def test_a_text_longer_than_the_field_scrolls_to_the_caret_with_its_marks(stage: Stage) -> None:
    field = show(stage, value="line\n" * 60)
    caret(field, 300)
    stage.page.keyboard.type("[Shake]")
    inside = """() => {
        const box = document.querySelector(".wiro-promptbox").getBoundingClientRect();
        const mark = document.querySelector(".wiro-cameramove").getBoundingClientRect();
        return mark.top >= box.top && mark.bottom <= box.bottom + 1;
    }"""
    assert stage.page.evaluate(inside)


def test_markup_stays_text(stage: Stage) -> None:
    hostile = "<img src=x onerror='window.hurt=1'>"
    show(
        stage,
        value=f"[{hostile}] {hostile}",
        baseline=hostile,
        camera_moves=[hostile],
        placeholder=hostile,
    )
    stage.until("document.querySelector('.wiro-promptdiff ins')")
    assert stage.page.locator("main img").count() == 0
    assert stage.page.evaluate("window.hurt") is None


def test_nothing_is_left_of_a_view_that_was_closed(stage: Stage) -> None:
    field = show(stage)
    field.press_sequentially("last words")
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate("shown.model.listeners") == 0
    assert [each["text"] for each in stage.sent()] == ["last words"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(stage: Stage, theme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; `npm --prefix js ci` installs it")
    stage.page.add_script_tag(path=AXE)
    for state, traits in STATES.items():
        prepare(stage, theme)
        show(stage, **traits)
        assert violations(stage) == [], state


@pytest.mark.parametrize("state", STATES)
def test_at_320_px_nothing_is_cut_off_and_everything_can_be_hit(stage: Stage, state: str) -> None:
    stage.page.set_viewport_size({"width": 320, "height": 640})
    show(stage, **STATES[state])
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert too_small(stage) == []


def test_in_forced_colours_a_recognised_move_still_has_a_shape(forced_colours: Stage) -> None:
    stage = forced_colours
    show(stage, value="[Shake] [Zoom inn]")
    looks = [
        stage.page.locator(name).evaluate(
            "(each) => getComputedStyle(each).outlineStyle + getComputedStyle(each)"
            ".textDecorationLine"
        )
        for name in (".wiro-cameramove", ".wiro-oddmove")
    ]
    assert looks == ["solidnone", "noneunderline"]


def prepare(stage: Stage, theme: str) -> None:
    """An empty page in a theme."""
    stage.page.evaluate(
        """(theme) => {
            document.body.dataset.jpThemeLight = String(theme === "light");
            document.body.style.background = theme === "light" ? "#fff" : "#111";
            document.querySelector("main").replaceChildren();
        }""",
        theme,
    )


def violations(stage: Stage) -> list[str]:
    """What axe-core finds wrong on the page."""
    found: list[str] = stage.page.evaluate(
        """async () => (await axe.run(document.querySelector("main"), {
            runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
            rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } },
        })).violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html)}`)"""
    )
    return found


def too_small(stage: Stage) -> list[str]:
    """The controls that are hard to hit."""
    names: list[str] = stage.page.evaluate(
        """() => [...document.querySelectorAll("button, textarea")]
            .map((each) => [each.textContent, each.getBoundingClientRect()])
            .filter(([, { width, height }]) => width && (width < 24 || height < 24))
            .map(([name]) => name)"""
    )
    return names
