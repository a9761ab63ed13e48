"""Whoever has no key: pages in a browser, other programs, other users of the computer."""

import contextlib
import hashlib
import hmac
import json
import secrets
import socket
import subprocess
import sys
import time
import zlib
from urllib.parse import urlsplit

import psutil
import pytest
import requests
import websocket

from .server import DEADLINE, QUICK_IMAGE, REPOSITORY, Sandbox, image_body, png, register

ELSEWHERE = "http://evil.example"
QUICKLY = """
import sys
from wiro_widgets.sandbox import __main__, events, server
server.HEAD_SECONDS, server.CONNECTIONS, events.SOCKETS = 1, 40, 8
sys.exit(__main__.main(sys.argv[1:]))
"""
"""A server with small limits, so that they are reached soon."""


class Limited(Sandbox):
    """A running server with small limits."""

    command = (sys.executable, "-c", QUICKLY)


class Frugal(Sandbox):
    """A running server that may have 64 files open."""

    command = ("bash", "-c", 'ulimit -n 64; exec "$@"', "bash", *Sandbox.command)


class Talkative(Sandbox):
    """A running server that warns of whatever Python finds odd."""

    command = (sys.executable, "-X", "dev", *Sandbox.command[1:])


@pytest.fixture
def limited():
    sandbox = Limited("--speed", "2000")
    yield sandbox
    sandbox.stop()


def open_connection(sandbox: Sandbox) -> socket.socket:
    address = urlsplit(sandbox.base)
    return socket.create_connection((address.hostname, address.port), DEADLINE)


def proof_of(key: str, secret: str, address: str, challenge: str) -> str:
    """What a sandbox with that key and secret answers, by the words of the documentation."""
    purpose = "wiro-widgets sandbox"
    known = hmac.new(key.encode(), (secret + purpose).encode(), hashlib.sha256).hexdigest()
    message = f"{purpose} {address} {challenge}"
    return hmac.new((known if secret else key).encode(), message.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("secret", ["a-secret", ""])
def test_it_proves_that_it_knows_the_secret_without_saying_it(start, secret):
    sandbox = start("--key", "a-key", "--secret", secret)
    challenge = secrets.token_hex(32)
    headers = {"X-Challenge": challenge}
    answer = requests.get(f"{sandbox.base}/-/proof", headers=headers, timeout=10)
    address = f"127.0.0.1 {urlsplit(sandbox.base).port}"
    assert answer.headers["X-Proof"] == proof_of("a-key", secret, address, challenge)
    again = requests.get(f"{sandbox.base}/-/proof", headers={"X-Challenge": "other"}, timeout=10)
    assert again.headers["X-Proof"] != answer.headers["X-Proof"]


@pytest.mark.parametrize("headers", [{}, {"X-Challenge": ""}, {"X-Challenge": "x" * 129}])
def test_it_proves_nothing_without_a_challenge(fast, headers):
    answer = requests.get(f"{fast.base}/-/proof", headers=headers, timeout=10)
    assert answer.status_code == 400
    assert "X-Proof" not in answer.headers


def test_a_proof_signs_no_request(fast):
    """Whoever may ask for proofs must not get a signature out of one."""
    nonce = "1"
    challenge = {"X-Challenge": nonce}
    proof = requests.get(f"{fast.base}/-/proof", headers=challenge, timeout=10).headers["X-Proof"]
    address = f"127.0.0.1 {urlsplit(fast.base).port}"
    for said in (nonce, f"wiro-widgets sandbox {address} {nonce}"):
        headers = {"x-api-key": fast.key, "x-nonce": said, "x-signature": proof}
        answer = requests.post(f"{fast.api}/Task/List", headers=headers, json={}, timeout=10)
        assert answer.status_code == 401


def test_a_lease_is_given_to_those_with_the_key_only(fast):
    for headers in ({}, {"x-api-key": fast.key}, {**fast.headers(), "x-signature": "0" * 64}):
        answer = requests.get(f"{fast.base}/-/lease", headers=headers, timeout=10)
        assert answer.status_code == 401
    with fast.lease() as lease:
        assert lease.raw.read(5) == b"held\n"


def test_strangers_do_not_keep_it_alive(start):
    sandbox = start("--idle-exit", "1.5")
    silent = websocket.create_connection(sandbox.ready["socket_url"], timeout=DEADLINE)
    register(silent, {"socketaccesstoken": "nobody's"})
    asking = requests.Session()
    began = time.monotonic()
    with contextlib.suppress(requests.ConnectionError):
        while time.monotonic() - began < DEADLINE:
            asking.get(f"{sandbox.base}/-/lease", timeout=10)
            asking.get(f"{sandbox.base}/-/proof", headers={"X-Challenge": "1"}, timeout=10)
            asking.post(f"{sandbox.api}/Task/List", json={}, timeout=10)
    sandbox.process.wait(DEADLINE)
    assert time.monotonic() - began < 10
    silent.close()
    asking.close()


@pytest.mark.parametrize("path", ["/v1/Task/List", "/v1/Tool/List", "/-/lease", "/-/proof"])
@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Host": "["}, {"Host": ""}]
    + [{"Origin": origin} for origin in (ELSEWHERE, "null", "https://127.0.0.1")],
    ids=str,
)
def test_a_page_of_another_site_is_refused(fast, path, headers):
    method = "POST" if path.startswith("/v1") else "GET"
    every = {**fast.headers(), "X-Challenge": "1", **headers}
    answer = requests.request(method, fast.base + path, headers=every, timeout=10)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "X-Proof" not in answer.headers


def test_a_page_of_another_site_gets_no_permission_to_ask(fast):
    headers = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{fast.api}/Task/List", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("wrong", [{"origin": ELSEWHERE}, {"host": "evil.example"}])
def test_a_page_of_another_site_opens_no_socket(fast, wrong):
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        websocket.create_connection(fast.ready["socket_url"], timeout=10, **wrong)
    assert caught.value.status_code == 403


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "192.168.0.7", "LOCALHOST"])
def test_the_names_that_no_site_can_claim_are_answered(fast, name):
    headers = {**fast.headers(), "Host": f"{name}:{urlsplit(fast.base).port}"}
    answer = requests.post(f"{fast.api}/Task/List", headers=headers, json={}, timeout=10)
    assert answer.json()["result"] is True


