"""Choosing a picture in a real JupyterLab: dropped, pasted, browsed for; what is seen is sent."""

from __future__ import annotations

import base64
import io
import json
import mimetypes
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, write_notebook
from tests.media import odd_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

SHOW, ASK = range(2)
IN_THE_FOLDER = "50% of dawn #1.png"
CELLS = (
    """import hashlib, json, requests, time
import wiro_widgets as ww
connection = ww.connect()
image = ww.ImageInput(model=connection.model("minimax/hailuo-2.3-fast"))
def tell():
    made = image.value
    if hasattr(made, "data"):
        made = [made.name, made.width, made.height, made.content_type, len(made.data), made.notes]
    print(json.dumps([made, image.problem]))
image""",
    "tell()",
)
DROP = """([zone, data, name, type, kind]) => {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    const init = { bubbles: true, cancelable: true };
    if (kind === "paste") {
        zone.focus();
        zone.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, ...init }));
        return;
    }
    for (const step of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(step, { dataTransfer: transfer, ...init }));
    }
}"""
PIXELS = """(picture) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""


class Told(NamedTuple):
    """What the kernel holds."""

    name: str
    width: int
    height: int
    content_type: str
    size: int
    notes: list[str]


class Field:
    """The widget on the page."""

    def __init__(self, page: Page, frames: list[int]) -> None:
        self.page = page
        self.frames = frames
        self.root = page.locator(".wiro-in-image_input .wiro-root")
        self.zone = self.root.locator(".wiro-zone")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def give(self, data: bytes, name: str, kind: str = "drop") -> None:
        """Drop or paste a file."""
        text = base64.b64encode(data).decode()
        # As a browser does: by the name, true or not.
        content_type = mimetypes.guess_type(name)[0] or ""
        zone = self.zone.element_handle()
        self.page.evaluate(DROP, [zone, text, name, content_type, kind])

    def says(self, words: str) -> None:
        """Wait until the widget shows so."""
        shown = self.root.locator(".wiro-image").get_by_text(words).filter(visible=True)
        expect(shown.first).to_be_visible(timeout=20_000)

    def run(self, text: str) -> str:
        """What a cell says."""
        notebook = Notebook(self.page)
        notebook.write(ASK, text)
        notebook.run(ASK)
        notebook.wait_idle(ASK)
        return str(notebook.code_cell(ASK).locator(".jp-OutputArea-output").last.inner_text())

    def held(self) -> tuple[Told | str | None, str | None]:
        """What the kernel holds, and what it says against it."""
        value, problem = json.loads(self.run("tell()"))
        return Told(*value) if isinstance(value, list) else value, problem

    def preview(self) -> Image.Image:
        """The pixels of the picture on the screen."""
        expect(self.root.locator(".wiro-picture")).to_be_visible()
        data = self.root.locator(".wiro-picture").evaluate(PIXELS)
        return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.fixture(scope="module")
def opened(lab: str, folder: Path) -> Iterator[Field]:
    write_notebook(folder / "image.ipynb", CELLS)
    (folder / IN_THE_FOLDER).write_bytes(odd_files.saved(odd_files.scene(), "PNG"))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.set_default_timeout(20_000)
        frames: list[int] = []

        def listen(frame: str | bytes) -> None:
            if b'"piece"' in (frame if isinstance(frame, bytes) else frame.encode()):
                frames.append(len(frame))

        page.on("websocket", lambda socket: socket.on("framesent", listen))
        notebook = Notebook.open(page, lab, f"{folder.name}/image.ipynb")
        notebook.run(SHOW)
        notebook.wait_idle(SHOW)
        yield Field(page, frames)


@pytest.fixture
def field(opened: Field) -> Field:
    """The same widget with nothing in it."""
    opened.run("image.clear()\nprint('cleared')")
    opened.page.keyboard.press("Escape")
    expect(opened.button("Browse…")).to_be_visible()
    opened.frames.clear()
    return opened


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photograph_on_its_side_is_seen_and_sent_upright(field: Field, kind: str) -> None:
    photograph = odd_files.turned(6, "JPEG")
    field.give(photograph, "IMG_0001.JPG", kind)
    field.says("✓ fits hailuo-2.3-fast")
    field.says("320 × 480 · 2:3")
    field.says("Rotated to upright")
    held, problem = field.held()
    assert isinstance(held, Told)
    assert held.name == "IMG_0001.jpg"
    assert problem is None
    code = """task = ww.run("The gull", image=image.value, fresh=True).wait().task_id
