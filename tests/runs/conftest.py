"""Fixtures of the walk over a run's life: a service to break, a folder, and a session in it."""

from __future__ import annotations

import faulthandler
import signal
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.fake_service import FakeService
from tests.runs.helpers import hasten
from tests.runs.kernel import Kernel
from tests.runs.strangers import REQUEST, SECRET
from wiro_widgets.library.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEST_SECONDS = 60


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """The service; a test that hangs on it fails with all stacks printed."""

    def give_up(*_: object) -> None:
        faulthandler.dump_traceback()
        raise AssertionError(f"still running after {TEST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TEST_SECONDS)
    with FakeService() as running:
        yield running
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebook's folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kernel(fake: FakeService, folder: Path) -> Iterator[Callable[..., Kernel]]:
    """Makes kernels in the folder; those that are left are killed."""
    made: list[Kernel] = []

    def start(code: str = "", **environment: str) -> Kernel:
        made.append(Kernel(folder, {**fake.environment, **environment}, code))
        return made[-1]

    yield start
    for one in made:
        one.kill()


@pytest.fixture
def session(fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The session of this process, in the folder."""
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    hasten()
    opened = ww.connect()
    yield opened
    opened.close()


@pytest.fixture
def key_file(folder: Path) -> Path:
    """A file of the person's that nobody meant to send, beside the library."""
    path = folder / "id_rsa"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def journal(folder: Path) -> Journal:
    """A library with one run that waits to be sent; its owner is gone."""
    made = Journal(folder / "wiro-runs")
    made.reserve(REQUEST, "live", "nobody", fresh=False)
    # It may change hands now: a file is looked at when it is opened.
    made.database.close()
    return made
