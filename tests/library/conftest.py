"""A library on either store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.library.places import SQLITE, Place, postgresql_place

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.library.journal import Journal


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty library."""
    if request.param == "SQLite":
        return SQLITE
    return postgresql_place(request.getfixturevalue("database_server"))


@pytest.fixture
def journal(place: Place, tmp_path: Path) -> Journal:
    """Its journal."""
    return place.journal(tmp_path)
