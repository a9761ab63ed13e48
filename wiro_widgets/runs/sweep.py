"""Several runs at once: every combination of what was listed, its price before anything is sent."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, PriceRange, WaitTimeout
from wiro_widgets.runs.budget import as_limit, price_text, total
from wiro_widgets.runs.facts import money_text
from wiro_widgets.runs.product import Axis, Place, axes_of, label_of, places_of
from wiro_widgets.runs.snapshot import STATE_WORDS
from wiro_widgets.runs.table import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wiro_widgets.runs.connection import Connection
    from wiro_widgets.runs.library import Library, Service
    from wiro_widgets.runs.request import RunRequest
    from wiro_widgets.runs.run import Run


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Attributes:
        number: Counts from 1.
        labels: What is swept, and its value here as text.
        request: What would be sent.
        price: What sending it will cost in USD; None when nobody can tell.
        recorded: Number of the run that answers it already; then nothing is sent.
        same_as: An earlier cell that asks for the same; then nothing is sent either.
    """

    number: int
    labels: Mapping[str, str]
    request: RunRequest
    price: PriceRange | None
    recorded: int | None = None
    same_as: int | None = None

    @property
    def is_new(self) -> bool:
        """Whether it has to be sent, and paid for."""
        return self.recorded is None and self.same_as is None

    @property
    def price_words(self) -> str:
        """What it costs, or why it costs nothing."""
        if self.same_as is not None:
            return f"free: the same as {self.same_as}"
        if self.recorded is not None:
            return f"free: recorded as run {self.recorded}"
        return price_text(self.price)


