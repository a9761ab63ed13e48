"""Every fault of the wire against one paid submission and one wait: what the caller gets.

``python -m tests.client.fault_matrix`` prints the table; ``test_faults.py`` holds it.
"""

from __future__ import annotations

import socket
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from tests.client.fake_service import FakeService
from tests.client.fake_task import STAGES, FakeTask
from wiro_widgets.client import Credentials, Submission, Task, WiroClient, WiroError

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMETERS = {"prompt": "The gull lifts off", "resolution": "768P", "duration": "6"}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)
HTML = b"<html><body>Please sign in</body></html>"


@dataclass(frozen=True)
class Case:
    """One fault and what must come of it."""

    name: str
    inject: Callable[[FakeService], Any]
    outcome: str
    posts: int = 1
    files: Any = None
    client: Any = None
    faulty_wait: bool = False


@dataclass(frozen=True)
class Result:
    """What came of it."""

    outcome: str
    paid_posts: int
    accepted: int
    task_id_known: bool
    seconds: float
    text: str


def run(*faults: Any) -> Callable[[FakeService], None]:
    return lambda service: service.fault("Run", *faults)


def detail(*faults: Any) -> Callable[[FakeService], None]:
    return lambda service: service.fault("Task/Detail", *faults)


def always_detail(fault: Any) -> Callable[[FakeService], None]:
    return lambda service: service.always.update({"Task/Detail": fault})


def mode(name: str) -> Callable[[FakeService], None]:
    return lambda service: setattr(service, "socket_mode", name)


def cut_at(stage: str) -> Callable[[FakeService], None]:
    return lambda service: setattr(service, "cut_at", stage)


def closed_port(service: FakeService) -> WiroClient:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}/v1"
    return WiroClient(
        Credentials(KEY, SECRET), address, service.socket_url, timeouts=FAST, retry=FAST_RETRY
    )


def lie_about_end(service: FakeService) -> None:
    """The socket says it is over long before it is."""

    def script(task: FakeTask) -> None:
        service.spawn(go, task)

    def go(task: FakeTask) -> None:
        service.wait_for(lambda: service.registered(task))
        service.emit(task, "task_postprocess_end", [])
        service.play(task, 0.03)

    service.script = script


def noise(service: FakeService) -> None:
    """Everything a socket should not say."""

    def go(task: FakeTask) -> None:
        service.wait_for(lambda: service.registered(task))
        for text in (
            "",
            "null",
            "[]",
            "{",
            '{"type":7}',
            '{"type":"error","result":false}',
            '{"type":"task_new_thing","id":"1"}',
            "[" * 5000,
            '{"id":{}}',
        ):
            service.say(task, text)
        service.say(task, b"token|" + bytes(500), opcode=2)
        service.emit(task, "task_output", "x" * 1_000_000)
        service.emit(task, "task_start")
        service.emit(task, "task_accept")
        service.emit(task, "task_accept")
        service.emit(task, "task_some_future_stage")
        service.play(task)

    service.script = lambda task: service.spawn(go, task)


def monster_frame(service: FakeService) -> None:
    def go(task: FakeTask) -> None:
        service.wait_for(lambda: service.registered(task))
        service.say(task, b"x" * 20_000_000)
        service.play(task)

    service.script = lambda task: service.spawn(go, task)


def broken_utf8(service: FakeService) -> None:
    def go(task: FakeTask) -> None:
        service.wait_for(lambda: service.registered(task))
        service.say(task, b"\xff\xfe\xff")
        service.play(task)

    service.script = lambda task: service.spawn(go, task)


FILE = {"inputFile": PICTURE}
UNKNOWN, LOST, DONE = "SubmissionUnknown", "ConnectionFailed", "finished"

