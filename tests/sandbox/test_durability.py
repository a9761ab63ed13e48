"""A server that is killed at any moment: every accepted task ends, once."""

import random

import pytest
import requests

from .server import QUICK_CLIP, clip_body, image_body, png


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


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_every_accepted_task_ends(start, tmp_path, seed):
    chance = random.Random(seed)
    flags = ("--speed", "200", "--state", str(tmp_path))
    sandbox = start(*flags)
    runs = [sandbox.run(body=image_body(f"picture {number}")) for number in range(6)]
    runs.append(sandbox.run(QUICK_CLIP, clip_body()))
    runs.append(sandbox.run(body=image_body("sandbox: fail")))
    sandbox.wait(
        chance.choice(runs),
        chance.choice(["task_queue", "task_assign", "task_output", "task_postprocess_start"]),
        "task_postprocess_end",
    )
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
