"""The library: which runs there are, what they cost, how they were rated.

A folder, ``wiro-runs/``, holds ``journal.sqlite`` (each request, its task id and its outcome),
``inputs/`` (files by content), ``posters/`` and ``clips/``. Several people may share a PostgreSQL
in place of the journal. A run is written down before it is sent, and its task before anything else
happens, so a kernel that dies loses nothing that was paid for.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from wiro_widgets.client import InputError, normalize_slug
from wiro_widgets.library import totals
from wiro_widgets.library.database import insert_into
from wiro_widgets.library.estimates import DurationRange, Spending, duration_range
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.location import location, open_journal
from wiro_widgets.library.ratings import (
    BEST_RATING,
    LONGEST_NOTE,
    LONGEST_TAG,
    MOST_TAGS,
    OUTCOMES,
    Judgment,
    Vote,
    checked_outcome,
)
from wiro_widgets.library.rows import storable, text_of
from wiro_widgets.library.tables import judgments, models, runs, texts, votes
from wiro_widgets.schema.parsing import as_clean_text, as_count, as_list, as_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.library.request import RunRequest

_NAME_LENGTH = 44
_CLOCK_SECONDS = 2.0
"""By which the time of a file may differ from the clock."""
_TIMED_RUNS = 100
"""How many of the newest runs tell how long the next one takes."""
_SEARCHED_PROMPTS = 2_000
_PAGE = 500
"""Numbers that are asked for at once."""


class Library:
    """Runs, ratings and spending. Safe to use from several threads, kernels and machines.

    Args:
        where: The folder, made on first use, or the address of a database, as
            `wiro_widgets.library` takes it; or its journal, when that is open already.

    Example:
        >>> library = ww.Library("wiro-runs")
        >>> print(library.spent("live"))
    """

    def __init__(self, where: Path | str | Journal = "wiro-runs") -> None:
        self._journal = where if isinstance(where, Journal) else open_journal(location(where))

    def __repr__(self) -> str:
        return f"Library({self.address!r})"

    @property
    def address(self) -> str:
        """Where it is, as messages say it: the folder, or the database without its password."""
        return self._journal.address

    @property
    def directory(self) -> Path:
        """The folder of its files on this computer, absolute."""
        return self._journal.directory

    @property
    def clips(self) -> Path:
        """The folder of the clips."""
        return self._journal.clips

    def close(self) -> None:
        """Close the journal; it opens again when used."""
        self._journal.database.close()

    def record(self, number: int) -> Record:
        """The record of one run.

        Raises:
            KeyError: There is no such run here.
        """
        return self._journal.record(number)

    def records(
        self,
        *,
        limit: int | None = None,
        before: int | None = None,
        service: Service | None = None,
        model: str | None = None,
        text: str | None = None,
    ) -> list[Record]:
        """Records of runs, newest first; what the service did not accept is left out.

        Args:
            limit: How many at most; None for all.
            before: Only runs of a lower number, to go on after the last of a page.
            service: Only runs of this service.
            model: Only runs of this model, by any spelling of its name.
            text: Only runs with all of these words in the prompt, the settings, the names of
                inputs, the tags or the note; capitals and accents make no difference.
        """
        words = (text or "").split()
        conditions = _conditions(service, model)
        return self._journal.records(*conditions, words=words, before=before, limit=limit)

    def numbers(
        self,
        *,
        limit: int | None = None,
        service: Service | None = None,
        model: str | None = None,
        text: str | None = None,
    ) -> list[int]:
        """The numbers of the same runs, which take little memory however many there are."""
        conditions = _conditions(service, model)
        return self._journal.numbers(*conditions, words=(text or "").split(), limit=limit)

    def records_of(self, numbers: Iterable[int]) -> list[Record]:
        """The records of some runs, newest first; those that are not there are left out."""
        return self._journal.records_of(numbers)

    def find(self, request: RunRequest, service: Service) -> Record | None:
        """The newest run that answers a request at no charge, None when there is none."""
        return self._journal.find(request, service)

    def spent(self, service: Service, day: str | None = None) -> Spending:
        """What the runs of one service have cost; the sandbox's amounts are not charged.

        Args:
            service: Which.
            day: Only the runs of one calendar day, "2026-11-27"; None for all.
        """
        with self._journal.database.reading() as connection:
            return totals.spent(connection, service, day)

    def prompts(self, limit: int = 50) -> list[str]:
        """The prompts asked for so far, each once, newest first; failed ones too."""
        found: dict[str, None] = {}
        statement = select(runs.c.prompt).order_by(runs.c.number.desc()).limit(_SEARCHED_PROMPTS)
        with self._journal.database.reading() as connection:
            for prompt in map(as_clean_text, connection.scalars(statement)):
                if prompt.strip():
                    found.setdefault(prompt)
                if len(found) >= limit:
                    break
        return list(found)[:limit]

    def recent_models(self, service: Service | None = None) -> list[str]:
        """Clean slugs of the models used so far, newest first."""
        statement = select(models.c.model).group_by(models.c.model)
        if service is not None:
            statement = statement.where(models.c.service == service)
        with self._journal.database.reading() as connection:
            found = connection.scalars(statement.order_by(func.max(models.c.number).desc()))
            return [as_clean_text(model) for model in found]

    def typical_seconds(
        self, model: str, parameters: Mapping[str, Any], service: Service | None = None
    ) -> DurationRange | None:
        """How long a run of this model usually takes, from its acceptance to its clip being here.

        Args:
            model: Any spelling of the model's name.
            parameters: Of the next run; runs of the same resolution and duration are the better
                guide, and are used alone when there are three of them.
            service: Where. None takes that of the newest such run, so that the sandbox's seconds
                are never mixed with the service's minutes.

        Returns:
            The quartiles in seconds: half of the runs took between the two. None when fewer than
            three have succeeded.
        """
        timed = [
            runs.c.model == normalize_slug(model),
            runs.c.status == "succeeded",
            runs.c.seconds.is_not(None),
        ]
        newest_first = runs.c.number.desc()
        with self._journal.database.reading() as connection:
            if service is None:
                newest = select(runs.c.service).where(*timed).order_by(newest_first).limit(1)
                service = connection.scalar(newest) or "live"
            rows = connection.execute(
                select(runs.c.resolution, runs.c.duration, runs.c.seconds)
                .where(*timed, runs.c.service == service)
                .order_by(newest_first)
                .limit(_TIMED_RUNS)
            ).all()
        taken = [
            ({"resolution": resolution, "duration": duration}, seconds)
            for resolution, duration, found in rows
            # Negative where a clock was set back, in a journal of an earlier version.
            if (seconds := as_number(found)) is not None and seconds >= 0
        ]
        return duration_range(taken, parameters)

    def judgment(self, number: int) -> Judgment:
        """The rating of a run; an empty one when it was not rated."""
        return self.judgments([number]).get(number, Judgment())

    def judgments(self, numbers: Iterable[int]) -> dict[int, Judgment]:
        """The ratings of some runs by number; those that were not rated are left out."""
        found: dict[int, Judgment] = {}
        wanted = iter(numbers)
        with self._journal.database.reading() as connection:
            while page := list(itertools.islice(wanted, _PAGE)):
                found |= _judgments(connection, page)
        return found

    def judge(self, number: int, **changes: Any) -> Judgment:
        """Rate a run.

        Args:
            number: The run.
            **changes: Any fields of `Judgment`; the others stay as they are.

        Raises:
            InputError: There is no such field, or its value is not allowed; nothing was changed.
            KeyError: There is no such run here.
        """
        request = self.record(number).request
        with self._journal.database.transaction() as connection:
            # Of two who rate one run at once the second waits, and keeps what the first changed.
            connection.execute(
                select(runs.c.number).where(runs.c.number == number).with_for_update()
            )
            judgment = _judgments(connection, [number]).get(number, Judgment()).changed(**changes)
            values = {
                "starred": int(judgment.starred),
                "rating": judgment.rating,
                "tags": json.dumps(judgment.tags),
                "note": storable(judgment.note),
            }
            connection.execute(
                insert_into(connection.dialect.name, judgments)
                .values(number=number, **values)
                .on_conflict_do_update(index_elements=[judgments.c.number], set_=values)
            )
            connection.execute(
                update(texts).where(texts.c.rowid == number).values(text=text_of(request, judgment))
            )
        return judgment

    def vote(self, left: int, right: int, outcome: str) -> Vote:
        """Record the outcome of a blind comparison of two runs, given by their numbers.

        Args:
            left: The run that was on the left.
            right: The run that was on the right.
            outcome: "left", "right", "tie" or "both bad".

        Raises:
            InputError: It is no such outcome, or the two are one run.
            KeyError: There is no such run here.
        """
        vote = Vote(left, right, checked_outcome(outcome), time.time())
        if left == right:
            raise InputError(f"Run {left} was compared with itself.", field="right")
        with self._journal.database.transaction() as connection:
            for number in (left, right):
                self._check_run(connection, number)
            columns = ("left_run", "right_run", "outcome", "created")
            new = dict(zip(columns, vote, strict=True))
            connection.execute(insert_into(connection.dialect.name, votes).values(**new))
        return vote

    def votes(self, numbers: Iterable[int] | None = None) -> list[Vote]:
        """Votes, oldest first.

        Args:
            numbers: Only those between two of these runs; None for all.
        """
        columns = votes.c
        statement = select(columns.left_run, columns.right_run, columns.outcome, columns.created)
        if numbers is not None:
            wanted = list(numbers)
            statement = statement.where(columns.left_run.in_(wanted), columns.right_run.in_(wanted))
        with self._journal.database.reading() as connection:
            rows = connection.execute(statement.order_by(columns.number)).all()
        return [Vote(*row) for row in rows if row.outcome in OUTCOMES]

    def _check_run(self, connection: Connection, number: int) -> None:
        if connection.scalar(select(runs.c.number).where(runs.c.number == number)) is None:
            raise KeyError(f"There is no run {number} in {self.address}.")


def _conditions(service: Service | None, model: str | None) -> list[ColumnElement[bool]]:
    conditions = [runs.c.status != "refused"]
    if service is not None:
        conditions.append(runs.c.service == service)
    if model is not None:
        conditions.append(runs.c.model == normalize_slug(model))
    return conditions


def unused_clip_name(folder: Path, record: Record, index: int, suffix: str) -> str:
    """The file name of a clip, which no file older than its run has.

    Numbers begin anew when a journal was deleted; the clips that it knew are not written over.
    """
    first = clip_name(record, index, suffix)
    others = (f"{Path(first).stem}-{copy}{suffix}" for copy in itertools.count(2))
    return next(
        name for name in itertools.chain([first], others) if not _older(folder / name, record)
    )


def _older(path: Path, record: Record) -> bool:
    """Whether a file is there that was written before a run was asked for."""
    try:
        return path.lstat().st_mtime < record.created - _CLOCK_SECONDS
    except OSError:
        return False


def clip_name(record: Record, index: int, suffix: str) -> str:
    """A file name that a person can find again; the service's own names repeat across tasks."""
    words = re.sub(r"[^a-z0-9]+", "-", record.request.prompt.lower()).strip("-")
    if len(words) > _NAME_LENGTH:
        words = words[: _NAME_LENGTH + 1].rpartition("-")[0] or words[:_NAME_LENGTH]
    counter = f"-{index + 1}" if index else ""
    return f"{record.number:04d}-{words or 'clip'}{counter}{suffix}"


def _judgments(connection: Connection, numbers: list[int]) -> dict[int, Judgment]:
    found = connection.execute(select(judgments).where(judgments.c.number.in_(numbers)))
    return {row["number"]: _read_judgment(row) for row in found.mappings()}


def _read_judgment(row: RowMapping) -> Judgment:
    rating, tags = as_count(row["rating"]), as_list(row["tags"])[:MOST_TAGS]
    return Judgment(
        bool(row["starred"]),
        rating if rating <= BEST_RATING else 0,
        tuple(as_clean_text(tag, LONGEST_TAG) for tag in tags),
        as_clean_text(row["note"], LONGEST_NOTE),
    )
