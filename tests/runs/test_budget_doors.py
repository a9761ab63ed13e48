"""Every way to send, with a budget that is used up: refused in the same words, and nothing leaves.

A new way to send is found here: there is one place that writes an intent and one that lets it go.
"""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import comm
import pytest

import wiro_widgets as ww
from tests.conftest import ROOT
from tests.runs.fake_models import MODEL, PRICE
from tests.runs.helpers import rewrite, rows, until
from tests.runs.kernel import KernelError
from tests.widgets.fakes import SENT, RecordingComm, ask, replies
from wiro_widgets.runs.history import History

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.fake_service import FakeService
    from tests.runs.kernel import Kernel

USED_UP = "could cost $0.28, and $0.28 of your $0.28 budget is used, so $0.28 is missing."
SEVERAL = "could cost $0.56, and $0.28 of your $0.28 budget is used, so $0.56 is missing."
REMEDY = "Raise it with ww.budget(usd="


@pytest.fixture(autouse=True)
def _wire(monkeypatch: pytest.MonkeyPatch) -> None:
    SENT.clear()
    monkeypatch.setattr(comm, "create_comm", RecordingComm)


@pytest.fixture
def used_up(fake: FakeService, session: Any) -> dict[str, Any]:
    """A library with a clip and a failed run, whose budget is spent to the cent."""
    waiting = session.request("Waiting", model=MODEL, parameters={})
    failed = ww.run("Fails", model=MODEL)
    fake.fail(fake.task_with(prompt="Fails"), "the model ran out of memory")
    until(lambda: failed.ended)
    fake.auto = 0.01
    made = ww.run("Made", model=MODEL).wait(10)
    ww.budget(usd=PRICE)
    return {"made": made, "failed": failed, "waiting": waiting, "session": session}


def _press(widget: Any, run: Any) -> None:
    ask(widget, id="1", type="send_again", run=run.key)


def _studio() -> ww.Studio:
    return ww.Studio("Another", model=MODEL)


def _studios_button(_: Any) -> None:
    studio = _studio()
    assert studio._button.disabled
    assert USED_UP in studio._button.blocked_because
    ask(studio._button, id="1", type="run", values=studio.parameters, prompt="Another", repeats=1)
    raise ww.BudgetExceeded(f"{studio._problem['detail']} {studio._problem['remedy']}")


def _studios_keys(_: Any) -> None:
    studio = _studio()
    ask(studio._prompt, id="1", type="submit", text="Another")
    raise ww.BudgetExceeded(f"{studio._problem['detail']} {studio._problem['remedy']}")


def _studios_sweep(_: Any) -> None:
    studio = _studio()
    ask(studio._button, id="1", type="sweep", values=studio.parameters, prompt="Another")
    values = {"duration": ["6", "10"]}
    ask(studio._sweep, id="2", type="plan", prompts=["Another"], values=values, repeats=1)
    plan = replies()[-1][0]["plan"]
    assert SEVERAL in plan["problem"]
    # Whoever has the page may start it all the same.
    ask(studio._sweep, id="3", type="start", plan=plan["key"])


def _standalone_button(_: Any) -> None:
    button = ww.RunButton(MODEL)
    button.on_run(lambda values: ww.run(model=MODEL, **values))
    ask(button, id="1", type="run", values={"duration": "6"}, prompt="Another", repeats=1)


