"""A sandbox, a PostgreSQL, an S3 server, and a notebook's surroundings, for tests that need one."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.library.servers import ObjectStore, PostgreSQL
from wiro_widgets.client import Credentials, WiroClient
from wiro_widgets.library.location import LIBRARY_VARIABLE, MEDIA_VARIABLE
from wiro_widgets.runs import current
from wiro_widgets.runs import session as sessions
from wiro_widgets.runs.sandbox_process import SandboxLease

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PHOTO = ROOT / "notebooks" / "launch.jpg"
FAST = "400"
FEW = "5"
"""Frames per second: rendering a clip takes most of the time of most tests."""


@dataclass(frozen=True)
class Service:
    """A running sandbox."""

    api_url: str
    socket_url: str
    key: str
    secret: str
    process: subprocess.Popen[str]

    def client(self) -> WiroClient:
        """A signed client of it."""
        return WiroClient(
            Credentials(self.key, self.secret), api_url=self.api_url, socket_url=self.socket_url
        )

    def environment(self) -> dict[str, str]:
        """What a process must have set to use it."""
        return {
            "WIRO_API_KEY": self.key,
            "WIRO_API_SECRET": self.secret,
            "WIRO_API_URL": self.api_url,
            "WIRO_SOCKET_URL": self.socket_url,
        }

    def task_count(self) -> int:
        """How many tasks it has taken so far: how often money would have been spent."""
        with self.client() as client:
            pages = (len(client.tasks(limit=100, start=100 * page)) for page in itertools.count())
            return sum(itertools.takewhile(bool, pages))


def start_service(*options: str) -> Service:
    """Start a sandbox and wait until it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wiro_widgets.sandbox", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    return Service(said["api_url"], said["socket_url"], said["key"], said["secret"], process)


def stop_service(service: Service) -> None:
    """End a sandbox and wait until it has."""
    service.process.terminate()
    service.process.wait(10)
    assert service.process.stdout is not None
    service.process.stdout.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One fast sandbox for the whole session."""
    state = str(tmp_path_factory.mktemp("sandbox"))
    running = start_service("--speed", FAST, "--frame-rate", FEW, "--state", state)
    yield running
    stop_service(running)


@pytest.fixture(scope="session")
def database_server() -> Iterator[PostgreSQL]:
    """One PostgreSQL for the whole session; without its programs, tests fail and name the way."""
    with PostgreSQL() as running:
        yield running


@pytest.fixture
def empty_database(database_server: PostgreSQL) -> str:
    """The address of a new database without tables."""
    return database_server.url(database_server.new_database())


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectStore]:
    """One S3 server for the whole session."""
    with ObjectStore() as running:
        yield running


@pytest.fixture
def bucket(object_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket; what gives access to it is in the environment."""
    object_server.clear()
    for name, value in object_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{object_server.bucket}"


@pytest.fixture
def notebook(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sessions.Session]:
    """A fresh folder as a notebook sees it, connected to the session's sandbox."""
    monkeypatch.chdir(tmp_path)
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "a.ipynb"))
    opened = ww.connect()
    yield opened
    for session in (opened, session_in_use()):
        if session is not None:
            session.close()


@pytest.fixture
def _as_if_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that gives no lease is taken for the real service."""
    monkeypatch.setattr(SandboxLease, "take", classmethod(lambda *_: None))


def session_in_use() -> sessions.Session | None:
    """The notebook's session, None when none is open; unlike `current_session` it opens none."""
    session = current._current
    return session if session is not None and not session.closed else None


@pytest.fixture(autouse=True)
def _own_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the library that a test has chosen nor that of the person running the tests."""
    monkeypatch.setattr(current, "_chosen", None)
    for name in (LIBRARY_VARIABLE, MEDIA_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the shared sandbox of the person running the tests out of them."""
    if "XDG_CACHE_HOME" not in os.environ or "pytest" not in os.environ["XDG_CACHE_HOME"]:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
