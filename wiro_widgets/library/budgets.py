"""Budgets: what the runs of a library may cost, checked in the transaction that writes an intent.

A budget is a row of the library, so every kernel and every machine that uses it asks. What a run
may cost at most is reserved before it is sent and counts as used until its cost is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from sqlalchemy import bindparam, delete, select, update

from wiro_widgets.client import InputError, PriceRange, normalize_slug
from wiro_widgets.errors import BudgetExceeded
from wiro_widgets.library.database import insert_into
from wiro_widgets.library.estimates import exact_text, parse_amount
from wiro_widgets.library.records import from_pico, pico
from wiro_widgets.library.tables import budgets, runs
from wiro_widgets.library.totals import spent
from wiro_widgets.schema.parsing import as_clean_text, as_list
from wiro_widgets.schema.values import whole
from wiro_widgets.schema.wording import model_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from wiro_widgets.library.estimates import Spending
    from wiro_widgets.library.records import Service

Period = Literal["all", "day"]
PERIODS: tuple[Period, ...] = get_args(Period)
"""What a budget counts: everything in the library, or the calendar day of this computer."""

_MOST_USD = Decimal(9_000_000)
_MOST_CLIPS = 1_000_000_000
_MOST_ALLOWED = 1_000


class Wanted(NamedTuple):
    """A run that is to be sent."""

    model: str
    """Clean slug."""
    price: PriceRange | None
    """What sending it will cost in USD; None when nobody can tell."""

    @property
    def confirmed(self) -> bool:
        """Whether it can't cost more than `price`: half of the runs cost more than an average."""
        return self.price is not None and self.price.basis != "average"

    @property
    def most(self) -> Decimal:
        """USD to reserve for it; 0 only where nobody can tell."""
        return Decimal(0) if self.price is None else self.price.high


class Limit(NamedTuple):
    """One budget: what may be used in one period."""

    period: Period
    usd: Decimal | None
    clips: int | None


@dataclass(frozen=True)
class Standing:
    """The budgets of a library on one service, and what is used of them.

    Attributes:
        service: Which service; the sandbox counts what the runs would have cost.
        limits: At most one for each period.
        allowed: Clean slugs of the models that may run under a budget in dollars although their
            price can't be confirmed.
        used: By period, for each that has a limit at least.
    """

    service: Service
    limits: tuple[Limit, ...]
    allowed: tuple[str, ...]
    used: Mapping[Period, Spending]

    def without(self, periods: Iterable[Period], reserved: Decimal, clips: int) -> Standing:
        """The same as if a run were not there that counts in some periods."""
        used = dict(self.used)
        for period in used.keys() & set(periods):
            was = used[period]
            used[period] = was._replace(reserved=was.reserved - reserved, clips=was.clips - clips)
        return replace(self, used=used)

    def left_usd(self, limit: Limit) -> Decimal | None:
        """USD that are neither spent nor reserved, never below 0; None without such a limit."""
        if limit.usd is None:
            return None
        return max(Decimal("0.00"), limit.usd - self.used[limit.period].bound)

    def left_clips(self, limit: Limit) -> int | None:
        """Clips that can still be made, never below 0; None without such a limit."""
        if limit.clips is None:
            return None
        return max(0, limit.clips - self.used[limit.period].clips)

    def shortage(self, wanted: Sequence[Wanted]) -> BudgetExceeded | None:
        """Why some runs can't be sent, None when they can; exactly what is left can be used."""
        if not wanted:
            return None
        for limit in self.limits:
            error = self._too_dear(limit, wanted) or self._too_many(limit, len(wanted))
            if error is not None:
                return error
        return None

    def _too_dear(self, limit: Limit, wanted: Sequence[Wanted]) -> BudgetExceeded | None:
        if limit.usd is None:
            return None
        whose = _whose(limit)
        for one in wanted:
            if not one.confirmed and one.model not in self.allowed:
                return BudgetExceeded(
                    f"The price of {model_words(one.model)} can't be confirmed, so it can't be"
                    f" checked against {whose} ${exact_text(limit.usd)} budget.",
                    remedy=self._how_to_allow(one.model, limit.period),
                )
        need = sum((one.most for one in wanted), Decimal(0))
        used = self.used[limit.period].bound
        missing = used + need - limit.usd
        if missing <= 0:
            return None
        if_live = " if live" if self.service == "sandbox" else ""
        return BudgetExceeded(
            f"{_these(len(wanted))} could cost ${exact_text(need)}{if_live}, and"
            f" ${exact_text(used)} of {whose} ${exact_text(limit.usd)} budget is used, so"
            f" ${exact_text(missing)} is missing.",
            remedy=_how_to_raise("usd", exact_text(limit.usd + missing), limit.period),
            missing=missing,
        )

    def _too_many(self, limit: Limit, count: int) -> BudgetExceeded | None:
        if limit.clips is None:
            return None
        used = self.used[limit.period].clips
        missing = used + count - limit.clips
        if missing <= 0:
            return None
        needs = "needs 1 clip" if count == 1 else f"need {count} clips"
        return BudgetExceeded(
            f"{_these(count)} {needs}, and {used} of {_whose(limit)} {limit.clips}"
            f" clip{'' if limit.clips == 1 else 's'} {'is' if used == 1 else 'are'} used, so"
            f" {missing}"
            f" {'is' if missing == 1 else 'are'} missing.",
            remedy=_how_to_raise("clips", str(limit.clips + missing), limit.period),
        )

    def _how_to_allow(self, model: str, period: Period) -> str:
        names = [model_words(each) for each in (*self.allowed, model)]
        given = json.dumps(names[0] if len(names) == 1 else names)
        return (
            f"Allow the model with ww.budget(allow={given}), or set a budget in clips:"
            f" ww.budget(usd=None, clips=20{_per(period)})."
        )


