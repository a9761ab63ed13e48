"""The quickstart in a real JupyterLab: stages move while a cell is busy, and the clip plays."""

from __future__ import annotations

import base64
import io
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, jupyter_lab
from tests.conftest import PHOTO, ROOT, start_service, stop_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import Service

pytestmark = pytest.mark.browser

IMPORT, RUN, WAIT, PRINT = range(4)
# Noted in the page at every change: whoever asks from outside misses some on a busy machine.
WATCH_STATES = """waiting => {
  window.states = [];
  const prompt = document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")[waiting];
  new MutationObserver(() => {
    const state = document.querySelector(".wiro-state")?.textContent.replace(/[\\d:. $·]+$/, "");
    if (state && prompt.textContent.includes("*") && !states.includes(state)) states.push(state);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
READ_FRAME = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = 320;
  canvas.height = Math.round(320 * video.videoHeight / video.videoWidth);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").split(",")[1];
}"""
SEEK_TO_START = """async video => {
  video.pause();
  // "seeked" comes before the frame is on the screen.
  const shown = new Promise(done => video.requestVideoFrameCallback(done));
  video.currentTime = 0.01;
  await shown;
}"""


@pytest.fixture(scope="module")
def own_pace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A sandbox at the pace a user sees."""
    running = start_service("--state", str(tmp_path_factory.mktemp("sandbox")))
    yield running
    stop_service(running)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("lab")
    shutil.copy(PHOTO, place)
    shutil.copy(ROOT / "notebooks" / "01_quickstart.ipynb", place)
    return place


@pytest.fixture(scope="module")
def lab(folder: Path, own_pace: Service) -> Iterator[str]:
    with jupyter_lab(folder, own_pace.environment()) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    yield context.new_page()
    context.close()


def distance_to_photo(png: bytes) -> float:
    """Mean difference between a picture and the photograph, of 255."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    photo = Image.open(PHOTO).convert("RGB").resize(picture.size)
    return float(np.abs(np.asarray(picture, dtype=int) - np.asarray(photo, dtype=int)).mean())


def test_a_stranger_runs_the_quickstart(
    page: Page, lab: str, own_pace: Service, folder: Path
) -> None:
    notebook = Notebook.open(page, lab, "01_quickstart.ipynb")
    notebook.run(IMPORT)
    notebook.wait_idle(IMPORT)
    page.evaluate(WATCH_STATES, WAIT)
    # The second of them holds the kernel until the clip is here. It is started at once, since the
    # clip does not wait for a slow page: the stages have to move while the kernel is busy.
    notebook.run(RUN)
    notebook.run(WAIT)
    notebook.wait_idle(WAIT)
    view = notebook.code_cell(RUN).locator(".wiro-root")
    states: list[str] = page.evaluate("states")
    assert sum(not state.startswith("Done") for state in states) >= 3, states
    expect(view.locator(".wiro-state")).to_contain_text("Done", timeout=20_000)
    expect(view).to_contain_text("nothing is charged")

    video = view.locator("video")
    expect(video).to_have_js_property("readyState", 4, timeout=20_000)
    page.wait_for_function("v => v.currentTime > 0.4", arg=video.element_handle())
    earlier = video.evaluate("v => v.currentTime")
    page.wait_for_function(
        "([v, t]) => v.currentTime !== t && !v.paused", arg=[video.element_handle(), earlier]
    )
    assert video.evaluate("v => [v.duration, v.videoHeight]") == [6, 768]

    video.evaluate(SEEK_TO_START)
    assert distance_to_photo(base64.b64decode(video.evaluate(READ_FRAME))) < 8
    # Not only what the player holds, but what the screen shows: nothing lies over it.
    assert distance_to_photo(view.locator(".wiro-stage").screenshot()) < 12

    notebook.run(PRINT)
    notebook.wait_idle(PRINT)
    expect(notebook.code_cell(PRINT)).to_contain_text("succeeded")
    assert list((folder / "wiro-runs" / "clips").glob("0001-*.mp4"))
    assert own_pace.task_count() == 1


def test_another_kernel_shows_the_recorded_run_and_plays_it(
    page: Page, lab: str, own_pace: Service
) -> None:
    """The tab was closed and the notebook is opened again: nothing is sent."""
    before = own_pace.task_count()
    notebook = Notebook.open(page, lab, "01_quickstart.ipynb")
    for cell in (IMPORT, RUN):
        notebook.run(cell)
        notebook.wait_idle(cell)
    view = notebook.code_cell(RUN).locator(".wiro-root")
    expect(view).to_contain_text("No new request was sent", timeout=20_000)
    expect(view.locator("video")).to_have_js_property("readyState", 4, timeout=20_000)
    assert own_pace.task_count() == before


def test_the_clip_comes_from_the_kernel_when_its_address_is_gone(
    page: Page, lab: str, own_pace: Service
) -> None:
    page.route("**/cdn1/**", lambda route: route.abort())
    notebook = Notebook.open(page, lab, "01_quickstart.ipynb")
    for cell in (IMPORT, RUN):
        notebook.run(cell)
        notebook.wait_idle(cell)
    video = notebook.code_cell(RUN).locator(".wiro-root video")
    expect(video).to_have_js_property("readyState", 4, timeout=30_000)
    assert video.evaluate("v => v.currentSrc").startswith("blob:")


def test_stop_in_the_view_stops_the_run_at_the_service(
    page: Page, lab: str, own_pace: Service
) -> None:
    notebook = Notebook.open(page, lab, "01_quickstart.ipynb")
    notebook.run(IMPORT)
    notebook.wait_idle(IMPORT)
    notebook.write(RUN, "run = ww.run('sandbox: stall', image='launch.jpg')\nrun")
    notebook.run(RUN)
    notebook.wait_idle(RUN)
    view = notebook.code_cell(RUN).locator(".wiro-root")
    expect(view.locator(".wiro-state")).to_contain_text("Generating", timeout=30_000)
    view.get_by_role("button", name="Stop").click()
    expect(view.locator(".wiro-state")).to_contain_text("Stopped", timeout=30_000)
    expect(view).to_contain_text("Live, this may be billed.")
    with own_pace.client() as client:
        assert client.tasks(limit=1)[0].cancelled
