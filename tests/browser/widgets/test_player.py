"""The player in a real browser, on real H.264."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.widgets.clips import READ_FRAME

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

ADVANCING = """async () => {
    const video = document.querySelector("video");
    const before = video.currentTime;
    await new Promise((seen) => video.requestVideoFrameCallback(seen));
    await new Promise((seen) => video.requestVideoFrameCallback(seen));
    return !video.paused && video.currentTime !== before;
}"""
PLAYING = "!document.querySelector('video').paused"
PAUSED = "document.querySelector('video').paused"
READY = "!document.querySelector('video').hidden"


def source(url: str | None, key: str = "k") -> dict[str, Any]:
    clip = {"name": "gull.mp4", "content_type": "video/mp4", "size": 0, "url": url}
    return {"key": key, "label": "The gull", "clip": clip}


def frame(stage: Stage) -> int:
    """The number in the picture on the screen."""
    number: int = stage.page.locator("video").evaluate(READ_FRAME)
    return number


def readout(stage: Stage) -> str:
    return stage.page.locator(".wiro-readout").inner_text()


def open_clip(stage: Stage, name: str = "25", **traits: Any) -> None:
    stage.show("player", _source=source(f"{stage.site}/range/{name}.mp4"), **traits)
    stage.until(READY)


def until_frame(stage: Stage, number: int) -> None:
    """Wait until the readout tells this frame, which it counts from 1."""
    shown = f"frame {number + 1} of 50"
    stage.until(f"document.querySelector('.wiro-readout').textContent.includes('{shown}')")


def until_displayed(stage: Stage, number: int) -> None:
    """Wait until the picture on the screen is this frame's."""
    stage.page.wait_for_function(
        f"([video, number]) => ({READ_FRAME})(video) === number",
        arg=[stage.page.locator("video").element_handle(), number],
        timeout=4000,
    )


def press(stage: Stage, *keys: str) -> None:
    stage.page.focus(".wiro-stage")
    for key in keys:
        stage.page.keyboard.press(key)


def test_a_clip_plays_by_itself_looping_and_silent(stage: Stage) -> None:
    open_clip(stage)
    stage.until(PLAYING)
    assert stage.page.evaluate(ADVANCING)
    video = stage.page.locator("video")
    assert video.evaluate("(v) => [v.loop, v.muted]") == [True, True]
    assert video.get_attribute("playsinline") is not None
    assert video.get_attribute("aria-label") == "The gull"


def test_nothing_moves_for_someone_who_asked_for_less_motion(calm: Stage) -> None:
    open_clip(calm)
    assert calm.page.evaluate(PAUSED)
    press(calm, "Space")
    calm.until(PLAYING)


@pytest.mark.parametrize("name", ["16", "24", "25"])
def test_every_step_shows_exactly_the_next_frame(calm: Stage, name: str) -> None:
    open_clip(calm, name)
    for wanted in [*range(1, 13), *range(11, 4, -1)]:
        press(calm, "." if wanted > frame(calm) else ",")
        until_displayed(calm, wanted)
        until_frame(calm, wanted)


def test_quick_steps_add_up(calm: Stage) -> None:
    open_clip(calm)
    press(calm, ".")
    until_frame(calm, 1)
    press(calm, *"........", ",")
    until_frame(calm, 8)
    until_displayed(calm, 8)


def test_the_keys_do_what_the_help_says(calm: Stage) -> None:
    open_clip(calm)
    video = calm.page.locator("video")
    press(calm, "ArrowRight")
    calm.until("document.querySelector('video').currentTime === 1")
    press(calm, "End")
    calm.until("document.querySelector('video').currentTime > 1.9")
    press(calm, "Home")
    calm.until("document.querySelector('video').currentTime === 0")
    press(calm, "l", "m", "+")
    assert video.evaluate("(v) => [v.loop, v.muted, v.playbackRate]") == [False, False, 1.5]
    press(calm, "-", "-", "-")
    assert video.evaluate("(v) => v.playbackRate") == 0.25
    press(calm, "k")
    calm.until(PLAYING)
    press(calm, "?")
    assert calm.page.get_by_role("dialog", name="Keys").is_visible()
    calm.page.keyboard.press("Escape")
    assert calm.page.get_by_role("dialog", name="Keys").is_hidden()
    assert calm.page.evaluate("document.activeElement.className") == "wiro-stage"


