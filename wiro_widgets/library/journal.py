"""Every step in the life of a run, each one statement or one transaction that one caller wins.

``docs/runs.md`` has the table of statuses. Nothing here talks to the service.
"""

from __future__ import annotations

import functools
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select, text, update

from wiro_widgets.errors import LibraryError
from wiro_widgets.library import budgets
from wiro_widgets.library.claims import Claims
from wiro_widgets.library.database import insert_into
from wiro_widgets.library.folder import whole_path
from wiro_widgets.library.leases import LEASE_SECONDS
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.records import pico, queued_record
from wiro_widgets.library.rows import answers, storable, text_of
from wiro_widgets.library.sqlite import sqlite_file
from wiro_widgets.library.tables import models, runs, texts
from wiro_widgets.library.totals import (
    change_run,
    cost_columns,
    has_status,
    insert_run,
    today,
    unspent_columns,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from sqlalchemy import Connection, Executable, RowMapping

    from wiro_widgets.client import Output, PriceRange
    from wiro_widgets.library.database import Database
    from wiro_widgets.library.media_store import MediaStore
    from wiro_widgets.library.records import Record, RunProblem, RunStatus, Service
    from wiro_widgets.library.request import RunRequest

_ONE_TASK = text("SELECT pg_advisory_xact_lock(hashtextextended(:task, 0))")
_MOST_TRIES = 50
"""How many times in a row another machine may be faster before we give up."""


class Journal(Claims):
    """The steps of a library's runs. Safe to use from several threads, kernels and machines.

    Args:
        directory: The folder of its files on this computer; made on first use.
        database: Where the rows are; None for the folder's own file.
        media: Where the files are for other computers too; None for the folder alone.
        account: Digest of the key that runs are sent with.

    Attributes:
        directory: The folder, absolute.
        inputs: Its folder of inputs, by content.
        posters: Its folder of small pictures of them.
        clips: Its folder of clips.
        address: What messages call the library: the folder, or the address of the database.
    """

    def __init__(
        self,
        directory: Path | str,
        database: Database | None = None,
        *,
        media: MediaStore | None = None,
        account: str = "",
    ) -> None:
        folder = whole_path(directory)
        address = str(folder) if database is None else database.name
        rows = database or sqlite_file(folder / "journal.sqlite")
        super().__init__(rows, folder, address, media, account)
        self.inputs, self.posters, self.clips = (
            folder / name for name in ("inputs", "posters", "clips")
        )

    # Asking for a run

    def reserve(
        self,
        request: RunRequest,
        service: Service,
        owner: str,
        *,
        fresh: bool,
        price: PriceRange | None = None,
    ) -> tuple[Record, bool]:
        """Write down that a request is to be sent, or find the run that answers it already.

        Looking, asking the budget and writing are one transaction, so two kernels that ask for
        the same clip at the same moment send it once.

        Args:
            request: What to run.
            service: Where.
            owner: Who sends it.
            fresh: Send it even though an equal request has been sent before.
            price: What it will cost; the most of it is reserved until its cost is known.

        Returns:
            The record, and whether it is `owner`'s to send: a new row, or one that the service had
            not accepted.

        Raises:
            BudgetExceeded: It would pass a budget; nothing was written.
            LibraryError: An equal run is there that can't be read.
        """
        if not fresh and (found := self.find(request, service)) and found.status != "queued":
            # Without a transaction, which would wait for others, and fail on a read-only disk.
            return found, False
        now = self.database.now()
        new: dict[str, Any] = {
            "status": "queued",
            "owner": owner,
            "account": self.account,
            "lease": now + LEASE_SECONDS,
            "intent": secrets.token_hex(16),
            "created": now,
            "day": today(),
            "reserved_e12": 0 if price is None else pico(price.high),
            "clips": 1,
        }
        with self.database.transaction() as connection:
            for _ in range(_MOST_TRIES):
                if fresh:
                    request = self._next_repeat(connection, request, service)
                done = self._try(connection, request, service, new, fresh=fresh, price=price)
                if done is not None:
                    return done
        raise LibraryError(
            f"An equal request in {self.address} can't be read, so nobody can tell whether this one"
            " was sent before.",
            remedy="Send it as a new run, with fresh=True, or work in another library.",
        )

    def _try(  # noqa: PLR0913 - what it depends on
        self,
        connection: Connection,
        request: RunRequest,
        service: Service,
        new: Mapping[str, Any],
        *,
        fresh: bool,
        price: PriceRange | None,
    ) -> tuple[Record, bool] | None:
        """What `reserve` returns; None when another machine was faster, so that its run answers."""
        earlier = self.newest(connection, request.fingerprint(), service)
        if earlier is not None and answers(earlier):
            if fresh:
                return None
            if earlier.status == "queued" and not self.is_alive(earlier):
                # It counts on the day on which it is sent, by whoever claims it.
                budgets.check_again(connection, earlier.number, new["day"], price)
                changes = {name: new[name] for name in ("day", "reserved_e12")}
                change_run(connection, earlier.number, has_status("queued"), **changes)
            return earlier, False
        budgets.check(connection, service, new["day"], [price], request.model)
        if earlier is not None and earlier.status == "refused":
            again = {**new, "problem": None, "ended": None, "sent_at": None}
            if not change_run(connection, earlier.number, has_status("refused"), **again):
                return None
            return queued_record(earlier.number, request, service, new), True
        number = insert_run(connection, self._new_row(request, service, new))
        if number is None:
            if fresh and earlier is None:
                self._disown(connection, request, service)
            return None
        self._index(connection, request, service, number)
        return queued_record(number, request, service, new), True

    # Sending

    def begin_sending(self, number: int, owner: str, price: PriceRange | None = None) -> bool:
        """Commit that the request leaves now; False when the run is not `owner`'s to send.

        Args:
            number: Which run.
            owner: Who sends it.
            price: What it will cost; None goes by what is reserved for it.

        Raises:
            BudgetExceeded: It has waited, and would pass a budget by now; nothing was changed.
        """
        lease, day = self._lease(), today()
        with self.database.transaction() as connection:
            budgets.check_again(connection, number, day, price)
            return change_run(
                connection,
                number,
                has_status("queued", owner=owner),
                status="sending",
                day=day,
                account=self.account,
                sent_at=time.time(),
                lost_at=None,
                lease=lease,
            )

    def accepted(self, number: int, task_id: str, token: str, owner: str) -> None:
        """Write down the service's id and token of a run that it has accepted."""
        # It may be written late; what has become of the run since is not undone.
        lease = self._lease()
        with self.database.transaction() as connection:
            change_run(
                connection,
                number,
                has_status("queued", "sending", "unknown", "running"),
                task_id=task_id,
                token=token,
                status="running",
                owner=owner,
                lease=lease,
                unsettled=1,
            ) or change_run(
                connection,
                number,
                lambda row: row["task_id"] is None,
                task_id=task_id,
                token=token,
            )

    def requeue(self, number: int, owner: str) -> None:
        """Write down that the service had no room for a run of `owner`, which it did not accept."""
        self._change(
            runs.c.number == number,
            runs.c.status == "sending",
            runs.c.owner == owner,
            status="queued",
        )

    def refused(self, number: int, problem: RunProblem, owner: str) -> None:
        """Write down that the service did not accept a run of `owner`."""
        self._change_counted(
            number,
            has_status("queued", "sending", owner=owner),
            status="refused",
            problem=json.dumps(problem),
            **unspent_columns(),
        )

    def lost(self, number: int, owner: str) -> bool:
        """Write down that the answer to a run that `owner` was sending is lost."""
        return self._change_counted(
            number,
            has_status("sending", owner=owner),
            status="unknown",
            lost_at=time.time(),
            lease=0,
            unsettled=1,
        )

    def cancel_queued(self, number: int, problem: RunProblem) -> bool:
        """Withdraw a run that has not been sent; False when it has begun to leave."""
        return self._change_counted(
            number,
            has_status("queued"),
            status="cancelled",
            problem=json.dumps(problem),
            **unspent_columns(),
        )

    def adopt(self, number: int, task_id: str, token: str, owner: str) -> bool:
        """Give an unknown run the task that it became; False when the task or the run is taken."""
        others = runs.alias("others")
        taken = select(literal(1)).where(others.c.task_id == task_id).exists()
        mine = {"task_id": task_id, "token": token, "owner": owner, "lease": self._lease()}
        adopted = (
            update(runs)
            .where(runs.c.number == number, runs.c.status == "unknown", ~taken)
            .values(status="running", problem=None, ended=None, **mine)
        )
        with self.database.transaction() as connection:
            if connection.dialect.name == "postgresql":
                # Two computers that give it to two runs at once do not see each other's row.
                connection.execute(_ONE_TASK, {"task": task_id})
            return connection.execute(adopted).rowcount > 0

    # Endings

    def finished(
        self,
        number: int,
        outputs: Sequence[Output],
        cost: Decimal | None,
        list_cost: Decimal | None = None,
    ) -> None:
        """Write down what the service made, while it is being fetched."""
        self._change_counted(
            number,
            has_status("running"),
            status="downloading",
            outputs=_outputs_json(outputs),
            **cost_columns("downloading", cost, list_cost, unsettled=cost is None),
        )

    def end(  # noqa: PLR0913 - the columns of an ended run
        self,
        number: int,
        status: RunStatus,
        *,
        state: Mapping[str, Any],
        outputs: Sequence[Output] = (),
        files: Sequence[Path | None] = (),
        digests: Sequence[str | None] = (),
        problem: RunProblem | None = None,
        cost: Decimal | None = None,
        list_cost: Decimal | None = None,
        unsettled: bool = False,
        seconds: float | None = None,
        was: RunStatus | None = None,
        owner: str | None = None,
    ) -> None:
        """Write down how a run ended and which of its files are here.

        With `was`, only if its row still has that status, and with `owner`, only if nobody else has
        gone on with it since: a computer that slept may be late.
        """
        names = [None if path is None else self._relative(path) for path in files]

        def allowed(row: RowMapping) -> bool:
            # Written down before, although the answer to that was lost.
            again = not row["owner"] and row["status"] == status
            return was in {None, row["status"]} and (owner in {None, row["owner"]} or again)

        self._change_counted(
            number,
            allowed,
            status=status,
            state=json.dumps(state),
            outputs=_outputs_json(outputs),
            files=json.dumps(names),
            digests=json.dumps(list(digests)),
            problem=None if problem is None else json.dumps(problem),
            seconds=seconds,
            ended=time.time(),
            owner="",
            lease=0,
            **cost_columns(status, cost, list_cost, unsettled=unsettled),
        )

    def settle_cost(self, number: int, cost: Decimal, list_cost: Decimal | None = None) -> None:
        """Write down what a run cost in the end."""
        with self.database.transaction() as connection:
            record = self._in(connection, number)
            if record is not None:
                money = cost_columns(record.status, cost, list_cost, unsettled=False)
                change_run(connection, number, has_status(record.status), **money)

    # Inside

    def _new_row(
        self, request: RunRequest, service: Service, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            **values,
            "fingerprint": request.fingerprint(),
            "service": service,
            "request": request.to_json(self.directory),
            "model": request.model,
            "prompt": storable(request.prompt),
            "resolution": storable(str(request.parameters.get("resolution", ""))),
            "duration": storable(str(request.parameters.get("duration", ""))),
        }

    def _disown(self, connection: Connection, request: RunRequest, service: Service) -> None:
        """Have rows that claim to be of a request, and can't be read as one, answer nothing."""
        fingerprint = request.fingerprint()
        if self.newest(connection, fingerprint, service) is None:
            claiming = (runs.c.fingerprint == fingerprint, runs.c.service == service)
            connection.execute(update(runs).where(*claiming).values(fingerprint=""))

    def _index(
        self, connection: Connection, request: RunRequest, service: Service, number: int
    ) -> None:
        """Have a new run found by its words, and its model among those that were used."""
        connection.execute(_NEW_TEXT, {"rowid": number, "text": text_of(request, Judgment())})
        used = {"service": service, "model": request.model, "number": number}
        connection.execute(_used_model(connection.dialect.name), used)

    def _change_counted(
        self, number: int, allowed: Callable[[RowMapping], bool], **values: Any
    ) -> bool:
        with self.database.transaction() as connection:
            return change_run(connection, number, allowed, **values)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.directory).as_posix()


_NEW_TEXT = insert(texts)


@functools.cache
def _used_model(store: str) -> Executable:
    used = insert_into(store, models)
    return used.on_conflict_do_update(
        index_elements=[models.c.service, models.c.model], set_={"number": used.excluded.number}
    )


def _outputs_json(outputs: Sequence[Output]) -> str:
    return json.dumps([output._asdict() for output in outputs])
