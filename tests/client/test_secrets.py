"""No traceback that shows variables has a key, a secret or a token; nor does what is echoed."""

from __future__ import annotations

import base64
import copy
import json
import logging
import signal
import threading
import traceback
from types import FunctionType, MethodType, ModuleType
from urllib.parse import quote

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET, submitted, wait_registered
from tests.client.fake_service import FakeService
from tests.client.wire import Hangup
from wiro_widgets.client import (
    Credentials,
    CredentialsError,
    ModelSpec,
    NotFoundError,
    ProtocolError,
    RetryPolicy,
    Submission,
    TaskFailed,
    WiroClient,
    WiroError,
)
from wiro_widgets.client.websocket import _WebSocket

TOKEN = "tok-of-a-task-90c1aa4f77"


def found_in(error: BaseException, needles: list[str]) -> list[str]:
    """Where a traceback with variables shows a needle, in any frame of the chain."""
    places = []
    errors = [error]
    for each in errors:
        errors += [e for e in (each.__cause__, each.__context__) if e and e not in errors]
        seen = set()
        places += [f"{each!r:.40}: {place}" for place in search(vars(each), needles, seen)]
        places += [f"{each!r:.40}" for needle in needles if needle in repr(each) + str(each)]
        for frame, line in traceback.walk_tb(each.__traceback__):
            if frame.f_globals["__name__"].startswith("wiro_widgets"):
                where = f"{frame.f_code.co_name}:{line}"
                places += [f"{where} {p}" for p in search(frame.f_locals, needles, seen)]
    return places


