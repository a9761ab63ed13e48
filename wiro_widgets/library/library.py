"""The library of one folder: which runs there are, what they cost, how they were rated.

``wiro-runs/`` holds ``journal.sqlite`` (each request, its task id and its outcome), ``inputs/``
(files by content), ``posters/`` and ``clips/``. A run is written down before it is sent, and its
task before anything else happens, so a kernel that dies loses nothing that was paid for.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, normalize_slug
from wiro_widgets.library.estimates import DurationRange, Spending, duration_range
from wiro_widgets.library.journal import Journal
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
from wiro_widgets.schema.parsing import as_clean_text, as_count, as_dict, as_list, as_number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.library.request import RunRequest

_NAME_LENGTH = 44
_CLOCK_SECONDS = 2.0
"""By which the time of a file may differ from the clock."""
_TIMED_RUNS = 100
"""How many of the newest runs tell how long the next one takes."""
_SEARCHED_PROMPTS = 2_000


class Library:
    """Runs, ratings and spending of one folder. Safe to use from several threads and kernels.

    Args:
        directory: The folder, made on first use; or its journal, when that is open already.

    Example:
        >>> library = ww.Library("wiro-runs")
        >>> print(library.spent("live"))
    """

    def __init__(self, directory: Path | str | Journal = "wiro-runs") -> None:
        self._journal = directory if isinstance(directory, Journal) else Journal(directory)

    def __repr__(self) -> str:
        return f"Library({str(self.directory)!r})"

    @property
    def directory(self) -> Path:
        """The folder, absolute."""
        return self._journal.directory

    @property
    def clips(self) -> Path:
        """The folder of the clips."""
        return self._journal.clips

    def close(self) -> None:
        """Close the journal's file; it opens again when used."""
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
        service: Service | None = None,
        model: str | None = None,
    ) -> list[Record]:
        """Records of runs, newest first; what the service did not accept is left out.

        Args:
            limit: How many at most; None for all.
            service: Only runs of this service.
            model: Only runs of this model, by any spelling of its name.
        """
        conditions, values = ["status != 'refused'"], []
        if service is not None:
            conditions.append("service = ?")
            values.append(str(service))
        if model is not None:
            conditions.append("model = ?")
            values.append(normalize_slug(model))
        return self._journal.records(" AND ".join(conditions), values, limit)

    def find(self, request: RunRequest, service: Service) -> Record | None:
        """The newest run that answers a request at no charge, None when there is none."""
        return self._journal.find(request, service)

    def spent(self, service: Service) -> Spending:
        """What the runs of one service have cost so far; the sandbox's amounts are not charged."""
        with self._journal.database.reading() as database:
            # In two parts, since SQLite's sums are limited to 63 bits; a float is no amount.
            row = database.execute(
                "SELECT COALESCE(SUM(cost_e12 / 1000000), 0), COALESCE(SUM(cost_e12 % 1000000), 0)"
                " FROM runs WHERE service = ? AND typeof(cost_e12) = 'integer'",
                (service,),
            ).fetchone()
            unsettled = database.execute(
                "SELECT COUNT(*) FROM runs WHERE service = ? AND unsettled", (service,)
            ).fetchone()[0]
        return Spending(Decimal(row[0] * 10**6 + row[1]).scaleb(-12), unsettled, service)

    def prompts(self, limit: int = 50) -> list[str]:
        """The prompts asked for so far, each once, newest first; failed ones too."""
        found: dict[str, None] = {}
        with self._journal.database.reading() as database:
            for row in database.execute(
                "SELECT prompt FROM runs ORDER BY number DESC LIMIT ?", (_SEARCHED_PROMPTS,)
            ):
                prompt = as_clean_text(row["prompt"])
                if prompt.strip():
                    found.setdefault(prompt)
                if len(found) >= limit:
                    break
        return list(found)[:limit]

    def recent_models(self, service: Service | None = None) -> list[str]:
        """Clean slugs of the models used so far, newest first."""
        with self._journal.database.reading() as database:
            rows = database.execute(
                "SELECT model FROM runs WHERE service = ? OR ? IS NULL"
                " GROUP BY model ORDER BY MAX(number) DESC",
                (service, service),
            ).fetchall()
        return [as_clean_text(row["model"]) for row in rows]

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
        slug = normalize_slug(model)
        where = "FROM runs WHERE model = ? AND status = 'succeeded' AND seconds IS NOT NULL"
        with self._journal.database.reading() as database:
            if service is None:
                newest = database.execute(
                    f"SELECT service {where} ORDER BY number DESC LIMIT 1",
                    (slug,),
                ).fetchone()
                service = newest["service"] if newest else "live"
            rows = database.execute(
                f"SELECT request, seconds {where} AND service = ? ORDER BY number DESC LIMIT ?",
                (slug, service, _TIMED_RUNS),
            ).fetchall()
        taken = [
            (as_dict(as_dict(row["request"]).get("parameters")), seconds)
            for row in rows
            if (seconds := as_number(row["seconds"])) is not None
        ]
        return duration_range(taken, parameters)

    def judgment(self, number: int) -> Judgment:
        """The rating of a run; an empty one when it was not rated."""
        with self._journal.database.reading() as database:
            return _judgment(database, number)

    def judgments(self, numbers: Iterable[int]) -> dict[int, Judgment]:
        """The ratings of some runs by number; those that were not rated are left out."""
        wanted = list(numbers)
        marks = ", ".join("?" * len(wanted))
        with self._journal.database.reading() as database:
            rows = database.execute(
                f"SELECT * FROM judgments WHERE number IN ({marks})",  # noqa: S608 - only marks
                wanted,
            ).fetchall()
        return {row["number"]: _read_judgment(row) for row in rows}

    def judge(self, number: int, **changes: Any) -> Judgment:
        """Rate a run.

        Args:
            number: The run.
            **changes: Any fields of `Judgment`; the others stay as they are.

        Raises:
            InputError: There is no such field, or its value is not allowed; nothing was changed.
            KeyError: There is no such run here.
        """
        with self._journal.database.transaction() as database:
            self._check_run(database, number)
            judgment = _judgment(database, number).changed(**changes)
            database.execute(
                "INSERT OR REPLACE INTO judgments (number, starred, rating, tags, note)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    number,
                    judgment.starred,
                    judgment.rating,
                    json.dumps(judgment.tags),
                    judgment.note,
                ),
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
        with self._journal.database.transaction() as database:
            for number in (left, right):
                self._check_run(database, number)
            database.execute(
                "INSERT INTO votes (left_run, right_run, outcome, created) VALUES (?, ?, ?, ?)",
                vote,
            )
        return vote

    def votes(self) -> list[Vote]:
        """Every vote, oldest first."""
        with self._journal.database.reading() as database:
            rows = database.execute(
                "SELECT left_run, right_run, outcome, created FROM votes ORDER BY number"
            ).fetchall()
        return [Vote(*row) for row in rows if row["outcome"] in OUTCOMES]

    def _check_run(self, database: sqlite3.Connection, number: int) -> None:
        row = database.execute("SELECT 1 FROM runs WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(f"There is no run {number} in {self.directory}.")


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


def _judgment(database: sqlite3.Connection, number: int) -> Judgment:
    row = database.execute("SELECT * FROM judgments WHERE number = ?", (number,)).fetchone()
    return Judgment() if row is None else _read_judgment(row)


def _read_judgment(row: sqlite3.Row) -> Judgment:
    rating, tags = as_count(row["rating"]), as_list(row["tags"])[:MOST_TAGS]
    return Judgment(
        bool(row["starred"]),
        rating if rating <= BEST_RATING else 0,
        tuple(as_clean_text(tag, LONGEST_TAG) for tag in tags),
        as_clean_text(row["note"], LONGEST_NOTE),
    )
