"""Clips of every kind: which frames and colours are on the screen, and in the last frame."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import clip_set
from tests.browser.clip_set import Made, read_number, read_patches, write_made
from tests.browser.engine import FIREFOX
from tests.browser.widgets.test_compare_grid import TRAITS, show
from tests.browser.widgets.test_player import source
from tests.browser.widgets.test_player_sources import KERNEL
from tests.widgets.grid_runs import FakeGridRun, clip
from wiro_widgets.media.films import last_frame
from wiro_widgets.widgets import CompareGrid

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(FIREFOX, reason="The colours are held against those of Chromium's player"),
]

NEAR = 10
"""Levels of 255: Chromium's player rounds blue by 8 when it converts BT.709 without a GPU."""
UNPLAYABLE = {"hevc": "Chromium on Linux plays no HEVC"}
OTHER_COLOURS = {
    "deep_hlg": "a canvas maps HDR to the screen, and a player without a GPU does not",
    "deep_pq": "the same",
}
SECONDS = 8
"""Until all show what they should, on a loaded machine."""

_OPEN = """async ([widget, traits]) => {
    const { show } = await import("/js/demo/demo.js");
    const cell = document.createElement("div");
    cell.className = `cell ${widget}`;
    document.querySelector("main").append(cell);
    await show(widget, traits, cell);
}"""
_PAGE = """() => {
    const style = document.createElement("style");
    style.textContent = `
        body { margin: 0 }
        main { display: grid; grid-template-columns: repeat(14, 180px); align-items: start }
        .cell { width: 180px; overflow: hidden }
        .wiro-star { visibility: hidden }
        .player { height: 330px }
        .compare_grid { height: 470px }`;
    document.head.append(style);
}"""
_LOOK = """() => [...document.querySelectorAll(".cell")].map((cell) => {
    const words = cell.querySelector(".wiro-readout")?.textContent ?? "";
    const all = ".wiro-stage video, .wiro-shot canvas, .wiro-shot video";
    const picture = [...cell.querySelectorAll(all)].find((it) => !it.hidden && it.clientWidth);
    if (!picture) return { words, box: null };
    const { x, y, width, height } = picture.getBoundingClientRect();
    const wide = picture.videoWidth ?? picture.width;
    const high = picture.videoHeight ?? picture.height;
    const scale = Math.min(width / wide, height / high);
    const [across, down] = [wide * scale, high * scale];
    const box = [x + (width - across) / 2, y + (height - down) / 2, across, down];
    return { words, box: box.map(Math.round) };
})"""
_PRESS = """(key) => {
    for (const element of document.querySelectorAll(".wiro-stage, .wiro-whole")) {
        element.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
    }
}"""


@pytest.fixture(scope="module", autouse=True)
def _written(clips: Path) -> None:
    for made in clip_set.CLIPS:
        write_made(clips, made)


def _look(stage: Stage) -> list[tuple[str, Any]]:
    """The words of each cell, and its picture as it is on the screen."""
    seen = stage.page.evaluate(_LOOK)
    shot = np.asarray(Image.open(io.BytesIO(stage.page.screenshot())).convert("RGB"))
    cells = []
    for cell in seen:
        left, top, width, height = cell["box"] or (0, 0, 0, 0)
        cells.append((cell["words"], shot[top : top + height, left : left + width]))
    return cells


def _shows(cell: tuple[str, Any], made: Made, frame: int, *, counted: bool) -> bool:
    words, picture = cell
    about = "about " if made.suffix == "webm" else ""
    number = f"· {about}frame {frame + 1} of {made.frames}"
    return picture.size > 0 and read_number(picture) == frame and (number in words) is counted


def _until(stage: Stage, batch: list[Made], frames: list[int], *, counted: bool) -> list[str]:
    """Wait until all show their frame, in the picture and in words; what does not after all."""
    ends = time.monotonic() + SECONDS
    while True:
        cells = _look(stage)
        late = [
            f"{made.name} in the {widget}: frame {frame + 1}, {words!r}"
            for at, (made, frame) in enumerate(zip(batch, frames, strict=True))
            for widget, (words, picture) in (
                ("player", cells[at]),
                ("grid", cells[len(batch) + at]),
            )
            if not _shows(
                (words, picture),
                made,
                frame,
                # The player measures only when somebody steps.
                counted=counted or widget == "grid" or made.suffix != "webm",
            )
        ]
        if not late or time.monotonic() > ends:
            return late


