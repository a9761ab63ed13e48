"""What the decoder makes of clips as they come: which frames, how often, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.sync.tiles import bundle, show
from tests.browser.widgets import odd_clips
from tests.browser.widgets.clips import numbered, write_clip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

READY = "state?.ready && !state.loading.length && state.spread !== null"
WATCH = """() => {
  window.decoders = [];
  window.decoded = 0;
  window.VideoDecoder = class extends VideoDecoder {
    constructor(init) {
      super(init);
      this.lose = (name) => {
        this.close();
        init.error(new DOMException("Codec reclaimed due to inactivity.", name));
      };
      decoders.push(this);
    }
    decode(chunk) { decoded++; super.decode(chunk); }
  };
  window.urls = 0;
  const grant = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => { urls++; return grant(blob); };
}"""
"""Counts what is decoded, and can take a decoder away."""
WRONG = """async (total) => {
  const wrong = [];
  for (const frame of [...Array(total).keys(), 0, total - 1, 7, 30, 6].map((at) => at % total)) {
    const { times } = window;
    await player.seek(times ? (times[frame] + times[frame + 1]) / 2 : (frame + 0.5) / 25);
    if (number("a") !== frame) wrong.push([frame, number("a")]);
  }
  return wrong;
}"""


def open_clip(page: Page, name: str, **more: Any) -> Any:
    tiles = show(page, [{"key": "a", "url": f"/range/{name}.mp4"}], **more)
    tiles.until(READY)
    return tiles


ODD: dict[str, Callable[[Path], Path]] = {
    "b-frames": write_clip,
    "fragments": odd_clips.write_fragmented,
    "moov-last": odd_clips.write_moov_last,
    "edits": odd_clips.write_edit_list,
    "vfr": odd_clips.write_vfr,
}


@pytest.mark.parametrize("name", ODD)
def test_each_frame_of_an_odd_clip_is_shown_in_its_time(page: Page, clips: Path, name: str) -> None:
    ODD[name](clips / f"{name.replace('-', '_')}.mp4")
    page.evaluate(WATCH)
    if name == "vfr":
        page.evaluate(
            """() => {
                const lengths = [0.02, 0.04, 0.08];
                window.times = [0];
                for (let at = 0; at < 50; at++) times.push(times[at] + lengths[at % 3]);
            }"""
        )
    elif name == "fragments":
        # It has no edit list to take off what B-frames put its beginning off by.
        page.evaluate("window.times = Array.from({ length: 51 }, (_, at) => 0.08 + at / 25)")
    tiles = open_clip(page, name.replace("-", "_"))
    assert tiles.do("state.exact && decoders.length") == 1
    assert page.evaluate(WRONG, 50) == []
    assert tiles.do("document.querySelector('video')") is None
    assert tiles.do("urls") == 0


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_clip_stands_upright(page: Page, clips: Path, degrees: int) -> None:
    odd_clips.write_rotated(clips / f"turned{degrees}.mp4", degrees)
    page.evaluate(WATCH)
    tiles = open_clip(page, f"turned{degrees}")
    tiles.do("player.seek(1)")
    assert tiles.do("state.exact && decoders.length") == 1
    # As the browser's own player shows it.
    shape, apart = page.evaluate(
        """async (url) => {
            const video = Object.assign(document.createElement("video"), { src: url, muted: true });
            await new Promise((done) => { video.onloadeddata = done; });
            const seen = new Promise((done) => video.requestVideoFrameCallback(done));
            video.currentTime = 1.02;
            await new Promise((done) => { video.onseeked = done; });
            await seen;
            const canvas = document.querySelector("canvas");
            const pixels = (picture) => {
              const copy = document.createElement("canvas");
              [copy.width, copy.height] = [54, 54];
              const pen = copy.getContext("2d");
              pen.drawImage(picture, 0, 0, 54, 54);
              return pen.getImageData(0, 0, 54, 54).data;
            };
            const [a, b] = [pixels(canvas), pixels(video)];
            return [
              Math.sign(canvas.width - canvas.height)
                === Math.sign(video.videoWidth - video.videoHeight),
              a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length,
            ];
        }""",
        f"/range/turned{degrees}.mp4",
    )
    assert shape
    assert apart < 8


def test_going_back_in_a_clip_of_one_key_frame_decodes_nothing_anew(
    page: Page, clips: Path
) -> None:
    write_clip(clips / "one_key.mp4")
    page.evaluate(WATCH)
    tiles = open_clip(page, "one_key")
    # Nothing is asked of it: it is read ahead all the same.
    tiles.until("decoded >= 50")
    tiles.do("player.seek(1.98)")
    before = tiles.do("decoded")
    assert page.evaluate(WRONG, 50) == []
    assert tiles.do("decoded") == before
    tiles.do("player.play()")
    tiles.until("state.time > 1.5")
    tiles.until("state.time < 0.5")
    assert tiles.do("decoded") == before


def test_too_little_memory_makes_pictures_coarse_until_they_rest(page: Page, clips: Path) -> None:
    write_clip(clips / "one_key.mp4")
    page.add_script_tag(content=bundle("frame_decoder", "mp4_demuxer", name="video"))
    widths, held, memory = page.evaluate(
        """async () => {
            const answer = await fetch("/range/one_key.mp4");
            const bytes = new Uint8Array(await answer.arrayBuffer());
            let memory = 3e6;
            let arrived = () => {};
            const made = video.frameDecoder({
              track: video.readTrack(bytes), bytes, memory: () => memory, pinned: () => false,
              arrived: () => arrived(), failed: (error) => { throw error; },
            });
            made.resize(384, 216);
            made.decode([0]);
            while (!made.picture(0)) await new Promise(requestAnimationFrame);
            // Firefox keeps four bytes of a pixel, Chromium one and a half.
            const first = made.picture(0);
            memory = 2e6 * first.bytes / (first.width * first.height);
            const frames = Array.from({ length: 50 }, (_, frame) => frame);
            const pictures = () => frames.map(made.picture);
            while (!pictures().every(Boolean)) await new Promise(requestAnimationFrame);
            const widths = [made.picture(45).width];
            made.decode([45]);
            widths.push(made.picture(45).width);
            while (made.picture(45).width < 384) await new Promise((done) => { arrived = done; });
            widths.push(made.picture(45).width);
            const held = pictures().reduce((sum, { bytes }) => sum + bytes, 0);
            made.close();
            return [widths, held, memory];
        }"""
    )
    # At once, coarse; then in full size, and never more than was allowed.
    assert widths[0] == widths[1] < 200
    assert widths[2] == 384
    assert held <= memory


def test_a_comparison_is_told_when_coarse_pictures_are_replaced(page: Page, clips: Path) -> None:
    write_clip(
        clips / "wide.mp4",
        frames=100,
        options={"preset": "ultrafast", "g": "250"},
        picture=lambda at: numbered(at, 640, 360),
    )
    page.evaluate(WATCH)
    # An eighth of the memory does not hold all of it in full size.
    members = [{"key": f"k{at}", "url": "/range/wide.mp4"} for at in range(8)]
    tiles = show(page, members)
    page.evaluate("player.detail(640)")
    tiles.until(READY)
    page.wait_for_function("decoded >= 800", timeout=60_000)
    coarse = tiles.do("player.seek(3.62).then(() => [number('k0'), state.coarse])")
    assert coarse == [90, True]
    tiles.until("!state.coarse")
    assert tiles.do("player.element('k0').querySelector('canvas').width") == 640
    assert tiles.do("number('k0')") == 90


def test_a_decoder_that_the_browser_takes_back_is_made_anew(page: Page, clips: Path) -> None:
    write_clip(clips / "one_key.mp4", frames=200)
    page.evaluate(WATCH)
    tiles = open_clip(page, "one_key")
    # First while nothing is wanted of it, then in the middle of what it is doing.
    number, made = tiles.do(
        """async () => {
            decoders.at(-1).lose("QuotaExceededError");
            const there = player.seek(7.94);
            decoders.at(-1).lose("QuotaExceededError");
            await there;
            return [number("a"), decoders.length];
        }"""
    )
    assert (number, made) == (198, 3)
    assert tiles.do("state.exact && !document.querySelector('video')")
    # What it cannot decode is another matter: the browser's own player takes over.
    tiles.do("decoders.at(-1).lose('EncodingError')")
    tiles.until("document.querySelector('video')?.videoWidth")


def test_no_bitmap_of_thumbnails_is_left(page: Page, clips: Path) -> None:
    write_clip(clips / "one_key.mp4")
    page.evaluate(
        """() => {
            window.bitmaps = new Set();
            const make = createImageBitmap;
            window.createImageBitmap = async (...rest) => {
              const made = await make(...rest);
              bitmaps.add(made);
              return made;
            };
            const { transferToImageBitmap, } = OffscreenCanvas.prototype;
            OffscreenCanvas.prototype.transferToImageBitmap = function () {
              const made = transferToImageBitmap.call(this);
              bitmaps.add(made);
              return made;
            };
            const { close } = ImageBitmap.prototype;
            ImageBitmap.prototype.close = function () {
              bitmaps.delete(this);
              close.call(this);
            };
        }"""
    )
    tiles = open_clip(page, "one_key")
    made = tiles.do(
        """async () => {
            const { signal } = new AbortController();
            const made = [];
            // From what is there already, and decoded for this.
            for (const width of [96, 384]) {
              const stills = await player.framesAt("a", [1.5, 0, 0.7, 0.7], width, signal);
              for (const still of stills) still.close();
              made.push(stills.length);
            }
            const end = new AbortController();
            const many = Array.from({ length: 50 }, (_, at) => at / 25);
            const before = bitmaps.size;
            const stills = player.framesAt("a", many, 768, end.signal).catch(() => []);
            while (bitmaps.size === before) await new Promise((done) => setTimeout(done));
            end.abort();
            made.push((await stills).length);
            // Where frames are kept as bitmaps, these are its own.
            player.set([]);
            return made;
        }"""
    )
    assert made == [4, 4, 0]
    tiles.until("bitmaps.size === 0")
