"""What survives a restart: small JSON documents in SQLite, and files beside them.

All of it is for the eyes of the user who runs the server, whatever it was before: there are keys,
secrets, tokens and pictures in it.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import sqlite3
import stat
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .messages import JSON

_DATABASE = "state.sqlite"
_DATABASE_FILES = (_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm", f"{_DATABASE}-journal")
_MEDIA = "media"
_MEDIA_NAME = re.compile(r"[0-9a-f]{32}(\..+)?")


_ALPHANUMERIC = string.ascii_letters + string.digits
_TOKEN_LENGTH = 30


def token(length: int = _TOKEN_LENGTH) -> str:
    """Random alphanumeric text, like ``socketaccesstoken`` and ``accesskey``."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def hex_groups() -> str:
    """Eight groups of eight hexadecimal digits, the directory of a file on the CDN."""
    digits = secrets.token_hex(32)
    return "-".join(digits[start : start + 8] for start in range(0, 64, 8))


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
        self.media = directory / _MEDIA
        _make_private(directory)
        self._database = sqlite3.connect(directory / _DATABASE, timeout=0.5)
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

    def stored_files(self) -> Iterator[Path]:
        """The files that are ours by their names, whole or not; anything else is left alone."""
        return _ours_in(self.media)

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


def _make_private(directory: Path) -> None:
    """Make the directory where it is missing, and take from others what they may do with it.

    Raises:
        OSError: It cannot be changed; or it is full of other things and others can write to it; or
            there are links in it, through which the server would write somewhere else.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    media = directory / _MEDIA
    ours = [directory / name for name in _DATABASE_FILES if os.path.lexists(directory / name)]
    if any(path.is_symlink() for path in (media, *ours)):
        raise OSError(errno.ELOOP, "there are symbolic links in it")
    if ours or not any(directory.iterdir()):
        directory.chmod(0o700)
    elif directory.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        # A folder of other things, a shared one perhaps: its mode is not ours to change.
        raise OSError(errno.EPERM, "other users can write to it")
    media.mkdir(mode=0o700, exist_ok=True)
    media.chmod(0o700)
    for path in (*ours, *_ours_in(media)):
        path.chmod(0o600)


def _ours_in(media: Path) -> Iterator[Path]:
    return (
        path
        for path in media.iterdir()
        if _MEDIA_NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    )
