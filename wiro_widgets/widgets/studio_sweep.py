"""Between the sweep builder and the sweeps of `wiro_widgets.runs`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import WiroError
from wiro_widgets.runs.budget import price_text
from wiro_widgets.runs.problems import describe
from wiro_widgets.widgets.panel_schema import panel_schema
from wiro_widgets.widgets.protocol.studio import SweepAxis, SweepPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.runs.sweep import Sweep

_SHOWN_ROWS = 60
_MOST_OPTIONS = 12


class StudioSweep:
    """Plans sweeps and starts the one that was shown.

    Args:
        plan: Plans a sweep of prompts, ticked values and repeats; sends nothing.
        start: Runs it.
    """

    def __init__(
        self,
        plan: Callable[[list[str], Mapping[str, Any], int], Sweep],
        start: Callable[[Sweep], object],
    ) -> None:
        self._plan = plan
        self._start = start
        self._shown: tuple[str, Sweep] | None = None

    def plan(self, prompts: list[str], values: dict[str, list[str]], repeats: int) -> SweepPlan:
        """What would be sent, and what it would cost."""
        self._shown = None
        try:
            sweep = self._plan(prompts, values, repeats)
        except WiroError as error:
            problem = describe(error)
            words = f"{problem['detail']} {problem['remedy']}".strip()
            return SweepPlan(key="", count=0, columns=[], rows=[], total="", problem=words)
        key = secrets.token_hex(8)
        self._shown = (key, sweep)
        labels = list(sweep.cells[0].labels)
        rows = [
            [*(cell.labels[label] for label in labels), cell.price_words]
            for cell in sweep.cells[:_SHOWN_ROWS]
        ]
        return SweepPlan(
            key=key,
            count=len(sweep.cells),
            columns=[*labels, "price"],
            rows=rows,
            total=_total(sweep),
            problem=sweep.problem,
        )

    def start(self, key: str) -> None:
        """Run the plan of that key.

        Raises:
            ValueError: It is not the one that was shown last.
        """
        if self._shown is None or self._shown[0] != key:
            raise ValueError("This plan is not the newest one. Look at the price again.")
        _, sweep = self._shown
        self._shown = None
        self._start(sweep)


def _total(sweep: Sweep) -> str:
    if not any(cell.is_new for cell in sweep.cells):
        return "nothing to pay, all recorded"
    return price_text(sweep.price)


def axes_of(spec: ModelSpec, exclude: tuple[str, ...]) -> list[SweepAxis]:
    """The parameters whose values can be ticked: those with a few choices."""
    fields = [field for group in panel_schema(spec, exclude)["groups"] for field in group["fields"]]
    return [
        SweepAxis(
            name=field["id"],
            label=field["label"],
            options=[[option["value"], option["label"]] for option in field["options"]],
        )
        for field in fields
        if 1 < len(field["options"]) <= _MOST_OPTIONS
    ]
