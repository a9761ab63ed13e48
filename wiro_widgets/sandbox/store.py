"""What survives a restart: small JSON documents in SQLite, and files beside them."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .envelope import JSON


class StateInUseError(Exception):
    """Another server has the state directory open."""


class Store:
    """Documents by kind and key, each written atomically.

    One table is enough: the working copy is in memory, and the database is only read when a
    server starts. With the write-ahead log a commit survives the death of the process.

    Raises:
        StateInUseError: Another server has the directory open.
        OSError: The directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self.media = directory / "media"
        self.media.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(directory / "state.sqlite", timeout=0.5)
        try:
            # Exclusive: a second server on the same state would run every task twice.
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS documents"
                " (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )
            self._database.commit()
        except sqlite3.OperationalError as error:
            self._database.close()
            raise StateInUseError(str(directory)) from error

    def save(self, kind: str, key: str, body: JSON) -> None:
        """Write one document, replacing the previous one."""
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                (kind, key, json.dumps(body)),
            )

    def delete(self, kind: str, key: str) -> None:
        """Delete one document."""
        with self._database:
            self._database.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    def load(self, kind: str) -> list[JSON]:
        """All documents of one kind."""
        rows = self._database.execute("SELECT body FROM documents WHERE kind = ?", (kind,))
        return [json.loads(body) for (body,) in rows]

    def close(self) -> None:
        """Close the database and release the state directory."""
        self._database.close()
