"""The grid in use: its room, its focus, zoom, drag, what it says and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.engine import FIREFOX
from tests.browser.widgets.axe import violations
from tests.browser.widgets.test_compare_grid import in_step, show, tile
from tests.widgets.grid_runs import FakeGridRun, clip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

LONG = "Dawn over the launch pad while vapour drifts across the tower and all is still. " * 4
TILES = """() => [...document.querySelectorAll(".wiro-tile")].map((each) => {
    const box = (name) => each.querySelector(name).getBoundingClientRect();
    const { left, top, width } = each.getBoundingClientRect();
    const canvas = each.querySelector("canvas");
    return {
        left, top, width,
        shot: box(".wiro-shot").height,
        text: box(".wiro-text").height,
        bands: box(".wiro-shot").width / box(".wiro-shot").height - canvas.width / canvas.height,
    };
})"""
TAB_STOPS = """() => [...document.querySelectorAll(".wiro-board, .wiro-board *")]
    .filter((each) => each.tabIndex >= 0 && each.getClientRects().length).length"""
PROGRESS = """(now) => {
    const live = shown.model.get("_live");
    const progress = { ...live.tiles.at(-1).progress, now, progress: now % 1 };
    shown.model.reply({
        type: "tiles", revision: live.revision + 1, tiles: [],
        progress: { [live.tiles.at(-1).key]: progress },
    });
}"""
FINGERS = """(apart) => {
    const picture = document.querySelector(".wiro-zoomed");
    const { left, top, width, height } = picture.getBoundingClientRect();
    const send = (type, id, x) => picture.dispatchEvent(new PointerEvent(type, {
        pointerId: id, pointerType: "touch", bubbles: true, buttons: 1, isPrimary: id === 1,
        clientX: left + width / 2 + x, clientY: top + height / 2,
    }));
    send("pointerdown", 1, -20);
    send("pointerdown", 2, 20);
    send("pointermove", 1, -apart / 2);
    send("pointermove", 2, apart / 2);
    send("pointerup", 1, 0);
    send("pointerup", 2, 0);
}"""


def numbered(stage: Stage, number: int, **changes: Any) -> FakeGridRun:
    return FakeGridRun(number, **{"clips": clip(f"{stage.site}/range/25.mp4"), **changes})


def show_runs(stage: Stage, count: int, **traits: Any) -> None:
    runs = [
        numbered(stage, each, prompt=f"{LONG} {each}", parameters=[["seed", str(each)]])
        for each in range(1, count + 1)
    ]
    show(stage, runs, **traits)
    in_step(stage)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


@pytest.mark.parametrize(
    ("width", "count", "columns"), [(1080, 2, 2), (1080, 9, 3), (1080, 3, 3), (320, 2, 1)]
)
def test_tiles_are_as_large_as_the_card_lets_them(
    stage: Stage, width: int, count: int, columns: int
) -> None:
    stage.page.set_viewport_size({"width": width, "height": 900})
    show_runs(stage, count)
    stage.until("[...document.querySelectorAll('.wiro-tile canvas')].every((e) => !e.hidden)")
    tiles = stage.page.evaluate(TILES)
    assert len({round(each["left"]) for each in tiles}) == columns
    room = stage.page.locator(".wiro-board").evaluate("e => e.clientWidth")
    used = sum(each["width"] for each in tiles[:columns]) + 12 * (columns - 1)
    assert room - used < 2
    for each in tiles:
        assert abs(each["bands"]) < 0.02, "grey bands beside a clip"
        assert each["shot"] >= each["text"] - 1, "more text than clip"
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= width


def test_their_size_can_be_chosen_by_slider_and_by_key(stage: Stage) -> None:
    show_runs(stage, 4)
    columns = "new Set([...document.querySelectorAll('.wiro-tile')].map((e) => e.offsetLeft)).size"
    assert stage.page.evaluate(columns) == 2
    size = stage.page.get_by_role("slider", name="Size")
    expect(size).to_have_attribute("aria-valuetext", "2 side by side")
    size.press("ArrowLeft")
    stage.until(f"{columns} === 3")
    stage.page.locator(".wiro-tile").first.focus()
    stage.page.keyboard.press("Alt+ArrowUp")
    stage.page.keyboard.press("Alt+ArrowUp")
    stage.until(f"{columns} === 1")
    expect(size).to_have_attribute("aria-valuetext", "1 side by side")
    stage.page.keyboard.press("Alt+ArrowDown")
    stage.until(f"{columns} === 2")
    stage.page.keyboard.press("B")
    expect(stage.page.locator(".wiro-tile")).to_have_count(1)
    stage.page.get_by_role("button", name="‹ All clips").click()
    expect(stage.page.locator(".wiro-tile")).to_have_count(4)
    # Two is what makes them largest, so a narrower card may have one again.
    stage.page.set_viewport_size({"width": 340, "height": 700})
    stage.until(f"{columns} === 1")


def test_the_chosen_size_outlives_the_page_and_can_be_set_in_python(stage: Stage) -> None:
    show_runs(stage, 4)
    columns = "new Set([...document.querySelectorAll('.wiro-tile')].map((e) => e.offsetLeft)).size"
    stage.page.get_by_role("slider", name="Size").press("ArrowLeft")
    stage.until(f"{columns} === 3")
    kept = stage.page.evaluate("shown.model.get('side_by_side')")
    stage.page.goto(stage.page.url)
    show_runs(stage, 4, side_by_side=kept)
    stage.until(f"{columns} === 3")
    stage.set("side_by_side", 1)
    stage.until(f"{columns} === 1")
    stage.set("side_by_side", None)
    stage.until(f"{columns} === 2")


def test_full_screen_shows_all_of_them(stage: Stage) -> None:
    show_runs(stage, 9)
    stage.page.locator(".wiro-tile").first.focus()
    stage.page.keyboard.press("F")
    stage.until("document.fullscreenElement !== null")
    stage.until(
        """(() => {
            const frame = document.querySelector(".wiro-frame");
            return frame.scrollHeight <= frame.clientHeight + 1;
        })()"""
    )
    stage.page.keyboard.press("F")
    stage.until("document.fullscreenElement === null")


def test_one_tab_stop_and_the_controls_of_the_tile_that_is_entered(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 4)
    assert page.evaluate(TAB_STOPS) == 1
    page.locator(".wiro-tile").first.focus()
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("B,")
    page.keyboard.press("F2")
    assert focused(page) == "Favourite B"
    for control in ("Select B", "Rating of B", "More about B"):
        page.keyboard.press("Tab")
        assert focused(page) == control
    page.keyboard.press("Escape")
    assert focused(page).startswith("B,")
    assert page.evaluate(TAB_STOPS) == 1
    page.keyboard.press("Tab")
    assert not page.evaluate(
        "document.querySelector('.wiro-board').contains(document.activeElement)"
    )
    assert violations(stage) == []


@pytest.mark.parametrize(("key", "panel"), [("e", "More about A, Run 1"), ("?", "Keys")])
def test_a_panel_takes_the_focus_and_gives_it_back(stage: Stage, key: str, panel: str) -> None:
    show_runs(stage, 2)
    stage.page.locator(".wiro-tile").first.focus()
    stage.page.keyboard.press(key)
    dialog = stage.page.get_by_role("dialog", name=panel)
    expect(dialog).to_be_visible()
    assert dialog.evaluate("e => e.contains(document.activeElement)")
    if key == "e":
        expect(dialog).to_contain_text(LONG.strip())
        stage.page.keyboard.press("Tab")
        assert dialog.evaluate("e => e.contains(document.activeElement)")
    stage.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(stage.page).startswith("A,")


def test_keys_of_other_alphabets_do_what_stands_on_them(stage: Stage) -> None:
    show_runs(stage, 2)
    stage.page.locator(".wiro-tile").first.focus()
    stage.page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
            key: "ц", code: "KeyW", bubbles: true, cancelable: true,
        }))"""
    )
    expect(stage.page.get_by_role("slider", name="Edge of the wipe")).to_be_visible()


