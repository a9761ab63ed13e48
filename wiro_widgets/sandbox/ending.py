"""How a task ends: its outputs kept, its price charged, its end written down and told."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

from . import stages
from .frames import outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .accounts import Accounts
    from .catalog.model import Model
    from .journal import Journal
    from .media import Media, MediaShelf
    from .process import Outcome
    from .task import Task

_SUCCESS, _FAILURE = "0", "1"


class Ending:
    """The last step of every task."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        shelf: MediaShelf,
        journal: Journal,
        base: str,
        announce: Callable[[Task], None],
    ) -> None:
        self._accounts = accounts
        self._shelf = shelf
        self._journal = journal
        self._base = base
        self._announce = announce

    def cancel(self, task: Task) -> None:
        """The task was cancelled or killed: it costs nothing."""
        self._journal.enter(task, stages.CANCEL, field="canceltime")
        self._announce(task)

    def finish(self, task: Task, model: Model | None, outcome: Outcome) -> None:
        """The task is through, well or badly: the status is the same, ``pexit`` differs."""
        task.times.setdefault("endtime", time.time())
        task.pexit = _FAILURE if outcome.failure else _SUCCESS
        kept = [self._keep(task, index, file) for index, file in enumerate(outcome.files)]
        task.outputs = [media.id for media in kept]
        if model is not None and not outcome.failure:
            task.totalcost = f"{model.cost(task.values, task.elapsed):.12f}"
        self._journal.enter(
            task,
            stages.POSTPROCESS_END,
            field="postprocessendtime",
            message=outputs(kept, self._base),
        )
        # After the end is written down: a server that dies in between forgets to charge,
        # the other way round it would charge twice.
        self._accounts.charge(task.uuid, Decimal(task.totalcost))
        self._announce(task)

    def _keep(self, task: Task, index: int, file: Path) -> Media:
        return self._shelf.keep(
            file,
            name=f"{index}{file.suffix}",
            uuid=task.uuid,
            parentid=task.outputfolderid,
            place="cdn1",
        )
