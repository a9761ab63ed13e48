"""The SQLite file of a library: its tables, how it is opened, and how older ones are migrated."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import sqlite3
import weakref
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import (
    create_private,
    is_stored_file,
    make_private,
    open_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    _Step = tuple[str | Callable[[sqlite3.Connection], None], ...]

_TABLES = """
    CREATE TABLE runs (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL,
        service     TEXT NOT NULL,
        request     TEXT NOT NULL,
        created     REAL NOT NULL,
        state       TEXT NOT NULL,
        owner       TEXT NOT NULL,
        task_id     TEXT,
        token       TEXT,
        snapshot    TEXT,
        clips       TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
"""
_RATINGS = """
    CREATE TABLE judgments (
        number      INTEGER PRIMARY KEY REFERENCES runs (number),
        starred     INTEGER NOT NULL,
        rating      INTEGER NOT NULL,
        tags        TEXT NOT NULL,
        note        TEXT NOT NULL
    );
    CREATE TABLE votes (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run    INTEGER NOT NULL REFERENCES runs (number),
        right_run   INTEGER NOT NULL REFERENCES runs (number),
        outcome     TEXT NOT NULL,
        created     REAL NOT NULL
    );
"""
_STATUSES = """
    CREATE TABLE new_runs (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL,
        service     TEXT NOT NULL,
        request     TEXT NOT NULL,
        created     REAL NOT NULL,
        status      TEXT NOT NULL,
        owner       TEXT NOT NULL DEFAULT '',
        lease       REAL NOT NULL DEFAULT 0,
        intent      TEXT NOT NULL DEFAULT '',
        sent_at     REAL,
        lost_at     REAL,
        task_id     TEXT,
        token       TEXT,
        model       TEXT NOT NULL,
        prompt      TEXT NOT NULL,
        cost        TEXT,
        cost_e12    INTEGER,
        unsettled   INTEGER NOT NULL DEFAULT 0,
        ended       REAL,
        seconds     REAL,
        problem     TEXT,
        outputs     TEXT NOT NULL DEFAULT '[]',
        files       TEXT NOT NULL DEFAULT '[]',
        state       TEXT NOT NULL DEFAULT '{}'
    );
"""
_INDEXES = """
    DROP TABLE runs;
    ALTER TABLE new_runs RENAME TO runs;
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
    CREATE INDEX runs_by_task ON runs (task_id) WHERE task_id IS NOT NULL;
    CREATE INDEX runs_by_model ON runs (model, service, status, number);
    CREATE INDEX runs_by_cost ON runs (service, cost_e12, unsettled);
    CREATE INDEX runs_live ON runs (status) WHERE status IN
        ('queued', 'sending', 'unknown', 'running', 'downloading');
    CREATE INDEX runs_unsettled ON runs (service) WHERE unsettled;
"""

BUSY_SECONDS = 30.0
"""How long to wait for another program that holds the file."""
_PICO = 10**12
"""Costs are summed in trillionths of a dollar, since the service states twelve decimals."""


def pico(cost: Any) -> int | None:
    """An amount of USD (a Decimal, or its text) as the integer that the sums are made of."""
    from decimal import Decimal  # noqa: PLC0415 - slow to import

    if cost is None:
        return None
    return max(-(2**63), min(2**63 - 1, int(Decimal(cost) * _PICO)))


def _copy_runs(database: sqlite3.Connection) -> None:
    """From format 2: states of several kinds in three places become one status and columns."""
    for row in database.execute("SELECT * FROM runs ORDER BY number").fetchall():
        values = _migrated(row)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        database.execute(
            f"INSERT INTO new_runs ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            list(values.values()),
        )


def _migrated(row: sqlite3.Row) -> dict[str, Any]:
    """The columns of format 3. What cannot be read is left out: the task's token must survive."""
    request, snapshot = _json_of(row["request"], {}), _json_of(row["snapshot"], {})
    clips = _json_of(row["clips"], [])
    outputs = [
        {**clip, "url": clip.get("url") or "", "id": ""} for clip in snapshot.get("clips", [])
    ]
    status = _status_of(row, missing=len(clips) < len(outputs))
    problem, cost, ended = (snapshot.get(name) for name in ("problem", "cost", "ended"))
    stages = snapshot.get("stages", [])
    began = stages[0]["at"] if stages else row["created"]
    state = {
        "stages": {mark["name"]: mark["at"] for mark in stages},
        "progress": snapshot.get("progress"),
        "log": snapshot.get("logs", []),
        "log_total": snapshot.get("log_total", 0),
    }
    kept = ("number", "fingerprint", "service", "request", "created", "task_id", "token")
    return {
        **{name: row[name] for name in kept},
        "status": status,
        "sent_at": None if status in {"queued", "refused"} else row["created"],
        "model": request.get("model", ""),
        "prompt": str(request.get("parameters", {}).get("prompt", "")),
        "cost": cost,
        "cost_e12": pico(cost),
        "unsettled": cost is None
        and (
            status in {"unknown", "running", "downloading", "succeeded"}
            or (status == "cancelled" and row["task_id"] is not None)
        ),
        "ended": ended,
        "seconds": ended - began if ended and status == "succeeded" else None,
        "problem": json.dumps({"kind": _kind_of(problem), **problem}) if problem else None,
        "outputs": json.dumps(outputs),
        "files": json.dumps(clips + [None] * (len(outputs) - len(clips))),
        "state": json.dumps(state),
    }


_KINDS = {
    "Refused by moderation": "ModerationRefused",
    "The model could not make this clip": "TaskFailed",
    "Stopped": "TaskCancelled",
    "The clip is ready but could not be fetched": "DownloadError",
}


def _kind_of(problem: dict[str, Any]) -> str:
    return _KINDS.get(problem.get("title", ""), "WiroError")


def _status_of(row: sqlite3.Row, *, missing: bool) -> str:
    state = str(row["state"])
    if state == "succeeded" and missing:
        return "downloading"
    if state in {"sending", "unknown"}:
        return "running" if row["task_id"] else "unknown"
    return {"waiting": "queued", "never_accepted": "refused", "draft": "queued"}.get(state, state)


def _json_of(text: str | None, fallback: Any) -> Any:
    try:
        value = json.loads(text or "null")
    except ValueError:
        return fallback
    return value if isinstance(value, type(fallback)) else fallback


# A file of format n needs the steps from n on. Steps that were released are never edited.
_STEPS: tuple[_Step, ...] = (
    (_TABLES,),
    (_RATINGS,),
    (_STATUSES, _copy_runs, _INDEXES),
)
_FORMAT = len(_STEPS)
_OF_SQLITE = frozenset({"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"})
_LONGEST_NAME = 60


class Database:
    """One SQLite file, opened on first use. Safe to use from several threads and processes.

    Each thread that is at work has a connection to itself, so that no lock of ours is held while
    the disk is waited for; SQLite's own locks order the writers.

    Args:
        path: The file; it and its folder are made when missing, readable by their owner only,
            since the journal holds task tokens.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._pid = os.getpid()
        # When nobody holds the library any more; not at exit, where a thread may be writing still.
        weakref.finalize(self, _close_all, self._idle).atexit = False

    def close(self) -> None:
        """Close the file; it opens again when used."""
        _close_all(self._idle)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: looking and writing are one step, for other kernels too.

        Raises:
            LibraryError: The file cannot be written; nothing was changed.
        """
        with self.reading() as database, _transaction(database):
            yield database

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for single statements, each of which is a transaction by itself.

        Raises:
            LibraryError: The file cannot be read.
        """
        try:
            database = self._take()
            try:
                yield database
            finally:
                if database.in_transaction:
                    # An interrupt may come between any two lines.
                    database.rollback()
                self._idle.append(database)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # SQLite quotes a damaged file in its messages.
            raise LibraryError(
                f"{self.path} cannot be used: {error}.",
                remedy="Make room on the disk or wait until no other program holds the file,"
                " then do the same again.",
            ) from error

    def _take(self) -> sqlite3.Connection:
        if self._pid != os.getpid():
            # SQLite's connections must not be used, nor closed, by a forked process.
            self._idle, self._pid = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        open_folder(self.path.parent)
        _create(self.path)
        database = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            database.row_factory = sqlite3.Row
            database.text_factory = _text
            # The file may come from a stranger.
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            # An accepted run must survive a power cut: SQLite's default, set on purpose. A
            # write-ahead log would be faster, but it needs a local disk and a folder that can be
            # written to even for reading, and versions before 3.51.3 may damage the file when two
            # kernels write at once.
            database.execute("PRAGMA synchronous = FULL")
            self._migrate(database)
        except BaseException:
            database.close()
            raise
        return database

    def _migrate(self, database: sqlite3.Connection) -> None:
        """Make the tables, or change those of an earlier format."""
        with _transaction(database, "BEGIN"):
            found = _format_of(database)
            foreign = None if found > _FORMAT else _foreign(database, found)
        if foreign:
            raise LibraryError(
                f"{self.path} has {foreign}, which is not of wiro_widgets.",
                remedy="Use no library of somebody whom you do not trust; work in another folder.",
            )
        if found > _FORMAT:
            raise LibraryError(
                f"{self.path} was written by a newer wiro_widgets (format {found}; this one reads"
                f" {_FORMAT}).",
                remedy="Upgrade wiro_widgets, or work in another folder.",
            )
        if found < _FORMAT:
            with _transaction(database):
                # Read again inside: another kernel may have migrated it meanwhile.
                _apply(database, _STEPS[_format_of(database) :])
                database.execute(f"PRAGMA user_version = {_FORMAT}")


def _create(path: Path) -> None:
    """Make the file with its final mode: a token must not be readable even for a moment.

    A file that exists must not be opened here: closing it again would drop the locks that SQLite
    holds on it for every connection of this process.
    """
    try:
        create_private(path).close()
    except FileExistsError:
        if not is_stored_file(path):
            raise LibraryError(
                f"{path} is not a file itself, but a link or a folder.",
                remedy='Work in another folder: ww.connect(directory="...").',
            ) from None
        make_private(path)
    except OSError as error:
        raise LibraryError(
            f"{path} cannot be opened: {error.strerror}.",
            remedy='Work in a folder that you can write to, or ww.connect(directory="...").',
        ) from error


def _close_all(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()


def _format_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _text(data: bytes) -> str:
    """A text of the file, whatever its bytes are: one that is damaged hides no other."""
    return data.decode("utf-8", "replace")


def _foreign(database: sqlite3.Connection, found: int) -> str | None:
    """What a file has that no library of its format has: triggers, views, other tables."""
    ours = _schema(found)
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master"):
        if ours.get(name) != _plain(sql) and name not in _OF_SQLITE:
            return f"a {kind} {str(name)[:_LONGEST_NAME]!r}"
    return None


@functools.cache
def _schema(found: int) -> dict[str, str | None]:
    """The statements that made each table and index of a format, by name."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        _apply(database, _STEPS[:found])
        return {
            name: _plain(sql)
            for name, sql in database.execute("SELECT name, sql FROM sqlite_master")
        }


def _plain(sql: object) -> str | None:
    """A statement without what differs between versions of SQLite."""
    return "".join(sql.replace('"', "").split()) if isinstance(sql, str) else None


def _apply(database: sqlite3.Connection, steps: Sequence[_Step]) -> None:
    for part in itertools.chain(*steps):
        if callable(part):
            part(database)
        else:
            for statement in filter(str.strip, part.split(";")):
                database.execute(statement)


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    try:
        database.execute(begin)
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
