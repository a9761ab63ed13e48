"""Every door takes the same images, sends the same bytes, and refuses in the same words."""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import os
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import IPython.display
import ipywidgets
import numpy as np
import pytest
from PIL import Image

from tests.media import odd_files
from wiro_widgets.client import InputError, ModelSpec, check_parameters
from wiro_widgets.client.inputs import is_url, open_input
from wiro_widgets.client.submit import run_body
from wiro_widgets.library.inputs import store_input
from wiro_widgets.library.request import RunRequest
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.runs.combinations import axes_from, combinations, label_of
from wiro_widgets.schema.hailuo import PICTURE_TYPES
from wiro_widgets.widgets.image import ImageInput

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = odd_files.saved(odd_files.scene(), "JPEG")
SCENE = np.asarray(odd_files.scene())


def spec(**parameter: str) -> ModelSpec:
    """A model with a prompt and one parameter for a file."""
    given = {"id": "inputImage", "type": "combinefileinput", **parameter}
    items = [given, {"id": "prompt", "type": "textarea"}]
    found = ModelSpec.parse(
        {
            "slugowner": "minimax",
            "slugproject": "hailuo-2.3-fast",
            "parameters": [{"title": "", "items": items}],
        }
    )
    assert found is not None
    return found


MODEL = spec()
NAME = "inputImage"


def by_widget(value: Any, _: Path) -> Any:
    held = ImageInput(value).value
    return held if isinstance(held, str) else held.data


def by_request(value: Any, folder: Path, model: ModelSpec = MODEL) -> Any:
    def store(one: Any, field: str) -> Any:
        return store_input(one, folder, field)

    (one,) = RunRequest.build(model, {"prompt": "a", NAME: value}, store).inputs
    return one.source if is_url(one.source) else Path(one.source).read_bytes()


def by_sweep(value: Any, folder: Path) -> Any:
    axes = axes_from({"model": "m", "prompt": ["a", "b"], "image": value}, 1)
    possible, refused = combinations(
        axes, lambda _: MODEL, lambda one, field: store_input(one, folder, field)
    )
    if refused:
        raise refused[0].error
    first, second = (one.request.inputs[0] for one in possible)
    assert first == second
    return first.source if is_url(first.source) else Path(first.source).read_bytes()


def by_client(value: Any, _: Path) -> Any:
    check_parameters(MODEL, {"prompt": "a"}, {NAME: value})
    with ExitStack() as opened:
        return run_body({"prompt": "a"}, {NAME: value}, MODEL, opened).stream.read()


def by_client_without_schema(value: Any, _: Path) -> Any:
    with ExitStack() as opened:
        return run_body({"prompt": "a"}, {NAME: value}, None, opened).stream.read()


DOORS = (by_widget, by_request, by_sweep, by_client, by_client_without_schema)


def data_uri(content: bytes = FILE, start: str = "data:image/jpeg;base64,") -> str:
    return start + base64.b64encode(content).decode()


def entry(name: str = "gull.jpg", content: bytes = FILE) -> dict[str, Any]:
    """One file as FileUpload of ipywidgets 8 holds it."""
    return {"name": name, "type": "image/jpeg", "size": 1, "content": memoryview(content)}


def written(folder: Path, name: str = "gull.jpg", content: bytes = FILE) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def file_at(place: int) -> io.BytesIO:
    file = io.BytesIO(FILE)
    file.seek(place, io.SEEK_SET if place >= 0 else io.SEEK_END)
    return file


class Pathlike:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> bytes:
        return os.fsencode(self.path)


class Drawn:
    """Shows itself as an image in a notebook."""

    def __init__(self, **shown: Any) -> None:
        self.shown = shown

    def _repr_png_(self) -> Any:
        return self.shown.get("png")

    def _repr_mimebundle_(self, **_: Any) -> Any:
        return {"image/jpeg": base64.b64encode(FILE).decode()}, {}


class Answer:
    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code, self.content = status_code, content
        self.url = "https://example.com/gull.jpg?size=1"


def zipped(folder: Path) -> zipfile.Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("gull.jpg", FILE)
    return zipfile.Path(folder / "a.zip", "gull.jpg")


