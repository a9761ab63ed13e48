"""No key and no secret in a traceback that shows variables, however `ww.connect()` ends."""

from __future__ import annotations

import io
import socket
import threading
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import rich.console
import rich.traceback

import wiro_widgets as ww
from tests.notebooks.test_kernel import Kernel, kernel_of
from wiro_widgets.errors import WiroError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service

KEY, SECRET = "kkkk-1111-kkkk-1111", "ssss-2222-ssss-2222"
# What the cells read, so that no variable of theirs is the key.
VAULT = f"""
import os, pathlib
pathlib.Path("vault").write_text({f"{KEY} {SECRET}"!r})
read = lambda more="": [word + more for word in pathlib.Path("vault").read_text().split()]
"""


class Silent:
    """A server that is no sandbox and does not answer requests of the API."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._callers: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                self._callers.append(caller)
                if caller.recv(65536).startswith(b"GET"):
                    caller.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                else:
                    self.asked.set()

    def close(self) -> None:
        """Let go of everybody."""
        self._listening.close()
        for caller in self._callers:
            caller.close()


@contextmanager
def silent() -> Iterator[Silent]:
    """A server that never answers."""
    server = Silent()
    yield server
    server.close()


@pytest.fixture(scope="module", params=["short", "full"])
def kernel(
    request: pytest.FixtureRequest, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kernel]:
    """A kernel that shows variables, with our frames left out or all of them."""
    with kernel_of(service, tmp_path_factory.mktemp("kernel")) as running:
        running.run(f"{VAULT}\nos.environ['WIRO_TRACEBACK'] = {request.param!r}\n%xmode Verbose")
        yield running


def hidden(said: str) -> bool:
    """Whether neither stands in a text, nor half of it."""
    return not any(part in said for word in (KEY, SECRET) for part in (word, word[:9], word[-9:]))


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("ww.connect(*read())", "authorization"),
        ("ww.connect(*read('’'))", "characters that a key never has"),
        ("ww.connect(*read(), misspelt=1)", "misspelt"),
        ("ww.connect(*read(), *read())", "positional argument"),
        ("ww.connect([read()[0]], read()[1])", "Error"),
        ("ww.connect(*read(), api_url='ftp://host/')", "api_url"),
        ("ww.connect(*read(), directory='/dev/null/x')", "/dev/null"),
    ],
)
def test_a_call_that_fails_shows_neither(kernel: Kernel, cell: str, sentence: str) -> None:
    said = kernel.fail(cell)
    assert sentence in said
    assert hidden(said)


@pytest.mark.parametrize("call", ["ww.connect()", "ww.run('Never sent')"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"WIRO_API_KEY={KEY}\nWIRO_API_SECRET={SECRET}\n", "authorization"),
        (f"WIRO_API_KEY={KEY}’\nWIRO_API_SECRET={SECRET}\n", "characters that a key never has"),
        (f"WIRO_API_SECRET={SECRET}\nWIRO_API_KEY={KEY}'\n", None),
        (f'WIRO_API_SECRET={SECRET}\nWIRO_API_KEY="{KEY}\n', "NAME=value"),
        (f"WIRO_API_KEY={KEY}\nWIRO_API_SECRET={SECRET}\n\udcff", "can't be read"),
    ],
)
def test_the_key_of_a_file_is_shown_nowhere(
    kernel: Kernel, service: Service, call: str, content: str, sentence: str | None
) -> None:
    content += f"\nWIRO_API_URL={service.api_url}\nWIRO_SOCKET_URL={service.socket_url}\n"
    kernel.run(
        "from wiro_widgets.runs import current; current._current = None\n"
        "kept = {name: os.environ.pop(name) for name in list(os.environ) if 'WIRO_A' in name}\n"
        f"pathlib.Path('.env').write_text({content!r}, errors='surrogateescape')\n"
    )
    said = kernel.fail(call)
    kernel.run("os.remove('.env'); os.environ.update(kept)")
    assert (sentence or "Error") in said
    assert hidden(said)


@pytest.mark.parametrize("origin", ["code", "environment"])
def test_an_interrupt_shows_neither(kernel: Kernel, origin: str) -> None:
    with silent() as server:
        cell = f"ww.connect(*read(), api_url={server.url!r})"
        if origin == "environment":
            kernel.run(
                "kept = dict(os.environ)\n"
                "os.environ['WIRO_API_KEY'], os.environ['WIRO_API_SECRET'] = read()"
            )
            cell = f"ww.connect(api_url={server.url!r})"
        started = kernel.start(cell)
        assert server.asked.wait(30)
        kernel.manager.interrupt_kernel()
        status, said = kernel.finish(started)
        if origin == "environment":
            kernel.run("os.environ.clear(); os.environ.update(kept)")
    assert status == "error"
    assert "KeyboardInterrupt" in said
    assert hidden(said)
    assert "x-signature" not in said


@pytest.mark.parametrize("more", ["", "’"])
@pytest.mark.parametrize("wrong", [{}, {"misspelt": 1}])
def test_what_keeps_variables_of_errors_keeps_neither(
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    wrong: dict[str, int],
) -> None:
    """As programs do that report errors to somewhere else."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((WiroError, TypeError)) as caught:
        ww.connect(f"{KEY}{more}", f"{SECRET}{more}", api_url=service.api_url, **wrong)
    # From our first frame on: this test's own variables are not ours to hide.
    frames = caught.tb.tb_next
    kept = traceback.TracebackException(caught.type, caught.value, frames, capture_locals=True)
    assert hidden("".join(kept.format()))
    screen = io.StringIO()
    shown = rich.traceback.Traceback.from_exception(
        caught.type, caught.value, frames, show_locals=True, locals_max_string=None
    )
    rich.console.Console(file=screen, width=200).print(shown)
    assert hidden(screen.getvalue())
