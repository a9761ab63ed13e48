"""What each lock of the runs is for, with threads that are switched in the middle of lines.

A lock taken away makes one of these red (`tests.runs.mutations` tries each).
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_models import MODEL
from tests.runs.fake_service import KEY, SECRET
from tests.runs.helpers import until
from tests.runs.threads import THREADS, at_once, jitter
from wiro_widgets.client import Credentials, Submission
from wiro_widgets.runs import following, live_runs, recovery, sending, session, workers
from wiro_widgets.runs.credentials import CredentialSource
from wiro_widgets.runs.following import Downloader, Follower
from wiro_widgets.runs.live_runs import LiveRuns
from wiro_widgets.runs.recovery import Recovery
from wiro_widgets.runs.state import restore
from wiro_widgets.runs.workers import Notifier, Schedule, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.runs.fake_service import FakeService

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


def pool_of_two() -> None:
    done: list[int] = []
    inside, most = Counter[str](), [0]
    guard = threading.Lock()

    def work(number: int) -> None:
        with guard:
            inside["now"] += 1
            most[0] = max(most[0], inside["now"])
        time.sleep(0.0005)
        with guard:
            inside["now"] -= 1
        done.append(number)

    pool = WorkerPool("test", 2)
    at_once(lambda number: pool.submit(work, number))
    pool.drain(20)
    pool.close()
    assert sorted(done) == list(range(THREADS))
    assert most[0] <= 2


def test_a_pool_has_its_size_and_does_all_work() -> None:
    with jitter(workers):
        for _ in range(15):
            pool_of_two()


def test_work_that_comes_when_a_thread_goes_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_IDLE_SECONDS", 0.001)
    dice = random.Random(2)
    pool = WorkerPool("test", 1)
    with jitter(workers):
        for _ in range(300):
            done = threading.Event()
            pool.submit(done.set)
            assert done.wait(5), "it was left lying"
            time.sleep(dice.uniform(0, 0.004))
    pool.close()


def test_draining_waits_for_what_has_begun() -> None:
    pool = WorkerPool("test", 1)
    begun, may_end, ended = (threading.Event() for _ in range(3))

    def work() -> None:
        begun.set()
        may_end.wait(20)
        ended.set()

    pool.submit(work)
    assert begun.wait(20)
    pool.drain(0.01)
    assert not ended.is_set()
    threading.Timer(0.2, may_end.set).start()
    pool.drain(20)
    assert ended.is_set()
    pool.close()


def test_a_subject_is_told_by_one_thread_at_a_time_and_of_the_newest_at_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_NOTIFY_SECONDS", 0.0)
    notifier = Notifier()
    told: dict[int, int] = {}
    busy: set[int] = set()
    twice: list[int] = []
    newest = Counter[int]()

    def tell(subject: int) -> None:
        if subject in busy:
            twice.append(subject)
        busy.add(subject)
        value = newest[subject]
        time.sleep(0.0003)
        busy.discard(subject)
        told[subject] = value

    def change(subject: int) -> None:
        for _ in range(25):
            newest[subject] += 1
            notifier.notify(subject, lambda: tell(subject))

    with jitter(workers):
        at_once(change)
        until(lambda: told == dict(newest))
    assert twice == []


def test_all_that_is_scheduled_is_called_once() -> None:
    schedule = Schedule()
    calls = Counter[tuple[int, int]]()

    def plan(number: int) -> None:
        for turn in range(25):
            schedule.after(0.0005 * (turn % 3), lambda turn=turn: calls.update([(number, turn)]))
            time.sleep(0.001 * (turn % 2))

    with jitter(workers):
        for attempt in range(3):
            calls.clear()
            at_once(plan)
            until(lambda: len(calls) == THREADS * 25)
            assert set(calls.values()) == {1}, attempt
    schedule.close()


@pytest.fixture
def records(fake: FakeService, session: Any) -> list[Any]:
    """Some records of runs."""
    fake.auto = 0.0
    ww.sweep("Records", model=MODEL, seed=list(range(4))).run().wait(20)
    found: list[Any] = session.library.records()
    return found


class Control:
    """Of what a run asks of its runner, nothing."""

    library: Any = None

    def poster(self, _: Any) -> None:
        return None


def one_object(record: Any) -> None:
    runs = LiveRuns(Control())  # type: ignore[arg-type]
    made: list[Any] = []
    at_once(lambda _: made.append(runs.get_or_add(record, restore(record))))
    assert len(set(map(id, made))) == 1
    run = made[0]
    before = runs.state(run)

    def count(_: int) -> None:
        for _ in range(10):
            runs.move(run, lambda state: state.changed(log_total=state.log_total + 1))

    at_once(count)
    assert runs.state(run).version - before.version == 10 * THREADS
    assert runs.state(run).log_total - before.log_total == 10 * THREADS


def test_a_record_has_one_object_and_no_step_of_it_is_lost(records: list[Any]) -> None:
    with jitter(live_runs):
        for record in records:
            one_object(record)


class Pool:
    """Does work at once, on the thread that asks."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        work(*arguments)


