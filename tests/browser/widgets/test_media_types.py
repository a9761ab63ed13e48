"""Clips and pictures that are pages as well: opened by themselves they must run nothing."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.widgets.test_compare_grid import TRAITS
from tests.browser.widgets.test_player import source
from tests.browser.widgets.test_player_sources import KERNEL
from tests.widgets.grid_runs import FakeGridRun, clip
from wiro_widgets.widgets import CompareGrid

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

RUNS = "<script>opener.ran = true</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{RUNS}</svg>'
DROP = """(text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "holiday.svg", { type: "image/svg+xml" }));
    const zone = document.querySelector(".wiro-zone");
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
}"""
BLOB = "document.querySelector('{}')?.src.startsWith('blob:')"


@pytest.fixture(scope="module", autouse=True)
def _page_in_a_film(clips: Path) -> None:
    """A good film with a page in a box that players skip."""
    page = RUNS.encode()
    box = struct.pack(">I4s", 8 + len(page), b"free") + page
    (clips / "page.mp4").write_bytes((clips / "25.mp4").read_bytes() + box)


def opened(stage: Stage, address: str) -> str:
    """Open an address as "Open video in new tab" does; returns the type it is taken for."""
    with stage.page.expect_popup() as popup:
        stage.page.evaluate("(address) => void window.open(address)", address)
    popup.value.wait_for_load_state()
    return str(popup.value.evaluate("document.contentType"))


def shown_address(stage: Stage, element: str) -> str:
    stage.until(BLOB.format(element))
    return str(stage.page.locator(element).first.get_attribute("src"))


def test_a_page_in_a_film_would_run(stage: Stage) -> None:
    """What the other tests prevent."""
    address = stage.page.evaluate(
        """async (url) => {
            const film = await (await fetch(url)).blob();
            return URL.createObjectURL(new Blob([film], { type: "text/html" }));
        }""",
        f"{stage.site}/range/page.mp4",
    )
    assert opened(stage, address) == "text/html"
    stage.until("window.ran === true")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", ""])
def test_a_clip_that_the_service_calls_a_page(stage: Stage, kind: str) -> None:
    stage.show("player", _source={})
    stage.page.evaluate(KERNEL, f"{stage.site}/range/page.mp4")
    clip = {"name": "gull.mp4", "content_type": kind, "size": 0, "url": None}
    stage.set("_source", {**source(None), "clip": clip})
    stage.until("!document.querySelector('video').hidden")
    assert opened(stage, shown_address(stage, "video")) == "video/mp4"
    assert stage.page.evaluate("window.ran") is None


def test_a_clip_that_its_server_calls_a_page(stage: Stage) -> None:
    """A grid reads clips by their address, and with them the type that the server states."""
    stage.page.evaluate("delete window.VideoDecoder")  # not every browser has one
    state = CompareGrid([FakeGridRun(1, clips=clip(f"{stage.site}/page/page.mp4"))]).get_state()
    stage.show("compare_grid", **{name: state[name] for name in TRAITS})
    assert opened(stage, shown_address(stage, "video")) == "video/mp4"
    assert stage.page.evaluate("window.ran") is None


def test_a_picture_that_runs_scripts(stage: Stage) -> None:
    stage.show("image_input", label="First frame", limits={}, _shown={}, _thumbnail="", _remedy="")
    stage.page.evaluate(DROP, SVG)
    picture = stage.page.locator("img[src^='blob:']").first
    expect(picture).to_be_attached()
    assert opened(stage, str(picture.get_attribute("src"))) == "video/mp4"
    assert stage.page.evaluate("window.ran") is None
