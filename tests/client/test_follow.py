"""Following tasks: the socket as a hint, Task/Detail as the truth, time as it passes."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest

from tests.client import faults
from tests.client.conftest import FAST, KEY, SECRET, submitted, wait_registered
from tests.client.fake_service import FakeService
from tests.client.fake_task import STAGES
from wiro_widgets.client import (
    Credentials,
    ModerationRefused,
    RetryPolicy,
    TaskCancelled,
    TaskFailed,
    WaitTimeout,
    WiroClient,
    websocket,
)


@pytest.mark.parametrize("old_frames", [False, True], ids=["new frames", "old frames"])
def test_every_stage_is_told_once_and_in_order(service, client, old_frames):
    service.old_frames = old_frames
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    stages, logs, last = [], [], None
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.play(task)
        stages += [event.stage] if event.stage else []
        logs += [event.message] if event.message else []
        last = event
    assert stages == list(STAGES)
    assert logs == ["Processing: 50%"]
    assert last.terminal
    assert last.task.succeeded
    assert last.outputs[0].content_type == "video/mp4"
    assert service.counts["Task/Detail"] == 2


def test_progress_from_objects_and_from_text(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    seen = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.advance(task, "task_start")
            service.emit(task, "task_output", {"type": "progressGenerate", "percentage": "60"})
            service.emit(task, "task_output", json.dumps({"percentage": 75, "speed": "5s"}))
            text = "Video Process Status: Processing: [===--] 44.0%"
            service.emit(task, "task_output", text)
            service.finish(task)
        if event.progress is not None and not event.task:
            seen.append(event.progress)
    assert seen[:3] == [0.6, 0.75, 0.44]


def test_success_needs_exit_code_zero(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.log = "Request started.\nThe model ran out of luck.\nRequest ended.\n"
    task.pexit = "1"
    service.play(task)
    with pytest.raises(TaskFailed, match=r"ran out of luck") as caught:
        client.wait(submission, timeout=10)
    assert not isinstance(caught.value, ModerationRefused)
    assert caught.value.task_id == submission.task_id
    assert caught.value.task.token == ""


def test_moderation_is_told_apart(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.log = "Request started.\nOutputImageSensitiveContentDetected.PolicyViolation\n"
    task.pexit = "1"
    service.play(task)
    with pytest.raises(ModerationRefused, match="PolicyViolation") as caught:
        client.wait(submission, timeout=10)
    assert "prompt or the image" in caught.value.remedy


def test_stop_says_what_it_did(service, client):
    queued, running, over = (submitted(client) for _ in range(3))
    assert client.stop(queued) == "cancelled"
    service.advance(service.tasks[running.task_id], "task_start")
    assert client.stop(running) == "killed"
    service.finish(service.tasks[over.task_id])
    assert client.stop(over) == "already_finished"
    with pytest.raises(TaskCancelled):
        client.wait(queued, timeout=5)


def test_a_task_stopped_while_it_ran_may_still_be_charged(service, client):
    queued, running, charged = (submitted(client) for _ in range(3))
    for submission in (running, charged):
        service.advance(service.tasks[submission.task_id], "task_start")
    service.tasks[charged.task_id].cost = "0.05"
    spent = []
    for submission in (queued, running, charged):
        client.stop(submission)
        with pytest.raises(TaskCancelled) as caught:
            client.wait(submission, timeout=5)
        spent.append(caught.value.spent)
    assert spent == ["no", "maybe", "yes"]


def test_timeout_ends_the_wait_and_not_the_task(service, client):
    submission = submitted(client)
    started = time.monotonic()
    with pytest.raises(WaitTimeout) as caught:
        client.wait(submission, timeout=0.3)
    assert time.monotonic() - started < 1.5
    assert isinstance(caught.value, TimeoutError)
    assert submission.task_id in str(caught.value)
    service.play(service.tasks[submission.task_id])
    # The way to go on that the error names.
    assert client.wait(client.task(caught.value.task_id), timeout=10).succeeded


def test_timeout_holds_when_nothing_answers(service):
    with WiroClient(Credentials(KEY), service.api_url, service.socket_url) as patient:
        submission = submitted(patient)
        service.always["Task/Detail"] = faults.silence
        service.socket_mode = "blackhole"
        started = time.monotonic()
        with pytest.raises(WaitTimeout):
            patient.wait(submission, timeout=0.5)
        assert time.monotonic() - started < 3


def test_leaving_the_loop_closes_the_socket(service, client):
    submission = submitted(client)
    for _ in client.follow(submission):
        break
    service.wait_for(lambda: not any(peer.is_socket for peer in service._peers))
    assert not service.tasks[submission.task_id].over


def test_interrupt_detaches_cleanly(service, client):
    submission = submitted(client)
    service.play(service.tasks[submission.task_id], 0.02)

    def interrupted():
        for event in client.follow(submission):
            if event.stage == "task_start":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    service.wait_for(lambda: not any(peer.is_socket for peer in service._peers))
    assert client.wait(submission, timeout=10).succeeded


def test_clock_jumps_change_nothing(service, client, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: random.choice([0.0, 4e9, 1.7e9]))
    submission = submitted(client)
    service.play(service.tasks[submission.task_id])
    assert client.wait(submission, timeout=10).succeeded


def test_socket_comes_back_and_is_used_again(service, client):
    service.socket_mode = "refuse"
    submission = submitted(client)
    task = service.tasks[submission.task_id]

    def speak():
        wait_registered(service, submission)
        service.advance(task, "task_start")
        service.advance(task, "task_output", "by the socket")

    messages = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            service.socket_mode = "ok"
            threading.Thread(target=speak).start()
        messages.append(event.message)
        if event.message:
            service.finish(task)
    assert "by the socket" in messages


def test_a_socket_without_a_sign_of_life_is_replaced(service, client):
    service.socket_mode = "mute"
    submission = submitted(client)

    def finish_on_the_second_socket():
        service.wait_for(lambda: service.counts["sockets"] > 1)
        service.finish(service.tasks[submission.task_id])

    for event in client.follow(submission):
        if event.stage == "task_queue":
            threading.Thread(target=finish_on_the_second_socket).start()
    assert event.task.succeeded


def test_an_error_state_that_stays_is_believed(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.status, task.error_log = "task_error", "Traceback\nRuntimeError: no such GPU\n"
    with pytest.raises(TaskFailed, match="no such GPU"):
        client.wait(submission, timeout=10)


def test_an_error_state_may_pass(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.status = "task_error"
    for event in client.follow(submission):
        if event.type == "task_error":
            task.status = "task_start"
            service.finish(task)
    assert event.task.succeeded


def test_a_socket_that_is_always_cut_is_opened_ever_less_often(service):
    service.socket_mode = "cut"
    timeouts = FAST._replace(poll=5)
    retry = RetryPolicy(first=0.1, cap=30)
    client = WiroClient(
        Credentials(KEY), service.api_url, service.socket_url, timeouts=timeouts, retry=retry
    )
    with client, pytest.raises(WaitTimeout):
        client.wait(submitted(client), timeout=1.5)
    assert 3 <= service.counts["sockets"] <= 6
    assert service.counts["Task/Detail"] <= 8


def test_a_big_frame_is_read_and_a_monster_costs_the_socket(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    lengths = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.spawn(service.advance, task, "task_output", "x" * 1_500_000)
        if event.message:
            lengths.append(len(event.message))
            service.spawn(finish_on_the_next_socket, service, task)
            service.spawn(service.say, task, b"x" * 20_000_000)
    assert lengths[0] == 2_000
    assert service.counts["sockets"] == 2
    assert event.task.succeeded


def test_messages_together_may_exceed_the_limit_for_one(service, client, monkeypatch):
    monkeypatch.setattr(websocket, "MAX_MESSAGE_BYTES", 2000)
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    messages = []
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            for _ in range(5):
                service.advance(task, "task_output", "x" * 1000)
            for _ in range(100):
                service.say(task, b"p" * 100, opcode=9)
            service.finish(task)
        messages += [event.message] if event.message else []
    assert sum(map(len, messages)) == 5000
    assert service.counts["sockets"] == 1


def test_fragments_of_one_message_add_up_whatever_stands_between(service, client, monkeypatch):
    monkeypatch.setattr(websocket, "MAX_MESSAGE_BYTES", 2000)
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            for number in range(5):
                service.say(task, b"x" * 1000, opcode=0 if number else 1, final=False)
                service.say(task, b"", opcode=9)
            service.spawn(finish_on_the_next_socket, service, task)
    assert event.task.succeeded
    assert service.counts["sockets"] == 2


def finish_on_the_next_socket(service, task) -> None:
    service.wait_for(lambda: service.counts["sockets"] == 2)
    service.finish(task)


def test_tokens_do_not_follow_a_redirect(service, client):
    with FakeService() as elsewhere:
        service.socket_mode = f"redirect {elsewhere.socket_url}"
        submission = submitted(client)
        service.play(service.tasks[submission.task_id])
        assert client.wait(submission, timeout=10).succeeded
        assert elsewhere.counts["connections"] == 0


def test_one_connection_for_a_whole_run(service, client):
    submission = submitted(client)
    service.play(service.tasks[submission.task_id])
    client.wait(submission, timeout=10)
    client.tasks()
    assert service.counts["connections"] - service.counts["sockets"] == 1


def test_idle_means_silent(service):
    """A live socket with nothing to say causes no requests before `live_poll` is over."""
    timeouts = FAST._replace(live_poll=30, ping=30)
    with WiroClient(
        Credentials(KEY, SECRET), service.api_url, service.socket_url, timeouts=timeouts
    ) as client:
        submission = submitted(client)
        task = service.tasks[submission.task_id]
        for event in client.follow(submission):
            if event.stage == "task_queue":
                wait_registered(service, submission)
                service.advance(task, "task_start")
            if event.stage == "task_start":
                before = service.counts["Task/Detail"]
                timer = threading.Timer(0.5, service.finish, [task])
                timer.start()
                started = time.monotonic()
        assert service.counts["Task/Detail"] == before + 1
        # ... and the end is pushed, not found out by the next look.
        assert time.monotonic() - started < 5
