"""The rows on the pages of a SQLite file, read without SQLite: of one whose first pages are lost.

Each page of a table says by itself which rows it has. What belongs to none of our tables, or is
damaged, is passed over. https://www.sqlite.org/fileformat2.html has the layout.
"""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

_PAGE = 4096
"""Bytes; what SQLite takes for a new file."""
_TABLE_LEAF = 13
_LONGEST_ROW = 50_000_000
_MOST_COPIES = 4
"""How many times the size of a file its rows may have; some pages have an earlier state of one."""
_WHOLE_NUMBERS = (0, 1, 2, 3, 4, 6, 8)
"""Bytes of a whole number by its serial type."""
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("INTEGER", "BIGINT", "SMALLINT"), (int,)),
    **dict.fromkeys(("REAL", "DOUBLE"), (int, float)),
    "TEXT": (str,),
}


def rows_on_pages(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """The number and the values of each row on each page that can be read, in no order.

    A page that is in use no more may have an earlier state of a row.

    Args:
        path: The file, with pages of the usual size.

    Raises:
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    # A stranger's rows may all be on the same pages.
    left = _MOST_COPIES * size
    with path.open("rb") as file:
        for number in range(size // _PAGE):
            file.seek(number * _PAGE)
            page = file.read(_PAGE)
            head = 100 if number == 0 else 0
            if page[head] != _TABLE_LEAF:
                continue
            for cell in range(min(int.from_bytes(page[head + 3 : head + 5], "big"), _PAGE // 4)):
                at = head + 8 + 2 * cell
                with contextlib.suppress(IndexError, ValueError, struct.error):
                    record, row = _record(file, page, int.from_bytes(page[at : at + 2], "big"))
                    left -= len(record)
                    if left < 0:
                        return
                    yield row, _values(record)


def is_row_of(values: Sequence[Any], columns: Collection[tuple[str, bool]]) -> bool:
    """Whether values may be a row of a table.

    Args:
        values: As on the page.
        columns: The type of each column, and whether it may be NULL, as the one is that is the
            row's number.
    """
    return len(values) == len(columns) and all(
        optional if value is None else isinstance(value, _TYPES.get(kind, ()))
        for value, (kind, optional) in zip(values, columns, strict=True)
    )


def _record(file: BinaryIO, page: bytes, at: int) -> tuple[bytes, int]:
    """The bytes and the number of a row, by where its cell is on a page."""
    size, at = _varint(page, at)
    number, at = _varint(page, at)
    return _payload(file, page, at, size), number


def _values(record: bytes) -> list[Any]:
    end, at = _varint(record, 0)
    values, place = [], end
    while at < end:
        kind, at = _varint(record, at)
        value, place = _value(record, place, kind)
        values.append(value)
    return values


def _payload(file: BinaryIO, page: bytes, at: int, size: int) -> bytes:
    """A record, the end of which is on a chain of pages of its own when it is long."""
    if size > _LONGEST_ROW:
        raise ValueError(size)
    most, least = _PAGE - 35, (_PAGE - 12) * 32 // 255 - 23
    if size <= most:
        return page[at : at + size]
    here = least + (size - least) % (_PAGE - 4)
    here = here if here <= most else least
    parts, following = [page[at : at + here]], page[at + here : at + here + 4]
    for _ in range((size - here + _PAGE - 5) // (_PAGE - 4)):
        number = int.from_bytes(following, "big")
        file.seek(max(0, number - 1) * _PAGE)
        page = file.read(_PAGE)
        if number == 0 or len(page) < _PAGE:
            raise ValueError(number)
        following, part = page[:4], page[4:]
        parts.append(part)
    return b"".join(parts)[:size]


def _value(record: bytes, at: int, kind: int) -> tuple[Any, int]:
    """A value by its serial type, and where the next one begins."""
    if kind in {0, 8, 9}:
        return (None, 0, 1)[max(0, kind - 7)], at
    if kind in {10, 11}:
        raise ValueError(kind)
    size = (kind - 12) // 2 if kind > 11 else 8 if kind == 7 else _WHOLE_NUMBERS[kind]  # noqa: PLR2004
    data = record[at : at + size]
    if len(data) != size:
        raise ValueError(size)
    if kind == 7:  # noqa: PLR2004 - the serial type of a float
        return struct.unpack(">d", data)[0], at + size
    if kind < 7:  # noqa: PLR2004
        return int.from_bytes(data, "big", signed=True), at + size
    return (data.decode("utf-8", "replace") if kind % 2 else data), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where the next one begins."""
    value = 0
    for place in range(8):
        value = value << 7 | data[at + place] & 127
        if data[at + place] < 128:  # noqa: PLR2004 - without the bit for "more follows"
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9
