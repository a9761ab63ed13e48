"""The same over TLS, which reads differently: a whole record at a time, sometimes too much."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from tests.client.fake_service import FakeService
from tests.client.fake_task import STAGES
from tests.client.proxy import HttpProxy
from wiro_widgets.client import (
    ConnectionFailed,
    Credentials,
    DownloadError,
    Output,
    RetryPolicy,
    WiroClient,
)

if TYPE_CHECKING:
    import socket
    from pathlib import Path


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
        submission = client.submit("a/b", {"prompt": "p"}, files={"inputFile": bytes(500_000)})
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


def test_a_proxy_passes_tls_on(secure_service, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    monkeypatch.setenv("no_proxy", "")
    with HttpProxy() as proxy:
        monkeypatch.setenv("https_proxy", f"http://me:secret@{proxy.address}")
        api_url = secure_service.api_url.replace("localhost", "wiro.test")
        with WiroClient(Credentials(KEY, SECRET), api_url, timeouts=FAST) as client:
            assert client.tasks() == []
            assert client.tasks() == []
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT wiro.test:{secure_service.port}")
    assert KEY not in head
    assert "proxy-authorization: basic" in head.lower()


def test_a_proxy_that_drips_is_given_up_in_time(secure_service, monkeypatch):
    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 Go\r\nX-Drips: ")
        while True:
            time.sleep(0.1)
            peer.sendall(b"x")

    monkeypatch.setenv("no_proxy", "")
    with HttpProxy(drip) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        client = WiroClient(
            Credentials(KEY),
            secure_service.api_url.replace("localhost", "wiro.test"),
            timeouts=FAST,
            retry=RetryPolicy(budget=0),
        )
        started = time.monotonic()
        with client, pytest.raises(ConnectionFailed):
            client.tasks()
        assert time.monotonic() - started < 5


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


@pytest.fixture
def trusting(secure_service, certificate, monkeypatch):
    """A client that trusts the service's certificate, which is for other names than it uses."""
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate[1]))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)

    def make(host: str) -> WiroClient:
        api, live = (
            url.replace("localhost", host)
            for url in (secure_service.api_url, secure_service.socket_url)
        )
        return WiroClient(Credentials(KEY, SECRET), api, live, timeouts=FAST, retry=FAST_RETRY)

    return make


def refused_by_all(client, service, host: str, tmp_path: Path) -> None:
    with client, pytest.raises(ConnectionFailed):
        client.tasks()
    with client, pytest.raises(DownloadError, match=r"certificate|cannot be used"):
        client.download(
            Output("0.mp4", "", 0, f"https://{host}:{service.port}/cdn/x", "1"), tmp_path
        )
    link = client.watch()._shared
    assert not link.open(2.0)
    assert service.requests == []
    assert service.handshakes == []


def test_a_certificate_for_another_name_is_refused_by_all(secure_service, trusting, tmp_path):
    with trusting("localhost") as client:
        assert client.tasks() == []
    secure_service.requests.clear()
    refused_by_all(trusting("127.0.0.1"), secure_service, "127.0.0.1", tmp_path)


def test_an_unknown_authority_is_refused_by_all(secure_service, monkeypatch, tmp_path):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    service = secure_service
    client = WiroClient(
        Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST, retry=FAST_RETRY
    )
    refused_by_all(client, service, "localhost", tmp_path)


def test_tls_of_yesterday_is_refused_by_all(certificate, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(certificate[1], certificate[0])
    with FakeService(tls=context) as service:
        client = WiroClient(
            Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST, retry=FAST_RETRY
        )
        refused_by_all(client, service, "localhost", tmp_path)