def test_the_focus_stays_in_a_shadow_root_while_repeats_are_turned(stage: Stage) -> None:
    """As in marimo, where the page's active element is the host of the shadow root."""
    runs = [numbered(stage, each, parameters=[["size", "512P"]]) for each in (1, 2, 3)]
    show(stage, runs, columns="model")
    in_step(stage)
    stage.page.evaluate(
        """() => {
            shown.end.abort();
            const root = document.querySelector("main").attachShadow({ mode: "open" });
            const place = document.createElement("div");
            root.append(place);
            shown.end = shown.view(place);
        }"""
    )
    back = stage.page.get_by_role("button", name="Previous take")
    back.press("Enter")
    expect(stage.page.get_by_text("3 of 3")).to_be_visible()
    back.press("Enter")
    expect(stage.page.get_by_text("2 of 3")).to_be_visible()
    assert back.evaluate("e => e.getRootNode().activeElement === e")


def test_the_difference_is_announced_once_it_stands(stage: Stage) -> None:
    show_runs(stage, 2, mode="difference")
    stage.page.evaluate(
        """() => {
            window.spoken = 0;
            window.written = new Set();
            const number = document.querySelector(".wiro-number");
            const count = () => { spoken++; };
            for (const each of document.querySelectorAll("[role=status]")) {
                const options = { childList: true, characterData: true, subtree: true };
                new MutationObserver(count).observe(each, options);
            }
            new MutationObserver(() => written.add(number.textContent))
                .observe(number, { childList: true, characterData: true, subtree: true });
        }"""
    )
    if stage.page.get_by_role("button", name="Play", exact=True).count():
        stage.page.get_by_role("button", name="Play", exact=True).click()
    stage.until("written.size > 12")
    assert stage.page.evaluate("spoken") <= 1
    stage.page.get_by_role("button", name="Pause").click()
    stage.until("/differ by/.test(document.querySelector('.wiro-visually-hidden').textContent)")


