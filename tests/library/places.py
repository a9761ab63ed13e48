"""Where a library lives in tests: in a folder, or in a database that has the tables."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wiro_widgets.library.journal import Journal
from wiro_widgets.library.postgres import postgres_database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.library.servers import ObjectStore, PostgreSQL


@dataclass(frozen=True)
class Place:
    """A library that any process can use.

    Attributes:
        name: The store, for a table of results.
        address: Of the database; empty for a library that is a folder.
        environment: What a process must have set to use it, as a person sets it.
    """

    name: str
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def journal(self, folder: Path) -> Journal:
        """Its journal, as one more kernel that works in a folder opens it."""
        if not self.address:
            return Journal(folder / "wiro-runs")
        return Journal(folder / "wiro-runs", postgres_database(self.address))


SQLITE = Place("SQLite")


@functools.cache
def _template(server: PostgreSQL) -> str:
    """A database with the tables, which others are copies of: faster than to migrate each."""
    name = server.new_database()
    database = postgres_database(server.url(name))
    database.migrate()
    # Nobody may use what is copied.
    database.close()
    return name


def postgresql_place(server: PostgreSQL, objects: ObjectStore | None = None) -> Place:
    """A new library in a PostgreSQL, its clips in an emptied bucket if there is one."""
    address = server.url(server.new_database(_template(server)))
    environment = {"WIRO_LIBRARY": address}
    if objects is not None:
        objects.clear()
        environment |= {"WIRO_MEDIA": f"s3://{objects.bucket}/clips", **objects.environment}
    return Place("PostgreSQL", address, environment)
