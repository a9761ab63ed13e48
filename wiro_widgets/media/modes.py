"""Images of every mode that Pillow has, made 8 bits RGB or grey by one stated rule.

The rule for numbers other than 8 bits, in Pillow's modes and in arrays alike:

- Floating point counts from 0 to 1.
- 16 bits count from 0 to 65,535.
- Wider integers up to 255 count as bytes.

Numbers beyond that are refused, and so is what would come out almost black or white: a person
would pay for an image that wasn't meant.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from wiro_widgets.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

FEWER_BITS = "16 bits per colour reduced to 8"
FROM_UNIT = "values from 0 to 1 scaled to 0 to 255"
FROM_PRINT = "print colours (CMYK) converted to RGB"

Numbers = Literal["unit", "deep", "wide"]
"""Floating point, 16 bits, or integers that are wider than what they hold."""

BYTE = 255
DEEP = 65_535
_DARKEST, _GREY, _LIGHTEST = 16, 128, 239
"""Of 255: where all values of an image lie below the first or above the last, it shows nothing."""
_HALF_A_STEP = 0.5 / BYTE
"""Resizing pushes values a little beyond 0 and 1; so little rounds to black and white."""
KEPT = frozenset({"RGB", "RGBA", "L", "LA", "P", "1"})
"""Modes of 8 bits or fewer that PNG has."""
_STRETCHED = "(x - x.min()) / (x.max() - x.min())"


class Plain(NamedTuple):
    """An image of 8 bits in RGB or grey, which can be saved as PNG.

    Attributes:
        image: Of mode RGB, RGBA, L, LA, P or 1.
        profile: The colour profile that still applies.
        notes: For the user, about what was changed.
    """

    image: Image.Image
    profile: bytes | None
    notes: tuple[str, ...] = ()


def plain(image: Image.Image, about: str, field: str) -> Plain:
    """Make an image one of 8 bits in RGB or grey.

    Args:
        image: Of any mode, loaded.
        about: What it is called in errors, e.g. "depth.png".
        field: The parameter it is for, named in errors.

    Raises:
        InputError: Its values would have to be scaled, and it is not clear how.
    """
    mode: str = image.mode
    profile: bytes | None = image.info.get("icc_profile")
    if mode == "F" or mode.startswith("I"):
        made, note = _from_numbers(image, about, field)
        return Plain(made, None, (note,) if note else ())
    if mode == "CMYK":
        return Plain(_from_print(image, profile), None, (FROM_PRINT,))
    if mode in KEPT:
        # Saved as one transparent value, it would depend on the file's depth and palette.
        loose = "transparency" in image.info and mode in {"1", "L", "P", "RGB"}
        return Plain(image.convert("RGBA") if loose else image, profile)
    if mode == "La":
        return Plain(image.convert("LA"), profile)
    return Plain(image.convert("RGBA" if image.has_transparency_data else "RGB"), None)


def with_low_bytes(image: Image.Image, low: Image.Image, what: str, field: str) -> Image.Image:
    """The upper bytes of 16 bits per colour, judged by all of them.

    Args:
        image: Upper bytes, of mode RGB or RGBA.
        low: Lower bytes, of the same mode.
        what: What it is called in errors.
        field: The parameter it is for, named in errors.

    Returns:
        `image`, with an alpha channel where one colour is transparent: its neighbours are not.

    Raises:
        InputError: It would come out almost black.
    """
    from PIL import Image, ImageChops  # noqa: PLC0415 - rarely needed

    upper: Any = image.getextrema()
    lower: Any = low.getextrema()
    spans = [
        (high[0] * 256 + rest[0], high[1] * 256 + rest[1])
        for high, rest in zip(upper[:3], lower[:3], strict=True)
    ]
    if any(least < most for least, most in spans):
        check_visible(BYTE / DEEP, min(spans)[0], max(most for _, most in spans), what, field)
    key = image.info.get("transparency")
    if not isinstance(key, tuple):
        return image
    alpha = Image.new("L", image.size)
    for half, part in ((image, 8), (low, 0)):
        for band, value in zip(half.split(), key, strict=True):
            wanted = value >> part & BYTE
            other = band.point([BYTE * (level != wanted) for level in range(BYTE + 1)])
            alpha = ImageChops.lighter(alpha, other)
    clear = image.copy()
    clear.info.pop("transparency")
    clear.putalpha(alpha)
    return clear


def factor(numbers: Numbers, low: float, high: float, what: str, field: str) -> float:
    """What to multiply values by to have them from 0 to 255.

    Args:
        numbers: How they are stored.
        low: The lowest value; NaN where any value is.
        high: The highest value.
        what: Has these values, e.g. "depth.png".
        field: The parameter it is for, named in errors.

    Raises:
        InputError: They go beyond what can be stored so, or are no numbers.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(
            f"{what} has values that are not numbers (NaN or infinite).",
            field=field,
            remedy="Replace them first, e.g. np.nan_to_num(x).",
        )
    if numbers == "unit":
        if low < -_HALF_A_STEP or high > 1 + _HALF_A_STEP:
            guess = "x / 255" if low >= 0 and _GREY < high <= BYTE else _STRETCHED
            guess = "(x + 1) / 2" if -1 <= low < 0 and high <= 1 else guess
            _refuse(what, low, high, ", outside 0 to 1", guess, field)
        return BYTE
    if low < 0 or high > DEEP:
        _refuse(what, low, high, f", outside 0 to {DEEP:,}", _STRETCHED, field)
    return 1 if numbers == "wide" and high <= BYTE else BYTE / DEEP