def test_buttons_and_two_fingers_zoom_all_pictures(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 2)
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator(".wiro-scale")).to_have_text("200 %")
    page.get_by_role("button", name="Zoom out").click()
    expect(page.locator(".wiro-scale")).to_have_text("100 %")
    page.evaluate(FINGERS, 120)
    expect(page.locator(".wiro-scale")).to_have_text("300 %")
    scales = """() => [...document.querySelectorAll(".wiro-zoomed > *")]
        .map((each) => getComputedStyle(each).transform)"""
    assert len(set(page.evaluate(scales)[:2])) == 1
    page.evaluate(FINGERS, 4)
    expect(page.locator(".wiro-scale")).to_have_text("100 %")
    picture = page.locator(".wiro-zoomed").first.bounding_box()
    assert picture
    page.mouse.move(picture["x"] + 50, picture["y"] + 50)
    page.mouse.wheel(0, -120)
    expect(page.locator(".wiro-scale")).to_have_text("100 %")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(page.locator(".wiro-scale")).not_to_have_text("100 %")


def test_text_of_a_tile_is_selected(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 4)
    box = tile(stage, "B").locator(".wiro-prompt").bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 8, steps=5)
    page.mouse.up()
    assert page.evaluate("getSelection().toString().trim()")
    assert page.locator(".wiro-tile[draggable]").count() == 0


@pytest.mark.skipif(FIREFOX, reason="Driven, Firefox begins a drag and goes no further")
def test_tiles_are_dragged_by_their_handle(stage: Stage) -> None:
    page = stage.page
    show_runs(stage, 4)
    tile(stage, "C").locator(".wiro-handle").drag_to(tile(stage, "A"))
    letters = "[...document.querySelectorAll('.wiro-letter')].map((e) => e.textContent).join('')"
    stage.until(f"{letters} === 'CABD'")
    # At the end of a line the next one in the new order follows.
    tile(stage, "C").focus()
    for letter in "ABD":
        page.keyboard.press("ArrowRight")
        assert focused(page).startswith(f"{letter},")


