"""A real service on loopback that misbehaves on purpose, and counts what it sees.

Raw sockets, so that a connection can be cut at any byte. One port answers HTTP and the live
socket. A test sets a switch, uses the client, and looks at the counters.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import socket
import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from tests.client.cdn import serve_file
from tests.client.fake_task import STAGES, TIMES, FakeTask
from tests.client.faults import drip_headers
from tests.client.wire import Exchange, Hangup, Peer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from typing_extensions import Self


class FakeService:
    """The service and its switches.

    Switches: `faults[kind]` holds what happens to the next requests of a kind (``Run``,
    ``Task/Detail``, ...), each used once; `always[kind]` the same for all of them.
    `socket_mode` is ``ok``, ``refuse``, ``blackhole``, ``silent``, ``mute`` (no pongs),
    ``first-only`` (frames for the first token of a socket only), ``cut`` (right after
    registering), ``drip`` (a handshake without end), ``redirect URL`` or ``say TEXT``;
    `cut_at` names the stage whose frame is replaced by a cut.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.name = "localhost"
        """What it is called over TLS."""
        self.counts: Counter[str] = Counter()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.handshakes: list[dict[str, str]] = []
        self.faults: dict[str, deque[Any]] = {}
        self.always: dict[str, Any] = {}
        self.socket_mode = "ok"
        self.cut_at = ""
        self.old_frames = False
        self.files: dict[str, bytes] = {}
        self.tasks: dict[str, FakeTask] = {}
        self.tools: list[dict[str, Any]] = []
        self.script: Callable[[FakeTask], None] | None = None
        self.changed = threading.Condition()
        self._ids = itertools.count(534574)
        self._peers: set[Peer] = set()
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self.spawn(self._accept)

    @property
    def origin(self) -> str:
        return f"https://{self.name}:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def socket_url(self) -> str:
        return self.api_url.replace("http", "ws", 1)

    @property
    def cdn_url(self) -> str:
        return f"{self.origin}/cdn"

    @property
    def paid_posts(self) -> int:
        return self.counts["Run"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in list(self._peers):
            peer.reset()
        with self.changed:
            self.changed.notify_all()
        for thread in self._threads:
            thread.join(5)

    # What tests do

    def fault(self, kind: str, *faults: Any) -> None:
        self.faults.setdefault(kind, deque()).extend(faults)

    def new_task(self) -> FakeTask:
        number = str(next(self._ids))
        token = f"tok{number}".ljust(30, "x")
        task = self.tasks[number] = FakeTask(number, token)
        task.times["createtime"] = str(int(time.time()))
        return task

    def wait_for(self, condition: Callable[[], Any], within: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, within), "the fake service waited in vain"

    def advance(self, task: FakeTask, stage: str, message: Any = "", **extra: Any) -> None:
        """Move a task on and tell its sockets."""
        if task.over:
            return
        if stage != "task_error":
            task.status = stage
        if stage in TIMES:
            task.times[TIMES[stage]] = str(int(time.time()))
        if stage in {"task_output", "task_error"} and isinstance(message, str):
            if stage == "task_output":
                task.log += message + "\n"
            else:
                task.error_log += message + "\n"
        if stage == "task_postprocess_end":
            task.pexit = task.pexit or "0"
            message = task.outputs
        self.emit(task, stage, message, **extra)

    def emit(self, task: FakeTask, kind: str, message: Any = "", **extra: Any) -> None:
        if kind == self.cut_at:
            self.cut_at = ""
            self.cut_sockets()
            return
        frame: dict[str, Any] = {"type": kind, "id": task.id, "message": message, "result": True}
        if self.old_frames:
            frame = {**frame, "tasktoken": task.token, "id": ""}
        else:
            done = kind in {"task_postprocess_end", "task_cancel"}
            frame |= {
                "success": task.pexit == "0",
                "terminal": done,
                "exitCode": task.pexit or None,
            }
        self.say(task, json.dumps({**frame, **extra}))

    def say(
        self, task: FakeTask, payload: bytes | str, opcode: int = 1, *, final: bool = True
    ) -> None:
        for peer in list(self._peers):
            heard = peer.tokens[:1] if self.socket_mode == "first-only" else peer.tokens
            if task.token in heard and self.socket_mode != "silent":
                peer.frame(payload, opcode, final=final)

    def cut_sockets(self) -> None:
        for peer in list(self._peers):
            if peer.is_socket:
                peer.reset()

    def finish(self, task: FakeTask, content: bytes = b"clip" * 1000) -> None:
        """Go through the stages that are left, with one output."""
        name = f"/cdn/{task.id}/0.mp4"
        self.files[name] = content
        task.outputs = [
            {
                "id": hashlib.md5(name.encode()).hexdigest(),
                "name": "0.mp4",
                "contenttype": "video/mp4",
                "size": str(len(content)),
                "url": f"{self.origin}{name}",
            }
        ]
        task.cost = "0.190000000000"
        for stage in STAGES[STAGES.index(task.status) + 1 :]:
            self.advance(task, stage, "Processing: 50%" if stage == "task_output" else "")

    def registered(self, task: FakeTask) -> bool:
        return any(task.token in peer.tokens for peer in self._peers)

    def play(self, task: FakeTask, pause: float = 0.01) -> None:
        """Run a task to its end in the background, at with a pause before each stage."""

        def go() -> None:
            for stage in STAGES[1:-1]:
                self._stopping.wait(pause)
                self.advance(task, stage, "Processing: 50%" if stage == "task_output" else "")
            self.finish(task)

        self.spawn(go)

    # What the service does

    def spawn(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.counts["connections"] += 1
            self.spawn(self._welcome, conn)
            self._threads = [t for t in self._threads if t.is_alive()]

    def _welcome(self, conn: socket.socket) -> None:
        if self._tls:
            try:
                conn = self._tls.wrap_socket(conn, server_side=True)
            except OSError:
                conn.close()
                return
        self._attend(Peer(conn))

    def _attend(self, peer: Peer) -> None:
        self._peers.add(peer)
        try:
            while True:
                exchange = Exchange(self, peer, peer.until(b"\r\n\r\n"))
                if exchange.headers.get("upgrade", "").lower() == "websocket":
                    self._attend_socket(peer, exchange)
                    return
                self._answer(exchange)
        except (Hangup, OSError, ValueError):
            pass
        finally:
            self._peers.discard(peer)
            peer.close()
            with self.changed:
                self.changed.notify_all()

    def _answer(self, exchange: Exchange) -> None:
        kind = "cdn" if exchange.path.startswith("/cdn") else exchange.kind
        with self.changed:
            self.counts[kind] += 1
            self.changed.notify_all()
        waiting = self.faults.get(kind)
        fault = waiting.popleft() if waiting else self.always.get(kind)
        if fault is None:
            exchange.proceed()
        else:
            fault(exchange)

    def serve(self, exchange: Exchange) -> None:
        self.requests.append((exchange.path, exchange.headers, exchange.body()))
        if exchange.path.startswith("/cdn"):
            serve_file(exchange)
        elif exchange.kind == "Run":
            task = self.new_task()
            self.counts["accepted"] += 1
            exchange.reply({"taskid": task.id, "socketaccesstoken": task.token})
            if self.script:
                self.script(task)
        elif exchange.kind in {"Task/Detail", "Task/Cancel", "Task/Kill"}:
            self._serve_task(exchange)
        elif exchange.kind == "Task/List":
            newest = [task.detail() for task in reversed(self.tasks.values())]
            asked = exchange.json()
            start, limit = int(asked["start"]), int(asked["limit"])
            exchange.reply({"tasklist": newest[start : start + limit], "total": str(len(newest))})
        elif exchange.kind in {"Tool/List", "Tool/Detail"}:
            exchange.reply({"tool": self._tools(exchange), "total": len(self.tools)})
        elif exchange.kind == "File/Upload":
            stored = {"id": "f1", "name": "in.png", "url": f"{self.cdn_url}/in.png", "size": "3"}
            exchange.reply({"list": [stored]})
        elif exchange.kind == "File/FolderCreate":
            exchange.reply({"list": [{"id": "folder1", "name": exchange.json()["name"]}]})
        else:
            exchange.refuse("Error parsing url.", status=404)

    def _tools(self, exchange: Exchange) -> list[dict[str, Any]]:
        wanted = exchange.json()
        if exchange.kind == "Tool/List":
            return self.tools
        slug = (wanted["slugowner"], wanted["slugproject"])
        return [t for t in self.tools if (t["slugowner"], t["slugproject"]) == slug]

    def _serve_task(self, exchange: Exchange) -> None:
        wanted = exchange.json()
        task = next(
            (
                t
                for t in self.tasks.values()
                if t.id == wanted.get("taskid")
                or t.token == (wanted.get("tasktoken") or wanted.get("socketaccesstoken"))
            ),
            None,
        )
        if task is None:
            exchange.refuse("There is no task yet.")
            return
        if exchange.kind == "Task/Cancel":
            if task.status != "task_queue":
                exchange.refuse("Task is not in a cancellable state.", code=1)
                return
            self.advance(task, "task_cancel")
        if exchange.kind == "Task/Kill":
            if task.over or task.status == "task_queue":
                exchange.refuse("Task could not be killed: not running", code=1)
                return
            self.advance(task, "task_cancel")
        exchange.reply({"tasklist": [task.detail()], "total": "1"})

    def _turned_away(self, peer: Peer, exchange: Exchange) -> bool:
        mode, _, url = self.socket_mode.partition(" ")
        if mode == "refuse":
            exchange.send(403, b"no sockets here")
        elif mode == "redirect":
            exchange.send(302, b"", Location=url)
        elif mode == "blackhole":
            self._stopping.wait()
        elif mode == "drip":
            drip_headers(peer, self)
        elif mode == "say":
            peer.conn.sendall(url.encode())
        else:
            return False
        return True

    def _attend_socket(self, peer: Peer, exchange: Exchange) -> None:
        self.counts["sockets"] += 1
        self.handshakes.append(exchange.headers)
        if self._turned_away(peer, exchange):
            return
        key = exchange.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        peer.conn.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        peer.is_socket = True
        peer.frame('{"type":"connected","version":"1.0"}')
        while True:
            opcode, data = peer.read_frame()
            if opcode == 8:
                return
            if opcode == 9 and self.socket_mode != "mute":
                peer.frame(data, 10)
            if opcode != 1:
                continue
            message = json.loads(data)
            if message.get("type") == "task_info":
                if self.socket_mode == "cut":
                    peer.reset()
                    return
                with self.changed:
                    peer.tokens.append(message["tasktoken"])
                    self.counts["registrations"] += 1
                    self.changed.notify_all()
