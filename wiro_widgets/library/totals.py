"""Rows of runs and the sums over them: both change in one transaction, and only here."""

from __future__ import annotations

import datetime as dt
import functools
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from wiro_widgets.library.database import insert_into
from wiro_widgets.library.estimates import Spending
from wiro_widgets.library.records import LIVE, from_pico, pico
from wiro_widgets.library.tables import runs, totals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from sqlalchemy import Connection, Executable, RowMapping, Select

    from wiro_widgets.library.records import Service

_SUMMED = ("cost_e12", "reserved_e12", "unsettled", "clips")
_PARTS = 10**6
"""SQLite's sums are limited to 63 bits, so that amounts are summed in two parts."""


_OPEN = LIVE | {"unknown"}
"""Statuses of runs that may still be sent, or cost something."""
_COUNTED = _OPEN | {"succeeded"}
"""Statuses of runs that count against a budget in clips whatever they cost."""


def today() -> str:
    """The calendar day of this computer, "2026-11-27"."""
    return f"{dt.datetime.now().astimezone():%Y-%m-%d}"


def insert_run(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """Write a new row and count it; its number, None when a run of the same request is there.

    Args:
        connection: Within a transaction.
        values: By column.
    """
    statement = _new_row(connection.dialect.name, tuple(values))
    # Without this, SQLAlchemy doesn't report how many rows an INSERT wrote.
    done = connection.execute(statement, values, execution_options={"preserve_rowcount": True})
    if done.rowcount < 1:
        return None
    _count(connection, values["service"], values["day"], values)
    key = done.inserted_primary_key
    return int(key[0]) if key else None


def change_run(
    connection: Connection, number: int, allowed: Callable[[RowMapping], bool], **values: Any
) -> bool:
    """Change a row and the sums over it, if it is as it has to be; whether it was.

    Args:
        connection: Within a transaction.
        number: Which run.
        allowed: Whether its row may be changed: told ``status``, ``owner``, ``task_id`` and what
            is summed up. Nobody else changes it meanwhile.
        values: By column. ``ended`` and ``seconds`` are written once.
    """
    row = connection.execute(_FOR_CHANGE, {"this_run": number}).mappings().first()
    if row is None or not allowed(row):
        return False
    before: dict[str, Any] = dict(row)
    for once in ("ended", "seconds"):
        if once in values and values[once] is not None and before[once] is not None:
            values[once] = before[once]
    if values.get("cost_e12", 0) is None and before["cost_e12"] is not None:
        # Another kernel has learnt it; who knows less does not take it back.
        values |= {name: before[name] for name in (*_SUMMED, "cost", "list_cost")}
    after = before | {name: value for name, value in values.items() if name in before}
    connection.execute(_changed_row(tuple(values)), {**values, "this_run": number})
    if before["day"] == after["day"]:
        _count(connection, after["service"], after["day"], after, before)
    else:
        # In the order of the days: two computers lock them both.
        for day in sorted({before["day"], after["day"]}):
            now = after if day == after["day"] else {}
            _count(connection, before["service"], day, now, {} if now else before)
    return True


def spent(connection: Connection, service: Service, day: str | None = None) -> Spending:
    """What the runs of one service have cost, on one day or in all."""
    statement, asked = _sums(of_day=day is not None), {"service": service, "day": day}
    if day is None:
        del asked["day"]
    sums = [_whole(value) for value in connection.execute(statement, asked).one()]
    return Spending(
        _amount(sums[0], sums[1]),
        unsettled=sums[4],
        service=service,
        reserved=_amount(sums[2], sums[3]),
        clips=sums[5],
    )


def has_status(*statuses: str, owner: str | None = None) -> Callable[[RowMapping], bool]:
    """Whether a row has one of these statuses, and is `owner`'s where one is given."""
    return lambda row: row["status"] in statuses and owner in {None, row["owner"]}


def unspent_columns() -> dict[str, Any]:
    """The columns of a run that ends before the service has accepted it."""
    return {"ended": time.time(), "lease": 0, "unsettled": 0, "reserved_e12": 0, "clips": 0}


def cost_columns(
    status: str, cost: Decimal | None, list_cost: Decimal | None, *, unsettled: bool
) -> dict[str, Any]:
    """The columns that say what a run costs; while that is open its estimate stays reserved."""
    columns: dict[str, Any] = {
        "cost": None if cost is None else str(cost),
        "list_cost": None if list_cost is None else str(list_cost),
        "cost_e12": pico(cost),
        "unsettled": int(unsettled),
        "clips": int(unsettled or bool(cost) or status in _COUNTED),
    }
    is_open = unsettled or (cost is None and status in _OPEN)
    return columns if is_open else {**columns, "reserved_e12": 0}


def _count(
    connection: Connection,
    service: str,
    day: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    """Add to the sums of a day what a row has, and take off what it had."""
    change = {name: _whole(after.get(name)) - _whole((before or {}).get(name)) for name in _SUMMED}
    if any(change.values()):
        statement = _added(connection.dialect.name)
        connection.execute(statement, {"service": service, "day": day, **change})


# Every run goes through these, some of them five times. To build a statement takes SQLAlchemy
# longer than to execute it, so each is built once.

_FOR_CHANGE = (
    select(*(runs.c[name] for name in ("service", "day", *_SUMMED)))
    .add_columns(*(runs.c[name] for name in ("status", "owner", "task_id", "ended", "seconds")))
    .add_columns(runs.c.cost, runs.c.list_cost)
    .where(runs.c.number == bindparam("this_run"))
    .with_for_update()
)


@functools.cache
def _new_row(store: str, names: tuple[str, ...]) -> Executable:
    row: dict[str, Any] = {name: bindparam(name) for name in names}
    return insert_into(store, runs).values(row).on_conflict_do_nothing()


@functools.cache
def _changed_row(names: tuple[str, ...]) -> Executable:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(runs).where(runs.c.number == bindparam("this_run")).values(values)


@functools.cache
def _added(store: str) -> Executable:
    row: dict[str, Any] = {name: bindparam(name) for name in ("service", "day", *_SUMMED)}
    statement = insert_into(store, totals).values(row)
    added = {name: totals.c[name] + statement.excluded[name] for name in _SUMMED}
    key = [totals.c.service, totals.c.day]
    return statement.on_conflict_do_update(index_elements=key, set_=added)


@functools.cache
def _sums(*, of_day: bool) -> Select[Any]:
    columns = totals.c
    amounts = [
        part
        for column in (columns.cost_e12, columns.reserved_e12)
        for part in (func.sum(column // _PARTS), func.sum(column % _PARTS))
    ]
    statement = select(*amounts, func.sum(columns.unsettled), func.sum(columns.clips))
    statement = statement.where(columns.service == bindparam("service"))
    return statement.where(columns.day == bindparam("day")) if of_day else statement


def _whole(value: Any) -> int:
    """A number of a column; whatever else a file may have there counts as nothing."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _amount(high: int, low: int) -> Decimal:
    return from_pico(high * _PARTS + low)
