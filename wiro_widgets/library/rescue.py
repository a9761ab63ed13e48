"""What can still be read of a damaged journal, and a new journal made of it.

The disk may have lost some pages of the file, or all of them. A run that is in no journal any more
would be sent and paid for again, so every row is looked at by itself, and of a row whose pages are
lost in part, the columns that are left.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from wiro_widgets.library.folder import create_private
from wiro_widgets.library.formats import FORMAT, create, derive, plain, schema
from wiro_widgets.library.pages import is_row_of, rows_on_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SECONDS = 600.0
"""How long SQLite may take to read a damaged file; one of 50,000 runs takes some seconds."""
_STEPS = 1000
_ROW_BYTES = 20
"""A row of ours has more."""
_MOST_RUNS = 10**9
_NAMED = 5
"""How many runs a message names at most."""
_TABLES = ("runs", "judgments", "votes", "budgets")
"""What is copied; the rest is made from it."""
_STATEMENT = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
_CLIP = re.compile(r"(\d{4,9})-")


@contextlib.contextmanager
def reader(path: Path, seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection that takes no lock and plays nothing back.

    What is in a file of a stranger may take any time, so that it is cut off after some seconds.
    """
    address = f"{path.as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
        until = time.monotonic() + seconds
        database.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        database.row_factory = sqlite3.Row
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
            database.execute(f"PRAGMA {pragma}")
        yield database


class Rescue:
    """What can be read of a damaged journal.

    Args:
        path: The file. It is not changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copied = 0
        self._lost: set[int] = set()
        self._lost_ratings = False
        self._lost_budgets = False

    def in_words(self, kept: Path) -> str:
        """What came of it, for people to read."""
        new, lost = self._path.name, sorted(self._lost)
        words = [f"It is kept as {kept.name}."]
        if not self._copied:
            words.append(
                f"No run could be read, so a new, empty {new} took its place: if you ask for an"
                " earlier run again, it is sent and paid for again."
            )
        else:
            runs = "1 run" if self._copied == 1 else f"{self._copied} runs"
            words.append(f"A new {new} took its place, with {runs}.")
            if lost:
                words.append(
                    f"{_runs_in_words(lost)} couldn't be read: if you ask for"
                    f" {'it' if len(lost) == 1 else 'one of them'} again, it is sent and paid for"
                    " again."
                )
        if self._lost_ratings:
            words.append("Some ratings couldn't be read.")
        if self._lost_budgets:
            words.append("If you had set a budget, check that it is still there.")
        words.append("Your clips were not touched.")
        return " ".join(words)

    def into(self, fresh: Path) -> None:
        """Write it into a new file.

        Raises:
            sqlite3.Error: There is no room.
            OSError: It cannot be made.
        """
        create_private(fresh).close()
        with (
            reader(self._path, _SECONDS) as old,
            contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as new,
        ):
            # Read on in spite of a broken schema.
            old.execute("PRAGMA writable_schema = ON")
            # Nobody sees the file before it is whole.
            new.execute("PRAGMA journal_mode = MEMORY")
            new.execute("BEGIN")
            new.row_factory = sqlite3.Row
            found = _first(old, "PRAGMA user_version", 0)
            if not 0 < found <= FORMAT:
                found = format_of_rows(self._path) or FORMAT
            create(new, found)
            for name in _TABLES:
                if name in schema(found):
                    # What a stranger has in its place may compute for ever when it is read.
                    sql = plain(_first(old, _STATEMENT, None, name))
                    self._copy(old if sql == schema(found)[name][1] else None, new, name)
            self._count_on(old, new)
            if found == FORMAT:
                derive(new)
                _keep_totals(old, new)
            new.execute("COMMIT")

    def _copy(self, old: sqlite3.Connection | None, new: sqlite3.Connection, table: str) -> None:
        columns = _columns(new, table)
        rows: dict[int, dict[str, Any]] = {}
        lost: set[int] = set()
        if old is not None:
            found, lost = _numbers(old, table, self._path.stat().st_size // _ROW_BYTES)
            for number in found:
                if values := _values(old, table, columns, number):
                    rows[number] = values
                else:
                    lost.add(number)
        if old is None or lost:
            # SQLite finds a page by others that lead to it; the page may be there without them.
            rows = self._on_pages(columns) | rows
            self._lost_budgets |= table == "budgets"
        # Paid work first: of two rows that can't both be, the one with a task is kept.
        for number in sorted(rows, key=lambda number: (not rows[number].get("task_id"), number)):
            values = rows[number]
            marks = ", ".join("?" * len(values))
            insert = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608
            try:
                new.execute(insert, list(values.values()))
            except sqlite3.IntegrityError:
                lost.add(number)
            else:
                lost.discard(number)
                self._copied += table == "runs"
        if table == "runs":
            self._lost = lost
        elif table != "budgets":
            self._lost_ratings |= bool(lost)

    def _on_pages(self, columns: dict[str, tuple[str, bool]]) -> dict[int, dict[str, Any]]:
        """The rows on all pages that may be those of a table with some columns."""
        found: dict[int, dict[str, Any]] = {}
        for number, values in rows_on_pages(self._path):
            if is_row_of(values, columns.values()):
                row = dict(zip(columns, values, strict=True))
                if "number" in columns:
                    row["number"] = number
                # A page that is in use no more may have the row as it was before.
                if number not in found or _known(found[number]) < _known(row):
                    found[number] = row
        return found

    def _count_on(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        """Have the next run get a number that no run has had, nor any clip in the folder."""
        names: list[str] = []
        with contextlib.suppress(OSError):
            names = [one.name for one in (self._path.parent / "clips").iterdir()]
        clips = [int(found[1]) for name in names if (found := _CLIP.match(name))]
        # Each of these has a row for a run, or for some runs.
        others = [
            _first(old, f"SELECT MAX(rowid) FROM {table}", 0) or 0  # noqa: S608
            for table in ("judgments", "run_texts_content", "run_texts_docsize")
        ]
        last = max([_sequence(old, "runs"), *self._lost, *clips, *others])
        statement = "SELECT MAX(?, COALESCE(MAX(number), 0)) FROM runs"
        last = _first(new, statement, last, last)
        new.execute("DELETE FROM sqlite_sequence WHERE name = 'runs'")
        new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", (last,))


def format_of_rows(path: Path) -> int | None:
    """The newest format that any row on the pages of a file fits to; None when none does."""
    for found in range(FORMAT, 0, -1):
        with contextlib.closing(sqlite3.connect(":memory:")) as empty:
            empty.execute(schema(found)["runs"][1])
            columns = _columns(empty, "runs").values()
        if any(is_row_of(row, columns) for _, row in rows_on_pages(path)):
            return found
    return None


def _keep_totals(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Have the sums as they were where they can be read: what is lost was paid all the same."""
    columns = ("service", "day", "cost_e12", "clips")
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        for row in old.execute(f"SELECT {', '.join(columns)} FROM totals").fetchall():  # noqa: S608
            if [type(value) for value in row] == [str, str, int, int]:
                new.execute(
                    f"INSERT INTO totals ({', '.join(columns)}) VALUES (?, ?, ?, ?)"  # noqa: S608
                    " ON CONFLICT (service, day) DO UPDATE SET cost_e12 = MAX(cost_e12,"
                    " excluded.cost_e12), clips = MAX(clips, excluded.clips)",
                    tuple(row),
                )


