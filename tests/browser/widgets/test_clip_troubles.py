"""Clips that change, break off or never come, and what a person is told and can do then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.widgets.clips import write_clip
from tests.browser.widgets.odd_clips import write_truncated
from tests.browser.widgets.test_compare_grid import in_step, show, tile, usual
from tests.browser.widgets.test_player import PLAYING, READY, frame, source
from tests.browser.widgets.test_player_sources import KERNEL
from tests.widgets.grid_runs import FakeGridRun, clip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

BROKE_OFF = "The clip broke off. Its file is damaged, or has changed or gone."
GONE = """() => {
    shown.model.answer = ({ id }) => setTimeout(() =>
        shown.model.reply({ id, type: "error", message: "The clip is not on this disk." }));
}"""


@pytest.fixture(scope="module", autouse=True)
def _damaged(clips: Path) -> None:
    usual = write_clip(clips / "usual.mp4").read_bytes()
    write_truncated(clips / "cut.mp4")
    # The index calls a frame in the middle the only one at which decoding can begin.
    first = usual.index(b"stss") + 12
    (clips / "key.mp4").write_bytes(usual[:first] + (7).to_bytes(4) + usual[first + 4 :])


def test_a_clip_that_goes_while_it_plays_goes_on_from_the_kernel(stage: Stage) -> None:
    stage.show("player")
    stage.page.evaluate(KERNEL, f"{stage.site}/range/25.mp4")
    stage.set("_source", source(f"{stage.site}/range/cut.mp4"))
    stage.until(f"{READY} && document.querySelector('video').src.startsWith('blob:')")
    # It goes on where it was, and over the place where the other one ended.
    stage.until(f"{PLAYING} && document.querySelector('video').currentTime > 1.6")
    assert frame(stage) >= 39
    assert stage.page.locator(".wiro-note").inner_text() == ""


def test_a_clip_that_goes_and_is_nowhere_says_so_and_can_be_tried_again(stage: Stage) -> None:
    stage.show("player")
    stage.page.evaluate(GONE)
    address = f"{stage.site}/range/cut.mp4"
    stage.set("_source", source(address))
    expect(stage.page.get_by_role("status")).to_have_text(
        f"{BROKE_OFF} The clip is not on this disk.", timeout=15_000
    )
    whole = f"{stage.site}/range/25.mp4"
    stage.page.route(address, lambda route: route.continue_(url=whole))
    stage.page.get_by_role("button", name="Try again").press("Enter")
    stage.until(READY)
    expect(stage.page.get_by_role("button", name="Try again")).to_be_hidden()
    expect(stage.page.get_by_role("group", name="The gull")).to_be_focused()
    stage.until(f"{PLAYING} && document.querySelector('video').currentTime > 1.6")


def test_in_a_grid_the_others_play_on_and_it_can_be_tried_again(stage: Stage) -> None:
    show(stage, [usual(stage, 1), usual(stage, 2, "cut"), usual(stage, 3)])
    expect(tile(stage, "B")).to_contain_text(BROKE_OFF, timeout=15_000)
    expect(stage.page.get_by_role("status").filter(has_text=BROKE_OFF)).to_have_text(
        f"B: {BROKE_OFF}"
    )
    in_step(stage)
    stage.until("document.querySelector('.wiro-readout').textContent.includes('frame 45')")
    again = stage.page.get_by_role("button", name="Try again")
    stage.page.route(
        "**/cut.mp4", lambda route: route.continue_(url=f"{stage.site}/range/usual.mp4")
    )
    again.press("Enter")
    expect(tile(stage, "B")).to_be_focused()
    expect(again).to_be_hidden()
    in_step(stage)


def test_a_damaged_index_stops_no_grid(stage: Stage) -> None:
    show(stage, [usual(stage, 1), usual(stage, 2, "key")])
    in_step(stage)
    stage.until("document.querySelector('.wiro-readout').textContent.includes('frame 20')")


def test_a_server_that_does_not_answer_is_waited_for_only_so_long(stage: Stage) -> None:
    silent = FakeGridRun(2, clips=clip(f"{stage.site}/silent/usual.mp4"))
    show(stage, [usual(stage, 1), silent, usual(stage, 3)])
    expect(stage.page.locator(".wiro-spread")).to_contain_text("Waiting for B")
    readout = stage.page.locator(".wiro-readout")
    expect(readout).to_have_text(re.compile(r"frame [2-4]\d of 50"), timeout=20_000)