def _open(stage: Stage, batch: list[Made]) -> None:
    stage.page.set_viewport_size({"width": 2520, "height": 800})
    stage.page.evaluate(_PAGE)
    for widget in ("player", "compare_grid"):
        for made in batch:
            url = f"{stage.site}/range/{made.name}.{made.suffix}"
            traits: dict[str, Any] = {"_source": source(url)}
            if widget == "compare_grid":
                state = CompareGrid([FakeGridRun(1, clips=clip(url))]).get_state()
                traits = {name: state[name] for name in TRAITS}
            stage.page.evaluate(_OPEN, [widget, traits])
        # The grids stand in a row of their own.
        stage.page.evaluate(
            """(missing) => {
                for (let at = 0; at < missing; at++) {
                    document.querySelector("main").append(document.createElement("div"));
                }
            }""",
            14 - len(batch),
        )


@pytest.mark.parametrize("kind", ["RATES", "CONTAINERS", "SHAPES", "COLOURS", "TAGS", "WEBM"])
def test_every_clip_shows_its_own_frames_and_colours(calm: Stage, clips: Path, kind: str) -> None:
    every: list[Made] = getattr(clip_set, kind)
    batch = [made for made in every if made.name not in UNPLAYABLE]
    _open(calm, batch)
    frames = [0] * len(batch)
    wrong = _until(calm, batch, frames, counted=False)
    cells = _look(calm)
    most = max(made.frames for made in batch)
    for key in [*["."] * most, ",", "End", "Home"]:
        calm.page.evaluate(_PRESS, key)
        for at, made in enumerate(batch):
            by = {".": 1, ",": -1, "End": made.frames, "Home": -made.frames}[key]
            frames[at] = max(0, min(made.frames - 1, frames[at] + by))
        wrong += [f"after {key}: {late}" for late in _until(calm, batch, frames, counted=True)]
    for at, made in enumerate(batch):
        player, grid = (read_patches(cells[place][1]) for place in (at, len(batch) + at))
        last = np.asarray(last_frame(clips / f"{made.name}.{made.suffix}"))
        if read_number(last) != made.frames - 1:
            wrong.append(f"{made.name}: the last frame is {read_number(last)}")
        elsewhere = {"grid": grid, "last frame": read_patches(last)}
        if made.name in OTHER_COLOURS:
            del elsewhere["grid"]
        wrong += [
            f"{made.name} in the {where}: {patches}, in the player {player}"
            for where, patches in elsewhere.items()
            if np.abs(np.subtract(patches, player)).max() > NEAR
        ]
    assert wrong == []


def test_a_step_is_to_the_next_image_where_frames_are_measured(calm: Stage, clips: Path) -> None:
    write_made(clips, clip_set.MEASURED)
    _open(calm, [clip_set.MEASURED])
    calm.until("document.querySelector('.player video:not([hidden])')")
    for frame in range(1, clip_set.MEASURED.frames):
        calm.page.evaluate(_PRESS, ".")
        ends = time.monotonic() + SECONDS
        words, picture = _look(calm)[0]
        # Looking for frames shows some of them, too.
        while read_number(picture) != frame or "about frame" not in words:
            assert time.monotonic() < ends
            words, picture = _look(calm)[0]


def test_what_cannot_be_played_is_said(calm: Stage) -> None:
    for name in UNPLAYABLE:
        calm.show("player")
        calm.page.evaluate(KERNEL, f"{calm.site}/range/{name}.mp4")
        calm.set("_source", source(f"{calm.site}/range/{name}.mp4"))
        expect(calm.page.get_by_role("status")).to_contain_text("cannot play")


def test_the_same_pictures_do_not_differ(calm: Stage) -> None:
    names = ["sd", "sd_fragments", "sd_601_coded", "sd_601_boxed", "sd_625_both", "full_coded"]
    names += ["full_boxed", "sd_709_coded", "sd_709_boxed", "sd_709_nclc", "full_709_both"]
    names += ["disagree", "sd_2020_both", "sd_2020_boxed", "vp9", "vp9_709", "av1", "av1_709"]
    runs = [
        FakeGridRun(at, clips=clip(f"{calm.site}/range/{name}.mp4"))
        for at, name in enumerate(names)
    ]
    show(calm, runs, mode="difference")
    number = calm.page.locator(".wiro-number")
    found = {}
    for at, name in enumerate(names[1:], start=1):
        calm.page.get_by_label("Right or upper").select_option(f"r{at}")
        letter = calm.page.locator(".wiro-label b").last.inner_text()
        expect(number).to_contain_text(f"A and {letter} differ by")
        expect(number).to_contain_text("frame 1 of both")
        found[name] = float(re.findall(r"differ by ([\d.]+)", number.inner_text())[0])
    # Two encodings of one picture are rounded unlike.
    assert {name: value for name, value in found.items() if value > 1} == {}
