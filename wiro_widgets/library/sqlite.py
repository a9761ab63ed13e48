"""The SQLite file of a library: how it is opened, and used by threads and kernels at once."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import stat
import sys
import threading
import time
import uuid
import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.damaged import is_damage, set_aside, was_set_aside
from wiro_widgets.library.database import HELD_INTERRUPTS, Database
from wiro_widgets.library.folder import (
    OTHER_FOLDER,
    SIDE_FILES,
    as_library_error,
    create_private,
    hold_folder,
    is_stored_file,
    make_private,
    moved_away,
    open_folder,
    write_private,
)
from wiro_widgets.library.forking import FORK_GATE
from wiro_widgets.library.formats import FORMAT, foreign_part, format_of, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

_logger = logging.getLogger("wiro_widgets.library")

BUSY_SECONDS = 30.0
"""How long to wait for another program that holds the file."""
_KEPT_OPEN = 5
"""Connections that stay open between uses; more are opened as threads need them."""
_OPEN_SECONDS = 5.0
"""How long SQLite may compute while the file is opened."""
_OPEN_STEPS = 100
"""After how many of SQLite's instructions that is looked at."""
_OLDEST = (3, 34, 0)
"""The first SQLite that searches any part of a word by an index."""
_VAGUE = ("unable to open", "disk I/O", "readonly")
_WITHOUT_RIGHTS = (errno.EROFS, errno.EACCES, errno.EPERM)
_PROBE_BYTES = 64 * 1024
_LONGEST_VALUE = 50_000_000
"""Bytes of one value in the file."""
_SUPER_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
"""How a rollback journal ends that names another file, which SQLite deletes."""

_files: weakref.WeakValueDictionary[Path, SqliteFile] = weakref.WeakValueDictionary()


def sqlite_file(path: Path) -> SqliteFile:
    """The one of this process for a path."""
    return _files.setdefault(path, SqliteFile(path))


class SqliteFile(Database):
    """One SQLite file.

    Args:
        path: The file; it and its folder are made when missing, readable by their owner only,
            since the journal holds task tokens.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
        self._place = _Place(path)
        self._turn = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return is_stored_file(self.path)

    def now(self) -> float:
        """Unix time in seconds: all who use a file are on this computer."""
        return time.time()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction; the threads of this process write in turn.

        SQLite has them wait as well, but looks only every tenth of a second, and in no order.

        Raises:
            LibraryError: The file cannot be written; nothing was changed.
        """
        # Nothing is forked meanwhile: in the copy, nobody would ever give the turn back.
        with HELD_INTERRUPTS, FORK_GATE.use():
            if not self._turn.acquire(timeout=BUSY_SECONDS):
                raise _in_words(self.path, sqlite3.OperationalError("database is locked"))
            try:
                with super().transaction() as connection:
                    yield connection
            finally:
                self._turn.release()

    def _create_engine(self) -> Engine:
        # Not a method of this object, which the engine would then keep alive.
        place = self._place
        engine = create_engine(
            "sqlite://",
            creator=place.open,
            poolclass=QueuePool,
            pool_size=_KEPT_OPEN,
            max_overflow=-1,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(engine, "begin", _begin)
        event.listen(engine, "checkout", place.check_connection)
        return engine

    def _options(self, *, writes: bool) -> dict[str, Any]:
        return {"writes": writes}

    def _as_library_error(self, error: BaseException) -> LibraryError:
        if is_damage(error):
            self.close()
            if said := set_aside(self.path):
                return LibraryError(said, remedy="Do the same again to go on.")
        return _in_words(self.path, error)


class _Place:
    """Where a file is, and which file has been there since this process first opened it.

    Runs are known by their numbers, which are others in another library: what is under way must
    not be written down in whatever file comes to be at the same path.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None

    def open(self) -> sqlite3.Connection:
        """A new connection to the file, which is made when missing and mended when damaged.

        Raises:
            LibraryError: It may not be used, or has gone since this process opened it first.
        """
        self._check()
        try:
            database = _open(self._path)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            if said := set_aside(self._path):
                _logger.warning("%s", said)
            self._check()
            database = _open(self._path)
        if self._file is None:
            self._file = _identity(self._path)
            hold_folder(self._path.parent, self)
        return database

    def check_connection(
        self, _connection: object, record: ConnectionPoolEntry, _proxy: object
    ) -> None:
        """Refuse, or open anew, a connection that is not to the file at the path.

        Raises:
            LibraryError: The file or its folder has gone, or another one is in its place.
            DisconnectionError: The file is another one, with the same runs.
        """
        self._check()
        if record.info.setdefault("file", self._file) != self._file:
            raise DisconnectionError

    def _check(self) -> None:
        if self._file is None:
            return
        try:
            found = _identity(self._path)
        except FileNotFoundError:
            folder = self._path.parent
            raise moved_away(self._path if folder.is_dir() else folder) from None
        except OSError:
            return  # using it will say why
        if found == self._file:
            return
        if not was_set_aside(self._path, self._file):
            raise LibraryError(
                f"{self._path} has been replaced by another file while this program was using it.",
                remedy="Put the first one back, or restart the kernel to use the new one.",
            )
        self._file = found


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open(path: Path) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < _OLDEST:
        wanted = ".".join(map(str, _OLDEST[:2]))
        raise LibraryError(
            f"This Python has SQLite {sqlite3.sqlite_version}, and wiro_widgets needs {wanted}.",
            remedy="Use a newer Python; those of python.org, conda and uv all have it.",
        )
    open_folder(path.parent)
    _create(path)
    for suffix in SIDE_FILES:
        _check_side_file(path.with_name(path.name + suffix))
    database = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
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
        _migrate(path, database)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(path: Path, database: sqlite3.Connection) -> None:
    """Make the tables, or change those of an earlier format."""
    with _transaction(database, "BEGIN"):
        found = format_of(database)
        foreign = None if found > FORMAT else foreign_part(database, max(0, found))
    database.set_progress_handler(None, 0)
    if foreign:
        raise LibraryError(
            f"{path} has {foreign}, which wiro_widgets didn't create.",
            remedy="Remove it with the program that made it, or work in another folder.",
        )
    if found > FORMAT:
        raise LibraryError(
            f"{path} was written by a newer wiro_widgets (format {found}; this one reads"
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
        elif path.name.endswith(SIDE_FILES[0]):
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


def _in_words(path: Path, error: BaseException) -> LibraryError:
    """A fault, with the system's own reason where SQLite only says that it failed."""
    why = str(error)
    remedy = (
        "Free some disk space, or wait until no other program uses the file, then do the same"
        " again."
    )
    if any(words in why for words in _VAGUE):
        # Beside the file: closing one more descriptor of it would drop SQLite's locks.
        probe = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            write_private(bytes(_PROBE_BYTES), probe)
            probe.unlink()
        except OSError as found:
            why = found.strerror or why
            if found.errno == errno.EMFILE:
                remedy = (
                    "Close some files, or raise the limit on them (ulimit -n), then do the same"
                    " again."
                )
            elif found.errno in _WITHOUT_RIGHTS:
                remedy = OTHER_FOLDER
    return LibraryError(f"{path} can't be used: {why}.", remedy=remedy)


def _text(data: bytes) -> str:
    """A text of the file, whatever its bytes are: one that is damaged hides no other."""
    return data.decode("utf-8", "replace")


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    try:
        database.execute(begin)
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
