"""The socket: who hears what, in both generations of frames."""

import json

import pytest
import websocket

from .server import (
    QUICK_CLIP,
    TEXT_TO_VIDEO,
    Sandbox,
    clip_body,
    frames_until,
    image_body,
    register,
)

# The queue must last long enough for the test to register within it.
PACE = ("--speed", "150")
ORDER = [
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_output",
    "task_output_full",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
]


@pytest.fixture(scope="module")
def paced():
    sandbox = Sandbox(*PACE)
    yield sandbox
    sandbox.stop()


def kinds(frames):
    """The types in order, repeats of the log left out."""
    found = []
    for frame in frames:
        if not found or found[-1] != frame["type"]:
            found.append(frame["type"])
    return found


def test_every_stage_is_told_in_order_in_the_new_generation(paced):
    run = paced.run()
    frames = frames_until(paced.socket(run))
    assert kinds(frames) == ORDER
    for frame in frames:
        assert frame["id"] == run["taskid"]
        assert "tasktoken" not in frame
        last = frame["type"] == "task_postprocess_end"
        assert frame["terminal"] is last
        assert frame["exitCode"] == ("0" if last else None)
        assert frame["success"] is (True if last else None)
    (output,) = frames[-1]["message"]
    assert set(output) == {"name", "contenttype", "size", "url"}
    assert paced.task(run)["outputs"][0]["url"] == output["url"]


def test_every_stage_is_told_in_order_in_the_old_generation(start):
    sandbox = start(*PACE, "--frames", "old")
    run = sandbox.run()
    frames = frames_until(sandbox.socket(run))
    assert kinds(frames) == ORDER
    for frame in frames:
        assert set(frame) == {"type", "id", "tasktoken", "message", "result"}
        assert frame["tasktoken"] == run["socketaccesstoken"]
        assert frame["result"] is True
    by_kind = {frame["type"]: frame["message"] for frame in frames}
    assert by_kind["task_assign"] is None
    assert by_kind["task_output_full"]["raw"] == sandbox.task(run)["debugoutput"]


def test_the_log_comes_line_by_line_and_progress_as_text(paced):
    run = paced.run(QUICK_CLIP, clip_body())
    frames = frames_until(paced.socket(run))
    messages = [frame["message"] for frame in frames if frame["type"] == "task_output"]
    lines = [message for message in messages if isinstance(message, str)]
    assert lines == paced.task(run)["debugoutput"].splitlines()
    assert lines[0] == "Request started."
    assert "Video Process Status: Processing: [=====-------] 44.0%" in lines
    objects = [message for message in messages if isinstance(message, dict)]
    assert objects
    for progress in objects:
        assert progress["type"] == "progressGenerate"
        assert all(isinstance(value, str) for value in progress.values())
        assert 0 < int(progress["percentage"]) <= 100


def test_one_socket_carries_many_tasks_and_one_task_many_sockets(paced):
    runs = [paced.run(body=image_body(f"task {number}")) for number in range(3)]
    shared, second = paced.socket(*runs), paced.socket(runs[0])
    ended = set()
    while len(ended) < 3:
        frame = json.loads(shared.recv())
        if frame["type"] == "task_postprocess_end":
            ended.add(frame["id"])
    assert ended == {run["taskid"] for run in runs}
    assert {frame["id"] for frame in frames_until(second)} == {runs[0]["taskid"]}


def test_there_is_no_replay_for_those_who_come_late(paced):
    run = paced.run(TEXT_TO_VIDEO, {"prompt": "sandbox: stall", "duration": "6"})
    paced.wait(run, "task_output")
    late = paced.socket(run)
    while "44.0%" not in paced.task(run)["debugoutput"]:
        late.recv()
    paced.post("/Task/Kill", {"taskid": run["taskid"]})
    frames = frames_until(late, "task_cancel")
    assert "task_accept" not in kinds(frames)
    assert frames[-1]["result"] is False
    assert frames[-1]["terminal"] is True
    assert frames[-1]["success"] is False


def test_what_is_not_understood_is_dropped_silently(paced):
    socket = paced.socket()
    for rubbish in ("{", "[]", '"x"', '{"type":"hello"}', '{"type":"task_info"}', "[" * 9999):
        socket.send(rubbish)
    socket.send('{"type":"task_info","tasktoken":"nobody\'s"}')
    socket.send_binary(b"\0\1")
    run = paced.run()
    register(socket, run)
    assert kinds(frames_until(socket)) == ORDER


def test_the_server_answers_pings(paced):
    socket = paced.socket()
    socket.ping("are you there")
    opcode, data = socket.recv_data(control_frame=True)
    assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"are you there")


def test_a_closed_socket_stops_no_task(paced):
    run = paced.run()
    paced.socket(run).close()
    assert paced.wait(run)["pexit"] == "0"


def test_the_socket_stays_open_after_the_end(paced):
    run = paced.run()
    socket = paced.socket(run)
    frames_until(socket)
    again = paced.run()
    register(socket, again)
    assert frames_until(socket)[-1]["id"] == again["taskid"]
