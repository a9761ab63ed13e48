"""Object stores to put files in: a real S3 server in this process, and one that answers faults."""

from __future__ import annotations

import contextlib
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import urllib3
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "clips"
KEY, SECRET = "AKIDTEST", "a-secret-nobody-may-see"


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """An S3 server with an empty bucket; its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urlopen(Request(f"{url}/{BUCKET}", method="PUT")).close()
    try:
        yield url
    finally:
        server.stop()


def environment(url: str) -> dict[str, str]:
    """What `obstore` reads."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


class Faults:
    """A proxy before an S3 server that answers what it is told to, or lets requests through.

    Attributes:
        answer: Status and body of every answer; None lets requests through.
        asked: Method and path of each request.
        hold: Cleared, it keeps every request waiting.
        cut: How many bytes of a file come back; None for all.
    """

    def __init__(self, behind: str = "") -> None:
        self.behind = behind
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[tuple[str, str]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.cut: int | None = None
        faults = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                faults.asked.append((self.command, self.path))
                faults.hold.wait(20)
                status, headers, answer = faults._answer_to(self, body)
                if faults.cut is not None and self.command == "GET":
                    answer = answer[: faults.cut]
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    with contextlib.suppress(OSError):
                        self.wfile.write(answer)

            do_PUT = do_HEAD = do_POST = do_DELETE = do_GET  # noqa: N815 - names of methods

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _answer_to(
        self, request: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        if self.answer is not None:
            return self.answer[0], [], self.answer[1]
        # As it came, so that signatures hold: the host is part of them.
        answer = urllib3.request(
            request.command,
            self.behind + request.path,
            body=body,
            headers=dict(request.headers),
            preload_content=True,
        )
        dropped = {"content-length", "transfer-encoding", "connection"}
        if request.command == "HEAD":
            dropped.discard("content-length")
        headers = [pair for pair in answer.headers.items() if pair[0].lower() not in dropped]
        return answer.status, headers, answer.data

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
