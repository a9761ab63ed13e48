"""Images of every mode and arrays of every layout: sent as a careful person would, or refused."""

from __future__ import annotations

import colorsys
import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tests.media.odd_files import png_of, scene
from wiro_widgets.errors import InputError
from wiro_widgets.media.pictures import Picture, read_picture
from wiro_widgets.schema.hailuo import PICTURE_TYPES

SIZE = (48, 32)
DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
MODES = (
    *("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"),
    *("CMYK", "YCbCr", "LAB", "HSV", "I", "F", *DEEP),
)


def opened(data: bytes) -> np.ndarray:
    """The pixels of a file as RGBA."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"), dtype=int)


def rgba(colours: Any, alpha: Any = 255) -> np.ndarray:
    """Grey or colours of any range as RGBA from 0 to 255."""
    colours = np.asarray(colours, dtype=float)
    if colours.ndim == 2:
        colours = np.repeat(colours[..., None], 3, axis=2)
    alpha = np.broadcast_to(np.asarray(alpha, dtype=float), colours.shape[:2])
    return np.dstack([colours, alpha]).round().astype(int)


def raw(mode: str, values: np.ndarray) -> Image.Image:
    """An image of these 16-bit values, in the order of bytes of the mode."""
    order = ">" if mode == "I;16B" else "<" if mode in {"I;16", "I;16L"} else "="
    height, width = values.shape
    return Image.frombytes(mode, (width, height), values.astype(f"{order}u2").tobytes())


def careful(image: Image.Image) -> np.ndarray:  # noqa: PLR0911 - one for each mode
    """The image as RGBA by the definition of its mode, without Pillow's conversions."""
    mode, data = image.mode, np.asarray(image.convert("I") if image.mode in DEEP else image)
    if mode in {"1", "L"}:
        return rgba(data * (255 if mode == "1" else 1))
    if mode in {"RGB", "RGBX"}:
        return rgba(data[..., :3])
    if mode in {"LA", "RGBA", "La", "RGBa"}:
        colours, alpha = data[..., :-1].astype(float), data[..., -1]
        if mode in {"La", "RGBa"}:
            with np.errstate(divide="ignore", invalid="ignore"):
                colours = np.nan_to_num(np.minimum(colours * 255 / alpha[..., None], 255))
        return rgba(colours[..., 0] if colours.shape[2] == 1 else colours, alpha)
    if mode == "CMYK":
        return rgba((255.0 - data[..., :3]) * (255.0 - data[..., 3:]) / 255)
    if mode == "YCbCr":
        luma, blue, red = (data[..., i].astype(float) - (128 if i else 0) for i in range(3))
        planes = (luma + 1.402 * red, luma - 0.34414 * blue - 0.71414 * red, luma + 1.772 * blue)
        return rgba(np.clip(np.dstack(planes), 0, 255))
    if mode == "HSV":
        flat = [colorsys.hsv_to_rgb(*(each / 255 for each in one)) for one in data.reshape(-1, 3)]
        return rgba(np.array(flat).reshape(data.shape) * 255)
    if mode in DEEP:
        return rgba(data / 257)
    return rgba(np.clip(data, 0, 1) * 255) if mode == "F" else rgba(data)


def in_mode(mode: str) -> Image.Image:
    """The scene in a mode, in the whole range of that mode."""
    grey = np.asarray(scene(*SIZE, mode="L"), dtype=int)
    if mode in DEEP:
        return raw(mode, grey * 257)
    if mode == "F":
        return Image.fromarray((grey / 255).astype("float32"))
    if mode in {"La", "RGBa", "PA", "LA", "RGBA"}:
        clear = scene(*SIZE, mode="RGBA")
        clear.putalpha(Image.linear_gradient("L").resize(SIZE))
        steps = {"La": ("LA", "La"), "RGBa": ("RGBa",), "LA": ("LA",), "RGBA": ()}
        if mode == "PA":
            palette = scene(*SIZE).quantize(32).convert("PA")
            palette.putalpha(clear.getchannel("A"))
            return palette
        for step in steps[mode]:
            clear = clear.convert(step)
        return clear
    if mode == "LAB":
        # By a table of the definition: white, mid grey, and a red.
        image = Image.new("LAB", (3, 1))
        for at, pixel in enumerate([(255, 128, 128), (137, 128, 128), (136, 208, 195)]):
            image.putpixel((at, 0), pixel)
        return image
    return scene(*SIZE).quantize(32) if mode == "P" else scene(*SIZE).convert(mode)