def test_a_run_that_goes_on_redraws_its_own_tile_only(stage: Stage) -> None:
    going = FakeGridRun(3, status="running", over=False, ended=None, cost=None)
    show(stage, [numbered(stage, 1), numbered(stage, 2), going])
    in_step(stage)
    pause = stage.page.get_by_role("button", name="Pause")
    if pause.count():
        pause.click()
    in_step(stage)
    stage.page.evaluate(
        """() => {
            window.changed = new Set();
            const names = (each) => each.closest?.(".wiro-tile")?.dataset.key
                ?? each.parentElement?.closest(".wiro-tile")?.dataset.key ?? "outside";
            new MutationObserver((all) => all.forEach(({ target }) => changed.add(names(target))))
                .observe(document.querySelector(".wiro-whole"), {
                    childList: true, subtree: true, characterData: true, attributes: true,
                });
        }"""
    )
    start = stage.page.evaluate("shown.model.get('_live').tiles.at(-1).progress.now")
    for step in range(1, 6):
        stage.page.evaluate(PROGRESS, start + 60 * step)
    expect(stage.page.locator(".wiro-tile .wiro-words").last).to_contain_text(
        stage.page.locator(".wiro-words").last.inner_text()
    )
    stage.until("changed.size > 0")
    assert stage.page.evaluate("[...changed]") == ["r3"]


def test_a_clip_whose_address_has_expired_is_saved_from_the_kernel_or_says_why(
    stage: Stage, clips: Path
) -> None:
    page = stage.page
    show_runs(stage, 2)
    page.route("**/25.mp4", lambda route: route.fulfill(status=403, body="expired"))
    page.locator(".wiro-tile").first.focus()
    page.keyboard.press("e")
    panel = page.get_by_role("dialog", name="More about A")
    panel.get_by_role("button", name="Save the clip").click()
    said = panel.locator(".wiro-said")
    expect(said).to_contain_text("error 403")
    expect(said).to_contain_text("not on this disk")
    data = (clips / "25.mp4").read_bytes()
    page.evaluate(
        """(data) => {
            const bytes = new Uint8Array(data);
            shown.model.send = (message) => {
                if (message.type !== "media") return;
                const reply = { id: message.id, type: "chunk", offset: 0, total: bytes.length };
                queueMicrotask(() => shown.model.reply(reply, [new DataView(bytes.buffer)]));
            };
        }""",
        list(data),
    )
    if FIREFOX:
        # Playwright misses a Firefox's download that no navigation began.
        panel.get_by_role("button", name="Save the clip").click()
        expect(said).to_have_text("Saved.")
        return
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save the clip").click()
    assert download.value.path().read_bytes() == data


def test_a_wipe_in_a_page_that_reads_from_the_right(stage: Stage) -> None:
    page = stage.page
    page.evaluate("document.documentElement.dir = 'rtl'")
    show_runs(stage, 2, mode="wipe")
    box = page.locator(".wiro-pair").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    edge = page.get_by_role("slider", name="Edge of the wipe")
    expect(edge).to_have_value("25")
    grip = page.locator(".wiro-grip").bounding_box()
    assert grip
    assert abs(grip["x"] + grip["width"] / 2 - box["x"] - box["width"] / 4) < 3
    clip_path = page.locator(".wiro-upper").evaluate("e => e.style.clipPath")
    assert clip_path == "inset(0px 0px 0px 25%)"
    edge.press("ArrowRight")
    expect(edge).to_have_value("26")
    left, right = (page.locator(f".wiro-label[data-side='{side}']") for side in (0, 1))
    assert left.bounding_box()["x"] < right.bounding_box()["x"]  # type: ignore[index]
    expect(left).to_contain_text("A Run 1")
    assert violations(stage) == []
    page.get_by_role("button", name="Onion skin").click()
    expect(page.get_by_role("slider", name="Mixture")).to_be_visible()
    assert violations(stage) == []
    # A blind comparison may follow: nothing of the two stays in the page.
    page.get_by_role("button", name="Grid", exact=True).click()
    expect(page.locator(".wiro-tile").first).to_be_visible()
    assert "Run 1" not in page.locator(".wiro-pairing").evaluate("e => e.outerHTML")
