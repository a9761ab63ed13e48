"""Fetching outputs: whole, resumed, checked, and never with a key."""

from __future__ import annotations

import errno
import hashlib
import re
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.client import faults
from tests.client.conftest import FAST
from tests.client.fake_service import FakeService
from tests.client.wire import Hangup
from wiro_widgets.client import (
    Credentials,
    DownloadError,
    Output,
    RetryPolicy,
    Timeouts,
    WiroClient,
)
from wiro_widgets.client.inputs import safe_name

CONTENT = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def output(service) -> Output:
    service.files["/cdn/x/0.mp4"] = CONTENT
    url = f"{service.cdn_url}/x/0.mp4"
    return Output("0.mp4", "video/mp4", len(CONTENT), url, "6bc392c93856dfce3a7d1b4261e15af3")


def cut_in_the_middle(exchange):
    content = exchange.service.files[exchange.path]
    head = f'HTTP/1.1 200 X\r\nContent-Length: {len(content)}\r\nETag: "1"\r\n\r\n'
    exchange.peer.conn.sendall(head.encode() + content[: len(content) // 2])
    exchange.peer.close()
    raise Hangup


def test_arrives_whole_under_a_name_of_its_own(service, client, output, tmp_path):
    seen = []
    path = client.download(output, tmp_path / "new", progress=lambda *p: seen.append(p))
    assert path.read_bytes() == CONTENT
    assert path == tmp_path / "new" / "6bc392c93856-0.mp4"
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_no_key_goes_to_the_file_host(service, client, output, tmp_path):
    client.download(output, tmp_path)
    (_, headers, _) = service.requests[-1]
    assert not [name for name in headers if name.startswith("x-") or name == "authorization"]


def test_cut_download_goes_on_where_it_stopped(service, client, output, tmp_path):
    service.fault("cdn", cut_in_the_middle, cut_in_the_middle_of_a_range)
    assert client.download(output, tmp_path).read_bytes() == CONTENT
    ranges = [headers.get("range") for _, headers, _ in service.requests]
    assert ranges[-1].startswith("bytes=")
    assert service.counts["cdn"] == 3


def cut_in_the_middle_of_a_range(exchange):
    content = exchange.service.files[exchange.path]
    start = int(exchange.headers["range"].removeprefix("bytes=").removesuffix("-"))
    last = len(content) - 1
    head = f"HTTP/1.1 206 X\r\nContent-Length: {last + 1 - start}\r\n"
    head += f"Content-Range: bytes {start}-{last}/{last + 1}\r\n\r\n"
    exchange.peer.conn.sendall(head.encode() + content[start : start + 1000])
    exchange.peer.close()
    raise Hangup


def cut_in_the_headers(exchange):
    exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\nContent-Ty")
    exchange.peer.close()
    raise Hangup


@pytest.mark.parametrize("fault", [cut_in_the_headers, faults.drip_head])
def test_a_cut_within_the_headers_is_no_empty_file(service, client, output, tmp_path, fault):
    service.fault("cdn", fault)
    unsized = Output("0.mp4", "video/mp4", 0, output.url, output.id)
    assert client.download(unsized, tmp_path).read_bytes() == CONTENT
    assert service.counts["cdn"] == 2


def test_a_slow_file_may_take_longer_than_one_read(service, client, output, tmp_path):
    """The timeout for reading is 1 s: for all headers together, but for each piece of the body."""

    def slow(exchange):
        pause = exchange.service._stopping.wait
        pause(0.8)
        exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\n")
        pause(0.1)
        exchange.peer.conn.sendall(f"Content-Length: {len(CONTENT)}\r\n\r\n".encode())
        for start in range(0, len(CONTENT), len(CONTENT) // 4):
            pause(0.5)
            exchange.peer.conn.sendall(CONTENT[start : start + len(CONTENT) // 4])

    service.fault("cdn", slow)
    assert client.download(output, tmp_path).read_bytes() == CONTENT
    assert service.counts["cdn"] == 1


def test_a_server_without_ranges_starts_over(service, client, output, tmp_path):
    service.fault("cdn", cut_in_the_middle, faults.raw(CONTENT))
    assert client.download(output, tmp_path).read_bytes() == CONTENT


def test_resumed_at_the_wrong_place_is_refused(service, client, output, tmp_path):
    wrong = faults.status(
        206, CONTENT, Content_Range=f"bytes 5-{len(CONTENT) + 4}/{len(CONTENT) + 5}"
    )
    service.fault("cdn", cut_in_the_middle, wrong)
    with pytest.raises(DownloadError, match="wrong place"):
        client.download(output, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.status(404), "no longer available"),
        (faults.status(403), "no longer available"),
        (faults.raw(CONTENT + b"x"), "instead of"),
        (faults.raw(CONTENT[:-1]), "instead of"),
        (faults.redirect("file:///etc/passwd"), "not http"),
        (faults.redirect("ftp://127.0.0.1/x"), "not http"),
    ],
)
def test_what_cannot_be_had_whole_leaves_nothing(service, client, output, tmp_path, fault, words):
    service.always["cdn"] = fault
    with pytest.raises(DownloadError, match=words):
        client.download(output, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_endless_redirects_end(service, client, output, tmp_path):
    service.always["cdn"] = faults.redirect("/cdn/x/0.mp4")
    with pytest.raises(DownloadError, match="without end"):
        client.download(output, tmp_path)


def test_redirect_to_another_host_is_followed_without_keys(service, client, output, tmp_path):
    with FakeService() as other:
        other.files["/cdn/y"] = CONTENT
        service.fault("cdn", faults.redirect(f"{other.cdn_url}/y", 302))
        assert client.download(output, tmp_path).read_bytes() == CONTENT
        (_, headers, _) = other.requests[-1]
    assert not [name for name in headers if name.startswith("x-")]


def test_a_burst_of_errors_is_sat_out(service, client, output, tmp_path):
    service.fault("cdn", *map(faults.status, (503, 500, 429)))
    assert client.download(output, tmp_path).read_bytes() == CONTENT


def test_too_large_is_refused_before_it_is_fetched(client, output, tmp_path):
    with pytest.raises(DownloadError, match="max_bytes=1000"):
        client.download(output, tmp_path, max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_too_large_is_refused_when_nobody_said_so(service, client, output, tmp_path):
    service.fault("cdn", endless)
    unknown = Output("0.mp4", "video/mp4", 0, output.url, "1")
    with pytest.raises(DownloadError, match="max_bytes"):
        client.download(unknown, tmp_path, max_bytes=1_000_000)


def endless(exchange):
    exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n")
    while not exchange.service._stopping.is_set():
        exchange.peer.conn.sendall(bytes(100_000))


def test_a_callback_that_raises_stops_and_cleans_up(client, output, tmp_path):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.download(output, tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_at_once(service, client, output, tmp_path, monkeypatch):
    real = Path.open

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name):
            return getattr(self.file, name)

    monkeypatch.setattr(Path, "open", lambda self, mode="r": Full(real(self, mode)))
    with pytest.raises(DownloadError, match="No space left"):
        client.download(output, tmp_path)
    assert service.counts["cdn"] == 1


def test_a_download_is_cancelled_between_two_pieces(client, output, tmp_path):
    seen = []
    with pytest.raises(DownloadError, match="cancelled"):
        client.download(
            output, tmp_path, progress=lambda *p: seen.append(p), cancelled=lambda: bool(seen)
        )
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_download_is_cancelled_between_two_tries(service, output, tmp_path):
    service.always["cdn"] = faults.status(503)
    started = time.monotonic()

    def is_late() -> bool:
        return time.monotonic() - started > 0.3

    with WiroClient(Credentials("key"), service.api_url, retry=RetryPolicy(first=30)) as patient:  # noqa: SIM117
        with pytest.raises(DownloadError, match="cancelled"):
            patient.download(output, tmp_path, cancelled=is_late)
    assert time.monotonic() - started < 2
    assert service.counts["cdn"] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("silent", [True, False])
def test_a_download_is_cancelled_while_nothing_arrives(service, output, tmp_path, silent):
    waiting = threading.Event()

    def stall(exchange):
        size = f"HTTP/1.1 200 X\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode()
        exchange.peer.conn.sendall(size if silent else size + b"x")
        waiting.set()
        exchange.service._stopping.wait(60)

    service.fault("cdn", stall)
    client = WiroClient(Credentials("k"), service.api_url, timeouts=Timeouts(read=50.0))
    started = time.monotonic()
    with client, pytest.raises(DownloadError, match="cancelled"):
        client.download(output, tmp_path, cancelled=waiting.is_set)
    assert time.monotonic() - started < 5
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_drips_is_given_up(service, client, output, tmp_path):
    """A byte at a time, each of them in time."""
    service.fault("cdn", faults.drip)
    started = time.monotonic()
    with pytest.raises(DownloadError, match="too slowly: under 65536 bytes in 2 s"):
        client.download(output, tmp_path)
    assert time.monotonic() - started < FAST.total + 2


def test_a_file_that_drips_over_many_tries_is_given_up(service, client, output, tmp_path):
    def one_byte(exchange):
        done = int(exchange.headers.get("range", "bytes=0-")[6:-1])
        exchange.peer.conn.sendall(
            f"HTTP/1.1 206 X\r\nContent-Range: bytes {done}-9/{len(CONTENT)}\r\n\r\nx".encode()
        )
        exchange.peer.close()
        raise Hangup

    service.always["cdn"] = one_byte
    with pytest.raises(DownloadError, match="too slowly"):
        client.download(output, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_digest_of_a_file_is_that_of_all_its_bytes(service, client, output):
    service.fault("cdn", cut_in_the_middle, cut_in_the_middle_of_a_range)
    assert client.digest(output.url) == hashlib.sha256(CONTENT).hexdigest()
    service.fault("cdn", cut_in_the_middle, faults.raw(CONTENT))
    assert client.digest(output.url) == hashlib.sha256(CONTENT).hexdigest()
    (_, headers, _) = service.requests[-1]
    assert not [name for name in headers if name.startswith("x-") or name == "authorization"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("{cdn}/x/0.mp4", "max_bytes=1000"),
        ("{cdn}/none", "no longer available"),
        ("file:///x", "not http"),
    ],
)
def test_what_cannot_be_digested_is_a_download_error(service, client, output, url, words):
    with pytest.raises(DownloadError, match=words):
        client.digest(url.format(cdn=service.cdn_url), max_bytes=1000)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\x.mp4",
        "/abs.mp4",
        "a/b.mp4",
        "",
        "..",
        ".",
        "CON.mp4",
        "\0x",
        "é\u202e.mp4",
        "x" * 500 + ".mp4",
        "-rf.mp4",
        "nul",
    ],
)
def test_no_name_leaves_the_directory(client, output, tmp_path, name):
    path = client.download(output, tmp_path, name=name)
    assert path.parent == tmp_path
    assert path.is_file()
    assert safe_name(name) == safe_name(safe_name(name))


DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"
}


@given(
    st.text(st.characters(codec="utf-8"), max_size=300)
    | st.builds("{}{}".format, st.sampled_from(sorted(DEVICES)), st.sampled_from(["", ".", ".mp4"]))
    | st.builds("{}{}".format, st.text(max_size=9), st.sampled_from([".", " ", ":", "...", "~1"]))
)
@example("CON .txt")
@example("aux.tar.gz")
@example("한" * 200)
@example("e\u0301" * 100 + ".mp4")
@example("हिन्दी.mp4")
def test_a_name_is_one_that_windows_and_macos_take(name):
    """By what they forbid, not by how it is made."""
    safe = safe_name(name)
    assert safe not in {"", ".", ".."}
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', safe)
    assert not safe.endswith((".", " "))
    assert safe.split(".")[0].rstrip().lower() not in DEVICES
    for form in ("NFC", "NFD"):
        # Windows and HFS+ count halves of UTF-16, HFS+ with accents apart.
        assert len(unicodedata.normalize(form, safe).encode("utf-16-le")) <= 2 * 255
        # macOS takes them for one name.
        assert safe_name(unicodedata.normalize(form, name)) == safe
    assert len(safe.encode()) <= 255
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "http://",
        "//x/y",
        "http://[",
        "http://x:0/",
        "http://x:99999/",
        "http://a..b/",
        "http://\ud800/",
    ],
)
def test_only_http(client, tmp_path, url):
    with pytest.raises(DownloadError):
        client.download(Output("0.mp4", "video/mp4", 0, url, "1"), tmp_path)
