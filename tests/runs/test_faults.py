"""Money when the network breaks: the paid request is sent once, and its task is found again."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import wiro_widgets as ww
from tests.conftest import FAST, FEW, PHOTO, start_service, stop_service
from tests.runs.helpers import PAUSES, until
from tests.runs.kernel import Kernel
from wiro_widgets.client import SubmissionUnknown
from wiro_widgets.runs import settling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service
    from wiro_widgets.runs.session import Session


class CuttingProxy(ThreadingHTTPServer):
    """Passes requests on to a sandbox; can swallow a Run or the answer to it."""

    daemon_threads = True

    def __init__(self, api_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(api_url)
        self.swallow_request = False
        self.swallow_answer = False
        self.runs = 0
        """Paid requests that arrived here."""


class _Handler(BaseHTTPRequestHandler):
    server: CuttingProxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        paid = "/Run/" in self.path
        self.server.runs += paid
        if paid and self.server.swallow_request:
            self.close_connection = True
            return
        target = http.client.HTTPConnection(
            str(self.server.target.hostname), self.server.target.port
        )
        target.request("POST", self.path, body, dict(self.headers))
        answer = target.getresponse()
        content = answer.read()
        target.close()
        if paid and self.server.swallow_answer:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy(service: Service) -> Iterator[CuttingProxy]:
    server = CuttingProxy(service.api_url)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cut(
    proxy: CuttingProxy, service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session through the proxy."""
    monkeypatch.setattr(settling, "PAUSES", PAUSES)
    with ww.connect(
        service.key,
        service.secret,
        api_url=f"http://127.0.0.1:{proxy.server_port}/v1",
        socket_url=service.socket_url,
    ) as session:
        yield session


@pytest.fixture
def poor() -> Iterator[Service]:
    """A sandbox whose balance of $10 allows one task at a time (code 96)."""
    running = start_service("--speed", FAST, "--frame-rate", FEW, "--balance", "10")
    yield running
    stop_service(running)


def test_a_lost_answer_is_found_again_and_not_paid_twice(cut: Session, proxy: CuttingProxy) -> None:
    proxy.swallow_answer = True
    run = ww.run("The answer to this was lost", image=PHOTO).wait(60)
    assert run.video is not None
    assert proxy.runs == 1
    assert ww.run("The answer to this was lost", image=PHOTO).wait(5).video == run.video
    assert proxy.runs == 1


def test_a_request_that_may_be_lost_is_never_sent_again_by_itself(
    cut: Session, proxy: CuttingProxy
) -> None:
    proxy.swallow_request = True
    run = ww.run("This may have arrived", image=PHOTO)
    with pytest.raises(SubmissionUnknown) as caught:
        run.wait(60)
    assert run.status == "unknown"
    assert run.snapshot["problem"]["spent"] == "maybe"
    for way_out in ("run.look_again()", "run.send_again()", "may pay twice"):
        assert way_out in caught.value.remedy
    proxy.swallow_request = False
    again = ww.run("This may have arrived", image=PHOTO)
    with pytest.raises(SubmissionUnknown):
        again.wait(60)
    assert proxy.runs == 1
    assert again.send_again().wait(60).video is not None
    assert proxy.runs == 2


def test_a_run_that_waited_when_its_kernel_died_is_sent_by_the_next(
    poor: Service, folder: Path
) -> None:
    with Kernel(folder, poor.environment()) as kernel:
        kernel.do(
            f"stalled = ww.run('sandbox: stall', image={str(PHOTO)!r})\n"
            "until(lambda: stalled.task_id)\n"
            f"waits = ww.run('Waits', image={str(PHOTO)!r})\n"
            "def waiting():\n"
            "    record = waits.library.record(waits.number)\n"
            "    return record.sent_at and record.status == 'queued'\n"
            "until(waiting)"
        )
    with ww.connect(poor.key, poor.secret, api_url=poor.api_url, socket_url=poor.socket_url):
        stalled = ww.run("sandbox: stall", image=PHOTO)
        waits = ww.run("Waits", image=PHOTO)
        stalled.stop()
        assert waits.wait(60).video is not None
        assert poor.task_count() == 2


def test_a_run_beyond_the_accounts_limit_waits_for_a_free_slot(poor: Service, folder: Path) -> None:
    with ww.connect(poor.key, poor.secret, api_url=poor.api_url, socket_url=poor.socket_url):
        runs = [ww.run(f"One after the other, {n}", image=PHOTO) for n in range(3)]
        until(lambda: sorted(run.status for run in runs) == ["queued", "queued", "running"])
        for run in runs:
            assert run.wait(60).video is not None
        assert poor.task_count() == 3