# Built once: every run asks.
_OF_SERVICE = (
    select(budgets).where(budgets.c.service == bindparam("service")).order_by(budgets.c.period)
)
_TO_KEEP = _OF_SERVICE.with_for_update()
_RESERVED = select(
    runs.c.service, runs.c.model, runs.c.day, runs.c.reserved_e12, runs.c.clips
).where(runs.c.number == bindparam("this_run"))


def standing(
    connection: Connection, service: Service, day: str, *, lock: bool = False, full: bool = False
) -> Standing:
    """The budgets of a library on one service, and what is used of them.

    Args:
        connection: To the library.
        service: Which service.
        day: Which calendar day is today.
        lock: Have other transactions that ask wait until this one is over; where there is no
            budget, nobody waits.
        full: Sum up both periods, also without a budget.
    """
    asked = _TO_KEEP if lock else _OF_SERVICE
    rows = connection.execute(asked, {"service": service}).mappings().all()
    limits = tuple(
        Limit(row["period"], _usd(row["usd_e12"]), row["clips"])
        for row in rows
        if row["period"] in PERIODS
    )
    allowed = {as_clean_text(each) for row in rows for each in as_list(row["allowed"])}
    periods = PERIODS if full else [limit.period for limit in limits]
    used = {
        period: spent(connection, service, day if period == "day" else None) for period in periods
    }
    return Standing(service, limits, tuple(sorted(allowed)), used)


def check(
    connection: Connection,
    service: Service,
    day: str,
    prices: Iterable[PriceRange | None],
    model: str,
) -> None:
    """Refuse runs of one model that would pass a budget, in the transaction that reserves them.

    Raises:
        BudgetExceeded: They would.
    """
    wanted = [Wanted(model, price) for price in prices]
    error = standing(connection, service, day, lock=True).shortage(wanted)
    if error is not None:
        raise error