def _columns(database: sqlite3.Connection, table: str) -> dict[str, tuple[str, bool]]:
    """The type of each column, and whether it may be NULL."""
    rows = database.execute(f"PRAGMA table_info({table})").fetchall()
    return {row[1]: (row[2], not row[3]) for row in rows}


def _numbers(database: sqlite3.Connection, table: str, most: int) -> tuple[set[int], set[int]]:
    """The rows of a table that can be found, and those that can't."""
    found: set[int] = set()
    for order in ("", " DESC"):
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
            statement = f"SELECT rowid FROM {table} ORDER BY rowid{order}"  # noqa: S608
            # Pages may lead to each other in a circle.
            for count, row in enumerate(database.execute(statement)):
                if count > most:
                    break
                found.add(row[0])
            else:
                return found, set()
    # Of what lies between two lost pages, each row is asked for by its number.
    lost = set()
    for number in range(1, min(max([_sequence(database, table), *found]), most) + 1):
        if number not in found:
            try:
                statement = f"SELECT 1 FROM {table} WHERE rowid = ?"  # noqa: S608
                if database.execute(statement, (number,)).fetchone():
                    found.add(number)
            except (sqlite3.Error, UnicodeDecodeError):
                lost.add(number)
    return found, lost


def _known(row: dict[str, Any]) -> int:
    """How many columns are filled; a later state of a run fills more."""
    return sum(value is not None for value in row.values())


def _first(database: sqlite3.Connection, statement: str, default: Any, *values: Any) -> Any:
    """The first value of a row; the default when there is none that can be read."""
    try:
        row = database.execute(statement, values).fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return default
    return default if row is None else row[0]


def _sequence(database: sqlite3.Connection, table: str) -> int:
    """The last number that a table has given; 0 when nobody can tell."""
    found = _first(database, "SELECT seq FROM sqlite_sequence WHERE name = ?", 0, table)
    return found if isinstance(found, int) and 0 <= found < _MOST_RUNS else 0


def _values(
    database: sqlite3.Connection, table: str, columns: Iterable[str], number: int
) -> dict[str, Any]:
    """The columns of a row that can be read; what is long may be on a page that is lost."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        statement = f"SELECT {', '.join(columns)} FROM {table} WHERE rowid = ?"  # noqa: S608
        if row := database.execute(statement, (number,)).fetchone():
            return dict(row)
    lost = object()
    found = {
        name: _first(database, f"SELECT {name} FROM {table} WHERE rowid = ?", lost, number)  # noqa: S608
        for name in columns
    }
    return {name: value for name, value in found.items() if value is not lost}


def _runs_in_words(numbers: list[int]) -> str:
    if len(numbers) > _NAMED:
        return f"{len(numbers)} others"
    *first, last = map(str, numbers)
    return f"Runs {', '.join(first)} and {last}" if first else f"Run {last}"
