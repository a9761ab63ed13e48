"""`sending`, `unknown`: what may have been accepted is looked for, and never resent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.runs.clips import check_clip
from tests.runs.fake_faults import swallow_answer, swallow_request
from tests.runs.fake_models import DEFAULTS, MODEL
from tests.runs.helpers import rewrite, rows, statuses, until
from wiro_widgets.client import SubmissionUnknown
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.request import RunRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

ASK = "run = ww.run('Once', model=MODEL)"


def test_a_row_is_sending_before_the_body_has_left(
    fake: FakeService, session: Any, folder: Path
) -> None:
    seen = []

    def look(exchange: Any) -> None:
        exchange.body()
        seen.extend(statuses(folder))
        exchange.proceed()

    fake.fault("Run", look)
    fake.auto = 0.01
    ww.run("Looked at", model=MODEL).wait(10)
    assert seen == ["sending"]


def test_every_row_keeps_a_key_of_its_own_which_is_not_sent(
    fake: FakeService, session: Any, folder: Path
) -> None:
    """The service's name for such a key isn't public, so nothing may rely on it."""
    fake.auto = 0.01
    ww.sweep("Keys", model=MODEL, seed=[1, 2, 3]).run().wait(20)
    keys = [row["intent"] for row in rows(folder)]
    assert all(len(key) >= 16 for key in keys)
    assert len(set(keys)) == 3
    sent = b"".join(body for path, _, body in fake.requests if path.startswith("Run/"))
    assert not any(key.encode() in sent for key in keys)


def test_a_run_killed_while_sending_is_found_again(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold()
    first = kernel()
    first.do(ASK)
    gate.arrived()
    first.kill()
    assert statuses(folder) == ["sending"]
    fake.run_on()
    assert kernel().do(f"{ASK}.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_looking_at_a_run_killed_while_sending_finds_it_too(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    gate = fake.hold()
    first = kernel()
    first.do(ASK)
    gate.arrived()
    first.kill()
    fake.run_on()
    second = kernel()
    assert second.do("run = ww.history()[0].wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_run_that_the_service_never_took_stays_unknown_and_says_what_can_be_done(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold(late=True)
    first = kernel()
    first.do(ASK)
    gate.arrived()
    first.kill()
    second = kernel()
    with pytest.raises(AssertionError, match="SubmissionUnknown"):
        second.do(f"{ASK}; run.wait(20)")
    problem = second.do("run.snapshot['problem']")
    assert problem["spent"] == "maybe"
    words = f"{problem['detail']} {problem['remedy']}"
    assert "look" in words.lower()
    assert "twice" in words
    assert second.do("run.status, run.snapshot['over']") == ["unknown", True]
    assert statuses(folder) == ["unknown"]
    assert fake.accepted == []
    fake.auto = 0.01
    assert second.do("new = run.send_again().wait(20); check_clip(new); new.status") == "succeeded"
    assert second.do("new.number != run.number, run.status") == [True, "unknown"]
    assert len(fake.accepted) == 1


def test_an_unknown_run_is_looked_for_each_time_it_is_asked_for(
    fake: FakeService, session: Any, folder: Path
) -> None:
    gate = fake.hold()
    fake.list_lag = 10_000
    run = ww.run("Late in the list", model=MODEL)
    gate.arrived()
    fake.cut_connections()
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    lists = fake.counts["Task/List"]
    with pytest.raises(SubmissionUnknown):
        ww.run("Late in the list", model=MODEL).wait(20)
    assert fake.counts["Task/List"] > lists
    fake.show_all()
    fake.run_on()
    check_clip(ww.run("Late in the list", model=MODEL).wait(20))
    assert len(fake.paid) == 1
    assert statuses(folder) == ["succeeded"]


def test_look_again_finds_what_has_turned_up_meanwhile(fake: FakeService, session: Any) -> None:
    fake.list_lag = 10_000
    fake.fault("Run", swallow_answer)
    run = ww.run("Turns up", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    fake.show_all()
    fake.run_on()
    run.look_again()
    check_clip(until(lambda: run.ended and run.video and run))
    assert len(fake.paid) == 1


def test_a_list_that_lags_is_read_again_before_giving_up(fake: FakeService, session: Any) -> None:
    fake.list_lag = 3
    fake.auto = 0.01
    fake.fault("Run", swallow_answer)
    check_clip(ww.run("A little late", model=MODEL).wait(20))
    assert len(fake.paid) == 1
    assert fake.counts["Task/List"] >= 4


def test_a_run_accepted_after_its_kernel_died_is_found(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    """The body had left; the service took its time."""
    gate = fake.hold(late=True)
    first = kernel()
    first.do(ASK)
    gate.arrived()
    first.kill()
    second = kernel()
    listed = fake.counts["Task/List"]
    second.do(ASK)
    fake.wait_for(lambda: fake.counts["Task/List"] > listed)
    fake.auto = 0.01
    gate.open()
    assert second.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_while_it_is_looked_for_it_says_so_and_is_not_over(fake: FakeService, session: Any) -> None:
    listing = fake.hold("Task/List", after=0)
    fake.fault("Run", swallow_answer)
    run = ww.run("Being looked for", model=MODEL)
    listing.arrived()
    until(lambda: run.status == "unknown")
    assert not run.ended
    assert not run.snapshot["over"]
    assert run.notice
    fake.run_on()
    fake.release("Task/List")
    listing.open()
    check_clip(run.wait(20))
    assert run.notice is None


def test_it_is_looked_for_page_by_page(fake: FakeService, session: Any) -> None:
    """250 tasks of other people's notebooks came after it."""
    gate = fake.hold()
    run = ww.run("Far down", model=MODEL)
    gate.arrived()
    for number in range(250):
        fake.old_task(0, prompt=f"Somebody else's {number}")
    fake.cut_connections()
    fake.finish(fake.accepted[0])
    check_clip(run.wait(20))
    assert len(fake.paid) == 1


