"""The whole service for the life of a run, on loopback, with everything a test wants to break.

Real sockets: what is accepted, lost, held back or answered late is so on the wire, and a kernel in
another process meets the same. Built on the fake service of the client's tests, with HTTP, the live
socket and faults by kind of request (``fault("Run", ...)``, ``fault("cdn", ...)``).

Clips name the task, the parameters and the digests of the pictures they were made of, so a clip
that reached the wrong run is seen (`read_clip`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.client.fake_service import FakeService as ClientsService
from tests.client.fake_task import STAGES, FakeTask
from tests.client.wire import Exchange, Hangup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY, SECRET = "fake-key-1f7a", "fake-secret-9c02"
MODEL = "minimax/hailuo-2.3"
PRICE = "0.280000000000"
LIST_LIMIT = 100


def _select(name: str, *values: str, required: bool = False) -> dict[str, Any]:
    return {
        "id": name,
        "type": "select",
        "label": name,
        "default": values[0],
        "required": required,
        "options": [{"label": value, "value": value} for value in values],
    }


def _tool(project: str, *, image_required: bool) -> dict[str, Any]:
    """A hailuo model with a seed, so that any number of cells differ in one setting only."""
    inputs = [
        {
            "id": "inputImage",
            "type": "combinefileinput",
            "label": "First Frame",
            "default": "",
            "required": image_required,
        },
        {"id": "prompt", "type": "textarea", "label": "Prompt", "default": "", "required": False},
    ]
    settings = [
        _select("promptOptimizer", "true", "false"),
        _select("resolution", "768P", "1080P"),
        _select("duration", "6", "10", required=True),
        {"id": "seed", "type": "number", "label": "Seed", "default": "", "min": 0, "max": 99999},
    ]
    return {
        "id": "1612",
        "title": project,
        "slugowner": "MiniMax",
        "slugproject": project,
        "cleanslugowner": "minimax",
        "cleanslugproject": project.lower().replace(".", "-"),
        "categories": ["image-to-video"],
        "parameters": [
            {"title": "Inputs", "items": inputs},
            {"title": "Settings", "items": settings},
        ],
        "dynamicprice": json.dumps([{"inputs": {}, "price": float(PRICE), "priceMethod": "cpr"}]),
    }


TOOLS = (
    _tool("hailuo-2.3", image_required=False),
    _tool("hailuo-2.3-Fast", image_required=True),
)
_DEFAULTS = {"promptOptimizer": "true", "resolution": "768P", "duration": "6"}


@dataclass
class Paid:
    """A Run that arrived whole: what it would cost money for."""

    model: str
    parameters: dict[str, str]
    """Values as text."""
    inputs: dict[str, list[str]]
    """SHA-256 of each uploaded file, or the URL."""
    at: float
    task: LifeTask | None = None
    """What became of it; None when it was not accepted."""

    @property
    def key(self) -> str:
        """Equal for requests that ask for the same."""
        return json.dumps([self.model, self.parameters, self.inputs], sort_keys=True)


@dataclass
class LifeTask(FakeTask):
    """A task with what it was asked for."""

    model: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    """As the service tells them: text, and URLs of the files."""
    paid: Paid | None = None
    more: list[bytes] = field(default_factory=list)
    """Outputs it will have beside its clip."""
    cost: str | None = "0"  # type: ignore[assignment]
    """None while the charge is open."""

    def detail(self) -> dict[str, Any]:
        owner, _, project = self.model.partition("/")
        return {
            **super().detail(),
            "totalcost": self.cost,
            "modelslugowner": owner,
            "modelslugproject": project,
            "parameters": self.parameters,
        }


class Gate:
    """A fault that holds requests back until it is opened.

    Args:
        late: The request is served only then, too: a Run is accepted late.
    """

    def __init__(self, service: FakeService, *, late: bool) -> None:
        self._service = service
        self._late = late
        service.gates.append(self)
        self._opened = threading.Event()
        self._count = threading.Semaphore(0)

    def __call__(self, exchange: Exchange) -> None:
        exchange.body()
        answer = _Answer(exchange)
        if not self._late:
            self._service.serve(answer)
        self._count.release()
        if not self._opened.wait(60) or self._service.closing:
            raise Hangup
        if self._late:
            self._service.serve(answer)
        answer.deliver()

    def arrived(self, within: float = 20) -> Gate:
        """Wait until a further request is here (and accepted, unless `late`)."""
        assert self._count.acquire(timeout=within), "the request did not arrive"
        return self

    def open(self) -> None:
        self._opened.set()


class _Answer(Exchange):
    """An exchange whose answer is kept until it is delivered, or never."""

    def __init__(self, exchange: Exchange) -> None:
        self.__dict__.update(exchange.__dict__)
        self._kept: tuple[int, bytes, dict[str, str]] | None = None

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self._kept = (status, body, headers)

    def deliver(self) -> None:
        if self._kept is not None:
            status, body, headers = self._kept
            super().send(status, body, **headers)


def swallow_answer(exchange: Exchange) -> None:
    """The request is served; then the line is cut before the answer."""
    exchange.body()
    exchange.service.serve(_Answer(exchange))
    exchange.peer.reset()
    raise Hangup


def swallow_request(exchange: Exchange) -> None:
    """The request arrives whole and comes to nothing."""
    exchange.body()
    assert isinstance(exchange.service, FakeService)
    exchange.service.note(exchange)
    exchange.peer.reset()
    raise Hangup


def clip_gone(exchange: Exchange) -> None:
    exchange.body()
    exchange.send(404, b"gone")


def cut_clip(after: int) -> Any:
    """The line is cut after so many bytes of a clip."""

    def cut(exchange: Exchange) -> None:
        content, head = _ranged(exchange)
        exchange.peer.conn.sendall(head + content[:after])
        exchange.peer.reset()
        raise Hangup

    return cut


def crawl(exchange: Exchange) -> None:
    """A clip comes at `FakeService.clip_rate` bytes a second, as long as that is set."""
    service = exchange.service
    assert isinstance(service, FakeService)
    content, head = _ranged(exchange)
    exchange.peer.conn.sendall(head)
    sent = 0
    while sent < len(content):
        piece = max(1, int(service.clip_rate / 20)) if service.clip_rate else len(content)
        exchange.peer.conn.sendall(content[sent : sent + piece])
        sent += piece
        if service.clip_rate and service.pause(0.05):
            raise Hangup


def _ranged(exchange: Exchange) -> tuple[bytes, bytes]:
    """What is asked for of a file, and the head of the answer."""
    content = exchange.service.files[exchange.path]
    wanted = re.fullmatch(r"bytes=(\d+)-", exchange.headers.get("range", ""))
    start, total = int(wanted[1]) if wanted else 0, len(content)
    rest = content[start:]
    status = "206 X" if wanted else "200 X"
    head = f'HTTP/1.1 {status}\r\nContent-Length: {len(rest)}\r\nETag: "1"\r\n'
    if wanted:
        head += f"Content-Range: bytes {start}-{total - 1}/{total}\r\n"
    return rest, f"{head}\r\n".encode()


def refusal(message: str, code: int = 0, http_status: int = 200) -> Any:
    """A refusal in the service's own words."""

    def refuse(exchange: Exchange) -> None:
        exchange.body()
        if exchange.kind == "Run":
            assert isinstance(exchange.service, FakeService)
            exchange.service.note(exchange)
        exchange.refuse(message, code, http_status)

    return refuse


