"""The panel in a real browser: used by keyboard, heard by a screen reader, safe from its schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.widgets.axe import paint, violations
from tests.widgets.test_parameters import DOCUMENTS, hailuo, spec_of
from wiro_widgets.client import ModelSpec
from wiro_widgets.widgets import ParameterPanel

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"
EVIL = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>'


def show(stage: Stage, panel: ParameterPanel) -> None:
    """Show a panel as the kernel would have it shown."""
    names = ("value", "errors", "valid", "disabled", "dropped", "_schema")
    stage.show("parameter_panel", **{name: getattr(panel, name) for name in names})


def value(stage: Stage) -> Any:
    return stage.page.evaluate("shown.model.get('value')")


def hailuo_panel() -> ParameterPanel:
    return ParameterPanel(hailuo(), exclude=("prompt", "inputImage"))


def variety() -> ModelSpec:
    return spec_of(
        {"id": "prompt", "type": "textarea", "label": "Prompt"},
        {"id": "style", "type": "select", "label": "Style", "options": list("abcdef")},
        {"id": "steps", "type": "range", "label": "Steps", "default": 30, "min": 1, "max": 50},
        {"id": "seed", "type": "number", "label": "Seed", "required": True},
        {"id": "tint", "type": "color", "label": "Tint", "default": "#ff8800"},
        {"id": "draft", "type": "checkbox", "label": "Draft", "default": "false"},
        {"id": "frames", "type": "multifileinput", "label": "Frames"},
        {"id": "curve", "type": "bezier", "label": "Curve", "help": "Of the speed"},
        {
            "id": "look",
            "type": "selectwithcover",
            "label": "Look",
            "default": "neon",
            "options": [
                {"value": "neon", "label": "Neon", "cover": "http://127.0.0.1:9/a.webp"},
                {"value": "rain", "label": "Rain"},
            ],
        },
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(stage: Stage, theme: str) -> None:
    paint(stage, theme)
    disabled = ParameterPanel(variety())
    disabled.disabled = True
    wrong = hailuo_panel()
    wrong.value = {"resolution": "1080P", "duration": "10"}
    moved = ParameterPanel(variety())
    moved.model = hailuo()
    for panel in (
        hailuo_panel(),
        wrong,
        ParameterPanel(variety()),
        moved,
        disabled,
        ParameterPanel(),
    ):
        stage.page.evaluate("document.querySelector('main').replaceChildren()")
        show(stage, panel)
        stage.page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        assert violations(stage) == []


def test_everything_can_be_set_with_the_keyboard_and_keeps_its_type(stage: Stage) -> None:
    show(stage, ParameterPanel(variety(), exclude=()))
    page = stage.page
    page.evaluate(UNFOLD)
    page.get_by_label("Prompt").focus()
    page.keyboard.type("A gull")
    page.get_by_label("Style").focus()
    page.keyboard.press("c")
    page.get_by_role("spinbutton", name="Steps").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_label("Seed").focus()
    page.keyboard.type("7")
    page.get_by_role("switch", name="Draft").focus()
    page.keyboard.press("Space")
    page.get_by_label("Frames").focus()
    page.keyboard.type("https://a.example/1.png\nb.png\n")
    page.get_by_label("Curve").focus()
    page.keyboard.type("ease")
    page.get_by_role("radiogroup", name="Look").get_by_label("Neon").focus()
    page.keyboard.press("ArrowDown")

    assert value(stage) == {
        "prompt": "A gull",
        "style": "c",
        "steps": 31,
        "seed": 7,
        "tint": "#ff8800",
        "draft": "true",
        "frames": ["https://a.example/1.png", "b.png"],
        "curve": "ease",
        "look": "rain",
    }


def test_an_impossible_choice_is_shown_explained_and_not_taken(stage: Stage) -> None:
    panel = hailuo_panel()
    panel.value = {"resolution": "1080P", "duration": "6"}
    show(stage, panel)
    ten = stage.page.get_by_role("radiogroup", name="Duration").get_by_label("10")
    expect(ten).to_have_attribute("aria-disabled", "true")
    group = stage.page.get_by_role("radiogroup", name="Duration")
    expect(group).to_have_accessible_description(re.compile("1080P is only available with 6 s"))

    # It can be reached, or nobody who listens would learn why it is not there.
    ten.click(force=True)

    assert value(stage) == {"resolution": "1080P", "duration": "6"}
    expect(ten).not_to_be_checked()
    expect(stage.page.get_by_role("status")).to_contain_text("only available with 6 s")
    # The other way out of it stays open.
    stage.page.get_by_label("768P").click()
    ten.click()
    assert value(stage) == {"resolution": "768P", "duration": "10"}


def test_an_error_is_tied_to_its_field(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    page = stage.page
    page.evaluate(UNFOLD)
    seed = page.get_by_label("Seed")
    expect(seed).to_have_attribute("aria-invalid", "true")
    expect(seed).to_have_attribute("aria-required", "true")
    expect(seed).to_have_accessible_description("Seed is needed.")
    seed.fill("many")
    expect(seed).to_have_accessible_description("Seed must be a number, not many.")
    seed.fill("3")
    expect(seed).not_to_have_attribute("aria-invalid", "true")


def test_what_comes_from_a_slow_kernel_does_not_overwrite_what_is_typed(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    page = stage.page
    seed = page.get_by_label("Seed")
    seed.fill("12")
    stage.set("value", {"seed": 1, "curve": "ease"})
    expect(seed).to_have_value("12")
    assert value(stage) == {"seed": 12, "curve": "ease"}
    seed.press("End")
    page.keyboard.type("3")
    assert value(stage)["seed"] == 123
    # Once the kernel has it all, what it says counts again, whoever has the focus.
    stage.until("shown.model.sent.at(-1)?.values.seed === 123")
    confirm(stage, {"seed": 100})
    expect(seed).to_have_value("100")


def confirm(stage: Stage, values: dict[str, Any]) -> None:
    """Answer the last message as the kernel does."""
    stage.page.evaluate(
        """value => {
            const { id } = shown.model.sent.at(-1);
            shown.model.reply({ id, type: "changed", value });
        }""",
        values,
    )


def test_a_choice_is_told_at_once_and_what_is_typed_after_a_pause(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    page = stage.page
    page.get_by_label("Style").select_option("b")
    assert [each["values"] for each in stage.sent()] == [{"style": "b"}]
    page.get_by_label("Seed").press_sequentially("123")
    stage.until("shown.model.sent.at(-1).values.seed === 123")
    page.get_by_label("Style").select_option("")
    assert stage.sent()[-1]["values"] == {"style": None}
    assert "style" not in value(stage)


def test_what_was_typed_is_told_when_the_view_goes(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    stage.page.get_by_label("Seed").fill("5")
    stage.page.evaluate("shown.end.abort()")
    assert [each["values"] for each in stage.sent()] == [{"seed": 5}]
    assert stage.page.evaluate("shown.model.listeners") == 0


def test_two_views_of_one_panel_stay_in_step(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    stage.page.evaluate(
        "shown.view(document.querySelector('main').appendChild(document.createElement('div')))"
    )
    first, second = stage.page.get_by_label("Seed").all()
    first.fill("12")
    expect(second).to_have_value("12")
    second.press("End")
    stage.page.keyboard.type(".5")
    expect(first).to_have_value("12.5")
    expect(second).to_have_value("12.5")


def test_a_way_out_is_offered_that_changes_both_in_one_step(stage: Stage) -> None:
    show(stage, hailuo_panel())
    stage.page.get_by_label("1080P").check()
    way = stage.page.get_by_role("button", name="Use 10 s with 768P")
    way.focus()
    stage.page.keyboard.press("Enter")
    assert value(stage) == {"resolution": "768P", "duration": "10"}
    assert stage.sent()[-1]["values"] == {"resolution": "768P", "duration": "10"}
    # The other way round: 1080P is now the one that is not there.
    struck = stage.page.get_by_label("1080P")
    expect(struck).to_have_attribute("aria-disabled", "true")
    stage.page.get_by_label("768P").focus()
    stage.page.keyboard.press("ArrowRight")
    expect(struck).to_be_focused()
    expect(struck).not_to_be_checked()
    expect(stage.page.get_by_role("status")).to_contain_text("only available with 6 s")
    assert value(stage) == {"resolution": "768P", "duration": "10"}


def test_a_conflict_set_from_python_is_told_once_and_kept(stage: Stage) -> None:
    panel = hailuo_panel()
    panel.value = {"resolution": "1080P", "duration": "10"}
    show(stage, panel)
    expect(stage.page.get_by_text("1080P is only available with 6 s.")).to_have_count(1)
    expect(stage.page.get_by_role("radiogroup", name="Resolution")).to_have_attribute(
        "aria-invalid", "true"
    )
    stage.page.get_by_role("button", name="Use 1080P with 6 s").click()
    assert value(stage) == {"resolution": "1080P", "duration": "6"}


def test_back_to_defaults_keeps_the_files_and_goes_when_there_is_nothing_to_do(
    stage: Stage,
) -> None:
    panel = ParameterPanel(variety())
    panel.value = {**panel.value, "steps": 31, "seed": 4, "frames": ["a.png"]}
    show(stage, panel)
    reset = stage.page.get_by_role("button", name="Back to defaults")
    reset.click()
    assert value(stage) == {
        "steps": 30,
        "tint": "#ff8800",
        "draft": "false",
        "look": "neon",
        "frames": ["a.png"],
    }
    expect(reset).to_be_hidden()


def test_what_another_model_could_not_keep_is_said_until_it_was_read(stage: Stage) -> None:
    panel = ParameterPanel(variety())
    panel.value = {**panel.value, "seed": 4}
    panel.model = hailuo()
    show(stage, panel)
    expect(stage.page.get_by_role("list")).to_contain_text("has no Seed setting; 4 was removed.")
    stage.page.get_by_role("button", name="OK").click()
    expect(stage.page.get_by_role("list")).to_be_hidden()
    assert stage.page.evaluate("shown.model.get('dropped')") == []


def test_a_number_may_be_written_with_a_comma_and_is_left_as_written(stage: Stage) -> None:
    show(stage, ParameterPanel(spec_of({"id": "scale", "type": "number", "label": "Scale"})))
    scale = stage.page.get_by_label("Scale")
    scale.fill("0,5")
    assert value(stage) == {"scale": 0.5}
    expect(scale).to_have_value("0,5")


def test_single_keys_do_not_reach_the_notebook(stage: Stage) -> None:
    show(stage, ParameterPanel(variety()))
    stage.page.evaluate(
        """() => {
            window.keys = [];
            document.addEventListener("keydown", ({ key }) => window.keys.push(key));
        }"""
    )
    stage.page.get_by_label("Frames").press_sequentially("dd")
    assert stage.page.evaluate("window.keys") == []
    # JupyterLab asks the focused element itself before it takes a key for the notebook.
    assert stage.page.locator(":focus[data-lm-suppress-shortcuts]").count() == 1


def test_nothing_of_a_schema_runs_as_markup(stage: Stage) -> None:
    spec = spec_of(
        {"id": "a", "type": EVIL, "label": EVIL, "help": EVIL, "placeholder": EVIL},
        {"id": "b", "type": "select", "label": "B", "options": [{"label": EVIL, "value": EVIL}]},
        {
            "id": "c",
            "type": "selectwithcover",
            "label": "C",
            "options": [{"label": "x", "value": "x", "cover": "javascript:window.hacked = 1"}],
        },
        title=EVIL,
    )
    show(stage, ParameterPanel(spec))
    expect(stage.page.locator(".wiro-label").first).to_contain_text("<img src=x")
    assert stage.page.locator("main img, main script").count() == 0
    assert stage.page.evaluate("window.hacked") is None


def test_five_hundred_choices_and_every_published_model_are_usable(stage: Stage) -> None:
    options = [f"voice {number}" for number in range(500)]
    show(stage, ParameterPanel(spec_of({"id": "v", "type": "select", "options": options})))
    stage.page.get_by_label("v").select_option("voice 499")
    assert value(stage) == {"v": "voice 499"}
    for path in DOCUMENTS:
        spec = ModelSpec.from_openapi(json.loads(path.read_text("utf-8")))
        stage.page.evaluate("document.querySelector('main').replaceChildren()")
        show(stage, ParameterPanel(spec, exclude=()))
        assert stage.page.locator(".wiro-setting").count() == len(spec.parameters), path.stem


def test_at_320_px_nothing_is_cut_off(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 320, "height": 640})
    show(stage, ParameterPanel(variety()))
    stage.page.evaluate(UNFOLD)
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_disabled_choice_is_greyed_with_nothing_over_its_words(stage: Stage) -> None:
    panel = ParameterPanel(variety())
    panel.disabled = True
    show(stage, panel)
    radio = stage.page.get_by_role("radio", name="Neon")
    expect(radio).to_be_disabled()
    expect(radio).to_have_css("opacity", "0")


def test_short_choices_stand_in_a_row_where_one_field_fills_the_width(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 400, "height": 600})
    show(stage, hailuo_panel())
    boxes = [stage.page.get_by_text(name).bounding_box() for name in ("Resolution", "Duration")]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 2
    assert abs(tops[0] - tops[1]) < 4
