"""Arrays and tensors as images: of NumPy, and of whatever can be made an array of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from wiro_widgets.errors import InputError
from wiro_widgets.media.modes import BYTE, FEWER_BITS, FROM_UNIT, Numbers, check_visible, factor
from wiro_widgets.media.opening import MOST_PIXELS, too_many_pixels

if TYPE_CHECKING:
    from PIL import Image

_PROTOCOLS = ("__array_interface__", "__array__", "__dlpack__", "__cuda_array_interface__")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_BATCH, _COLOUR, _GREY = 4, 3, 2
_SINGLE = 4
"""Bytes of single precision."""
_LAYOUTS = (
    "Use (height, width), (height, width, 3) or (height, width, 4); 3 or 4 channels may come first."
)


class ArrayImage(NamedTuple):
    """An array as an image of 8 bits, with notes for the user about what was changed."""

    image: Image.Image
    notes: tuple[str, ...]


def is_array(value: Any) -> bool:
    """Whether it is an array, a tensor, or says that one can be made of it; imports nothing."""
    if isinstance(value, type):
        return False
    return any(hasattr(value, name) for name in _PROTOCOLS) or callable(
        getattr(value, "numpy", None)
    )


def image_from_array(value: Any, field: str) -> ArrayImage:
    """An image of an array.

    Grey is (height, width), colours are the last axis or the first, and a batch of one is taken
    for what is in it. Values are scaled by the rule of `wiro_widgets.media.modes`.

    Args:
        value: Array or tensor of whole numbers, floating point or booleans.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: Its layout or its values can mean several images, or none.
    """
    array = _as_numpy(value, field)
    what = f"The {array.dtype} array of shape {tuple(array.shape)}"
    layers = _colours_last(array, what, field)
    height, width = layers.shape[:2]
    if height * width > MOST_PIXELS:
        raise too_many_pixels("The array", field)
    from PIL import Image  # noqa: PLC0415 - keeps the import light

    data, notes = _as_bytes(layers, what, field)
    # Pillow tells the mode from the shape.
    return ArrayImage(Image.fromarray(data), notes)


def _as_numpy(value: Any, field: str) -> Any:
    try:
        import numpy as np  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise InputError(
            "Reading an array needs NumPy.", field=field, remedy="Install it: pip install numpy"
        ) from None
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(
            "A masked array has no values where it is masked.",
            field=field,
            remedy="Fill them first, e.g. array.filled(0).",
        )
    ways = (
        ("detach", _from_tensor),
        ("__array_interface__", np.asarray),
        ("__array__", np.asarray),
        ("numpy", lambda tensor: tensor.numpy()),
        # CuPy's and others on a graphics card.
        ("get", lambda array: array.get()),
        ("__dlpack__", np.from_dlpack),
    )
    reason = ""
    for name, way in ways:
        try:
            array = way(value) if hasattr(value, name) else None
        except Exception as error:  # noqa: BLE001 - anybody's array library
            reason = str(error) or type(error).__name__
            continue
        if isinstance(array, np.ndarray):
            return _usual(array, field)
    raise InputError(
        f"{type(value).__name__} can't be made a NumPy array{_because(reason)}.",
        field=field,
        remedy="Give a NumPy array.",
    )


def _because(reason: str) -> str:
    first = reason.strip().splitlines()[0].rstrip(".")[:160] if reason.strip() else ""
    return f" ({first})" if first else ""


def _from_tensor(value: Any) -> Any:
    """Of a tensor as PyTorch's, wherever it is and whether or not it is being learnt."""
    tensor = value.detach().cpu()
    try:
        return tensor.numpy()
    except TypeError:
        # NumPy has no such type: bfloat16 and smaller ones.
        return tensor.float().numpy()


def _usual(array: Any, field: str) -> Any:
    """With a type that NumPy itself has, in the order of bytes of this computer."""
    if array.dtype.kind == "V" and "float" in array.dtype.name:
        return array.astype("float32")  # bfloat16 and others, as JAX brings them
    if array.dtype.kind not in "buif":
        raise InputError(
            f"An array of {array.dtype} is not an image.",
            field=field,
            remedy="Use whole numbers from 0 to 255, or floating point from 0 to 1.",
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _colours_last(array: Any, what: str, field: str) -> Any:
    """As (height, width) or (height, width, colours)."""
    if array.ndim == _BATCH:
        if array.shape[0] != 1:
            _refuse_shape(what, "is a batch of several images", "Give one, e.g. array[0].", field)
        array = array[0]
    if not array.size:
        _refuse_shape(what, "is empty", "", field)
    if array.ndim == _GREY:
        return array
    if array.ndim != _COLOUR:
        _refuse_shape(what, "is not an image", _LAYOUTS, field)
    first, last = array.shape[0] in _MODES, array.shape[2] in _MODES
    if first and last:
        remedy = "For (height, width, colours) give PIL.Image.fromarray(x) instead."
        _refuse_shape(what, "could have its colours first or last", remedy, field)
    if not (first or last):
        _refuse_shape(what, "is not an image", _LAYOUTS, field)
    layers = array if last else array.transpose(1, 2, 0)
    return layers[:, :, 0] if layers.shape[2] == 1 else layers


def _refuse_shape(what: str, problem: str, remedy: str, field: str) -> NoReturn:
    raise InputError(f"{what} {problem}.", field=field, remedy=remedy)


def _as_bytes(layers: Any, what: str, field: str) -> tuple[Any, tuple[str, ...]]:
    """The same in 8 bits."""
    import numpy as np  # noqa: PLC0415 - loaded by now

    kind, size = layers.dtype.kind, layers.dtype.itemsize
    if kind == "b":
        return np.ascontiguousarray(layers).astype("uint8") * BYTE, ()
    low, high = _extremes(layers)
    # An image of one colour is one on purpose; and what lies behind a clear pixel does not count.
    colours = layers if layers.ndim == _GREY else layers[..., :3]
    varies = bool((colours != colours[:1, :1]).any())
    if kind == "u" and size == 1:
        if varies and high == 1:
            raise InputError(
                f"{what} has only the values 0 and 1 and would come out black.",
                field=field,
                remedy="Multiply it by 255, or give booleans: x.astype(bool).",
            )
        return np.ascontiguousarray(layers), ()
    numbers: Numbers = "unit" if kind == "f" else "deep" if (kind, size) == ("u", 2) else "wide"
    if numbers == "wide" and (low < 0 or high > BYTE):
        raise InputError(
            f"{what} has values from {low:g} to {high:g}, outside 0 to 255.",
            field=field,
            remedy="Scale the values first, or say that they have 16 bits: x.astype('uint16').",
        )
    times = factor(numbers, low, high, what, field)
    if varies:
        check_visible(times, *_extremes(colours), what, field)
    # Half precision would be rounded twice.
    precise = layers.astype("float64" if size > _SINGLE else "float32", copy=False)
    scaled = np.rint(np.clip(precise * np.asarray(times, precise.dtype), 0, BYTE))
    notes = {"unit": (FROM_UNIT,), "deep": (FEWER_BITS,), "wide": ()}
    return np.ascontiguousarray(scaled.astype("uint8")), notes[numbers]


def _extremes(layers: Any) -> tuple[float, float]:
    """The lowest and the highest value; both NaN where any value is."""
    return float(layers.min()), float(layers.max())
