"""Where keys and tokens go, and where files may come from."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET, submitted
from tests.client.fake_service import FakeService
from wiro_widgets.client import Credentials, DownloadError, InputError, Output, WiroClient
from wiro_widgets.client.addresses import FileAddresses, is_loopback, network_of

FAR, FAR_SOCKET = "https://api.example/v1", "wss://socket.example/v1"


def client_of(api: str, live: str = FAR_SOCKET, **options) -> WiroClient:
    return WiroClient(
        Credentials(KEY, SECRET), api, live, timeouts=FAST, retry=FAST_RETRY, **options
    )


# The service


@pytest.mark.parametrize(
    ("api", "live", "field"),
    [
        ("http://api.example/v1", FAR_SOCKET, "api_url"),
        ("http://192.168.1.7:8000/v1", FAR_SOCKET, "api_url"),
        ("http://localhost.example/v1", FAR_SOCKET, "api_url"),
        (FAR, "ws://socket.example/v1", "socket_url"),
        (FAR, "ws://127.0.0.1:8000/v1", "socket_url"),
    ],
)
def test_the_key_goes_to_other_computers_encrypted_only(api, live, field):
    with pytest.raises(InputError, match="not encrypted") as caught:
        client_of(api, live)
    assert caught.value.field == field
    assert "allow_http=True" in caught.value.remedy
    assert client_of(api, live, allow_http=True).api_url == api


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST.", "a.localhost", "[::1]"]
)
def test_this_computer_is_reached_unencrypted(host):
    assert client_of(f"http://{host}:1/v1", f"ws://{host}:1/v1").api_url == f"http://{host}:1/v1"


@pytest.mark.parametrize("url", ["https://me:hush@api.example/v1", "me:hush@x", "ftp://u:hush@x"])
@pytest.mark.parametrize("which", ["api", "socket"])
def test_an_address_with_a_password_is_refused_and_not_shown(url, which):
    addresses = (url, FAR_SOCKET) if which == "api" else (FAR, url)
    with pytest.raises(InputError, match="user or a password") as caught:
        client_of(*addresses)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://[", "https://x:99999", "https://x:0", "https://"])
def test_an_address_that_is_none_is_an_input_error(url):
    with pytest.raises(InputError, match=r"not an http\(s\) address"):
        client_of(url)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.1", True),
        ("2130706433", True),
        ("0x7f.1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_names_of_this_computer(host, own):
    assert is_loopback(host) is own


def test_this_computer_is_reached_without_a_proxy(service, client, monkeypatch):
    with FakeService() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        submission = submitted(client)
        service.play(service.tasks[submission.task_id])
        assert client.wait(submission, timeout=10).succeeded
        assert proxy.counts["connections"] == 0
    assert service.counts["sockets"] == 1


def test_a_netrc_for_all_hosts_is_left_alone(service, client, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.files["/cdn/x"] = b"clip"
    client.download(Output("x", "", 4, f"{service.cdn_url}/x", "1"), tmp_path / "clips")
    service.fault("Task/List", faults.refusal("bad key", 0, 401))
    with pytest.raises(Exception, match="bad key"):
        client.tasks()
    client.tasks()
    assert [h for _, headers, _ in service.requests for h in headers if h == "authorization"] == []


def test_a_folder_of_certificates_serves_the_socket_too(certificate, monkeypatch, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    openssl = [shutil.which("openssl"), "x509", "-noout", "-subject_hash", "-in", certificate[1]]
    name = subprocess.run(openssl, check=True, capture_output=True, text=True).stdout.strip()
    folder = tmp_path / "authorities"
    folder.mkdir()
    shutil.copy(certificate[1], folder / f"{name}.0")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    with (
        FakeService(tls=context) as service,
        client_of(service.api_url, service.socket_url) as client,
    ):
        submission = submitted(client)
        task = service.tasks[submission.task_id]
        for event in client.follow(submission):
            if event.stage == "task_queue":
                service.wait_for(lambda: service.registered(task))
                service.finish(task)
        assert service.counts["sockets"] == 1
        assert event.task.succeeded


# Files


def download(client, url, folder):
    return client.download(Output("x.mp4", "", 0, url, "1"), folder)


def digest(client, url, _folder):
    return client.digest(url)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("0.0.0.0", "loopback"),
        ("::", "loopback"),
        ("169.254.169.254", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("::ffff:10.0.0.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("224.0.0.1", "private"),
        ("8.8.8.8", "public"),
        ("2606:4700::1111", "public"),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
    ],
)
@pytest.mark.parametrize("fetch", [download, digest])
def test_a_far_service_names_no_files_in_private_networks(names, tmp_path, host, fetch):
    url = f"https://{host}/latest/meta-data"
    with client_of(FAR) as client, pytest.raises(DownloadError, match="network") as caught:
        fetch(client, url, tmp_path)
    assert not caught.value.retryable
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def names(monkeypatch):
    """Names that the network knows: none of these can be registered for a test."""
    known = {"api.example": "93.184.216.34", "cdn.example": "127.0.0.1"}
    real = socket.getaddrinfo

    def look_up(host, *arguments, **options):
        return real(known.get(host, host), *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_name_of_a_private_address_is_no_way_round(names, secure_service, tmp_path):
    url = f"https://cdn.example:{secure_service.port}/cdn/x"
    with client_of(FAR) as client, pytest.raises(DownloadError, match="loopback network"):
        client.download(Output("x.mp4", "", 0, url, "1"), tmp_path)
    assert secure_service.requests == []
    assert secure_service.counts["cdn"] == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[::ffff:192.168.0.1]"])
def test_a_redirect_into_another_network_is_not_followed(service, client, tmp_path, host):
    """The service is on this computer, and so may its files be, but not elsewhere in private."""
    service.fault("cdn", faults.redirect(f"http://{host}/latest/meta-data"))
    output = Output("x.mp4", "", 0, f"{service.cdn_url}/x", "1")
    with pytest.raises(DownloadError, match="network"):
        client.download(output, tmp_path)
    assert service.counts["cdn"] == 1


def test_files_of_an_encrypted_service_are_encrypted(names, tmp_path):
    output = Output("x.mp4", "", 0, "http://93.184.216.34/x", "1")
    with client_of(FAR) as client, pytest.raises(DownloadError, match="not encrypted"):
        client.download(output, tmp_path)


def test_a_service_in_a_private_network_has_its_files_there():
    addresses = FileAddresses("http://10.0.0.1/v1")
    addresses.check("http://10.9.9.9/x")
    addresses.check("https://8.8.8.8/x")
    with pytest.raises(Exception, match="loopback network"):
        addresses.check("http://127.0.0.1/x")


def test_a_proxy_may_be_in_a_private_network(service, names, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{service.port}")
    monkeypatch.setenv("no_proxy", "")
    output = Output("x.mp4", "", 0, "http://cdn.example/cdn/x", "1")
    client = client_of("http://api.example/v1", allow_http=True)
    with client, pytest.raises(DownloadError, match="HTTP 404"):
        client.download(output, tmp_path)
    assert service.requests[-1][0] == "http://cdn.example/cdn/x"
