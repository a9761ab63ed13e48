"""The SQLite file of a library: how it is opened, and used by threads and kernels at once."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import sys
import time
import uuid
import weakref
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import (
    as_library_error,
    create_private,
    is_stored_file,
    make_private,
    open_folder,
    write_private,
)
from wiro_widgets.library.forking import FORK_GATE
from wiro_widgets.library.formats import FORMAT, foreign_part, format_of, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


BUSY_SECONDS = 30.0
"""How long to wait for another program that holds the file."""
_OPEN_SECONDS = 5.0
"""How long SQLite may compute while the file is opened."""
_OPEN_STEPS = 100
"""After how many of SQLite's instructions that is looked at."""
_PROBE_BYTES = 64 * 1024
_LONGEST_VALUE = 50_000_000
"""Bytes of one value in the file."""
_SIDE_FILES = ("-journal", "-wal", "-shm")
_SUPER_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
"""How a rollback journal ends that names another file, which SQLite deletes."""


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
        with FORK_GATE.use():
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
            with FORK_GATE.use():
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
            raise _in_words(self.path, error) from error

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
        for suffix in _SIDE_FILES:
            _check_side_file(self.path.with_name(self.path.name + suffix))
        database = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            database.row_factory = sqlite3.Row
            database.text_factory = _text
            # The file may come from a stranger, and what is in it may take any time.
            until = time.monotonic() + _OPEN_SECONDS
            database.set_progress_handler(lambda: time.monotonic() > until, _OPEN_STEPS)
            if sys.version_info >= (3, 11):
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
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
            found = format_of(database)
            foreign = None if found > FORMAT else foreign_part(database, max(0, found))
        database.set_progress_handler(None, 0)
        if foreign:
            raise LibraryError(
                f"{self.path} has {foreign}, which wiro_widgets didn't create.",
                remedy="Remove it with the program that made it, or work in another folder.",
            )
        if found > FORMAT:
            raise LibraryError(
                f"{self.path} was written by a newer wiro_widgets (format {found}; this one reads"
                f" {FORMAT}).",
                remedy="Upgrade wiro_widgets, or work in another folder.",
            )
        if found < FORMAT:
            with _transaction(database):
                # It is looked at again: another kernel may have migrated it meanwhile.
                migrate(database)


def _create(path: Path) -> None:
    """Make the file with its final mode: a token must not be readable even for a moment.

    A file that exists must not be opened here: closing it again would drop the locks that SQLite
    holds on it for every connection of this process.
    """
    with as_library_error(path), contextlib.suppress(FileExistsError):
        create_private(path).close()
    if not is_stored_file(path):
        raise LibraryError(
            f"{path} is not a file itself, but a link or a folder.",
            remedy='Work in another folder: ww.connect(directory="...").',
        )
    make_private(path)


def _check_side_file(path: Path) -> None:
    """Refuse what SQLite must not open, or play back, beside the file.

    Raises:
        LibraryError: It is no file itself, or would have SQLite delete another file.
    """
    problem = None
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            problem = "is not a file itself"
        elif path.name.endswith(_SIDE_FILES[0]):
            with path.open("rb") as file:
                # Another kernel may be writing it, so that its size is known for a moment only.
                file.seek(max(0, file.seek(0, os.SEEK_END) - len(_SUPER_JOURNAL)))
                if file.read(len(_SUPER_JOURNAL)) == _SUPER_JOURNAL:
                    problem = "would have another file deleted"
    except FileNotFoundError:
        return
    except OSError as error:
        problem = f"can't be read: {error.strerror}"
    if problem:
        raise LibraryError(
            f"{path} {problem}.",
            remedy="wiro_widgets didn't create it. Delete it, or work in another folder.",
        )


def _in_words(path: Path, error: Exception) -> LibraryError:
    """A fault, with the system's own reason where SQLite only says that it failed."""
    why = str(error)
    remedy = "Free some disk space, or wait until no other program uses the file,"
    if "unable to open" in why or "disk I/O" in why:
        # Beside the file: closing one more descriptor of it would drop SQLite's locks.
        probe = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            write_private(bytes(_PROBE_BYTES), probe)
            probe.unlink()
        except OSError as found:
            why = found.strerror or why
            if found.errno == errno.EMFILE:
                remedy = "Close some files, or raise the limit on them (ulimit -n),"
    return LibraryError(f"{path} can't be used: {why}.", remedy=f"{remedy} then do the same again.")


def _close_all(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()


def _text(data: bytes) -> str:
    """A text of the file, whatever its bytes are: one that is damaged hides no other."""
    return data.decode("utf-8", "replace")


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
