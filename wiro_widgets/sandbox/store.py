"""What must survive a restart: small JSON documents in SQLite, and files beside them."""

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
    """Documents by kind and key, each written at once and whole.

    One table is enough: the working copy lives in memory, this is only read when a server
    starts. The write-ahead log makes a commit survive the death of the process.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
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
        """Write one document, replacing what was there."""
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                (kind, key, json.dumps(body)),
            )

    def delete(self, kind: str, key: str) -> None:
        """Forget one document."""
        with self._database:
            self._database.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    def load(self, kind: str) -> list[JSON]:
        """All documents of one kind."""
        rows = self._database.execute("SELECT body FROM documents WHERE kind = ?", (kind,))
        return [json.loads(body) for (body,) in rows]

    def close(self) -> None:
        """Let go of the state directory."""
        self._database.close()
