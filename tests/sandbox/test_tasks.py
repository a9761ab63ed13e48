"""Looking at tasks, stopping them, and what they cost."""

import http.server
import io
import json
import queue
import threading
from decimal import Decimal

import av
import pytest
import requests

from .server import (
    HAILUO,
    QUICK_IMAGE,
    TEXT_TO_VIDEO,
    image_body,
    png,
)

STALL = {"prompt": "sandbox: stall", "duration": "6"}
TIMES = (
    "createtime",
    "accepttime",
    "preprocessstarttime",
    "preprocessendtime",
    "assigntime",
    "starttime",
    "endtime",
    "postprocessstarttime",
    "postprocessendtime",
)
NOT_TEXT = {
    "parameters": dict,
    "categories": list,
    "outputs": list,
    "isapp": bool,
}


@pytest.fixture(scope="module")
def finished(fast):
    """A finished picture."""
    return fast.finish()


def test_a_finished_task_has_the_services_fields_and_types(finished):
    for name, value in finished.items():
        assert isinstance(value, NOT_TEXT.get(name, str)), name
    assert finished["pexit"] == "0"
    assert finished["status"] == "task_postprocess_end"
    seconds = [int(finished[name]) for name in TIMES]
    assert seconds == sorted(seconds)
    assert seconds[0] > 1_700_000_000
    assert finished["canceltime"] == "0"
    assert finished["elapsedseconds"] == f"{seconds[6] - seconds[1]:.4f}"
    assert json.loads(finished["realvram"]) == []


def test_an_output_has_the_services_fields_and_types(fast, finished):
    (output,) = finished["outputs"]
    assert output["name"] == "0.png"
    assert output["contenttype"] == "image/png"
    assert output["ispublic"] == 0
    assert output["expiretime"] is None
    path = output["url"].removeprefix(f"{fast.base}/cdn1/")
    groups, name = path.split("/")
    assert name == "0.png"
    assert [len(group) for group in groups.split("-")] == [8] * 8
    int(groups.replace("-", ""), 16)
    content = requests.get(output["url"], timeout=10).content
    assert output["size"] == finished["size"] == str(len(content))


@pytest.mark.parametrize("as_number", [False, True])
def test_detail_by_id_with_or_without_uuid(fast, finished, as_number):
    identifier = int(finished["id"]) if as_number else finished["id"]
    for uuid in ({}, {"uuid": "me"}, {"uuid": finished["uuid"]}):
        answer = fast.post("/Task/Detail", {"taskid": identifier, **uuid})
        assert answer["total"] == "1"
        assert answer["tasklist"] == [finished]


def test_detail_takes_multipart(fast, finished):
    answer = fast.raw("/Task/Detail", files={"taskid": (None, finished["id"])}).json()
    assert answer["tasklist"] == [finished]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, 0, "taskid or socketaccesstoken is required"),
        ({"tasktoken": "x" * 30}, 1, "There is no task yet."),
        ({"taskid": "1"}, 1, "There is no task yet."),
        ({"taskid": "9" * 5000}, 1, "There is no task yet."),
        ({"taskid": "-1"}, 1, "There is no task yet."),
        ({"taskid": ["1"]}, 0, "taskid or socketaccesstoken is required"),
    ],
)
def test_unknown_tasks(fast, body, code, message):
    answer = fast.post("/Task/Detail", body)
    assert answer["result"] is False
    assert answer["errors"] == [{"code": code, "message": message}]


def test_a_task_of_somebody_else_is_not_there(fast, finished):
    answer = fast.post("/Task/Detail", {"taskid": finished["id"], "uuid": "somebody"})
    assert answer["errors"][0]["message"] == "There is no task yet."


def test_cancel_works_in_the_queue_by_id_only(fast):
    run = fast.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    by_token = fast.post("/Task/Cancel", {"tasktoken": run["socketaccesstoken"]})
    assert by_token["errors"][0]["message"] == "Request parameter [taskid] required"
    kill = fast.post("/Task/Kill", {"taskid": run["taskid"]})
    assert kill["errors"][0]["message"].startswith("Task could not be killed")
    answer = fast.post("/Task/Cancel", {"taskid": run["taskid"]})
    assert answer["result"] is True
    (task,) = answer["tasklist"]
    assert task["status"] == "task_cancel"
    assert task["canceltime"] != "0"
    assert task["totalcost"] == "0"
    again = fast.post("/Task/Cancel", {"taskid": run["taskid"]})
    assert again["errors"] == [{"code": 1, "message": "Task is not in a cancellable state."}]


