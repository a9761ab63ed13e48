"""A PostgreSQL as the store of a library that several people and machines share."""

from __future__ import annotations

import hashlib
import math
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError

from wiro_widgets.errors import InputError, LibraryError
from wiro_widgets.library.database import Database

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

REVISION = 4
"""The newest in `wiro_widgets.library.revisions`."""
_VERSION_TABLE = "wiro_widgets_revision"
_DRIVER = "postgresql+psycopg"
_SCHEMES = frozenset({_DRIVER, "postgresql", "postgres"})
_EXAMPLE = "postgresql+psycopg://user@host/database"
_KEPT_OPEN = 2
"""Connections of one process that stay open between uses; a server has about 100 for everybody."""
_MORE = 6
_RECYCLED_SECONDS = 900.0
_TRIED_SECONDS = 0.5
"""How long a connection may lie unused and be taken to work all the same."""
_CLOCK_SECONDS = 60.0
"""How long the difference between the server's clock and ours is taken to stay the same."""
_CLOCK_JUMP = 0.5
_FOLDER_DIGITS = 8
_MIGRATIONS = 0x_7769_726F
"""Number of the lock that keeps two people from migrating at once."""
_CONNECT = {
    "connect_timeout": 5,
    "application_name": "wiro_widgets",
    # A server that is gone without a word must not hold a thread for ever.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_LIMITS = "-c lock_timeout=20s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
"""What the server ends: nobody waits for ever for a computer that sleeps in a transaction."""

_databases: weakref.WeakValueDictionary[str, PostgresDatabase] = weakref.WeakValueDictionary()


def postgres_database(address: str) -> PostgresDatabase:
    """The one of this process for an address.

    Args:
        address: ``postgresql+psycopg://user:password@host/database``; what is left out comes from
            the environment and from ``~/.pgpass``, as for all programs of PostgreSQL.

    Raises:
        InputError: It is no such address.
    """
    return _databases.setdefault(address, PostgresDatabase(_url(address)))


class PostgresDatabase(Database):
    """One database.

    Args:
        url: Its address.
    """

    def __init__(self, url: URL) -> None:
        super().__init__(url.set(query={}).render_as_string(hide_password=True))
        self.url = url
        self._checked = False
        self._clock: tuple[float, float] | None = None
        self._ahead = 0.0

    @property
    def identity(self) -> str:
        """Digest of what tells this database from others: also of its port, and its schema."""
        parts = (self.url.host, self.url.port, self.url.database, *sorted(self.url.query.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def folder(self) -> str:
        """A name for the folder that keeps copies of its clips on this computer."""
        name = f"{self.url.database or self.url.username or 'library'}@{self.url.host or 'local'}"
        if self.url.port or self.url.query:
            # Another server, or other tables, whose runs have the same numbers.
            name += f"-{self.identity[:_FOLDER_DIGITS]}"
        return "".join(sign if sign.isalnum() or sign in "@.-_" else "-" for sign in name)

    @property
    def exists(self) -> bool:
        """Others may have used it."""
        return True

    def now(self) -> float:
        """Unix time in seconds by the server's clock, since those of its users may differ.

        Raises:
            LibraryError: It cannot be reached.
        """
        ours, passed = time.time(), time.monotonic()
        before = self._clock
        if (
            before is None
            or passed - before[1] > _CLOCK_SECONDS
            # Our own clock was set, or this computer slept.
            or abs((ours - before[0]) - (passed - before[1])) > _CLOCK_JUMP
        ):
            with self.reading() as connection:
                read = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
            self._ahead, self._clock = float(read) - time.time(), (ours, passed)
        return time.time() + self._ahead

    def migrate(self) -> str:
        """Make the tables, or bring those of an earlier version up to date.

        Returns:
            What was done, as a sentence.

        Raises:
            LibraryError: A newer version made them, or it may not.
        """
        try:
            from alembic import command, config  # noqa: PLC0415 - of the extra "team"
        except ImportError as error:
            raise _missing(error) from None
        settings = config.Config()
        settings.set_main_option("script_location", str(Path(__file__).parent / "revisions"))
        self._checked = True
        try:
            with self.transaction() as connection:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATIONS})"))
                found = self._revision(connection)
                self._refuse_newer(found)
                settings.attributes["connection"] = connection
                settings.attributes["version_table"] = _VERSION_TABLE
                command.upgrade(settings, "head")
        except BaseException:
            self._checked = False
            raise
        if found == REVISION:
            return f"{self.name} is up to date (format {REVISION})."
        was = "was empty" if found == 0 else f"had format {found}"
        return f"{self.name} {was} and now has format {REVISION}."

    def _create_engine(self) -> Engine:
        try:
            engine = create_engine(
                self.url,
                pool_size=_KEPT_OPEN,
                max_overflow=_MORE,
                pool_use_lifo=True,
                pool_recycle=_RECYCLED_SECONDS,
                hide_parameters=True,
                connect_args={
                    **_CONNECT,
                    **self.url.query,
                    "options": f"{_LIMITS} {self.url.query.get('options', '')}".strip(),
                },
            )
        except ImportError as error:
            raise _missing(error) from None
        event.listen(engine, "checkin", _left)
        event.listen(engine, "checkout", _tried)
        return engine

    def _options(self, *, writes: bool) -> dict[str, Any]:
        if not self._checked:
            self._check_revision()
        return {} if writes else {"isolation_level": "AUTOCOMMIT"}

    def _check_revision(self) -> None:
        self._checked = True
        try:
            with self.reading() as connection:
                found = self._revision(connection)
        except BaseException:
            self._checked = False
            raise
        self._checked = found == REVISION
        self._refuse_newer(found)
        if found != REVISION:
            has = "has no tables of wiro_widgets yet" if found == 0 else f"has format {found}"
            raise LibraryError(
                f"{self.name} {has}; this version reads {REVISION}.",
                remedy="Whoever looks after the database runs once: wiro-widgets library migrate"
                " ADDRESS, with the role that owns the tables.",
            )

    def _revision(self, connection: Connection) -> int:
        there = connection.scalar(text("SELECT to_regclass(:name)"), {"name": _VERSION_TABLE})
        if there is None:
            return 0
        return int(connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}")) or 0)  # noqa: S608 - our own name

    def _refuse_newer(self, found: int) -> None:
        if found > REVISION:
            raise LibraryError(
                f"{self.name} was migrated by a newer wiro_widgets (format {found}; this one reads"
                f" {REVISION}).",
                remedy="Upgrade wiro_widgets.",
            )

    def _as_library_error(self, error: BaseException) -> LibraryError:
        # The first line: those that follow quote the statement and its values.
        why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        password = self.url.password
        if password:
            why = why.replace(str(password), "***")
        state = str(getattr(error, "sqlstate", None) or "")
        return LibraryError(f"{self.name} can't be used: {why}.", remedy=_remedy(state))


def _left(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["left"] = time.monotonic()


def _tried(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Have a connection that the server has closed meanwhile replaced.

    SQLAlchemy's own `pool_pre_ping` asks the server each time, five times for a run.
    """
    if time.monotonic() - record.info.get("left", math.inf) > _TRIED_SECONDS:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError from error


_REMEDIES = {
    "28": "Check the user and the password (PGPASSWORD, or ~/.pgpass), then do the same again.",
    "3D": "Make the database first (createdb), then: wiro-widgets library migrate ADDRESS.",
    "42": "Ask whoever looks after the database for the rights that docs/team.md lists.",
    "53": "The server has no room: free some disk space or connections, then do the same again.",
    "55": "Somebody else holds a lock; do the same again.",
    "40": "Another computer changed the same at that moment; do the same again.",
    "25": "The server takes no writes: connect to the primary one, or have it take them.",
}
"""By the class of an SQLSTATE: the first two signs of PostgreSQL's error code."""


def _remedy(state: str) -> str:
    found = _REMEDIES.get(state[:2])
    return found or "Check that the server runs and can be reached, then do the same again."


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    scheme = address.partition("://")[0]
    if scheme in _SCHEMES and (url is None or set(url.host or "") & set("@/")):
        # Not repeated: a password with a bare "@" looks like a part of the host.
        raise InputError(
            "That is no address of a PostgreSQL.",
            field="where",
            remedy=f"Write it as {_EXAMPLE}. In a password write %40 for @ and %2F for /, or keep"
            " the password in ~/.pgpass.",
        )
    if url is not None and url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername=_DRIVER)
    if url is None or url.drivername != _DRIVER:
        raise InputError(
            f"A library can't be at an address that begins with {scheme}://.",
            field="where",
            remedy=f"Use a folder, or a PostgreSQL: {_EXAMPLE}.",
        )
    return url


def _missing(error: ImportError) -> LibraryError:
    return LibraryError(
        f"A library in PostgreSQL needs {error.name}, which isn't installed.",
        remedy="Run: pip install 'wiro-widgets[team]'",
    )
