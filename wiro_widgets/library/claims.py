"""Who is at work on a run: claims that exactly one of all kernels and machines wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, or_, select, update

from wiro_widgets.library.leases import LEASE_SECONDS, is_alive
from wiro_widgets.library.records import LIVE, TERMINAL
from wiro_widgets.library.rows import RunRows
from wiro_widgets.library.tables import runs

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import ColumnElement

    from wiro_widgets.library.database import Database
    from wiro_widgets.library.media_store import MediaStore
    from wiro_widgets.library.records import Record, RunStatus, Service

_COST_PAUSE = 60.0
"""Seconds in which the cost of a run is asked for by one kernel only."""


class Claims(RunRows):
    """The rows of a library's runs, with who is at work on each.

    Args:
        database: Where they are.
        directory: The folder of their files, absolute.
        address: What messages call the library.
        media: Where the files are besides.
        account: Digest of the key that runs are sent with.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        address: str,
        media: MediaStore | None,
        account: str,
    ) -> None:
        super().__init__(database, directory, address, media)
        self.account = account

    def claim(self, record: Record, owner: str, status: RunStatus | None = None) -> bool:
        """Take over a run as `record` shows it; True for one caller only, whatever the kernels.

        Args:
            record: As it was read.
            owner: Who is at work on it from now on.
            status: The status it gets; None leaves it as it is.
        """
        return self._change(
            runs.c.number == record.number,
            runs.c.status == record.status,
            runs.c.owner == record.owner,
            problem=None,
            ended=case((runs.c.status == "succeeded", runs.c.ended)),
            status=status or record.status,
            owner=owner,
            lease=self._lease(),
        )

    def is_alive(self, record: Record) -> bool:
        """Whether somebody may still be at work on a run."""
        return record.status in LIVE and is_alive(record.owner, record.lease, self.database.now())

    def claim_unsettled(self, service: Service, most: int) -> list[Record]:
        """Claim ended runs of this account whose cost is unknown; others get them a minute later.

        Args:
            service: Which service.
            most: How many at most; those that were asked for longest ago come first.
        """
        now = self.database.now()
        statement = (
            select(runs.c.number)
            .where(
                runs.c.service == service,
                runs.c.unsettled == 1,
                runs.c.status.in_(TERMINAL),
                runs.c.task_id.is_not(None),
                runs.c.account.in_(["", self.account]),
                # A clock may have gone back since.
                or_(runs.c.cost_asked < now - _COST_PAUSE, runs.c.cost_asked > now),
            )
            .order_by(runs.c.cost_asked)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self.database.transaction() as connection:
            numbers = connection.scalars(statement).all()
            if numbers:
                asked = update(runs).where(runs.c.number.in_(numbers)).values(cost_asked=now)
                connection.execute(asked)
        return self.records(runs.c.number.in_(numbers)) if numbers else []

    def renew(self, owner: str) -> None:
        """Renew the leases of all runs that `owner` is at work on."""
        self._change(runs.c.owner == owner, runs.c.status.in_(LIVE), lease=self._lease())

    def release(self, owner: str, number: int | None = None) -> None:
        """Leave a run of `owner`, or all of them, to whoever asks next; none that is `sending`."""
        self._change(
            runs.c.owner == owner,
            *([] if number is None else [runs.c.number == number]),
            runs.c.status.in_(["queued", "unknown", "running", "downloading"]),
            owner="",
            lease=0,
        )

    def _change(self, *conditions: ColumnElement[bool], **values: Any) -> bool:
        """Change rows in nothing that is summed up; whether there were any."""
        with self.database.transaction() as connection:
            return connection.execute(update(runs).where(*conditions).values(**values)).rowcount > 0

    def _lease(self) -> float:
        return self.database.now() + LEASE_SECONDS