@pytest.mark.parametrize("name", ["taskid", "socketaccesstoken"])
def test_kill_works_while_running_by_id_or_token(fast, name):
    run = fast.run(TEXT_TO_VIDEO, STALL)
    fast.wait(run, "task_output")
    cancel = fast.post("/Task/Cancel", {"taskid": run["taskid"]})
    assert cancel["errors"] == [{"code": 1, "message": "Task is not in a cancellable state."}]
    wrong = fast.post("/Task/Kill", {"tasktoken": run["socketaccesstoken"]})
    assert wrong["result"] is False
    answer = fast.post("/Task/Kill", {name: run[name]})
    assert answer["tasklist"][0]["status"] == "task_cancel"
    assert answer["tasklist"][0]["outputs"] == []
    assert answer["tasklist"][0]["totalcost"] is None
    assert fast.task(run)["status"] == "task_cancel"


def test_a_finished_task_cannot_be_killed(fast, finished):
    answer = fast.post("/Task/Kill", {"taskid": finished["id"]})
    assert answer["errors"][0]["code"] == 1


def test_the_files_of_a_finished_task_can_be_deleted_again_and_again(fast):
    files = {"inputImage": ("a.png", png())}
    data = {"prompt": "x", "width": "64", "height": "64"}
    task = fast.wait(fast.raw(QUICK_IMAGE, data=data, files=files).json())
    urls = [task["outputs"][0]["url"], task["parameters"]["inputImage"]]
    assert [requests.get(url, timeout=10).status_code for url in urls] == [200, 200]
    for _ in range(2):
        body = {"tasktoken": task["socketaccesstoken"]}
        assert fast.post("/Task/InputOutputDelete", body) == {"result": True, "errors": []}
    assert [requests.get(url, timeout=10).status_code for url in urls] == [404, 404]
    left = fast.post("/Task/Detail", {"taskid": task["id"]})["tasklist"][0]
    assert left["outputs"] == []
    assert left["pexit"] == "0"


def test_files_of_unfinished_or_unknown_tasks_stay(fast):
    run = fast.run(TEXT_TO_VIDEO, STALL)
    body = {"tasktoken": run["socketaccesstoken"]}
    message = fast.post("/Task/InputOutputDelete", body)["errors"][0]["message"]
    assert message == "Task must be completed or cancelled before deleting files"
    fast.wait(run, "task_output")
    fast.post("/Task/Kill", {"taskid": run["taskid"]})
    answer = fast.post("/Task/InputOutputDelete", {"tasktoken": "x"})
    assert answer["errors"][0]["message"] == "task-not-exist"


def test_pages_of_the_list_join_without_gap_or_repeat(start):
    sandbox = start("--speed", "2000")
    ids = [sandbox.run(body=image_body(f"picture {n}"))["taskid"] for n in range(7)]

    def page(start, limit, **more):
        body = {"start": start, "limit": limit, **more}
        answer = sandbox.post("/Task/List", body)
        assert answer["total"] == "7"
        return [task["id"] for task in answer["tasklist"]]

    assert page("0", "3") + page("3", "3") + page("6", "3") == ids[::-1]
    assert page(0, 3) == page("0", "3")
    assert page("7", "3") == page("100", "3") == []
    assert page("2", "2", order="ASC") == ids[2:4]
    assert page("0", "1000") == ids[::-1]
    assert len(sandbox.post("/Task/List")["tasklist"]) == 7


def test_the_list_is_newest_first_and_paged(start):
    sandbox = start("--speed", "2000")
    runs = [sandbox.run() for _ in range(3)]
    other = sandbox.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    body = {"type": "model", "sort": "id", "order": "DESC", "start": "1", "limit": "2"}
    answer = sandbox.post("/Task/List", body)
    assert answer["total"] == "4"
    assert [task["id"] for task in answer["tasklist"]] == [runs[2]["taskid"], runs[1]["taskid"]]
    for name in ("hailuo", "hailuo-2.3", "MiniMax/hailuo-2-3"):
        named = sandbox.post("/Task/List", {"modelName": name})
        assert [task["id"] for task in named["tasklist"]] == [other["taskid"]]


