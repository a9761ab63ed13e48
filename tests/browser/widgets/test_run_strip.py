"""The strip of runs in a real browser: what tells them apart, and their films under the pointer."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.widgets.axe import violations

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser
CELL = (264, 152)
FRAMES = 8


def sheet() -> bytes:
    """Eight frames side by side, each brighter than the one before."""
    whole = Image.new("RGB", (CELL[0] * FRAMES, CELL[1]))
    for place in range(FRAMES):
        whole.paste((30 * place, 30 * place, 30 * place), (place * CELL[0], 0, *_corner(place)))
    buffer = io.BytesIO()
    whole.save(buffer, "PNG")
    return buffer.getvalue()


def _corner(place: int) -> tuple[int, int]:
    return (place + 1) * CELL[0], CELL[1]


def tile(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "key": f"r{number}",
        "name": f"Run {number}",
        "price": "$0.19 if live",
        "prompt": "The gull lifts off",
        "parameters": [["resolution", "768P"]],
        "first_frame": "launch",
        "status": "succeeded",
        "over": True,
        "picture": None,
        "has_film": True,
        "problem": None,
        "task_id": "534574",
        "starred": False,
        "rating": 0,
    } | changes


TILES = [
    tile(4, parameters=[["resolution", "1080P"]]),
    tile(3, prompt="The gull lifts off slowly", status="running", over=False, has_film=False),
    tile(2),
    tile(1, status="failed", has_film=False, problem="Refused by the model"),
]


def show(stage: Stage) -> None:
    """Show four runs; the kernel sends films, and counts for how many it was asked."""
    live = {"revision": 1, "tiles": TILES, "pictures": {}}
    stage.show("run_strip", _live=live, selected=[], current="r4", _reuses=True)
    stage.page.evaluate(
        """film => {
            const bytes = Uint8Array.from(atob(film), (each) => each.charCodeAt(0));
            shown.model.answer = (message) => {
                if (message.type !== "media") return;
                const reply = { id: message.id, type: "chunk", offset: 0, total: bytes.length };
                queueMicrotask(() => shown.model.reply(reply, [new DataView(bytes.buffer)]));
            };
        }""",
        base64.b64encode(sheet()).decode(),
    )


def brightness(stage: Stage, name: str) -> int:
    """Which of the eight frames a run shows."""
    face = stage.page.get_by_role("button", name=f"{name}.")
    picture = Image.open(io.BytesIO(face.screenshot())).convert("L")
    pixel = picture.getpixel((picture.width // 2, picture.height // 3))
    assert isinstance(pixel, int)
    return round(pixel / 30)


def test_runs_say_what_differs_from_the_one_before(stage: Stage) -> None:
    show(stage)
    thumbs = stage.page.get_by_role("listitem")
    expect(thumbs.nth(0)).to_contain_text("Run 4$0.19 if live")
    expect(thumbs.nth(0)).to_contain_text("1080P")
    expect(thumbs.nth(1).locator("ins")).to_have_text("slowly")
    expect(thumbs.nth(2)).to_contain_text("same request")
    expect(thumbs.nth(3)).to_contain_text("The gull lifts off")
    expect(thumbs.nth(1).get_by_role("button").first).to_have_accessible_name(
        "Run 3. running. $0.19 if live. Compared with Run 2: slowly. The gull lifts off slowly"
    )
    assert violations(stage) == []


def test_a_film_is_scrubbed_by_pointer_and_keys_and_fetched_once(calm: Stage) -> None:
    stage = calm
    show(stage)
    face = stage.page.get_by_role("button", name="Run 2.")
    box = face.bounding_box()
    assert box is not None
    scrub = face.locator(".wiro-film")
    for frame in (0, 5, 7, 2):
        stage.page.mouse.move(box["x"] + box["width"] * (frame + 0.5) / FRAMES, box["y"] + 50)
        expect(scrub).to_be_visible()
        assert brightness(stage, "Run 2") == frame
    stage.page.mouse.move(5, 600)
    expect(scrub).to_be_hidden()
    face.focus()
    for frame in (0, 1, 2):
        stage.page.keyboard.press("ArrowRight")
        assert brightness(stage, "Run 2") == frame
    stage.page.keyboard.press("ArrowLeft")
    assert brightness(stage, "Run 2") == 1
    assert [each["run"] for each in stage.sent() if each["type"] == "media"] == ["r2"]
    # One that has no film asks for none.
    stage.page.get_by_role("button", name="Run 1.").hover()
    assert len([each for each in stage.sent() if each["type"] == "media"]) == 1


def test_the_films_of_a_view_go_with_it(stage: Stage) -> None:
    stage.page.evaluate(
        """() => {
            window.urls = new Set();
            const { createObjectURL, revokeObjectURL } = URL;
            URL.createObjectURL = (blob) => {
                const url = createObjectURL.call(URL, blob);
                urls.add(url);
                return url;
            };
            URL.revokeObjectURL = (url) => {
                urls.delete(url);
                revokeObjectURL.call(URL, url);
            };
        }"""
    )
    show(stage)
    stage.page.get_by_role("button", name="Run 2.").hover()
    expect(stage.page.locator(".wiro-film").nth(2)).to_be_visible()
    assert stage.page.evaluate("urls.size") == 1
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate("urls.size") == 0


def test_only_what_failed_is_said_in_red(stage: Stage) -> None:
    show(stage)
    colours = stage.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".wiro-thumb")].map((each) =>
            [each.dataset.status, getComputedStyle(each.querySelector(".wiro-word")).color]))"""
    )
    assert colours["failed"] not in {colours["running"], colours["succeeded"]}
    assert colours["running"] == colours["succeeded"]


def test_a_film_plays_while_the_pointer_rests_on_it(stage: Stage) -> None:
    stage.page.clock.install()
    show(stage)
    stage.page.get_by_role("button", name="Run 2.").hover()
    film = stage.page.locator(".wiro-film").nth(2)
    expect(film).to_be_visible()
    at = film.evaluate("film => film.style.backgroundPosition")
    stage.page.clock.run_for(1000)
    assert film.evaluate("film => film.style.backgroundPosition") != at
    stage.page.mouse.move(5, 600)
    expect(film).to_be_hidden()


def test_a_thumbnail_offers_what_the_card_does_by_keyboard_too(stage: Stage) -> None:
    show(stage)
    stage.page.evaluate(
        """() => { shown.model.answer = ({ id, type }) => queueMicrotask(() => shown.model.reply(
            type === "about"
                ? { id, type: "about_run", price: "$0.19 if live", code: "ww.run()", next_code: "" }
                : { id, type: "ok" })); }"""
    )
    more = stage.page.get_by_role("button", name="Actions for Run 2")
    more.press("Enter")
    menu = stage.page.get_by_role("group", name="Run 2")
    expect(menu.get_by_role("button")).to_have_text(
        ["Reuse", "Continue from last frame", "Run again · $0.19 if live", "Copy as Python",
         "Copy task id", "Favourite"]
    )  # fmt: skip
    assert violations(stage) == []
    for _ in range(2):
        stage.page.keyboard.press("ArrowDown")
    stage.page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    more.press("Enter")
    menu.get_by_role("button", name="Reuse").press("Enter")
    expect(stage.page.get_by_text("Loaded into the prompt.")).to_be_visible()
    done = [(each["type"], each["run"]) for each in stage.sent()]
    assert done == [("about", "r2"), ("send_again", "r2"), ("about", "r2"), ("reuse", "r2")]
