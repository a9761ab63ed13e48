"""500 runs leave nothing behind: threads, file handles, sockets and memory stay flat."""

from __future__ import annotations

import gc
import threading

import psutil
import pytest

from tests.client import faults
from wiro_widgets.client import TaskFailed, WaitTimeout

RUNS = 500
WARM_UP = 100


def one_run(service, client, tmp_path, number: int) -> None:
    """A run of the kind its number says: finished, failed, timed out, cut, left."""
    submission = client.submit("a/b", {"prompt": "p"}, files={"inputFile": b"\x89PNG\r\n\x1a\n."})
    task = service.tasks[submission.task_id]
    kind = number % 5
    if kind == 1:
        task.pexit = "1"
        service.finish(task)
        with pytest.raises(TaskFailed):
            client.wait(submission, timeout=20)
    elif kind == 2:
        with pytest.raises(WaitTimeout):
            client.wait(submission, timeout=0.005)
    elif kind == 3:
        for _ in client.follow(submission):
            break
    else:
        if kind == 4:
            service.fault("Task/Detail", faults.cut_before_body)
        service.finish(task)
        done = client.wait(submission, timeout=20)
        client.download(done.outputs[0], tmp_path, name="same.mp4")
    del service.tasks[task.id]
    service.requests.clear()
    service.files.clear()


def test_500_runs_leave_nothing_behind(service, client, tmp_path):
    process = psutil.Process()

    def settled() -> tuple[int, int, int]:
        gc.collect()
        # The server's side of a connection ends a moment after ours.
        service.wait_for(lambda: not any(peer.is_socket for peer in service._peers))
        sockets = len(process.net_connections("tcp"))
        return threading.active_count(), process.num_fds(), sockets

    for number in range(WARM_UP):
        one_run(service, client, tmp_path, number)
    threads, handles, sockets = settled()
    memory = process.memory_info().rss
    for number in range(RUNS - WARM_UP):
        one_run(service, client, tmp_path, number)
    after = settled()
    # A kept-alive connection more or less is not a leak; one per run would be 400.
    assert after[0] <= threads + 2
    assert after[1] <= handles + 6
    assert after[2] <= sockets + 6
    assert process.memory_info().rss - memory < 8 * 1024 * 1024
