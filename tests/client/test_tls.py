"""The same over TLS, which reads differently: a whole record at a time, sometimes too much."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest

from tests.client import faults
from tests.client.conftest import HASTE, KEY, SECRET
from tests.client.fake_task import STAGES
from tests.client.switchboard import Switchboard
from wiro_widgets.client import ConnectionFailed, Credentials, WiroClient


@pytest.fixture
def certificate(tmp_path):
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl command to make a certificate with")
    files = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            files[0],
            "-out",
            files[1],
        ],
        check=True,
        capture_output=True,
    )
    return files


@pytest.fixture
def secure_board(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with Switchboard(tls=context) as running:
        yield running


def test_a_run_over_tls_with_a_ca_of_ones_own(secure_board, certificate, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    board = secure_board
    with WiroClient(
        Credentials(KEY, SECRET), board.api_url, board.socket_url, pace=HASTE
    ) as client:
        submission = client.submit("a/b", {"prompt": "p"}, files={"inputImage": bytes(500_000)})
        task = board.tasks[submission.task_id]
        seen = []
        for event in client.follow(submission):
            if event.stage == "task_queue":
                board.wait_for(lambda: board.registered(task))
                board.advance(task, "task_start")
                for number in range(300):
                    board.emit(task, "task_output", f"{number} " + "x" * 5000)
            if event.message:
                seen.append(event.message.split()[0])
                if len(seen) == 300:
                    board.finish(task)
        assert seen[:300] == [str(number) for number in range(300)]
        assert event.task.status == STAGES[-1]
        assert board.counts["sockets"] == 1
        assert client.download(event.outputs[0], tmp_path).stat().st_size == event.outputs[0].size


def test_an_unknown_certificate_is_refused_and_no_key_sent(secure_board):
    board = secure_board
    client = WiroClient(Credentials(KEY, SECRET), board.api_url, pace=HASTE)
    with client, pytest.raises(ConnectionFailed, match=r"(?i)certificate"):
        client.submit("a/b", {})
    assert board.paid_posts == 0


def test_what_drips_over_tls_is_given_up_in_time(secure_board, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    board = secure_board
    board.socket_mode = "drip"
    board.script = board.play
    board.fault("Task/Detail", faults.drip_head)
    with WiroClient(
        Credentials(KEY, SECRET), board.api_url, board.socket_url, pace=HASTE
    ) as client:
        assert client.wait(client.submit("a/b", {"prompt": "p"}), timeout=20).succeeded
