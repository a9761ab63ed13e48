"""The file behind a library: its tables, how it is opened, and how an older one is brought up.

The journal holds task tokens: it is readable by its owner only.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# One script for each format: a journal of format n needs those from n on. Released scripts are
# never edited.
_SCRIPTS = (
    """
    CREATE TABLE IF NOT EXISTS runs (
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
    CREATE INDEX IF NOT EXISTS runs_by_fingerprint ON runs (fingerprint, service);
    """,
    """
    CREATE TABLE IF NOT EXISTS judgments (
        number      INTEGER PRIMARY KEY REFERENCES runs (number),
        starred     INTEGER NOT NULL,
        rating      INTEGER NOT NULL,
        tags        TEXT NOT NULL,
        note        TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS votes (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run    INTEGER NOT NULL REFERENCES runs (number),
        right_run   INTEGER NOT NULL REFERENCES runs (number),
        outcome     TEXT NOT NULL,
        created     REAL NOT NULL
    );
    """,
)
_FORMAT = len(_SCRIPTS)


class Journal:
    """One sqlite file, opened on first use. Safe to use from several threads and kernels.

    Args:
        path: The file; it and its folder are made when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; it opens again by itself when used."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; looking and writing are one step, for other kernels too."""
        with self.reading() as database, _one_step(database):
            yield database

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For a single question, which needs no transaction and holds up no other kernel."""
        with self._lock:
            self._database = self._database or self._open()
            yield self._database

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Created with its final mode: a token must not be readable even for a moment.
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        database = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            database.row_factory = sqlite3.Row
            # An accepted run must survive a power cut: sqlite's own default, said on purpose.
            database.execute("PRAGMA synchronous = FULL")
            self._bring_up(database)
        except BaseException:
            database.close()
            raise
        # When nobody holds the journal any more; not at exit, where a thread may be writing still.
        weakref.finalize(self, database.close).atexit = False
        return database

    def _bring_up(self, database: sqlite3.Connection) -> None:
        """Make the tables, or add those that a journal of an earlier version lacks."""
        found = _format_of(database)
        if found > _FORMAT:
            raise RuntimeError(
                f"{self.path} was written by a newer wiro_widgets (format {found}, this one reads"
                f" {_FORMAT}). Upgrade wiro_widgets, or work in another folder."
            )
        if found < _FORMAT:
            with _one_step(database):
                # Asked again inside: another kernel may have brought it up meanwhile.
                for script in _SCRIPTS[_format_of(database) :]:
                    for statement in filter(str.strip, script.split(";")):
                        database.execute(statement)
                database.execute(f"PRAGMA user_version = {_FORMAT}")


def _format_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _one_step(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
