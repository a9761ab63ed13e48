"""Numbered clips on a page in Chromium, and what can be read off its picture."""

from __future__ import annotations

import base64
import io
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import av
import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.lab import CHROMIUM, FLAGS
from tests.browser.sync.tiles import BITS, NO_DECODER, ROOT, Tiles, prepare, show
from tests.browser.widgets.conftest import Handler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from playwright.sync_api import Page

__all__ = ["Tiles", "show"]

WIDTH, COLUMNS = 400, 3
FRAMES = 120
READY = "state?.ready && !state.loading.length && state.spread !== null"
_NAIVE = """([urls, width, nudge]) => {
  const main = document.querySelector("main");
  document.body.style.margin = 0;
  main.style.cssText = `display:grid;grid-template-columns:repeat(auto-fill,${width}px)`;
  const videos = urls.map((src) => {
    const video = Object.assign(document.createElement("video"), { src, muted: true, loop: true });
    video.style.cssText = `width:${width}px;height:${(width * 9) / 16}px`;
    main.append(video);
    return video;
  });
  const all = (name) => Promise.all(videos.map((video) =>
    new Promise((done) => video.addEventListener(name, done, { once: true }))));
  // The settings that ux.md's sources share: ten times a second towards the first, at most 10 %.
  if (nudge) setInterval(() => {
    for (const video of videos.slice(1)) {
      const length = video.duration;
      const late = (videos[0].currentTime - video.currentTime + length * 1.5) % length - length / 2;
      if (Math.abs(late) > 0.5) video.currentTime = videos[0].currentTime;
      video.playbackRate = Math.abs(late) > 0.02
        ? 1 + Math.max(-0.1, Math.min(0.1, late * 0.5)) : 1;
    }
  }, 100);
  window.player = {
    play: () => videos.forEach((video) => video.play()),
    seek: (time) => videos.forEach((video) => { video.currentTime = time; }),
  };
  return all("loadeddata");
}"""


@dataclass
class Picture:
    """The frame numbers of all tiles in one picture of the page, and its time in seconds."""

    at: float
    numbers: list[int]


def write_clip(
    path: Path,
    *,
    size: tuple[int, int] = (1366, 768),
    rate: Fraction | int = 24,
    codec: str = "libx264",
    seed: int = 0,
    frames: int = FRAMES,
    options: dict[str, str] | None = None,
) -> None:
    """A moving, grainy picture with its frame's number in blocks along the lower edge."""
    width, height = size
    random = np.random.default_rng(seed)
    scene = random.integers(0, 255, (height // 8 + 40, width // 8 + frames + 9, 3), np.uint8)
    grain = random.integers(-7, 8, (8, height, width, 1), np.int16)
    speed = (
        {"preset": "veryfast"} if codec == "libx264" else {"cpu-used": "8", "deadline": "realtime"}
    )
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream(codec, rate=rate, options=options or {"crf": "23", **speed})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            crop = scene[number // 6 :, number:][: height // 8 + 1, : width // 8 + 1]
            picture = np.repeat(np.repeat(crop, 8, 0), 8, 1)[:height, :width]
            picture = np.clip(picture + grain[number % 8], 0, 255).astype(np.uint8)
            edges = [round(bit * width / BITS) for bit in range(BITS + 1)]
            for bit in range(BITS):
                on = number >> (BITS - 1 - bit) & 1
                picture[-height // 9 :, edges[bit] : edges[bit + 1]] = 255 * on
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())


@contextmanager
def theatre(media: Path) -> Iterator[tuple[Any, str]]:
    """A browser, and the address where the clips in `media` are under ``/range/``."""
    handler = type("Here", (Handler,), {"media": media})
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *rest: handler(*rest, directory=str(ROOT))
    )
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, "--js-flags=--expose-gc"]
        )
        yield browser, f"http://127.0.0.1:{server.server_port}"
        browser.close()
    server.shutdown()
    server.server_close()


def stage(browser: Any, site: str, method: str, names: list[str]) -> Tiles:
    """Clips on a new page, ready to play: naive, nudged, videos or decoders."""
    rows = max(1, -(-len(names) // COLUMNS))
    context = browser.new_context(
        viewport={"width": WIDTH * COLUMNS, "height": WIDTH * 9 // 16 * rows}
    )
    page: Page = context.new_page()
    page.on("pageerror", lambda error: print("error on the page:", error))
    page.goto(f"{site}/blank")
    urls = [f"/range/{name}.mp4" for name in names]
    if method in ("naive", "nudged"):
        page.evaluate(_NAIVE, [urls, WIDTH, method == "nudged"])
        return Tiles(page, urls, WIDTH)
    if method == "videos":
        page.evaluate(NO_DECODER)
    prepare(page)
    members = [{"key": f"{place} {url}", "url": url} for place, url in enumerate(urls)]
    tiles = show(page, members, width=WIDTH)
    if names:
        tiles.until(READY)
    return tiles


def watch(tiles: Tiles, seconds: float) -> list[Picture]:
    """What the compositor puts on the screen, about fifteen times a second."""
    session = tiles.page.context.new_cdp_session(tiles.page)
    taken: list[tuple[float, str]] = []

    def take(event: dict[str, Any]) -> None:
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        taken.append((event["metadata"]["timestamp"], event["data"]))

    session.on("Page.screencastFrame", take)
    options = {"format": "jpeg", "quality": 70, "maxWidth": 600, "everyNthFrame": 4}
    session.send("Page.startScreencast", options)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        tiles.page.wait_for_timeout(50)
    session.send("Page.stopScreencast")
    session.detach()
    return [
        Picture(
            at, tiles.read(np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L")))
        )
        for at, data in taken
    ]


def spread(numbers: list[int]) -> int:
    """How many frames the tiles are apart, where the last one is next to the first."""
    half = FRAMES // 2
    off = [(number - numbers[0] + half) % FRAMES - half for number in numbers]
    return max(off) - min(off)