@pytest.mark.parametrize(
    ("path", "body", "cost", "shape"),
    [
        (
            HAILUO,
            {"duration": "6", "inputImage": ["https://example.com/a.png"]},
            "0.19",
            (1366, 768, 150),
        ),
        (
            TEXT_TO_VIDEO,
            {"duration": "10", "resolution": "768P", "prompt": "x"},
            "0.56",
            (1366, 768, 250),
        ),
        # The help text says that 1080P makes 6 s of any duration.
        (
            TEXT_TO_VIDEO,
            {"duration": "10", "resolution": "1080P", "prompt": "x"},
            "0.49",
            (1920, 1080, 150),
        ),
    ],
)
def test_what_a_hailuo_clip_costs_and_is(fast, path, body, cost, shape):
    task = fast.finish(path, body)
    assert Decimal(task["totalcost"]) == Decimal(cost)
    assert len(task["totalcost"].partition(".")[2]) == 12
    rules = json.loads(task["dynamicprice"])
    assert float(cost) in [rule["price"] for rule in rules]
    content = requests.get(task["outputs"][0]["url"], timeout=30).content
    with av.open(io.BytesIO(content)) as container:
        (stream,) = container.streams
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 25
        frames = sum(1 for _ in container.decode(stream))
        assert (stream.width, stream.height, frames) == shape
    # The index stands in front of the frames, so that a player can start at once.
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_concurrency_rule_is_a_tenth_of_the_balance(start):
    sandbox = start("--speed", "2000", "--balance", "29.99")
    body = {"prompt": "sandbox: long queue", "duration": "6"}
    runs = [sandbox.run(TEXT_TO_VIDEO, body) for _ in range(2)]
    (error,) = sandbox.post(TEXT_TO_VIDEO, body)["errors"]
    assert error["code"] == 96
    assert "$29.99, you can run up to 2 tasks" in error["message"]
    sandbox.post("/Task/Cancel", {"taskid": runs[0]["taskid"]})
    assert sandbox.post(TEXT_TO_VIDEO, body)["result"] is True


def test_a_poor_account_is_refused_and_a_small_one_runs_one(start):
    poor = start("--balance", "0.49")
    assert poor.post(QUICK_IMAGE, image_body())["errors"] == [
        {"code": 97, "message": "Insufficient balance"}
    ]
    small = start("--balance", "0.50", "--speed", "2000")
    small.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    assert small.post(QUICK_IMAGE, image_body())["errors"][0]["code"] == 96


def test_a_first_frame_the_provider_would_refuse_fails_the_task(fast):
    data = {"duration": "6", "prompt": "x"}
    for picture, reason in (
        (png(1, 1), "short side"),
        (png(1000, 301), "aspect ratio"),
        (b"just text", "not an image"),
    ):
        run = fast.raw(HAILUO, data=data, files={"inputImage": ("a.png", picture)}).json()
        task = fast.wait(run)
        assert task["pexit"] == "1"
        assert task["outputs"] == []
        assert task["totalcost"] == "0"
        assert reason in task["debugoutput"]


def test_text_to_video_without_prompt_fails_at_the_provider(fast):
    task = fast.finish(TEXT_TO_VIDEO, {"duration": "6"})
    assert task["pexit"] == "1"
    assert "prompt is empty" in task["debugoutput"]


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.put(json.loads(body))
        # The first attempt is told to come again.
        self.send_response(500 if self.server.attempts == 0 else 204)
        self.server.attempts += 1
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_the_webhook_is_tried_again_until_it_is_taken(fast):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as hook:
        hook.received, hook.attempts = queue.Queue(), 0
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{hook.server_port}/done"
        run = fast.run(body=image_body(callbackUrl=address))
        told = [hook.received.get(timeout=30) for _ in range(2)]
        hook.shutdown()
    assert told[0] == told[1]
    assert told[0]["tasklist"] == [fast.task(run)]
