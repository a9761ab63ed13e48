"""Several runs at once: every combination of what was listed, with its price before it is sent."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from wiro_widgets.client import InputError, PriceRange, WaitTimeout
from wiro_widgets.errors import NOTHING_SENT, BudgetExceeded, short_traceback
from wiro_widgets.library.budgets import Wanted
from wiro_widgets.library.estimates import (
    exact_text,
    money_text,
    parse_amount,
    price_text,
    total_price,
)
from wiro_widgets.runs.combinations import axes_from, combinations, error_about, label_of
from wiro_widgets.runs.run import status_words
from wiro_widgets.runs.table import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.library.library import Library
    from wiro_widgets.library.records import Service
    from wiro_widgets.library.request import RunRequest, StoredInput
    from wiro_widgets.runs.budget import Budgets
    from wiro_widgets.runs.combinations import Combination, Impossible
    from wiro_widgets.runs.run import Run


_logger = logging.getLogger("wiro_widgets.runs")


class Submitter(Protocol):
    """What a sweep needs of a `Session`."""

    library: Library
    service: Service
    budgets: Budgets

    def model(self, name: str) -> ModelSpec:
        """The schema of a model."""

    def store_input(self, value: Any, field: str) -> StoredInput:
        """Put an input into the library."""

    def submit(self, request: RunRequest) -> Run:
        """Send a request, or show the run that answers it."""


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Attributes:
        number: Counts from 1.
        labels: Each swept name and its value here as text.
        request: What would be sent.
        price: What sending it will cost in USD; None when nobody can tell.
        recorded_as: Number of the run that answers it already; then nothing is sent.
        same_as: An earlier cell that asks for the same; then nothing is sent either.
    """

    number: int
    labels: Mapping[str, str]
    request: RunRequest
    price: PriceRange | None
    recorded_as: int | None = None
    same_as: int | None = None

    @property
    def is_new(self) -> bool:
        """Whether it has to be sent, and paid for."""
        return self.recorded_as is None and self.same_as is None

    @property
    def price_words(self) -> str:
        """What it costs, or why it costs nothing."""
        if self.same_as is not None:
            return f"free: same as {self.same_as}"
        if self.recorded_as is not None:
            return f"free: you have it as Run {self.recorded_as}"
        return price_text(self.price)


