"""From running the cell of a Studio to its Run button, in a real JupyterLab with a warm sandbox.

Also what a notebook with a Studio and 12 finished runs weighs when it is saved, and how much of
that is code. Budgets: 1.5 s warm (the second kernel of a page that has shown one before), 1 MB
saved, 100 KB of code.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import expect

from tests.browser.lab import KERNEL_IS_IDLE, Notebook, chromium, jupyter_lab, write_notebook
from tests.conftest import PHOTO, start_service, stop_service

CELLS = (
    "import wiro_widgets as ww",
    f"studio = ww.Studio('A gull lifts off', image={PHOTO.name!r})\nstudio",
    "for _ in range(12):\n    studio.run(fresh=True)\nfor run in studio.runs:\n    run.wait()",
)
TURNS = 5
BUDGET_SECONDS, BUDGET_BYTES, BUDGET_CODE = 1.5, 1_000_000, 100_000
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
# As "Save Widget State Automatically" in the settings does; without it there is next to nothing.
KEEP_STATE = """() =>
  window.jupyterapp.commands.execute("@jupyter-widgets/jupyterlab-manager:saveWidgetState")"""
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"


def shown(notebook: Notebook) -> float:
    """Seconds from Ctrl+Enter in the Studio's cell to a Run button that says its price."""
    notebook.run(0)
    notebook.wait_idle(0)
    notebook.code_cell(1).locator(".cm-content").click()
    begin = time.monotonic()
    notebook.page.keyboard.press("Control+Enter")
    expect(notebook.page.locator(".wiro-in-run_button .wiro-primary")).to_contain_text("$0.19")
    return time.monotonic() - begin


def code_in(path: Path) -> int:
    """Bytes of code in a notebook's widget state."""
    metadata = json.loads(path.read_text("utf-8"))["metadata"]
    models = metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    return sum(len(model["state"].get("_esm", "")) for model in models)


def main() -> int:
    """Print what was measured; 1 when over budget."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "a.ipynb", CELLS)
    service = start_service("--speed", "2000")
    try:
        with jupyter_lab(folder, service.environment()) as address, chromium() as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 1400})
            notebook = Notebook.open(page, address, "a.ipynb")
            times = [shown(notebook)]
            for _ in range(TURNS):
                page.evaluate(RESTART)
                page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
                times.append(shown(notebook))
            notebook.run(2)
            notebook.wait_idle(2, 180)
            expect(page.locator(".wiro-thumb[data-status=succeeded]")).to_have_count(12)
            page.evaluate(KEEP_STATE)
            page.evaluate(SAVE)
            saved, code = (folder / "a.ipynb").stat().st_size, code_in(folder / "a.ipynb")
    finally:
        stop_service(service)
    shutil.rmtree(folder)
    median = statistics.median(times[1:])
    print(f"first cell to a usable Studio: cold {times[0]:.2f} s, warm median {median:.2f} s")
    print(f"notebook saved with a Studio and 12 runs: {saved / 1000:.0f} KB")
    print(f"of that the code of the widgets: {code / 1000:.0f} KB")
    return int(median > BUDGET_SECONDS or saved > BUDGET_BYTES or code > BUDGET_CODE)


if __name__ == "__main__":
    sys.exit(main())