def test_the_name_it_was_told_to_listen_on_is_answered(start):
    sandbox = start("--host", "localhost")
    headers = {**sandbox.headers(), "Host": f"localhost:{urlsplit(sandbox.base).port}"}
    answer = requests.post(f"{sandbox.api}/Task/List", headers=headers, json={}, timeout=10)
    assert answer.json()["result"] is True


def test_any_page_may_read_a_file_it_has_the_address_of(fast):
    url = fast.finish()["outputs"][0]["url"]
    answer = requests.get(url, headers={"Origin": ELSEWHERE}, timeout=10)
    assert answer.status_code == 200
    answer = requests.get(url, headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 403


def test_a_head_that_is_never_finished_is_cut(limited):
    halves = [open_connection(limited) for _ in range(20)]
    for half in halves:
        half.sendall(b"GET /-/proof HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
    for half in halves:
        assert half.recv(1) == b""
        half.close()
    assert limited.post("/Task/List")["result"] is True


def test_a_connection_too_many_is_turned_away_and_the_others_go_on(limited):
    with limited.http:
        assert limited.post("/Task/List")["result"] is True
        many = [open_connection(limited) for _ in range(80)]
        # The one that was there before is served while they hold all the rest.
        assert limited.post("/Task/List")["result"] is True
        for one in many:
            with contextlib.suppress(ConnectionError):
                assert one.recv(1) == b""
            one.close()
    assert limited.post("/Task/List")["result"] is True


def test_it_does_not_run_out_of_open_files():
    sandbox = Frugal("--speed", "2000")
    many = [open_connection(sandbox) for _ in range(100)]
    assert sandbox.process.poll() is None
    for one in many:
        one.close()
    assert sandbox.finish()["pexit"] == "0"
    sandbox.process.terminate()
    assert sandbox.process.communicate(timeout=DEADLINE)[1] == ""
    sandbox.http.close()


def test_sockets_of_strangers_make_room_for_others(limited):
    run = limited.run(QUICK_IMAGE, image_body("sandbox: stall"))
    listening = limited.socket(run)
    strangers = [limited.socket() for _ in range(20)]
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        strangers[0].recv()
    limited.post("/Task/Kill", {"taskid": run["taskid"]})
    while json.loads(listening.recv())["type"] != "task_cancel":
        pass
    for one in strangers:
        one.close()


def test_registrations_for_nothing_take_no_memory(start):
    sandbox = start("--speed", "2000")
    process = psutil.Process(sandbox.process.pid)
    sandbox.run()
    sockets = [sandbox.socket() for _ in range(20)]
    before = process.memory_info().rss
    for one in sockets:
        for number in range(500):
            register(one, {"socketaccesstoken": f"{number:06}" * 500})
        one.ping()
        assert one.recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_PONG
    # 30 MB of tokens were sent.
    assert process.memory_info().rss - before < 10 * 2**20
    for one in sockets:
        one.close()


def test_files_of_one_request_have_a_limit_together(start, tmp_path):
    sandbox = start("--state", str(tmp_path))

    def body():
        for number in range(6):
            yield (
                f'--x\r\nContent-Disposition: form-data; name="file"; filename="{number}.png"'
                "\r\n\r\n"
            ).encode()
            for _ in range(99):
                yield b"0" * 2**20
            yield b"\r\n"

    headers = {**sandbox.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    with contextlib.suppress(requests.ConnectionError):
        # Refused before the whole body was taken, which may close the connection.
        answer = requests.post(
            f"{sandbox.api}/File/Upload", data=body(), headers=headers, timeout=DEADLINE
        )
        assert answer.status_code == 413
    assert sandbox.post("/Task/List")["result"] is True
    assert list((tmp_path / "media").iterdir()) == []


def test_a_picture_that_is_a_program_is_not_run(start, tmp_path, monkeypatch):
    """Pillow hands PostScript to Ghostscript, whatever the file is called."""
    for name in ("gs", "gswin32c", "gswin64c"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    sandbox = start("--speed", "2000")
    page = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n%%EndComments\nshowpage\n"
    for path in (QUICK_IMAGE, "/Run/minimax/hailuo-2-3"):
        files = {"inputImage": ("holiday.jpg", page)}
        run = sandbox.raw(path, data=image_body(duration="6"), files=files).json()
        assert sandbox.wait(run)["pexit"] == "1"
    assert not (tmp_path / "ran").exists()


def test_a_picture_that_would_fill_the_memory_is_refused(start):
    sandbox = start("--speed", "2000")
    huge = bytearray(png(8, 8))
    huge[16:24] = (13000).to_bytes(4, "big") * 2
    huge[29:33] = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    files = {"inputImage": ("huge.png", bytes(huge))}
    run = sandbox.raw(QUICK_IMAGE, data=image_body(), files=files).json()
    task = sandbox.wait(run)
    assert task["pexit"] == "1"
    assert "13000 x 13000" in task["debugoutput"]


def test_its_log_has_no_key_secret_or_token():
    sandbox = Talkative("--speed", "2000")
    run = sandbox.run()
    listening = sandbox.socket(run)
    listening.send('{"type": "task_info", "tasktoken": ["' + run["socketaccesstoken"] + '"]}')
    for path in ("/Task/Detail", "/Run/nobody/nothing", "/File/Upload"):
        sandbox.raw(path, data=b'{"tasktoken": "' + run["socketaccesstoken"].encode())
        sandbox.raw(path, data=b"\xff", headers={"Content-Type": "multipart/form-data; boundary="})
    with open_connection(sandbox) as broken:
        broken.sendall(f"GET /{sandbox.secret} HTTP/9\r\nx-api-key: {sandbox.key}\r\n\r\n".encode())
        broken.recv(1000)
    listening.sock.close()
    sandbox.wait(run)
    sandbox.process.terminate()
    said = sandbox.process.communicate(timeout=DEADLINE)[1]
    sandbox.http.close()
    for hidden in (sandbox.key, sandbox.secret, run["socketaccesstoken"]):
        assert hidden not in said


def test_keys_and_secrets_that_cannot_be_used_are_refused_and_not_repeated():
    for flags in (["--key", "hidden-ü"], ["--key", "hid\nden"], ["--secret", b"hidden-\xff"]):
        done = subprocess.run(
            [sys.executable, "-m", "wiro_widgets.sandbox", *flags],
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            timeout=30,
            check=False,
        )
        assert done.returncode == 2
        assert flags[0] in done.stderr
        assert "hid" not in done.stderr
        assert "Traceback" not in done.stderr