def check_visible(times: float, low: float, high: float, what: str, field: str) -> None:
    """Refuse what would come out almost black or white, and is not so on purpose.

    Args:
        times: What the values are multiplied by, see `factor`.
        low: The lowest value.
        high: The highest value. When it is `low`, the image has one colour, which is fine.
        what: Has these values.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It shows nothing.
    """
    dark, light = high * times < _DARKEST, low * times > _LIGHTEST and times != 1
    if low < high and (dark or light):
        shade = "black" if dark else "white"
        _refuse(what, low, high, f" and would come out almost {shade}", _STRETCHED, field)


def _refuse(  # noqa: PLR0913, PLR0917 - one sentence and its remedy
    what: str, low: float, high: float, problem: str, scaled: str, field: str
) -> NoReturn:
    raise InputError(
        f"{what} has values from {low:g} to {high:g}{problem}.",
        field=field,
        remedy=f"Scale the values first, e.g. {scaled}, and give them as floating point.",
    )


def _from_numbers(image: Image.Image, about: str, field: str) -> tuple[Image.Image, str]:
    """Grey of 8 bits from floating point, 16 bits or 32-bit integers."""
    from PIL import ImageMath  # noqa: PLC0415 - rarely needed

    about = f"{about} (mode {image.mode})"
    numbers: Numbers = {"F": "unit", "I": "wide"}.get(image.mode, "deep")  # type: ignore[assignment]
    # Pillow knows the extremes of few of the 16-bit modes.
    values = image.convert("I") if numbers == "deep" else image
    low, high = (float(each) for each in values.getextrema())  # type: ignore[arg-type]
    if numbers == "unit":
        # NaN is not equal to itself, and passes all comparisons of extremes.
        odd = ImageMath.lambda_eval(lambda given: given["x"] != given["x"], x=values)
        high = math.nan if odd.getextrema()[1] else high
    times = factor(numbers, low, high, about, field)
    check_visible(times, low, high, about, field)
    grey = values.point(lambda value: value * times + 0.5).convert("L")
    key = image.info.get("transparency")
    if isinstance(key, int) and numbers != "unit":
        # One value of all 65,536 is clear; of the 256 that are left, its neighbours are not.
        grey = grey.convert("LA")
        grey.putalpha(_all_but(values, key))
    notes = {BYTE: FROM_UNIT, BYTE / DEEP: FEWER_BITS}
    return grey, notes.get(times, "")


def _all_but(values: Image.Image, key: int) -> Image.Image:
    from PIL import ImageMath  # noqa: PLC0415 - rarely needed

    alpha: Image.Image = ImageMath.lambda_eval(
        lambda given: given["convert"](BYTE - (given["x"] == key) * BYTE, "L"), x=values
    )
    return alpha


def _from_print(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        from PIL import ImageCms  # noqa: PLC0415 - rarely needed

        try:
            ink = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, ink, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")
