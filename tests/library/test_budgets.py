"""Budgets as statements on the tables: what counts, what fits exactly, and what is refused how."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from tests.library.helpers import asked, reserved
from wiro_widgets.client import InputError, PriceRange
from wiro_widgets.errors import BudgetExceeded
from wiro_widgets.library import budgets
from wiro_widgets.library import journal as journals
from wiro_widgets.library.budgets import Limit, Period, Wanted
from wiro_widgets.library.records import pico
from wiro_widgets.library.tables import totals
from wiro_widgets.library.totals import today

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from wiro_widgets.library.journal import Journal

TODAY, BEFORE = "2026-11-27", "2026-11-26"
MODEL, OTHER = "minimax/hailuo-2-3", "kling/v3"


@pytest.fixture
def library(journal: Journal) -> Iterator[Connection]:
    """A library with nothing in it, on either store."""
    with journal.database.transaction() as connection:
        yield connection


def price(high: str, basis: str = "cpr") -> PriceRange:
    return PriceRange(Decimal("0.10"), Decimal(high), basis)


def used(library: Connection, day: str = TODAY, service: str = "live", **amounts: Any) -> None:
    """What runs of a day have cost, are reserved and how many they are."""
    library.execute(
        insert(totals).values(
            service=service,
            day=day,
            cost_e12=pico(Decimal(amounts.get("cost", 0))),
            reserved_e12=pico(Decimal(amounts.get("reserved", 0))),
            unsettled=amounts.get("unsettled", 0),
            clips=amounts.get("clips", 0),
        )
    )


def allow(library: Connection, per: Period = "all", **given: Any) -> None:
    budgets.change(library, "live", per, budgets.checked(given))


def refused(library: Connection, *prices: PriceRange | None, model: str = MODEL) -> BudgetExceeded:
    with pytest.raises(BudgetExceeded) as caught:
        budgets.check(library, "live", TODAY, prices, model)
    assert caught.value.spent == "no"
    assert not caught.value.retryable
    return caught.value


def accepted(library: Connection, *prices: PriceRange | None, model: str = MODEL) -> None:
    budgets.check(library, "live", TODAY, prices, model)


def test_without_a_budget_anything_may_run(library: Connection) -> None:
    used(library, cost="9000", clips=10_000)
    accepted(library, price("100"), None)


def test_what_is_spent_and_reserved_counts_and_exactly_what_is_left_can_be_used(
    library: Connection,
) -> None:
    used(library, BEFORE, cost="4.100000000001")
    used(library, cost="0.2", reserved="0.319999999999", unsettled=1)
    allow(library, usd=5)
    accepted(library, price("0.38"))
    error = refused(library, price("0.380000000001"))
    assert error.message == (
        "This run could cost $0.380000000001, and $4.62 of your $5.00 budget is used, so"
        " $0.000000000001 is missing."
    )
    assert error.missing == Decimal("0.000000000001")
    assert error.remedy == (
        "Raise it with ww.budget(usd=5.000000000001), or remove it with usd=None."
    )
    # As the remedy says.
    allow(library, usd="5.000000000001")
    accepted(library, price("0.380000000001"))


def test_several_runs_are_checked_together(library: Connection) -> None:
    allow(library, usd=1)
    accepted(library, *[price("0.25")] * 4)
    assert refused(library, *[price("0.28")] * 4).message == (
        "These 4 runs could cost $1.12, and $0.00 of your $1.00 budget is used, so $0.12 is"
        " missing."
    )
    accepted(library)  # a sweep of which nothing has to be sent


def test_a_budget_of_a_day_counts_that_day_and_both_can_stand(library: Connection) -> None:
    used(library, BEFORE, cost="4.50", clips=9)
    used(library, cost="0.90", clips=1)
    allow(library, "day", usd=1)
    accepted(library, price("0.10"))
    error = refused(library, price("0.28"))
    assert "$0.90 of today's $1.00 budget is used, so $0.18 is missing" in error.message
    assert 'ww.budget(usd=1.18, per="day")' in error.remedy
    allow(library, usd="5.45")
    assert "$5.40 of your $5.45 budget" in refused(library, price("0.10")).message


def test_a_budget_in_clips_needs_no_price(library: Connection) -> None:
    used(library, clips=18)
    allow(library, clips=20)
    accepted(library, None, None)
    assert refused(library, None, None, None).message == (
        "These 3 runs need 3 clips, and 18 of your 20 clips are used, so 1 is missing."
    )
    allow(library, clips=18)
    error = refused(library, None)
    assert error.message == (
        "This run needs 1 clip, and 18 of your 18 clips are used, so 1 is missing."
    )
    assert "ww.budget(clips=19)" in error.remedy


@pytest.mark.parametrize("unsure", [None, price("0.19", "average")])
def test_a_price_that_cannot_be_confirmed_is_refused_unless_the_model_is_allowed(
    library: Connection, unsure: PriceRange | None
) -> None:
    allow(library, usd=5)
    error = refused(library, unsure)
    assert error.message == (
        "The price of minimax/hailuo-2.3 can't be confirmed, so it can't be checked against your"
        " $5.00 budget."
    )
    assert 'ww.budget(allow="minimax/hailuo-2.3")' in error.remedy
    allow(library, allow="MiniMax/hailuo-2.3")
    accepted(library, unsure)
    remedy = refused(library, unsure, model=OTHER).remedy
    assert 'allow=["minimax/hailuo-2.3", "kling/v3"]' in remedy
    # A budget that is set later knows of it, and it still counts against clips.
    allow(library, "day", usd=1, clips=1)
    used(library, clips=1)
    assert "1 of today's 1 clip is used" in refused(library, unsure).message
    allow(library, allow=[])
    refused(library, unsure)


def test_an_average_that_is_allowed_is_reserved_all_the_same(library: Connection) -> None:
    allow(library, usd=1, allow=MODEL)
    assert "so $0.20 is missing" in refused(library, price("1.20", "average")).message


def test_the_services_have_budgets_of_their_own_and_the_sandbox_says_if_live(
    library: Connection,
) -> None:
    used(library, service="sandbox", cost="4.90", clips=3)
    budgets.change(library, "sandbox", "all", budgets.checked({"usd": 5}))
    accepted(library, price("0.28"))
    with pytest.raises(BudgetExceeded, match=r"This run could cost \$0\.28 if live, and \$4\.90"):
        budgets.check(library, "sandbox", TODAY, [price("0.28")], MODEL)


def test_budgets_are_set_changed_and_removed_one_by_one(library: Connection) -> None:
    def limits() -> tuple[Limit, ...]:
        return budgets.standing(library, "live", TODAY).limits

    allow(library, usd=5, clips=20)
    allow(library, "day", usd=1)
    assert limits() == (Limit("all", Decimal(5), 20), Limit("day", Decimal(1), None))
    allow(library, usd=None)
    assert limits() == (Limit("all", None, 20), Limit("day", Decimal(1), None))
    allow(library, clips=None)
    allow(library, "day", usd=None)
    assert limits() == ()
    with pytest.raises(InputError, match="There is no budget, so every model may run"):
        allow(library, allow=MODEL)


def test_what_is_left_is_never_below_nothing_and_no_budget_leaves_nothing_to_say(
    library: Connection,
) -> None:
    used(library, cost="6", clips=2, reserved="1", unsettled=3)
    allow(library, usd=5, clips=20)
    now = budgets.standing(library, "live", TODAY, full=True)
    (limit,) = now.limits
    assert (now.left_usd(limit), now.left_clips(limit)) == (0, 18)
    assert now.used["day"].unsettled == 3
    assert now.left_usd(Limit("day", None, None)) is None
    assert now.left_clips(Limit("day", None, None)) is None


def test_sums_are_exact_beyond_what_one_row_can_hold(library: Connection) -> None:
    for day in range(3):
        used(library, f"2026-01-0{day + 1}", cost="8000000.000000000001")
    allow(library, usd=5)
    now = budgets.standing(library, "live", TODAY)
    assert now.used["all"].settled == Decimal("24000000.000000000003")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"usd": -1}, "usd must be a number of US dollars"),
        ({"usd": "five"}, "usd must be a number of US dollars"),
        ({"usd": True}, "usd must be a number of US dollars"),
        ({"usd": float("nan")}, "usd must be a number of US dollars"),
        ({"usd": 10**9}, "usd can be at most 9,000,000"),
        ({"clips": 1.5}, "clips must be a whole number"),
        ({"clips": -1}, "clips must be a whole number"),
        ({"allow": "sora"}, "no model named"),
        ({"allow": [5]}, "no model named"),
    ],
)
def test_what_is_no_budget_is_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        budgets.checked(given)


def test_a_period_is_all_or_a_day() -> None:
    assert [budgets.checked_period(one) for one in ("all", "day")] == ["all", "day"]
    with pytest.raises(InputError, match="per must be"):
        budgets.checked_period("week")


def test_rows_that_somebody_else_wrote_are_read_or_left_out(library: Connection) -> None:
    allow(library, usd=5)
    library.execute(update(budgets.budgets).values(allowed="no json", period="week"))
    assert budgets.standing(library, "live", TODAY).limits == ()


def test_wanted_runs_of_several_models_are_checked_each_by_its_own_price(
    library: Connection,
) -> None:
    allow(library, usd=5, allow=MODEL)
    now = budgets.standing(library, "live", TODAY)
    assert now.shortage([Wanted(MODEL, None), Wanted(OTHER, price("0.2"))]) is None
    error = now.shortage([Wanted(OTHER, price("0.2")), Wanted(OTHER, None)])
    assert error is not None
    assert "kling/v3" in error.message


def test_a_run_that_waited_past_midnight_counts_on_the_day_it_is_sent(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "today", lambda: BEFORE)
    with journal.database.transaction() as connection:
        allow(connection, "day", usd="0.60", clips=5)
    late, waiting = (reserved(journal, prompt) for prompt in ("Late", "Waiting"))
    with journal.database.transaction() as connection:
        allow(connection, "day", usd="0.30")
    monkeypatch.setattr(journals, "today", lambda: TODAY)
    # Today has room for one of them, whatever yesterday was left with.
    assert journal.begin_sending(late.number, "me")
    with pytest.raises(BudgetExceeded, match=r"\$0\.28 of today's \$0\.30 budget is used"):
        journal.begin_sending(waiting.number, "me")
    with journal.database.reading() as connection:
        now = budgets.standing(connection, "live", TODAY, full=True)
    assert (now.used["day"].clips, now.used["all"].clips) == (1, 2)
    assert journal.record(waiting.number).status == "queued"


def test_of_many_who_ask_at_once_as_many_are_let_go_as_the_budget_has_room_for(
    journal: Journal,
) -> None:
    room, kernels, each = 7, 6, 4
    with journal.database.transaction() as connection:
        allow(connection, usd=Decimal("0.28") * room)
        allow(connection, "day", clips=100)

    def kernel(number: int) -> list[int]:
        done = []
        for count in range(each):
            try:
                record, _ = journal.reserve(
                    asked(f"Prompt {number} {count}"),
                    "live",
                    f"k{number}",
                    fresh=False,
                    price=price("0.28"),
                )
                assert journal.begin_sending(record.number, f"k{number}")
            except BudgetExceeded:
                continue
            done.append(record.number)
            journal.accepted(record.number, f"task {record.number}", "token", f"k{number}")
            journal.settle_cost(record.number, Decimal("0.28"))
        return done

    with ThreadPoolExecutor(kernels) as pool:
        sent = [number for numbers in pool.map(kernel, range(kernels)) for number in numbers]
    assert len(set(sent)) == len(sent) == room
    with journal.database.reading() as connection:
        now = budgets.standing(connection, "live", today())
    assert now.used["all"].bound == Decimal("0.28") * room
    assert now.used["day"].clips == room
