"""The test prompts: each brings about the trouble its phrase promises."""

import json
import os
import signal
import time

import pytest
import requests
import websocket

from .server import QUICK_IMAGE, TEXT_TO_VIDEO, Sandbox, frames_until, image_body, png

SIZE = {"prompt": "", "width": 256, "height": 256}


@pytest.fixture(scope="module")
def paced():
    sandbox = Sandbox("--speed", "150")
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize(
    ("phrase", "log", "trace"),
    [
        ("moderated", "moderation_blocked", ""),
        ("crash", "Request ended.", "RuntimeError: CUDA error"),
        ("fail", "Video Process Status: Fail", ""),
    ],
)
def test_failures_end_with_pexit_1_and_nothing_else(fast, phrase, log, trace):
    task = fast.finish(QUICK_IMAGE, image_body(f"A cat. SANDBOX: {phrase.upper()}, please"))
    assert task["status"] == "task_postprocess_end"
    assert task["pexit"] == "1"
    assert task["outputs"] == []
    assert task["totalcost"] == "0"
    assert log in task["debugoutput"]
    assert trace in task["debugerror"]


def test_a_crash_is_told_on_the_error_output(paced):
    run = paced.run(body=image_body("sandbox: crash"))
    frames = frames_until(paced.socket(run))
    kinds = [frame["type"] for frame in frames]
    assert "task_error" in kinds
    assert kinds.index("task_error_full") > kinds.index("task_output_full")
    # This generation of frames has no raw output any more: the lines came one by one.
    assert frames[kinds.index("task_error_full")]["message"] == ""
    assert frames[-1]["exitCode"] == "1"
    assert frames[-1]["success"] is False
    assert frames[-1]["message"] == []


@pytest.mark.parametrize(
    ("phrase", "status", "code"),
    [
        ("concurrency", 200, 96),
        ("no balance", 200, 97),
        ("sign in", 200, 98),
        ("unavailable", 503, 0),
        ("rate limit", 429, 0),
    ],
)
def test_refusals_accept_nothing(fast, phrase, status, code):
    before = fast.post("/Task/List")["total"]
    response = fast.raw(QUICK_IMAGE, json=image_body(f"sandbox: {phrase}"))
    assert response.status_code == status
    assert response.json()["errors"][0]["code"] == code
    assert ("Retry-After" in response.headers) is (status != 200)
    assert fast.post("/Task/List")["total"] == before


def test_a_stall_stays_at_44_percent_until_it_is_killed(fast):
    run = fast.run(TEXT_TO_VIDEO, {"prompt": "sandbox: stall", "duration": "6"})
    fast.wait(run, "task_output")
    deadline = time.monotonic() + 20
    while not (log := fast.task(run)["debugoutput"]).endswith("44.0%\n"):
        assert time.monotonic() < deadline, log
    assert fast.post("/Task/Kill", {"taskid": run["taskid"]})["result"]


def test_a_long_queue_is_the_services_hour(start):
    sandbox = start("--speed", "3600")
    run = sandbox.run(body=image_body("sandbox: long queue"))
    begin = time.monotonic()
    sandbox.wait(run)
    assert time.monotonic() - begin >= 1


def test_a_silent_socket_says_nothing_but_the_task_goes_on(paced):
    run = paced.run(body=image_body("sandbox: silent socket"))
    socket = paced.socket(run)
    assert paced.wait(run)["pexit"] == "0"
    socket.ping()
    opcode, _ = socket.recv_data(control_frame=True)
    assert opcode == websocket.ABNF.OPCODE_PONG  # and no frame came before it


def heard_until_cut(socket):
    """The types of the frames that arrive before the connection breaks."""
    while True:
        try:
            yield json.loads(socket.recv())["type"]
        except (websocket.WebSocketException, ConnectionError):
            return


@pytest.mark.parametrize("stage", ["task_start", "task_output", "task_postprocess_end"])
def test_a_socket_drops_at_the_stage_asked_for(paced, stage):
    run = paced.run(body=image_body(f"sandbox: drop at {stage}"))
    socket = paced.socket(run)
    heard = list(heard_until_cut(socket))
    assert heard[-1] == stage
    assert paced.wait(run)["pexit"] == "0"


