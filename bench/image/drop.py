"""From dropping a 12 MB photograph to its preview, and to the kernel's word, in a real JupyterLab.

Budgets: a preview within 1.5 s, at most 3 pieces under way that the kernel has not acknowledged.
The photograph is an upright one, and one that lies on its side, which the kernel encodes anew.
"""

from __future__ import annotations

import base64
import io
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, jupyter_lab, write_notebook
from tests.conftest import start_service, stop_service
from tests.media import odd_files

CELLS = (
    """import wiro_widgets as ww
image = ww.ImageInput(model=ww.connect().model("minimax/hailuo-2.3-fast"))
image""",
    "image.clear()",
)
TURNS = 7
BUDGET_MS, BUDGET_UNDER_WAY = 1500, 3
LAY_OUT = """data => {
    window.bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
}"""
DROP = """async () => {
    const root = document.querySelector(".wiro-in-image_input");
    const zone = root.querySelector(".wiro-zone");
    const picture = root.querySelector(".wiro-picture");
    const transfer = new DataTransfer();
    transfer.items.add(new File([window.bytes], "IMG_0001.JPG", { type: "image/jpeg" }));
    const started = performance.now();
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
    const shown = new Promise((resolve) => {
        picture.addEventListener("load", async () => {
            await picture.decode();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
        }, { once: true });
    });
    const judged = new Promise((resolve) => {
        const look = () =>
            root.querySelector(".wiro-verdict[data-good]")
                ? resolve(performance.now() - started)
                : requestAnimationFrame(look);
        look();
    });
    return [await shown, await judged];
}"""


def photograph(orientation: int) -> bytes:
    """A JPEG of 16 megapixels and 12 MB."""
    width, height = 4608, 3456
    grain = np.random.default_rng(1).normal(0, 20, (height, width, 3))
    pixels = np.asarray(odd_files.scene(width, height), float) + grain
    picture = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, exif=odd_files.told(orientation))
    return file.getvalue()


class UnderWay:
    """Counts pieces that were sent and not acknowledged yet."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def sent(self, frame: str | bytes) -> None:
        """A frame to the kernel."""
        if b'"piece"' in _bytes(frame):
            self.now += 1
            self.most = max(self.most, self.now)

    def received(self, frame: str | bytes) -> None:
        """A frame from the kernel."""
        text = _bytes(frame)
        if re.search(rb'"type": ?"taken", ?"offset": ?[1-9]', text):
            self.now -= 1
        elif b'"type": "ok"' in text:
            self.now = 0


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def main() -> int:
    """Print what was measured; 1 when over budget."""
    folder = Path(tempfile.mkdtemp())
    write_notebook(folder / "a.ipynb", CELLS)
    service = start_service()
    under_way = UnderWay()
    over = False
    with jupyter_lab(folder, service.environment()) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})

        def listen(socket) -> None:  # noqa: ANN001
            socket.on("framesent", under_way.sent)
            socket.on("framereceived", under_way.received)

        page.on("websocket", listen)
        notebook = Notebook.open(page, address, "a.ipynb")
        notebook.run(0)
        notebook.wait_idle(0)
        for words, orientation in (("upright", 1), ("on its side", 6)):
            file = photograph(orientation)
            page.evaluate(LAY_OUT, base64.b64encode(file).decode())
            shown, judged = [], []
            for _ in range(TURNS):
                preview, verdict = page.evaluate(DROP)
                shown.append(preview)
                judged.append(verdict)
                notebook.run(1)
                expect(page.get_by_role("button", name="Choose a picture…")).to_be_visible()
                time.sleep(0.5)
            print(
                f"{words}, {len(file) / 1e6:.1f} MB: preview {_spread(shown)}, "
                f"kernel's word {_spread(judged)}"
            )
            over |= statistics.median(shown) > BUDGET_MS
    stop_service(service)
    print(f"at most {under_way.most} pieces under way")
    return int(over or under_way.most > BUDGET_UNDER_WAY)


def _spread(values: list[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:.0f} ms ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    sys.exit(main())