@pytest.mark.parametrize("mode", MODES)
def test_an_image_of_any_mode_is_sent_as_it_looks(mode: str) -> None:
    image = in_mode(mode)
    picture = read_picture(image)
    assert picture.content_type in PICTURE_TYPES
    if mode == "LAB":
        expected = rgba(np.array([[(255, 255, 255), (128, 128, 128), (254, 0, 0)]]))
        assert np.abs(opened(picture.data) - expected).max() <= 12
        return
    if mode == "P":
        expected = rgba(np.array(image.getpalette()).reshape(-1, 3)[np.asarray(image)])
    elif mode == "PA":
        indices = np.asarray(image.getchannel(0))
        colours = np.array(image.getpalette()).reshape(-1, 3)[indices]
        expected = rgba(colours, np.asarray(image.getchannel("A")))
    else:
        expected = careful(image)
    most = {"YCbCr": 2, "HSV": 3, "CMYK": 1}.get(mode, 1 if mode in {"La", "RGBa"} else 0)
    assert np.abs(opened(picture.data) - expected).max() <= most
    again = read_picture(picture.data)
    assert again.data == picture.data, "what is ready stays as it is"


def made_or_refused(value: Any) -> Picture | None:
    """The picture, or None for an error that names the parameter; no other error."""
    with contextlib.suppress(InputError):
        return read_picture(value, "inputImage")
    with pytest.raises(InputError) as caught:
        read_picture(value, "inputImage")
    assert caught.value.field == "inputImage"
    return None


@st.composite
def images_of_any_mode(draw: st.DrawFn) -> Image.Image:
    """Any bytes as an image of any mode but those with a table of their own."""
    mode = draw(st.sampled_from([mode for mode in MODES if mode not in {"P", "PA", "LAB"}]))
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    empty = len(Image.new(mode, size).tobytes())
    data = draw(st.binary(min_size=empty, max_size=empty))
    return Image.frombytes(mode, size, data)


@settings(max_examples=200, deadline=None)
@given(images_of_any_mode())
def test_any_bytes_of_any_mode_arrive_or_are_refused_by_name(image: Image.Image) -> None:
    picture = made_or_refused(image)
    if picture is None:
        assert image.mode in {"F", "I", *DEEP}
        return
    expected = careful(image)
    sent = opened(picture.data)
    assert sent.shape == expected.shape
    # A colour nobody can see may be any.
    visible = expected[..., 3] > 0
    assert (sent[..., 3] == expected[..., 3]).all()
    most = {"YCbCr": 2, "HSV": 3}.get(image.mode, 1)
    assert np.abs(sent - expected)[visible].max(initial=0) <= most


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "I;16"])
def test_the_colour_that_is_transparent_stays_the_one(mode: str, tmp_path: Any) -> None:
    """As an image in memory and as a PNG, which keeps that colour in its own depth."""
    if mode == "I;16":
        key: Any = 200
        image = raw(mode, np.repeat(np.array([[0, 200, 201, 51_400, 65_535]]), 4, axis=0))
        clear = [False, True, False, False, False]
    elif mode == "1":
        key, image, clear = 255, Image.new("1", (5, 4)), [True] + [False] * 4
        image.paste(1, (0, 0, 1, 4))
    else:
        key = (9, 9, 9) if mode == "RGB" else 9
        image = Image.new(mode, (5, 4), 7 if mode != "RGB" else (7, 7, 7))
        image.paste(key, (0, 0, 1, 4))
        clear = [True] + [False] * 4
    if mode == "P":
        image.putpalette(bytes(range(30)))
    path = tmp_path / "key.png"
    image.save(path, transparency=1 if mode == "1" else key)
    image.info["transparency"] = key
    for value in (image, path, image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)):
        assert list(opened(read_picture(value).data)[0, :, 3] == 0) == clear