def read_clip(path: Path) -> dict[str, Any]:
    """What a clip was made of: ``task``, ``model``, ``parameters`` and ``inputs``."""
    clip: dict[str, Any] = json.loads(path.read_bytes().partition(b"\n")[0])
    return clip


def check_clip(run: Any) -> None:
    """The clip of a run is the one that its own request made."""
    clip = read_clip(run.video)
    assert clip["task"] == run.task_id
    for name, value in run.request.parameters.items():
        assert clip["parameters"][name] == _text(value), (run.name, name)
    for name, group in run.request.files.items():
        digests = [hashlib.sha256(one.source.read_bytes()).hexdigest() for one in group]
        assert clip["inputs"][name] == digests, run.name


class FakeService(ClientsService):
    """The service; its controls are attributes that may be changed at any time.

    Args:
        auto: Seconds between the steps of a task that runs to its end by itself; None leaves
            every task in the queue until the test moves it (`begin`, `finish`, `fail`, `kill`).
        slots: Tasks at a time; more are refused with code 96. None for no limit.
    """

    def __init__(self, *, auto: float | None = None, slots: int | None = None) -> None:
        super().__init__()
        self.auto = auto
        self.slots = slots
        self.tools = list(TOOLS)
        self.paid: list[Paid] = []
        """Every Run that arrived whole, accepted or not, in order of arrival."""
        self.hidden: set[str] = set()
        """Ids of tasks that Task/List does not show (yet)."""
        self.list_lag = 0
        """How many Task/List answers a new task is missing from."""
        self.inputs_readable = True
        """Whether the uploaded files may be fetched from the URLs in Task/List."""
        self.clip_bytes = 4096
        self.clip_rate = 0.0
        """Bytes a second for downloads that `crawl`; 0 sends the rest at once."""
        self.think: Callable[[], float] | None = None
        """Seconds before a Run is accepted, and anew before it is answered; None for none."""
        self.clock_ahead = 0.0
        """Seconds by which the service's clock differs from the computer's."""
        self.closing = False
        self.gates: list[Gate] = []
        self._unlisted: dict[str, int] = {}
        self._moving = threading.RLock()

    def __exit__(self, *_: object) -> None:
        self.closing = True
        for gate in self.gates:
            gate.open()
        super().__exit__()

    @property
    def environment(self) -> dict[str, str]:
        """What a kernel must have set to use it."""
        return {
            "WIRO_API_KEY": KEY,
            "WIRO_API_SECRET": SECRET,
            "WIRO_API_URL": self.api_url,
            "WIRO_SOCKET_URL": self.socket_url,
        }

    # What tests ask

    @property
    def accepted(self) -> list[LifeTask]:
        """The tasks, oldest first."""
        return [task for task in self.tasks.values() if isinstance(task, LifeTask)]

    @property
    def doubled(self) -> list[str]:
        """Requests that became more than one task; empty unless asked for on purpose."""
        keys = [task.paid.key for task in self.accepted if task.paid]
        return sorted({key for key in keys if keys.count(key) > 1})

    def task_with(self, **parameters: Any) -> LifeTask:
        """The newest task with these parameters, once it is there."""

        def find() -> LifeTask | None:
            wanted = {name: _text(value) for name, value in parameters.items()}
            return next(
                (
                    task
                    for task in reversed(self.accepted)
                    if task.paid and wanted.items() <= task.paid.parameters.items()
                ),
                None,
            )

        self.wait_for(find)
        task = find()
        assert task is not None
        return task

    def wait_accepted(self, count: int, within: float = 20) -> list[LifeTask]:
        """The tasks, once there are so many."""
        self.wait_for(lambda: len(self.accepted) >= count, within)
        return self.accepted

    def pause(self, seconds: float) -> bool:
        """Sleep; True when the service is closing."""
        return self._stopping.wait(seconds)

    # What tests do

    def hold(self, kind: str = "Run", *, late: bool = False, after: int | None = None) -> Gate:
        """Hold requests of a kind back: their answers, or (`late`) all of them.

        Args:
            kind: Which requests.
            late: A Run that is held back is not accepted before the gate opens.
            after: None holds the next one only; else all, once so many have passed, until
                `release`.
        """
        gate = Gate(self, late=late)
        if after is None:
            self.fault(kind, gate)
        else:
            self.fault(kind, *[Exchange.proceed] * after)
            self.always[kind] = gate
        return gate

    def release(self, kind: str = "Run") -> None:
        """Hold no further requests of a kind back; those in a gate stay there."""
        self.always.pop(kind, None)

    def run_on(self, pace: float = 0.01) -> None:
        """From now on tasks run to their ends by themselves; those that are there end at once."""
        self.auto = pace
        for task in self.accepted:
            self.finish(task)

    def cut_connections(self) -> None:
        """Cut every line, with requests under way on it or not."""
        for peer in list(self._peers):
            peer.reset()

    def show_all(self) -> None:
        """Task/List has caught up."""
        self.list_lag = 0
        self._unlisted.clear()
        self.hidden.clear()

    def begin(self, task: FakeTask) -> None:
        """Out of the queue, into the work."""
        with self._moving:
            for stage in ("task_accept", "task_assign", "task_start"):
                self.advance(task, stage)

    def finish(self, task: FakeTask, content: bytes | None = None) -> None:
        """Go through the stages that are left, to a clip."""
        assert isinstance(task, LifeTask)
        with self._moving:
            if task.over:
                return
            self._output(task, self._clip(task) if content is None else content)
            for more in task.more:
                self._output(task, more)
            task.cost = PRICE
            for stage in STAGES[STAGES.index(task.status) + 1 :]:
                self.advance(task, stage, "Processing: 50%" if stage == "task_output" else "")
        self._changed()

    def _output(self, task: LifeTask, content: bytes) -> None:
        name = f"{len(task.outputs)}.mp4"
        path = f"/cdn/{task.id}/{name}"
        self.files[path] = content
        task.outputs.append(
            {
                "id": hashlib.sha256(path.encode()).hexdigest()[:32],
                "name": name,
                "contenttype": "video/mp4",
                "size": str(len(content)),
                "url": f"{self.origin}{path}",
            }
        )

    def fail(self, task: FakeTask, reason: str, *, cost: str = "0") -> None:
        """End without a clip."""
        assert isinstance(task, LifeTask)
        with self._moving:
            self.begin(task)
            task.log = f"Request started.\n{reason}\nRequest ended.\n"
            task.pexit, task.cost = "1", cost
            self.advance(task, "task_postprocess_end")
        self._changed()

    def kill(self, task: FakeTask) -> None:
        """Stop it as Task/Kill does: what it costs is open until `settle`."""
        assert isinstance(task, LifeTask)
        with self._moving:
            task.cost = None
            self.advance(task, "task_cancel")
        self._changed()

    def settle(self, task: FakeTask, cost: str) -> None:
        """The work of a stopped task has ended, and this is what it costs."""
        assert isinstance(task, LifeTask)
        task.cost = cost

    def old_task(self, ago: float, **parameters: Any) -> LifeTask:
        """A finished task that nobody here asked for, so many seconds old."""
        paid = Paid(MODEL.replace(".", "-"), _as_text(parameters), {}, time.time() - ago)
        task = self._new(paid, {})
        task.times["createtime"] = str(int(paid.at + self.clock_ahead))
        self.finish(task)
        return task

    # What the service does

    def serve(self, exchange: Exchange) -> None:
        kind = exchange.kind
        self.requests.append((exchange.path, exchange.headers, exchange.body()))
        if exchange.method == "GET" and exchange.path in self.files:
            self._serve_file(exchange)
        elif exchange.method != "POST":
            exchange.send(404, b"no such page")
        elif not _signed(exchange):
            exchange.refuse("Project authorization is not valid.", 0, 401)
        elif kind == "Run":
            self._serve_run(exchange)
        elif kind == "Task/List":
            self._serve_list(exchange)
        elif kind in {"Task/Detail", "Task/Cancel", "Task/Kill"}:
            self._serve_one(exchange)
        elif kind in {"Tool/List", "Tool/Detail"}:
            found = [tool for tool in self.tools if _wanted(tool, exchange)]
            self._reply(exchange, {"tool": found, "total": str(len(found))})
        else:
            exchange.refuse("Error parsing url.", status=404)

    def note(self, exchange: Exchange) -> Paid:
        """Write down a Run that arrived whole."""
        values, files = _read_run(exchange)
        model = exchange.path.removeprefix("Run/")
        digests = {
            name: [
                one if isinstance(one, str) else hashlib.sha256(one).hexdigest() for one in group
            ]
            for name, group in files.items()
        }
        paid = Paid(model, values, digests, time.time())
        self.paid.append(paid)
        self._changed()
        return paid

    def _serve_run(self, exchange: Exchange) -> None:
        paid = self.note(exchange)
        self._think()
        with self._moving:
            full = self.slots is not None and (
                sum(not task.over for task in self.accepted) >= self.slots
            )
            task = None if full else self._new(paid, _read_run(exchange)[1])
        if task is None:
            exchange.refuse("Concurrency limit reached: your balance allows no more.", 96)
            return
        self._changed()
        if self.auto is not None:
            self.spawn(self._play, task, self.auto)
        self._think()
        self._reply(exchange, {"taskid": task.id, "socketaccesstoken": task.token})

    def _think(self) -> None:
        if self.think is not None:
            self.pause(self.think())

    def _new(self, paid: Paid, files: dict[str, list[bytes | str]]) -> LifeTask:
        number = str(next(self._ids))
        parameters: dict[str, Any] = {**_DEFAULTS, **paid.parameters}
        for name, group in files.items():
            urls = []
            for one in group:
                if isinstance(one, bytes):
                    path = f"/File/{number}/{name}-{len(urls)}.png"
                    self.files[path] = one
                    one = f"{self.origin}{path}"  # noqa: PLW2901
                urls.append(one)
            parameters[name] = urls[0] if len(urls) == 1 else urls
        task = LifeTask(
            number, f"tok{number}".ljust(30, "x"), model=paid.model, parameters=parameters
        )
        task.times["createtime"] = str(int(time.time() + self.clock_ahead))
        task.paid, paid.task = paid, task
        self._unlisted[number] = self.list_lag
        self.tasks[number] = task
        return task

    def _play(self, task: LifeTask, pace: float) -> None:
        for stage in ("task_accept", "task_start"):
            if self.pause(pace):
                return
            with self._moving:
                self.advance(task, stage)
        if not self.pause(pace):
            self.finish(task)

    def _clip(self, task: LifeTask) -> bytes:
        assert task.paid is not None
        made_of = {
            "task": task.id,
            "model": task.model,
            "parameters": task.paid.parameters,
            "inputs": task.paid.inputs,
        }
        return (json.dumps(made_of).encode() + b"\n").ljust(self.clip_bytes, b"=")

    def _serve_list(self, exchange: Exchange) -> None:
        wanted = exchange.json()
        newest = [
            task
            for task in reversed(self.accepted)
            if task.id not in self.hidden and not self._unlisted.get(task.id)
        ]
        self._unlisted = {name: left - 1 for name, left in self._unlisted.items() if left > 0}
        start = int(wanted.get("start", 0))
        page = newest[start : start + min(LIST_LIMIT, int(wanted.get("limit", 20)))]
        self._reply(
            exchange, {"tasklist": [one.detail() for one in page], "total": str(len(newest))}
        )

    def _serve_one(self, exchange: Exchange) -> None:
        wanted = exchange.json()
        token = wanted.get("tasktoken") or wanted.get("socketaccesstoken")
        task = next(
            (one for one in self.accepted if one.id == wanted.get("taskid") or one.token == token),
            None,
        )
        if task is None:
            exchange.refuse("There is no task yet.", 1)
            return
        with self._moving:
            queued = task.status == "task_queue"
            if exchange.kind == "Task/Cancel":
                if not queued:
                    exchange.refuse("Task is not in a cancellable state.", 1)
                    return
                self.advance(task, "task_cancel")
            if exchange.kind == "Task/Kill":
                if queued or task.over:
                    exchange.refuse("Task could not be killed: not running", 1)
                    return
                self.kill(task)
            self._reply(exchange, {"tasklist": [task.detail()], "total": "1"})

    def _serve_file(self, exchange: Exchange) -> None:
        if exchange.path.startswith("/File") and not self.inputs_readable:
            exchange.send(403, b"not yours")
            return
        crawl(exchange)

    def _reply(self, exchange: Exchange, value: dict[str, Any]) -> None:
        now = formatdate(time.time() + self.clock_ahead, usegmt=True)
        exchange.reply(value, Date=now)

    def _changed(self) -> None:
        with self.changed:
            self.changed.notify_all()


