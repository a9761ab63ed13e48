"""What people hold, as the service takes it: the one conversion that every function uses.

A value becomes text, a switch, a number or a date, whichever library made it, or an `InputError`
that names the setting. No library is imported for it: values are recognised by what they can do.
``docs/inputs.md`` has the table.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
import numbers
import operator
import os
import struct
import sys
from collections import UserString
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from wiro_widgets.errors import InputError

from .parsing import SECONDS_FIELDS, as_text, clean_text

Plain: TypeAlias = str | bool | int | float | dt.date | dt.time

MOST_VALUES = 500
"""Values of one list; as many as a sweep can have combinations."""

_MOST_DIGITS = 30
_LARGEST = 10**_MOST_DIGITS
_DEEPEST = 20
_MOST_ITEMS = 10_000
"""Of a list within one value."""
_LONGEST_SAID = 60
_MISSING = {"NAType": "NA", "NaTType": "NaT", "MaskedConstant": "masked"}
_TIMES = {"m", "M"}
"""Kinds of numpy's lengths of time and dates, some of which pass for whole numbers."""
_NARROW = {2: "e", 4: "f"}
"""How numbers of fewer bytes than Python's own are written, by their bytes."""


def plain(value: Any, field: str, label: str = "", remedy: str = "") -> Plain:
    """One value, freed from the library that made it.

    Args:
        value: Anything; an enum counts as its value, an array without dimensions as its element.
        field: The setting it is for, named in errors.
        label: What people call the setting or its place in a list; by default `field`.
        remedy: What to do about a value that cannot be taken, as a sentence.

    Returns:
        Text, a switch, a finite number (whole ones as `int`), or a date or time.

    Raises:
        InputError: It is missing (NaN, NaT, NA), infinite, half a character, or of another kind.
    """
    label = label or field
    value = unwrapped(value)
    if missing := missing_name(value) or ("None" if value is None else ""):
        raise InputError(f"{label} is {missing}, a missing value.", field=field, remedy=remedy)
    if isinstance(value, (str, UserString)):
        # A subclass may say anything in its __str__; what it is made of is what was meant.
        text = str.__str__(value) if isinstance(value, str) else str(value.data)
        return _whole_text(text, field, label)
    if isinstance(value, (bool, dt.date, dt.time)):
        return value
    if isinstance(value, dt.timedelta) and field in SECONDS_FIELDS:
        value = value.total_seconds()
    number = _number(value)
    if number is not None:
        if isinstance(number, float) and not math.isfinite(number):
            raise InputError(f"{label} is infinite.", field=field, remedy=remedy)
        if abs(number) > _LARGEST:
            raise InputError(f"{label} is too large a number.", field=field, remedy=remedy)
        return int(number) if isinstance(number, int) or number.is_integer() else number
    raise InputError(f"{label} can't be {words_for(value)}.", field=field, remedy=remedy)


def whole(value: Any, field: str, least: int, most: int | None = None) -> int:
    """A count, from any kind of number.

    Raises:
        InputError: It is no whole number from `least` to `most`.
    """
    try:
        found = plain(value, field)
    except InputError:
        found = ""
    if type(found) is int and found >= least and (most is None or found <= most):
        return found
    limits = f"from {least} to {most}" if most is not None else f"of at least {least}"
    problem = f"{field} must be a whole number {limits}, not {words_for(value)}."
    raise InputError(problem, field=field)


def prompt_text(value: Any, label: str = "The prompt") -> str:
    """A prompt, which must be text; whether it is blank or too long is not looked at.

    Args:
        value: Anything but None, which is no prompt.
        label: Its place, in a list.

    Raises:
        InputError: It is anything but text.
    """
    found = unwrapped(value)
    if isinstance(found, (str, UserString)) or missing_name(found):
        return str(plain(found, "prompt", label, "Give text."))
    remedy = ""
    if _has(found, "columns"):
        remedy = "Give one of its columns."
    elif is_list(found):
        remedy = "For several prompts use ww.sweep or ww.compare."
    problem = f"{label} must be text, not {words_for(found)}."
    raise InputError(problem, field="prompt", remedy=remedy)


def loose(value: Any, field: str, *, dates: bool = False) -> Any:
    """A value for a setting whose type nobody knows, as JSON has it: lists and objects, too.

    Args:
        value: Anything; None stays None.
        field: The setting it is for, named in errors.
        dates: Whether dates and times are taken, as text in ISO 8601.

    Raises:
        InputError: JSON has no such thing, or something in it is missing; names its place.
    """
    return _loose(value, field, field, dates, _DEEPEST)