def test_it_is_looked_for_back_to_its_sending_and_no_further(
    fake: FakeService, session: Any
) -> None:
    for number in range(950):
        fake.old_task(86400, prompt=f"Yesterday's {number}")
    before = fake.counts["Task/List"]
    fake.fault("Run", swallow_request)
    run = ww.run("Not there", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    looks = fake.counts["Task/List"] - before
    assert looks <= 2 * 7, f"{looks} pages for five looks at an account with old tasks only"


@pytest.mark.parametrize("ago", [3600, -3600], ids=["before", "after"])
def test_an_equal_task_of_another_time_is_not_taken(
    fake: FakeService, session: Any, ago: float
) -> None:
    asked = {"prompt": "Seen before", "promptOptimizer": "true", "resolution": "768P"}
    fake.old_task(ago, **asked, duration="6")
    fake.fault("Run", swallow_request)
    run = ww.run("Seen before", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)
    assert (run.task_id, run.status) == (None, "unknown")


def test_a_task_of_another_model_is_not_taken(fake: FakeService, session: Any) -> None:
    asked = {"prompt": "Twins", "promptOptimizer": "true", "resolution": "768P", "duration": "6"}
    fake.old_task(0, **asked).model = "minimax/hailuo-2-3-fast"
    fake.fault("Run", swallow_request)
    run = ww.run("Twins", model=MODEL)
    with pytest.raises(SubmissionUnknown):
        run.wait(20)


def test_a_task_that_another_row_has_is_not_taken(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    first = ww.run("The same twice", model=MODEL).wait(10)
    fake.fault("Run", swallow_request)
    second = ww.run("The same twice", model=MODEL, fresh=True)
    with pytest.raises(SubmissionUnknown):
        second.wait(20)
    assert second.task_id is None
    assert [row["task_id"] for row in rows(folder)] == [first.task_id, None]


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_a_clock_that_is_off_hides_nothing(fake: FakeService, session: Any, ahead: float) -> None:
    fake.clock_ahead = ahead
    fake.auto = 0.01
    fake.fault("Run", swallow_answer)
    check_clip(ww.run("Another time zone", model=MODEL).wait(20))
    assert len(fake.paid) == 1


def test_another_kernel_attaches_to_what_a_live_one_is_sending(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold()
    owner, other = kernel(), kernel().ready()
    owner.do(ASK)
    gate.arrived()
    other.do(ASK)
    assert other.do("run.status, run.ended") == ["sending", False]
    assert statuses(folder) == ["sending"]
    fake.run_on()
    gate.open()
    for one in (other, owner):
        assert one.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_when_the_owner_dies_the_kernel_that_attached_settles_it(
    fake: FakeService, kernel: Callable[..., Kernel]
) -> None:
    gate = fake.hold()
    owner, other = kernel(), kernel().ready()
    owner.do(ASK)
    gate.arrived()
    other.do(ASK)
    owner.kill()
    fake.run_on()
    assert other.do("run.wait(25); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_lease_that_a_jumping_clock_ended_is_alive_while_its_process_is(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold()
    owner, other = kernel(), kernel().ready()
    owner.do(ASK)
    gate.arrived()
    rewrite(folder, "UPDATE runs SET lease = created - 86400")
    other.do(ASK)
    other.do("ww.history()")
    assert other.do("run.status, run.ended") == ["sending", False]
    assert statuses(folder) == ["sending"]
    fake.run_on()
    gate.open()
    assert other.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert owner.do("run.wait(20); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_sending_row_of_another_machine_is_settled_when_its_lease_is_over(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    gate = fake.hold()
    owner = kernel()
    owner.do(ASK)
    gate.arrived()
    owner.kill()
    far = rows(folder)[0]["created"] + 3600
    rewrite(folder, "UPDATE runs SET owner = 'elsewhere.example-4711-1', lease = ?", far)
    other = kernel()
    other.do(ASK)
    assert other.do("run.status, run.ended") == ["sending", False]
    assert statuses(folder) == ["sending"]
    fake.run_on()
    rewrite(folder, "UPDATE runs SET lease = ?", far - 7200)
    assert other.do("run.wait(20); check_clip(run); run.status") == "succeeded"
    assert len(fake.paid) == 1


def test_a_lease_is_renewed_while_there_is_something_to_do(
    fake: FakeService, kernel: Callable[..., Kernel], folder: Path
) -> None:
    one = kernel("import wiro_widgets.runs.recovery as r; r._RENEW_SECONDS = 0.05")
    one.do(f"{ASK}\nuntil(lambda: run.status == 'running')")
    rewrite(folder, "UPDATE runs SET lease = 5")
    until(lambda: rows(folder)[0]["lease"] > rows(folder)[0]["created"])
    fake.run_on()
    one.do("run.wait(20)")
    assert rows(folder)[0]["lease"] == 0


def test_a_lost_run_of_another_key_is_left_to_whoever_has_that_key(
    fake: FakeService, session: Any, folder: Path
) -> None:
    """Its task is in no list that this key can read, so nobody may say that there is none."""
    theirs = Journal(folder / "wiro-runs", account="another key")
    request = RunRequest(MODEL, {**DEFAULTS, "prompt": "Whose?"})
    record, _ = theirs.reserve(request, "live", "gone", fresh=False)
    theirs.begin_sending(record.number, "gone")
    theirs.lost(record.number, "gone")
    with pytest.raises(ww.SubmissionUnknown, match="It was sent with another key") as found:
        ww.history()[0].wait(20)
    assert "send_again" not in found.value.remedy
    assert theirs.record(record.number).problem is None
    assert not fake.paid
