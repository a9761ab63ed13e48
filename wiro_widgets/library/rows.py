"""Reading runs: as records, by their request, page by page, and by their words."""

from __future__ import annotations

import itertools
import json
import logging
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.exc import DatabaseError

from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import is_stored_file, stored_path
from wiro_widgets.library.formats import searched_text
from wiro_widgets.library.records import record_of
from wiro_widgets.library.tables import runs, texts
from wiro_widgets.schema.parsing import as_list, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from wiro_widgets.client import Output
    from wiro_widgets.library.database import Database
    from wiro_widgets.library.media_store import MediaStore
    from wiro_widgets.library.ratings import Judgment
    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.library.request import RunRequest

_logger = logging.getLogger("wiro_widgets.library")

_MOST_UNREADABLE = 20
"""Rows that are named in the log, and that an answer to a request is looked for behind."""
_INDEXED = 3
"""Letters; shorter words are in no trigram."""
_IN_A_CIRCLE = sqlite3.DatabaseError("malformed: pages lead to each other in a circle")
"""What SQLite itself does not notice in a damaged file."""
_PAGE = 500
"""Rows that are read at once."""
SHOWN_AGAIN = "ModerationRefused"
"""The one failure that answers an equal request: the same words are refused again."""


# Built once: for each run that is asked for, that takes longer than to execute them.
_BY_NUMBER = select(runs).where(runs.c.number == bindparam("this_run"))
_OF_REQUEST = (
    runs.c.fingerprint == bindparam("fingerprint"),
    runs.c.service == bindparam("service"),
)
_BY_REQUEST = (
    select(runs).where(*_OF_REQUEST).order_by(runs.c.number.desc()).limit(_MOST_UNREADABLE)
)
_FAILED_BEFORE = (
    select(runs.c.number)
    .where(*_OF_REQUEST, runs.c.number < bindparam("this_run"), runs.c.status == "failed")
    .order_by(runs.c.number.desc())
    .limit(1)
)