@pytest.mark.parametrize(
    ("mode", "values", "words"),
    [
        ("F", [0, 255], "outside 0 to 1.*x / 255"),
        ("F", [-1, 1], r"outside 0 to 1.*\(x \+ 1\) / 2"),
        ("F", [0, 9.3], r"outside 0 to 1.*x.min\(\)"),
        ("F", [0, np.nan], "not numbers"),
        ("F", [np.nan, 1], "not numbers"),
        ("F", [0, np.inf], "not numbers"),
        ("F", [0, 0.01], "almost black"),
        ("F", [0.99, 1], "almost white"),
        ("I", [0, 65_536], "outside 0 to 65,535"),
        ("I", [-1, 200], "outside 0 to 65,535"),
        ("I;16", [0, 3_000], "almost black"),
        ("I;16", [64_000, 65_535], "almost white"),
    ],
)
def test_values_that_could_only_be_guessed_are_refused(
    mode: str, values: list[float], words: str, tmp_path: Any
) -> None:
    numbers = np.tile(np.array(values), (4, 4))
    kind = {"F": "float32", "I": "int32"}.get(mode)
    image = Image.fromarray(numbers.astype(kind)) if kind else raw(mode, numbers)
    path = tmp_path / "depth.tiff"
    image.save(path)
    for value in (image, path):
        with pytest.raises(InputError, match=rf"mode {mode}.*{words}") as caught:
            read_picture(value, "inputImage")
        assert caught.value.field == "inputImage"


def test_one_shade_is_one_on_purpose() -> None:
    for shade in (np.zeros((5, 5)), np.full((5, 5), 0.02), np.zeros((5, 5, 3), "uint16")):
        assert len(np.unique(opened(read_picture(shade).data)[..., :3])) == 1


def test_a_png_of_16_bits_is_judged_by_all_of_them() -> None:
    rows = np.arange(48 * 32 * 3).reshape(32, 48, 3) // 2
    with pytest.raises(InputError, match="from 0 to 2303 and would come out almost black"):
        read_picture(png_of(rows))
    assert opened(read_picture(png_of(np.full((8, 8, 3), 77))).data)[..., :3].max() == 0
    # Only the colour itself is clear, not those that 8 bits can't tell from it.
    key = (30_000, 30_001, 30_002)
    rows = np.tile(np.array([key, (30_000, 30_001, 30_003), (60_000, 0, 0)]), (4, 2, 1))
    alpha = opened(read_picture(png_of(rows, key)).data)[0, :, 3]
    assert list(alpha) == [0, 255, 255] * 2


GREY = np.linspace(0, 255, 48 * 32).reshape(32, 48)
COLOUR = np.dstack([GREY, GREY[::-1], np.roll(GREY, 7)])
CLEAR = np.dstack([COLOUR, GREY[:, ::-1]])


def tensor(array: np.ndarray, *, learnt: bool = True, far: bool = True) -> Any:
    """As PyTorch has it on a graphics card, while it is being learnt."""

    class Tensor:
        requires_grad = learnt

        def detach(self) -> Any:
            return tensor(array, learnt=False, far=far)

        def cpu(self) -> Any:
            return tensor(array, learnt=learnt, far=False)

        def float(self) -> Any:
            return tensor(array.astype("float32"), learnt=learnt, far=far)

        def numpy(self) -> np.ndarray:
            if learnt or far:
                raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
            if array.dtype == "float16":
                raise TypeError("Got unsupported ScalarType BFloat16")
            return array

        def __array__(self, *_: Any, **__: Any) -> np.ndarray:
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")

    return Tensor()


def other(**methods: Any) -> Any:
    """An array of another library."""
    return type("Other", (), methods)()