DOORS: dict[str, Callable[[dict[str, Any]], object]] = {
    "run": lambda _: ww.run("Another", model=MODEL),
    "run fresh": lambda _: ww.run("Made", model=MODEL, fresh=True),
    "run of what failed": lambda _: ww.run("Fails", model=MODEL),
    "a dead kernel's run": lambda _: ww.run("Waiting", model=MODEL),
    "send_again": lambda known: known["failed"].send_again(),
    "history": lambda known: History([known["failed"].number], known["session"])[0].send_again(),
    "sweep": lambda _: ww.sweep("Another", model=MODEL, duration=[6, 10]).run(),
    "compare": lambda _: ww.compare("Another", model=MODEL, duration=[6, 10], max_cost=9),
    "Studio.run": lambda _: _studio().run(),
    "Studio.run of two takes": lambda _: _studio().run(takes=2),
    "the Studio's button": _studios_button,
    "Ctrl+Enter in the Studio": _studios_keys,
    "the Studio's sweep": _studios_sweep,
    "a card's Run again": lambda known: _press(ww.RunView(known["made"]), known["made"]),
    "a card's Try again": lambda known: _press(ww.RunView(known["failed"]), known["failed"]),
    "the strip": lambda known: _press(_studio()._strip, known["failed"]),
    "a tile": lambda known: _press(
        ww.CompareGrid([known["made"], known["failed"]]), known["failed"]
    ),
    "a button by itself": _standalone_button,
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_anything_out_that_would_pass_the_budget(
    fake: FakeService, used_up: dict[str, Any], folder: Path, door: str
) -> None:
    if door == "a dead kernel's run":
        ww.budget(usd=1)
        journal = used_up["session"]._runner._journal
        request = used_up["waiting"]
        journal.reserve(request, "live", "nobody", fresh=False, price=request.price)
        journal.release("nobody")
        ww.budget(usd=PRICE)
    paid, before = len(fake.paid), rows(folder)
    said = ""
    try:
        DOORS[door](used_up)
    except ww.BudgetExceeded as error:
        said = str(error)
    said = said or replies()[-1][0]["message"]
    assert USED_UP in said or SEVERAL in said
    assert REMEDY in said
    assert len(fake.paid) == paid
    assert [row["status"] for row in rows(folder)] == [row["status"] for row in before]
    # What is there already stays free.
    assert ww.run("Made", model=MODEL).wait(5).video
    ww.budget(usd=None)
    assert ww.run("Another", model=MODEL).wait(10).video


@pytest.mark.parametrize("door", ["sweep", "compare", "Studio.run of two takes"])
def test_several_runs_are_refused_together_although_the_first_would_fit(
    fake: FakeService, session: Any, door: str
) -> None:
    ww.budget(usd=PRICE)
    with pytest.raises(ww.BudgetExceeded, match=r"These 2 runs could cost \$0\.56"):
        DOORS[door]({})
    assert fake.paid == []


def test_another_kernel_in_the_same_folder_asks_too(
    fake: FakeService, used_up: dict[str, Any], kernel: Callable[..., Kernel]
) -> None:
    paid = len(fake.paid)
    other = kernel()
    with pytest.raises(KernelError) as caught:
        other.do("ww.run('Another', model=MODEL)")
    assert f"BudgetExceeded: This run {USED_UP} Nothing was sent." in str(caught.value)
    assert len(fake.paid) == paid
    assert other.do("float(ww.budget(usd=1).left)") == 0.72
    assert ww.run("Another", model=MODEL).wait(10).video


def test_a_run_that_waited_asks_again_when_its_turn_comes(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.slots = 1
    first = ww.run("First", model=MODEL)
    fake.wait_accepted(1)
    second, third = (ww.run(prompt, model=MODEL) for prompt in ("Second", "Third"))
    until(lambda: second.snapshot["notice"] and third.snapshot["notice"])
    assert ww.budget(usd=PRICE).total.reserved == 3 * Decimal(PRICE)
    fake.finish(fake.task_with(prompt="First"))
    first.wait(10)
    for run in (second, third):
        with pytest.raises(ww.BudgetExceeded, match="is missing"):
            run.wait(10)
    assert [task.paid.parameters["prompt"] for task in fake.accepted if task.paid] == ["First"]
    assert second.status == "refused"
    assert ww.budget().total.reserved == 0
    # Its card says what to do, and it is sent once there is room.
    assert second.snapshot["problem"]["title"] == "Over your budget"
    ww.budget(usd=1)
    fake.run_on()
    assert ww.run("Second", model=MODEL).wait(10).video


def test_an_estimate_is_reserved_while_the_cost_is_open_and_given_back_where_there_is_none(
    fake: FakeService, session: Any
) -> None:
    ww.budget(usd="0.56", clips=10)

    def open_now() -> tuple[Decimal, Decimal, int]:
        now = ww.budget()
        return now.total.settled, now.total.reserved, now.total.clips

    price = Decimal(PRICE)
    run = ww.run("Fails", model=MODEL)
    assert open_now() == (0, price, 1)
    fake.fail(fake.task_with(prompt="Fails"), "the model ran out of memory")
    until(lambda: run.ended)
    assert open_now() == (0, 0, 0)
    stopped = ww.run("Stopped", model=MODEL)
    task = fake.task_with(prompt="Stopped")
    fake.begin(task)
    fake.kill(task)
    until(lambda: stopped.ended)
    # What it costs is open: another fits, and a third does not.
    assert open_now() == (0, price, 1)
    assert ww.budget().total.unsettled == 1
    fake.auto = 0.01
    ww.run("Made", model=MODEL).wait(10)
    assert open_now() == (price, price, 2)
    with pytest.raises(ww.BudgetExceeded, match=r"\$0\.56 of your \$0\.56 budget is used"):
        ww.run("Third", model=MODEL)
    fake.settle(task, "0.1")
    until(lambda: open_now() == (price + Decimal("0.1"), 0, 2))


def test_two_kernels_that_ask_at_once_do_not_both_use_what_is_left(
    fake: FakeService, session: Any, kernel: Callable[..., Kernel]
) -> None:
    ww.budget(usd=PRICE)
    kernels = [kernel().ready() for _ in range(2)]
    for number, one in enumerate(kernels):
        one.start(f"ww.run('Number {number}', model=MODEL).number")
    answers = []
    for one in kernels:
        try:
            answers.append(one.answer())
        except KernelError as error:
            answers.append("BudgetExceeded" in str(error))
    assert sorted(map(type, answers), key=str) == [bool, int]
    assert True in answers
    fake.wait_accepted(1)
    assert len(fake.accepted) == 1


def test_a_sweep_that_is_cut_short_says_how_many_were_sent_and_goes_on(
    fake: FakeService, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.auto = 0.01
    ww.budget(usd="0.60")
    sweep = ww.sweep("Cut", model=MODEL, seed=[1, 2])
    real = session.submit

    def submit(request: Any) -> Any:
        run = real(request)
        # Another kernel spends meanwhile.
        ww.budget(usd=PRICE)
        return run

    monkeypatch.setattr(session, "submit", submit)
    with pytest.raises(ww.BudgetExceeded) as caught:
        sweep.run()
    assert caught.value.message == f"1 of 2 runs was sent. This run {USED_UP}"
    monkeypatch.undo()
    ww.budget(usd=1)
    assert sweep.run().wait(10).summary.startswith("2 runs: 2 done")
    assert len(fake.accepted) == 2


def test_a_day_begins_anew_and_what_is_sent_today_counts_today(
    fake: FakeService, session: Any, folder: Path
) -> None:
    fake.auto = 0.01
    ww.run("Made", model=MODEL).wait(10)
    rewrite(folder, "UPDATE runs SET day = '2020-01-01'")
    rewrite(folder, "UPDATE totals SET day = '2020-01-01'")
    ww.budget(usd=PRICE, per="day")
    ww.run("Today", model=MODEL).wait(10)
    now = ww.budget()
    assert (now.today.settled, now.total.settled) == (Decimal(PRICE), 2 * Decimal(PRICE))
    with pytest.raises(ww.BudgetExceeded, match=r"today's \$0\.28 budget"):
        ww.run("Another", model=MODEL)


def test_a_charge_below_the_list_price_is_what_counts_and_both_are_shown(
    fake: FakeService, session: Any
) -> None:
    run = ww.run("Made", model=MODEL)
    task = fake.task_with(prompt="Made")
    task.list_price = "0.56"
    fake.finish(task)
    run.wait(10)
    assert ww.budget().total.settled == Decimal(PRICE)
    assert "$0.28, list price $0.56" in repr(ww.history())
    assert "$0.28, list price $0.56" in ww.history()._repr_html_()


def test_there_is_one_place_that_writes_an_intent_and_one_that_lets_it_go() -> None:
    """Whoever adds a way to send goes through them, or this names the place that does not."""
    found: dict[str, set[str]] = {
        name: set() for name in ("reserve", "begin_sending", "insert_run")
    }
    sending: set[str] = set()
    for path in sorted((ROOT / "wiro_widgets").rglob("*.py")):
        module = path.relative_to(ROOT / "wiro_widgets").as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            name = called.rpartition(".")[2]
            if name in found:
                found[name].add(module)
            if name == "submit" and called.removesuffix(".submit").endswith("client"):
                sending.add(module)
    assert found == {
        "reserve": {"runs/runner.py"},
        "begin_sending": {"runs/sending.py"},
        "insert_run": {"library/journal.py"},
    }
    assert sending == {"runs/sending.py"}
