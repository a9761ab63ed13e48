"""Following many tasks at once: one socket, one thread, and none in the way of another."""

from __future__ import annotations

import json
import threading
import time
import traceback
from pathlib import Path

import pytest

import wiro_widgets
from tests.client import faults
from tests.client.conftest import submitted, wait_registered
from tests.client.fake_task import STAGES
from wiro_widgets.client import Submission


@pytest.fixture
def started(monkeypatch):
    """The stacks of the threads that are started from within the package."""
    stacks = []
    start = threading.Thread.start
    package = Path(wiro_widgets.__file__).parent.as_posix()

    def note(thread):
        stack = traceback.extract_stack()
        if any(Path(frame.filename).as_posix().startswith(package) for frame in stack):
            stacks.append(stack)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", note)
    return stacks


def test_many_tasks_share_one_socket_and_no_thread(service, client, started, tmp_path):
    submissions = [submitted(client) for _ in range(20)]
    left = {submission.task_id for submission in submissions}
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
            service.play(service.tasks[submission.task_id], 0.02)
        for event in watch:
            if event.terminal:
                left.discard(event.task_id)
            if not left:
                break
    assert service.counts["sockets"] == 1
    client.download(event.outputs[0], tmp_path)
    assert started == []


def test_a_task_the_shared_socket_forgets_gets_its_own(service, client):
    service.socket_mode = "first-only"
    first, second = submitted(client), submitted(client)
    task = service.tasks[second.task_id]

    def has_its_own() -> bool:
        return any(peer.tokens[:1] == [second.token] for peer in service._peers)

    def speak_over_its_own():
        service.wait_for(has_its_own)
        service.advance(task, "task_output", "heard")

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
                service.finish(task)
            if event.terminal:
                break
            # News that only a reading tells makes the client doubt the shared socket.
            if not has_its_own() and task.status != "task_start":
                service.advance(task, STAGES[STAGES.index(task.status) + 1])
    assert "heard" in messages
    assert service.counts["sockets"] == 2


def test_add_from_another_thread_is_immediate(service, client):
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


def test_a_frame_that_names_no_task_is_given_to_none_of_several(service, client):
    first, second = submissions = [submitted(client), submitted(client)]
    messages, left = [], {first.task_id, second.task_id}
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
        for event in watch:
            messages += [event.message] if event.message else []
            if event.stage == "task_queue" and event.task_id == first.task_id:
                wait_registered(service, first)
                unnamed = json.dumps({"type": "task_output", "message": "whose?"})
                service.say(service.tasks[first.task_id], unnamed)
                service.advance(service.tasks[first.task_id], "task_accept")
            elif event.stage == "task_accept":
                for task in list(service.tasks.values()):
                    service.finish(task)
            left -= {event.task_id} if event.terminal else set()
            if not left:
                break
    assert "Processing: 50%" in messages
    assert "whose?" not in messages


def test_one_tasks_error_is_not_anothers(service, client):
    good, bad = submitted(client), Submission("999", "nobodys-token", "a/b")
    service.play(service.tasks[good.task_id], 0.02)
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


def test_what_a_socket_says_does_not_wait_for_a_service_that_hangs(service, client):
    submissions = [submitted(client) for _ in range(6)]
    last = service.tasks[submissions[-1].task_id]
    service.always["Task/Detail"] = faults.silence

    def speak() -> None:
        service.wait_for(lambda: service.registered(last))
        service.advance(last, "task_output", "heard")

    threading.Thread(target=speak).start()
    with client.watch() as watch:
        for submission in submissions:
            watch.add(submission)
        events = watch.events(time.monotonic() + 20)
        assert any(event.message == "heard" for event in events)
    assert service.counts["Task/Detail"] <= 2
