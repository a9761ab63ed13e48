"""Requests, prices and runs for tests of the journal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tests.runs.fake_models import DEFAULTS
from wiro_widgets.client import Output, PriceRange
from wiro_widgets.errors import WiroError
from wiro_widgets.library.request import RunRequest
from wiro_widgets.library.tables import runs, totals
from wiro_widgets.runs.problems import problem_from

if TYPE_CHECKING:
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record

MODEL = "minimax/hailuo-2-3"
PRICE = PriceRange(Decimal("0.28"), Decimal("0.28"), "cpr")
PROBLEM = problem_from(WiroError("Not today."))
OUTPUT = Output("0.mp4", "video/mp4", 4096, "https://cdn.example/0.mp4", "0" * 32)


def asked(prompt: str, **parameters: Any) -> RunRequest:
    """A request."""
    return RunRequest(MODEL, {**DEFAULTS, "prompt": prompt, **parameters})


def reserved(journal: Journal, prompt: str, owner: str = "me", **parameters: Any) -> Record:
    """A new run, not sent yet."""
    record, ours = journal.reserve(
        asked(prompt, **parameters), "live", owner, fresh=True, price=PRICE
    )
    assert ours
    return record


def running(journal: Journal, prompt: str, owner: str = "me", **parameters: Any) -> Record:
    """A run that the service has accepted."""
    record = reserved(journal, prompt, owner, **parameters)
    assert journal.begin_sending(record.number, owner)
    journal.accepted(record.number, f"task-{record.number}", "token", owner)
    return record


def summed(journal: Journal) -> list[tuple[Any, ...]]:
    """What the totals have to be: sums over the runs, by service and day."""
    columns = (runs.c.cost_e12, runs.c.reserved_e12, runs.c.unsettled, runs.c.clips)
    sums = [func.coalesce(func.sum(column), 0) for column in columns]
    statement = select(runs.c.service, runs.c.day, *sums).group_by(runs.c.service, runs.c.day)
    return _rows(journal, statement)


def stated(journal: Journal) -> list[tuple[Any, ...]]:
    """What the totals are; days on which nothing is counted any more are left out."""
    columns = (totals.c.cost_e12, totals.c.reserved_e12, totals.c.unsettled, totals.c.clips)
    return _rows(journal, select(totals.c.service, totals.c.day, *columns))


def _rows(journal: Journal, statement: Any) -> list[tuple[Any, ...]]:
    with journal.database.reading() as connection:
        found = connection.execute(statement).all()
    rows = [(row[0], row[1], *(int(number) for number in row[2:])) for row in found]
    return sorted(row for row in rows if any(row[2:]))
