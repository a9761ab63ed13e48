"""No key, no secret and no task token in anything that a run writes, shows, logs or raises."""

from __future__ import annotations

import gc
import json
import logging
import sqlite3
import traceback
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.fake_models import MODEL
from tests.runs.fake_service import KEY, SECRET
from tests.runs.helpers import picture, until
from wiro_widgets.client import TaskFailed
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.fake_tasks import LifeTask


@pytest.fixture
def everything_logged() -> Iterator[list[str]]:
    """What all loggers say at their lowest level, with tracebacks that show variables."""
    said: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            if record.exc_info and record.exc_info[1]:
                said.append(with_variables(record.exc_info[1]))

    root, keeper = logging.getLogger(), Keeper(level=1)
    before = root.level
    root.addHandler(keeper)
    root.setLevel(1)
    yield said
    root.removeHandler(keeper)
    root.setLevel(before)


def with_variables(error: BaseException) -> str:
    """The traceback as tools print it that show variables, causes and contexts included.

    Without the frame of the test, which knows the secrets.
    """
    assert error.__traceback__ is not None
    below = error.__traceback__.tb_next or error.__traceback__
    story = traceback.TracebackException(type(error), error, below, capture_locals=True)
    return "".join(story.format())


def secrets_in(text: str, *tokens: str) -> list[str]:
    return [secret for secret in (KEY, SECRET, *tokens) if secret in text]


def echo(fake: FakeService, task: LifeTask) -> str:
    """A log in which the service says all that it should keep to itself."""
    long = "x" * 1990
    return f"key {KEY}\nsecret={SECRET}&token={task.token}\n{long}{KEY}\n{long}{task.token}"


def test_what_a_service_echoes_is_kept_from_everything(
    fake: FakeService, session: Any, folder: Path, everything_logged: list[str]
) -> None:
    run = ww.run("Echo", model=MODEL)
    (task,) = fake.wait_accepted(1)
    fake.fail(task, echo(fake, task))
    with pytest.raises(TaskFailed) as found:
        run.wait(20)
    told = [str(found.value), repr(found.value), with_variables(found.value)]
    told += [repr(run), json.dumps(run.snapshot), repr(ww.history()), ww.history()._repr_html_()]
    told += [str(vars(run)), str(run._state), str(run._record), *run.log, *everything_logged]
    for one in told:
        assert secrets_in(one, task.token) == [], one[:300]
    assert "Request started." in run.log
    journal = folder / "wiro-runs" / "journal.sqlite"
    with closing(sqlite3.connect(journal)) as database:
        (row,) = database.execute("SELECT * FROM runs").fetchall()
    # The token has a column to itself: it is what the task is asked for by.
    assert [value for value in row if secrets_in(str(value), task.token)] == [task.token]


def test_no_traceback_shows_the_token_when_the_journal_cannot_be_written(
    fake: FakeService,
    session: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    everything_logged: list[str],
) -> None:
    accepted = Journal.accepted
    failed: list[LibraryError] = []

    def fail(self: Journal, number: int, task_id: str, token: str, owner: str) -> None:
        monkeypatch.setattr(Journal, "accepted", accepted)
        with closing(sqlite3.connect(folder / "wiro-runs" / "journal.sqlite")) as blocking:
            blocking.execute("ALTER TABLE runs RENAME TO away")
            blocking.commit()
            try:
                accepted(self, number, task_id, token, owner)
            except LibraryError as error:
                failed.append(error)
                raise
            finally:
                blocking.execute("ALTER TABLE away RENAME TO runs")
                blocking.commit()

    monkeypatch.setattr(Journal, "accepted", fail)
    run = ww.run("Unwritten", model=MODEL)
    (task,) = fake.wait_accepted(1)
    until(lambda: failed)
    fake.finish(task)
    run.wait(20)
    story = with_variables(failed[0])
    assert task.id in story, "the variables are not shown"
    assert secrets_in("\n".join([story, *everything_logged]), task.token) == []


def test_no_file_but_the_journal_has_a_token_and_none_a_key(
    fake: FakeService, session: Any, folder: Path
) -> None:
    (folder / "frame.png").write_bytes(picture())
    fake.auto = 0.01
    run = ww.run("Made", model=MODEL, image="frame.png").wait(20)
    assert run.snapshot["poster"]
    Draft("minimax/hailuo-2-3", "Words").save(folder / "wiro-runs")
    token = fake.accepted[0].token
    for path in (folder / "wiro-runs").rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            expected = [token] if path.name == "journal.sqlite" else []
            assert secrets_in(text, token) == expected, path.name


def test_no_object_that_anybody_can_print_tells_a_secret(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    run = ww.run("Made", model=MODEL).wait(20)
    token = fake.accepted[0].token
    ours = [
        one
        for one in gc.get_objects()
        if str(type(one).__module__).startswith("wiro_widgets") and not isinstance(one, type)
    ]
    assert run in ours
    for one in ours:
        text = repr(one) if isinstance(one, str) else repr(one) + str(one)
        assert secrets_in(text, token) == [], type(one)
        for name, value in getattr(one, "__dict__", {}).items():
            assert secrets_in(repr(value), token) == [], f"{type(one)}.{name}"
