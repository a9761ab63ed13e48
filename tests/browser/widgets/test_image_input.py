"""The image input in a real browser: axe, keys, and what the crop draws."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.widgets.axe import drop_from_disk, paint, violations
from tests.media import odd_files
from tests.widgets.test_image import HAILUO
from wiro_widgets.widgets import ImageInput

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

TRAITS = ("label", "limits", "problem", "disabled", "_remedy", "_shown", "_thumbnail")
DROP = """(data) => {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "gull.jpg", { type: "image/jpeg" }));
    const zone = document.querySelector(".wiro-zone");
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
}"""
# Takes a file once `ready` is fulfilled.
KERNEL = """() => {
    const { model } = shown;
    model.answer = async ({ id, type }) => {
        if (type !== "begin") return;
        await model.ready;
        model.reply({ id, type: "taken", offset: 0 });
    };
}"""
TAKEN = """() => {
    const { id } = shown.model.sent.at(-1);
    shown.model.reply({ id, type: "ok" });
}"""


def show(stage: Stage, image: ImageInput) -> None:
    """Show it as the kernel would have it shown."""
    state = image.get_state()
    stage.show("image_input", **{name: state[name] for name in TRAITS})


def button(stage: Stage, name: str) -> Locator:
    return stage.page.get_by_role("button", name=name)


def drop(stage: Stage, file: bytes) -> None:
    stage.page.evaluate(DROP, base64.b64encode(file).decode())


def hold(stage: Stage, file: bytes) -> None:
    """Drop a file over the limit, which waits in the browser."""
    image = ImageInput(model=HAILUO)
    image.limits = {**image.limits, "max_bytes": 1000}
    show(stage, image)
    drop(stage, file)
    stage.until("shown.model.sent.at(-1)?.type === 'hold'")
    stage.page.evaluate(TAKEN)


def open_crop(stage: Stage, width: int = 1600, height: int = 400) -> Locator:
    """One that is being cropped."""
    hold(stage, odd_files.saved(odd_files.scene(width, height), "JPEG"))
    button(stage, "Crop").click()
    box = stage.page.get_by_role("application", name="Part of the image to keep")
    expect(box).to_be_focused()
    return box


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(stage: Stage, theme: str) -> None:
    paint(stage, theme)
    disabled = ImageInput(odd_files.scene(), disabled=True)
    pictures = [
        ImageInput(),
        disabled,
        ImageInput(odd_files.scene(), model=HAILUO),
        ImageInput(odd_files.scene(1600, 400), model=HAILUO),
        ImageInput("https://example.com/gull.png", model=HAILUO),
    ]
    for image in pictures:
        show(stage, image)
        assert violations(stage) == []
        stage.page.evaluate("document.querySelector('main').replaceChildren()")
    show(stage, ImageInput())
    button(stage, "URL…").click()
    assert violations(stage) == []
    stage.page.evaluate("document.querySelector('main').replaceChildren()")
    open_crop(stage)
    assert violations(stage) == []


def test_the_crop_begins_with_the_most_the_model_takes(stage: Stage) -> None:
    open_crop(stage)
    expect(stage.page.get_by_role("status").first).to_have_text("1,000 × 400 · 5:2")


def test_a_crop_of_what_this_browser_cannot_read_says_so(stage: Stage) -> None:
    hold(stage, b"no picture" * 200)
    button(stage, "Crop").click()
    expect(stage.page.get_by_role("alert").first).to_have_text(
        "This browser cannot read gull.jpg. Save it as JPG, PNG or WebP."
    )
    expect(stage.page.locator(".wiro-zone")).to_be_focused()


def test_a_crop_stands_alone_until_it_is_left(stage: Stage) -> None:
    open_crop(stage)
    stage.page.evaluate("document.querySelector('.wiro-buttons').children[1].click()")
    stage.set("problem", "Too wide.")
    expect(stage.page.get_by_role("application")).to_have_count(1)
    expect(button(stage, "Replace")).to_be_hidden()
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("application")).to_have_count(0)
    expect(button(stage, "Replace")).to_be_visible()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["Shift+ArrowLeft"] * 3, "952 × 400"),
        (["Shift+ArrowUp"] * 200, "752 × 301"),
        (["Shift+ArrowLeft"] * 200, "301 × 400"),
        (["Shift+ArrowRight"] * 5, "1,000 × 400"),
    ],
)
def test_keys_change_the_size_within_what_the_model_takes(
    stage: Stage, keys: list[str], words: str
) -> None:
    open_crop(stage)
    for key in keys:
        stage.page.keyboard.press(key)
    expect(stage.page.get_by_role("status").first).to_contain_text(words)


def test_the_pointer_moves_and_resizes(stage: Stage) -> None:
    box = open_crop(stage)
    before = box.bounding_box()
    assert before
    middle = (before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    stage.page.mouse.move(*middle)
    stage.page.mouse.down()
    stage.page.mouse.move(middle[0] - 40, middle[1] + 10, steps=4)
    stage.page.mouse.up()
    after = box.bounding_box()
    assert after
    assert abs(before["x"] - after["x"] - 40) <= 2
    assert abs(before["width"] - after["width"]) <= 1
    stage.page.mouse.move(after["x"] + after["width"] - 6, after["y"] + after["height"] - 6)
    stage.page.mouse.down()
    stage.page.mouse.move(after["x"] + after["width"] - 106, after["y"] + after["height"] - 6)
    stage.page.mouse.up()
    smaller = box.bounding_box()
    assert smaller
    assert abs(after["width"] - smaller["width"] - 100) <= 2


def test_a_shape_can_be_chosen(stage: Stage) -> None:
    open_crop(stage, 1600, 900)
    for shape, words in (("1:1", "900 × 900 · 1:1"), ("9:16", re.compile("506 × 900"))):
        stage.page.get_by_label(shape, exact=True).check()
        expect(stage.page.get_by_role("status").first).to_contain_text(words)


def test_nothing_comes_in_while_it_is_disabled(stage: Stage) -> None:
    show(stage, ImageInput(disabled=True))
    drop(stage, odd_files.saved(odd_files.scene(), "JPEG"))
    assert stage.sent() == []
    expect(button(stage, "Browse…")).to_have_count(0)


def test_what_comes_from_outside_is_text(stage: Stage) -> None:
    image = ImageInput(odd_files.scene(), label="<img src=x onerror='window.hacked = 1'>")
    image.value = image.value.renamed("<img src=x onerror='window.hacked = 1'>.png")
    show(stage, image)
    expect(stage.page.locator(".wiro-file")).to_contain_text("<img src=x")
    assert stage.page.evaluate("window.hacked") is None


def test_a_file_too_large_for_any_way_is_said(stage: Stage) -> None:
    show(stage, ImageInput())
    stage.page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(63e6)], "raw.png"));
            const zone = document.querySelector(".wiro-zone");
            zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
        }"""
    )
    expect(stage.page.get_by_role("alert")).to_have_text(
        "raw.png is 63 MB. Images can be up to 60 MB here."
    )
    assert stage.sent() == []