address = connection.client.task(task).parameters["inputImage"]
print(__import__("base64").b64encode(requests.get(address).content).decode())"""
    received = base64.b64decode(field.run(code))
    assert odd_files.SECRET not in received
    sent = Image.open(io.BytesIO(received))
    assert not sent.getexif()
    seen = field.preview()
    assert abs(seen.width / seen.height - sent.width / sent.height) < 0.02
    small = [np.asarray(each.convert("RGB").resize((64, 96)), int) for each in (sent, seen)]
    assert np.abs(small[0] - small[1]).mean() < 4


def test_a_picture_of_12_mb_arrives_in_pieces(field: Field) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1600, 2500, 3), "uint8")
    photograph = odd_files.saved(Image.fromarray(noise), "PNG")
    assert len(photograph) > 12_000_000
    with field.page.expect_file_chooser() as chooser:
        field.button("Browse…").click()
    chooser.value.set_files([{"name": "noise.png", "mimeType": "image/png", "buffer": photograph}])
    field.says("✓ fits")
    held, _ = field.held()
    assert isinstance(held, Told)
    assert held.size == len(photograph)
    assert max(field.frames) < 1024 * 1024
    assert len(field.frames) == -(-len(photograph) // (512 * 1024))


def test_a_real_paste_from_the_clipboard(field: Field) -> None:
    field.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    data = base64.b64encode(odd_files.saved(odd_files.scene(), "PNG")).decode()
    field.page.evaluate(
        """async (data) => {
            const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
            const blob = new Blob([bytes], { type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        data,
    )
    field.zone.focus()
    field.page.keyboard.press("Control+v")
    field.says("480 × 320")
    held, _ = field.held()
    assert isinstance(held, Told)
    assert held.content_type == "image/png"


def test_a_file_of_jupyterlab_s_file_browser_can_be_dragged_here(field: Field) -> None:
    page = field.page
    file = page.locator(".jp-DirListing-item", has_text=IN_THE_FOLDER).locator(
        ".jp-DirListing-itemText"
    )
    # Lumino's drag follows the mouse; the browser's own `drag_to` would drop before it has begun.
    file.hover()
    page.mouse.down()
    place = field.zone.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 20, place["y"] + 20, steps=10)
    expect(field.root.locator(".wiro-zone[data-over]")).to_be_visible()
    page.mouse.up()
    field.says("480 × 320")
    expect(field.root.locator(".wiro-zone[data-over]")).to_have_count(0)
    held, _ = field.held()
    assert isinstance(held, Told)
    assert (held.name, held.content_type) == (IN_THE_FOLDER, "image/png")
    expect(page.locator(".jp-ImageViewer")).to_have_count(0)


def test_what_is_pasted_into_a_cell_is_the_cell_s(field: Field) -> None:
    field.page.evaluate("navigator.clipboard.writeText('https://example.com/a.png')")
    Notebook(field.page).write(ASK, "")
    field.page.keyboard.press("Control+v")
    expect(Notebook(field.page).code_cell(ASK).locator(".cm-content")).to_contain_text("a.png")
    expect(field.button("Browse…")).to_be_visible()


@pytest.mark.parametrize("case", odd_files.ODD)
def test_odd_files_behave(field: Field, case: str) -> None:
    name, make = odd_files.ODD[case]
    field.give(make(), name)
    field.says("✓ fits")
    held, problem = field.held()
    assert isinstance(held, Told)
    assert problem is None
    assert (held.width, held.height) == (480, 320)
    assert field.page.locator("img[src='x']").count() == 0


@pytest.mark.parametrize("case", odd_files.BROKEN)
def test_broken_files_are_said(field: Field, case: str) -> None:
    name, make, words = odd_files.BROKEN[case]
    field.give(make(), name)
    expect(field.root.get_by_role("alert").filter(has_text=words)).to_be_visible()
    assert field.held()[0] is None
    field.give(odd_files.saved(odd_files.scene(), "PNG"), "gull.png")
    field.says("✓ fits")
    expect(field.root.get_by_role("alert")).to_have_count(0)


def test_a_wide_picture_is_cropped_by_key_and_back_again(field: Field) -> None:
    field.give(odd_files.saved(odd_files.scene(1600, 400), "JPEG"), "wide.jpg")
    field.says("Too wide. Crop it to an aspect ratio between 2:5 and 5:2.")
    field.button("Crop").press("Enter")
    box = field.root.get_by_role("application", name="Part of the image to keep")
    expect(box).to_be_focused()
    field.says("1,000 × 400 · 5:2")
    field.page.keyboard.press("ArrowLeft")
    field.page.keyboard.press("Shift+ArrowLeft")
    words = "984 × 400"
    field.says(words)
    field.page.keyboard.press("Enter")
    field.says("✓ fits")
    held, _ = field.held()
    assert isinstance(held, Told)
    assert (held.width, held.height) == (984, 400)
    assert held.notes == ["cropped"]
    field.button("Reset").click()
    field.says("Too wide")
    held, _ = field.held()
    assert isinstance(held, Told)
    assert (held.width, held.height, held.notes) == (1600, 400, [])


def test_a_crop_keeps_what_the_rectangle_showed(field: Field) -> None:
    field.give(odd_files.turned(6, "PNG"), "side.png")
    field.says("320 × 480")
    field.button("Crop").click()
    field.root.get_by_label("1:1").check()
    field.says("320 × 320")
    for _ in range(20):
        field.page.keyboard.press("Tab")
        if field.root.get_by_role("application").evaluate("e => e === document.activeElement"):
            break
    field.root.get_by_role("application").focus()
    for _ in range(30):
        field.page.keyboard.press("ArrowUp")
    field.button("Crop").last.click()
    field.says("320 × 320 · 1:1")
    field.says("✓ fits")
    upright = odd_files.scene().transpose(Image.Transpose.ROTATE_270).crop((0, 0, 320, 320))
    seen = field.preview().convert("RGB").resize((64, 64))
    difference = np.abs(np.asarray(seen, int) - np.asarray(upright.resize((64, 64)), int))
    assert difference.mean() < 5


def test_escape_leaves_the_crop_and_changes_nothing(field: Field) -> None:
    field.give(odd_files.saved(odd_files.scene(), "PNG"), "gull.png")
    field.says("✓ fits")
    field.button("Crop").click()
    field.page.keyboard.press("Escape")
    expect(field.zone).to_be_focused()
    held, _ = field.held()
    assert isinstance(held, Told)
    assert held.notes == []


def test_a_file_over_the_limit_is_reduced_here(field: Field) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (2400, 3200, 3), "uint8")
    field.give(odd_files.saved(Image.fromarray(noise), "PNG"), "huge.png")
    field.says("Too large: 23.1 MB; it must be under 20 MB. Reduce it.")
    assert field.frames == []
    assert field.held()[0] is None
    field.button("Reduce to 2,048 px").click()
    field.says("✓ fits")
    held, problem = field.held()
    assert isinstance(held, Told)
    assert (held.width, held.height, held.notes) == (2048, 1536, ["reduced"])
    assert problem is None


