"""The rest of what the service can do, and how patiently it is asked."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from wiro_widgets.client import (
    AuthenticationError,
    ConnectionFailed,
    Credentials,
    InputError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    RetryPolicy,
    ServiceError,
    WiroClient,
)

TOOL = {
    "slugowner": "MiniMax",
    "slugproject": "hailuo-2.3-Fast",
    "title": "Hailuo",
    "parameters": None,
}


def test_task_by_id_and_by_token(service, client):
    made = service.new_task()
    assert client.task(made.id).status == "task_queue"
    assert client.task(token=made.token).id == made.id
    with pytest.raises(NotFoundError) as caught:
        client.task("7")
    assert caught.value.task_id == "7"
    with pytest.raises(InputError):
        client.task()


def test_an_empty_list_means_not_found(service, client):
    service.fault(
        "Task/Detail", faults.raw(b'{"result":true,"errors":[],"tasklist":[],"total":"0"}')
    )
    with pytest.raises(NotFoundError):
        client.task("7")


def test_tasks_newest_first(service, client):
    made = [service.new_task().id for _ in range(3)]
    assert [task.id for task in client.tasks(limit=2)] == made[:0:-1]


def test_cancel_and_kill_by_themselves(service, client):
    submission = client.submit("a/b", {})
    with pytest.raises(ServiceError, match="not running"):
        client.kill(submission)
    client.cancel(submission)
    with pytest.raises(ServiceError, match="cancellable") as caught:
        client.cancel(client.task(submission.task_id))
    assert caught.value.task_id == submission.task_id
    assert caught.value.code == 1


def test_model_is_found_by_any_spelling(service, client):
    """Tool/Detail knows only the raw spelling here; the list leads to it."""
    service.tools = [TOOL]
    for name in ("MiniMax/hailuo-2.3-Fast", "minimax/hailuo-2.3-fast", "MiniMax Hailuo 2.3 Fast"):
        spec = client.model(name)
        assert spec.slug == "minimax/hailuo-2-3-fast"
        assert spec.parameters == ()
    with pytest.raises(NotFoundError, match="no model"):
        client.model("minimax/other")


def test_models_are_searched(service, client):
    service.tools = [TOOL, {"no": "slug"}, "junk"]
    assert [spec.owner for spec in client.models("hailuo", limit=5)] == ["MiniMax"]
    asked = json.loads(service.requests[-1][2])
    assert asked["search"] == "hailuo"
    assert asked["limit"] == "5"


def test_tasks_are_listed_page_by_page(service, client):
    ids = [client.submit("a/b", {}).task_id for _ in range(5)][::-1]
    assert [task.id for task in client.tasks(limit=2)] == ids[:2]
    assert [task.id for task in client.tasks(limit=2, start=2)] == ids[2:4]
    assert [task.id for task in client.tasks(limit=2, start=4)] == ids[4:]
    assert client.tasks(start=5) == []


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 120.0])
def test_the_clock_of_the_service_is_known_from_any_response(service, client, ahead):
    assert client.clock_offset == 0.0
    date = formatdate(time.time() + ahead, usegmt=True)
    service.fault("Task/List", faults.status(401, b"{}", Date=date))
    with pytest.raises(AuthenticationError):
        client.tasks()
    assert client.clock_offset == pytest.approx(ahead, abs=1.5)
    service.fault("Task/List", faults.raw(b'{"result": true}', Date="yesterday"))
    client.tasks()
    assert client.clock_offset == 0.0


def test_create_folder(client):
    assert client.create_folder("clips") == "folder1"


def test_reads_are_retried_within_their_budget(service, client):
    service.fault("Task/List", *map(faults.status, (500, 502, 503)), faults.cut_before_body)
    assert client.tasks() == []
    assert service.counts["Task/List"] == 5


def test_retry_after_is_honoured(service, client):
    service.fault("Task/List", faults.status(429, b"", Retry_After="1"))
    started = time.monotonic()
    client.tasks()
    assert time.monotonic() - started >= 1


def test_a_retry_after_beyond_the_budget_is_passed_on(service, client):
    service.fault("Task/List", faults.status(429, b"", Retry_After="3600"))
    started = time.monotonic()
    with pytest.raises(RateLimitError) as caught:
        client.tasks()
    assert caught.value.retry_after == 300
    assert time.monotonic() - started < 1


def test_the_budget_ends(service, client):
    service.always["Task/List"] = faults.cut_before_body
    started = time.monotonic()
    with pytest.raises(Exception, match=r"[Tt]he") as caught:
        client.tasks()
    assert caught.value.retryable
    assert time.monotonic() - started < FAST_RETRY.budget + 1
    assert service.counts["Task/List"] > 3


@pytest.mark.parametrize(
    ("api", "live"),
    [("ftp://x/v1", None), ("api.wiro.ai", None), ("http://", None), (None, "https://x")],
)
def test_addresses_are_checked(api, live):
    with pytest.raises(InputError, match="address"):
        WiroClient(Credentials(KEY), api, live)


def test_addresses_come_from_the_environment(service, monkeypatch):
    monkeypatch.setenv("WIRO_API_URL", service.api_url + "/")
    monkeypatch.setenv("WIRO_SOCKET_URL", service.socket_url)
    with WiroClient(Credentials(KEY)) as client:
        assert client.tasks() == []
        assert client.socket_url == service.socket_url
        assert KEY not in repr(client)


def test_the_headers_get_the_time_for_one_read_together(service):
    def stutter(exchange):
        exchange.body()
        exchange.service._stopping.wait(0.8)
        exchange.peer.conn.sendall(b"HTTP/1.1 200 X\r\n")
        faults.silence(exchange)

    service.fault("Task/List", stutter)
    client = WiroClient(
        Credentials(KEY), service.api_url, timeouts=FAST, retry=RetryPolicy(budget=0)
    )
    started = time.monotonic()
    with client, pytest.raises(ProtocolError):
        client.tasks()
    assert time.monotonic() - started < FAST.read + 0.5


def test_proxy_variables_are_obeyed(service, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{service.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = WiroClient(
        Credentials(KEY),
        "http://wiro.invalid/v1",
        timeouts=FAST,
        retry=FAST_RETRY,
        allow_http=True,
    )
    with client, pytest.raises(NotFoundError):
        client.tasks()
    # A proxy is asked for the whole address.
    assert service.requests[-1][0] == "http://wiro.invalid/v1/Task/List"


def test_proxy_credentials_are_sent_to_the_proxy(service, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{service.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = WiroClient(
        Credentials(KEY),
        "http://wiro.invalid/v1",
        timeouts=FAST,
        retry=FAST_RETRY,
        allow_http=True,
    )
    with client, pytest.raises(NotFoundError):
        client.tasks()
    login = base64.b64encode(b"me:p@ss").decode()
    assert service.requests[-1][1]["proxy-authorization"] == f"Basic {login}"


@pytest.mark.parametrize("exception", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_hosts_without_a_proxy_are_reached_directly(service, client, monkeypatch, exception):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", exception)
    client.tasks()
    assert service.requests[-1][0] == "Task/List"


def test_plain_text_where_tls_is_expected_is_not_tried_again():
    accepted = []

    def answer(listener: socket.socket) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            accepted.append(conn)
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            conn.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        client = WiroClient(Credentials(KEY, SECRET), address, timeouts=FAST, retry=FAST_RETRY)
        with client, pytest.raises(ConnectionFailed) as caught:
            client.tasks()
        listener.shutdown(socket.SHUT_RDWR)
    assert not caught.value.retryable
    assert len(accepted) == 1


def test_threads_may_share_a_client(service, client):
    def work(found: list[str]) -> None:
        for _ in range(5):
            submission = client.submit("a/b", {})
            service.play(service.tasks[submission.task_id], 0.005)
            found.append(client.wait(submission, timeout=30).id)

    found: list[str] = []
    threads = [threading.Thread(target=work, args=(found,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(service.tasks)
    assert service.paid_posts == 40


def test_import_brings_nothing_of_jupyter():
    code = (
        "import sys, wiro_widgets.client as c; c.WiroClient, c.ModelSpec, c.check_parameters;"
        "heavy = {'traitlets', 'ipywidgets', 'anywidget', 'IPython', 'av', 'PIL', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
