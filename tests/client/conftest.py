"""Fixtures of the client's tests: a switchboard, and a client in a hurry."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.client.switchboard import Switchboard
from wiro_widgets.client import Credentials, Pace, Submission, WiroClient

HASTE = Pace(
    connect=1.0,
    silence=1.0,
    reply=2.0,
    retry_first=0.02,
    retry_cap=0.2,
    retry_budget=2.0,
    poll=0.1,
    quiet=1.0,
    ping=0.4,
    outage=4.0,
    grace=0.5,
)
"""The real paces, shrunk: every path is walked, none takes minutes."""

KEY, SECRET = "key-3f9a7c-very-public", "secret-81d0e2-very-private"


@pytest.fixture(autouse=True)
def no_test_hangs():
    """A test that waits for what never comes fails instead of blocking the suite."""

    def give_up(*_: object) -> None:
        raise AssertionError("still running after 60 s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def board():
    with Switchboard() as running:
        yield running


@pytest.fixture
def client(board):
    with WiroClient(Credentials(KEY, SECRET), board.api_url, board.socket_url, pace=HASTE) as ready:
        yield ready


@pytest.fixture
def service_facts() -> Path:
    """The shared facts about the service, which are not part of this project."""
    path = Path(__file__).resolve().parents[3] / "shared" / "service"
    if not path.is_dir():
        pytest.skip(f"the shared service facts are not beside this checkout ({path.name})")
    return path


def submitted(client) -> Submission:
    return client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"})


def heard(board, submission) -> None:
    """Wait until the server has taken note of the token: frames before that are lost."""
    board.wait_for(lambda: board.registered(board.tasks[submission.task_id]))
