"""Nine clips of 768P play in a grid while another run of it reports ten times a second.

In a real JupyterLab, with the sandbox's clips, whose frames carry their numbers: what is displayed
is read off the tiles. Budget: 0.98 of the pace or more and no frame back; no animation frame while
the grid is paused.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, jupyter_lab, write_notebook
from tests.conftest import PHOTO, start_service, stop_service
from wiro_widgets.sandbox.render.marks import CELLS, cell_size

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLIPS = 9
FRAMES, RATE, HEIGHT = 150, 25, 768
SECONDS = 12
REPORTS = 10
"""A second."""
PACE = 0.98
PROMPTS = [f"The rocket stands in the dawn, take {number}. [Push in]" for number in range(CLIPS)]
CELLS_OF_NOTEBOOK = (
    f"""import threading, time
import wiro_widgets as ww
from wiro_widgets.schema.tasks import TaskEvent
session = ww.connect()
sweep = ww.sweep({PROMPTS!r}, image={PHOTO.name!r}, resolution="768P").run().wait()
live = ww.run("sandbox: stall", image={PHOTO.name!r})
while live.status != "running": time.sleep(0.05)""",
    "grid = ww.CompareGrid([*sweep.runs, live])\ngrid",
    f"""def report():
    for number in range({REPORTS * (SECONDS + 3)}):
        line = TaskEvent(
            live.task_id, "task_output", message=f"step {{number}}", progress=number % 100 / 100
        )
        session._runner._runs.move(live, lambda state: state.apply(line))
        time.sleep({1 / REPORTS})
threading.Thread(target=report, daemon=True).start()""",
)
COUNT_FRAMES = """(() => {
  window.animationFrames = 0;
  window.onFrame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (then) => onFrame((time) => {
    animationFrames++;
    then(time);
  });
})()"""
WATCH = f"""([seconds, cell, height]) => new Promise((done) => {{
  const strip = document.createElement("canvas");
  [strip.width, strip.height] = [{CELLS} * 4, 4];
  const pen = strip.getContext("2d", {{ willReadFrequently: true }});
  const tile = document.querySelector(".wiro-in-compare_grid .wiro-picture");
  const number = () => {{
    const shown = [...tile.querySelectorAll("canvas, video")].find((each) => !each.hidden);
    if (!shown) return null;
    const [width, tall] = [shown.videoWidth ?? shown.width, shown.videoHeight ?? shown.height];
    const side = (cell / height) * tall;
    pen.drawImage(shown, 0, 0, side * {CELLS}, side, 0, 0, strip.width, 4);
    const {{ data }} = pen.getImageData(0, 2, strip.width, 1);
    const on = Array.from({{ length: {CELLS} }}, (_, at) => (data[(at * 4 + 2) * 4] > 127 ? 1 : 0));
    const bits = on.slice(4);
    const parity = bits.reduce((sum, bit) => sum + bit, 0) % 2;
    if (on[0] !== 1 || on[1] !== 0 || on[3] !== 0 || on[2] !== parity) return null;
    return bits.reduce((sum, bit) => sum * 2 + bit, 0);
  }};
  const seen = [];
  const begun = performance.now();
  const look = () => {{
    const at = performance.now();
    const frame = number();
    if (frame !== null) seen.push([at / 1000, frame]);
    if (at - begun < seconds * 1000) onFrame(look);
    else done(seen);
  }};
  look();
}})"""


def watch(page: Page, label: str) -> tuple[float, int]:
    """Print and return the pace, 1 in real time, and how often an earlier frame followed."""
    seen = page.evaluate(WATCH, [SECONDS, cell_size(HEIGHT), HEIGHT])
    half = FRAMES // 2
    steps = [(b - a + half) % FRAMES - half for (_, a), (_, b) in pairwise(seen)]
    pace = sum(steps) / RATE / (seen[-1][0] - seen[0][0])
    back = sum(step < 0 for step in steps)
    pictures = sum(step != 0 for step in steps) / (seen[-1][0] - seen[0][0])
    print(f"{label:<22} pace {pace:.2f}, {pictures:.0f} pictures a second, {back} jumps back")
    return pace, back


def animation_frames(page: Page) -> float:
    """How many of them a second the page asks for."""
    page.evaluate("animationFrames = 0")
    page.wait_for_timeout(4000)
    return float(page.evaluate("animationFrames")) / 4


def measure(folder: Path, environment: dict[str, str]) -> tuple[float, int, float]:
    """The pace, the jumps back, and the animation frames a second of the paused grid."""
    with jupyter_lab(folder, environment) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.add_init_script(COUNT_FRAMES)
        notebook = Notebook.open(page, address, "a.ipynb")
        notebook.run(0)
        notebook.wait_idle(0, 400)
        empty = animation_frames(page)
        notebook.run(1)
        notebook.wait_idle(1)
        grid = page.locator(".wiro-in-compare_grid")
        expect(grid.locator(".wiro-spread")).to_contain_text("in step", timeout=60_000)
        # A grid plays by itself.
        expect(grid.get_by_role("button", name="Pause", exact=True).first).to_be_visible()
        watch(page, "alone")
        notebook.run(2)
        notebook.wait_idle(2)
        pace, back = watch(page, "beside a live run")
        grid.get_by_role("button", name="Pause", exact=True).first.click()
        expect(grid.get_by_role("button", name="Play", exact=True).first).to_be_visible()
        # The run reports for another while; what is counted is a page on which nothing happens.
        page.wait_for_timeout(5000)
        idle = animation_frames(page)
        print(f"paused: {idle:.1f} animation frames a second, {empty:.1f} before there was a grid")
    return pace, back, idle


def main() -> int:
    """Print what was measured; 1 when over budget."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "a.ipynb", CELLS_OF_NOTEBOOK)
    service = start_service("--speed", "400", "--frame-marks")
    try:
        pace, back, idle = measure(folder, service.environment())
    finally:
        stop_service(service)
        shutil.rmtree(folder)
    return int(pace < PACE or back > 0 or idle > 0)


if __name__ == "__main__":
    sys.exit(main())
