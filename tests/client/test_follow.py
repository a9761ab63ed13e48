"""Following tasks: the socket as a hint, Task/Detail as the truth, time as it passes."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest

from tests.client import faults
from tests.client.conftest import HASTE, KEY, SECRET, heard, submitted
from tests.client.fake_task import STAGES
from tests.client.switchboard import Switchboard
from wiro_widgets.client import (
    Credentials,
    ModerationRefused,
    TaskCancelled,
    TaskFailed,
    WaitTimeout,
    WiroClient,
)


@pytest.mark.parametrize("old_frames", [False, True], ids=["new frames", "old frames"])
def test_every_stage_is_told_once_and_in_order(board, client, old_frames):
    board.old_frames = old_frames
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    stages, logs, last = [], [], None
    for event in client.follow(submission):
        if event.stage == "task_queue":
            heard(board, submission)
            board.play(task)
        stages += [event.stage] if event.stage else []
        logs += [event.message] if event.message else []
        last = event
    assert stages == list(STAGES)
    assert logs == ["Processing: 50%"]
    assert last.terminal
    assert last.task.succeeded
    assert last.outputs[0].content_type == "video/mp4"
    assert board.counts["Task/Detail"] == 2


def test_progress_from_objects_and_from_text(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    seen = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            heard(board, submission)
            board.advance(task, "task_start")
            board.emit(task, "task_output", {"type": "progressGenerate", "percentage": "60"})
            board.emit(task, "task_output", json.dumps({"percentage": 75, "speed": "5s"}))
            text = "Video Process Status: Processing: [===--] 44.0%"
            board.emit(task, "task_output", text)
            board.finish(task)
        if event.progress is not None and not event.task:
            seen.append(event.progress)
    assert seen[:3] == [0.6, 0.75, 0.44]


def test_success_needs_exit_code_zero(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    task.log = "Request started.\nThe model ran out of luck.\nRequest ended.\n"
    task.pexit = "1"
    board.play(task)
    with pytest.raises(TaskFailed, match=r"ran out of luck") as caught:
        client.wait(submission, timeout=10)
    assert not isinstance(caught.value, ModerationRefused)
    assert caught.value.task_id == submission.task_id
    assert caught.value.task.token == ""


def test_moderation_is_told_apart(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    task.log = "Request started.\nOutputImageSensitiveContentDetected.PolicyViolation\n"
    task.pexit = "1"
    board.play(task)
    with pytest.raises(ModerationRefused, match="PolicyViolation") as caught:
        client.wait(submission, timeout=10)
    assert "prompt or the image" in caught.value.remedy


def test_stop_says_what_it_did(board, client):
    queued, running, over = (submitted(client) for _ in range(3))
    assert client.stop(queued) == "cancelled"
    board.advance(board.tasks[running.task_id], "task_start")
    assert client.stop(running) == "killed"
    board.finish(board.tasks[over.task_id])
    assert client.stop(over) == "already_finished"
    with pytest.raises(TaskCancelled):
        client.wait(queued, timeout=5)


def test_timeout_ends_the_wait_and_not_the_task(board, client):
    submission = submitted(client)
    started = time.monotonic()
    with pytest.raises(WaitTimeout) as caught:
        client.wait(submission, timeout=0.3)
    assert time.monotonic() - started < 1.5
    assert isinstance(caught.value, TimeoutError)
    assert submission.task_id in str(caught.value)
    board.play(board.tasks[submission.task_id])
    # The way to go on that the error names.
    assert client.wait(client.task(caught.value.task_id), timeout=10).succeeded


def test_timeout_holds_when_nothing_answers(board):
    with WiroClient(Credentials(KEY), board.api_url, board.socket_url) as patient:
        submission = submitted(patient)
        board.always["Task/Detail"] = faults.silence
        board.socket_mode = "blackhole"
        started = time.monotonic()
        with pytest.raises(WaitTimeout):
            patient.wait(submission, timeout=0.5)
        assert time.monotonic() - started < 3


def test_leaving_the_loop_closes_the_socket(board, client):
    submission = submitted(client)
    for _ in client.follow(submission):
        break
    board.wait_for(lambda: not any(peer.is_socket for peer in board._peers))
    assert not board.tasks[submission.task_id].over


def test_interrupt_detaches_cleanly(board, client):
    submission = submitted(client)
    board.play(board.tasks[submission.task_id], 0.02)

    def interrupted():
        for event in client.follow(submission):
            if event.stage == "task_start":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    board.wait_for(lambda: not any(peer.is_socket for peer in board._peers))
    assert client.wait(submission, timeout=10).succeeded


def test_clock_jumps_change_nothing(board, client, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: random.choice([0.0, 4e9, 1.7e9]))
    submission = submitted(client)
    board.play(board.tasks[submission.task_id])
    assert client.wait(submission, timeout=10).succeeded


def test_socket_comes_back_and_is_used_again(board, client):
    board.socket_mode = "refuse"
    submission = submitted(client)
    task = board.tasks[submission.task_id]

    def speak():
        heard(board, submission)
        board.advance(task, "task_start")
        board.advance(task, "task_output", "by the socket")

    messages = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            board.socket_mode = "ok"
            threading.Thread(target=speak).start()
        messages.append(event.message)
        if event.message:
            board.finish(task)
    assert "by the socket" in messages


def test_a_socket_without_a_sign_of_life_is_replaced(board, client):
    board.socket_mode = "mute"
    submission = submitted(client)

    def finish_on_the_second_socket():
        board.wait_for(lambda: board.counts["sockets"] > 1)
        board.finish(board.tasks[submission.task_id])

    for event in client.follow(submission):
        if event.stage == "task_queue":
            threading.Thread(target=finish_on_the_second_socket).start()
    assert event.task.succeeded


def test_an_error_state_that_stays_is_believed(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    task.status, task.error_log = "task_error", "Traceback\nRuntimeError: no such GPU\n"
    with pytest.raises(TaskFailed, match="no such GPU"):
        client.wait(submission, timeout=10)


def test_an_error_state_may_pass(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    task.status = "task_error"
    for event in client.follow(submission):
        if event.type == "task_error":
            task.status = "task_start"
            board.finish(task)
    assert event.task.succeeded


def test_a_socket_that_is_always_cut_is_opened_ever_less_often(board):
    board.socket_mode = "cut"
    pace = HASTE._replace(retry_first=0.1, retry_cap=30, poll=5)
    client = WiroClient(Credentials(KEY), board.api_url, board.socket_url, pace=pace)
    with client, pytest.raises(WaitTimeout):
        client.wait(submitted(client), timeout=1.5)
    assert 3 <= board.counts["sockets"] <= 6
    assert board.counts["Task/Detail"] <= 8


def test_a_big_frame_is_read_and_a_monster_costs_the_socket(board, client):
    submission = submitted(client)
    task = board.tasks[submission.task_id]
    lengths = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            heard(board, submission)
            board.spawn(board.advance, task, "task_output", "x" * 5_000_000)
        if event.message:
            lengths.append(len(event.message))
            board.spawn(finish_on_the_next_socket, board, task)
            board.spawn(board.say, task, b"x" * 20_000_000)
    assert lengths[0] == 5_000_000
    assert board.counts["sockets"] == 2
    assert event.task.succeeded


def finish_on_the_next_socket(board, task) -> None:
    board.wait_for(lambda: board.counts["sockets"] == 2)
    board.finish(task)


def test_tokens_do_not_follow_a_redirect(board, client):
    with Switchboard() as elsewhere:
        board.socket_mode = f"redirect {elsewhere.socket_url}"
        submission = submitted(client)
        board.play(board.tasks[submission.task_id])
        assert client.wait(submission, timeout=10).succeeded
        assert elsewhere.counts["connections"] == 0


def test_one_connection_for_a_whole_run(board, client):
    submission = submitted(client)
    board.play(board.tasks[submission.task_id])
    client.wait(submission, timeout=10)
    client.tasks()
    assert board.counts["connections"] - board.counts["sockets"] == 1


def test_idle_means_silent(board):
    """A live socket with nothing to say causes no requests before `quiet` is over."""
    pace = HASTE._replace(quiet=30, ping=30)
    with WiroClient(Credentials(KEY, SECRET), board.api_url, board.socket_url, pace=pace) as client:
        submission = submitted(client)
        task = board.tasks[submission.task_id]
        for event in client.follow(submission):
            if event.stage == "task_queue":
                heard(board, submission)
                board.advance(task, "task_start")
            if event.stage == "task_start":
                before = board.counts["Task/Detail"]
                timer = threading.Timer(0.5, board.finish, [task])
                timer.start()
                started = time.monotonic()
        assert board.counts["Task/Detail"] == before + 1
        # ... and the end is pushed, not found out by the next look.
        assert time.monotonic() - started < 5