def test_keys_belong_to_the_player_only_while_it_has_the_focus(calm: Stage) -> None:
    open_clip(calm)
    calm.page.evaluate("document.body.append(document.createElement('input'))")
    calm.page.focus("body > input")
    calm.page.keyboard.type("k l?")
    assert calm.page.input_value("body > input") == "k l?"
    assert calm.page.evaluate(PAUSED)
    heard = "addEventListener('keydown', ({ key }) => { window.heard = key })"
    calm.page.evaluate(heard)
    press(calm, "m")
    assert calm.page.evaluate("window.heard") == "?" or calm.page.evaluate("window.heard") is None
    press(calm, "Control+s")
    assert calm.page.evaluate("window.heard") == "s", "the host's own keys are the host's"
    press(calm, "?")
    calm.page.get_by_role("checkbox").uncheck()
    calm.page.keyboard.press("Escape")
    press(calm, "k")
    assert calm.page.evaluate(PAUSED)
    press(calm, "Space")
    calm.until(PLAYING)


def test_the_scrubber_goes_where_it_is_put(calm: Stage) -> None:
    open_clip(calm)
    press(calm, ".")
    until_frame(calm, 1)
    scrubber = calm.page.get_by_role("slider", name="Position")
    scrubber.fill("1020")
    until_frame(calm, 25)
    assert frame(calm) == 25
    assert scrubber.get_attribute("aria-valuetext") == "1.00 seconds · frame 26 of 50"


def test_part_of_a_clip_can_be_looped(calm: Stage) -> None:
    open_clip(calm)
    press(calm, ".")
    until_frame(calm, 1)
    press(calm, "[")
    for wanted in range(2, 9):
        press(calm, ".")
        until_frame(calm, wanted)
    press(calm, "]")
    assert "loops 00:00.04\u201300:00.32" in readout(calm)
    press(calm, "Space")
    calm.page.evaluate(
        """() => new Promise((done) => {
            const video = document.querySelector("video");
            let [laps, last] = [0, 0];
            const look = (_, { mediaTime }) => {
                window.furthest = Math.max(window.furthest ?? 0, mediaTime);
                if (mediaTime < last && ++laps === 2) return done();
                last = mediaTime;
                video.requestVideoFrameCallback(look);
            };
            video.requestVideoFrameCallback(look);
        })"""
    )
    assert calm.page.evaluate("window.furthest") < 0.6


def test_taken_out_of_the_page_and_put_back_it_goes_on(stage: Stage) -> None:
    open_clip(stage)
    stage.until("document.querySelector('video').currentTime > 0.2")
    stage.page.evaluate(
        """async () => {
            const root = document.querySelector(".wiro-root");
            const video = document.querySelector("video");
            const paused = new Promise((done) => video.addEventListener("pause", done));
            root.remove();
            await paused;
            window.left = video.currentTime;
            document.querySelector("main").append(root);
        }"""
    )
    stage.until(PLAYING)
    assert stage.page.evaluate(ADVANCING)
    press(stage, "Space")
    assert stage.page.evaluate("document.querySelector('video').currentTime >= window.left - 0.1")


def test_it_rests_while_it_is_out_of_sight(stage: Stage) -> None:
    open_clip(stage)
    stage.until(PLAYING)
    stage.page.evaluate("document.querySelector('main').style.display = 'none'")
    stage.until(PAUSED)
    stage.page.evaluate("document.querySelector('main').style.display = ''")
    stage.until(PLAYING)


