"""Bodies, paths and ranges made to break a server: each is refused, and memory stays bounded."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import socket
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from .server import DEADLINE, Sandbox

MOST_MIB = 60
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n'
NESTED = (
    b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n1\r\n--y--\r\n--x--\r\n"
)


def bomb() -> bytes:
    """512 MiB of zeros in half a megabyte."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(512):
            file.write(bytes(2**20))
    return packed.getvalue()


@pytest.fixture
def watched(start):
    """A server, whose memory is looked at afterwards."""
    sandbox: Sandbox = start("--speed", "2000")
    process = psutil.Process(sandbox.process.pid)
    sandbox.post("/Task/List")
    before = process.memory_info().rss
    yield sandbox
    assert (process.memory_info().rss - before) / 2**20 < MOST_MIB
    assert sandbox.post("/Task/List")["result"] is True


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"prompt": "' + b"x" * 2**21 + b'"}', {}),
        (b"[" * 900_000 + b"]" * 900_000, {}),
        (b'{"prompt": ' + b"9" * 5000 + b"}", {}),
        (b"".join(PART % number for number in range(5000)) + b"--x--\r\n", MULTIPART),
        (NESTED, MULTIPART),
        (b"a=" + b"x" * 2**21, {"Content-Type": "application/x-www-form-urlencoded"}),
    ],
    ids=["large", "deep", "digits", "parts", "nested", "form"],
)
def test_a_hostile_body_is_refused(watched, body, headers):
    for path in ("/Task/List", "/Run/minimax/hailuo-2-3"):
        answer = watched.raw(path, data=body, headers=headers)
        assert answer.status_code == 413 or answer.json()["result"] is False


def test_a_body_that_unpacks_without_end_is_refused(watched):
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = watched.raw("/Task/List", data=bomb(), headers=headers)
    assert answer.status_code in (400, 413)


def test_large_bodies_without_a_key_are_not_taken_in(watched):
    address = urlsplit(watched.base)
    head = (
        f"POST /v1/File/Upload HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Length: {2**40}\r\n\r\n"
    )
    for _ in range(20):
        with socket.create_connection((address.hostname, address.port), DEADLINE) as caller:
            caller.sendall(head.encode())
            with contextlib.suppress(ConnectionError):
                caller.sendall(bytes(2**22))
            assert b" 401 " in caller.recv(100)


@pytest.mark.parametrize("start_of", ["/cdn1", "/v1/File", ""])
@pytest.mark.parametrize(
    "way", ["..", "%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", "..%5c..", "%252e%252e", "./.", "//etc"]
)
def test_no_path_leads_out_of_the_files(start, tmp_path, start_of, way):
    sandbox = start("--state", str(tmp_path))
    for target in ("state.sqlite", "etc/passwd", "media"):
        request = requests.Request("GET", sandbox.base).prepare()
        request.url = f"{sandbox.base}{start_of}/{way}/{target}"
        assert sandbox.http.send(request, timeout=10).status_code == 404


def test_ranges_are_taken_at_their_word_or_refused(fast):
    url = fast.finish()["outputs"][0]["url"]
    whole = requests.get(url, timeout=10).content
    for asked in (
        "bytes=5-2",
        "bytes=a-b",
        f"bytes={10**40}-",
        "bytes=-",
        "bytes=0-1,3-4",
        "x" * 99,
    ):
        answer = requests.get(url, headers={"Range": asked}, timeout=10)
        assert answer.status_code in (206, 400, 416)
        assert answer.status_code != 206 or answer.content in whole
    many = "bytes=" + ",".join(f"{first}-" for first in itertools.islice(range(0, 9999, 2), 1000))
    assert len(requests.get(url, headers={"Range": many}, timeout=10).content) <= len(whole)


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xhtml", "a.xml", "a.js", "a.mp4.html", "a"])
def test_no_upload_is_served_as_a_page_or_a_program(fast, name):
    files = {"file": (f"hostile-{name}", b"<svg xmlns='x' onload='alert(1)'/>")}
    (file,) = fast.raw("/File/Upload", files=files).json()["list"]
    answer = requests.get(file["url"], timeout=10)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