def search(value: object, needles: list[str], seen: set[int], path: str = "") -> list[str]:
    if id(value) in seen or isinstance(value, (type, FunctionType, MethodType, ModuleType)):
        return []
    seen.add(id(value))
    shown = repr(value)
    places = [path for needle in needles if needle in shown]
    inner = {}
    if isinstance(value, dict):
        inner = dict(value)
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = dict(enumerate(value))
    elif not isinstance(value, (str, bytes, int, float)):
        inner = dict(getattr(value, "__dict__", {}))
        for kind in type(value).__mro__:
            slots = getattr(kind, "__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                inner[name] = getattr(value, name, None)
    for name, part in inner.items():
        places += search(part, needles, seen, f"{path}.{name}")
    return places


def secrets_of(service) -> list[str]:
    """What must not be shown: also the nonces and signatures that the service has seen."""
    found = {KEY, SECRET, TOKEN, *(task.token for task in service.tasks.values())}
    for _, headers, _ in service.requests:
        found |= {headers[name] for name in ("x-nonce", "x-signature") if name in headers}
    return sorted(found)


def interrupt(exchange) -> None:
    """The person presses stop while the request is under way."""
    exchange.service.requests.append((exchange.path, exchange.headers, exchange.body()))
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    exchange.service._stopping.wait(30)
    raise Hangup


def token_in_half_an_answer(exchange) -> None:
    exchange.body()
    exchange.send(200, f'{{"result": true, "socketaccesstoken": "{TOKEN}", "taskid'.encode())


FAULTS = {
    "unreachable": faults.cut_before_body,
    "broken": faults.cut_after_body,
    "refused": faults.refusal("no", 0, 401),
    "failing": faults.status(500),
    "late": faults.silence,
    "interrupted": interrupt,
    "redirected": faults.redirect("https://elsewhere.example/"),
    "half": token_in_half_an_answer,
    "dripping": faults.drip,
}


@pytest.fixture
def hasty(service):
    timeouts = FAST._replace(read=0.3, total=0.3, outage=0.3)
    with WiroClient(
        Credentials(KEY, SECRET),
        service.api_url,
        service.socket_url,
        timeouts=timeouts,
        retry=RetryPolicy(budget=0),
    ) as client:
        yield client


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("way", ["tasks", "token", "submit", "upload", "wait", "stop"])
def test_no_error_of_a_request_shows_a_secret(service, hasty, way, fault):
    client = hasty
    submission = Submission("1", TOKEN, "a/b")
    ways = {
        "tasks": client.tasks,
        "token": lambda: client.task(token=TOKEN),
        "submit": lambda: client.submit("a/b", {"prompt": "p"}, {"inputFile": b"\x89PNG\r\n"}),
        "upload": lambda: client.upload(b"content"),
        "wait": lambda: client.wait(submission, timeout=3),
        "stop": lambda: client.stop(submission),
    }
    kinds = ("Task/List", "Task/Detail", "Run", "File/Upload", "Task/Cancel", "Task/Kill")
    service.always |= dict.fromkeys(kinds, fault)
    with pytest.raises((WiroError, KeyboardInterrupt)) as caught:
        ways[way]()
    assert found_in(caught.value, secrets_of(service)) == []


@pytest.mark.parametrize(
    ("key", "secret"), [(KEY + "\u2019", SECRET), (" ", SECRET), (KEY, SECRET + "\ud800")]
)
def test_refused_credentials_are_not_shown(key, secret):
    with pytest.raises(CredentialsError) as caught:
        Credentials(key, secret)
    assert found_in(caught.value, [KEY, SECRET]) == []


def test_credentials_hold_nothing_that_can_be_looked_up():
    credentials = Credentials(KEY, SECRET)
    assert search({"a": [credentials, credentials.redactor()]}, [KEY, SECRET], set()) == []


def test_a_part_of_a_secret_is_one():
    """Some tools cut what is long before they show it."""
    token = Submission("1", TOKEN, "a/b").token
    assert token == TOKEN
    assert TOKEN[:8] not in f"{token[:8]!r} {token[0]!r}"


def test_a_failed_task_does_not_show_its_token(service, client):
    submission = submitted(client)
    service.tasks[submission.task_id].pexit = "1"
    service.finish(service.tasks[submission.task_id])
    with pytest.raises(TaskFailed) as caught:
        client.wait(submission)
    assert found_in(caught.value, secrets_of(service)) == []


def test_an_unknown_task_does_not_show_its_token(service, client):
    with pytest.raises(NotFoundError) as caught:
        client.wait(Submission("1", TOKEN, "a/b"))
    assert found_in(caught.value, secrets_of(service)) == []


@pytest.mark.parametrize("old_frames", [True, False])
def test_an_interrupt_while_events_arrive_shows_no_token(service, client, old_frames):
    service.old_frames = old_frames
    submission = submitted(client)

    def stopped() -> None:
        for event in client.follow(submission):
            if event.stage == "task_queue":
                wait_registered(service, submission)
                service.advance(service.tasks[submission.task_id], "task_start")
            if event.stage == "task_start":
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        stopped()
    assert found_in(caught.value, secrets_of(service)) == []


@pytest.mark.parametrize("moment", ["send", "recv_data_frame"])
def test_an_interrupt_within_the_socket_shows_no_token(service, client, monkeypatch, moment):
    """An interrupt cannot be timed into a send that takes microseconds, so that it is made up."""
    real = getattr(_WebSocket, moment)
    calls = []

    def interrupted(self, *arguments, **options):
        in_clear = str.__str__(submission.token), arguments
        calls.append(in_clear)
        if len(calls) > 1:
            return real(self, *arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(_WebSocket, moment, interrupted)
    submission = submitted(client)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.wait(submission, timeout=5)
    names = [f.f_code.co_name for f, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert "interrupted" not in names
    assert found_in(caught.value, secrets_of(service)) == []


def test_an_error_of_a_callback_keeps_the_frames_of_the_callback(client):
    def broken(sent: int, total: int) -> None:
        raise OSError(f"{sent} of {total}")

    for send in (
        lambda: client.submit("a/b", {"p": "x" * 100_000}, progress=broken),
        lambda: client.upload(bytes(100_000), progress=broken),
    ):
        with pytest.raises(OSError, match=r"\d+ of \d+") as caught:
            send()
        names = [f.f_code.co_name for f, _ in traceback.walk_tb(caught.value.__traceback__)]
        assert names[-1] == "broken"
        assert found_in(caught.value, [KEY, SECRET]) == []


# What is kept


def test_no_object_shows_a_secret(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    with client.watch() as watch:
        watch.add(submission)
        for event in watch:
            places = search([client, watch, event, submission], secrets_of(service), set())
            assert places == []
            if event.stage == "task_queue":
                wait_registered(service, submission)
                service.finish(task)
            if event.terminal:
                break


def test_no_logger_tells_a_secret_at_any_level(service, client, caplog):
    loggers = [logging.getLogger(name) for name in ("urllib3", "websocket", "wiro_widgets", None)]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(1)
        submission = submitted(client)
        service.play(service.tasks[submission.task_id])
        client.wait(submission, timeout=10)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
    assert [s for s in secrets_of(service) if s in caplog.text] == []


def test_credentials_are_not_copied():
    for copying in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            copying(Credentials(KEY, SECRET))


@pytest.mark.parametrize("key", ["a\rb", "a\0b", "schlüssel", "a\x7fb"])
def test_a_key_that_no_header_carries_is_refused(key):
    with pytest.raises(CredentialsError, match="never has"):
        Credentials(key, SECRET)


def test_nonces_of_many_threads_are_all_distinct():
    credentials = Credentials(KEY, SECRET)
    found: list[str] = []

    def sign() -> None:
        found.extend(credentials.headers()["x-nonce"] for _ in range(5_000))

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 20_000


# What a service echoes


def spellings(secret: str) -> list[str]:
    encoded = [base64.b64encode(start + secret.encode()).decode() for start in (b"", b"x", b"xy")]
    return [secret, quote(f"a {secret}/"), *encoded]


@pytest.mark.parametrize("secret", [KEY, SECRET])
@pytest.mark.parametrize("spelling", range(5))
def test_an_echoed_key_is_nowhere(service, client, secret, spelling):
    echo = spellings(secret)[spelling]
    core = echo[4:24] if spelling > 1 else secret
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.log = f"started with {echo}\n"
    service.tools = [
        {
            "slugowner": "a",
            "slugproject": "b",
            "title": f"Model {echo}",
            "parameters": [{"title": echo, "items": [{"id": "p", "help": echo}]}],
        }
    ]
    service.fault("Task/List", faults.refusal("x" * (500 - len(core) + 2) + echo))
    messages = []
    for event in client.follow(submission):
        messages.append(event.message)
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.advance(task, "task_output", f"line {echo}")
        if event.message:
            service.finish(task)
    with pytest.raises(WiroError) as caught:
        client.tasks()
    shown = [*messages, event.task.log, repr(client.model("a/b")), str(caught.value)]
    assert "[redacted]" in event.task.log
    assert "[redacted]" in repr(client.model("a/b"))
    assert [text for text in shown if core[:-3] in text] == []


def test_an_echoed_token_is_nowhere_but_in_its_field(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.pexit = "1"
    task.error_log = f'asked with {{"tasktoken": "{task.token}"}}'
    service.finish(task)
    task.outputs[0]["name"] = f"{task.token}.mp4"
    with pytest.raises(TaskFailed) as caught:
        client.wait(submission)
    assert task.token not in repr(caught.value.task.error_log) + str(caught.value)
    read = client.task(submission.task_id)
    assert str.__str__(read.token) == task.token
    assert read.outputs[0].name == "[redacted].mp4"
    # A client that has never seen the task finds the token in the very answer.
    with WiroClient(Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST) as fresh:
        assert task.token not in fresh.tasks()[0].error_log
    service.fault("Task/Cancel", faults.refusal(f"not yours: {task.token}"))
    service.fault("Task/Kill", faults.status(502, f"token={task.token}".encode()))
    service.fault("Task/Detail", faults.refusal("x" * 485 + task.token))
    for call in (client.cancel, client.kill, lambda task: client.task(task.task_id)):
        with pytest.raises(WiroError) as refused:
            call(submission)
        assert task.token[:12] not in str(refused.value)


def test_half_an_answer_does_not_tell_its_token(service, client):
    service.always["Task/List"] = token_in_half_an_answer
    with pytest.raises(ProtocolError) as caught:
        client.tasks()
    assert "socketaccesstoken" in str(caught.value)
    assert TOKEN[:8] not in str(caught.value)


def test_the_key_of_one_service_does_not_change_what_another_says():
    with FakeService() as other:
        other.tools = [{"slugowner": "a", "slugproject": "b", "title": f"About {KEY}"}]
        with WiroClient(
            Credentials("another-key-entirely"), other.api_url, other.socket_url, retry=FAST_RETRY
        ) as client:
            assert client.model("a/b") == ModelSpec.parse(json.loads(json.dumps(other.tools[0])))