def test_a_new_view_begins_where_the_last_one_left(calm: Stage) -> None:
    open_clip(calm)
    press(calm, ".")
    for wanted in range(1, 6):
        until_frame(calm, wanted)
        press(calm, ".")
    until_frame(calm, 6)
    calm.page.evaluate(
        """() => {
            shown.end.abort();
            document.querySelector("main").replaceChildren();
            shown.end = shown.view(document.querySelector("main"));
        }"""
    )
    calm.until(READY)
    until_displayed(calm, 6)
    assert calm.page.evaluate(PAUSED)


def test_two_views_of_one_model_share_settings_and_play_apart(stage: Stage) -> None:
    open_clip(stage)
    stage.page.evaluate(
        """() => {
            const second = document.createElement("section");
            document.body.append(second);
            shown.view(second);
        }"""
    )
    both = "[...document.querySelectorAll('video')]"
    stage.until(f"{both}.every((video) => !video.hidden && !video.paused)")
    stage.page.locator(".wiro-stage").first.focus()
    stage.page.keyboard.press("+")
    assert stage.page.evaluate(f"{both}.map((video) => video.playbackRate)") == [1.5, 1.5]
    assert stage.page.evaluate("shown.model.get('speed')") == 1.5
    stage.page.keyboard.press("Space")
    stage.until(f"{both}.map((video) => video.paused).join() === 'true,false'")


def test_the_first_frame_stands_dimmed_until_the_clip_covers_it(stage: Stage, clips: Path) -> None:
    poster = stage.page.evaluate(
        """() => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [90, 60];
            canvas.getContext("2d").fillRect(0, 0, 90, 60);
            return canvas.toDataURL("image/jpeg");
        }"""
    )
    stage.show("run_view", run=stage.snapshot("generating", poster=poster))
    until = stage.page.get_by_text("First frame. The clip is not ready yet.")
    assert until.is_visible()
    assert stage.page.locator(".wiro-transport").is_hidden()
    stage.until("document.querySelector('.wiro-poster').complete")
    box = stage.page.locator(".wiro-stage").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(1.5, abs=0.02)
    clip = source(f"{stage.site}/range/25.mp4")["clip"]
    stage.run(stage.snapshot("succeeded", poster=poster, clips=[clip]))
    stage.until(READY)
    assert until.is_hidden()
    assert stage.page.locator(".wiro-poster").is_visible(), "it must not leave before the clip"
    top = stage.page.evaluate(
        """() => {
            const { x, y, width } = document.querySelector("video").getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + 20).tagName;
        }"""
    )
    assert top == "VIDEO"


def test_it_rests_in_a_background_page_and_in_a_skipped_cell(stage: Stage) -> None:
    open_clip(stage)
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    skip = """(hidden) => {
        document.querySelector("main").style.contentVisibility = hidden ? "hidden" : "";
    }"""
    for script in (hide, skip):
        stage.until(PLAYING)
        stage.page.evaluate(script, True)
        stage.until(PAUSED)
        stage.page.evaluate(script, False)
    stage.until(PLAYING)


def test_a_browser_older_than_promised_plays_and_steps(calm: Stage) -> None:
    calm.page.evaluate(
        """() => {
            delete HTMLVideoElement.prototype.requestVideoFrameCallback;
            delete HTMLElement.prototype.togglePopover;
            delete Element.prototype.requestFullscreen;
        }"""
    )
    open_clip(calm)
    press(calm, ".", ".")
    until_frame(calm, 2)
    until_displayed(calm, 2)
    press(calm, "?", "f")
    press(calm, "Space")
    calm.until(PLAYING)


def test_the_last_frame_is_the_last_of_all(calm: Stage) -> None:
    open_clip(calm)
    press(calm, ".")
    until_frame(calm, 1)
    press(calm, "End")
    until_frame(calm, 49)
    press(calm, ".")
    until_frame(calm, 49)
    until_displayed(calm, 49)
