"""Several clips play as one: the same moment in every tile, whatever is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.sync.tiles import Tiles, show

if TYPE_CHECKING:
    from playwright.sync_api import Page

READY = "state?.ready && !state.loading.length && state.spread !== null"
STEPS = """async (total) => {
  const wrong = [];
  await player.seek(0);
  for (const [by, end] of [[1, total - 1], [-1, 0]]) {
    while (state.frame !== end) {
      await player.step(by);
      for (const key of keys) {
        if (number(key) !== state.frame) wrong.push([key, state.frame, number(key)]);
      }
    }
  }
  return wrong;
}"""


def clip(name: str, *, key: str = "", quality: str = "range", **more: Any) -> dict[str, Any]:
    return {"key": key or name, "url": f"/{quality}/{name}.mp4", **more}


def four(page: Page) -> Tiles:
    tiles = show(page, [clip("25", key=f"k{number}") for number in range(4)])
    tiles.until(READY)
    return tiles


def spread(numbers: list[int], total: int = 50) -> int:
    """How far apart, where the last frame is one before the first."""
    return max((a - b + total // 2) % total - total // 2 for a in numbers for b in numbers)


@pytest.mark.parametrize("browser", ["page", "old_page"])
def test_stepping_shows_each_frame_once_both_ways(
    browser: str, request: pytest.FixtureRequest
) -> None:
    for name in ("25", "24", "16"):
        page: Page = request.getfixturevalue(browser)
        page.evaluate("window.end?.abort(), document.querySelector('main').replaceChildren()")
        page.evaluate("window.state = null")
        tiles = show(page, [clip(name, key="a"), clip(name, key="b")])
        tiles.until(f"{READY} && state.exact")
        page.evaluate("keys => { window.keys = keys }", tiles.keys)
        assert page.evaluate("state.frames") == 50
        assert page.evaluate(STEPS, 50) == []


def test_every_picture_of_the_screen_shows_one_frame(page: Page) -> None:
    tiles = four(page)
    tiles.do("player.play()")
    seen = set()
    for _ in range(24):
        numbers = tiles.on_screen()
        assert len(set(numbers)) == 1
        seen.update(numbers)
    assert len(seen) > 5
    assert tiles.do("worst") == 0
    assert tiles.do("state.exact")


def test_videos_loop_together(old_page: Page) -> None:
    tiles = four(old_page)
    tiles.do("player.play()")
    tiles.do("player.speed(2)")
    for _ in range(3):
        tiles.until("state.time > 1.5")
        tiles.until("state.time < 0.5")
    assert spread(tiles.on_screen()) <= 1
    tiles.do("player.pause()")
    assert len(set(tiles.on_screen())) == 1
    assert not tiles.do("state.playing")


def test_a_pause_is_over_when_the_sought_frames_are_presented(old_page: Page) -> None:
    # A loaded machine presents a frame of before the pause first, and the sought one late.
    old_page.evaluate(
        """() => {
            const prototype = HTMLVideoElement.prototype;
            const request = prototype.requestVideoFrameCallback;
            const held = [];
            window.late = false;
            window.release = () => held.splice(0).forEach((deliver) => deliver());
            prototype.requestVideoFrameCallback = function (callback) {
              return request.call(this, (now, frame) => {
                if (!late) return callback(now, frame);
                held.push(() => callback(now, frame));
                callback(now, { ...frame, mediaTime: 0.08 });
              });
            };
        }"""
    )
    tiles = four(old_page)
    tiles.do("player.seek(1)")
    tiles.do("player.play()")
    tiles.until("state.time > 1.1")
    tiles.do("late = true, void player.pause().then(() => { window.locked = state.spread })")
    tiles.do("new Promise((done) => setTimeout(done, 400))")
    tiles.until("[...document.querySelectorAll('video')].every(({ seeking }) => !seeking)")
    assert tiles.do("window.locked") is None
    tiles.do("late = false, release()")
    tiles.until("window.locked === 0")
    assert len(set(tiles.on_screen())) == 1


def test_a_part_of_the_time_is_looped(page: Page) -> None:
    tiles = four(page)
    tiles.do("player.range(0.4, 0.8), player.play()")
    tiles.until("state.time > 0.7")
    tiles.until("state.time < 0.5")
    for _ in range(8):
        numbers = tiles.on_screen()
        assert len(set(numbers)) == 1
        assert 10 <= numbers[0] <= 19


def test_unlike_rates_meet_in_time(page: Page) -> None:
    tiles = show(page, [clip("25"), clip("16")])
    tiles.until(READY)
    for time in (0.0, 0.5, 1.3, 1.9):
        frame = tiles.do(f"player.seek({time}).then(() => state.frame)")
        middle = (frame + 0.5) / 25
        assert tiles.on_screen() == [frame, int(middle * 16)]
    assert tiles.do("state.spread") == 0


def test_an_offset_is_kept(page: Page) -> None:
    tiles = show(page, [clip("25", key="a"), clip("25", key="b", offset=0.12)])
    tiles.until(READY)
    tiles.do("player.seek(1)")
    assert tiles.on_screen() == [25, 28]
    tiles.do("player.play()")
    tiles.until("state.time > 1.2 && state.time < 1.6")
    first, second = tiles.on_screen()
    assert second - first == 3
    assert tiles.do("state.spread") == 0


@pytest.mark.parametrize(
    ("lengths", "duration", "numbers"),
    [("hold", 50 / 16, [49, 44]), ("loop", 50 / 16, [19, 44]), ("shortest", 2, [49, 31])],
)
def test_unlike_lengths(page: Page, lengths: str, duration: float, numbers: list[int]) -> None:
    tiles = show(page, [clip("25"), clip("16")])
    tiles.until(READY)
    tiles.do(f"player.lengths('{lengths}')")
    tiles.until(f"Math.abs(state.duration - {duration}) < 0.001")
    tiles.do("player.seek(2.78)")
    assert tiles.on_screen() == numbers


def test_videos_of_unlike_lengths_loop(old_page: Page) -> None:
    tiles = show(old_page, [clip("25"), clip("16")])
    tiles.until(READY)
    tiles.do("player.lengths('loop'), player.seek(2.8)")
    tiles.until("!state.loading.length && state.time > 2.7")
    tiles.do("player.play()")
    tiles.until("state.time < 0.5")
    tiles.until("state.time > 0.6")
    tiles.do("player.pause()")
    first, second = tiles.on_screen()
    assert abs(first / 25 - second / 16) <= 1 / 16


def test_a_clip_that_cannot_be_had_says_so_and_the_rest_play(page: Page) -> None:
    tiles = show(page, [clip("25"), clip("25", key="gone", quality="gone")])
    tiles.until("state?.failed.gone")
    assert tiles.do("state.failed") == {"gone": "Nobody has this clip."}
    tiles.do("player.play()")
    tiles.until("state.time > 0.3")
    # Somebody has it now.
    tiles.do(
        """player.set([{ key: "25", url: "/range/25.mp4" }, { key: "gone", url: null, bytes: () =>
             fetch("/range/25.mp4").then((answer) => answer.blob()) }].map(complete))"""
    )
    tiles.do("player.retry('gone')")
    tiles.until("!state.failed.gone && !state.loading.length")
    tiles.do("player.pause()")
    assert len(set(tiles.on_screen())) == 1


def test_bytes_serve_where_the_url_may_not_be_read(page: Page, sites: tuple[str, str]) -> None:
    url = f"{sites[1]}/closed/25.mp4"
    page.evaluate("window.blob = fetch('/range/25.mp4').then((answer) => answer.blob())")
    page.evaluate(
        """(url) => {
            const whole = sync.syncPlayer;
            sync = { syncPlayer: (stage) => {
              const made = whole(stage);
              return { ...made, set: ([first, ...rest]) =>
                made.set([{ ...first, bytes: () => blob }, ...rest]) };
            } };
        }""",
        url,
    )
    members = [{"key": "kernel", "url": url}, {"key": "closed", "url": url}]
    tiles = show(page, members)
    tiles.until(READY)
    tiles.do("player.seek(1)")
    assert tiles.on_screen() == [25, 25]
    assert tiles.do("number('kernel')") == 25


def test_no_more_than_so_many_are_live(page: Page) -> None:
    page.evaluate(
        """() => {
            window.opened = 0;
            window.VideoDecoder = class extends VideoDecoder {
              constructor(init) { super(init); opened++; }
              close() { super.close(); opened--; }
            };
        }"""
    )
    tiles = show(page, [clip("25", key=f"k{number}") for number in range(3)], live=2)
    tiles.until(READY)
    tiles.do("player.seek(1)")
    assert tiles.do("opened") == 2
    tiles.do("player.visible('k0', false)")
    tiles.until(f"{READY} && number('k2') === 25")
    # What was there stands still.
    assert tiles.on_screen() == [25, 25, 25]
    assert tiles.do("opened") == 2
    tiles.do("player.hear('k1'), player.play()")
    tiles.until("document.querySelector('video')?.currentTime > 1.1")
    videos = tiles.do("window.videos = [...document.querySelectorAll('video')], videos.length")
    assert videos == 1
    tiles.do("end.abort()")
    assert tiles.do("opened") == 0
    assert not tiles.do("videos.some((video) => video.hasAttribute('src') || !video.paused)")


def test_all_wait_for_one_and_say_for_whom(page: Page) -> None:
    tiles = four(page)
    tiles.do(
        """player.set([...["k0", "k1"].map((key) => ({ key, url: "/range/25.mp4" })),
             { key: "late", url: null, bytes: () => new Promise((resolve) => {
                 window.release = () => fetch("/range/25.mp4").then((answer) =>
                   resolve(answer.blob()));
               }) }].map(complete)),
             document.querySelector("main").append(player.element("late"))"""
    )
    tiles.do("player.play()")
    tiles.until("state.holding.includes('late')")
    assert tiles.do("state.time") < 0.1
    tiles.do("release()")
    tiles.until("state.time > 0.3 && !state.holding.length")


def test_stills_are_of_the_times_asked_for(page: Page) -> None:
    tiles = four(page)
    numbers = tiles.do(
        """async () => {
            const times = [1.5, 0, 0.7, 0.7];
            const signal = new AbortController().signal;
            const stills = await player.framesAt("k0", times, 192, signal);
            return stills.map((still) => {
              const canvas = document.createElement("canvas");
              [canvas.width, canvas.height] = [still.width, still.height];
              const pen = canvas.getContext("2d");
              pen.drawImage(still, 0, 0);
              still.close();
              let number = 0;
              for (let bit = 0; bit < 8; bit++) {
                const [red] = pen.getImageData((bit + 0.5) * 24, 102, 1, 1).data;
                number = number * 2 + (red > 127 ? 1 : 0);
              }
              return number;
            });
        }"""
    )
    assert numbers == [37, 0, 17, 17]
