"""What a group does when nothing moves, when nobody looks, and when one of its clips is odd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.sync.test_sync import READY, clip, four
from tests.browser.sync.tiles import COUNT, show
from tests.browser.widgets.clips import write_clip

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

NOTHING = {"decoders": 0, "bitmaps": 0, "urls": 0, "listeners": 0, "videos": 0}
FRAMES_WHILE = """async (ms) => {
  const before = frames;
  await new Promise((done) => setTimeout(done, ms));
  return frames - before;
}"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize("browser", ["page", "old_page"])
def test_nothing_new_disturbs_nobody(browser: str, request: pytest.FixtureRequest) -> None:
    # A grid sets its members ten times a second while any run reports.
    page: Page = request.getfixturevalue(browser)
    tiles = four(page)
    tiles.do("player.play()")
    tiles.until("state.playing && state.time > 0.1")
    stops = page.evaluate(
        """async () => {
            let stops = 0;
            const { pause } = HTMLMediaElement.prototype;
            const members = ["k0", "k1", "k2", "k3"].map((key) => ({ key, url: "/range/25.mp4" }));
            for (let round = 0; round < 10; round++) {
              await new Promise(requestAnimationFrame);
              const before = player.state();
              HTMLMediaElement.prototype.pause = () => stops++;
              player.set(members.map(complete));
              player.lengths("hold");
              player.visible("k0", true);
              player.detail(null);
              HTMLMediaElement.prototype.pause = pause;
              if (player.state().exact !== before.exact) stops++;
            }
            return stops;
        }"""
    )
    assert stops == 0


@pytest.mark.parametrize("browser", ["page", "old_page"])
def test_no_animation_frames_while_paused_or_out_of_sight(
    browser: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(browser)
    page.evaluate(COUNT)
    tiles = four(page)
    tiles.do("player.seek(1)")
    assert page.evaluate(FRAMES_WHILE, 300) == 0
    tiles.do("player.play()")
    tiles.until("state.time > 1.1")
    assert page.evaluate("frames") > 0
    # A cell that is not displayed, one that is only skipped, and a page in the background.
    main = "document.querySelector('main').style"
    for hide, back in (
        (f"{main}.display = 'none'", f"{main}.display = 'grid'"),
        (
            f"{main}.contentVisibility = 'hidden'",
            f"{main}.contentVisibility = 'visible'",
        ),
        (f"({HIDE})(true)", f"({HIDE})(false)"),
    ):
        page.evaluate(hide)
        tiles.until("countVideos().videos + left.decoders === 0")
        at = page.evaluate("player.state().time")
        assert page.evaluate(FRAMES_WHILE, 200) == 0
        assert page.evaluate("player.state().time") == at, "it went on while nobody looked"
        page.evaluate(back)
        tiles.until(f"state.playing && Math.abs(state.time - {at}) > 0.1")
    tiles.do("player.pause()")
    assert len(set(tiles.on_screen())) == 1
    assert page.evaluate(FRAMES_WHILE, 200) == 0


@pytest.mark.parametrize("browser", ["page", "old_page"])
def test_nothing_is_left_when_groups_are_gone(browser: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(browser)
    page.evaluate(COUNT)
    for number in range(20):
        tiles = show(page, [clip("25", key="a"), clip("24", key="b")])
        if number % 4:
            tiles.until(READY)
            tiles.do("player.hear('a'), player.play()")
            tiles.until("state.time > 0.04")
            tiles.do(
                """player.framesAt("a", [0.5], 96, end.signal)
                   .then((stills) => stills.forEach((still) => still.close()), () => {})"""
            )
        # Every fourth one goes while it loads.
        tiles.do("end.abort(), document.querySelector('main').replaceChildren()")
        tiles.do("window.state = null")
    tiles.until("Object.values(countVideos()).every((each) => each === 0)")
    assert page.evaluate("left") == NOTHING
    assert page.evaluate(FRAMES_WHILE, 100) == 0


def test_a_tile_that_leaves_while_its_video_loads_is_no_failure(old_page: Page) -> None:
    old_page.evaluate(
        """() => {
            const create = document.createElement;
            document.createElement = (tag, options) => {
              if (tag === "video") {
                document.createElement = create;
                queueMicrotask(() => { window.gone = true; player.visible("k0", false); });
              }
              return create.call(document, tag, options);
            };
        }"""
    )
    tiles = show(old_page, [clip("25", key="k0"), clip("25", key="k1")])
    tiles.until("window.gone && !state.loading.length")
    assert tiles.do("state.failed") == {}
    tiles.do("player.visible('k0', true)")
    tiles.until(READY)
    tiles.do("player.seek(1)")
    assert tiles.on_screen() == [25, 25]


def test_a_clip_without_a_decoder_takes_exactness_from_no_other(page: Page, clips: Path) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"}
    write_clip(clips / "25.webm", codec="libvpx", options=options, movflags="")
    members = [clip("25", key="a"), {"key": "odd", "url": "/range/25.webm"}, clip("25", key="b")]
    tiles = show(page, members)
    tiles.until(READY)
    assert tiles.do("state.inexact") == ["odd"]
    for time in (0.0, 1.0, 0.5):
        tiles.do(f"player.seek({time})")
        assert tiles.on_screen() == [round(time * 25)] * 3
    tiles.do("player.play()")
    tiles.until("state.time > 0.7")
    tiles.do("worst = 0")
    for _ in range(8):
        first, _, last = tiles.on_screen()
        assert first == last
    # Where decoding is late, the <video> goes on, but no more than a quarter second.
    assert tiles.do("worst") <= 8
    assert tiles.do("[...document.querySelectorAll('video')].length") == 1
    tiles.until("state.time > 1.5")
    tiles.until("state.time < 0.5")
    tiles.do("player.pause()")
    assert len(set(tiles.on_screen())) == 1
    assert tiles.do("state.exact")


def test_a_decoder_that_the_browser_takes_back_is_replaced(page: Page) -> None:
    page.evaluate(
        """() => {
            window.decoders = [];
            window.VideoDecoder = class extends VideoDecoder {
              constructor(init) { super(init); decoders.push([this, init.error]); }
            };
        }"""
    )
    tiles = four(page)
    page.evaluate(
        """() => {
            for (const [decoder, error] of decoders.splice(0)) {
              decoder.close();
              error(new DOMException("Codec reclaimed.", "QuotaExceededError"));
            }
        }"""
    )
    tiles.do("player.seek(1.5)")
    assert tiles.on_screen() == [37] * 4
    tiles.do("player.play()")
    tiles.until("state.time > 1.7")
    assert tiles.do("state.exact")
    assert tiles.do("state.inexact") == []
