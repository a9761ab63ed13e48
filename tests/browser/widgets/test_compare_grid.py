"""The grid in a real browser with made-up runs: what is odd or broken, many, twice, taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.widgets.axe import paint, violations
from tests.browser.widgets.odd_clips import write_odd
from tests.widgets.grid_runs import PROBLEM, FakeGridRun, clip
from wiro_widgets.widgets import CompareGrid

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

TRAITS = ("mode", "time", "rows", "columns", "side_by_side", "end_behavior", "blind")
TRAITS += ("_live", "_posters", "_closable")
TRAITS += ("_selected", "_baseline", "_order", "_offsets", "_comparison", "_ranking")
ARABIC = "نورس يحلق فوق البحر عند الغروب " * 64
EVIL = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>'
LIKE_A_KERNEL_WITHOUT_THE_FILES = """async () => {
    const { FakeModel } = await import("/js/demo/fake_model.js");
    FakeModel.prototype.send = function (message) {
        this.sent.push(message);
        if (message.type !== "media") return;
        const reply = { id: message.id, type: "error", message: "The clip is not on this disk." };
        queueMicrotask(() => this.reply(reply));
    };
}"""
LAYOUT = "() => [...document.querySelectorAll('.wiro-tile')].map((e) => e.clientWidth)"


@pytest.fixture(scope="module", autouse=True)
def _odd(clips: Path) -> None:
    write_odd(clips)


def show(stage: Stage, runs: list[FakeGridRun], **traits: Any) -> None:
    """Show runs as the kernel would have them shown."""
    state = CompareGrid(runs).get_state()
    stage.page.evaluate(LIKE_A_KERNEL_WITHOUT_THE_FILES)
    stage.show("compare_grid", **{name: state[name] for name in TRAITS} | traits)


def tile(stage: Stage, letter: str) -> Locator:
    return stage.page.locator(".wiro-tile", has=stage.page.get_by_label(f"Select {letter}"))


def usual(stage: Stage, number: int, name: str = "usual", **changes: Any) -> FakeGridRun:
    return FakeGridRun(number, clips=clip(f"{stage.site}/range/{name}.mp4"), **changes)


def in_step(stage: Stage) -> None:
    expect(stage.page.locator(".wiro-spread")).to_contain_text("In sync", timeout=20_000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "failed", "problem": PROBLEM, "clips": []}, "Refused by moderation"),
        ({"status": "failed", "problem": PROBLEM, "clips": []}, "Change the prompt."),
        ({"status": "cancelled", "clips": []}, "Stopped before there was a clip"),
        ({"clips": []}, "This run produced no clip"),
        ({"file": "gone"}, "The clip is not on this disk."),
        ({"file": "broken"}, "cannot"),
        ({"file": "sound"}, "no pictures"),
        ({"kind": "audio/mpeg"}, "This run produced only audio"),
        ({"kind": "image/png"}, "This run produced no video"),
        ({"kind": "text/plain"}, "This run produced no video"),
    ],
)
def test_a_run_with_nothing_to_show_says_why_and_the_rest_go_on(
    stage: Stage, changes: dict[str, Any], words: str
) -> None:
    file, kind = changes.pop("file", "usual"), changes.pop("kind", "video/mp4")
    changes = {"clips": clip(f"{stage.site}/range/{file}.mp4", kind), **changes}
    show(stage, [usual(stage, 1), FakeGridRun(2, **changes), usual(stage, 3)])
    expect(tile(stage, "B")).to_contain_text(words, timeout=15_000)
    in_step(stage)
    for letter in "AC":
        expect(tile(stage, letter).locator("canvas, video").first).to_be_visible()


@pytest.mark.parametrize("name", ["slow", "film", "one", "tall", "large", "long", "cut"])
def test_an_odd_clip_plays_beside_a_usual_one(stage: Stage, name: str) -> None:
    show(stage, [usual(stage, 1), usual(stage, 2, name)])
    if name == "cut":
        # What is there of it is shown, or why it is not; the other one plays.
        expect(tile(stage, "A").locator("canvas, video").first).to_be_visible(timeout=15_000)
        return
    in_step(stage)
    expect(tile(stage, "B").locator("canvas, video").first).to_be_visible()
    stage.page.locator(".wiro-whole").press("Space")
    heights = stage.page.evaluate(
        "() => [...document.querySelectorAll('.wiro-shot')].map((e) => e.clientHeight)"
    )
    assert heights[0] == heights[1], "tiles of one row are of one height"


@pytest.mark.parametrize("prompt", [ARABIC, EVIL])
def test_a_strange_prompt_is_text_and_does_not_burst_its_tile(stage: Stage, prompt: str) -> None:
    show(stage, [usual(stage, 1), usual(stage, 2, prompt=prompt), usual(stage, 3)])
    in_step(stage)
    assert stage.page.evaluate("window.hacked") is None
    widths = stage.page.evaluate(LAYOUT)
    assert max(widths) - min(widths) <= 2
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 800
    shown = tile(stage, "B").locator(".wiro-prompt")
    expect(shown).to_contain_text(prompt[:20])
    if prompt == ARABIC:
        assert shown.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_25_runs_have_12_players(stage: Stage) -> None:
    show(stage, [usual(stage, number) for number in range(1, 26)])
    in_step(stage)
    assert stage.page.locator(".wiro-tile").count() == 25
    live = "[...document.querySelectorAll('.wiro-picture canvas')].filter((e) => !e.hidden).length"
    assert 1 <= stage.page.evaluate(live) <= 12


def test_two_views_of_one_grid_and_one_of_them_taken_away(stage: Stage) -> None:
    show(stage, [usual(stage, 1), usual(stage, 2)])
    stage.page.evaluate(
        """() => {
            window.second = document.createElement("section");
            document.body.append(second);
            window.other = shown.view(second);
        }"""
    )
    expect(stage.page.locator(".wiro-spread", has_text="In sync")).to_have_count(2, timeout=20_000)
    first = stage.page.locator("main")
    first.get_by_role("button", name="Wipe", exact=True).click()
    pressed = stage.page.locator("section").get_by_role("button", name="Wipe", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    listeners = stage.page.evaluate("shown.model.listeners")
    stage.page.evaluate("other.abort(); second.remove()")
    # One of them is the model's.
    assert (stage.page.evaluate("shown.model.listeners") - 1) * 2 == listeners - 1
    first.get_by_role("button", name="Grid", exact=True).click()
    expect(first.locator(".wiro-tile").first).to_be_visible()


def test_taken_away_and_put_back_it_is_where_it_was(stage: Stage) -> None:
    """As JupyterLab does with cells far out of sight: the view goes, the model stays."""
    show(stage, [usual(stage, 1), usual(stage, 2)])
    in_step(stage)
    stage.page.get_by_role("button", name="Pause").click()
    stage.page.locator(".wiro-whole").press("Home")
    for _ in range(7):
        stage.page.locator(".wiro-whole").press(".")
    at = re.compile("frame 8 of 50")
    expect(stage.page.locator(".wiro-readout")).to_have_text(at)
    stage.page.evaluate(
        """() => {
            shown.end.abort();
            const main = document.querySelector("main");
            main.replaceChildren();
            shown.end = shown.view(main);
        }"""
    )
    in_step(stage)
    expect(stage.page.locator(".wiro-readout")).to_have_text(at)
    expect(stage.page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_view_that_is_gone_leaves_no_player(stage: Stage) -> None:
    stage.page.evaluate(
        """() => {
            window.made = [];
            const create = document.createElement.bind(document);
            document.createElement = (name, ...rest) => {
                const element = create(name, ...rest);
                if (name === "video") made.push(new WeakRef(element));
                return element;
            };
        }"""
    )
    show(stage, [usual(stage, 1), usual(stage, 2)])
    in_step(stage)
    stage.page.evaluate("shown.end.abort(); document.querySelector('main').replaceChildren()")
    open_players = "made.filter((e) => e.deref()?.src || e.deref()?.srcObject).length"
    assert stage.page.evaluate(open_players) == 0
    assert stage.page.evaluate("shown.model.listeners") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_with_failures_and_runs_under_way(stage: Stage, theme: str) -> None:
    paint(stage, theme)
    runs = [
        usual(stage, 1),
        usual(stage, 2, parameters=[["duration", "10"]]),
        FakeGridRun(3, status="failed", problem=PROBLEM),
        FakeGridRun(4, status="running", over=False, ended=None, cost=None),
        usual(stage, 5, "gone"),
    ]
    show(stage, runs)
    in_step(stage)
    expect(tile(stage, "E")).to_contain_text("not on this disk")
    assert violations(stage) == []
    stage.page.get_by_role("button", name="More about A").click()
    assert violations(stage) == []


def test_an_empty_grid_says_what_to_do(stage: Stage) -> None:
    show(stage, [])
    expect(stage.page.get_by_text("Select runs in a Studio")).to_be_visible()
    assert violations(stage) == []


def test_bytes_from_the_kernel_where_no_address_can_be_reached(stage: Stage, clips: Path) -> None:
    stage.show("timeline")  # the page needs a model to answer with before the grid asks
    stage.page.evaluate("document.querySelector('main').replaceChildren()")
    data = list((clips / "usual.mp4").read_bytes())
    state = CompareGrid([FakeGridRun(1, clips=clip(None)), usual(stage, 2)]).get_state()
    traits = {name: state[name] for name in TRAITS}
    stage.page.evaluate(
        """async ([traits, data]) => {
            const { FakeModel } = await import("/js/demo/fake_model.js");
            const bytes = new Uint8Array(data);
            const half = Math.ceil(bytes.length / 2);
            FakeModel.prototype.send = function (message) {
                this.sent.push(message);
                const offset = { media: 0, ack: half }[message.type];
                if (offset === undefined) return;
                const piece = new DataView(bytes.slice(offset, offset + half).buffer);
                const reply = { id: message.id, type: "chunk", offset, total: bytes.length };
                queueMicrotask(() => this.reply(reply, [piece]));
            };
            const { show } = await import("/js/demo/demo.js");
            window.shown = await show("compare_grid", traits, document.querySelector("main"));
        }""",
        [traits, data],
    )
    in_step(stage)
    expect(tile(stage, "A").locator("canvas, video").first).to_be_visible()
    asked = [message["run"] for message in stage.sent() if message["type"] == "media"]
    assert asked == ["r1"]


def test_what_is_pressed_and_ticked_is_seen_with_forced_colours(forced_colours: Stage) -> None:
    stage = forced_colours
    show(stage, [usual(stage, 1), usual(stage, 2)])
    in_step(stage)
    stage.page.get_by_label("Select A").check()
    ground = "e => getComputedStyle(e).backgroundColor"
    mark = "e => getComputedStyle(e, '::before').backgroundColor"
    names = ("Grid", "Wipe")
    modes = [stage.page.get_by_role("button", name=name, exact=True) for name in names]
    boxes = [stage.page.get_by_label(f"Select {letter}") for letter in "AB"]
    assert modes[0].evaluate(ground) != modes[1].evaluate(ground)
    assert boxes[0].evaluate(mark) != boxes[1].evaluate(mark)
