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

    from wiro_widgets.library.records import Service

_FEWEST_RUNS = 3
_DECISIVE = ("resolution", "duration")
"""Parameters that make a run longer or shorter more than others do."""

# Below it, cents would hide half of the amount.
_COARSE = Decimal("0.1")


class Spending(NamedTuple):
    """What the runs of a library have cost so far, in USD."""

    settled: Decimal
    """As the service stated it."""
    unsettled: int
    """Runs that the service has, or may have, without a stated cost yet."""
    service: Service = "live"
    """The sandbox states what the runs would cost, and charges nothing."""
    reserved: Decimal = Decimal(0)
    """The most that runs with an unknown cost may still cost: queued, under way, or unsettled."""
    clips: int = 0
    """Runs that count against a budget in clips: all that were paid for, or may be."""

    @property
    def bound(self) -> Decimal:
        """What counts against a budget in dollars: settled and reserved."""
        return self.settled + self.reserved

    def __repr__(self) -> str:
        settled = self.service == "live" and not self.unsettled
        return f"{self}, nothing unsettled" if settled else str(self)

    def __str__(self) -> str:
        amount = f"${money_text(self.settled)}"
        least = f"at least {amount}" if self.unsettled else amount
        if self.service == "sandbox":
            words = f"would have cost {least}; the sandbox charges nothing"
        else:
            words = f"{least} spent"
        return f"{words}, {self.unsettled} unsettled" if self.unsettled else words


class DurationRange(NamedTuple):
    """Seconds; half of the runs lie between the two."""

    low: float
    high: float


def money_text(cost: Decimal) -> str:
    """An amount as people read it: "0.19", "1.30", and "0.016" where cents are too coarse."""
    if cost < _COARSE:
        return exact_text(Decimal(f"{cost:.2g}"))
    return f"{cost:.2f}"


def cost_text(cost: Decimal, service: str) -> str:
    """What a run has cost: "$0.19", "$0.19 if live" on the sandbox, "not charged" for nothing."""
    if not cost:
        return "not charged"
    return f"${money_text(cost)}" + (" if live" if service == "sandbox" else "")


def exact_text(cost: Decimal) -> str:
    """All digits of an amount, without the zeros that the service pads to twelve places."""
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
    low, high = exact_text(price.low), exact_text(price.high)
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
