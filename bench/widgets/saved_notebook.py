"""What a notebook with a Studio, a grid and twelve runs weighs when JupyterLab has saved it.

Budgets: 300 KB in all, of which 100 KB of code; each poster once.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, jupyter_lab, write_notebook
from tests.conftest import FAST, FEW, PHOTO, start_service, stop_service

RUNS = 12
BUDGET_KB, BUDGET_CODE_KB = 300, 100
PROMPTS = [f"The rocket stands in the dawn, take {number}. [Push in]" for number in range(RUNS)]
NOTEBOOK = (
    f"""import wiro_widgets as ww
sweep = ww.sweep({PROMPTS!r}, image={PHOTO.name!r}).run().wait()""",
    f"studio = ww.Studio({PROMPTS[0]!r}, image={PHOTO.name!r})\nstudio",
    "grid = ww.CompareGrid(sweep.runs)\ngrid",
    "for run in sweep.runs:\n    display(run)",
)
STATES = "application/vnd.jupyter.widget-state+json"
SAVE = """async () => {
  await window.jupyterapp.commands.execute("docmanager:save");
  return !window.jupyterapp.shell.currentWidget.context.model.dirty;
}"""
_PICTURE = re.compile(r"data:image/[a-z]+;base64,[\w+/=]+")


def weigh(saved: str) -> bool:
    """Print what the bytes of a saved notebook are; whether they are within the budgets."""
    document = json.loads(saved)
    states: dict[str, Any] = document["metadata"]["widgets"][STATES]["state"]
    code = sum(
        len(json.dumps(model["state"].get(name, "")))
        for model in states.values()
        for name in ("_esm", "_css")
    )
    buffers = [each["data"] for model in states.values() for each in model.get("buffers", ())]
    pictures = [*_PICTURE.findall(saved), *buffers]
    posters, different = sum(map(len, pictures)), sum(map(len, set(pictures)))
    rest = len(saved) - code - posters
    print(f"{len(saved) / 1000:.0f} KB in all (budget {BUDGET_KB}), {len(states)} models:")
    print(f"  code    {code / 1000:6.0f} KB (budget {BUDGET_CODE_KB})")
    print(
        f"  posters {posters / 1000:6.0f} KB: {len(pictures)} pictures, {len(set(pictures))}"
        f" different ({different / 1000:.0f} KB)"
    )
    print(f"  rest    {rest / 1000:6.0f} KB")
    light = len(saved) <= BUDGET_KB * 1000 and code <= BUDGET_CODE_KB * 1000
    return light and len(pictures) == len(set(pictures))


def main() -> int:
    """Save such a notebook and weigh it; 1 when over budget."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "a.ipynb", NOTEBOOK)
    settings = folder / ".jupyter-home/lab/user-settings/@jupyter-widgets/jupyterlab-manager"
    settings.mkdir(parents=True)
    # What "Save Widget State Automatically" in JupyterLab's menu sets.
    (settings / "plugin.jupyterlab-settings").write_text('{"saveState": true}')
    service = start_service("--speed", FAST, "--frame-rate", FEW)
    try:
        with jupyter_lab(folder, service.environment()) as address, chromium() as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 1400})
            notebook = Notebook.open(page, address, "a.ipynb")
            for cell in range(len(NOTEBOOK)):
                notebook.run(cell)
                notebook.wait_idle(cell, 240)
            expect(page.locator(".wiro-in-run_view").last).to_be_attached(timeout=60_000)
            assert page.evaluate(SAVE), "JupyterLab did not save the notebook"
    finally:
        stop_service(service)
    saved = (folder / "a.ipynb").read_text()
    shutil.rmtree(folder)
    return int(not weigh(saved))


if __name__ == "__main__":
    sys.exit(main())