def figure() -> Any:
    matplotlib = importlib.import_module("matplotlib.figure")
    made = matplotlib.Figure(figsize=(6.4, 4.8))
    made.subplots().plot([1, 2, 1])
    return made


class Subclass(Image.Image):
    """As a plugin has its own, in a module of another name."""


def of_a_plugin() -> Image.Image:
    image = odd_files.scene()
    image.__class__ = Subclass
    return image


SAME_FILE: dict[str, Callable[[Path], Any]] = {
    "path": lambda folder: str(written(folder)),
    "Path": written,
    "PathLike": lambda folder: Pathlike(written(folder)),
    "file address": lambda folder: written(folder, "a gull.jpg").as_uri(),
    "bytes": lambda _: FILE,
    "bytearray": lambda _: bytearray(FILE),
    "memoryview": lambda _: memoryview(FILE),
    "BytesIO": lambda _: file_at(0),
    "BytesIO just written": lambda _: file_at(len(FILE)),
    "BytesIO half read": lambda _: file_at(500),
    "data URI": lambda _: data_uri(),
    "data URI as bytes": lambda _: data_uri().encode(),
    "data URI of an address": lambda _: data_uri().replace("+", "-").replace("/9j", "_9j", 1),
    "one in a list": lambda _: [FILE],
    "upload": lambda _: (entry(),),
    "upload's dict": lambda _: entry(),
    "upload's content": lambda _: entry()["content"],
    "older upload": lambda _: {"gull.jpg": {"metadata": {}, "content": FILE}},
    "display.Image": lambda _: IPython.display.Image(FILE),
    "display.Image of a file": lambda folder: IPython.display.Image(str(written(folder))),
    "ipywidgets.Image": lambda _: ipywidgets.Image(value=FILE),
    "what shows itself as PNG": lambda _: Drawn(png=FILE),
    "what shows itself as JPEG": lambda _: Drawn(),
    "answer of a website": lambda _: Answer(200, FILE),
    "file in an archive": zipped,
    "ImageInput": lambda _: ImageInput(FILE),
    "Picture": lambda _: read_picture(FILE),
}
"""All of them hold one file."""


def saved_as(name: str, kind: str, **options: Any) -> Callable[[Path], Any]:
    return lambda folder: written(folder, name, odd_files.saved(odd_files.scene(), kind, **options))


CONVERTED: dict[str, Callable[[Path], Any]] = {
    "GIF": saved_as("a.gif", "GIF"),
    "BMP": saved_as("a.bmp", "BMP"),
    "TIFF": saved_as("a.tif", "TIFF"),
    "AVIF": saved_as("a.avif", "AVIF", quality=95),
    "JPEG 2000": saved_as("a.jp2", "JPEG2000"),
    "PPM": saved_as("a.ppm", "PPM"),
    "TGA": saved_as("a.tga", "TGA"),
    "TGA of old": lambda folder: written(
        folder, "a.tga", odd_files.saved(odd_files.scene(), "TGA")[:-26]
    ),
    "QOI": saved_as("a.qoi", "QOI"),
    "HEIC": lambda folder: (
        pytest.importorskip(
            "pillow_heif", reason="nothing else can make a HEIC"
        ).register_heif_opener()
        or saved_as("a.heic", "HEIF", quality=95)(folder)
    ),
    "JPEG XL": lambda folder: (
        pytest.importorskip("pillow_jxl", reason="nothing else can make a JPEG XL")
        and saved_as("a.jxl", "JXL", quality=95)(folder)
    ),
    "turned": lambda folder: written(folder, "turned.jpg", odd_files.turned(3, "JPEG")),
    "PIL": lambda _: odd_files.scene(),
    "PIL, opened": lambda folder: Image.open(written(folder)),
    "PIL of a plugin": lambda _: of_a_plugin(),
    "array": lambda _: SCENE,
    "unit floats, channels first": lambda _: np.moveaxis(SCENE / 255, 2, 0)[None],
    "CMYK": lambda _: odd_files.scene(mode="CMYK"),
    "depth": lambda _: np.asarray(odd_files.scene(mode="F")) / 255,
    "one in a tuple": lambda _: (SCENE,),
    "figure": lambda _: figure(),
    "axes": lambda _: figure().axes[0],
}
"""Sent as another file than they are, and all doors make the same of them."""


