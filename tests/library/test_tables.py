"""Both stores have the tables that `tables.py` describes, however they came to have them."""

from __future__ import annotations

import importlib.resources
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from tests.library.places import Place, postgresql_place
from wiro_widgets.cli import main
from wiro_widgets.errors import InputError, LibraryError
from wiro_widgets.library import postgres
from wiro_widgets.library.formats import FORMAT
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.location import location
from wiro_widgets.library.postgres import postgres_database
from wiro_widgets.library.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from tests.library.servers import PostgreSQL


@pytest.fixture
def shared(database_server: PostgreSQL) -> Place:
    """A migrated library in a PostgreSQL."""
    return postgresql_place(database_server)


def test_a_database_has_the_tables_that_are_described(shared: Place) -> None:
    with postgres_database(shared.address).reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda *one: one[1] != "wiro_widgets_revision"}
        )
        assert compare_metadata(context, metadata) == []


def test_a_file_has_the_tables_that_are_described(journal_of_folder: Journal) -> None:
    """Types and defaults too, but for the full-text table, which has none."""
    path = journal_of_folder.directory / "journal.sqlite"
    described = create_engine("sqlite://")
    metadata.create_all(described)
    ours = create_engine(f"sqlite:///{path}")
    for table in metadata.tables:
        if table == "run_texts":
            continue
        assert _columns(ours, table) == _columns(described, table), table
        assert _indexes(ours, table) == _indexes(described, table), table


@pytest.fixture
def journal_of_folder(tmp_path: Path) -> Journal:
    """A journal that has been opened."""
    journal = Journal(tmp_path / "wiro-runs")
    assert journal.records() == []
    return journal


def _columns(engine: Any, table: str) -> list[tuple[Any, ...]]:
    return [
        (one["name"], _kind(one["type"]), one["nullable"], (one["default"] or "").strip("'"))
        for one in inspect(engine).get_columns(table)
        if one["name"] not in inspect(engine).get_pk_constraint(table)["constrained_columns"]
    ]


def _kind(type_: Any) -> str:
    """SQLite keeps whole numbers of any size alike, and votes and ratings are older than others."""
    return re.sub("SMALLINT|BIGINT", "INTEGER", re.sub("REAL", "DOUBLE", str(type_)))


def _indexes(engine: Any, table: str) -> list[str]:
    """The statements that made them; those of a primary key have none."""
    statement = text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table")
    with engine.connect() as connection:
        found = connection.scalars(statement, {"table": table}).all()
    return sorted(" ".join(sql.split()) for sql in found if sql)


def test_both_stores_count_formats_alike() -> None:
    versions = importlib.resources.files("wiro_widgets.library.revisions.versions")
    assert f"r{FORMAT}_first.py" in {one.name for one in versions.iterdir()}
    assert postgres.REVISION == FORMAT


def test_an_empty_database_is_migrated_by_a_command_and_not_by_a_look(
    database_server: PostgreSQL, capsys: pytest.CaptureFixture[str]
) -> None:
    address = database_server.url(database_server.new_database())
    with pytest.raises(LibraryError, match="has no tables of wiro_widgets yet") as found:
        location(address).check()
    assert "wiro-widgets library migrate" in found.value.remedy
    assert main(["library", "migrate", address]) == 0
    assert "was empty and now has format" in capsys.readouterr().out
    assert main(["library", "migrate", address]) == 0
    assert "is up to date" in capsys.readouterr().out
    assert main(["library", "check", address]) == 0
    assert "has 0 runs." in capsys.readouterr().out
    location(address).check()


def test_a_newer_database_is_refused(shared: Place) -> None:
    with postgres_database(shared.address).transaction() as connection:
        connection.execute(text("UPDATE wiro_widgets_revision SET version_num = '99'"))
    for use in (location(shared.address).check, postgres_database(shared.address).migrate):
        postgres_database(shared.address)._checked = False
        with pytest.raises(LibraryError, match="was migrated by a newer wiro_widgets"):
            use()


def test_a_newer_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        database.execute("PRAGMA user_version = 99")
    assert main(["library", "check", str(tmp_path)]) == 2
    assert "was written by a newer wiro_widgets" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["mysql://host/name", "sqlite:///runs.sqlite", "http://host"])
def test_another_kind_of_database_is_refused_by_name(address: str) -> None:
    with pytest.raises(InputError, match=f"begins with {address.partition(':')[0]}://") as found:
        location(address)
    assert found.value.field == "where"
    assert "postgresql+psycopg://" in found.value.remedy


def test_a_password_is_in_no_message(database_server: PostgreSQL) -> None:
    address = "postgresql+psycopg://wiro:hush-hush@127.0.0.1:9/wiro"
    with pytest.raises(LibraryError, match="can't be used") as found:
        location(address).check()
    for text_ in (str(found.value), repr(location(address)), location(address).database.name):
        assert "hush-hush" not in text_
    assert "wiro:***@127.0.0.1" in str(found.value)


def test_a_password_with_a_bare_at_sign_is_not_taken_for_a_host() -> None:
    with pytest.raises(InputError, match="no address of a PostgreSQL") as found:
        location("postgresql://ada:S3cr@t-tail@127.0.0.1/wiro")
    assert "%40" in found.value.remedy
    assert "t-tail" not in str(found.value)


def test_other_tables_of_one_server_are_another_library() -> None:
    """And have a folder of their own here, since their runs have the same numbers."""
    address = "postgresql+psycopg://ada@db.example/wiro"
    places = [
        location(f"{address}{rest}")
        for rest in ("", "?options=-csearch_path%3Done", "?options=-csearch_path%3Dother")
    ]
    places.append(location(address.replace("db.example", "db.example:6432")))
    assert len({one.directory for one in places}) == len(places)
    assert len({one.database.identity for one in places if one.database}) == len(places)


def test_nobody_waits_for_ever_for_a_computer_that_sleeps(shared: Place) -> None:
    with postgres_database(shared.address).reading() as connection:
        limits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        found = [connection.scalar(text(f"SHOW {name}")) for name in limits]
    assert found == ["20s", "1min", "1min"]
