"""Estimates and sums: what runs will cost, what they have cost, and how long they take.

Amounts are Decimal, and an unknown amount is never zero.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from statistics import quantiles
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.client import InputError, PriceRange
from wiro_widgets.schema.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FEWEST_RUNS = 3
_DECISIVE = ("resolution", "duration")
"""Parameters that make a run longer or shorter more than others do."""


class Spending(NamedTuple):
    """What the runs of a library have cost so far, in USD."""

    settled: Decimal
    """As the service stated it."""
    unsettled: int
    """Runs that the service has, or may have, without a stated cost yet."""

    def __repr__(self) -> str:
        return str(self) if self.unsettled else f"{self}, nothing unsettled"

    def __str__(self) -> str:
        amount = f"${money_text(self.settled)} spent"
        if not self.unsettled:
            return amount
        return f"at least {amount}, {self.unsettled} unsettled"


class DurationRange(NamedTuple):
    """Seconds; half of the runs lie between the two."""

    low: float
    high: float


def money_text(cost: Decimal) -> str:
    """Decimal text without the zeros that the service pads to twelve places: "0.19"."""
    text = f"{cost:f}"
    if "." in text:
        text = text.rstrip("0")
        whole, cents = text.split(".")
        text = f"{whole}.{cents.ljust(2, '0')}"
    return text


def total_price(prices: Iterable[PriceRange | None]) -> PriceRange | None:
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
    """A price as text: "$0.19", "$0.19 to $0.33", "about $0.19", or "price unknown"."""
    if price is None:
        return "price unknown"
    low, high = money_text(price.low), money_text(price.high)
    text = f"${low}" if low == high else f"${low} to ${high}"
    return f"about {text}" if "average" in price.basis else text


def parse_amount(value: Any, field: str = "max_cost") -> Decimal:
    """An amount of US dollars from any number or its text.

    Raises:
        InputError: It is not an amount; `field` names the argument.
    """
    try:
        # A Decimal is exact already.
        found = value if isinstance(value, Decimal) else plain(value, field)
        amount = Decimal("NaN") if isinstance(found, bool) else Decimal(str(found))
    except (InputError, InvalidOperation):
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise InputError(
            f"{field} must be a number of US dollars, such as 2.50, not {value!r}.", field=field
        )
    return amount


def duration_range(
    runs: Sequence[tuple[Mapping[str, Any], float]], parameters: Mapping[str, Any]
) -> DurationRange | None:
    """The quartiles of how long runs took; None for fewer than three.

    Args:
        runs: Parameters and seconds of each run that succeeded.
        parameters: Of the next run; those of the same resolution and duration are used alone when
            there are three of them.
    """
    alike = [seconds for given, seconds in runs if _alike(given, parameters)]
    lengths = alike if len(alike) >= _FEWEST_RUNS else [seconds for _, seconds in runs]
    if len(lengths) < _FEWEST_RUNS:
        return None
    low, _, high = quantiles(lengths, n=4, method="inclusive")
    return DurationRange(low, high)


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(str(one.get(name, "")) == str(other.get(name, "")) for name in _DECISIVE)
