"""A sweep that shows itself as a comparison grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError
from wiro_widgets.runs.budget import price_text
from wiro_widgets.runs.connection import DEFAULT_MODEL, current
from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.grid_tiles import MOST_RUNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from wiro_widgets.runs.sweep import Sweep


def compare(  # noqa: PLR0913 - keywords, each a thing of its own to say
    prompt: str | Sequence[str],
    *,
    model: str | Sequence[str] = DEFAULT_MODEL,
    image: Any = None,
    repeats: int = 1,
    max_cost: Decimal | float | str | None = None,
    rows: str | None = None,
    columns: str | None = None,
    **parameters: Any,
) -> CompareGrid:
    """Run every combination of what is listed and set the clips side by side.

    Returns at once; the tiles fill as the runs go on. On the real service it asks for `max_cost`
    before it sends anything: the error names the total. See `wiro_widgets.sweep` for the table.

    Args:
        prompt: One prompt, or a list of them.
        model: One model, or a list of them.
        image: One first frame, or a list of them; see `wiro_widgets.run`.
        repeats: How often each combination is run.
        max_cost: USD that all of it may cost at most.
        rows: What the rows differ in; by default the first two things listed are rows and columns.
        columns: And the columns.
        **parameters: By the model's own names: a list is swept, anything else is shared.

    Raises:
        InputError: Something cannot be run, it is more than a grid shows, or it may cost more
            than was agreed to. Nothing was sent.

    Example:
        >>> grid = ww.compare(
        ...     ["The gull lifts off", "The gull lands"],
        ...     image="beach.jpg",
        ...     resolution=["768P", "1080P"],
        ...     max_cost=2,
        ... )
    """
    sweep = current().sweep(
        prompt, model=model, image=image, repeats=repeats, max_cost=max_cost, **parameters
    )
    _agree(sweep)
    if rows is None and columns is None and len(sweep.swept) > 1:
        rows, columns = sweep.swept[:2]
    print(sweep.summary)  # noqa: T201 - the total is read before the clips come
    return CompareGrid(sweep.run().runs, rows=rows, columns=columns)


def _agree(sweep: Sweep) -> None:
    """Refuse what no grid can show, and what nobody has agreed to pay."""
    if len(sweep) > MOST_RUNS:
        raise InputError(
            f"These are {len(sweep)} runs; a grid shows {MOST_RUNS} at a time. Nothing was sent.",
            remedy="Drop values, or use ww.sweep(...) and compare some of its runs.",
        )
    if sweep.service == "sandbox" or sweep.max_cost is not None or not sweep.new_count:
        return
    price = sweep.price
    remedy = "Look at ww.sweep(...) with the same arguments, and call run() on it."
    if price is not None:
        remedy = f"Say max_cost={price.high:f} to go ahead, or look at ww.sweep(...) first."
    raise InputError(
        f"This would cost money ({price_text(price)} for {sweep.new_count} of {len(sweep)} runs)."
        " Nothing was sent.",
        field="max_cost",
        remedy=remedy,
    )
