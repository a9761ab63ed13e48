"""The budgets of a session: what may still be spent, as a person reads and changes it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from wiro_widgets.library import budgets
from wiro_widgets.library.budgets import Limit
from wiro_widgets.library.estimates import exact_text, money_text
from wiro_widgets.library.totals import today
from wiro_widgets.runs.table import html_table, text_table
from wiro_widgets.schema.wording import model_words, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

    from wiro_widgets.errors import BudgetExceeded
    from wiro_widgets.library.budgets import Period, Standing, Wanted
    from wiro_widgets.library.estimates import Spending
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Service

_SPENT: Mapping[Service, str] = {"live": "spent", "sandbox": "cost if live"}
_ROWS: Mapping[Period, str] = {"day": "today", "all": "in all"}
_HOW = "no budget is set. Set one with ww.budget(usd=5) or ww.budget(clips=20)."


class Budget:
    """The budgets of a library on one service, and what was used of them when it was made.

    Made by `wiro_widgets.budget`; displays itself as a table, with what is left first.

    Args:
        standing: The budgets, with what both periods have used.

    Attributes:
        service: "sandbox" or "live"; the sandbox counts what the runs would have cost.
        allowed: Clean slugs of the models that may run under a budget in dollars although their
            price can't be confirmed.
    """

    def __init__(self, standing: Standing) -> None:
        self.service: Service = standing.service
        self.allowed = standing.allowed
        self._standing = standing

    @property
    def today(self) -> Spending:
        """What the runs of this calendar day have used."""
        return self._standing.used["day"]

    @property
    def total(self) -> Spending:
        """What all runs in this library have used, on this service."""
        return self._standing.used["all"]

    @property
    def left(self) -> Decimal | None:
        """USD that can still be spent, by whichever budget leaves less; None for no limit."""
        return None if (least := self._least_usd) is None else least[0]

    @property
    def clips_left(self) -> int | None:
        """Clips that can still be made; None for no limit."""
        return None if (least := self._least_clips) is None else least[0]

    @property
    def words(self) -> str:
        """For a header: "$1.20 spent · $3.80 left today"; empty where there is nothing to say."""
        dollars, clips = self._least_usd, self._least_clips
        if dollars is None and clips is None:
            return str(self.total) if self.service == "live" else ""
        left: dict[Period, list[str]] = {}
        if dollars is not None:
            left.setdefault(dollars[1], []).append(f"${money_text(dollars[0])}")
        if clips is not None:
            left.setdefault(clips[1], []).append(_count_words(clips[0]))
        spent = self._standing.used[next(iter(left))]
        words = [_spent_words(spent)] if spent.settled or self.service == "live" else []
        words += [f"${money_text(spent.reserved)} reserved"] if spent.reserved else []
        words += [
            f"{' and '.join(amounts)} left{' today' if period == 'day' else ''}"
            for period, amounts in left.items()
        ]
        return " · ".join(words)

    @property
    def _least_usd(self) -> tuple[Decimal, Period] | None:
        each = ((self._standing.left_usd(one), one.period) for one in self._standing.limits)
        return min(((left, period) for left, period in each if left is not None), default=None)

    @property
    def _least_clips(self) -> tuple[int, Period] | None:
        each = ((self._standing.left_clips(one), one.period) for one in self._standing.limits)
        return min(((left, period) for left, period in each if left is not None), default=None)

    def __repr__(self) -> str:
        return text_table(self._heading(), self._columns(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), self._columns(), self._rows())

    def _heading(self) -> str:
        place = "Live" if self.service == "live" else "Sandbox"
        words = self.words if self._standing.limits else _HOW
        if self.allowed:
            names = one_of([model_words(slug) for slug in self.allowed], "and")
            words += f" · {names} may run without a confirmed price"
        return f"{place}: {words}"

    def _columns(self) -> list[str]:
        return ["", "budget", _SPENT[self.service], "reserved", "unsettled", "clips", "left"]

    def _rows(self) -> list[list[str]]:
        standing, rows = self._standing, []
        limits = {limit.period: limit for limit in standing.limits}
        for period, words in _ROWS.items():
            limit, used = limits.get(period, Limit(period, None, None)), standing.used[period]
            allowed = _amounts(limit.usd, limit.clips, exact_text)
            left = _amounts(standing.left_usd(limit), standing.left_clips(limit), money_text)
            reserved = f"${money_text(used.reserved)}" if used.reserved else "-"
            spent = f"${money_text(used.settled)}"
            counts = [str(used.unsettled or "-"), str(used.clips)]
            rows.append([words, allowed or "no limit", spent, reserved, *counts, left or "-"])
        return rows


class Budgets:
    """The budgets of one library on one service.

    Args:
        journal: The library's.
        service: Which service.
    """

    def __init__(self, journal: Journal, service: Service) -> None:
        self._database = journal.database
        self._service: Service = service
        self._told: list[weakref.WeakMethod[Callable[[], object]]] = []

    def now(self) -> Budget:
        """What is allowed, spent and left now."""
        with self._database.reading() as connection:
            return Budget(budgets.standing(connection, self._service, today(), full=True))

    def change(self, per: Any, given: Mapping[str, Any]) -> None:
        """Set or remove the budget of a period; see `wiro_widgets.budget`.

        Raises:
            InputError: Something of it is no amount, no count, no model or no period.
        """
        period, changes = budgets.checked_period(per), budgets.checked(given)
        if not changes:
            return
        with self._database.transaction() as connection:
            budgets.change(connection, self._service, period, changes)
        for told in self._told:
            if (callback := told()) is not None:
                callback()

    def on_change(self, callback: Callable[[], object]) -> None:
        """Have a method called after each change, while its object is in use."""
        self._told.append(weakref.WeakMethod(callback))

    def shortage(self, wanted: Iterable[Wanted]) -> BudgetExceeded | None:
        """Why some runs can't be sent together, None when they can. Reserves nothing."""
        asked = list(wanted)
        if not asked:
            return None
        with self._database.reading() as connection:
            return budgets.standing(connection, self._service, today()).shortage(asked)


def _spent_words(used: Spending) -> str:
    """The amount spent; reservations are shown separately."""
    spent = used._replace(unsettled=0) if used.reserved else used
    if used.service == "live":
        return str(spent)
    least = "at least " if spent.unsettled else ""
    return f"{least}${money_text(spent.settled)} if live"


def _amounts(usd: Decimal | None, clips: int | None, text: Callable[[Decimal], str]) -> str:
    """Dollars and clips as they stand in a table; "" for neither."""
    words = [] if usd is None else [f"${text(usd)}"]
    words += [] if clips is None else [_count_words(clips)]
    return " and ".join(words)


def _count_words(clips: int) -> str:
    return f"{clips} clip{'' if clips == 1 else 's'}"
