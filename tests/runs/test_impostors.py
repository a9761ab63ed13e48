"""What passes for a sandbox and is none: a proxy, or whoever has the port of one that ended."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO, Service, session_in_use, start_service, stop_service
from tests.runs.helpers import give_away, statuses
from wiro_widgets.client import Credentials, InputError, WiroError
from wiro_widgets.runs import sandbox_process
from wiro_widgets.runs.sandbox_process import SandboxLease, find_or_start, launch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMPT = "Nobody else reads this"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A notebook's folder of somebody who has no key set."""
    for name in [name for name in os.environ if name.startswith("WIRO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    if (session := session_in_use()) is not None:
        session.close()


class Gateway:
    """Forwards every connection to another address, and records what passes.

    Args:
        port: To listen on; 0 for any free one.
        target: Address that it passes on to; None to answer nothing.
    """

    def __init__(self, port: int = 0, target: tuple[str, int] | None = None) -> None:
        self.heard = bytearray()
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with closing(caller), suppress(OSError):
            if self._target is None:
                while piece := caller.recv(65536):
                    self.heard += piece
                return
            with socket.create_connection(self._target) as onward:
                back = threading.Thread(target=_pass_on, args=(onward, caller), daemon=True)
                back.start()
                while piece := caller.recv(65536):
                    self.heard += piece
                    onward.sendall(piece)

    def close(self) -> None:
        """Stop listening."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)


class _Friendly(BaseHTTPRequestHandler):
    """Answers every question with 200, as gateways with a page of their own do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Proof", "0" * 64)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def friendly() -> Iterator[str]:
    """The address of a server that answers every question with 200."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Friendly) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@contextmanager
def passing_on(service: Service) -> Iterator[Gateway]:
    """A gateway on this computer in front of a service that charges."""
    address = urlsplit(service.api_url)
    gateway = Gateway(target=(str(address.hostname), int(address.port or 0)))
    yield gateway
    gateway.close()


def test_a_server_that_says_yes_to_everything_is_no_sandbox() -> None:
    with friendly() as address:
        assert SandboxLease.take(address, Credentials("a-key", "a-secret")) is None


def test_behind_a_gateway_on_this_computer_nothing_is_sent_before_max_cost(
    folder: Path, service: Service
) -> None:
    """Even in front of a real sandbox: what is not reached at its own address proves nothing."""
    before = service.task_count()
    with passing_on(service) as gateway:
        url = f"http://127.0.0.1:{gateway.port}/v1"
        session = ww.connect(
            service.key, service.secret, api_url=url, socket_url=url.replace("http", "ws", 1)
        )
        assert f"Connected to 127.0.0.1:{gateway.port} with" in repr(session)
        assert "nothing is charged" not in repr(session)
        with pytest.raises(InputError, match="max_cost"):
            ww.compare([PROMPT, "Another"], image=PHOTO)
        planned = ww.sweep([PROMPT, "Another"], image=PHOTO)
        assert planned.service == "live"
        assert service.task_count() == before
        assert ww.run(PROMPT, image=PHOTO).wait(60).snapshot["service"] == "live"
        session.close()


@pytest.mark.parametrize("port_of", ["gateway", "wrong secret", "wrong key"])
def test_the_proof_is_for_one_address_and_one_secret(service: Service, port_of: str) -> None:
    credentials = {
        "gateway": Credentials(service.key, service.secret),
        "wrong secret": Credentials(service.key, "guessed"),
        "wrong key": Credentials("guessed", service.secret),
    }[port_of]
    with passing_on(service) as gateway:
        url = f"http://127.0.0.1:{gateway.port}/v1" if port_of == "gateway" else service.api_url
        assert SandboxLease.take(url, credentials) is None
        heard = bytes(gateway.heard)
    # Nothing was said that tells what the key is.
    for hidden in (service.key, service.secret, "x-api-key", "x-signature"):
        assert hidden.encode() not in heard
    lease = SandboxLease.take(service.api_url, Credentials(service.key, service.secret))
    assert lease is not None
    lease.release()


def test_a_project_without_a_secret_proves_itself_too() -> None:
    running = start_service("--key", "only-a-key", "--secret", "")
    try:
        assert SandboxLease.take(running.api_url, Credentials("another")) is None
        lease = SandboxLease.take(running.api_url, Credentials("only-a-key"))
        assert lease is not None
        lease.release()
    finally:
        stop_service(running)


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 204 No Content\r\nX-Proof: \xff\r\n\r\n",
        b"HTTP/1.1 " + b"9" * 9000 + b" No\r\n\r\n",
        b"X" * 40_000,
        b"X-A: 1\r\n" * 1500 + b"\r\n",
        b"\r\n\r\n",
    ],
)
def test_nonsense_is_no_sandbox(says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with closing(listening.accept()[0]) as caller:
                caller.recv(65536)
                caller.sendall(says)

        answering = threading.Thread(target=answer)
        answering.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        assert SandboxLease.take(url, Credentials("a-key", "a-secret")) is None
        answering.join(10)


def test_whoever_takes_the_port_of_a_dead_sandbox_hears_nothing(folder: Path) -> None:
    """Its card is left, since it was killed; the next run finds another sandbox."""
    first = ww.connect()
    ww.run("The sandbox is there", image=PHOTO).wait(60)
    request = first.request(PROMPT, image=PHOTO, parameters={})
    key = first._source.credentials.headers("0")["x-api-key"]
    port = int(urlsplit(first.client.api_url).port or 0)
    _kill_the_one_at(port)
    impostor = Gateway(port)
    try:
        # A session that somebody kept goes nowhere, and the notebook's is another one.
        kept = first.submit(request)
        run = ww.run(PROMPT, image=PHOTO, fresh=True)
        assert session_in_use() is not first
        assert "the sandbox on this computer" in repr(session_in_use())
        assert run.wait(60).video is not None
        with pytest.raises(WiroError):
            kept.wait(60)
        heard = bytes(impostor.heard)
    finally:
        impostor.close()
        first.close()
    for hidden in (key, PROMPT, "x-signature", "JFIF", "tasktoken"):
        assert hidden.encode() not in heard, hidden
    assert "succeeded" in statuses(folder)
    session = session_in_use()
    assert session is not None
    _kill_the_one_at(int(urlsplit(session.client.api_url).port or 0))


def _kill_the_one_at(port: int) -> None:
    for process in psutil.process_iter(["cmdline"]):
        if "wiro_widgets.sandbox" in (process.info["cmdline"] or []) and any(
            one.laddr.port == port and one.status == psutil.CONN_LISTEN
            for one in process.net_connections("tcp")
        ):
            process.kill()
            process.wait(10)


def test_the_card_goes_with_the_sandbox_and_nobody_else_sees_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_process, "_IDLE_SECONDS", 1)
    process, sandbox = launch(tmp_path)
    card = tmp_path / "sandbox.json"
    assert card.exists()
    arguments = " ".join(psutil.Process(process.pid).cmdline())
    assert sandbox.key not in arguments
    assert sandbox.secret not in arguments
    assert process.wait(15) == 0
    assert not card.exists()


@pytest.mark.parametrize("how", ["mode", "owner", "folder"])
def test_a_card_that_others_may_have_written_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    process, sandbox = launch(tmp_path)
    card = tmp_path / "sandbox.json"
    assert sandbox_process._read(card) == sandbox
    if how == "mode":
        card.chmod(0o666)
    elif how == "folder":
        tmp_path.chmod(0o777)
    else:
        give_away(card, monkeypatch)
    assert sandbox_process._read(card) is None
    tmp_path.chmod(0o700)
    process.kill()
    process.wait(10)


def test_the_sandboxs_folder_is_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "wiro-widgets"
    folder.mkdir()
    folder.chmod(0o777)
    before = os.umask(0)
    try:
        sandbox, lease = find_or_start()
    finally:
        os.umask(before)
    every = [folder, *folder.rglob("*")]
    assert {path.name for path in every} >= {"sandbox.log", "sandbox.json", "state.sqlite"}
    open_to_others = [path for path in every if path.stat().st_mode & 0o077]
    # The lock has nothing in it.
    assert [path.name for path in open_to_others if path.stat().st_size] == []
    assert sandbox.key not in repr(sandbox)
    lease.release()
    _kill_the_one_at(int(urlsplit(sandbox.api_url).port or 0))