class Journal:
    """Counts renewals, and writes nothing down."""

    renewals = 0
    clips = Path("clips")

    def end(self, *_: Any, **__: Any) -> None:
        pass

    def renew(self, _: str) -> None:
        self.renewals += 1


class Busy:
    """There are always runs under way."""

    def under_way(self) -> list[int]:
        return [1]


def test_leases_are_renewed_once_however_many_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_RENEW_SECONDS", 1.0)
    journal = Journal()
    one: Any = Recovery(
        None,  # type: ignore[arg-type]
        journal,  # type: ignore[arg-type]
        "owner",
        service="live",
        runs=Busy(),  # type: ignore[arg-type]
        control=Pool(),  # type: ignore[arg-type]
        resume=lambda *_, **__: None,
        found=lambda *_: None,
    )
    with jitter(recovery):
        at_once(lambda _: one.keep_leases())
    until(lambda: journal.renewals)
    time.sleep(0.2)  # the others would come now
    assert journal.renewals == 1
    one.close()


class Watch:
    """Nothing happens; counts who listens."""

    def __init__(self) -> None:
        self.listeners = 0
        self.over = threading.Event()

    def add(self, _: Submission) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        self.listeners += 1
        self.over.wait(20)
        return iter(())

    def close(self) -> None:
        self.over.set()


class Client:
    """Has one watch."""

    def __init__(self) -> None:
        self.only = Watch()

    def watch(self) -> Watch:
        return self.only


def one_listener() -> None:
    client = Client()
    follower: Any = Follower(client, lambda *_: None, lambda *_: None)  # type: ignore[arg-type]
    at_once(lambda number: follower.follow(object(), Submission(str(number), "token", MODEL)))
    until(lambda: client.only.listeners)
    time.sleep(0.01)  # a second listener would come now
    assert client.only.listeners == 1
    follower.close()


def test_one_thread_listens_however_many_tasks_come_at_once() -> None:
    with jitter(following):
        for _ in range(10):
            one_listener()


class Downloads:
    """A client that fetches nothing before it may, and counts."""

    def __init__(self) -> None:
        self.count = 0
        self.may = threading.Event()

    def download(self, *_: Any, **__: Any) -> Path:
        self.count += 1
        self.may.wait(20)
        return Path("clip.mp4")


def one_download(record: Any, journal: Any) -> None:
    runs = LiveRuns(Control())  # type: ignore[arg-type]
    run = runs.get_or_add(record, restore(record))
    client: Any = Downloads()
    downloader = Downloader(client, journal, runs, lambda *_: None)
    at_once(lambda _: downloader.fetch(run))
    until(lambda: client.count)
    time.sleep(0.02)  # a second one would begin now
    assert client.count == 1
    client.may.set()
    downloader.close()


def test_a_missing_clip_is_fetched_once_however_many_ask(records: list[Any]) -> None:
    journal: Any = Journal()
    for record in records:
        record.files[0].unlink()
    with jitter(following):
        for record in records * 3:
            one_download(record, journal)


def test_sending_from_several_threads_loses_and_doubles_nothing(
    fake: FakeService, session: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.slots, fake.auto = 5, 0.0
    runs: list[Any] = []

    def ask(number: int) -> None:
        sweep = ww.sweep(f"From thread {number}", model=MODEL, seed=list(range(8)))
        runs.extend(sweep.run().runs)

    with jitter(sending):
        at_once(ask, within=40)
        for run in runs:
            check_clip(run.wait(30))
    assert len(fake.accepted) == 8 * THREADS
    assert fake.doubled == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def one_session(fake: FakeService, directory: str) -> None:
    source = CredentialSource(Credentials(KEY, SECRET), "the test")
    sessions = [
        session.open_session(source, fake.api_url, fake.socket_url, directory)
        for _ in range(THREADS)
    ]
    kept: list[Any] = []
    at_once(lambda number: kept.append(session.make_current(sessions[number])))
    assert len(set(map(id, kept))) == 1
    assert [one for one in sessions if not one.closed] == kept[:1]
    kept[0].close()


def test_of_sessions_opened_at_once_one_is_kept(fake: FakeService, folder: Path) -> None:
    with jitter(session):
        for number in range(5):
            one_session(fake, f"library-{number}")


def test_the_first_use_from_several_threads_opens_one_session(
    fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    opened: list[Any] = []
    open_session = session.open_session

    def counted(*arguments: Any) -> Any:
        opened.append(open_session(*arguments))
        return opened[-1]

    monkeypatch.setattr(session, "open_session", counted)
    with jitter(session):
        at_once(lambda _: ww.history())
    assert len(opened) == 1
    opened[0].close()
