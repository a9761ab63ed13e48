"""`ww.library`: the library that a notebook chooses, and what stays when it can't be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.library.places import postgresql_place
from tests.runs.fake_models import MODEL
from wiro_widgets.library.location import LIBRARY_VARIABLE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.library.servers import PostgreSQL
    from tests.runs.fake_service import FakeService

pytestmark = pytest.mark.usefixtures("_connected")


@pytest.fixture
def _connected(fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.auto = 0.0
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)


def test_without_arguments_it_is_the_library_in_use(folder: Path) -> None:
    with ww.connect() as session:
        assert ww.library() is session.library
        assert ww.library().directory == folder / "wiro-runs"


def test_another_folder_is_used_from_now_on_and_after_connecting_again(
    folder: Path, fake: FakeService
) -> None:
    first = ww.connect()
    before = ww.run("The gull lifts off", model=MODEL)
    library = ww.library("autumn")
    run = ww.run("The gull lifts off", model=MODEL)
    assert run is not before
    assert [one.directory for one in (library, run.library)] == [folder / "autumn"] * 2
    with ww.connect() as session:
        assert session.library.directory == folder / "autumn"
        # What was sent before is followed to its end, where it is written down.
        before.wait(30)
        run.wait(30)
        assert [record.number for record in first.library.records()] == [1]
        assert "autumn" in repr(session)
    assert len(fake.accepted) == 2


def test_a_folder_stays_where_it_was_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ww.library("autumn")
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    with ww.connect() as session:
        assert session.library.directory == folder / "autumn"


def test_the_environment_names_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIBRARY_VARIABLE, str(folder / "winter"))
    with ww.connect() as session:
        assert session.library.directory == folder / "winter"


def test_one_that_cannot_be_reached_leaves_the_session_as_it_was(folder: Path) -> None:
    with ww.connect() as session:
        with pytest.raises(ww.LibraryError, match="can't be used") as found:
            ww.library("postgresql+psycopg://wiro:hush-hush@127.0.0.1:9/wiro")
        assert "hush-hush" not in str(found.value)
        assert ww.library() is session.library
        with ww.connect() as again:
            assert again is session


def test_a_database_is_shared_by_notebooks_in_different_folders(
    database_server: PostgreSQL, fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by two computers: the second one is shown the run, and nothing is paid twice."""
    address = postgresql_place(database_server).address
    ww.library(address)
    first = ww.run("The gull lifts off", model=MODEL)
    first.wait(30)
    first.judge(rating=4, tags=["keep"])
    password = address.split(":")[2].partition("@")[0]
    with ww.connect() as session:
        assert "postgresql+psycopg://" in repr(session)
        assert password not in repr(session) + repr(ww.library()) + repr(ww.history())
    (folder / "another computer").mkdir()
    monkeypatch.chdir(folder / "another computer")
    ww.library(address)
    with ww.connect():
        run = ww.run("The gull lifts off", model=MODEL)
        assert run.wait(30).number == first.number
        assert run.video.is_relative_to(folder / "another computer")
        assert run.video.read_bytes() == first.video.read_bytes()
        assert [one.number for one in ww.history(text="keep")] == [first.number]
    assert len(fake.accepted) == 1


@pytest.mark.parametrize("where", [3, b"wiro-runs", ["a"]])
def test_what_is_no_place_is_refused_by_name(where: object) -> None:
    with pytest.raises(ww.InputError, match="A library can't be") as found:
        ww.library(where)  # type: ignore[arg-type]
    assert found.value.field == "where"
