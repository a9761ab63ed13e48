"""Every tutorial after Run all, as a reader finds it; and run again, which must cost nothing.

Each leaves a picture of itself, ``<its name>.png`` in its folder of pytest's: to be looked at.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.browser.engine import new_context
from tests.browser.lab import Notebook, end_kernels
from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Service

pytestmark = pytest.mark.browser

TUTORIALS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FREE = {"07_going_live"}
"""Shows prices and sends nothing."""
PAID_ANEW = {"06_the_client_without_widgets"}
"""The client alone has no library that would answer a request."""
SAYS = {
    "01_quickstart": "wiro-runs/clips/0001-",
    "02_iterating_on_a_prompt": "CompareGrid of 2 runs, 2 with a clip",
    "03_image_to_video": "Too wide. Crop it to an aspect ratio between 2:5 and 5:2.",
    "04_sweeps_and_comparison": "4 runs: 4 done",
    "05_your_own_panel": "succeeded",
    "06_the_client_without_widgets": "A 10 s clip isn't available at 1080P.",
    "07_going_live": "Nothing was sent.",
}
"""What a reader without a browser reads in it."""
SIDES = 1280, 8000
"""High enough that JupyterLab draws all of a notebook at once."""
SECONDS = 180
CLIPS_ARE_SHOWN = """() => [...document.querySelectorAll("video")].every(
  video => !video.currentSrc || !video.checkVisibility({ visibilityProperty: true })
    || video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)"""
# What a reader would stumble over, one line each.
STUMBLES = """() => {
  const found = [];
  for (const root of document.querySelectorAll(".wiro-root")) {
    // A widget inside another has as much room as that one gives it.
    if (root.parentElement.closest(".wiro-root")) continue;
    const { width, height } = root.getBoundingClientRect();
    if (width < 280 || height > 1600 || height < 20)
      found.push(`${root.className} is ${width} by ${height} px`);
  }
  for (const output of document.querySelectorAll(".jp-OutputArea-output")) {
    if (output.scrollWidth > output.clientWidth + 1)
      found.push(`${output.scrollWidth} px in ${output.clientWidth}: ${output.textContent}`);
    const text = output.textContent;
    if (/Error displaying widget|Traceback/.test(text)) found.push(text);
  }
  return found;
}"""


@pytest.fixture
def page(lab: str) -> Iterator[Page]:
    context = new_context(viewport=dict(zip(("width", "height"), SIDES, strict=True)))
    yield context.new_page()
    context.close()
    end_kernels(lab)


def run_again(path: Path) -> str:
    """Run a notebook beside itself without a browser; what is read in it then."""
    document = nbformat.read(path, as_version=4)
    NotebookClient(
        document,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain") or ""
        for cell in document.cells
        for output in cell.get("outputs", [])
    )


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_holds_after_run_all_and_pays_once(
    tutorial: Path,
    folder: Path,
    lab: str,
    page: Page,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = folder / tutorial.stem
    place.mkdir()
    copy = place / tutorial.name
    shutil.copy(tutorial, copy)
    shutil.copy(PHOTO, place)
    before = service.task_count()

    notebook = Notebook.open(page, lab, f"{folder.name}/{place.name}/{tutorial.name}")
    cells: Any = [cell for cell in nbformat.read(copy, 4).cells if cell.cell_type == "code"]
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    for index in range(len(cells)):
        notebook.wait_idle(index, SECONDS)
    page.wait_for_function(CLIPS_ARE_SHOWN, timeout=SECONDS * 1000)
    page.screenshot(path=place / f"{tutorial.stem}.png")
    assert page.evaluate(STUMBLES) == []
    paid = service.task_count() - before
    assert (paid > 0) is (tutorial.stem not in FREE)

    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    said = run_again(copy)
    assert SAYS[tutorial.stem] in said, said
    if tutorial.stem not in PAID_ANEW:
        assert service.task_count() - before == paid
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    saved = copy.read_text()
    assert service.secret not in saved
    assert service.key not in saved
