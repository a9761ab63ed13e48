"""What runs will cost and what they have cost: sums in Decimal, and the unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.client import InputError, PriceRange
from wiro_widgets.runs.facts import money_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Spending(NamedTuple):
    """What the runs of a library have cost so far, in USD."""

    settled: Decimal
    """As the service stated it."""
    unsettled: int
    """Runs that the service has, or may have, without a stated cost yet."""

    def __str__(self) -> str:
        said = f"${money_text(self.settled)} spent"
        if not self.unsettled:
            return said
        what = "1 run" if self.unsettled == 1 else f"{self.unsettled} runs"
        return f"{said}, and {what} not settled yet"


def add_up(costs: Iterable[tuple[str, Mapping[str, Any] | None]]) -> Spending:
    """Sum up runs.

    Args:
        costs: State and last snapshot of each.
    """
    settled, unsettled = Decimal(0), 0
    for state, snapshot in costs:
        cost = snapshot["cost"] if snapshot else None
        if cost is not None:
            settled += Decimal(cost)
        # Failed and stopped tasks are not billed (wiro-api.md section 5); parked ones not sent.
        elif state not in {"failed", "cancelled", "waiting"}:
            unsettled += 1
    return Spending(settled, unsettled)


def total(prices: Iterable[PriceRange | None]) -> PriceRange | None:
    """The sum of estimates; None when one of them is unknown."""
    low = high = Decimal(0)
    bases: dict[str, None] = {}
    for price in prices:
        if price is None:
            return None
        low, high = low + price.low, high + price.high
        bases.setdefault(price.basis)
    return PriceRange(low, high, ", ".join(bases))


def price_text(price: PriceRange | None) -> str:
    """A price in words: "$0.19", "$0.19 to $0.33", "about $0.19", or "price unknown"."""
    if price is None:
        return "price unknown"
    low, high = money_text(price.low), money_text(price.high)
    said = f"${low}" if low == high else f"${low} to ${high}"
    return f"about {said}" if "average" in price.basis else said


def as_limit(value: Any) -> Decimal:
    """An amount that must not be passed, from any number or its text.

    Raises:
        InputError: It is no amount of money.
    """
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        limit = Decimal("NaN")
    if isinstance(value, bool) or not limit.is_finite() or limit < 0:
        raise InputError(
            f"max_cost={value!r} is no amount.", field="max_cost", remedy="Give US dollars: 2.50."
        )
    return limit
