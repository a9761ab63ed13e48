"""Following tasks: the socket as a hint, Task/Detail as the truth, time as it passes."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest

from tests.client import faults
from tests.client.conftest import HASTE, KEY, SECRET
from tests.client.fake_task import STAGES
from tests.client.switchboard import Switchboard
from wiro_widgets.client import (
    Credentials,
    ModerationRefused,
    Submission,
    TaskCancelled,
    TaskFailed,
    WaitTimeout,
    WiroClient,
)

MODEL = "minimax/hailuo-2.3-fast"


def submitted(client) -> Submission:
    return client.submit(MODEL, {"prompt": "p"})


def heard(board, submission) -> None:
    """Wait until the server has taken note of the token: frames before that are lost."""
    board.wait_for(lambda: board.registered(board.tasks[submission.task_id]))


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


def test_many_tasks_share_one_socket_and_no_thread(board, client):
    threads = {thread.name for thread in threading.enumerate()}
    submissions = [submitted(client) for _ in range(20)]
    left = {submission.task_id for submission in submissions}
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
            board.play(board.tasks[submission.task_id], 0.02)
        for event in watch:
            if event.terminal:
                left.discard(event.task_id)
            if not left:
                break
        ours = {t.name for t in threading.enumerate()} - threads
        assert not any("wiro" in name.lower() for name in ours)
    assert board.counts["sockets"] == 1


def test_a_task_the_shared_socket_forgets_gets_its_own(board, client):
    board.socket_mode = "first-only"
    first, second = submitted(client), submitted(client)
    task = board.tasks[second.task_id]

    def has_its_own() -> bool:
        return any(peer.tokens[:1] == [second.token] for peer in board._peers)

    def speak_over_its_own():
        board.wait_for(has_its_own)
        board.advance(task, "task_output", "heard")

    threading.Thread(target=speak_over_its_own).start()
    messages = []
    with client.watch() as watch:
        watch.add(first)
        watch.add(second)
        for event in watch:
            if event.task_id != second.task_id:
                continue
            messages.append(event.message)
            if event.message == "heard":
                board.finish(task)
            if event.terminal:
                break
            # News that only a reading tells makes the client doubt the shared socket.
            if not has_its_own() and task.status != "task_start":
                board.advance(task, STAGES[STAGES.index(task.status) + 1])
    assert "heard" in messages
    assert board.counts["sockets"] == 2


def test_add_from_another_thread_is_immediate(board, client):
    watch = client.watch()
    events = iter(watch)
    got = []
    reader = threading.Thread(target=lambda: got.append(next(events)))
    reader.start()
    submission = submitted(client)
    started = time.monotonic()
    watch.add(submission)
    reader.join(5)
    assert got[0].task_id == submission.task_id
    assert time.monotonic() - started < 1
    watch.remove(submission.task_id)
    watch.close()
    assert list(events) == []


def test_close_ends_an_idle_iteration(client):
    watch = client.watch()
    done = threading.Event()
    reader = threading.Thread(target=lambda: (list(watch), done.set()))
    reader.start()
    watch.close()
    assert done.wait(5)
    reader.join(5)
    watch.close()


def test_a_frame_that_names_no_task_is_given_to_none_of_several(board, client):
    first, second = submissions = [submitted(client), submitted(client)]
    messages, left = [], {first.task_id, second.task_id}
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
        for event in watch:
            messages += [event.message] if event.message else []
            if event.stage == "task_queue" and event.task_id == first.task_id:
                heard(board, first)
                unnamed = json.dumps({"type": "task_output", "message": "whose?"})
                board.say(board.tasks[first.task_id], unnamed)
                board.advance(board.tasks[first.task_id], "task_accept")
            elif event.stage == "task_accept":
                for task in list(board.tasks.values()):
                    board.finish(task)
            left -= {event.task_id} if event.terminal else set()
            if not left:
                break
    assert "Processing: 50%" in messages
    assert "whose?" not in messages


def test_one_tasks_error_is_not_anothers(board, client):
    good, bad = submitted(client), Submission("999", "nobodys-token", "a/b")
    board.play(board.tasks[good.task_id], 0.02)
    ended = {}
    with client.watch() as watch:
        watch.add(bad)
        watch.add(good)
        for event in watch:
            if event.error or event.terminal:
                ended[event.task_id] = type(event.error).__name__
            if len(ended) == 2:
                break
    assert ended == {good.task_id: "NoneType", "999": "NotFoundError"}


def test_what_a_socket_says_does_not_wait_for_a_service_that_hangs(board, client):
    submissions = [submitted(client) for _ in range(6)]
    last = board.tasks[submissions[-1].task_id]
    board.always["Task/Detail"] = faults.silence

    def speak() -> None:
        board.wait_for(lambda: board.registered(last))
        board.advance(last, "task_output", "heard")

    threading.Thread(target=speak).start()
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
        events = watch.events(time.monotonic() + 20)
        assert any(event.message == "heard" for event in events)
    assert board.counts["Task/Detail"] <= 2


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
