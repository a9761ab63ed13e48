"""A journal that is damaged: it is set aside, and what can be read of it goes on in a new one."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
import struct
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import DAMAGED, SIDE_FILES, create_private
from wiro_widgets.library.formats import FORMAT, schema
from wiro_widgets.library.rescue import Rescue, format_of_rows, reader

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DAMAGE = ("malformed", "not a database", "vtable constructor failed", "invalid fts5")
_MAGIC = b"SQLite format 3\0"
_AT_FORMAT = 60
"""Where a file has its user_version, in the 4 bytes from there."""
_LOCKS = 0x40000000
"""The first of the 512 bytes that SQLite locks, in whatever way it locks a file."""
_CHECK_SECONDS = 60.0
_PAUSE_SECONDS = 0.05
_WAIT_SECONDS = 30.0
"""Another kernel may be doing the same: a large library takes some seconds."""
_kept_open: list[int] = []


def is_damage(error: BaseException) -> bool:
    """Whether an error of SQLite's says that a file is damaged, and not that it is in use."""
    # SQLite quotes the file in its messages, whatever bytes that has.
    return isinstance(error, UnicodeDecodeError) or (
        isinstance(error, sqlite3.DatabaseError) and any(word in str(error) for word in _DAMAGE)
    )


def was_set_aside(path: Path, file: tuple[int, int]) -> bool:
    """Whether a file (its device and inode) that was at a path is beside it now as a damaged one.

    The runs in the file that is at the path now are the same then.
    """
    for one in path.parent.glob(f"{DAMAGED}*{path.suffix}"):
        with contextlib.suppress(OSError):
            found = one.lstat()
            if (found.st_dev, found.st_ino) == file:
                return True
    return False


def set_aside(path: Path) -> str:
    """Set a damaged journal aside, and put one in its place that has what could be read of it.

    Whatever is interrupted, the damaged file is there, under one of the two names. No connection
    to it may be in use by this thread.

    Returns:
        What was done, for people to read; "" when the file is not damaged, or not any more.

    Raises:
        LibraryError: Another program is using the file, there is no room for a new one, it may not
            be written, or it is of a newer version. Nothing was changed.
    """
    fresh = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with _alone(path) as still_there:
            if not still_there or not needs_rescue(path):
                return ""
            kept = _free_name(path)
            rescue = Rescue(path)
            rescue.into(fresh)
            _second_name(path, kept)
            for suffix in SIDE_FILES:
                # Before the new file is there: SQLite would play the old one's journal back in it.
                with contextlib.suppress(FileNotFoundError):
                    path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
            fresh.replace(path)
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise LibraryError(
            f"{path} is damaged and can't be set aside: {why}.",
            remedy="Free some disk space and make sure that you can write to the folder, then do"
            " the same again.",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return f"{path} was damaged. {rescue.in_words(kept)}"


def _free_name(path: Path) -> Path:
    day = time.strftime("%Y-%m-%d")
    others = (path.with_name(f"{DAMAGED}{day}-{copy}{path.suffix}") for copy in itertools.count(2))
    names = itertools.chain([path.with_name(f"{DAMAGED}{day}{path.suffix}")], others)
    return next(one for one in names if not os.path.lexists(one))


def _second_name(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept)
    except OSError:
        # A file system without hard links.
        with create_private(kept) as copy, path.open("rb") as file:
            shutil.copyfileobj(file, copy)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """While nobody else reads or writes a file, by the lock that SQLite itself would take.

    Whoever has it open without a transaction under way goes on once they have seen that another
    file is at the path; SQLite refuses to write to one that is not at its path any more.

    Yields:
        Whether the file is still at its path: another kernel may have set it aside meanwhile.

    Raises:
        LibraryError: Somebody else is at it.
    """
    if sys.platform == "win32":
        yield True  # there, a file that somebody has open can't be replaced
        return
    file = os.open(path, os.O_RDWR)
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            _lock(file)
            break
        except (BlockingIOError, PermissionError):
            if time.monotonic() > until:
                # Closing it would drop the locks of this process that another thread relies on.
                _kept_open.append(file)
                raise LibraryError(
                    f"{path} is damaged, and another program is using it.",
                    remedy="Shut down the other kernels that use this folder, then do the same"
                    " again.",
                ) from None
            time.sleep(_PAUSE_SECONDS)
    try:
        yield os.path.samestat(os.fstat(file), path.stat())
    finally:
        os.close(file)


if sys.platform != "win32":

    def _lock(file: int) -> None:
        """Lock a file as SQLite does, and where possible against other threads as well."""
        if sys.platform == "linux":
            fields = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, _LOCKS, 512, 0)
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, fields)
        else:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 512, _LOCKS)


def needs_rescue(path: Path) -> bool:
    """Whether a file of ours is damaged.

    Raises:
        LibraryError: It is damaged, and another program's or of a newer version.
    """
    tables: list[Any] = []
    with reader(path, _CHECK_SECONDS) as database:
        try:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master")]
            if _is_whole(database, tables):
                return False
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
    with path.open("rb") as file:
        head = file.read(_AT_FORMAT + 4)
    whose = None
    if head.startswith(_MAGIC) and int.from_bytes(head[_AT_FORMAT:], "big") > FORMAT:
        whose = "it was written by a newer wiro_widgets"
    elif tables and not set(tables) & set(schema(FORMAT)) and format_of_rows(path) is None:
        whose = "wiro_widgets didn't create it"
    if whose:
        raise LibraryError(
            f"{path} is damaged, and {whose}.",
            remedy="Move it out of the folder to begin a new library there.",
        )
    return True


def _is_whole(database: sqlite3.Connection, tables: list[Any]) -> bool:
    if [row[0] for row in database.execute("PRAGMA integrity_check(1)")] != ["ok"]:
        return False
    if "run_texts" in tables:
        # That check passes over what a full-text table keeps in its own way.
        database.execute("SELECT 1 FROM run_texts LIMIT 1").fetchall()
        database.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, run_texts, row)")
        database.execute("SELECT SUM(cnt) FROM temp.words").fetchall()
        counts = [
            database.execute(f"SELECT COUNT(*) FROM run_texts_{part}").fetchone()[0]  # noqa: S608
            for part in ("content", "docsize")
        ]
        return bool(counts[0] == counts[1])
    return True
