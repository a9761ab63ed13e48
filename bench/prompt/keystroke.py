"""From a key to the screen in a `PromptInput`, in a real JupyterLab whose kernel is busy.

The prompt is nearly full (1,900 characters, twenty camera moves) and compared with a pinned one;
beside it a bare text area on the same page, as the floor. Taken per key: from the key to the end of
all work it caused, layout included. The browser then shows it with its next frame, at most 16.7 ms
later at 60 Hz, in either field. Budget: p95 under 16 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.lab import Notebook, chromium, jupyter_lab, write_notebook  # noqa: E402

BUDGET_MS = 16
KEYS = 200
SHOW = """
import os
from time import sleep
from wiro_widgets.widgets import PromptInput
text = "A gull lifts off over the surf, [Push in] slowly, as the sun comes up at the pier. " * 22
PromptInput(text, baseline=text.replace("slowly", "quickly"))
"""
BUSY = "while not os.path.exists({!r}): sleep(0.05)"
BARE = """() => {
    const bare = document.createElement("textarea");
    bare.id = "bare";
    bare.style = "position: fixed; inset: 0 0 auto auto; z-index: 9; width: 700px; height: 300px";
    bare.setAttribute("data-lm-suppress-shortcuts", "");
    bare.value = document.querySelector(".wiro-prompttext").value;
    document.body.append(bare);
}"""
MEASURE = """(area) => {
    window.taken = [];
    area.addEventListener("keydown", (event) => {
        const begun = event.timeStamp;
        // After the input event and every frame callback of the frame that shows the letter.
        requestAnimationFrame(() => {
            window.after.port2.onmessage = () => {
                window.taken.push([window.worked - begun, performance.now() - begun]);
            };
            window.after.port1.postMessage(0);
        });
    }, true);
    area.addEventListener("input", () => {
        area.getBoundingClientRect();
        window.worked = performance.now();
    });
    window.after = new MessageChannel();
}"""


def type_into(notebook: Notebook, selector: str) -> list[list[float]]:
    """Per key: ms until the work was done, ms until a frame was shown."""
    page = notebook.page
    area = page.locator(selector).first
    area.evaluate(MEASURE)
    area.click()
    page.keyboard.press("Control+End")
    page.evaluate("window.taken = []")
    for number in range(KEYS):
        page.keyboard.press("abcde "[number % 6])
        page.wait_for_function("(count) => window.taken.length > count", arg=number)
    taken: list[list[float]] = page.evaluate("window.taken")
    return taken[:KEYS]


def main() -> int:
    """Measure both fields; 1 when over budget."""
    over = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        go = folder / "go"
        write_notebook(folder / "keys.ipynb", (SHOW, BUSY.format(str(go))))
        with jupyter_lab(folder, {}) as address, chromium() as browser:
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            notebook = Notebook.open(page, address, "keys.ipynb")
            notebook.run(0)
            notebook.wait_idle(0)
            notebook.run(1)
            page.locator(".jp-InputPrompt", has_text="[*]:").wait_for()
            page.evaluate(BARE)
            for label, selector in (
                ("bare textarea", "#bare"),
                ("PromptInput", ".wiro-prompttext"),
            ):
                taken = type_into(notebook, selector)
                for what, values in zip(("work", "shown"), zip(*taken, strict=True), strict=True):
                    p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
                    print(f"{label:14} {what:6} p50 {p50:5.1f} ms   p95 {p95:5.1f} ms   n={KEYS}")
                    over |= label == "PromptInput" and what == "work" and p95 > BUDGET_MS
            assert notebook.prompt(1) == "[*]:", "the kernel was not busy all the time"
            go.touch()
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
