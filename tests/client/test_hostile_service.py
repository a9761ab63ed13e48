"""What a hostile service, file host or proxy may try, and what it gets by that: nothing."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
import zlib

import psutil
import pytest

from tests.client import faults
from tests.client.conftest import FAST, KEY, SECRET, submitted, wait_registered
from tests.client.fake_service import FakeService
from wiro_widgets.client import (
    Credentials,
    DownloadError,
    InputError,
    Output,
    ProtocolError,
    ServiceError,
    WiroClient,
    WiroError,
)
from wiro_widgets.client.inputs import open_input, safe_name
from wiro_widgets.media.types import sniff
from wiro_widgets.schema.parsing import run_path
from wiro_widgets.schema.responses import Response, read_response

CONTENT = b"clip" * 10_000


def output(url: str, **changes) -> Output:
    return Output("0.mp4", "video/mp4", len(CONTENT), url, "1")._replace(**changes)


# Responses


def double(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body, 1), 1)


BOMBS = {
    "deflate": (zlib.compress(b" " * 200_000_000, 1), "deflate"),
    "gzip in gzip": (double(b" " * 200_000_000), "gzip, gzip"),
    "40 encodings": (b"{}", ", ".join(["gzip"] * 40)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_response_that_unpacks_without_end_is_refused(service, client, bomb):
    body, encoding = bomb
    service.always["Task/List"] = faults.raw(body, Content_Encoding=encoding)
    before = psutil.Process().memory_info().rss
    with pytest.raises(WiroError):
        client.tasks()
    assert psutil.Process().memory_info().rss - before < 150_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 2_000_000,
        b'{"result": true, "a": ' + b"[" * 900_000 + b"]" * 900_000 + b"}",
        b'{"result": true, "a": ' + b"9" * 5_000 + b"}",
        b"\xff\xfe\x00",
        b"",
    ],
    ids=["open", "nested", "digits", "noise", "nothing"],
)
def test_a_body_that_cannot_be_decoded_is_a_protocol_error(body):
    with pytest.raises(ProtocolError):
        read_response(Response(200, body))


def test_a_head_of_very_many_lines_is_refused(service, client):
    def many(exchange):
        exchange.body()
        exchange.send(200, b"{}", **{f"X_{number}": "x" for number in range(200)})

    service.always["Task/List"] = many
    with pytest.raises(ProtocolError):
        client.tasks()


def test_no_key_follows_a_redirect_of_the_api(service, client):
    with FakeService() as elsewhere:
        service.always["Task/List"] = faults.redirect(f"{elsewhere.api_url}/Task/List")
        with pytest.raises(ServiceError, match="redirects"):
            client.tasks()
        assert elsewhere.counts["connections"] == 0


@pytest.mark.parametrize(
    "name", ["../x", "a/..", "a/.", "a/b/c", "a/b?x=1", "a/b#x", "a/%2e%2e", "a/b\r\nX: 1", "a/\0"]
)
def test_the_name_of_a_model_stays_one_part_of_the_path(name):
    try:
        path = run_path(name)
    except InputError:
        return
    assert path.startswith("Run/a/")
    assert path.count("/") == 2
    assert not {"?", "#", "\r", "\n", "\0"} & set(path)
    assert "%2e" not in path.lower()


# The socket


def frame_of_a_tebibyte(service, task) -> None:
    for peer in list(service._peers):
        if task.token in peer.tokens:
            peer.conn.sendall(struct.pack("!BBQ", 0x81, 127, 1 << 40) + bytes(4_000_000))


def noise(service, task) -> None:
    for peer in list(service._peers):
        if task.token in peer.tokens:
            peer.conn.sendall(b"\xff\xff\xff" * 100_000)


@pytest.mark.parametrize("attack", [frame_of_a_tebibyte, noise])
def test_a_socket_that_talks_nonsense_is_closed(service, client, attack):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    before = psutil.Process().memory_info().rss

    def spoil() -> None:
        with contextlib.suppress(OSError):
            attack(service, task)
        service.wait_for(lambda: service.counts["sockets"] == 2)
        service.finish(task)

    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.spawn(spoil)
    assert event.task.succeeded
    assert psutil.Process().memory_info().rss - before < 60_000_000


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 x y\r\n\r\n",
        "HTTP/1.1 101 X\r\nno colon\r\n\r\n",
        "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: x\r\n\r\n",
        "HTTP/1.1 403 X\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 403 X\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_a_handshake_that_makes_no_sense_ends_nothing(service, client, head):
    service.socket_mode = f"say {head}"
    submission = submitted(client)
    service.play(service.tasks[submission.task_id])
    assert client.wait(submission, timeout=20).succeeded
    assert service.counts["sockets"] > 0


def test_very_many_pings_change_nothing(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    before = psutil.Process().memory_info().rss

    def ping() -> None:
        for _ in range(20_000):
            service.say(task, b"ping", opcode=9)
        service.finish(task)

    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.spawn(ping)
    assert event.task.succeeded
    assert service.counts["sockets"] == 1
    assert psutil.Process().memory_info().rss - before < 20_000_000


def test_the_handshake_carries_no_key(service, client):
    submission = submitted(client)
    service.play(service.tasks[submission.task_id])
    client.wait(submission, timeout=10)
    assert len(service.handshakes) == 1
    assert "x-api-key" not in service.handshakes[0]
    assert not [v for v in service.handshakes[0].values() for s in (KEY, SECRET) if s in v]


# Files


HOSTILE_NAMES = [
    "../../etc/passwd",
    "..\\..\\x.mp4",
    "/abs.mp4",
    "C:\\x.mp4",
    "C:x.mp4",
    "a/b.mp4",
    "",
    ".",
    "..",
    "CON.mp4",
    "nul",
    "\0x.mp4",
    "x\0.mp4",
    ".bashrc",
    "-rf",
    "~/x.mp4",
    "$(id).mp4",
    "a\nb.mp4",
    "é\u202e4pm.exe",
    "\ud800.mp4",
    "漢" * 300 + ".mp4",
    "x" * 300 + ".mp4",
    "a." + "x" * 300,
    "x.mp4 ",
    "x.mp4...",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_of_an_output_leads_out_of_the_folder(service, client, tmp_path, name):
    service.files["/cdn/x"] = CONTENT
    folder = tmp_path / "clips"
    for given in ({"name": None}, {"name": name}):
        found = output(f"{service.cdn_url}/x", name=name)
        path = client.download(found, folder, **given)
        assert path.parent == folder
        assert path.read_bytes() == CONTENT
        assert path.name.isprintable()
        assert not path.name.startswith(".")
        assert safe_name(path.name) == path.name
    assert [item.name for item in tmp_path.iterdir()] == ["clips"]


def test_long_names_stay_different_and_keep_a_suffix_that_is_one():
    first, second = (safe_name(f"{number}-0.{'x' * 130}") for number in ("0001", "0002"))
    assert first != second
    assert safe_name(f"0001-{'漢' * 300}.mp4").endswith(".mp4")
    assert len(os.fsencode(safe_name("漢" * 300))) <= 120


@pytest.mark.parametrize(
    "url",
    ["data:video/mp4;base64,AAAA", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/x", "http:///x"],
)
def test_only_addresses_of_the_web_are_fetched(client, tmp_path, url):
    with pytest.raises(DownloadError, match=r"not http\(s\)"):
        client.download(output(url), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_address_injects_no_header(service, client, tmp_path):
    with pytest.raises(DownloadError, match="no longer available"):
        client.download(output(f"{service.cdn_url}/x HTTP/1.1\r\nX-Evil: 1\r\n\0"), tmp_path)
    (_, headers, _) = service.requests[-1]
    assert "x-evil" not in headers


@pytest.mark.parametrize("size", ["", "-5", "1e20", None, "x"])
def test_a_size_that_is_a_lie_stops_nothing(service, client, tmp_path, size):
    service.files["/cdn/x"] = CONTENT
    found = Output.parse({"name": "0.mp4", "size": size, "url": f"{service.cdn_url}/x"})
    assert client.download(found, tmp_path).read_bytes() == CONTENT


UNASKED = faults.status(206, CONTENT, Content_Range="bytes 7-9/10")


@pytest.mark.parametrize(
    "fault",
    [
        UNASKED,
        faults.status(206, CONTENT),
        faults.raw(CONTENT[:10], Content_Length="-5"),
        faults.raw(b"ffffffff\r\nxx\r\n", Transfer_Encoding="chunked"),
    ],
    ids=["unasked part", "part of nothing", "negative", "chunk"],
)
def test_a_transfer_that_is_a_lie_leaves_nothing(service, client, tmp_path, fault):
    service.always["cdn"] = fault
    with pytest.raises(DownloadError):
        client.download(output(f"{service.cdn_url}/x"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_packed_clip_is_not_unpacked(service, client, tmp_path):
    packed = gzip.compress(CONTENT)
    service.fault("cdn", faults.raw(packed, Content_Encoding="gzip"))
    path = client.download(output(f"{service.cdn_url}/x", size=len(packed)), tmp_path)
    assert path.read_bytes() == packed


def test_a_loop_of_redirects_ends_after_six_requests(service, client, tmp_path):
    service.always["cdn"] = faults.redirect(f"{service.cdn_url}/x", 302)
    with pytest.raises(DownloadError, match="without end"):
        client.download(output(f"{service.cdn_url}/x"), tmp_path)
    assert service.counts["cdn"] == 6


def test_no_redirect_leads_from_an_encrypted_file_to_a_plain_one(
    service, client, secure_service, certificate, monkeypatch, tmp_path
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    secure_service.fault("cdn", faults.redirect(f"{service.cdn_url}/x", 302))
    trusting = WiroClient(Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST)
    with trusting, pytest.raises(DownloadError, match=r"redirects to .* not encrypted"):
        trusting.download(output(f"{secure_service.cdn_url}/x"), tmp_path)
    assert service.counts["cdn"] == 0


# Inputs


def test_what_only_ends_like_a_picture_is_none():
    assert sniff(b"%!PS-AdoWEBP")[0] == "text/plain"
    assert sniff(b"RIFF\0\0\0\0WEBPVP8 ")[0] == "image/webp"


def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "launch.jpg"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="is a pipe"):
        open_input(pipe)
