"""Where the player has the bytes of a clip from, and what it says when it cannot have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.engine import FIREFOX
from tests.browser.widgets.test_player import (
    PAUSED,
    PLAYING,
    READY,
    open_clip,
    press,
    source,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

# A kernel that serves the clip at window.bytes by pieces of 4,000 bytes.
KERNEL = """async (url) => {
    const bytes = await (await fetch(url)).arrayBuffer();
    let offset = 0;
    shown.model.answer = ({ id, type }) => {
        if (type !== "media" && type !== "ack") return;
        const part = bytes.slice(offset, offset + 4000);
        const message = { id, type: "chunk", offset, total: bytes.byteLength };
        offset += part.byteLength;
        if (part.byteLength) setTimeout(() => shown.model.reply(message, [new DataView(part)]));
    };
}"""


@pytest.mark.parametrize(
    "quality",
    [
        "gone",
        pytest.param(
            "plain",
            marks=pytest.mark.skipif(
                FIREFOX, reason="Firefox keeps the whole answer, and seeks in that"
            ),
        ),
    ],
)
def test_bytes_come_from_the_kernel_where_the_url_is_no_use(stage: Stage, quality: str) -> None:
    stage.show("player")
    stage.page.evaluate(KERNEL, f"{stage.site}/range/25.mp4")
    stage.set("_source", source(f"{stage.site}/{quality}/25.mp4"))
    stage.until(READY)
    stage.until(PLAYING)
    url = stage.page.evaluate("document.querySelector('video').src")
    assert url.startswith("blob:")
    press(stage, ".")
    stage.until(PAUSED)
    assert stage.page.evaluate("fetch(document.querySelector('video').src).then((a) => a.ok)")
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate("(url) => fetch(url).then(() => true, () => false)", url) is False
    assert stage.page.locator("video").get_attribute("src") is None, "the player was not released"


def test_a_busy_kernel_is_waited_for_in_words(stage: Stage) -> None:
    stage.page.clock.install()
    stage.show("player", _source=source(None))
    stage.page.clock.run_for(4000)
    note = stage.page.locator(".wiro-note")
    assert note.inner_text() == "Waiting for the kernel; it is busy with a cell."
    stage.page.clock.resume()
    stage.page.evaluate(KERNEL, f"{stage.site}/range/25.mp4")
    stage.page.evaluate("shown.model.answer(shown.model.sent[0])")
    stage.until(READY)
    assert note.inner_text() == ""


def test_a_url_that_forbids_drawing_still_plays(stage: Stage, sites: tuple[str, str]) -> None:
    stage.show("player")
    stage.page.evaluate(
        """() => {
            shown.model.answer = ({ id }) =>
                setTimeout(() => shown.model.reply({ id, type: "error", message: "no" }));
        }"""
    )
    stage.set("_source", source(f"{sites[1]}/closed/25.mp4"))
    stage.until(READY)
    stage.until(PLAYING)


def test_what_cannot_be_played_is_said_in_words(stage: Stage) -> None:
    stage.show("player")
    stage.page.evaluate(KERNEL, f"{stage.site}/js/package.json")
    stage.set("_source", source(None))
    stage.until("document.querySelector('.wiro-note').textContent.includes('cannot play')")


@pytest.mark.skipif(
    FIREFOX, reason="Playwright misses a Firefox's download that no navigation began"
)
def test_a_download_is_the_file_under_its_name(stage: Stage, clips: Path) -> None:
    open_clip(stage)
    with stage.page.expect_download() as download:
        stage.page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "gull.mp4"
    assert download.value.path().read_bytes() == (clips / "25.mp4").read_bytes()


@pytest.mark.skipif(
    FIREFOX, reason="Playwright misses a Firefox's download that no navigation began"
)
def test_an_expired_address_is_not_saved_as_the_clip(stage: Stage, clips: Path) -> None:
    open_clip(stage)
    stage.page.evaluate(KERNEL, f"{stage.site}/range/25.mp4")
    stage.page.route("**/range/25.mp4", lambda route: route.fulfill(status=403, body="Expired."))
    save = stage.page.get_by_role("button", name="Download")
    with stage.page.expect_download() as download:
        save.click()
    assert download.value.path().read_bytes() == (clips / "25.mp4").read_bytes()
    stage.page.evaluate(
        """() => {
            shown.model.answer = ({ id }) => setTimeout(() =>
                shown.model.reply({ id, type: "error", message: "The file is gone." }));
        }"""
    )
    save.click()
    note = stage.page.get_by_text("The clip could not be saved. The file is gone.")
    note.wait_for()
    stage.until(READY)