def check_again(
    connection: Connection, number: int, day: str, price: PriceRange | None = None
) -> None:
    """The same for a run that was reserved before, and is sent only now: much may have changed.

    Args:
        connection: Within a transaction that has changed nothing yet.
        number: Which run; nothing is checked where there is none.
        day: Which calendar day is today.
        price: What it will cost; None goes by what is reserved for it.

    Raises:
        BudgetExceeded: There is a lower budget now, or others have used it up.
    """
    row = connection.execute(_RESERVED, {"this_run": number}).one_or_none()
    if row is None:
        return
    now = standing(connection, row.service, day, lock=True)
    reserved = from_pico(row.reserved_e12)
    if price is None and reserved:
        price = PriceRange(reserved, reserved, "reserved")
    counted: list[Period] = ["all", "day"] if row.day == day else ["all"]
    error = now.without(counted, reserved, row.clips).shortage([Wanted(row.model, price)])
    if error is not None:
        raise error


def change(
    connection: Connection, service: Service, period: Period, changes: Mapping[str, Any]
) -> None:
    """Set or remove a budget.

    Args:
        connection: In a write transaction of the library.
        service: Which service.
        period: Which budget to change.
        changes: As `checked` returns them; what is absent stays. A budget without any limit is
            removed.
    """
    of_service = budgets.c.service == service
    found = connection.execute(_TO_KEEP, {"service": service}).mappings()
    rows: dict[str, Mapping[str, Any]] = {row["period"]: dict(row) for row in found}
    before: Mapping[str, Any] = rows.pop(period, {})
    limits = {name: changes.get(name, before.get(name)) for name in ("usd_e12", "clips")}
    if any(value is not None for value in limits.values()):
        allowed = next((row["allowed"] for row in (before, *rows.values()) if row), "[]")
        new = insert_into(connection.dialect.name, budgets).values(
            service=service, period=period, allowed=allowed, **limits
        )
        columns = [budgets.c.service, budgets.c.period]
        connection.execute(new.on_conflict_do_update(index_elements=columns, set_=limits))
    else:
        connection.execute(delete(budgets).where(of_service, budgets.c.period == period))
        if "allowed" in changes and not rows:
            raise InputError(
                "There is no budget, so every model may run.",
                field="allow",
                remedy="Set one in the same call: ww.budget(usd=5, allow=...).",
            )
    if "allowed" in changes:
        # A model that may run under one budget may run under the other: one name, one answer.
        connection.execute(update(budgets).where(of_service).values(allowed=changes["allowed"]))


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a budget from what a person gave.

    Args:
        given: Any of ``usd`` (an amount or None), ``clips`` (a count or None) and ``allow`` (a
            model's name, or several).

    Raises:
        InputError: It is no amount, no count, or no name of a model.
    """
    changes: dict[str, Any] = {}
    if "usd" in given:
        usd = None if given["usd"] is None else parse_amount(given["usd"], "usd")
        if usd is not None and usd > _MOST_USD:
            raise InputError(f"usd can be at most {_MOST_USD:,}.", field="usd")
        changes["usd_e12"] = pico(usd)
    if "clips" in given:
        clips = given["clips"]
        changes["clips"] = None if clips is None else whole(clips, "clips", 0, _MOST_CLIPS)
    if "allow" in given:
        allow = given["allow"]
        names = [allow] if isinstance(allow, str) else list(allow or ())
        if len(names) > _MOST_ALLOWED:
            raise InputError(f"allow takes up to {_MOST_ALLOWED} models.", field="allow")
        changes["allowed"] = json.dumps(sorted({normalize_slug(name) for name in names}))
    return changes


def checked_period(per: Any) -> Period:
    """A period as a person gave it.

    Raises:
        InputError: It is none.
    """
    for period in PERIODS:
        if per == period:
            return period
    raise InputError(f'per must be "all" or "day", not {per!r}.', field="per")


def _usd(amount: int | None) -> Decimal | None:
    return None if amount is None else from_pico(amount)


def _these(count: int) -> str:
    return "This run" if count == 1 else f"These {count} runs"


def _whose(limit: Limit) -> str:
    return "today's" if limit.period == "day" else "your"


def _per(period: Period) -> str:
    return ', per="day"' if period == "day" else ""


def _how_to_raise(name: str, value: str, period: Period) -> str:
    per = _per(period)
    return f"Raise it with ww.budget({name}={value}{per}), or remove it with {name}=None."