CASES = (
    # The paid request
    Case("connection refused", run(), LOST, 0, client=closed_port),
    Case("cut before the body (4 MB)", run(faults.cut_before_body), LOST, files=FILE),
    Case("cut during the body (4 MB)", run(faults.cut_during_body), LOST, files=FILE),
    Case("cut after the body, task accepted", run(faults.cut_after_body), UNKNOWN),
    Case("no answer", run(faults.silence), UNKNOWN),
    Case("answer drips", run(faults.drip), UNKNOWN),
    Case("head of the answer drips", run(faults.drip_head), UNKNOWN),
    Case("HTTP 500, HTML", run(faults.status(500)), UNKNOWN),
    Case("HTTP 502, HTML", run(faults.status(502)), UNKNOWN),
    Case("HTTP 503, HTML", run(faults.status(503)), UNKNOWN),
    Case("HTTP 429", run(faults.status(429, b"", Retry_After="7")), "RateLimitError"),
    Case(
        "HTTP 401, unknown key",
        run(faults.refusal("Project authorization is not founded.", 0, 401)),
        "AuthenticationError",
    ),
    Case("HTTP 404", run(faults.status(404)), "NotFoundError"),
    Case("code 96", run(faults.refusal("Concurrency limit reached", 96)), "ConcurrencyLimitError"),
    Case("code 97", run(faults.refusal("Insufficient balance", 97)), "InsufficientBalanceError"),
    Case("code 98", run(faults.refusal("Sign in to run this model", 98)), "SignInRequiredError"),
    Case("code 99", run(faults.refusal("Token expired", 99)), "AuthenticationError"),
    Case(
        "[duration] required",
        run(faults.refusal("Request parameter [duration] required")),
        "InputError",
    ),
    Case("HTTP 200, HTML", run(faults.raw(HTML)), UNKNOWN),
    Case("HTTP 200, empty", run(faults.raw(b"")), UNKNOWN),
    Case("truncated JSON", run(faults.truncated_json), UNKNOWN),
    Case("Content-Length too long", run(faults.short_body), UNKNOWN),
    Case("gzip bomb", run(faults.gzip_bomb), UNKNOWN),
    Case("100 MB answer", run(faults.huge_body), UNKNOWN),
    Case("no task in the answer", run(faults.raw(b'{"result":true,"errors":[]}')), UNKNOWN),
    Case(
        "redirect to another host",
        run(faults.redirect("http://127.0.0.2:9/v1/Run/a/b")),
        "ServiceError",
    ),
    # Following it
    Case("one Detail cut", detail(faults.cut_before_body), DONE),
    Case("Detail 500, 502, 503, 429", detail(*map(faults.status, (500, 502, 503, 429))), DONE),
    Case(
        "Detail malformed, truncated, empty",
        detail(faults.raw(HTML), faults.truncated_json, faults.raw(b"")),
        DONE,
    ),
    Case("Detail silent once", detail(faults.silence), DONE),
    Case("Detail drips once", detail(faults.drip), DONE),
    Case("Detail's head drips once", detail(faults.drip_head), DONE),
    Case("Detail gzip bomb, 100 MB", detail(faults.gzip_bomb, faults.huge_body), DONE),
    Case("Detail wrong Content-Length", detail(faults.short_body), DONE),
    Case(
        "Detail redirects once (login page)", detail(faults.redirect("http://127.0.0.2:9/")), DONE
    ),
    Case(
        "Detail gone for good",
        always_detail(faults.cut_before_body),
        "ConnectionFailed|ProtocolError",
        faulty_wait=True,
    ),
    Case(
        "Detail: key revoked",
        always_detail(faults.refusal("Project authorization is not valid.", 0, 401)),
        "AuthenticationError",
        faulty_wait=True,
    ),
    Case(
        "Detail: no such task",
        always_detail(faults.refusal("There is no task yet.")),
        "NotFoundError",
        faulty_wait=True,
    ),
    Case("Detail: no such task yet", detail(faults.refusal("task-not-founded")), DONE),
    Case("socket refused", mode("refuse"), DONE),
    Case("socket: black hole", mode("blackhole"), DONE),
    Case("socket's handshake drips", mode("drip"), DONE),
    Case("socket silent", mode("silent"), DONE),
    Case("socket cut after registering", mode("cut"), DONE),
    *(Case(f"socket cut at {stage}", cut_at(stage), DONE) for stage in STAGES[1:]),
    Case("socket lies about the end", lie_about_end, DONE),
    Case("socket talks nonsense", noise, DONE),
    Case("socket: 20 MB frame", monster_frame, DONE),
    Case("socket: broken UTF-8", broken_utf8, DONE),
    Case("old frames", lambda service: setattr(service, "old_frames", True), DONE),
)


def attempt(case: Case) -> Result:
    """Submit once and wait, with the fault in the way."""
    with FakeService() as service:
        service.script = service.play
        case.inject(service)
        client = (
            case.client(service)
            if case.client
            else WiroClient(
                Credentials(KEY, SECRET),
                service.api_url,
                service.socket_url,
                timeouts=FAST,
                retry=FAST_RETRY,
            )
        )
        started = time.monotonic()
        with client:
            reached = _use(client, case)
        name = DONE if isinstance(reached, Task) else type(reached).__name__
        known = reached.id if isinstance(reached, Task) else reached.task_id
        return Result(
            outcome=name,
            paid_posts=service.paid_posts,
            accepted=service.counts["accepted"],
            task_id_known=known in service.tasks,
            seconds=time.monotonic() - started,
            text=str(reached) if isinstance(reached, WiroError) else "",
        )


def _use(client: WiroClient, case: Case) -> Task | WiroError:
    try:
        submission: Submission = client.submit(
            "minimax/hailuo-2.3-fast", PARAMETERS, files=case.files
        )
        return client.wait(submission, timeout=20)
    except WiroError as error:
        return error


def main() -> int:
    """Print the table; 1 when a row is not as it should be."""
    row = "{:42} {:24} {:>10} {:>8} {:>8} {:>6}"
    print(row.format("fault", "outcome", "paid POSTs", "accepted", "id known", "s"))  # noqa: T201
    wrong = 0
    for case in CASES:
        result = attempt(case)
        right = result.outcome in case.outcome.split("|") and result.paid_posts == case.posts
        wrong += not right
        cells = (
            case.name,
            result.outcome,
            result.paid_posts,
            result.accepted,
            "yes" if result.task_id_known else "-",
            f"{result.seconds:.2f}",
        )
        verdict = "" if right else f"   WRONG, expected {case.outcome}"
        print(row.format(*cells) + verdict, flush=True)  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
