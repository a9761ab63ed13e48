"""Fixtures of the client's tests: a fake service, and a client with short timeouts."""

from __future__ import annotations

import signal
import ssl
from pathlib import Path

import pytest

from tests.client.fake_service import FakeService
from tests.client.proxy import make_certificate
from wiro_widgets.client import Credentials, RetryPolicy, Submission, Timeouts, WiroClient

FAST = Timeouts(
    connect=1.0, read=1.0, total=2.0, poll=0.1, live_poll=1.0, ping=0.4, outage=4.0, grace=0.5
)
FAST_RETRY = RetryPolicy(first=0.02, cap=0.2, budget=2.0)
"""Every path is walked as with the defaults, and none takes minutes."""

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
def service():
    with FakeService() as running:
        yield running


@pytest.fixture
def client(service):
    with WiroClient(
        Credentials(KEY, SECRET),
        service.api_url,
        service.socket_url,
        timeouts=FAST,
        retry=FAST_RETRY,
    ) as ready:
        yield ready


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def secure_service(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with FakeService(tls=context) as running:
        yield running


@pytest.fixture
def service_facts() -> Path:
    """The shared facts about the service, which are not part of this project."""
    path = Path(__file__).resolve().parents[3] / "shared" / "service"
    if not path.is_dir():
        pytest.skip(f"the shared service facts are not beside this checkout ({path.name})")
    return path


def submitted(client) -> Submission:
    return client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"})


def wait_registered(service, submission) -> None:
    """Wait until the server has taken note of the token: frames before that are lost."""
    service.wait_for(lambda: service.registered(service.tasks[submission.task_id]))
