"""The whole service for the life of a run, on loopback, with everything a test wants to break.

Real sockets: what is accepted, lost, held back or answered late is so on the wire, and a kernel in
another process meets the same. Built on the fake service of the client's tests, with HTTP, the live
socket and faults by kind of request (``fault("Run", ...)``, ``fault("cdn", ...)``).

Clips name the task, the parameters and the digests of the pictures they were made of, so a clip
that reached the wrong run is seen (`tests.runs.clips`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.client.fake_service import FakeService as ClientsService
from tests.client.fake_task import STAGES, FakeTask
from tests.client.wire import Exchange
from tests.runs.clips import as_text
from tests.runs.fake_faults import Gate, crawl
from tests.runs.fake_models import DEFAULTS, MODEL, PRICE, TOOLS
from tests.runs.fake_tasks import LifeTask, Paid, read_run

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

KEY, SECRET = "fake-key-1f7a", "fake-secret-9c02"
LIST_LIMIT = 100


class FakeService(ClientsService):
    """The service; its controls are attributes that may be changed at any time.

    Args:
        auto: Seconds between the steps of a task that runs to its end by itself; None leaves
            every task in the queue until the test moves it (`begin`, `finish`, `fail`, `kill`).
        slots: Tasks at a time; more are refused with code 96. None for no limit.
    """

    def __init__(
        self,
        *,
        auto: float | None = None,
        slots: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(tls)
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
        self._by_token: dict[str, LifeTask] = {}
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
        # A copy first: requests are served on several threads.
        return [task for task in list(self.tasks.values()) if isinstance(task, LifeTask)]

    @property
    def doubled(self) -> list[str]:
        """Requests that became more than one task; empty unless asked for on purpose."""
        keys = [task.paid.key for task in self.accepted if task.paid]
        return sorted({key for key in keys if keys.count(key) > 1})

    def task_with(self, **parameters: Any) -> LifeTask:
        """The newest task with these parameters, once it is there."""

        def find() -> LifeTask | None:
            wanted = {name: as_text(value) for name, value in parameters.items()}
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
        paid = Paid(
            MODEL.replace(".", "-"),
            {name: as_text(one) for name, one in parameters.items()},
            {},
            time.time() - ago,
        )
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
        values, files = read_run(exchange)
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
            task = None if full else self._new(paid, read_run(exchange)[1])
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
        parameters: dict[str, Any] = {**DEFAULTS, **paid.parameters}
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
        self.tasks[number] = self._by_token[task.token] = task
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
        # Benchmarks ask for one of 50,000.
        found = self.tasks.get(wanted.get("taskid", ""))
        task = found if isinstance(found, LifeTask) else None
        if task is None:
            token = wanted.get("tasktoken") or wanted.get("socketaccesstoken", "")
            task = self._by_token.get(token)
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
    slug = {"slugowner": tool["cleanslugowner"], "slugproject": tool["cleanslugproject"]}
    return exchange.kind == "Tool/List" or slug.items() <= exchange.json().items()