def _signed(exchange: Exchange) -> bool:
    """Whether the request is signed with the project's key and secret."""
    message = f"{SECRET}{exchange.headers.get('x-nonce', '')}".encode()
    expected = hmac.new(KEY.encode(), message, hashlib.sha256).hexdigest()
    return expected == exchange.headers.get("x-signature")


def _wanted(tool: dict[str, Any], exchange: Exchange) -> bool:
    if exchange.kind == "Tool/List":
        return True
    wanted = exchange.json()
    slug = (wanted["slugowner"], wanted["slugproject"])
    return slug == (tool["cleanslugowner"], tool["cleanslugproject"])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_text(values: dict[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _read_run(exchange: Exchange) -> tuple[dict[str, str], dict[str, list[bytes | str]]]:
    """The values as text, and the files of a Run, which is JSON or multipart."""
    kind = exchange.headers.get("content-type", "")
    values: dict[str, str] = {}
    files: dict[str, list[bytes | str]] = {}
    if kind.startswith("application/json"):
        for name, value in exchange.json().items():
            if isinstance(value, list):
                files[name] = list(value)
            else:
                values[name] = _text(value)
        return values, files
    boundary = re.search(r'boundary="?([^";]+)', kind)
    assert boundary, kind
    for part in exchange.body().split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part[2:-2].partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        assert name, head
        if b"filename=" in head:
            files.setdefault(name[1].decode(), []).append(content)
        elif name[1] == b"inputImage":
            files.setdefault("inputImage", []).append(content.decode())
        else:
            values[name[1].decode()] = content.decode()
    return values, files
