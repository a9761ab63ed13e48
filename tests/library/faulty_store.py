"""What stands before an object store, and has it answer faults."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


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
