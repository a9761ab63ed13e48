"""The sums of a library are those of its runs, whatever the steps and their order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.library.helpers import OUTPUT, PRICE, PROBLEM, asked, running, stated, summed
from wiro_widgets.errors import BudgetExceeded
from wiro_widgets.library import budgets
from wiro_widgets.library.estimates import Spending
from wiro_widgets.library.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.library.journal import Journal

ME, OTHER = "me", "somebody else"
COSTS = st.sampled_from(["0", "0.28", "0.190000000000", "0.000000000001", "123456.789", None])
SERVICES = st.sampled_from(["live", "sandbox"])


def _reserve(journal: Journal, number: int, cost: Any, service: Any) -> None:
    request = asked(f"Take {number % 3}", seed=number)
    price = PRICE if cost is not None else None
    journal.reserve(request, service, ME, fresh=number % 2 == 0, price=price)


def _end(status: Any) -> Callable[..., None]:
    def end(journal: Journal, number: int, cost: Any, service: Any) -> None:
        journal.end(
            number,
            status,
            state={},
            outputs=[OUTPUT],
            files=[None],
            problem=None if status == "succeeded" else PROBLEM,
            cost=cost,
            unsettled=cost is None and service == "live",
            seconds=12.5,
        )

    return end


STEPS: dict[str, Callable[[Journal, int, Any, Any], object]] = {
    "reserve": _reserve,
    "begin_sending": lambda journal, number, cost, service: journal.begin_sending(number, ME),
    "accepted": lambda journal, number, cost, service: journal.accepted(
        number, f"task-{number}", "token", ME
    ),
    "requeue": lambda journal, number, cost, service: journal.requeue(number, ME),
    "refused": lambda journal, number, cost, service: journal.refused(number, PROBLEM, ME),
    "lost": lambda journal, number, cost, service: journal.lost(number, ME),
    "cancel_queued": lambda journal, number, cost, service: journal.cancel_queued(number, PROBLEM),
    "adopt": lambda journal, number, cost, service: journal.adopt(
        number, f"task-{number}", "token", ME
    ),
    "finished": lambda journal, number, cost, service: journal.finished(number, [OUTPUT], cost),
    "succeeded": _end("succeeded"),
    "failed": _end("failed"),
    "cancelled": _end("cancelled"),
    "unknown": _end("unknown"),
    "settle_cost": lambda journal, number, cost, service: journal.settle_cost(
        number, Decimal(0) if cost is None else cost
    ),
    "claim": lambda journal, number, cost, service: journal.claim(
        journal.record(number), ME, "queued" if cost is None else None
    ),
    "release": lambda journal, number, cost, service: journal.release(ME, number),
}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(list(STEPS)), st.integers(0, 5), COSTS, SERVICES), max_size=25
    )
)
def test_sums_are_those_of_the_runs_after_any_steps(
    journal: Journal, steps: list[tuple[str, int, str | None, Any]]
) -> None:
    _reserve(journal, 0, PRICE.low, "live")
    for name, chosen, text, service in steps:
        numbers = [record.number for record in journal.records(limit=6)]
        cost = None if text is None else Decimal(text)
        number = chosen if name == "reserve" else numbers[chosen % len(numbers)]
        STEPS[name](journal, number, cost, service)
        assert stated(journal) == summed(journal)
    library = Library(journal)
    for one in ("live", "sandbox"):
        records = [record for record in journal.records() if record.service == one]
        spent = library.spent(one)
        assert spent.settled == sum((record.cost or Decimal(0) for record in records), Decimal(0))
        assert spent.unsettled == sum(record.unsettled for record in records)


def test_an_estimate_is_kept_until_the_cost_is_known(journal: Journal) -> None:
    request = asked("The gull lifts off")

    def reserved() -> Decimal:
        return sum((Decimal(row[3]) for row in stated(journal)), Decimal(0)).scaleb(-12)

    record, _ = journal.reserve(request, "live", ME, fresh=False, price=PRICE)
    assert reserved() == PRICE.high
    journal.begin_sending(record.number, ME)
    journal.lost(record.number, ME)
    assert reserved() == PRICE.high, "its outcome is unknown"
    assert journal.adopt(record.number, "task", "token", ME)
    journal.end(record.number, "succeeded", state={}, cost=None, unsettled=True)
    assert reserved() == PRICE.high, "its cost is open"
    journal.settle_cost(record.number, Decimal("0.19"))
    assert reserved() == 0
    assert Library(journal).spent("live") == Spending(Decimal("0.19"), 0, "live", clips=1)


def test_what_is_not_sent_gives_its_estimate_back(journal: Journal) -> None:
    first, _ = journal.reserve(asked("One"), "live", ME, fresh=False, price=PRICE)
    second, _ = journal.reserve(asked("Two"), "live", ME, fresh=False, price=PRICE)
    journal.cancel_queued(first.number, PROBLEM)
    journal.begin_sending(second.number, ME)
    journal.refused(second.number, PROBLEM, ME)
    assert stated(journal) == []
    again, ours = journal.reserve(asked("Two"), "live", ME, fresh=False, price=PRICE)
    assert (again.number, ours) == (second.number, True)
    assert [row[3] for row in stated(journal)] == [int(PRICE.high.scaleb(12))]


def test_a_cost_that_is_known_is_not_forgotten_by_who_has_not_heard_of_it(journal: Journal) -> None:
    """A kernel that fetches the clip again knows less than the one that asked for the cost."""
    record = running(journal, "The gull lifts off")
    _end("succeeded")(journal, record.number, None, "live")
    journal.settle_cost(record.number, Decimal("0.50"))
    _end("succeeded")(journal, record.number, None, "live")
    spending = Library(journal).spent("live")
    assert (spending.settled, spending.reserved, spending.unsettled) == (Decimal("0.50"), 0, 0)
    assert journal.record(record.number).cost == Decimal("0.50")
    assert stated(journal) == summed(journal)


def test_who_comes_late_does_not_undo_what_another_computer_has_written(journal: Journal) -> None:
    """As one that slept, while its run was taken over and ended."""
    record = running(journal, "The gull lifts off", owner=ME)
    assert journal.claim(journal.record(record.number), OTHER)
    _end("succeeded")(journal, record.number, Decimal("0.28"), "live")
    journal.end(record.number, "running", state={}, unsettled=True, owner=ME)
    assert journal.record(record.number).status == "succeeded"
    # Its own end may be written twice: the answer to the first may have been lost.
    journal.end(record.number, "succeeded", state={"stages": {}}, cost=Decimal("0.28"), owner=OTHER)
    assert journal.record(record.number).state == {"stages": {}}


def test_a_run_that_waits_for_an_average_price_is_refused_by_a_later_budget(
    journal: Journal,
) -> None:
    average = PRICE._replace(basis="average")
    record, _ = journal.reserve(asked("The gull"), "live", ME, fresh=False, price=average)
    with journal.database.transaction() as connection:
        budgets.change(connection, "live", "all", budgets.checked({"usd": 5}))
    with pytest.raises(BudgetExceeded, match="can't be confirmed"):
        journal.begin_sending(record.number, ME, average)
    assert journal.record(record.number).status == "queued"
