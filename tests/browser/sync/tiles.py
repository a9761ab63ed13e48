"""The sync player on a page of its own, and what its tiles show on the screen."""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
BITS = 8
NO_DECODER = "delete window.VideoDecoder"
"""What an old browser lacks, and every browser on a page without https."""

COUNT = """() => {
  const count = (window.left = { decoders: 0, bitmaps: 0, urls: 0, listeners: 0, videos: 0 });
  window.frames = 0;
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) => { window.frames++; return request(callback); };
  if (window.VideoDecoder) window.VideoDecoder = class extends VideoDecoder {
    constructor(init) { super(init); count.decoders++; }
    close() { super.close(); count.decoders--; }
  };
  const make = window.createImageBitmap;
  window.createImageBitmap = async (...of) => {
    const bitmap = await make(...of);
    count.bitmaps++;
    return bitmap;
  };
  const transfer = OffscreenCanvas.prototype.transferToImageBitmap;
  OffscreenCanvas.prototype.transferToImageBitmap = function () {
    count.bitmaps++;
    return transfer.call(this);
  };
  const close = ImageBitmap.prototype.close;
  ImageBitmap.prototype.close = function () {
    if (this.width) count.bitmaps--;
    close.call(this);
  };
  const { createObjectURL, revokeObjectURL } = URL;
  const urls = new Set();
  URL.createObjectURL = (blob) => {
    const url = createObjectURL(blob);
    urls.add(url);
    count.urls = urls.size;
    return url;
  };
  URL.revokeObjectURL = (url) => {
    revokeObjectURL(url);
    urls.delete(url);
    count.urls = urls.size;
  };
  for (const shared of [window, document]) {
    const { addEventListener, removeEventListener } = shared;
    shared.addEventListener = function (name, listener, options) {
      addEventListener.call(shared, name, listener, options);
      count.listeners++;
      options?.signal?.addEventListener("abort", () => { count.listeners--; });
    };
    shared.removeEventListener = function (name, listener, options) {
      removeEventListener.call(shared, name, listener, options);
      count.listeners--;
    };
  }
  const videos = new Set();
  const create = document.createElement;
  document.createElement = (tag, options) => {
    const element = create.call(document, tag, options);
    if (tag === "video") videos.add(element);
    return element;
  };
  window.countVideos = () => {
    count.videos = [...videos].filter((video) => video.hasAttribute("src")).length;
    return count;
  };
}"""
"""What a page has open: ``countVideos()`` gives it as ``left``, ``frames`` counts those asked for."""

_OPEN = """({ members, width, live }) => {
  const end = new AbortController();
  const main = document.querySelector("main");
  const height = Math.round((width * 9) / 16);
  document.body.style.margin = 0;
  main.style.cssText = `display:grid;gap:0;grid-template-columns:repeat(auto-fill,${width}px)`;
  const made = sync.syncPlayer({
    signal: end.signal,
    live,
    paint(state) {
      window.state = state;
      window.worst = Math.max(window.worst ?? 0, state.spread ?? 0);
    },
  });
  const complete = (member) => ({
    offset: 0,
    poster: null,
    bytes: () => Promise.reject(new Error("Nobody has this clip.")),
    ...member,
  });
  made.set(members.map(complete));
  for (const { key } of members) {
    const tile = made.element(key);
    tile.style.cssText = `width:${width}px;height:${height}px`;
    main.append(tile);
  }
  Object.assign(window, { player: made, end, complete });
}"""
_COUNT = f"""(() => {{
  // Numbers as drawn by `draw`, which is what a wipe or a difference is made of.
  window.number = (key) => {{
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [384, 216];
    const pen = canvas.getContext("2d");
    if (!player.draw(key, pen, {{ x: 0, y: 0, width: 384, height: 216 }})) return null;
    let number = 0;
    for (let bit = 0; bit < {BITS}; bit++) {{
      const [red] = pen.getImageData((bit + 0.5) * 48, 204, 1, 1).data;
      number = number * 2 + (red > 127 ? 1 : 0);
    }}
    return number;
  }};
  window.numbers = (keys) => keys.map(number);
}})()"""


@cache
def bundle() -> str:
    """The sync player as one script."""
    command = [
        str(ROOT / "js/node_modules/.bin/esbuild"),
        str(ROOT / "js/src/video/sync_player.ts"),
        *("--bundle", "--minify", "--format=iife", "--global-name=sync", "--target=es2022"),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def prepare(page: Page) -> None:
    """Put the sync player on a page, which needs a ``main``."""
    page.add_style_tag(path=ROOT / "js/src/video/picture.css")
    page.add_script_tag(content=bundle())
    page.evaluate(_COUNT)


@dataclass
class Tiles:
    """The tiles of a player on a page."""

    page: Page
    keys: list[str]
    width: int

    def on_screen(self) -> list[int]:
        """The frame numbers that can be read off a picture of the page."""
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("L")
        return self.read(np.asarray(picture))

    def read(self, pixels: np.ndarray) -> list[int]:
        """The frame numbers in a picture of the page, grey, at any scale.

        Tiles are found by arithmetic: asking the page would take part in what is measured.
        """
        size = self.page.viewport_size or {"width": 800}
        scale = pixels.shape[1] / size["width"]
        columns = size["width"] // self.width
        height = round(self.width * 9 / 16)
        found = []
        for place in range(len(self.keys)):
            top, left = height * (place // columns), self.width * (place % columns)
            row = round((top + height * 0.945) * scale)
            number = 0
            for bit in range(BITS):
                column = round((left + (bit + 0.5) * self.width / BITS) * scale)
                number = number * 2 + int(pixels[row, column] > 127)
            found.append(number)
        return found

    def do(self, script: str) -> Any:
        """Evaluate on the page, where ``player`` and ``state`` are known."""
        return self.page.evaluate(script)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(f"Boolean({condition})", timeout=10_000)

    def numbers(self) -> list[int | None]:
        """What ``draw`` draws for every tile."""
        numbers: list[int | None] = self.page.evaluate("keys => numbers(keys)", self.keys)
        return numbers


def show(page: Page, members: list[dict[str, Any]], *, width: int = 192, live: int = 16) -> Tiles:
    """Open a player of members, given by what differs from a plain one."""
    page.evaluate(_OPEN, {"members": members, "width": width, "live": live})
    return Tiles(page, [member["key"] for member in members], width)
