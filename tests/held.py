"""What people hold instead of plain values: the table of ``docs/inputs.md``, to be drawn from."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import itertools
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pandas as pd
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = float("nan")
MISSING: dict[str, Any] = {
    "NaN": NAN,
    "NaN of numpy": np.float32("nan"),
    "NaN of decimal": Decimal("NaN"),
    "signalling NaN": Decimal("sNaN"),
    "NaN in an array": np.array(NAN),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "NaT of numpy": np.datetime64("NaT"),
    "no length of time": np.timedelta64("NaT", "s"),
    "masked": np.ma.masked,
}


class Evil:
    """Raises something else than it should, whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else RuntimeError(name)

    def __index__(self) -> int:
        raise RuntimeError


class Index:
    """A number to nobody but ``operator.index``."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


class Member(enum.Enum):
    ONE = object()


Row = collections.namedtuple("Row", ["prompt"])  # noqa: PYI024 - as itertuples of pandas makes it
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)
NO_SCALAR: dict[str, Any] = {
    "bytes": b"768P",
    "bytearray": bytearray(b"6"),
    "bytes of numpy": np.bytes_(b"6"),
    "dict": {"a": 1},
    "list": [6],
    "tuple": ("a", "b"),
    "empty tuple": (),
    "range": range(3),
    "set": {6, 10},
    "array": np.array([6]),
    "table": np.zeros((2, 3)),
    "Series": pd.Series([6]),
    "Index": pd.Index(["a"]),
    "DataFrame": pd.DataFrame({"a": [6]}),
    "generator": (each for each in (6, 10)),
    "endless": itertools.count(),
    "itself": ENDLESS,
    "infinite": float("inf"),
    "infinite Decimal": Decimal("-Infinity"),
    "huge": 10**400,
    "huge Decimal": Decimal("1E+999999"),
    "huge Fraction": Fraction(10**400, 3),
    "complex": 6 + 0j,
    "complex of numpy": np.complex64(6),
    "no unit of time": np.timedelta64(6),
    "date": dt.date(2026, 1, 6),
    "time": dt.time(6),
    "datetime": pd.Timestamp("2026-01-06"),
    "date of numpy": np.datetime64("2026-01-06"),
    "period": pd.Period("2026-01"),
    "class": int,
    "function": len,
    "object": object(),
    "row": Row("a"),
    "enum": Member.ONE,
    "mock": Mock(),
    "evil": Evil(),
    "none in an array": np.array(None),
}


NUMBERS: tuple[Callable[[Any], Any], ...] = (
    lambda number: number,
    str,
    lambda number: f" {number} ",
    lambda number: Decimal(str(number)),
    lambda number: enum.Enum("Held", [("ONE", number)]).ONE,  # type: ignore[attr-defined]
    np.array,
    lambda number: pd.Series([number])[0],
    lambda number: np.array(number, dtype=object),
)
WHOLE: tuple[Callable[[Any], Any], ...] = (
    *NUMBERS,
    float,
    np.int64,
    np.float64,
    np.longdouble,
    Fraction,
    Index,
    lambda number: Decimal(number).scaleb(-2).scaleb(2),
    lambda number: enum.IntEnum("Held", [("ONE", number)]).ONE,  # type: ignore[attr-defined]
    lambda number: pd.array([number], dtype="Int64")[0],
)
TEXTS: tuple[Callable[[str], Any], ...] = (
    lambda text: text,
    np.str_,
    collections.UserString,
    lambda text: enum.Enum("Held", [("ONE", text)]).ONE,  # type: ignore[attr-defined]
    lambda text: pd.Series([text])[0],
    lambda text: np.array(text, dtype=object),
)


def held(values: st.SearchStrategy[Any], ways: tuple[Callable[[Any], Any], ...]) -> Any:
    """Pairs of a plain value and the same as somebody holds it."""
    return st.tuples(values, st.sampled_from(ways)).map(lambda pair: (pair[0], pair[1](pair[0])))


WHOLE_HELD = held(st.integers(-(2**53), 2**53), WHOLE)
PARTS_HELD = held(
    st.floats(allow_nan=False, allow_infinity=False, width=64).filter(
        lambda number: not number.is_integer() and abs(number) < 1e15
    ),
    NUMBERS,
)
NARROW_HELD = st.floats(-1e4, 1e4, width=32).map(
    lambda number: (float(str(np.float32(number))), np.float32(number))
)
TEXT_HELD = held(
    # numpy drops NUL from the end of a text.
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50
    ).filter(str.strip),
    TEXTS,
)
SWITCH_HELD = st.sampled_from(
    [("true", on) for on in (True, np.True_, np.array(True), 1, np.int8(1), "true", "True")]
    + [("false", off) for off in (False, np.False_, 0, 0.0, Decimal(0), "false", "FALSE")]
)