class Sweep:
    """Every combination of what was listed. Nothing is sent before `run` is called.

    Made by `wiro_widgets.sweep`; displays itself as a table with the total first.

    Args:
        session: Where it will run.
        values: By name, ``model`` among them: a list is swept, anything else is shared.
        repeats: How often each combination is run.
        max_cost: USD that all of it may cost at most; None for no limit.
        skip_impossible: Leave out combinations that the model does not allow.

    Attributes:
        cells: The runs, in the order of the table.
        skipped: The combinations that are left out, each with its `reason`.
        max_cost: The limit, None for none.
        service: Where it will run, "sandbox" or "live".

    Raises:
        InputError: Combinations are not allowed and `skip_impossible` is not set, or none is
            allowed; the message gives the reasons.
    """

    def __init__(
        self,
        session: Submitter,
        values: Mapping[str, Any],
        *,
        repeats: int,
        max_cost: Any,
        skip_impossible: bool = False,
    ) -> None:
        self.max_cost = None if max_cost is None else parse_amount(max_cost)
        self.service: Service = session.service
        self._session = session
        self._axes = tuple(axes_from(values, repeats))
        possible, impossible = combinations(self._axes, session.model, session.store_input)
        if impossible and not (skip_impossible and possible):
            raise error_about(impossible, len(possible) + len(impossible))
        self._combinations = possible
        self.skipped: tuple[Impossible, ...] = tuple(impossible)
        # By the cell's number, so that an interrupted `run` goes on where it was.
        self._runs: dict[int, Run] = {}
        self._started = False
        self.cells: tuple[Cell, ...] = ()
        self._over_budget: BudgetExceeded | None = None
        self._look()

    @property
    def price(self) -> PriceRange | None:
        """What running it will cost in USD: the sum of the runs that have to be sent.

        None when the price of one of them is unknown.
        """
        return total_price(cell.price for cell in self.cells if cell.is_new)

    @property
    def new_count(self) -> int:
        """How many runs have to be sent, and paid for."""
        return sum(cell.is_new for cell in self.cells)

    @property
    def swept(self) -> list[str]:
        """The names of what has several values."""
        return [axis.name for axis in self._axes if axis.swept]

    @property
    def warnings(self) -> list[str]:
        """What a model will not do as a prompt says, in sentences, each once."""
        said = (each for cell in self.cells for each in cell.request.warnings)
        return list(dict.fromkeys(said))

    @property
    def problem(self) -> str | None:
        """Why it cannot be run; None when it can."""
        if self._over_budget is not None and self._above_limit is None:
            return f"{self._over_budget.message} {self._over_budget.remedy}"
        return self._above_limit

    @property
    def _above_limit(self) -> str | None:
        price, limit = self.price, self.max_cost
        if limit is None:
            return None
        if price is None:
            return f"The price is unknown, so the ${exact_text(limit)} limit can't be checked."
        if price.high > limit:
            return (
                f"This sweep could cost {price_text(price)}, above your ${exact_text(limit)} limit."
            )
        return None

    @property
    def runs(self) -> list[Run]:
        """The runs in the order of the cells, each once; empty before `run`."""
        return list(dict.fromkeys(self._runs[number] for number in sorted(self._runs)))

    @short_traceback
    def run(self) -> Sweep:
        """Send all of it; returns at once.

        Runs beyond what the account allows at a time wait for a free slot. What is recorded
        already is shown and not sent. Called again it goes on: after an interrupt with the runs
        that are left, otherwise it changes nothing.

        Raises:
            InputError: It may cost more than `max_cost`, or nobody can tell. Nothing was sent.
            BudgetExceeded: All of it would pass a budget, and nothing was sent; or another kernel
                has used up the budget meanwhile, and the message says how many were.
        """
        if not self._started:
            # Looked up again: much may have happened since the table was shown.
            self._look()
            if self._above_limit:
                raise InputError(
                    f"{self._above_limit}{NOTHING_SENT}",
                    field="max_cost",
                    remedy="Remove values or raise max_cost.",
                )
            if self._over_budget is not None:
                raise self._over_budget.saying(f"{self._over_budget.message}{NOTHING_SENT}")
            self._started = True
        for cell in self.cells:
            if cell.number not in self._runs:
                self._runs[cell.number] = (
                    self._submit(cell) if cell.same_as is None else self._runs[cell.same_as]
                )
        return self

    def _submit(self, cell: Cell) -> Run:
        try:
            return self._session.submit(cell.request)
        except BudgetExceeded as error:
            sent = sum(number not in self._recorded for number in self._runs)
            if not sent:
                raise
            words = error.message.removesuffix(NOTHING_SENT)
            were = "was" if sent == 1 else "were"
            raise error.saying(f"{sent} of {len(self)} runs {were} sent. {words}") from None

    @short_traceback
    def wait(self, timeout: float | None = None) -> Sweep:
        """Block until every run has ended.

        A run that fails leaves the others alone; `summary` tells of it, and nothing is raised.

        Args:
            timeout: Seconds for all of it; None waits as long as it takes.

        Raises:
            InputError: It has not been started.
            WaitTimeout: Some have not ended yet; they go on.
        """
        if not self._started:
            raise InputError("This sweep hasn't been started.", remedy="Call run() first.")
        deadline = None if timeout is None else time.monotonic() + timeout
        for run in self.runs:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                run.wait(left)
            except WaitTimeout:
                raise WaitTimeout(
                    f"{self.summary}. Some are still running after {timeout:g} s; they go on.",
                    remedy="Call wait() again, or stop().",
                ) from None
            except Exception as error:  # noqa: BLE001 - `summary` tells of it
                _logger.debug("run %d: %s", run.number, error)
        return self

    def stop(self) -> None:
        """Stop every run of it that has not ended; returns at once."""
        for run in self.runs:
            run.stop()

    def status_of(self, cell: Cell) -> tuple[str, str]:
        """The name of a cell's run and its status as text, such as ("Run 4", "done")."""
        run = self._runs.get(cell.number)
        if run is None:
            return "", "not sent yet: call run() again"
        return run.name, self._status_words(run)

    @property
    def status(self) -> str:
        """How many runs have which status, as text: "3 done, 1 failed (Refused by moderation)"."""
        counts = Counter(map(self._status_words, self.runs))
        return ", ".join(f"{count} {status}" for status, count in counts.items())

    @property
    def summary(self) -> str:
        """Its status as text: "4 runs: 3 done, 1 failed (Refused by moderation)"."""
        if not self._started:
            return self._plan_words()
        runs = self.runs
        text = f"{_runs_words(len(runs))}: {self.status}"
        new = [run for run in runs if run.number not in self._recorded]
        return f"{text}{_cost_words(new, self.service)}"

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return text_table(self._heading(), *self._table())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), *self._table())

    def _look(self) -> None:
        """Find out what each would cost now, whether a run answers it, and whether all fits."""
        first: dict[str, int] = {}
        self.cells = tuple(self._cell(each, first) for each in self._combinations)
        self._over_budget = self._session.budgets.shortage(
            Wanted(cell.request.model, cell.price) for cell in self.cells if cell.is_new
        )

    def _cell(self, combination: Combination, first: dict[str, int]) -> Cell:
        request = combination.request
        same_as = first.setdefault(request.fingerprint(), combination.number)
        earlier = self._session.library.find(request, self.service)
        return Cell(
            combination.number,
            combination.labels,
            request,
            request.price,
            recorded_as=earlier.number if earlier else None,
            same_as=same_as if same_as != combination.number else None,
        )

    def _heading(self) -> str:
        words = [self.summary]
        shared = [
            f"{axis.name} {label_of(axis.name, axis.values[0])}"
            for axis in self._axes
            if not axis.swept and axis.name not in {"repeat", "prompt"}
        ]
        words += [f"all with {', '.join(shared)}"] if shared else []
        if not self._started:
            words.append(self.problem or "Nothing is sent until you call run().")
        return " · ".join(words)

    def _plan_words(self) -> str:
        new = self.new_count
        words = f"{_runs_words(len(self.cells))}: "
        if not new:
            words += "you have run all of them already, so this costs nothing"
            return words + self._skipped_words()
        words += f"{price_text(self.price)}{' in all' if self.price else ''}"
        if new < len(self.cells):
            words += f" for {new} of them; you have run the others already, so they are free"
        words += " (on the sandbox nothing is charged)" if self.service != "live" else ""
        return words + self._skipped_words()

    def _skipped_words(self) -> str:
        count = len(self.skipped)
        noun = "combination" if count == 1 else "combinations"
        return f" · {count} impossible {noun} skipped" if count else ""

    @property
    def _recorded(self) -> set[int]:
        return {cell.recorded_as for cell in self.cells if cell.recorded_as is not None}

    def _status_words(self, run: Run) -> str:
        words = status_words(run)
        if run.error and run.status == "failed":
            words = f"{words} ({run.error})"
        return f"{words} earlier" if run.ended and run.number in self._recorded else words

    def _table(self) -> tuple[list[str], list[list[str]]]:
        swept = self.swept
        rows: dict[int, list[str]] = {}
        for cell in self.cells:
            row = [str(cell.number), *(cell.labels[name] for name in swept)]
            if self._started:
                run = self._runs.get(cell.number)
                cost = f"${money_text(run.cost)}" if run and run.cost else ""
                row += [*self.status_of(cell), cost]
            else:
                row.append(cell.price_words)
            rows[cell.number] = row
        for one in self.skipped:
            row = [str(one.number), *(one.labels[name] for name in swept)]
            why = f"skipped: {one.reason}"
            rows[one.number] = [*row, "", why, ""] if self._started else [*row, why]
        columns = ["price"] if not self._started else ["run", "status", "cost"]
        return ["#", *swept, *columns], [rows[number] for number in sorted(rows)]


def _cost_words(runs: Iterable[Run], service: Service) -> str:
    """What some runs have cost so far, as the end of a sentence."""
    costs = [run.cost for run in runs if run.cost is not None]
    unsettled = sum(run.snapshot["unsettled"] for run in runs)
    if not any(costs) and not unsettled:
        return ""
    amount = f"${money_text(sum(costs, Decimal(0)))}"
    if service == "sandbox":
        return f" · would have cost {amount}, on the sandbox nothing is charged" if costs else ""
    if unsettled:
        return f" · at least {amount} charged, {unsettled} unsettled"
    return f" · {amount} charged"


def _runs_words(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
