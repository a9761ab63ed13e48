"""What a person may do with a run from its tile, besides looking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from wiro_widgets.runs import connection as connections
from wiro_widgets.runs.draft import Draft

if TYPE_CHECKING:
    from wiro_widgets.widgets.grid_tiles import GridRun


def draft_of(run: GridRun) -> Draft:
    """What a run asked for, to be changed and sent again."""
    request = run.request
    images = [one for group in request.files.values() for one in group]
    parameters = {name: value for name, value in request.parameters.items() if name != "prompt"}
    return Draft(request.model, request.prompt, parameters, images[0] if images else None)


def run_again(run: GridRun) -> GridRun:
    """Send a run's request once more, on the notebook's connection.

    Raises:
        ValueError: The run was made in the sandbox and the connection is a paid one: the button
            that was pressed did not say that this costs money.
    """
    connection = connections.current()
    if connection.service == "live" and run.snapshot["service"] == "sandbox":
        raise ValueError(
            "This run was made in the sandbox, and the connection is the paid service now."
            " Use ww.run to send it there."
        )
    # A request that was read back from the library has lost its schema.
    request = replace(run.request, spec=connection.model(run.request.model))
    return cast("GridRun", connection.runner.submit(request, fresh=True))
