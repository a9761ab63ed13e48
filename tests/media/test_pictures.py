"""What is made of a picture before it is sent, and of files that are none."""

from __future__ import annotations

import io
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from tests.media import odd_files
from wiro_widgets.errors import InputError
from wiro_widgets.media.pictures import Picture, as_image, read_picture
from wiro_widgets.schema.hailuo import FIRST_FRAME, PICTURE_TYPES
from wiro_widgets.schema.picture_limits import picture_problem

if TYPE_CHECKING:
    from pathlib import Path


def pixels(data: bytes) -> np.ndarray:
    """As any program shows the file that heeds nothing but its pixels."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=int)


def seen(data: bytes) -> np.ndarray:
    """As a person sees a file that says how to turn it."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), dtype=int)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_and_says_nothing_of_its_owner(
    kind: str, orientation: int
) -> None:
    file = odd_files.turned(orientation, kind)
    assert odd_files.SECRET in file
    picture = read_picture(file)
    assert odd_files.SECRET not in picture.data
    with Image.open(io.BytesIO(picture.data)) as plain:
        assert not plain.getexif()
        assert plain.size == (picture.width, picture.height)
    difference = np.abs(pixels(picture.data) - seen(file))
    # A turned JPEG is encoded once more, at 95; all else keeps every bit. (Wrongly turned: 40.)
    again = kind == "JPEG" and orientation > 1
    assert difference.mean() <= (1.5 if again else 0)
    assert ("rotated to upright" in picture.notes) == (orientation > 1)


@pytest.mark.parametrize("case", odd_files.ODD)
def test_odd_files_are_made_fit_to_send(case: str) -> None:
    name, make = odd_files.ODD[case]
    file = make()
    picture = read_picture(io.BytesIO(file)).renamed(name)
    assert picture.content_type in PICTURE_TYPES
    assert odd_files.SECRET not in picture.data
    with Image.open(io.BytesIO(picture.data)) as plain:
        plain.load()
        assert plain.get_format_mimetype() == picture.content_type
        assert plain.size == (picture.width, picture.height) == (480, 320)
        if picture.content_type != "image/png":
            assert getattr(plain, "n_frames", 1) == 1
        assert plain.mode in {"RGB", "RGBA", "L", "P", "1"}
    suffix = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
    assert picture.name.endswith(suffix[picture.content_type])
    assert "/" not in picture.name


@pytest.mark.parametrize(
    ("case", "note"),
    [
        ("transparent", "transparent"),
        ("animated GIF", "first frame"),
        ("animated WebP", "first frame"),
        ("animated PNG", "first frame"),
        ("CMYK", "CMYK"),
        ("16-bit", "16 bits"),
        ("16-bit grey", "16 bits"),
    ],
)
def test_what_was_done_is_said(case: str, note: str) -> None:
    assert note in " ".join(read_picture(odd_files.ODD[case][1]()).notes)


def test_what_could_be_seen_through_and_is_not_is_not_called_so() -> None:
    assert read_picture(odd_files.saved(odd_files.scene(mode="RGBA"), "PNG")).notes == ()


def test_colours_survive_what_is_done() -> None:
    """16 bits are not clipped, CMYK is not inverted, the frame of a GIF is the first."""
    deep = pixels(read_picture(odd_files.deep_png()).data)
    assert abs(deep[0, -1, 0] - 479 * 136 / 257) <= 1
    assert abs(deep[-1, 0, 1] - 319 * 204 / 257) <= 1
    grey = pixels(read_picture(odd_files.grey_deep_png()).data)
    assert grey.min() <= 1
    assert grey.max() >= 254
    scene = np.asarray(odd_files.scene(), dtype=int)
    for case, most in (("CMYK", 12), ("animated GIF", 30), ("animated WebP", 0)):
        made = pixels(read_picture(odd_files.ODD[case][1]()).data)
        assert np.abs(made - scene).mean() <= most, case


def test_a_colour_profile_stays() -> None:
    picture = read_picture(odd_files.with_profile())
    with Image.open(io.BytesIO(picture.data)) as plain:
        assert plain.info["icc_profile"]


@pytest.mark.parametrize("case", odd_files.BROKEN)
def test_what_is_no_picture_is_said(case: str, tmp_path: Path) -> None:
    name, make, words = odd_files.BROKEN[case]
    path = tmp_path / name
    path.write_bytes(make())
    with pytest.raises(InputError, match=f"{re.escape(name)}.*{words}") as caught:
        read_picture(path, "inputImage")
    assert caught.value.field == "inputImage"


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    file = odd_files.saved(odd_files.scene(), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(InputError, match="too many pixels"):
        read_picture(file)


def test_python_pictures_are_taken_as_they_are() -> None:
    scene = odd_files.scene()
    array = np.asarray(scene)
    for value in (scene, array):
        assert (pixels(read_picture(value).data) == array).all()
    picture = read_picture(scene)
    assert read_picture(picture) is picture


def test_the_bytes_are_not_in_the_repr() -> None:
    picture = read_picture(odd_files.scene())
    assert "data" not in repr(picture)
    assert isinstance(picture, Picture)


@pytest.mark.parametrize(
    ("size", "bytes_", "words", "remedy"),
    [
        ((301, 301), 1000, None, ""),
        ((300, 700), 1000, "the shorter side is 300 px; it must be more than 300 px", ""),
        ((1000, 400), 1000, None, ""),
        ((1001, 400), 1000, "Too wide", "crop"),
        ((400, 1001), 1000, "Too tall", "crop"),
        ((2000, 100), 1000, "Too small", ""),
        ((800, 600), 19_999_999, None, ""),
        ((800, 600), 20_000_000, "20.0 MB; it must be under 20 MB", "reduce"),
    ],
)
def test_limits_at_their_edges(
    size: tuple[int, int], bytes_: int, words: str | None, remedy: str
) -> None:
    found = picture_problem(FIRST_FRAME, *size, bytes_)
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words in found.message
        assert found.remedy == remedy


HEIC = b"\0\0\0\x18ftypheix" + bytes(64)


def test_an_iphones_picture_is_converted_where_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a stand-in for pillow-heif, which opens such a file as a red picture."""
    file = tmp_path / "IMG_1.HEIC"
    file.write_bytes(HEIC)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    # Another test may have registered the real one.
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    others = {name: each for name, each in Image.OPEN.items() if name != "HEIF"}
    monkeypatch.setattr(Image, "OPEN", others)
    for read in (read_picture, as_image):
        with pytest.raises(InputError, match=r"HEIC images from an iPhone.*pillow-heif"):
            read(file, "image")

    class HeifImageFile(ImageFile.ImageFile):
        format = "HEIF"

        def _open(self) -> None:
            self._size, self._mode = (640, 480), "RGB"
            self.tile = []

        def load(self) -> None:
            self.im = Image.new("RGB", self.size, "red").im

    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    plugin = ModuleType("pillow_heif")
    vars(plugin)["register_heif_opener"] = lambda: Image.register_open(
        "HEIF", HeifImageFile, lambda start: b"ftyphei" in start
    )
    monkeypatch.setitem(sys.modules, "pillow_heif", plugin)
    for made in (read_picture(file), as_image(file)):
        assert (made.name, made.content_type) == ("IMG_1.jpg", "image/jpeg")
        assert (made.width, made.height) == (640, 480)
    with Image.open(file) as opened:
        assert read_picture(opened).content_type == "image/png"
