"""The built widgets in a real browser, with a fake model in place of the kernel."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.engine import new_context
from tests.browser.widgets.clips import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Error, Page

ROOT = Path(__file__).parents[3]
BLANK = b"<!doctype html><html lang=en><title>t</title><link rel=icon href=data:,><body><main>"


class Handler(SimpleHTTPRequestHandler):
    """The checkout, and clips as servers of several qualities would serve them.

    ``/range/`` as it should be, ``/plain/`` without Range, ``/closed/`` without permission to
    draw the frames, ``/page/`` as if a film were a page, ``/gone/`` not at all, ``/silent/``
    without an answer as long as the other end listens.
    """

    protocol_version = "HTTP/1.1"
    media: Path

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        found = re.fullmatch(r"/(range|plain|closed|page)/([\w.]+\.(mp4|webm|mov))", self.path)
        if self.path == "/blank":
            self._answer(200, BLANK, "text/html")
        elif self.path.startswith("/silent/"):
            self.connection.recv(1)
            self.close_connection = True
        elif found:
            self._clip(found[1], found[3], (self.media / found[2]).read_bytes())
        else:
            super().do_GET()

    def _clip(self, quality: str, suffix: str, data: bytes) -> None:
        headers = {} if quality == "closed" else {"Access-Control-Allow-Origin": "*"}
        kind = "text/html" if quality == "page" else f"video/{suffix}"
        wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if quality == "plain" or not wanted:
            self._answer(200, data, kind, headers)
            return
        first = int(wanted[1])
        last = int(wanted[2] or len(data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        headers["Accept-Ranges"] = "bytes"
        self._answer(206, data[first : last + 1], kind, headers)

    def _answer(
        self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of numbered clips: ``25.mp4``, ``24.mp4`` (23.976) and ``16.mp4``."""
    folder = tmp_path_factory.mktemp("clips")
    for name, rate in (("25", 25), ("24", Fraction(24000, 1001)), ("16", 16)):
        write_clip(folder / f"{name}.mp4", rate=rate)
    return folder


@pytest.fixture(scope="session")
def sites(clips: Path) -> Iterator[tuple[str, str]]:
    """Two origins serving the same."""
    handler = type("Here", (Handler,), {"media": clips})
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), lambda *rest: handler(*rest, directory=str(ROOT)))
        for _ in range(2)
    ]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tuple(f"http://127.0.0.1:{server.server_port}" for server in servers)
    for server in servers:
        server.shutdown()
        server.server_close()


class Stage:
    """A page on which widgets are shown."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.errors: list[str] = []
        page.on("pageerror", self._note)
        page.goto(f"{site}/blank")

    def _note(self, error: Error) -> None:
        # Firefox reports among the errors of scripts what Chromium only logs: a refused answer.
        if not error.message.startswith("The Same Origin Policy disallows reading"):
            self.errors.append(str(error))

    def show(self, widget: str, **traits: Any) -> None:
        """Show a widget in ``main``; the page knows it as ``shown``."""
        self.page.evaluate(
            """async ([widget, traits]) => {
                const { show } = await import("/js/demo/demo.js");
                window.shown = await show(widget, traits, document.querySelector("main"));
            }""",
            [widget, traits],
        )

    def snapshot(self, state: str, **changes: Any) -> dict[str, Any]:
        """One of the demo's states."""
        return self.page.evaluate(
            """async ([state, changes]) => {
                const { states } = await import("/js/demo/states.js");
                return { ...states(null, null)[state], ...changes };
            }""",
            [state, changes],
        )

    def set(self, name: str, value: Any) -> None:
        """Set a trait as the kernel does."""
        self.page.evaluate("([name, value]) => shown.model.set(name, value)", [name, value])

    def sent(self) -> list[dict[str, Any]]:
        """What the view has sent to the kernel."""
        return self.page.evaluate("shown.model.sent")

    def run(self, snapshot: dict[str, Any]) -> None:
        """Go on with a run as the kernel does."""
        self.page.evaluate("snapshot => shown.run(snapshot)", snapshot)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(condition, timeout=8000)


@contextmanager
def _opened(site: str, **media: str) -> Iterator[Stage]:
    context = new_context(viewport={"width": 800, "height": 700}, **media)
    stage = Stage(context.new_page(), site)
    yield stage
    context.close()
    assert stage.errors == []


@pytest.fixture
def stage(sites: tuple[str, str]) -> Iterator[Stage]:
    """A light page, 800 px wide; nothing may have been thrown on it."""
    with _opened(sites[0]) as opened:
        yield opened


@pytest.fixture
def calm(sites: tuple[str, str]) -> Iterator[Stage]:
    """The same for someone who asked for less motion."""
    with _opened(sites[0], reduced_motion="reduce") as opened:
        yield opened


@pytest.fixture
def forced_colours(sites: tuple[str, str]) -> Iterator[Stage]:
    """The same for someone whose system chooses the colours."""
    with _opened(sites[0], forced_colors="active") as opened:
        yield opened
