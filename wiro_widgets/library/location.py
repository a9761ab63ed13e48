"""Where a library is: a folder, or a PostgreSQL and an object store that several people share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wiro_widgets.errors import InputError
from wiro_widgets.library.media_store import MediaStore
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
        """Try what is not on this computer, with calls that change nothing.

        Raises:
            LibraryError: It can't be reached or used, or has no tables of this version.
        """
        if self.database is not None:
            with self.database.reading():
                pass
        if self.media is not None:
            self.media.check()


def location(where: Path | str | None = None, media: str | None = None) -> Location:
    """Where a library is, by what a person says or the environment has. Opens nothing.

    Args:
        where: A folder, or the address of a PostgreSQL, ``postgresql+psycopg://user@host/name``.
            None takes it from ``WIRO_LIBRARY``; without that it is ``wiro-runs`` beside the
            notebook.
        media: Address of an object store, ``s3://bucket/path``. None takes it from ``WIRO_MEDIA``
            when the library itself is from the environment.

    Raises:
        InputError: It is no such address.
        LibraryError: A package that it needs is missing.
    """
    if where is None:
        where = os.environ.get(LIBRARY_VARIABLE, "").strip() or DEFAULT_DIRECTORY
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
    from wiro_widgets.library.postgres import postgres_database  # noqa: PLC0415 - of a team

    database = postgres_database(where)
    return Location(Path(DEFAULT_DIRECTORY, database.folder), database, store)