def opener(path: Path, mode: str) -> Any:
    with path.open(mode) as file:
        return file


def closed_image(folder: Path) -> Image.Image:
    with Image.open(written(folder)) as image:
        return image


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "closed file": (lambda folder: opener(written(folder), "rb"), "file is closed"),
    "text mode": (lambda _: io.StringIO("a"), "open in text mode.*rb"),
    "writing": (lambda _: io.BufferedWriter(io.BytesIO()), "not open for reading.*rb"),
    "closed image": (closed_image, "image is closed.*with block"),
    "empty": (lambda folder: written(folder, "a.png", b""), "a.png is empty"),
    "text": (lambda folder: written(folder, "a.jpg", b"Dear diary"), "a.jpg is not an image.*text"),
    "clip": (lambda _: b"\0\0\0\x18ftypisom" + bytes(40), r"not an image \(it is a video\)"),
    "broken data URI": (lambda _: data_uri()[:60] + "*" * 9_000, "data URI .{,45} is not complete"),
    "data URI of nothing": (lambda _: "data:image/png;base64,", "has no image in it"),
    "base64": (lambda _: data_uri(start=""), "text of [0-9,]+ characters.*data:image/png;base64,"),
    "short base64": (lambda _: "iVBORw0KGgo" + "A" * 300, "text of 311 characters"),
    "other computer": (lambda _: "file://server/a.png", "not a file on this computer"),
    "other protocol": (lambda _: "ftp://example.com/a.png", "not a web address"),
    "missing": (lambda _: "~/no such.png", "Can't read .*no such.png"),
    "two in an upload": (lambda _: {"a.png": {}, "b.png": {}}, "2 files.*upload.value"),
    "error of a website": (lambda _: Answer(404, b"<html>"), r"error \(404\)"),
    "empty figure": (
        lambda _: importlib.import_module("matplotlib.figure").Figure(),
        "figure is empty",
    ),
    "no pixels": (lambda _: Image.new("RGB", (0, 9)), "has no pixels"),
    "module": (lambda _: io, "the module io"),
    "class": (lambda _: Image.Image, "the class Image"),
    "number": (lambda _: 7, "of type int"),
    "empty upload": (lambda _: ipywidgets.FileUpload(), "no files.*Choose one file"),
    "slider": (lambda _: ipywidgets.IntSlider(), "of type IntSlider"),
    "empty ImageInput": (lambda _: ImageInput(), "No image has been chosen"),
    "depth in metres": (lambda _: np.linspace(0, 9, 64 * 64).reshape(64, 64), "outside 0 to 1"),
}


@pytest.mark.parametrize("kind", CONVERTED)
def test_every_door_makes_the_same_of_it(kind: str, tmp_path: Path) -> None:
    folder, made = tmp_path / "inputs", set()
    for door in (by_widget, by_request, by_sweep):
        made.add(door(CONVERTED[kind](tmp_path), folder))
    (sent,) = made
    assert sent in by_client(CONVERTED[kind](tmp_path), folder)
    assert sent in by_client_without_schema(CONVERTED[kind](tmp_path), folder)
    with Image.open(io.BytesIO(sent)) as image:
        assert image.get_format_mimetype() in PICTURE_TYPES
        if kind not in {"figure", "axes", "depth", "turned"}:
            difference = np.asarray(image.convert("RGB"), dtype=int) - SCENE
            assert np.abs(difference).mean() < (12 if kind in {"GIF", "CMYK"} else 3)


@pytest.mark.parametrize("kind", REFUSED)
def test_every_door_refuses_in_the_same_words(kind: str, tmp_path: Path) -> None:
    make, words = REFUSED[kind]
    said = set()
    for door in DOORS:
        with pytest.raises(InputError, match=words) as caught:
            door(make(tmp_path), tmp_path / "inputs")
        assert caught.value.field in {"image", NAME}, door.__name__
        said.add(str(caught.value).replace(NAME, "image"))
    assert len(said) == 1
    assert len(said.pop()) < 400
    assert not (tmp_path / "inputs").exists()


