"""The same over TLS, which reads differently: a whole record at a time, sometimes too much."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from tests.client.fake_service import FakeService
from tests.client.fake_task import STAGES
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
def secure_service(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with FakeService(tls=context) as running:
        yield running


def test_a_run_over_tls_with_a_ca_of_ones_own(secure_service, certificate, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    service = secure_service
    with WiroClient(
        Credentials(KEY, SECRET),
        service.api_url,
        service.socket_url,
        timeouts=FAST,
        retry=FAST_RETRY,
    ) as client:
        submission = client.submit("a/b", {"prompt": "p"}, files={"inputImage": bytes(500_000)})
        task = service.tasks[submission.task_id]
        seen = []
        for event in client.follow(submission):
            if event.stage == "task_queue":
                service.wait_for(lambda: service.registered(task))
                service.advance(task, "task_start")
                for number in range(300):
                    service.emit(task, "task_output", f"{number} " + "x" * 5000)
            if event.message:
                seen.append(event.message.split()[0])
                if len(seen) == 300:
                    service.finish(task)
        assert seen[:300] == [str(number) for number in range(300)]
        assert event.task.status == STAGES[-1]
        assert service.counts["sockets"] == 1
        assert client.download(event.outputs[0], tmp_path).stat().st_size == event.outputs[0].size


def test_an_unknown_certificate_is_refused_and_no_key_sent(secure_service):
    service = secure_service
    client = WiroClient(Credentials(KEY, SECRET), service.api_url, timeouts=FAST, retry=FAST_RETRY)
    with client, pytest.raises(ConnectionFailed, match=r"(?i)certificate"):
        client.submit("a/b", {})
    assert service.paid_posts == 0


def test_what_drips_over_tls_is_given_up_in_time(secure_service, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    service = secure_service
    service.socket_mode = "drip"
    service.script = service.play
    service.fault("Task/Detail", faults.drip_head)
    with WiroClient(
        Credentials(KEY, SECRET),
        service.api_url,
        service.socket_url,
        timeouts=FAST,
        retry=FAST_RETRY,
    ) as client:
        assert client.wait(client.submit("a/b", {"prompt": "p"}), timeout=20).succeeded
