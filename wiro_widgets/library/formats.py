"""The tables of a journal in each of its formats, and how an older file becomes the newest."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from wiro_widgets.library.records import pico
from wiro_widgets.schema.parsing import as_dict, as_list, as_money, as_text, as_time, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    _Step = tuple[str | Callable[[sqlite3.Connection], None], ...]

_TABLES = """
    CREATE TABLE runs (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL,
        service     TEXT NOT NULL,
        request     TEXT NOT NULL,
        created     REAL NOT NULL,
        state       TEXT NOT NULL,
        owner       TEXT NOT NULL,
        task_id     TEXT,
        token       TEXT,
        snapshot    TEXT,
        clips       TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
"""
_RATINGS = """
    CREATE TABLE judgments (
        number      INTEGER PRIMARY KEY REFERENCES runs (number),
        starred     INTEGER NOT NULL,
        rating      INTEGER NOT NULL,
        tags        TEXT NOT NULL,
        note        TEXT NOT NULL
    );
    CREATE TABLE votes (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run    INTEGER NOT NULL REFERENCES runs (number),
        right_run   INTEGER NOT NULL REFERENCES runs (number),
        outcome     TEXT NOT NULL,
        created     REAL NOT NULL
    );
"""
_STATUSES = """
    CREATE TABLE new_runs (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL,
        service     TEXT NOT NULL,
        request     TEXT NOT NULL,
        created     REAL NOT NULL,
        status      TEXT NOT NULL,
        owner       TEXT NOT NULL DEFAULT '',
        lease       REAL NOT NULL DEFAULT 0,
        intent      TEXT NOT NULL DEFAULT '',
        sent_at     REAL,
        lost_at     REAL,
        task_id     TEXT,
        token       TEXT,
        model       TEXT NOT NULL,
        prompt      TEXT NOT NULL,
        cost        TEXT,
        cost_e12    INTEGER,
        unsettled   INTEGER NOT NULL DEFAULT 0,
        ended       REAL,
        seconds     REAL,
        problem     TEXT,
        outputs     TEXT NOT NULL DEFAULT '[]',
        files       TEXT NOT NULL DEFAULT '[]',
        state       TEXT NOT NULL DEFAULT '{}'
    );
"""
_INDEXES = """
    DROP TABLE runs;
    ALTER TABLE new_runs RENAME TO runs;
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
    CREATE INDEX runs_by_task ON runs (task_id) WHERE task_id IS NOT NULL;
    CREATE INDEX runs_by_model ON runs (model, service, status, number);
    CREATE INDEX runs_by_cost ON runs (service, cost_e12, unsettled);
    CREATE INDEX runs_live ON runs (status) WHERE status IN
        ('queued', 'sending', 'unknown', 'running', 'downloading');
    CREATE INDEX runs_unsettled ON runs (service) WHERE unsettled;
"""

_ONE_LIBRARY = """
    CREATE TABLE new_runs (
        number       INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint  TEXT NOT NULL,
        service      TEXT NOT NULL,
        account      TEXT NOT NULL DEFAULT '',
        request      TEXT NOT NULL,
        created      DOUBLE NOT NULL,
        day          TEXT NOT NULL,
        status       TEXT NOT NULL,
        owner        TEXT NOT NULL DEFAULT '',
        lease        DOUBLE NOT NULL DEFAULT 0,
        intent       TEXT NOT NULL DEFAULT '',
        sent_at      DOUBLE,
        lost_at      DOUBLE,
        task_id      TEXT,
        token        TEXT,
        model        TEXT NOT NULL,
        prompt       TEXT NOT NULL,
        resolution   TEXT NOT NULL DEFAULT '',
        duration     TEXT NOT NULL DEFAULT '',
        cost         TEXT,
        list_cost    TEXT,
        cost_e12     BIGINT,
        unsettled    SMALLINT NOT NULL DEFAULT 0,
        reserved_e12 BIGINT NOT NULL DEFAULT 0,
        clips        SMALLINT NOT NULL DEFAULT 0,
        cost_asked   DOUBLE NOT NULL DEFAULT 0,
        ended        DOUBLE,
        seconds      DOUBLE,
        problem      TEXT,
        outputs      TEXT NOT NULL DEFAULT '[]',
        files        TEXT NOT NULL DEFAULT '[]',
        digests      TEXT NOT NULL DEFAULT '[]',
        state        TEXT NOT NULL DEFAULT '{}'
    );
    CREATE VIRTUAL TABLE run_texts USING fts5(text, tokenize='trigram');
    CREATE TABLE used_models (
        service      TEXT NOT NULL,
        model        TEXT NOT NULL,
        number       INTEGER NOT NULL,
        PRIMARY KEY (service, model)
    );
    CREATE TABLE totals (
        service      TEXT NOT NULL,
        day          TEXT NOT NULL,
        cost_e12     BIGINT NOT NULL DEFAULT 0,
        reserved_e12 BIGINT NOT NULL DEFAULT 0,
        unsettled    BIGINT NOT NULL DEFAULT 0,
        clips        BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (service, day)
    );
    CREATE TABLE budgets (
        service      TEXT NOT NULL,
        period       TEXT NOT NULL,
        usd_e12      BIGINT,
        clips        BIGINT,
        allowed      TEXT NOT NULL DEFAULT '[]',
        PRIMARY KEY (service, period)
    );
"""
_ONE_LIBRARY_INDEXES = """
    DROP TABLE runs;
    ALTER TABLE new_runs RENAME TO runs;
    CREATE INDEX runs_by_fingerprint ON runs (fingerprint, service);
    CREATE UNIQUE INDEX runs_once ON runs (fingerprint, service) WHERE
        status IN ('queued', 'sending', 'unknown', 'running', 'downloading', 'succeeded')
        AND fingerprint <> '';
    CREATE INDEX runs_by_task ON runs (task_id) WHERE task_id IS NOT NULL;
    CREATE INDEX runs_by_model ON runs (model, service, status, number);
    CREATE INDEX runs_by_service ON runs (service, number);
    CREATE INDEX runs_live ON runs (service, owner) WHERE
        status IN ('queued', 'sending', 'unknown', 'running', 'downloading');
    CREATE INDEX runs_unsettled ON runs (service, cost_asked) WHERE unsettled = 1;
    CREATE INDEX runs_by_digests ON runs (digests);
    CREATE INDEX votes_by_left_run ON votes (left_run);
"""
_SUMS = """
    INSERT INTO used_models (service, model, number)
        SELECT service, model, MAX(number) FROM runs GROUP BY service, model;
    INSERT INTO totals (service, day, cost_e12, reserved_e12, unsettled, clips)
        SELECT service, day, CAST(TOTAL(cost_e12) AS INTEGER), SUM(reserved_e12), SUM(unsettled),
        SUM(clips) FROM runs GROUP BY service, day;
"""


def _copy_runs(database: sqlite3.Connection) -> None:
    """From format 2: states of several kinds in three places become one status and columns."""
    for row in database.execute("SELECT * FROM runs ORDER BY number").fetchall():
        values = _migrated(row)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        database.execute(
            f"INSERT INTO new_runs ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            list(values.values()),
        )


def _migrated(row: sqlite3.Row) -> dict[str, Any]:
    """The columns of format 3. What cannot be read is left out: the task's token must survive."""
    request, snapshot, clips = (
        as_dict(row["request"]),
        as_dict(row["snapshot"]),
        as_list(row["clips"]),
    )
    outputs = [
        {**clip, "url": as_text(clip.get("url")), "id": ""}
        for clip in map(as_dict, as_list(snapshot.get("clips")))
    ]
    status = _status_of(row, missing=len(clips) < len(outputs))
    cost, ended = as_money(snapshot.get("cost")), as_time(snapshot.get("ended"))
    problem = as_dict(snapshot.get("problem"))
    stages = {
        as_text(mark.get("name")): at
        for mark in map(as_dict, as_list(snapshot.get("stages")))
        if (at := as_time(mark.get("at"))) is not None
    }
    began = min(stages.values(), default=as_time(row["created"]))
    state = {
        "stages": stages,
        "progress": snapshot.get("progress"),
        "log": snapshot.get("logs", []),
        "log_total": snapshot.get("log_total", 0),
    }
    kept = ("number", "fingerprint", "service", "request", "created", "task_id", "token")
    return {
        **{name: row[name] for name in kept},
        "status": status,
        "sent_at": None if status in {"queued", "refused"} else row["created"],
        "model": as_text(request.get("model")),
        "prompt": as_text(as_dict(request.get("parameters")).get("prompt")),
        "cost": None if cost is None else str(cost),
        "cost_e12": pico(cost),
        "unsettled": cost is None
        and (
            status in {"unknown", "running", "downloading", "succeeded"}
            or (status == "cancelled" and row["task_id"] is not None)
        ),
        "ended": ended,
        "seconds": ended - began if ended and began and status == "succeeded" else None,
        "problem": json.dumps({"kind": _kind_of(problem), **problem}) if problem else None,
        "outputs": json.dumps(outputs),
        "files": json.dumps(clips + [None] * (len(outputs) - len(clips))),
        "state": json.dumps(state),
    }


def _join_library(database: sqlite3.Connection) -> None:
    """From format 3: what is asked for gets columns."""
    answering: set[tuple[str, str]] = set()
    # The newest of equal requests is the one that answers.
    for row in database.execute("SELECT * FROM runs ORDER BY number DESC").fetchall():
        values = dict(row)
        parameters = as_dict(as_dict(values["request"]).get("parameters"))
        day = dt.datetime.fromtimestamp(as_time(row["created"]) or 0.0).astimezone()
        charged = bool(row["unsettled"]) or bool(as_money(row["cost"]))
        values |= {
            "day": f"{day:%Y-%m-%d}",
            "resolution": as_text(parameters.get("resolution")),
            "duration": as_text(parameters.get("duration")),
            "unsettled": int(bool(row["unsettled"])),
            "clips": int(charged or row["status"] in _ANSWERING),
            # A file that somebody has edited may have something else than an integer here.
            "cost_e12": row["cost_e12"] if type(row["cost_e12"]) is int else None,
        }
        if row["status"] in _ANSWERING:
            once = (values["fingerprint"], values["service"])
            values["fingerprint"] = "" if once in answering else values["fingerprint"]
            answering.add(once)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        database.execute(
            f"INSERT INTO new_runs ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            list(values.values()),
        )


def derive(database: sqlite3.Connection) -> None:
    """Fill the tables of the newest format that are made from the rows of the others."""
    for row in database.execute(
        "SELECT runs.number, request, tags, note FROM runs LEFT JOIN judgments USING (number)"
    ).fetchall():
        words = _words_of(as_dict(row[1]), as_list(row[2]), as_text(row[3]))
        database.execute("INSERT INTO run_texts (rowid, text) VALUES (?, ?)", (row[0], words))
    _apply(database, [(_SUMS,)])


def _words_of(request: dict[str, Any], tags: Sequence[Any], note: str) -> str:
    files = [
        as_text(as_dict(one).get("name"))
        for group in as_dict(request.get("files")).values()
        for one in as_list(group)
    ]
    parameters = as_dict(request.get("parameters"))
    return searched_text(parameters.values(), files, map(as_text, tags), note)


_ANSWERING = frozenset({"queued", "sending", "unknown", "running", "downloading", "succeeded"})
"""Statuses in which a run is the only one of its request."""


def searched_text(
    parameters: Iterable[Any], files: Iterable[str], tags: Iterable[str], note: str
) -> str:
    """What a run is found by: its prompt and settings, names of its inputs, its tags and note."""
    return fold(" ".join([*map(str, parameters), *files, *tags, note]))


_KINDS = {
    "Refused by moderation": "ModerationRefused",
    "The model could not make this clip": "TaskFailed",
    "Stopped": "TaskCancelled",
    "The clip is ready but could not be fetched": "DownloadError",
}


def _kind_of(problem: dict[str, Any]) -> str:
    return _KINDS.get(as_text(problem.get("title")), "WiroError")


def _status_of(row: sqlite3.Row, *, missing: bool) -> str:
    state = str(row["state"])
    if state == "succeeded" and missing:
        return "downloading"
    if state in {"sending", "unknown"}:
        return "running" if row["task_id"] else "unknown"
    return {"waiting": "queued", "never_accepted": "refused", "draft": "queued"}.get(state, state)


# A file of format n needs the steps from n on. Steps that were released are never edited.
_STEPS: tuple[_Step, ...] = (
    (_TABLES,),
    (_RATINGS,),
    (_STATUSES, _copy_runs, _INDEXES),
    (_ONE_LIBRARY, _join_library, _ONE_LIBRARY_INDEXES, derive),
)
FORMAT = len(_STEPS)
_OF_SQLITE = {
    name: ("table", f"CREATE TABLE {name}({columns})")
    for name, columns in {
        "sqlite_sequence": "name,seq",
        "sqlite_stat1": "tbl,idx,stat",
        "sqlite_stat4": "tbl,idx,neq,nlt,ndlt,sample",
    }.items()
}
"""Tables that SQLite itself makes."""
_LONGEST_NAME = 60


def migrate(database: sqlite3.Connection) -> None:
    """Bring the tables to the newest format; within a transaction of the caller."""
    database.row_factory = sqlite3.Row
    _apply(database, _STEPS[format_of(database) :])
    database.row_factory = None
    database.execute(f"PRAGMA user_version = {FORMAT}")


def create(database: sqlite3.Connection, found: int) -> None:
    """Make the tables of a format in an empty file; within a transaction of the caller."""
    _apply(database, _STEPS[:found])
    database.execute(f"PRAGMA user_version = {found}")


def format_of(database: sqlite3.Connection) -> int:
    """The format of a file; 0 for an empty one."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def foreign_part(database: sqlite3.Connection, found: int) -> str | None:
    """What a file has that no library of its format has: triggers, views, other tables."""
    ours = schema(found) | _OF_SQLITE
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        # An index that belongs to a table's constraint has no statement.
        automatic = kind == "index" and sql is None and str(name).startswith("sqlite_autoindex_")
        if not automatic and ours.get(name) != (kind, plain(sql)):
            article = "an" if kind == "index" else "a"
            return f"{article} {str(kind)[:9]} {str(name)[:_LONGEST_NAME]!r}"
    return None


@functools.cache
def schema(found: int) -> dict[str, tuple[str, str]]:
    """The kind of each table and index of a format, and the statement that made it, by name."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        _apply(database, _STEPS[:found])
        rows = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        return {name: (kind, plain(sql)) for kind, name, sql in rows if sql is not None}


def plain(sql: object) -> str:
    """A statement without what differs between versions of SQLite."""
    # A full-text table quotes the names of those that it keeps its index in.
    unquoted = re.sub("^CREATE TABLE '(\\w+)'", r"CREATE TABLE \1", str(sql)).replace('"', "")
    words = " ".join(unquoted.split()) if isinstance(sql, str) else ""
    return re.sub(r" ?([(),]) ?", r"\1", words)


def _apply(database: sqlite3.Connection, steps: Sequence[_Step]) -> None:
    for part in itertools.chain(*steps):
        if callable(part):
            part(database)
        else:
            for statement in filter(str.strip, part.split(";")):
                database.execute(statement)