def _loose(value: Any, field: str, place: str, dates: bool, depth: int) -> Any:
    if value is None:
        return None
    if not depth:
        raise InputError(f"{field} is nested too deep.", field=field)
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise InputError(
                    f"{place} has {words_for(name)} for a name.",
                    field=field,
                    remedy="Names are text.",
                )
        return {
            str(name): _loose(one, field, f"{place}[{name!r}]", dates, depth - 1)
            for name, one in value.items()
        }
    several = None if isinstance(value, (set, frozenset)) else listed(value, field, _MOST_ITEMS)
    if several is not None:
        return [
            _loose(one, field, f"{place}[{index}]", dates, depth - 1)
            for index, one in enumerate(several)
        ]
    found = plain(value, field, place, "Use text, numbers, and lists of them.")
    if isinstance(found, (dt.date, dt.time)):
        if not dates:
            raise InputError(
                f"{place} can't be {words_for(value)}.", field=field, remedy="Write it as text."
            )
        return found.isoformat()
    return found


def as_file(value: Any, field: str) -> Any:
    """A file as `wiro_widgets.client.inputs.open_input` takes it: paths of any kind as `Path`.

    Raises:
        InputError: It is a missing value.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    if missing := missing_name(value):
        raise InputError(
            f"{field} is {missing}, a missing value.",
            field=field,
            remedy="Leave it out, or give a file.",
        )
    if isinstance(value, os.PathLike) and not isinstance(value, Path):
        return Path(os.fsdecode(value))
    return str.__str__(value) if isinstance(value, str) else value


def listed(value: Any, field: str, most: int = MOST_VALUES) -> list[Any] | None:
    """The values of a list of any kind, in order; None for one value.

    Lists are lists, tuples, ranges, sets (sorted), the keys and values of a dict, generators and
    other iterators, and columns: arrays of one dimension, a pandas Series or Index and the like.
    Text, bytes, a dict, a table, a path, an open file, a named tuple and an array of several
    dimensions, which may be an image, are one value.

    Args:
        value: Anything.
        field: What it is for, named in errors.
        most: How many values it can have.

    Raises:
        InputError: It has more than that or never ends, or it is a set that cannot be sorted.
    """
    if not is_list(value):
        return None
    if _has(value, "to_pylist"):
        value = value.to_pylist()
    elif not isinstance(value, Iterable):
        value = value.to_list()
    if isinstance(value, (set, frozenset)):
        value = _sorted(value, field)
    found = list(islice(value, most + 1))
    if len(found) > most:
        problem = f"{field} has more than {most:,} values; a list can have up to {most:,}."
        endless = not _has(value, "__len__")
        remedy = "It may never end: cut it short." if endless else "Remove values."
        raise InputError(problem, field=field, remedy=remedy)
    return found


def is_list(value: Any) -> bool:
    """Whether something is a list for `listed`; nothing is read of it."""
    return not _is_one(value) and (isinstance(value, Iterable) or _has(value, "to_list"))


def is_column(value: Any) -> bool:
    """Whether a list is a column of data, in which None is a missing value."""
    return _has(value, "dtype") or _has(value, "to_pylist") or _has(value, "to_list")


def is_blank(value: Any) -> bool:
    """Whether a value of a form is none: None, an empty text or an empty list."""
    return value is None or (isinstance(value, (str, list, tuple)) and not value)


def unwrapped(value: Any) -> Any:
    """The value of an enum's member, and the element of an array without dimensions."""
    for _ in range(_DEEPEST):
        if isinstance(value, enum.Enum):
            value = value.value
        elif _has(value, "as_py"):
            value = value.as_py()
        else:
            break
    shape = _attribute(value, "shape")
    # A masked element would give a number that nobody has measured.
    if not isinstance(shape, tuple) or shape or missing_name(value) or not _has(value, "item"):
        return value
    return _element(value)


def _element(array: Any) -> Any:
    dtype, kind = _attribute(array, "dtype"), _kind(array)
    size = _attribute(dtype, "itemsize")
    if kind == "c":
        return complex(array)
    if kind in _TIMES:
        if "[" not in str(dtype):
            return array  # six of nobody knows what
        found = array.astype("timedelta64[us]" if kind == "m" else "datetime64[us]").item()
        # Beyond the calendar it is a bare number.
        return array if isinstance(found, int) else found
    # The item of a numpy number of more than 64 bits is that number again.
    found = float(array) if kind == "f" else array.item()
    if isinstance(found, float) and size in _NARROW:
        return _shortest(found, _NARROW[size])
    return found.value if isinstance(found, enum.Enum) else found