def test_what_cannot_be_read_ends_in_words_and_another_file_is_taken(
    stage: Stage, tmp_path: Path
) -> None:
    show(stage, ImageInput())
    stage.page.evaluate(KERNEL)
    alert = stage.page.get_by_role("alert").filter(visible=True)
    folder = tmp_path / "beach"
    folder.mkdir()
    drop_from_disk(stage, stage.page.locator(".wiro-zone"), folder)
    expect(alert).to_have_text("beach is a folder. Drop the files in it instead.")
    assert stage.sent() == []

    changed = tmp_path / "gull.jpg"
    changed.write_bytes(odd_files.saved(odd_files.scene(), "JPEG"))
    # The kernel answers when the file is not the one any more that was chosen.
    stage.page.evaluate("() => { shown.model.ready = new Promise((go) => { window.go = go; }); }")
    drop_from_disk(stage, stage.page.locator(".wiro-zone"), changed)
    stage.until("shown.model.sent.length === 1")
    changed.write_bytes(b"changed")
    stage.page.evaluate("go()")
    expect(alert).to_have_text(
        "gull.jpg cannot be read. It may have been moved, changed or deleted: choose it again."
    )
    assert [each["type"] for each in stage.sent()] == ["begin", "cancel"]

    changed.write_bytes(odd_files.saved(odd_files.scene(), "JPEG"))
    drop_from_disk(stage, stage.page.locator(".wiro-zone"), changed)
    stage.until("shown.model.sent.at(-1).type === 'piece'")
    expect(alert).to_have_count(0)


def test_a_picture_is_let_go_of_with_its_model(stage: Stage) -> None:
    stage.page.evaluate(
        """() => {
            window.urls = new Set();
            const { createObjectURL, revokeObjectURL } = URL;
            URL.createObjectURL = (blob) => {
                const url = createObjectURL(blob);
                window.urls.add(url);
                return url;
            };
            URL.revokeObjectURL = (url) => {
                window.urls.delete(url);
                revokeObjectURL(url);
            };
        }"""
    )
    hold(stage, odd_files.saved(odd_files.scene(), "JPEG"))
    count = "[...urls].length"
    held = stage.page.evaluate(count)
    assert stage.page.locator(".wiro-picture").evaluate("({ src }) => urls.has(src)")
    # A view may come back; the model that is closed does not.
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate(count) == held
    stage.page.evaluate("shown.life.abort()")
    assert stage.page.evaluate(count) == held - 1


def test_a_finger_moves_the_crop_and_a_second_one_does_not_disturb_it(stage: Stage) -> None:
    box = open_crop(stage)
    before = box.bounding_box()
    assert before
    session = stage.page.context.new_cdp_session(stage.page)
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": a, "y": b, "id": place} for place, (a, b) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (x, y))
    touch("touchMove", (x - 20, y))
    touch("touchStart", (x - 20, y), (x - 90, y))
    touch("touchMove", (x - 40, y), (x - 190, y))
    touch("touchEnd")
    stage.until(
        f"Math.abs(document.querySelector('.wiro-crop-box').getBoundingClientRect().x"
        f" - {before['x'] - 40}) <= 2"
    )


def test_beside_a_field_a_button_keeps_its_word_whole(stage: Stage) -> None:
    show(stage, ImageInput())
    button(stage, "URL…").click()
    box = button(stage, "Use").bounding_box()
    assert box
    assert box["height"] < 34, "more than one line"