class RunRows:
    """The rows of a library's runs, read only.

    Args:
        database: Where they are.
        directory: The folder of their files, absolute.
        address: What messages call the library.
        media: Where its files are for other computers too; None where the folder is all there is.
    """

    def __init__(
        self, database: Database, directory: Path, address: str, media: MediaStore | None = None
    ) -> None:
        self.database = database
        self.directory = directory
        self.address = address
        self.media = media
        self._unreadable: set[int] = set()

    def record(self, number: int) -> Record:
        """The record of one run.

        Raises:
            KeyError: There is no such run here.
        """
        with self.database.reading() as connection:
            found = self._in(connection, number)
        if found is None:
            raise KeyError(f"There is no run {number} in {self.address}.")
        return found

    def records(
        self,
        *conditions: ColumnElement[bool],
        words: Sequence[str] = (),
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """The records that meet some conditions, newest first.

        Args:
            conditions: On the columns of ``runs``.
            words: Which occur in the prompt, the settings, the names of inputs, tags or note.
            before: Only runs of a lower number.
            limit: How many at most.
        """
        readable = map(self._readable, self._newest_rows(conditions, words, before, limit))
        return list(itertools.islice(filter(None, readable), limit))

    def numbers(
        self,
        *conditions: ColumnElement[bool],
        words: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[int]:
        """The numbers of the runs that meet some conditions, newest first; see `records`."""
        with self.database.reading() as connection:
            matching = _matching(connection, select(runs.c.number), conditions, words)
            return list(connection.scalars(matching.limit(limit)))

    def records_of(self, numbers: Iterable[int]) -> list[Record]:
        """The records of some runs, newest first; those that are not there are left out."""
        return self.records(runs.c.number.in_(list(numbers)))

    def without_task(self, service: Service) -> list[Record]:
        """Runs of one service whose task nobody knows: lost, or being sent just now."""
        return self.records(
            runs.c.service == service,
            runs.c.status.in_(["unknown", "sending"]),
            runs.c.task_id.is_(None),
        )

    def sent_later(self, record: Record) -> list[Record]:
        """Newer runs of the same model and prompt that have their clip or may still get it."""
        return self.records(
            runs.c.model == record.request.model,
            runs.c.service == record.service,
            runs.c.status.not_in(["failed", "cancelled", "refused"]),
            runs.c.number > record.number,
            runs.c.prompt == storable(record.request.prompt),
        )

    def owned_tasks(self, task_ids: Iterable[str]) -> set[str]:
        """Those of some task ids that a run has already."""
        with self.database.reading() as connection:
            found = select(runs.c.task_id).where(runs.c.task_id.in_(list(task_ids)))
            return set(connection.scalars(found))

    def find(self, request: RunRequest, service: Service) -> Record | None:
        """The newest run that answers a request, None when there is none."""
        with self.database.reading() as connection:
            found = self.newest(connection, request.fingerprint(), service)
        return found if found is not None and answers(found) else None

    def retried(self, record: Record) -> int | None:
        """The run that asked for the same before and failed without being charged, if any did."""
        asked = {"fingerprint": record.request.fingerprint(), "service": record.service}
        with self.database.reading() as connection:
            return connection.scalar(_FAILED_BEFORE, {**asked, "this_run": record.number})

    def files_here(self, record: Record) -> tuple[Path | None, ...]:
        """For each output of a run its file on this disk, None where it is not here.

        In a library of several computers a name says nothing of the bytes, so these are compared
        with what was downloaded.
        """
        pairs = zip(record.files, record.digests, strict=True)
        return tuple(
            path if is_stored_file(path, digest if self.media else None) else None
            for path, digest in pairs
        )

    def is_whole(self, record: Record) -> bool:
        """Whether every output of a run that is a file is on this disk."""
        pairs = zip(record.outputs, self.files_here(record), strict=True)
        return all(path is not None for output, path in pairs if output.url)

    def is_elsewhere(self, record: Record) -> bool:
        """Whether a run has its clip, and another computer put it into the library's store."""
        return (
            self.media is not None
            and record.status == "succeeded"
            and are_known(record.outputs, record.digests)
            and not self.is_whole(record)
        )

    def file_of(self, digest: str) -> Path | None:
        """The clip of a run that made one file with these bytes, None when none is here.

        Args:
            digest: SHA-256 in hexadecimal.
        """
        statement = (
            select(runs.c.files)
            .where(runs.c.digests == json.dumps([digest]))
            .order_by(runs.c.number)
            .limit(_MOST_UNREADABLE)
        )
        with self.database.reading() as connection:
            for files in connection.scalars(statement):
                path = stored_path(next(iter(as_list(files)), None), self.directory, "clips")
                if is_stored_file(path, digest):
                    return path
        return None

    # Inside

    def _newest_rows(
        self,
        conditions: Sequence[ColumnElement[bool]],
        words: Sequence[str],
        before: int | None,
        limit: int | None,
    ) -> Iterator[RowMapping]:
        """Rows page by page: a reader who stops early reads little, and nobody is held up."""
        page = min(_PAGE if limit is None else limit, _PAGE)
        while page:
            with self.database.reading() as connection:
                matching = _matching(connection, select(runs), conditions, words, before)
                rows = connection.execute(matching.limit(page)).mappings().all()
                if rows and before is not None and rows[-1]["number"] >= before:
                    raise DatabaseError(None, None, _IN_A_CIRCLE)
            yield from rows
            if len(rows) < page:
                return
            before = rows[-1]["number"]

    def _in(self, connection: Connection, number: int) -> Record | None:
        row = connection.execute(_BY_NUMBER, {"this_run": number}).mappings().first()
        return None if row is None else self._read(row)

    def newest(self, connection: Connection, fingerprint: str, service: str) -> Record | None:
        """The newest run of a request, whatever became of it."""
        asked = {"fingerprint": fingerprint, "service": service}
        for row in connection.execute(_BY_REQUEST, asked).mappings():
            record = self._readable(row)
            # A journal from a stranger may claim that any row answers any request.
            if record is not None and record.request.fingerprint() == fingerprint:
                return record
        return None

    def _next_repeat(self, connection: Connection, request: RunRequest, service: str) -> RunRequest:
        """The request with the first repeat index that no run answers."""
        while (found := self.newest(connection, request.fingerprint(), service)) and _sent(found):
            request = replace(request, repeat=request.repeat + 1)
        return request

    def _read(self, row: RowMapping) -> Record:
        try:
            return record_of(row, self.directory, self.media)
        except ValueError as error:
            problem = str(error)
        raise LibraryError(
            f"Run {row['number']} in {self.address} can't be read: {problem}.",
            remedy="The other runs there still work.",
        )

    def _readable(self, row: RowMapping) -> Record | None:
        """The record in a row; one that cannot be read is named in the log, and left out."""
        try:
            return self._read(row)
        except LibraryError as error:
            if row["number"] not in self._unreadable and len(self._unreadable) < _MOST_UNREADABLE:
                self._unreadable.add(row["number"])
                _logger.warning("%s", error.message)
            return None


def _matching(
    connection: Connection,
    columns: Select[Any],
    conditions: Sequence[ColumnElement[bool]],
    words: Sequence[str],
    before: int | None = None,
) -> Select[Any]:
    """What meets some conditions, newest first."""
    matching, number = columns.where(*conditions), runs.c.number
    if words:
        # By the number that the index of words has: it gives the newest first by itself, while
        # else all that a frequent word finds would be read, and sorted.
        matching, number = matching.join(texts, number == texts.c.rowid), texts.c.rowid
        matching = matching.where(*mentions(words, connection))
    if before is not None:
        matching = matching.where(number < before)
    return matching.order_by(number.desc())


def are_known(outputs: Sequence[Output], digests: Sequence[str | None]) -> bool:
    """Whether the digest of every output that is a file is known, and there is one."""
    known = itertools.zip_longest(outputs, digests[: len(outputs)])
    return any(digests) and all(digest or not output.url for output, digest in known)


def answers(record: Record) -> bool:
    """Whether a run answers an equal request; if not, the request is sent (again)."""
    if record.status == "failed":
        refused = record.problem is not None and record.problem["kind"] == SHOWN_AGAIN
        return record.charged or refused
    return record.status != "refused"


def _sent(record: Record) -> bool:
    """Whether a repeat of this request has to be another one."""
    return record.status != "refused"


def text_of(request: RunRequest, judgment: Judgment) -> str:
    """What a run is found by, folded."""
    names = (one.name for one in request.inputs)
    return storable(searched_text(request.parameters.values(), names, judgment.tags, judgment.note))


def mentions(words: Iterable[str], connection: Connection) -> list[ColumnElement[bool]]:
    """Conditions that the text of a run has all of these words, in any part of it."""
    column, given = texts.c.text, [storable(fold(word)) for word in words]
    if connection.dialect.name != "sqlite":
        return [column.contains(word, autoescape=True) for word in given]
    # Not LIKE: up to SQLite 3.40 it crashes on two words of which one is shorter than the index
    # has them, and does not find a single letter of three bytes.
    found: list[ColumnElement[bool]] = [func.instr(column, word) > 0 for word in given]
    phrases = ['"' + word.replace('"', '""') + '"' for word in given if len(word) >= _INDEXED]
    if phrases:
        found.append(literal_column(texts.name).op("MATCH")(" AND ".join(phrases)))
    return found


def storable(text: str) -> str:
    """A text that both stores take: without zero bytes and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