def _shortest(number: float, narrow: str) -> float:
    """0.1 for the number of fewer bits that is nearest to it, as numpy shows it."""
    for digits in range(1, 10):
        short = float(f"{number:.{digits}g}")
        if math.isfinite(short) and struct.pack(narrow, short) == struct.pack(narrow, number):
            return short
    return number


def missing_name(value: Any) -> str:
    """What a missing value is called, such as "NaN"; "" for any other. None is not missing here."""
    name = _MISSING.get(type(value).__name__)
    if name and type(value).__module__.partition(".")[0] in {"pandas", "numpy"}:
        return name
    if _is_decimal(value):
        return "NaN" if value.is_nan() else ""
    if _attribute(value, "shape") == () and _kind(value) in _TIMES:
        return "NaT" if str(value) == "NaT" else ""
    if isinstance(value, numbers.Number):
        # Nothing else differs from itself.
        return "NaN" if bool(value != value) else ""  # noqa: PLR0124
    return ""


def words_for(value: Any) -> str:
    """What a value is, as part of a sentence: "the number 5", "a list", "a DataFrame"."""
    value = unwrapped(value)
    if value is None or isinstance(value, bool) or missing_name(value):
        return missing_name(value) or str(value)
    if isinstance(value, str):
        return f"the text {clean_text(value, _LONGEST_SAID)!r}"
    if isinstance(value, (int, float)) and abs(value) <= _LARGEST:
        return f"the number {as_text(value)}"
    shape = _attribute(value, "shape")
    if isinstance(shape, tuple) and shape and _has(value, "dtype") and not _has(value, "to_list"):
        return f"an array of shape {tuple(shape)}"
    name = clean_text(type(value).__name__, _LONGEST_SAID)
    article = "an " if name[0] in "aeiouAEIOU" else "a "
    return name if name == "bytes" else article + name


def _number(value: Any) -> int | float | None:
    """A number exactly, or as near as a `float` comes; None for one that is no point on a line."""
    if _kind(value) in _TIMES or not (
        isinstance(value, numbers.Number) or _has(value, "__index__")
    ):
        return None
    try:
        if _is_decimal(value):
            # Written out, 1E+999999 would fill the memory.
            whole = value.is_finite() and value.adjusted() <= _MOST_DIGITS and not value % 1
            return int(value) if whole else float(value)
        if _has(value, "__index__"):
            return operator.index(value)
        return float(value) if isinstance(value, (numbers.Real, numbers.Rational)) else None
    except OverflowError:
        return math.inf
    except Exception:  # noqa: BLE001 - whatever a foreign class raises, it is no number
        return None


def _is_decimal(value: Any) -> bool:
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)


def _whole_text(text: str, field: str, label: str) -> str:
    """Refuse half of a character, as programs leave it that cut a text in the middle of one."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{label} has half a character at position {error.start}: {text[error.start]!r}.",
            field=field,
            remedy="Type that character again: an emoji was probably cut in two.",
        ) from None
    return text


def _is_one(value: Any) -> bool:
    """Whether something is one value, although it may have several of something."""
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping, os.PathLike, UserString)):
        return True
    if isinstance(value, tuple) and _has(value, "_fields"):
        return True
    dimensions = _attribute(value, "ndim")
    if isinstance(dimensions, int) and dimensions != 1:
        return True
    # An open file has lines, and a table has columns.
    return _attribute(value, "read") is not None or _has(value, "columns")


def _sorted(values: Iterable[Any], field: str) -> list[Any]:
    """The values of a set in an order that is the same every time."""
    found = list(values)
    for one in found:
        if one is None or missing_name(one):
            name = missing_name(one) or "None"
            raise InputError(
                f"{field} has {name} in it, a missing value.", field=field, remedy="Remove it."
            )
    try:
        return sorted(found, key=unwrapped)
    except TypeError:
        raise InputError(
            f"{field} is a set whose values can't be put in order.",
            field=field,
            remedy="Give a list, which has an order.",
        ) from None


def _kind(array: Any) -> Any:
    """The kind of what a numpy array or number is made of; None for anything else."""
    return _attribute(_attribute(array, "dtype"), "kind")


def _attribute(value: Any, name: str) -> Any:
    """An attribute, None without one; whatever a foreign class raises."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - foreign code
        return None


def _has(value: Any, name: str) -> bool:
    # Asked of the class: some objects claim to have whatever they are asked for.
    return hasattr(type(value), name)
