"""Cost estimates from the price list of a model (wiro.ai/docs, Pricing)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.errors import InputError

from .parsing import SECONDS_FIELDS, as_dict, as_label, as_list, as_money, as_number, as_text
from .values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIER_PIXELS = 1024 * 1024
_COUNT_FIELD = r"(?i)(?:num|max|count).*(?:image|output|video|sample)|^samples$"
_QUANTITY = r"(?i)QUANTITY:(\d{1,9})"
_LARGEST_AMOUNT = 1_000_000_000
MOST_PRICES = 2_000
"""Rows of a price list; a longer one counts as none, since a part of it would mislead."""


class PriceRange(NamedTuple):
    """An estimated cost in USD."""

    low: Decimal
    high: Decimal
    basis: str
    """Billing method of the estimate, e.g. ``cpr``, or ``average`` for the service's average."""


class PriceRule(NamedTuple):
    """One row of a price list."""

    inputs: Mapping[str, str]
    price: Decimal
    method: str
    extra: Decimal
    per_input: Decimal

    @classmethod
    def parse(cls, item: Any) -> PriceRule | None:
        """Read one row; None when it states no price."""
        item = as_dict(item)
        price = as_money(item.get("price"))
        if price is None or price < 0:
            return None
        return cls(
            inputs={name: as_label(value) for name, value in as_dict(item.get("inputs")).items()},
            price=price,
            method=as_label(item.get("priceMethod")) or "cpr",
            extra=as_money(item.get("priceExtra")) or Decimal(0),
            per_input=as_money(item.get("priceInput")) or Decimal(0),
        )

    def may_apply(self, parameters: Mapping[str, Any]) -> bool:
        """False if a given parameter has another value; values are compared as text."""
        return all(
            name not in parameters or _matches(parameters[name], wanted)
            for name, wanted in self.inputs.items()
        )

    def cost(self, parameters: Mapping[str, Any]) -> tuple[Decimal, Decimal] | None:
        """The least and most this row can charge; None if it depends on what is unknown yet."""
        # Zero means that no price is stated: no model is free.
        if not self.price:
            return None
        exact: Decimal | None = None
        if self.method == "cpr":
            exact = self.price
        elif self.method == "cpo":
            counts = [_amount(v) for k, v in parameters.items() if re.search(_COUNT_FIELD, k)]
            return self.price, self.price * max(1, *(int(c or 1) for c in [*counts, 1]))
        elif self.method == "cp-promptlength":
            prompt = parameters.get("prompt")
            exact = self.price * len(prompt) if isinstance(prompt, str) and prompt else None
        elif self.method == "cp-outputVideoLength":
            lengths = [_amount(parameters.get(name)) for name in SECONDS_FIELDS]
            seconds = next((length for length in lengths if length), 0)
            exact = self.price * Decimal(str(seconds)) if seconds > 0 else None
        elif self.method == "cp-pixel":
            exact = self._pixel_cost(parameters)
        return None if exact is None else (exact, exact)

    def _pixel_cost(self, parameters: Mapping[str, Any]) -> Decimal | None:
        width, height = _amount(parameters.get("width")), _amount(parameters.get("height"))
        if not width or not height or width < 0 or height < 0:
            return None
        # Pictures are charged by their pixels, which are not known here.
        if self.per_input and any(isinstance(v, (list, tuple)) and v for v in parameters.values()):
            return None
        tiers = math.ceil(width * height / _TIER_PIXELS)
        return self.price + self.extra * (tiers - 1)


@dataclass(frozen=True)
class Price:
    """The price list of a model; empty if the service states none."""

    rules: tuple[PriceRule, ...] = ()
    average: Decimal | None = None
    """``approximatelycost``: mean run time x rate, USD."""

    @classmethod
    def parse(cls, dynamic_price: Any, approximate_cost: Any = None) -> Price:
        """Read ``dynamicprice`` (a list, or JSON text of one) and ``approximatelycost``."""
        rows = as_list(dynamic_price)
        rules = [PriceRule.parse(row) for row in rows] if len(rows) <= MOST_PRICES else []
        average = as_money(approximate_cost)
        return cls(
            tuple(rule for rule in rules if rule), average if average and average > 0 else None
        )

    def estimate(self, parameters: Mapping[str, Any]) -> PriceRange | None:
        """Estimate the cost of a run with `parameters`; None, never zero, if it is unknown.

        Rows for parameters that are left out remain possible and widen the range. File parameters
        count by the number of their inputs (``QUANTITY:n`` rows).
        """
        given = {name: _plain(value) for name, value in parameters.items() if value is not None}
        possible = [rule for rule in self.rules if rule.may_apply(given)]
        # A row for exactly these values beats the flat row of the same list.
        special = [rule for rule in possible if rule.inputs]
        sure = any(rule.inputs.keys() <= given.keys() for rule in special)
        rules = special if sure else possible
        costs = [rule.cost(given) for rule in rules]
        known = [cost for cost in costs if cost is not None]
        if known and len(known) == len(costs):
            lows, highs = zip(*known, strict=True)
            return PriceRange(min(lows), max(highs), rules[0].method)
        return PriceRange(self.average, self.average, "average") if self.average else None


def _plain(value: Any) -> Any:
    """A value without the library that made it; files and lists as they are."""
    try:
        return plain(value, "parameters")
    except InputError:
        return value


def _amount(value: Any) -> float | None:
    """Seconds, files or pixels; None for a number that is no real request."""
    number = as_number(value)
    return number if number is not None and abs(number) <= _LARGEST_AMOUNT else None


def _matches(value: Any, wanted: str) -> bool:
    quantity = re.fullmatch(_QUANTITY, wanted)
    if quantity:
        count = len(value) if isinstance(value, (list, tuple)) else int(bool(value))
        return count == int(quantity[1])
    return as_text(value).strip().lower() == wanted.strip().lower()
