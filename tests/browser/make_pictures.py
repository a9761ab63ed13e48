"""Take the pictures of the documentation from the real widgets in a real JupyterLab.

Usage: ``python -m tests.browser.make_pictures``. Writes ``docs/pictures/*.jpg`` and the short clip
``docs/pictures/studio.webp``.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, jupyter_lab, use_theme, write_notebook
from tests.conftest import PHOTO, ROOT, start_service, stop_service

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PICTURES = ROOT / "docs" / "pictures"
FIRST = "Wide shot of the launch pad at dawn. [Push in] Vapour drifts across the tower."
SECOND = "Wide shot of the launch pad at dawn. [Push in] Birds lift off the gantry."
SWEEP = f"""prompts = [{FIRST!r}, {SECOND!r}]
sweep = ww.sweep(prompts, image={PHOTO.name!r}, resolution=["768P", "1080P"]).run().wait()
ww.CompareGrid(sweep.runs, rows="resolution", columns="prompt")"""
CELLS = (
    "import wiro_widgets as ww",
    f"studio = ww.Studio({FIRST!r}, image={PHOTO.name!r})\nstudio",
    SWEEP,
)
PARTS = {
    "prompt": "prompt_input",
    "image": "image_input",
    "parameters": "parameter_panel",
    "run_button": "run_button",
    "run_view": "run_view",
}
FRAME_MS = 200
FRAMES = 50
WIDTH = 860
IN_THE_MIDDLE = "() => document.querySelector('.wiro-in-compare_grid .wiro-scrub')?.value >= 3"
# What has to be seen before a mode is a picture.
MODES = {
    "Wipe": ".wiro-edge",
    "Difference": ".wiro-number:has-text('differ by')",
    "Storyboard": "tr:last-child td:last-child canvas",
}


def film(page: Page, studio: Locator) -> list[Image.Image]:
    """A run from the press of the button to its clip playing, as frames."""
    studio.get_by_role("button", name="Run ·").click()
    frames = []
    for _ in range(FRAMES):
        shot = Image.open(io.BytesIO(studio.screenshot())).convert("RGB")
        frames.append(shot.resize((WIDTH, shot.height * WIDTH // shot.width)))
        page.wait_for_timeout(FRAME_MS)
    return [level(frame, max(each.height for each in frames)) for frame in frames]


def level(frame: Image.Image, height: int) -> Image.Image:
    """The same with room below: the Studio grows while it works."""
    whole = Image.new("RGB", (WIDTH, height), "white")
    whole.paste(frame)
    return whole


def save(name: str, place: Locator) -> None:
    """One picture, of photographs for the most part, so JPEG is a fifth of PNG."""
    place.scroll_into_view_if_needed()
    place.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=85)


def take(page: Page, address: str) -> None:
    """All of them."""
    notebook = Notebook.open(page, address, "pictures.ipynb")
    for cell in range(2):
        notebook.run(cell)
        notebook.wait_idle(cell)
    studio = page.locator(".wiro-studio")
    frames = film(page, studio)
    frames[0].save(
        PICTURES / "studio.webp",
        save_all=True,
        append_images=frames[1:],
        duration=FRAME_MS,
        loop=0,
        quality=60,
    )
    state: Any = studio.locator(".wiro-studio-run .wiro-state")
    expect(state).to_contain_text("Done", timeout=30_000)
    for name, widget in PARTS.items():
        save(name, studio.locator(f".wiro-in-{widget}"))
    save("studio", studio)
    notebook.run(2)
    notebook.wait_idle(2)
    grid = notebook.code_cell(2).locator(".wiro-in-compare_grid")
    expect(grid.locator("video, canvas").first).to_be_visible(timeout=30_000)
    page.wait_for_function(IN_THE_MIDDLE)
    grid.get_by_role("button", name="Pause").click()
    expect(grid.locator(".wiro-spread")).to_contain_text("In sync")
    save("grid", grid)
    for mode, drawn in MODES.items():
        grid.get_by_role("button", name=mode, exact=True).click()
        expect(grid.locator(drawn).last).to_be_visible(timeout=30_000)
        save(f"grid-{mode.lower()}", grid)
    use_theme(page, "JupyterLab Dark")
    expect(studio.locator("[data-wiro-theme=light]")).to_have_count(0)
    save("studio-dark", studio)


def main() -> None:
    """Start what is needed, take the pictures, end it."""
    PICTURES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "pictures.ipynb", CELLS)
    service = start_service()
    # As without a key: the pictures show the sandbox, and say so.
    with jupyter_lab(folder, service.environment()) as address, chromium() as browser:
        take(browser.new_page(viewport={"width": 1480, "height": 1500}), address)
    stop_service(service)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
