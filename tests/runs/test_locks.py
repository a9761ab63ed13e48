"""What each lock of the runs is for, with threads that are switched in the middle of lines.

A lock taken away makes one of these red (`tests.runs.mutations` tries each).
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
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
from wiro_widgets.runs import current, following, live_runs, recovery, sending, session
from wiro_widgets.runs import run as run_module
from wiro_widgets.runs.credentials import CredentialSource
from wiro_widgets.runs.downloading import Downloader
from wiro_widgets.runs.following import Follower
from wiro_widgets.runs.live_runs import LiveRuns
from wiro_widgets.runs.recovery import Recovery
from wiro_widgets.runs.state import restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.runs.fake_service import FakeService

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


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

    def check_process(self, _: Any) -> None:
        """This is the process that the run was made in."""

    def addresses(self, _: Any) -> list[None]:
        return []

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


def end_while_others_wait(record: Any, after: float) -> None:
    runs = LiveRuns(Control())  # type: ignore[arg-type]
    run = runs.get_or_add(record, restore(record).reopen("running"))

    async def wait() -> None:
        await asyncio.wait_for(run, 5)

    def act(number: int) -> None:
        if number == 0:
            time.sleep(after)
            runs.move(run, lambda state: state.end("succeeded"))
        elif number == 1:
            asyncio.run(wait())
        else:
            run.wait()

    at_once(act, within=10)


def test_nobody_who_begins_to_wait_at_the_end_is_left_waiting(records: list[Any]) -> None:
    dice = random.Random(4)
    with jitter(run_module, threading, chance=0.2):
        for record in records * 8:
            end_while_others_wait(record, dice.uniform(0, 0.01))


class Pool:
    """Does work at once, on the thread that asks."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        work(*arguments)


class Journal:
    """Counts renewals, and writes nothing down."""

    renewals = 0
    clips = Path("clips")
    media = None

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
    fake: FakeService,
    session: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "_SENDERS", THREADS)
    fake.slots, fake.auto = 12, 0.0
    crowded = ww.connect(directory="crowded")
    runs: list[Any] = []

    def ask(number: int) -> None:
        sweep = ww.sweep(f"From thread {number}", model=MODEL, seed=list(range(8)))
        runs.extend(sweep.run().runs)

    with jitter(sending, chance=0.3):
        at_once(ask, within=40)
        for run in runs:
            check_clip(run.wait(30))
    assert len(fake.accepted) == 8 * THREADS
    assert fake.doubled == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    crowded.close()


def one_session(fake: FakeService, directory: str) -> None:
    source = CredentialSource(Credentials(KEY, SECRET), "the test")
    sessions = [
        session.open_session(source, fake.api_url, fake.socket_url, directory)
        for _ in range(THREADS)
    ]
    kept: list[Any] = []
    at_once(lambda number: kept.append(current.make_current(sessions[number])))
    assert len(set(map(id, kept))) == 1
    assert [one for one in sessions if not one.closed] == kept[:1]
    kept[0].close()


def test_of_sessions_opened_at_once_one_is_kept(fake: FakeService, folder: Path) -> None:
    with jitter(current):
        for number in range(5):
            one_session(fake, f"library-{number}")


def test_the_first_use_from_several_threads_opens_one_session(
    fake: FakeService, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    opened: list[Any] = []
    open_session = current.open_session

    def counted(*arguments: Any) -> Any:
        opened.append(open_session(*arguments))
        return opened[-1]

    monkeypatch.setattr(current, "open_session", counted)
    with jitter(current):
        at_once(lambda _: ww.history())
    assert len(opened) == 1
    opened[0].close()