@pytest.mark.parametrize(
    "value",
    [
        " https://example.com/gull.png ",
        IPython.display.Image(url="https://example.com/gull.png"),
        ipywidgets.Image.from_url("https://example.com/gull.png"),
    ],
)
def test_an_address_goes_as_it_is(value: Any, tmp_path: Path) -> None:
    for door in DOORS:
        sent = door(value, tmp_path / "inputs")
        assert "https://example.com/gull.png" in (sent if isinstance(sent, str) else sent.decode())


def test_limits_are_judged_by_what_is_sent(tmp_path: Path) -> None:
    """Of a HEIC or an icon, too, whose own size says nothing of what becomes of it."""
    small = odd_files.scene(280, 280)
    for value in (small, np.asarray(small), odd_files.saved(small, "BMP")):
        assert "Too small" in (ImageInput(value, model=MODEL).problem or "")
        for door in (by_request, by_sweep, by_client):
            with pytest.raises(InputError, match="Too small"):
                door(value, tmp_path / "inputs")


@pytest.mark.parametrize(
    ("name", "content", "fitting"),
    [
        ("lies.jpg", odd_files.saved(odd_files.scene(), "PNG"), "lies.png"),
        ("GULL.JPEG", FILE, "GULL.JPEG"),
        ("bare", FILE, "bare.jpg"),
        ("v1.2", FILE, "v1.2.jpg"),
        ("phone.mpo", FILE, "phone.jpg"),
        ("scan.tiff", odd_files.saved(odd_files.scene(), "TIFF"), "scan.png"),
    ],
)
def test_name_and_type_say_what_it_is(
    name: str, content: bytes, fitting: str, tmp_path: Path
) -> None:
    path = written(tmp_path, name, content)
    assert read_picture(path).name == fitting
    with ExitStack() as opened:
        body = run_body({}, {NAME: path}, MODEL, opened).stream.read()
    kind = "image/png" if fitting.endswith(".png") else "image/jpeg"
    assert f'filename="{fitting}"\r\nContent-Type: {kind}'.encode() in body


@pytest.mark.parametrize(
    ("parameter", "is_picture"),
    [
        ({"id": "lastFrame"}, True),
        ({"id": "tail", "label": "Last frame"}, True),
        ({"id": "mask"}, True),
        ({"id": "inputImageLast", "label": "Image or clip"}, True),
        ({"id": "inputVideo", "label": "Video, or its first frame"}, False),
        ({"id": "frames", "label": "ZIP of frames"}, False),
        ({"id": "attachment", "label": "A file"}, False),
    ],
)
def test_a_last_frame_is_an_image_whatever_the_model_calls_it(
    parameter: dict[str, str], is_picture: bool, tmp_path: Path
) -> None:
    model = spec(**parameter)
    path = CONVERTED["BMP"](tmp_path)

    def store(one: Any, field: str) -> Any:
        return store_input(one, tmp_path / "inputs", field)

    for value, converted in ((path, is_picture), (SCENE, True)):
        values = {"prompt": "a", parameter["id"]: value}
        (one,) = RunRequest.build(model, values, store).inputs
        kind = ".png" if converted else ".bmp"
        assert Path(one.source).suffix == kind


def test_a_pasted_image_is_not_spelled_out_in_a_table() -> None:
    assert label_of("image", data_uri()) == "an image"
    assert label_of(NAME, data_uri()) == "an image"


def test_a_file_that_is_no_image_goes_byte_for_byte(tmp_path: Path) -> None:
    clip = written(tmp_path, "clip.mp4", b"\0\0\0\x18ftypisom" + bytes(99))
    with open_input(clip, "inputVideo") as part:
        assert (part.name, part.content_type) == ("clip.mp4", "video/mp4")
    file = io.BytesIO(b"some text")
    file.seek(0, io.SEEK_END)
    with contextlib.closing(file), open_input(file, "inputFile") as part:
        assert part.stream.read() == b"some text"


@pytest.mark.parametrize("kind", SAME_FILE)
def test_every_door_sends_the_same_bytes(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    for door in DOORS:
        sent = door(SAME_FILE[kind](tmp_path), folder)
        assert FILE in sent, door.__name__
        if door not in (by_client, by_client_without_schema):
            assert sent == FILE, door.__name__
