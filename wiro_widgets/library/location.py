"""Where a library is: a folder, or a PostgreSQL and an object store that several people share."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from sqlalchemy import func, select

from wiro_widgets.errors import InputError
from wiro_widgets.library.damaged import needs_rescue, set_aside
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.media_store import MediaStore
from wiro_widgets.library.postgres import PostgresDatabase, postgres_database
from wiro_widgets.library.records import Service
from wiro_widgets.library.report import folder_report
from wiro_widgets.library.tables import runs
from wiro_widgets.library.totals import spent
from wiro_widgets.schema.values import words_for

if TYPE_CHECKING:
    from wiro_widgets.library.database import Database

DEFAULT_DIRECTORY = "wiro-runs"
LIBRARY_VARIABLE = "WIRO_LIBRARY"
MEDIA_VARIABLE = "WIRO_MEDIA"


class Location(NamedTuple):
    """Where a library is."""

    directory: Path
    """The folder of its files on this computer."""
    database: Database | None = None
    """Where its rows are; None for a file in the folder."""
    media: MediaStore | None = None
    """Where its files are for other computers too; None for the folder alone."""

    def check(self) -> None:
        """Try what is not on this computer; no run is changed.

        Raises:
            LibraryError: It can't be reached or used, or has no tables of this version.
        """
        if self.database is not None:
            with self.database.reading():
                pass
        if self.media is not None:
            self.media.check()


def migrate_library(where: Path | str | None = None, media: str | None = None) -> list[str]:
    """Make the tables of a library, or bring those of an earlier version up to date.

    Returns:
        What was done, in sentences.

    Raises:
        InputError: It is no folder and no address.
        LibraryError: It can't be reached or changed, or a newer version made it.
    """
    place = location(where, media)
    if isinstance(place.database, PostgresDatabase):
        return [place.database.migrate()]
    # Opening a folder's file migrates it.
    return [f"{_count(open_journal(place))} Its tables are up to date."]


def check_library(where: Path | str | None = None, media: str | None = None) -> list[str]:
    """Whether a library can be used and what is in it, in sentences. No run is changed.

    Raises:
        InputError: It is no folder and no address.
        LibraryError: It can't be used; the message says why and what to do.
    """
    place = location(where, media)
    place.check()
    journal = open_journal(place)
    if not journal.database.exists:
        return [f"{journal.address} has no runs yet."]
    damage = ""
    path = journal.directory / "journal.sqlite"
    # A file that another kernel is using, or that may only be read, is as good as it is.
    with contextlib.suppress(sqlite3.OperationalError):
        if place.database is None and needs_rescue(path):
            damage = set_aside(path)
    said = [*filter(None, [damage]), _count(journal)]
    with journal.database.reading() as connection:
        for service in get_args(Service):
            spending = spent(connection, service)
            if spending.clips:
                said.append(f"{service.capitalize()}: {spending}.")
    if place.media is not None:
        said.append(f"Clips are in {place.media}, which can be read.")
    elif place.database is None:
        said.extend(folder_report(journal))
    return said


def _count(journal: Journal) -> str:
    with journal.database.reading() as connection:
        count = connection.scalar(select(func.count()).select_from(runs)) or 0
    return f"{journal.address} has {count:,} run{'' if count == 1 else 's'}."


def open_journal(place: Location, account: str = "") -> Journal:
    """The journal there; opened when it is first used."""
    return Journal(place.directory, place.database, media=place.media, account=account)


def location(where: Path | str | None = None, media: str | None = None) -> Location:
    """Where a library is, by what a person says or the environment has. Opens nothing.

    Args:
        where: A folder, or the address of a PostgreSQL, ``postgresql+psycopg://user@host/name``.
            None takes it from ``WIRO_LIBRARY``; without that it is ``wiro-runs`` beside the
            notebook.
        media: Address of an object store, ``s3://bucket/path``. None takes it from ``WIRO_MEDIA``
            unless the library is a folder that is named here.

    Raises:
        InputError: It is no such address.
        LibraryError: A package that it needs is missing.
    """
    if where is None:
        where = os.environ.get(LIBRARY_VARIABLE, "").strip() or DEFAULT_DIRECTORY
        media = media or os.environ.get(MEDIA_VARIABLE, "").strip() or None
    elif isinstance(where, str) and "://" in where:
        media = media or os.environ.get(MEDIA_VARIABLE, "").strip() or None
    if not isinstance(where, str | os.PathLike):
        raise InputError(
            f"A library can't be {words_for(where)}.",
            field="where",
            remedy='Use a folder, or an address such as "postgresql+psycopg://user@host/name".',
        )
    store = None if media is None else MediaStore(media)
    if not (isinstance(where, str) and "://" in where):
        return Location(Path(where), None, store)
    database = postgres_database(where)
    return Location(Path(DEFAULT_DIRECTORY, database.folder), database, store)