def test_an_address_is_given_by_key(field: Field) -> None:
    field.button("URL…").press("Enter")
    field.page.keyboard.type("https://example.com/gull.png?token=abc")
    field.page.keyboard.press("Enter")
    field.says("The service checks size and type when it fetches this URL.")
    assert field.held()[0] == "https://example.com/gull.png?token=abc"
    field.button("Remove").press("Enter")
    expect(field.zone).to_be_focused()
    assert field.held()[0] is None


def test_a_picture_from_python_can_be_cropped_here(field: Field) -> None:
    field.run(
        "import numpy as np\nimage.value = np.full((400, 1600, 3), 90, 'uint8')\nprint('set')"
    )
    field.says("Too wide")
    field.button("Crop").click()
    field.says("1,000 × 400")
    field.page.keyboard.press("Enter")
    field.says("✓ fits")
    held, _ = field.held()
    assert isinstance(held, Told)
    assert (held.width, held.height) == (1000, 400)


def test_a_busy_kernel_is_waited_for(field: Field) -> None:
    notebook = Notebook(field.page)
    notebook.write(ASK, "time.sleep(6)")
    notebook.run(ASK)
    field.give(odd_files.saved(odd_files.scene(), "PNG"), "gull.png")
    expect(field.root.locator(".wiro-picture")).to_be_visible(timeout=2000)
    field.says("Waiting for the kernel; it is busy with a cell.")
    field.says("✓ fits")
    held, _ = field.held()
    assert isinstance(held, Told)


def test_a_picture_on_its_way_can_be_taken_back(field: Field) -> None:
    notebook = Notebook(field.page)
    notebook.write(ASK, "time.sleep(3)")
    notebook.run(ASK)
    field.give(odd_files.saved(odd_files.scene(), "PNG"), "gull.png")
    field.button("Cancel").click()
    expect(field.button("Browse…")).to_be_visible()
    notebook.wait_idle(ASK)
    assert field.held() == (None, None)
