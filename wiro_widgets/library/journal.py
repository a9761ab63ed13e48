"""Every step in the life of a run, each one statement or one transaction that one caller wins.

``docs/runs.md`` has the table of statuses. Nothing here talks to the service.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.database import Database
from wiro_widgets.library.folder import whole_path
from wiro_widgets.library.formats import pico
from wiro_widgets.library.leases import LEASE_SECONDS
from wiro_widgets.library.records import record_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from wiro_widgets.client import Output
    from wiro_widgets.library.records import Record, RunProblem, RunStatus, Service
    from wiro_widgets.library.request import RunRequest

_logger = logging.getLogger("wiro_widgets.library")

_MOST_UNREADABLE = 20
"""Rows that are named in the log, and that an answer to a request is looked for behind."""
SHOWN_AGAIN = "ModerationRefused"
"""The one kind of failure that an equal request is answered with: equal words get it again."""


class Journal:
    """The rows of one folder's runs. Safe to use from several threads and kernels.

    Args:
        directory: The folder; made on first use.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = whole_path(directory)
        folders = (self.directory / name for name in ("inputs", "posters", "clips"))
        self.inputs, self.posters, self.clips = folders
        self.database = Database(self.directory / "journal.sqlite")
        self._unreadable: set[int] = set()

    # Asking for a run

    def reserve(
        self, request: RunRequest, service: Service, owner: str, *, fresh: bool
    ) -> tuple[Record, bool]:
        """Write down that a request is to be sent, or find the run that answers it already.

        Looking and writing are one transaction, so two kernels that ask for the same clip at the
        same moment send it once.

        Returns:
            The record, and whether it is `owner`'s to send: a new row, or one that the service had
            not accepted.
        """
        with self.database.transaction() as database:
            if fresh:
                request = self._next_repeat(database, request, service)
            earlier = self._newest(database, request.fingerprint(), service)
            if earlier is not None and earlier.status == "refused":
                self._take(database, earlier.number, owner, "queued")
                return replace(self._get(database, earlier.number), request=request), True
            if earlier is not None and _answers(earlier):
                return earlier, False
            row = database.execute(
                "INSERT INTO runs (fingerprint, service, request, created, status, owner, lease,"
                " intent, model, prompt) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
                (
                    request.fingerprint(),
                    service,
                    request.to_json(self.directory),
                    time.time(),
                    owner,
                    _lease(),
                    secrets.token_hex(16),
                    request.model,
                    request.prompt,
                ),
            )
            # The record as read back has lost the schema, which sending still needs.
            return replace(self._get(database, int(row.lastrowid or 0)), request=request), True

    def find(self, request: RunRequest, service: Service) -> Record | None:
        """The newest run that answers a request, None when there is none."""
        with self.database.reading() as database:
            found = self._newest(database, request.fingerprint(), service)
        return found if found is not None and _answers(found) else None

    def retried(self, record: Record) -> int | None:
        """The run that asked for the same before and failed without being charged, if any did."""
        with self.database.reading() as database:
            row = database.execute(
                "SELECT number FROM runs WHERE fingerprint = ? AND service = ? AND number < ?"
                " AND status = 'failed' ORDER BY number DESC LIMIT 1",
                (record.request.fingerprint(), record.service, record.number),
            ).fetchone()
        return None if row is None else int(row["number"])

    def claim(self, record: Record, owner: str, status: RunStatus | None = None) -> bool:
        """Take over a run as `record` shows it; True for one caller only, whatever the kernels.

        Args:
            record: As it was read.
            owner: Who is at work on it from now on.
            status: The status it gets; None leaves it as it is.
        """
        return self._change(
            "problem = NULL, ended = CASE status WHEN 'succeeded' THEN ended END,"
            " status = ?, owner = ?, lease = ? WHERE number = ? AND status = ? AND owner = ?",
            (
                status or record.status,
                owner,
                _lease(),
                record.number,
                record.status,
                record.owner,
            ),
        )

    # Sending

    def begin_sending(self, number: int, owner: str) -> bool:
        """Commit that the request leaves now; False when the run is not `owner`'s to send."""
        return self._change(
            "status = 'sending', sent_at = ?, lost_at = NULL, lease = ?"
            " WHERE number = ? AND status = 'queued' AND owner = ?",
            (time.time(), _lease(), number, owner),
        )

    def accepted(self, number: int, task_id: str, token: str, owner: str) -> None:
        """Write down the service's id and token of a run that it has accepted."""
        # It may be written late; what has become of the run since is not undone.
        self._change(
            "task_id = ?, token = ?, status = 'running', owner = ?, lease = ?, unsettled = 1"
            " WHERE number = ? AND status IN ('queued', 'sending', 'unknown', 'running')",
            (task_id, token, owner, _lease(), number),
        ) or self._change(
            "task_id = ?, token = ? WHERE number = ? AND task_id IS NULL",
            (task_id, token, number),
        )

    def requeue(self, number: int, owner: str) -> None:
        """Write down that the service had no room for a run of `owner`, which it did not accept."""
        self._change(
            "status = 'queued' WHERE number = ? AND status = 'sending' AND owner = ?",
            (number, owner),
        )

    def refused(self, number: int, problem: RunProblem, owner: str) -> None:
        """Write down that the service did not accept a run of `owner`."""
        self._change(
            "status = 'refused', problem = ?, ended = ?, lease = 0"
            " WHERE number = ? AND status IN ('queued', 'sending') AND owner = ?",
            (json.dumps(problem), time.time(), number, owner),
        )

    def lost(self, number: int, owner: str) -> bool:
        """Write down that the answer to a run that `owner` was sending is lost."""
        return self._change(
            "status = 'unknown', lost_at = ?, lease = 0, unsettled = 1"
            " WHERE number = ? AND status = 'sending' AND owner = ?",
            (time.time(), number, owner),
        )

    def cancel_queued(self, number: int, problem: RunProblem) -> bool:
        """Withdraw a run that has not been sent; False when it has begun to leave."""
        return self._change(
            "status = 'cancelled', problem = ?, ended = ?, lease = 0"
            " WHERE number = ? AND status = 'queued'",
            (json.dumps(problem), time.time(), number),
        )

    def adopt(self, number: int, task_id: str, token: str, owner: str) -> bool:
        """Give an unknown run the task that it became; False when the task or the run is taken."""
        return self._change(
            "status = 'running', task_id = ?, token = ?, owner = ?, lease = ?, problem = NULL,"
            " ended = NULL WHERE number = ? AND status = 'unknown'"
            " AND NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.task_id = ?)",
            (task_id, token, owner, _lease(), number, task_id),
        )

    # Endings

    def finished(self, number: int, outputs: Sequence[Output], cost: Decimal | None) -> None:
        """Write down what the service made, while it is being fetched."""
        self._change(
            "status = 'downloading', outputs = ?, cost = ?, cost_e12 = ?, unsettled = ?"
            " WHERE number = ? AND status = 'running'",
            (
                _outputs_json(outputs),
                None if cost is None else str(cost),
                pico(cost),
                cost is None,
                number,
            ),
        )

    def end(  # noqa: PLR0913 - the columns of an ended run
        self,
        number: int,
        status: RunStatus,
        *,
        state: Mapping[str, Any],
        outputs: Sequence[Output] = (),
        files: Sequence[Path | None] = (),
        problem: RunProblem | None = None,
        cost: Decimal | None = None,
        unsettled: bool = False,
        seconds: float | None = None,
        was: RunStatus | None = None,
    ) -> None:
        """Write down how a run ended and which of its files are here.

        With `was`, only if its row still has that status: another kernel may have gone on with it.
        """
        names = [None if path is None else self._relative(path) for path in files]
        self._change(
            "status = ?, state = ?, outputs = ?, files = ?, problem = ?, cost = ?, cost_e12 = ?,"
            " unsettled = ?, seconds = COALESCE(seconds, ?), ended = COALESCE(ended, ?),"
            " owner = '', lease = 0 WHERE number = ? AND status = COALESCE(?, status)",
            (
                status,
                json.dumps(state),
                _outputs_json(outputs),
                json.dumps(names),
                None if problem is None else json.dumps(problem),
                None if cost is None else str(cost),
                pico(cost),
                unsettled,
                seconds,
                time.time(),
                number,
                was,
            ),
        )

    def settle_cost(self, number: int, cost: Decimal) -> None:
        """Write down what a run cost in the end."""
        self._change(
            "cost = ?, cost_e12 = ?, unsettled = 0 WHERE number = ?",
            (str(cost), pico(cost), number),
        )

    # Leases

    def renew(self, owner: str) -> None:
        """Renew the leases of all runs that `owner` is at work on."""
        self._change(
            "lease = ? WHERE owner = ? AND status IN"
            " ('queued', 'sending', 'running', 'downloading')",
            (_lease(), owner),
        )

    def release(self, owner: str, number: int | None = None) -> None:
        """Leave a run of `owner`, or all of them, to whoever asks next; none that is `sending`."""
        self._change(
            "owner = '', lease = 0 WHERE owner = ? AND number = COALESCE(?, number) AND status IN"
            " ('queued', 'unknown', 'running', 'downloading')",
            (owner, number),
        )

    # Reading

    def record(self, number: int) -> Record:
        """The record of one run.

        Raises:
            KeyError: There is no such run here.
        """
        with self.database.reading() as database:
            return self._get(database, number)

    def records(
        self, where: str = "1", values: Sequence[Any] = (), limit: int | None = None
    ) -> list[Record]:
        """The records that meet a condition, newest first.

        Args:
            where: An SQL condition on the columns of ``runs``, written by us and not from outside.
            values: For its placeholders.
            limit: How many at most.
        """
        statement = f"SELECT * FROM runs WHERE {where} ORDER BY number DESC"  # noqa: S608
        with (
            self.database.reading() as database,
            contextlib.closing(database.execute(statement, values)) as rows,
        ):
            readable = (record for row in rows if (record := self._readable(row)))
            return list(itertools.islice(readable, limit))

    def owned_tasks(self, task_ids: Iterable[str]) -> set[str]:
        """Those of some task ids that a run has already."""
        ids = list(task_ids)
        marks = ", ".join("?" * len(ids))
        with self.database.reading() as database:
            rows = database.execute(
                f"SELECT task_id FROM runs WHERE task_id IN ({marks})",  # noqa: S608 - only marks
                ids,
            ).fetchall()
        return {row["task_id"] for row in rows}

    # Inside

    def _change(self, change: str, values: Sequence[Any]) -> bool:
        with self.database.reading() as database:
            return database.execute(f"UPDATE runs SET {change}", values).rowcount > 0  # noqa: S608

    def _take(
        self, database: sqlite3.Connection, number: int, owner: str, status: RunStatus
    ) -> None:
        database.execute(
            "UPDATE runs SET status = ?, owner = ?, lease = ?, problem = NULL, ended = NULL,"
            " sent_at = NULL, created = ? WHERE number = ?",
            (status, owner, _lease(), time.time(), number),
        )

    def _newest(
        self, database: sqlite3.Connection, fingerprint: str, service: str
    ) -> Record | None:
        for row in database.execute(
            "SELECT * FROM runs WHERE fingerprint = ? AND service = ? ORDER BY number DESC LIMIT ?",
            (fingerprint, service, _MOST_UNREADABLE),
        ):
            record = self._readable(row)
            # A journal from a stranger may claim that any row answers any request.
            if record is not None and record.request.fingerprint() == fingerprint:
                return record
        return None

    def _next_repeat(
        self, database: sqlite3.Connection, request: RunRequest, service: str
    ) -> RunRequest:
        """The request with the first repeat index that no run answers."""
        while (found := self._newest(database, request.fingerprint(), service)) and _sent(found):
            request = replace(request, repeat=request.repeat + 1)
        return request

    def _get(self, database: sqlite3.Connection, number: int) -> Record:
        row = database.execute("SELECT * FROM runs WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(f"There is no run {number} in {self.directory}.")
        return self._read(row)

    def _read(self, row: sqlite3.Row) -> Record:
        try:
            return record_of(row, self.directory)
        except ValueError as error:
            problem = str(error)
        raise LibraryError(
            f"Run {row['number']} in {self.directory} can't be read: {problem}.",
            remedy="The other runs in this folder still work.",
        )

    def _readable(self, row: sqlite3.Row) -> Record | None:
        """The record in a row; one that cannot be read is named in the log, and left out."""
        try:
            return self._read(row)
        except LibraryError as error:
            if row["number"] not in self._unreadable and len(self._unreadable) < _MOST_UNREADABLE:
                self._unreadable.add(row["number"])
                _logger.warning("%s", error.message)
            return None

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.directory).as_posix()


def _answers(record: Record) -> bool:
    """Whether a run answers an equal request; if not, the request is sent (again)."""
    if record.status == "failed":
        refused = record.problem is not None and record.problem["kind"] == SHOWN_AGAIN
        return record.charged or refused
    return record.status != "refused"


def _sent(record: Record) -> bool:
    """Whether a repeat of this request has to be another one."""
    return record.status != "refused"


def _outputs_json(outputs: Sequence[Output]) -> str:
    return json.dumps([output._asdict() for output in outputs])


def _lease() -> float:
    return time.time() + LEASE_SECONDS
