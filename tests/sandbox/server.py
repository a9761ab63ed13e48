"""A sandbox in a process of its own, and a client that is nothing but requests and hmac."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
import websocket
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICE = REPOSITORY.parent / "shared" / "service"
HAILUO = "/Run/minimax/hailuo-2-3-fast"
TEXT_TO_VIDEO = "/Run/minimax/hailuo-2-3"
QUICK_IMAGE = "/Run/black-forest-labs/flux-2-pro"
QUICK_CLIP = "/Run/pruna/p-video"
DEADLINE = 60.0
_nonces = itertools.count(1)


def image_body(prompt: str = "a lighthouse", **more: Any) -> dict[str, Any]:
    """Parameters of the cheapest task there is: a picture of 64 x 64."""
    return {"prompt": prompt, "width": 64, "height": 64, **more}


def clip_body(prompt: str = "a lighthouse", **more: Any) -> dict[str, Any]:
    """Parameters of the cheapest clip: 24 frames."""
    return {"prompt": prompt, "duration": 1, "resolution": "720p", **more}


def png(width: int = 640, height: int = 480, *, step: int = 0) -> bytes:
    """A colourful picture; ``step`` makes different ones."""
    red = Image.linear_gradient("L").resize((width, height))
    green = Image.radial_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (red, green, red.rotate(90 + step, expand=False)))
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


class Sandbox:
    """A running server."""

    command = (sys.executable, "-m", "wiro_widgets.sandbox")

    def __init__(self, *flags: str) -> None:
        self.process = subprocess.Popen(
            [*self.command, *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read())
        self.ready = json.loads(line)
        self.api = self.ready["api_url"]
        self.base = self.api.removesuffix("/v1")
        self.key, self.secret = self.ready["key"], self.ready["secret"]
        self.http = requests.Session()

    def headers(self) -> dict[str, str]:
        """A fresh signature."""
        nonce = str(next(_nonces))
        message = f"{self.secret}{nonce}".encode()
        signature = hmac.new(self.key.encode(), message, hashlib.sha256).hexdigest()
        return {"x-api-key": self.key, "x-nonce": nonce, "x-signature": signature}

    def raw(self, path: str, **arguments: Any) -> requests.Response:
        """A signed POST."""
        headers = {**self.headers(), **arguments.pop("headers", {})}
        return self.http.post(self.api + path, headers=headers, timeout=DEADLINE, **arguments)

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """A signed POST of JSON; the parsed answer."""
        return self.raw(path, json={} if body is None else body).json()

    def run(self, path: str = QUICK_IMAGE, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """An accepted Run."""
        answer = self.post(path, image_body() if body is None else body)
        assert answer["result"], answer
        return answer

    def task(self, run: dict[str, Any]) -> dict[str, Any]:
        """The task of a Run as it is now."""
        return self.post("/Task/Detail", {"tasktoken": run["socketaccesstoken"]})["tasklist"][0]

    def wait(self, run: dict[str, Any], *statuses: str) -> dict[str, Any]:
        """The task of a Run once it is in one of the statuses (by default: over)."""
        wanted = statuses or ("task_postprocess_end", "task_cancel")
        end = time.monotonic() + DEADLINE
        while (task := self.task(run))["status"] not in wanted:
            assert time.monotonic() < end, task
            time.sleep(0.02)  # the pace of polling, not a synchronisation
        return task

    def finish(self, path: str = QUICK_IMAGE, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A Run, to its end."""
        return self.wait(self.run(path, body))

    def socket(self, *runs: dict[str, Any]) -> websocket.WebSocket:
        """A socket that has greeted, and registered for the tasks of some Runs."""
        socket = websocket.create_connection(self.ready["socket_url"], timeout=DEADLINE)
        assert json.loads(socket.recv()) == {"type": "connected", "version": "1.0"}
        for run in runs:
            register(socket, run)
        return socket

    def lease(self) -> requests.Response:
        """A lease, to be closed by the caller."""
        return requests.get(
            f"{self.base}/-/lease", headers=self.headers(), stream=True, timeout=DEADLINE
        )

    def kill(self) -> None:
        """End the server without any warning."""
        self.process.kill()
        self.process.wait(DEADLINE)
        self._close()

    def stop(self) -> float:
        """End the server as an operator does; the seconds it took."""
        begin = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(DEADLINE)
        seconds = time.monotonic() - begin
        self._close()
        return seconds

    def _close(self) -> None:
        self.http.close()
        self.process.stdout.close()
        self.process.stderr.close()


def register(socket: websocket.WebSocket, run: dict[str, Any]) -> None:
    """Register for the task of a Run."""
    socket.send(json.dumps({"type": "task_info", "tasktoken": run["socketaccesstoken"]}))


def frames_until(
    socket: websocket.WebSocket, kind: str = "task_postprocess_end"
) -> list[dict[str, Any]]:
    """The frames up to the first of a kind."""
    frames = [json.loads(socket.recv())]
    while frames[-1]["type"] != kind:
        frames.append(json.loads(socket.recv()))
    return frames
