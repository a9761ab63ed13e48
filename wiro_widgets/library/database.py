"""What SQLite and PostgreSQL have in common: connections, transactions, readable errors."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from wiro_widgets.library.forking import FORK_GATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Table

    from wiro_widgets.errors import LibraryError


class HeldInterrupts:
    """While this is entered in the main thread, Ctrl-C waits; it is let through at the end.

    An exception between any two lines, those of SQLAlchemy among them, could leave a transaction
    open and the file locked, for as long as a notebook keeps the traceback.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._before: Any = None
        self._came = False

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if not self._depth and signal.getsignal(signal.SIGINT) is not None:
            self._came = False
            self._before = signal.signal(signal.SIGINT, self._hold)
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        if not self._depth and self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
            if self._came:
                signal.raise_signal(signal.SIGINT)

    def _hold(self, *_: object) -> None:
        self._came = True


HELD_INTERRUPTS = HeldInterrupts()
"""The one of this process."""


class Database(ABC):
    """A SQLite file or a PostgreSQL, opened on first use.

    Safe to use from several threads and processes. Each thread that is at work has a connection
    to itself, so that no lock of ours is held while the disk or the network is waited for.

    Args:
        name: What messages call it; without a password.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine: Engine | None = None
        self._pid = os.getpid()
        self._opening = threading.Lock()

    def close(self) -> None:
        """Close what is not in use; it opens again when used."""
        with FORK_GATE.use():
            if self._engine is not None and self._pid == os.getpid():
                self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction: looking and writing are one step, for other kernels too.

        Raises:
            LibraryError: It cannot be written to; nothing was changed.
        """
        with self._connection(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for single statements, each of which is a transaction by itself.

        Raises:
            LibraryError: It cannot be read.
        """
        with self._connection(writes=False) as connection:
            yield connection

    @property
    def identity(self) -> str:
        """Tells this store from others, where its name may not."""
        return self.name

    @property
    @abstractmethod
    def exists(self) -> bool:
        """Whether there is anything to read, so that reading alone never creates the file."""

    @abstractmethod
    def now(self) -> float:
        """Unix time in seconds by the one clock that all users of this store go by."""

    @abstractmethod
    def _create_engine(self) -> Engine:
        """An engine for this process; opens nothing yet.

        Raises:
            LibraryError: A package that it needs is missing.
        """

    @abstractmethod
    def _options(self, *, writes: bool) -> dict[str, Any]:
        """How a connection is used: for one transaction, or for single statements."""

    @abstractmethod
    def _as_library_error(self, error: Exception) -> LibraryError:
        """What a fault of the store means to a person, and what to do about it."""

    @contextmanager
    def _connection(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with (
                HELD_INTERRUPTS,
                FORK_GATE.use(),
                self._of_this_process().connect() as connection,
            ):
                yield connection.execution_options(**self._options(writes=writes))
        except (SQLAlchemyError, UnicodeDecodeError) as error:
            # SQLite quotes a damaged file in its messages, and SQLAlchemy the values it was given.
            cause = getattr(error, "orig", None) or error
            raise self._as_library_error(cause) from None

    def _of_this_process(self) -> Engine:
        with self._opening:
            if self._pid != os.getpid():
                # Connections must not be used, nor closed, by a forked process.
                _inherited.append(self._engine)
                self._engine, self._pid = None, os.getpid()
            if self._engine is None:
                self._engine = self._create_engine()
                # When nobody holds it any more; not at exit, where a thread may still be writing.
                weakref.finalize(self, self._engine.dispose).atexit = False
            return self._engine


_inherited: list[Engine | None] = []
"""Engines of the process that this one was forked from."""


def insert_into(store: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that takes ON CONFLICT, which both stores have under one name.

    Args:
        store: The name of a connection's dialect.
        table: Where to.
    """
    return sqlite.insert(table) if store == "sqlite" else postgresql.insert(table)