def test_a_burst_of_503_is_html_and_over_after_three(fast):
    run = fast.run(body=image_body("sandbox: 503 burst"))
    for _ in range(3):
        response = fast.raw("/Task/Detail", json={"taskid": run["taskid"]})
        assert response.status_code == 503
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.headers["Retry-After"] == "1"
    assert fast.wait(run)["pexit"] == "0"


def test_an_expired_url_is_a_404(fast):
    task = fast.finish(QUICK_IMAGE, image_body("sandbox: expired url"))
    assert requests.get(task["outputs"][0]["url"], timeout=10).status_code == 404


def test_a_lost_file_is_there_once_detail_was_read_again(fast):
    task = fast.finish(QUICK_IMAGE, image_body("sandbox: lost file"))
    url = task["outputs"][0]["url"]
    for _ in range(2):
        assert requests.get(url, timeout=10).status_code == 404
    (again,) = fast.post("/Task/Detail", {"taskid": task["id"]})["tasklist"]
    assert again["outputs"][0]["url"] == url
    assert requests.get(url, timeout=10).status_code == 200


@pytest.mark.parametrize("as_form", [False, True])
def test_a_lost_answer_is_a_task_that_nobody_was_told_of(start, as_form):
    sandbox = start("--speed", "2000")
    body = image_body("sandbox: lost answer", seed=int(as_form))
    arguments = {"json": body}
    if as_form:
        arguments = {"data": body, "files": {"inputImage": ("a.png", png())}}

    with pytest.raises(requests.ConnectionError):
        sandbox.raw(QUICK_IMAGE, **arguments)

    (task,) = sandbox.post("/Task/List")["tasklist"]
    assert task["parameters"]["prompt"] == "sandbox: lost answer"
    assert sandbox.wait(task)["pexit"] == "0"
    assert sandbox.post("/Task/List")["total"] == "1"


def test_a_lost_answer_is_no_defect(start):
    sandbox = start("--speed", "2000")
    with pytest.raises(requests.ConnectionError):
        sandbox.raw(QUICK_IMAGE, json=image_body("sandbox: lost answer"))
    os.kill(sandbox.process.pid, signal.SIGTERM)
    assert sandbox.process.wait(10) == 0
    assert sandbox.process.stderr.read() == ""


@pytest.mark.parametrize(("speed", "delay"), [("2000", 1.0), ("60", 2.0)])
def test_a_late_task_is_in_detail_at_once_and_in_the_list_later(start, speed, delay):
    sandbox = start("--speed", speed)
    before = sandbox.run()
    sent = time.time()
    run = sandbox.run(body=image_body("sandbox: late list"))
    answered = time.time()
    assert sandbox.task(run)["id"] == run["taskid"]
    page = {"limit": "1"}

    answer = sandbox.post("/Task/List", page)
    while answer["total"] == "1" and time.time() < answered + 20:
        assert answer["tasklist"][0]["id"] == before["taskid"]
        time.sleep(0.02)  # the pace of polling, not a synchronisation
        answer = sandbox.post("/Task/List", page)

    assert time.time() >= sent + delay
    assert answer["total"] == "2"
    assert answer["tasklist"][0]["id"] == run["taskid"]


def test_a_cut_download_can_be_put_together_by_range(fast):
    task = fast.finish(QUICK_IMAGE, {**SIZE, "prompt": "sandbox: cut download"})
    url, size = task["outputs"][0]["url"], int(task["size"])
    content = b""
    for attempt in range(3):
        headers = {"Range": f"bytes={len(content)}-"} if content else {}
        response = requests.get(url, headers=headers, stream=True, timeout=10)
        assert response.status_code == (206 if content else 200)
        try:
            for chunk in response.iter_content(1024):
                content += chunk
            assert attempt == 2
        except requests.exceptions.ChunkedEncodingError:
            assert attempt < 2
    assert len(content) == size
    assert content == requests.get(url, timeout=10).content


def test_a_slow_download_keeps_its_pace(fast):
    task = fast.finish(QUICK_IMAGE, {**SIZE, "prompt": "sandbox: slow download"})
    begin = time.monotonic()
    content = requests.get(task["outputs"][0]["url"], timeout=60).content
    assert len(content) == int(task["size"])
    assert time.monotonic() - begin > len(content) / (64 * 1024) * 0.8


def test_a_prompt_without_phrase_meets_no_trouble(fast):
    task = fast.finish(QUICK_IMAGE, image_body("a sandbox where children fail to stall"))
    assert task["pexit"] == "0"