def test_tensors_of_any_library() -> None:
    unit = (COLOUR / 255).astype("float32")
    expected = rgba(COLOUR)
    refusing = {"__array__": lambda *_, **__: (_ for _ in ()).throw(TypeError("no"))}
    for value in (
        tensor(np.moveaxis(unit, 2, 0)),
        tensor(unit[None]),
        other(numpy=lambda _: unit),
        other(__array__=lambda *_, **__: unit),
        other(__array_interface__=unit.__array_interface__, kept=unit),
        other(__cuda_array_interface__={}, get=lambda _: unit, **refusing),
        other(
            __dlpack__=lambda _, **options: unit.__dlpack__(**options),
            __dlpack_device__=lambda _: unit.__dlpack_device__(),
        ),
    ):
        assert np.abs(opened(read_picture(value).data) - expected).max() <= 1
    half = read_picture(tensor(unit.astype("float16")))
    assert np.abs(opened(half.data) - expected).max() <= 1


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((3, 3, 3)), r"shape \(3, 3, 3\).*colours first or last"),
        (np.zeros((4, 400, 3)), "colours first or last"),
        (np.zeros((2, 8, 8, 3)), r"batch of several.*array\[0\]"),
        (np.zeros((8, 8, 2)), r"shape \(8, 8, 2\) is not an image"),
        (np.zeros((8, 8, 8)), "is not an image"),
        (np.zeros((0, 8)), "is empty"),
        (np.float32(1), r"shape \(\)"),
        (COLOUR, "float64.*from 0 to 255, outside 0 to 1.*x / 255"),
        (np.where(GREY > 200, np.nan, GREY / 255), "not numbers"),
        (GREY.astype("int64") * 2, "from 0 to 510, outside 0 to 255.*uint16"),
        (GREY.astype("int16") - 3, "outside 0 to 255"),
        ((GREY > 100).astype("uint8"), "values 0 and 1 .*astype"),
        ((GREY // 20).astype("int64"), "almost black"),
        (GREY.astype("uint16"), "almost black"),
        (np.ma.masked_array(GREY / 255, GREY > 9), "masked array.*filled"),
        (GREY * 1j, "complex128 is not an image"),
        (np.array([["a"]]), "is not an image"),
        (np.array([[None]]), "object is not an image"),
        (other(__array__=lambda *_, **__: 1 / 0), "Other can't be made.*division by zero"),
    ],
)
def test_arrays_that_can_mean_several_images_or_none(array: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_picture(array, "inputImage")
    assert caught.value.field == "inputImage"


DTYPES = ("bool", "uint8", "uint16", "int16", "int32", ">i4", "int64", "uint64")
FLOATS = ("float16", "float32", ">f4", "float64")


@st.composite
def images_as_arrays(draw: st.DrawFn) -> tuple[Any, np.ndarray]:
    """An array as people have it, and the image that is meant, as RGBA."""
    height, width = draw(st.integers(5, 24)), draw(st.integers(5, 24))
    channels = draw(st.sampled_from([None, 1, 3, 4]))
    shape = (height, width) if channels is None else (height, width, channels)
    meant = draw(arrays.arrays("uint8", shape, elements=st.integers(0, 255)))
    dtype = draw(st.sampled_from(DTYPES + FLOATS))
    if dtype == "bool":
        meant = (meant > 127).astype("uint8") * 255
        array = meant > 0
    elif dtype in FLOATS:
        array = (meant / 255).astype(dtype)
    else:
        array = meant.astype(dtype) * (257 if dtype == "uint16" else 1)
    if channels is not None and draw(st.booleans()):
        array = np.moveaxis(array, 2, 0)
    if draw(st.booleans()):
        array = array[None]
    way = draw(st.sampled_from(["plain", "fortran", "strided", "read-only", "tensor"]))
    if way == "fortran":
        array = np.asfortranarray(array)
    elif way == "strided":
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif way == "read-only":
        array = array.copy()
        array.flags.writeable = False
    plain = meant if channels != 1 else meant[..., 0]
    expected = rgba(plain[..., :3], plain[..., 3]) if channels == 4 else rgba(plain)
    return (tensor(array) if way == "tensor" else array), expected


@settings(max_examples=150, deadline=None)
@given(images_as_arrays())
def test_an_array_arrives_as_it_is_meant_or_is_refused_by_name(
    case: tuple[Any, np.ndarray],
) -> None:
    value, expected = case
    picture = made_or_refused(value)
    if picture is None:
        colours = expected[..., :3]
        assert colours.max() < 16 or colours.min() > 239, "it would have shown something"
    else:
        assert np.abs(opened(picture.data) - expected).max() <= 1


@settings(max_examples=150, deadline=None)
@given(
    arrays.arrays(
        st.one_of(
            arrays.integer_dtypes(endianness="="),
            arrays.unsigned_integer_dtypes(endianness="="),
            arrays.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
            arrays.boolean_dtypes(),
        ),
        arrays.array_shapes(min_dims=0, max_dims=5, max_side=6),
    )
)
def test_no_array_is_sent_as_something_else(array: np.ndarray) -> None:
    picture = made_or_refused(array)
    if picture is None or array.ndim != 2:
        return
    scale = 255 if array.dtype.kind in "fb" else 1 / 257 if array.dtype == "uint16" else 1
    expected = np.clip(array.astype(float) * scale, 0, 255)
    assert np.abs(opened(picture.data)[..., 0] - expected).max() <= 0.51
