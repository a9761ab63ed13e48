"""A server that is killed at any moment: every accepted task ends, once."""

import contextlib
import os
import random
import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from .server import DEADLINE, HAILUO, QUICK_CLIP, TEXT_TO_VIDEO, clip_body, image_body, png

STAGES = ["task_queue", "task_accept", "task_assign", "task_output", "task_postprocess_start"]


def test_tasks_files_folders_and_the_wallet_survive_a_restart(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path), "--balance", "100")
    first = start(*flags)
    before = first.finish("/Run/google/veo3-1", {"prompt": "x", "durationSeconds": "4"})
    (file,) = first.raw("/File/Upload", files={"file": ("a.png", png())}).json()["list"]
    (folder,) = first.post("/File/FolderCreate", {"name": "kept"})["list"]
    first.stop()

    second = start(*flags)
    assert (second.key, second.secret) == (first.key, first.secret)
    after = second.post("/Task/Detail", {"taskid": before["id"]})["tasklist"][0]
    # Only the port in the addresses may have changed.
    assert str(after).replace(second.base, first.base) == str(before)
    assert requests.get(after["outputs"][0]["url"], timeout=10).status_code == 200
    moved = file["url"].replace(first.base, second.base)
    assert requests.get(moved, timeout=10).content == png()
    (again,) = second.post("/File/FolderCreate", {"name": "kept"})["list"]
    assert again["id"] == folder["id"]
    assert int(second.run()["taskid"]) > int(before["id"])


def test_a_new_key_on_old_state_sees_none_of_it(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path))
    first = start(*flags)
    run = first.run()
    first.wait(run)
    first.stop()
    other = start(*flags, "--key", "another")
    assert other.post("/Task/List")["total"] == "0"
    answer = other.post("/Task/Detail", {"tasktoken": run["socketaccesstoken"]})
    assert answer["result"] is False


def until(condition):
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)  # the pace of looking, not a synchronisation


def unfinished_files(directory):
    """The files that are being written, with something in them already."""
    return [path for path in (directory / "media").glob("*.part*") if path.stat().st_size]


@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_any_moment_every_accepted_task_ends(start, tmp_path, stage):
    chance = random.Random(stage)
    flags = ("--speed", "200", "--state", str(tmp_path))
    sandbox = start(*flags)
    runs = [sandbox.run(body=image_body(f"picture {number}")) for number in range(6)]
    runs.append(sandbox.run(QUICK_CLIP, clip_body()))
    runs.append(sandbox.run(body=image_body("sandbox: fail")))
    sandbox.wait(chance.choice(runs), stage, "task_postprocess_end")
    sandbox.kill()

    again = start(*flags)
    for run in runs[:-1]:
        task = again.wait(run)
        assert task["status"] == "task_postprocess_end"
        assert task["pexit"] == "0", task
        (output,) = task["outputs"]
        content = requests.get(output["url"], timeout=10).content
        assert str(len(content)) == output["size"]
        assert task["debugoutput"].count("Request started.") == 1
        assert task["debugoutput"].count("Request ended.") == 1
    assert again.wait(runs[-1])["pexit"] == "1"
    assert again.post("/Task/List")["total"] == str(len(runs))
    # Nothing half-written is left beside what is served.
    again.stop()
    third = start(*flags)
    names = [path.name for path in (tmp_path / "media").iterdir()]
    assert all(len(name) == 32 for name in names)
    assert third.post("/Task/List")["total"] == str(len(runs))


def test_killed_while_a_clip_is_rendered_it_is_rendered_again(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path))
    sandbox = start(*flags)
    body = {"prompt": "waves [Pan left]", "duration": "6", "resolution": "768P"}
    run = sandbox.run(TEXT_TO_VIDEO, body)
    until(lambda: unfinished_files(tmp_path))
    renderers = psutil.Process(sandbox.process.pid).children(recursive=True)
    assert sandbox.task(run)["status"] != "task_postprocess_end"
    sandbox.kill()

    again = start(*flags)
    task = again.wait(run)
    assert task["pexit"] == "0", task
    (output,) = task["outputs"]
    content = requests.get(output["url"], timeout=10).content
    assert str(len(content)) == output["size"]
    # Who rendered for the dead server is gone too.
    assert renderers
    assert not psutil.wait_procs(renderers, timeout=DEADLINE)[1]


@pytest.mark.parametrize("route", ["/File/Upload", HAILUO])
def test_killed_in_the_middle_of_an_upload_nothing_of_it_stays(start, tmp_path, route):
    flags = ("--speed", "2000", "--state", str(tmp_path))
    sandbox = start(*flags)
    name = "file" if route == "/File/Upload" else "inputImage"
    whole = {name: ("a.png", os.urandom(4 * 2**20))}
    request = requests.Request(
        "POST", sandbox.api + route, headers=sandbox.headers(), files=whole
    ).prepare()
    address = urlsplit(sandbox.base)
    with socket.create_connection((address.hostname, address.port), DEADLINE) as half:
        head = "".join(f"{key}: {value}\r\n" for key, value in request.headers.items())
        half.sendall(f"POST /v1{route} HTTP/1.1\r\nHost: {address.netloc}\r\n{head}\r\n".encode())
        half.sendall(request.body[: len(request.body) // 2])
        until(lambda: unfinished_files(tmp_path))
        sandbox.kill()
        with contextlib.suppress(ConnectionError):
            assert half.recv(1) == b""

    again = start(*flags)
    assert list((tmp_path / "media").iterdir()) == []
    assert again.post("/Task/List")["total"] == "0"
    # The name is free: what was never answered was never taken.
    assert again.raw("/File/Upload", files={"file": ("a.png", png())}).json()["result"]