class Sweep:
    """Every combination of what was listed. Nothing is sent before `run` is called.

    Made by `wiro_widgets.sweep`; shows itself as a table with the total first.

    Args:
        connection: Where it will run.
        axes: What is swept, and what all share.
        max_cost: USD that all of it may cost at most; None for no limit.

    Attributes:
        cells: The runs, in the order of the table.
        max_cost: The limit, None for none.
    """

    def __init__(
        self, connection: Connection, axes: Sequence[Axis], max_cost: Decimal | None
    ) -> None:
        places = places_of(axes, connection.model, connection.keep)
        self.max_cost = max_cost
        self.service: Service = connection.service
        self._axes = tuple(axes)
        self._places = places
        self._library = connection.library
        self._runner = connection.runner
        self._runs: list[Run] = []
        self.cells = _priced(places, self._library, self.service)

    @property
    def price(self) -> PriceRange | None:
        """What running it will cost in USD: the sum of the runs that have to be sent.

        None when the price of one of them is unknown.
        """
        return total(cell.price for cell in self.cells if cell.is_new)

    @property
    def new_count(self) -> int:
        """How many runs have to be sent, and paid for."""
        return sum(cell.is_new for cell in self.cells)

    @property
    def swept(self) -> list[str]:
        """The names of what has several values."""
        return [axis.name for axis in self._axes if axis.swept]

    @property
    def problem(self) -> str | None:
        """Why it cannot be run, in words; None when it can."""
        price, limit = self.price, self.max_cost
        if limit is None:
            return None
        if price is None:
            return f"The price is unknown, so it cannot be kept under ${money_text(limit)}."
        if price.high > limit:
            return f"It may cost {price_text(price)}, which is over ${money_text(limit)}."
        return None

    @property
    def runs(self) -> list[Run]:
        """The runs in the order of the cells, each once; empty before `run`."""
        return list(dict.fromkeys(self._runs))

    def run(self) -> Sweep:
        """Start all of it; returns at once.

        Runs beyond what the account allows at a time wait here for a free slot. What is recorded
        already is shown and not sent. Calling it again changes nothing.

        Raises:
            InputError: It may cost more than `max_cost`, or nobody can tell. Nothing was sent.
        """
        if self._runs:
            return self
        # Looked up again: much may have happened since the table was shown.
        self.cells = _priced(self._places, self._library, self.service)
        if self.problem:
            raise InputError(
                f"{self.problem} Nothing was sent.",
                field="max_cost",
                remedy="Drop values, or give a higher max_cost; without one there is no limit.",
            )
        for cell in self.cells:
            same = cell.same_as and self._runs[cell.same_as - 1]
            self._runs.append(same or self._runner.submit(cell.request))
        return self

    def wait(self, timeout: float | None = None) -> Sweep:
        """Block until every run has ended.

        A run that fails leaves the others alone; `summary` tells of it, and nothing is raised.

        Args:
            timeout: Seconds for all of it; None waits as long as it takes.

        Raises:
            InputError: It has not been started.
            WaitTimeout: Some have not ended yet; they go on.
        """
        if not self._runs:
            raise InputError("This sweep has not been started.", remedy="Call run() first.")
        deadline = None if timeout is None else time.monotonic() + timeout
        for run in self.runs:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not run.wait_ended(left):
                raise WaitTimeout(
                    f"{self.summary}. Not all have ended after {timeout:g} s; they go on.",
                    remedy="Call wait() again, or stop().",
                )
        return self

    def stop(self) -> None:
        """Ask the service to stop every run of it that has not ended; returns at once."""
        for run in self.runs:
            if not run.ended:
                run.stop()

    @property
    def summary(self) -> str:
        """How it stands, in words: "4 runs: 3 done, 1 failed (Refused by moderation)"."""
        if not self._runs:
            return self._plan_words()
        states = Counter(self._state_words(run) for run in self.runs)
        spent = [run.cost for run in self.runs if run.cost and run.number not in self._recorded]
        words = ", ".join(f"{count} {state}" for state, count in states.items())
        said = f"{_runs_words(len(self.runs))}: {words}"
        if not spent:
            return said
        cost = f"${money_text(sum(spent, Decimal(0)))}"
        if self.service == "sandbox":
            return f"{said} · would have cost {cost}, on the sandbox nothing is charged"
        return f"{said} · {cost} charged"

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return text_table(self._heading(), *self._table())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), *self._table())

    def _heading(self) -> str:
        words = [self.summary]
        shared = [
            f"{axis.name} {label_of(axis.name, axis.values[0])}"
            for axis in self._axes
            if not axis.swept and axis.name not in {"repeat", "prompt"}
        ]
        words += [f"all with {', '.join(shared)}"] if shared else []
        if not self._runs:
            words.append(self.problem or "nothing is sent before run() is called")
        return " · ".join(words)

    def _plan_words(self) -> str:
        new = self.new_count
        words = f"{_runs_words(len(self.cells))}: "
        if not new:
            return words + "all of them recorded already, so this costs nothing"
        words += f"{price_text(self.price)}{' in all' if self.price else ''}"
        if new < len(self.cells):
            words += f" for {new} of them, the others are recorded already and cost nothing"
        return words + (" (on the sandbox nothing is charged)" if self.service != "live" else "")

    @property
    def _recorded(self) -> set[int]:
        return {cell.recorded for cell in self.cells if cell.recorded is not None}

    def _state_words(self, run: Run) -> str:
        words = STATE_WORDS["waiting" if run.status == "draft" and not run.ended else run.status]
        if run.error and run.status == "failed":
            words = f"{words} ({run.error})"
        return f"{words} earlier" if run.ended and run.number in self._recorded else words

    def _table(self) -> tuple[list[str], list[list[str]]]:
        swept = self.swept
        rows = [[str(cell.number), *(cell.labels[name] for name in swept)] for cell in self.cells]
        if not self._runs:
            extra = [[cell.price_words] for cell in self.cells]
            return ["#", *swept, "price"], _joined(rows, extra)
        extra = [
            [run.name, self._state_words(run), f"${money_text(run.cost)}" if run.cost else ""]
            for run in self._runs
        ]
        return ["#", *swept, "run", "state", "cost"], _joined(rows, extra)


def plan_sweep(
    connection: Connection, values: Mapping[str, Any], *, repeats: int, max_cost: Any
) -> Sweep:
    """A sweep of what was listed; nothing is sent.

    Args:
        connection: Where it will run.
        values: By name, ``model`` among them: lists are swept, anything else is shared.
        repeats: How often each combination is run.
        max_cost: USD that all of it may cost at most; None for no limit.

    Raises:
        InputError: Something cannot be run; the message says which combinations, and why.
    """
    limit = None if max_cost is None else as_limit(max_cost)
    return Sweep(connection, axes_of(values, repeats), limit)


def _priced(places: Sequence[Place], library: Library, service: Service) -> tuple[Cell, ...]:
    """What each would cost now, and whether something answers it already."""
    cells: list[Cell] = []
    first: dict[str, int] = {}
    for place in places:
        request = place.request
        same_as = first.setdefault(request.fingerprint(), place.number)
        earlier = library.find(request, service)
        values = {**request.parameters, **request.files}
        cells.append(
            Cell(
                place.number,
                place.labels,
                request,
                request.spec.price.estimate(values) if request.spec else None,
                recorded=earlier.number if earlier else None,
                same_as=same_as if same_as != place.number else None,
            )
        )
    return tuple(cells)


def _runs_words(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _joined(left: list[list[str]], right: list[list[str]]) -> list[list[str]]:
    return [one + other for one, other in zip(left, right, strict=True)]
