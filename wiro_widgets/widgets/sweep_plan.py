"""A sweep as its form shows it: what can be selected, what it would make, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets.library.estimates import price_text
from wiro_widgets.schema.wording import setting_name, setting_words
from wiro_widgets.widgets.parameter_form import panel_schema
from wiro_widgets.widgets.protocol.grid_studio import SweepAxis, SweepPlan, SweepRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.runs.combinations import Impossible
    from wiro_widgets.runs.sweep import Cell, Sweep

_SHOWN_ROWS = 60
_MOST_OPTIONS = 12
_TAKE = {"repeat": "Take"}


def sweepable_axes(spec: ModelSpec, exclude: Collection[str]) -> list[SweepAxis]:
    """The settings whose values can be selected: those with a few choices."""
    fields = [field for group in panel_schema(spec, exclude)["groups"] for field in group["fields"]]
    return [
        SweepAxis(
            name=field["id"],
            label=field["label"],
            options=[
                [option["value"], _value_words(field["id"], option["label"])]
                for option in field["options"]
            ],
        )
        for field in fields
        if 1 < len(field["options"]) <= _MOST_OPTIONS
    ]


def no_plan(problem: str) -> SweepPlan:
    """Why nothing can be planned."""
    return SweepPlan(
        key="", count=0, new=0, impossible=0, columns=[], rows=[], total="", problem=problem
    )


def plan_of(sweep: Sweep, key: str) -> SweepPlan:
    """A sweep and its prices.

    Args:
        sweep: What has not been started.
        key: By which it is started.
    """
    prices = {cell.number: [cell.price_words] for cell in sweep.cells}
    return SweepPlan(
        key=key,
        count=len(sweep.cells),
        new=sweep.new_count,
        impossible=len(sweep.skipped),
        columns=_columns(sweep, ["Price"]),
        rows=_rows(sweep, prices, 1),
        total=price_text(sweep.price) if sweep.new_count else "free",
        problem=sweep.problem,
    )


def progress_of(sweep: Sweep) -> SweepPlan:
    """How a sweep that was started is going."""
    statuses = {cell.number: _status(sweep, cell) for cell in sweep.cells}
    return SweepPlan(
        key="",
        count=len(sweep.runs),
        new=0,
        impossible=len(sweep.skipped),
        columns=_columns(sweep, ["Run", "Status"]),
        rows=_rows(sweep, statuses, 2),
        total=sweep.status,
        problem=None,
    )


def _status(sweep: Sweep, cell: Cell) -> list[str]:
    name, words = sweep.status_of(cell)
    return [name, words[:1].upper() + words[1:]]


def _columns(sweep: Sweep, more: list[str]) -> list[str]:
    names = [_TAKE.get(name, setting_name(name)) for name in sweep.swept]
    return ["#", *names, *more]


def _rows(sweep: Sweep, more: dict[int, list[str]], width: int) -> list[SweepRow]:
    """All combinations in their order, each with `width` columns more."""
    both: list[Cell | Impossible] = [*sweep.cells, *sweep.skipped]
    rows = {
        each.number: SweepRow(
            cells=[
                str(each.number),
                *(_value_words(name, label) for name, label in each.labels.items()),
                *more.get(each.number, [""] * width),
            ],
            problem="",
        )
        for each in both
    }
    for one in sweep.skipped:
        rows[one.number]["problem"] = one.reason
    return [rows[number] for number in sorted(rows)[:_SHOWN_ROWS]]


def _value_words(name: str, label: str) -> str:
    """A value in a column that bears the setting's name: "6 s", "On"."""
    # A form's own label of a length may have the unit already.
    words = setting_words(name, label.removesuffix(" s")).removeprefix(f"{setting_name(name)} ")
    return words.capitalize() if words in {"on", "off"} else words
