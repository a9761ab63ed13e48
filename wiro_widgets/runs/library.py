"""The library: a journal of every run beside the notebook, and the clips it made.

``wiro-runs/`` holds ``journal.sqlite`` (what was asked, what it is called at the service, what
came of it), ``inputs/`` (pictures by content) and ``clips/``. A run is written here before it
is sent, and its token before anything else happens, so a dead kernel loses nothing that was
paid for. The journal holds task tokens: it is readable by its owner only.
"""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.client import InputError, normalize_slug
from wiro_widgets.runs.budget import Spending, add_up
from wiro_widgets.runs.inputs import StoredInput
from wiro_widgets.runs.journal import Journal
from wiro_widgets.runs.judgment import Judgment, Vote, checked_outcome
from wiro_widgets.runs.request import RunRequest
from wiro_widgets.runs.timing import Span, typical

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

Service = Literal["sandbox", "live"]

_NAME_LENGTH = 44
WAITING = "waiting"
"""State of a run that was refused for lack of a free slot and will be sent later."""
_NEVER_ACCEPTED = "never_accepted"


@dataclass(frozen=True)
class Record:
    """One line of the journal.

    Attributes:
        number: Counts up within this library; the run's name is "Run <number>".
        state: A `RunState`, or `WAITING`.
        owner: The process that sent it, as ``pid-starttime``.
        task_id: The service's id, once it accepted.
        token: The task's credential; never shown.
        snapshot: The newest state a view was given, or None.
        clips: Downloaded files, oldest first.
    """

    number: int
    request: RunRequest
    service: Service
    created: float
    state: str
    owner: str
    task_id: str | None
    token: str | None
    snapshot: dict[str, Any] | None
    clips: tuple[Path, ...]

    def __repr__(self) -> str:
        return f"<Record {self.number} {self.request.model} {self.state}>"


class Library:
    """Journal and files of one folder's runs. Safe to use from several threads and kernels.

    Args:
        directory: The folder; made on first use.
    """

    def __init__(self, directory: Path | str = "wiro-runs") -> None:
        self.directory = Path(directory).expanduser().resolve()
        self.inputs = self.directory / "inputs"
        self.clips = self.directory / "clips"
        self._journal = Journal(self.directory / "journal.sqlite")

    def __repr__(self) -> str:
        return f"Library({str(self.directory)!r})"

    def close(self) -> None:
        """Close the journal; it opens again by itself when used."""
        self._journal.close()

    def begin(self, request: RunRequest, service: Service, *, fresh: bool) -> tuple[Record, bool]:
        """Write down that a request is about to be sent, or find the run that answers it already.

        Looking and writing are one transaction, so two kernels asking for the same clip at the
        same moment send it once.

        Returns:
            The record, and whether it is new (and so must be sent).
        """
        with self._journal.transaction() as database:
            earlier = self._find(database, request.fingerprint(), service)
            if earlier is not None and not fresh:
                return earlier, False
            if fresh:
                request = replace(request, repeat=self._next_repeat(database, request, service))
            row = database.execute(
                "INSERT INTO runs (fingerprint, service, request, created, state, owner)"
                " VALUES (?, ?, ?, ?, 'sending', ?)",
                (
                    request.fingerprint(),
                    service,
                    self._dump(request),
                    time.time(),
                    this_process(),
                ),
            )
            # The record as read back has lost the schema, which sending still needs.
            return replace(self._get(database, int(row.lastrowid or 0)), request=request), True

    def accepted(self, number: int, task_id: str, token: str) -> None:
        """Write down the service's id and token of a run that has been accepted."""
        with self._journal.transaction() as database:
            database.execute(
                "UPDATE runs SET task_id = ?, token = ?, state = 'running' WHERE number = ?",
                (task_id, token, number),
            )

    def never_accepted(self, number: int) -> None:
        """Write down that the service has not taken this request, so it may be sent again."""
        with self._journal.transaction() as database:
            database.execute(
                "UPDATE runs SET state = ? WHERE number = ?", (_NEVER_ACCEPTED, number)
            )

    def park(self, number: int) -> None:
        """Write down that a run waits for a free slot: known not to have been accepted yet."""
        with self._journal.transaction() as database:
            database.execute("UPDATE runs SET state = ? WHERE number = ?", (WAITING, number))

    def claim(self, number: int) -> bool:
        """Take a parked run for sending; True for one caller only, of however many kernels."""
        with self._journal.transaction() as database:
            taken = database.execute(
                "UPDATE runs SET state = 'sending', owner = ? WHERE number = ? AND state = ?",
                (this_process(), number, WAITING),
            )
            return taken.rowcount == 1

    def keep(self, number: int, state: str, snapshot: dict[str, Any], clips: list[Path]) -> None:
        """Write down where a run stands and which files it has."""
        names = [clip.relative_to(self.directory).as_posix() for clip in clips]
        with self._journal.transaction() as database:
            database.execute(
                "UPDATE runs SET state = ?, snapshot = ?, clips = ? WHERE number = ?",
                (state, json.dumps(snapshot), json.dumps(names), number),
            )

    def record(self, number: int) -> Record:
        """The record of one run.

        Raises:
            KeyError: There is no such run here.
        """
        with self._journal.reading() as database:
            return self._get(database, number)

    def records(self) -> list[Record]:
        """Every run that reached the service, or may have, oldest first."""
        with self._journal.reading() as database:
            rows = database.execute(
                "SELECT * FROM runs WHERE state != ? ORDER BY number", (_NEVER_ACCEPTED,)
            ).fetchall()
        return [self._read(row) for row in rows]

    def find(self, request: RunRequest, service: Service) -> Record | None:
        """The newest run that answers this request already, None when there is none."""
        with self._journal.reading() as database:
            return self._find(database, request.fingerprint(), service)

    def spent(self, service: Service) -> Spending:
        """What the runs of one service have cost so far; the sandbox's amounts are not charged."""
        return add_up(
            (record.state, record.snapshot)
            for record in self.records()
            if record.service == service
        )

    def prompts(self, limit: int = 50) -> list[str]:
        """What was asked for so far, each prompt once, newest first; also what came to nothing."""
        found: dict[str, None] = {}
        with self._journal.reading() as database:
            for row in database.execute("SELECT request FROM runs ORDER BY number DESC"):
                prompt = str(json.loads(row["request"])["parameters"].get("prompt", ""))
                if prompt.strip():
                    found.setdefault(prompt)
                if len(found) >= limit:
                    break
        return list(found)[:limit]

    def typical_seconds(
        self, model: str, parameters: Mapping[str, Any], service: Service | None = None
    ) -> Span | None:
        """How long a run of this model usually takes, from being accepted to its clip being here.

        Args:
            model: Any spelling of the model's name.
            parameters: What is about to be asked; runs of the same resolution and duration are
                the better guide, and are used alone when there are three of them.
            service: Where. None takes that of the newest such run, so that the sandbox's seconds
                are never mixed with the service's minutes.

        Returns:
            The quartiles in seconds: half of the runs took between the two. None when fewer than
            three have succeeded.
        """
        slug = normalize_slug(model)
        fitting = [
            record
            for record in self.records()
            if record.state == "succeeded" and record.request.model == slug
        ]
        if fitting:
            service = service or fitting[-1].service
        return typical(
            [
                (record.request.parameters, record.snapshot)
                for record in fitting
                if record.service == service and record.snapshot is not None
            ],
            parameters,
        )

    def judgment(self, number: int) -> Judgment:
        """What the person thinks of a run; nothing yet is a judgment without anything in it."""
        with self._journal.reading() as database:
            return self._judgment(database, number)

    def judge(self, number: int, **changes: Any) -> Judgment:
        """Keep what the person thinks of a run.

        Args:
            number: The run.
            **changes: Any fields of `Judgment`; the others stay as they are.

        Raises:
            InputError: There is no such field, or its value is not allowed; nothing was changed.
            KeyError: There is no such run here.
        """
        with self._journal.transaction() as database:
            self._get(database, number)
            judgment = self._judgment(database, number).changed(**changes)
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
        """Keep the outcome of a blind comparison of two runs, given by their numbers.

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
        with self._journal.transaction() as database:
            for number in (left, right):
                self._get(database, number)
            database.execute(
                "INSERT INTO votes (left_run, right_run, outcome, created) VALUES (?, ?, ?, ?)",
                vote,
            )
        return vote

    def votes(self) -> list[Vote]:
        """Every vote, oldest first."""
        with self._journal.reading() as database:
            rows = database.execute(
                "SELECT left_run, right_run, outcome, created FROM votes ORDER BY number"
            ).fetchall()
        return [Vote(*row) for row in rows]

    def clip_name(self, record: Record, index: int, suffix: str) -> str:
        """A file name a person can find again; the service's names repeat and are never used."""
        words = re.sub(r"[^a-z0-9]+", "-", record.request.prompt.lower()).strip("-")
        if len(words) > _NAME_LENGTH:
            words = words[: _NAME_LENGTH + 1].rpartition("-")[0] or words[:_NAME_LENGTH]
        counter = f"-{index + 1}" if index else ""
        return f"{record.number:04d}-{words or 'clip'}{counter}{suffix}"

    def _find(self, database: sqlite3.Connection, fingerprint: str, service: str) -> Record | None:
        row = database.execute(
            "SELECT * FROM runs WHERE fingerprint = ? AND service = ? AND state != ?"
            " ORDER BY number DESC LIMIT 1",
            (fingerprint, service, _NEVER_ACCEPTED),
        ).fetchone()
        return None if row is None else self._read(row)

    def _next_repeat(self, database: sqlite3.Connection, request: RunRequest, service: str) -> int:
        """The first repeat index of this request that has not been sent."""
        repeat = request.repeat
        while self._find(database, replace(request, repeat=repeat).fingerprint(), service):
            repeat += 1
        return repeat

    def _get(self, database: sqlite3.Connection, number: int) -> Record:
        row = database.execute("SELECT * FROM runs WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(f"There is no run {number} in {self.directory}.")
        return self._read(row)

    def _judgment(self, database: sqlite3.Connection, number: int) -> Judgment:
        row = database.execute("SELECT * FROM judgments WHERE number = ?", (number,)).fetchone()
        if row is None:
            return Judgment()
        return Judgment(
            bool(row["starred"]), row["rating"], tuple(json.loads(row["tags"])), row["note"]
        )

    def _dump(self, request: RunRequest) -> str:
        return json.dumps(
            {
                "model": request.model,
                "parameters": dict(request.parameters),
                "files": {
                    name: [one.to_json(self.directory) for one in group]
                    for name, group in request.files.items()
                },
                "repeat": request.repeat,
            }
        )

    def _read(self, row: sqlite3.Row) -> Record:
        request = json.loads(row["request"])
        files = {
            name: tuple(StoredInput.from_json(one, self.directory) for one in group)
            for name, group in request["files"].items()
        }
        return Record(
            number=row["number"],
            request=RunRequest(request["model"], request["parameters"], files, request["repeat"]),
            service=row["service"],
            created=row["created"],
            state=row["state"],
            owner=row["owner"],
            task_id=row["task_id"],
            token=row["token"],
            snapshot=None if row["snapshot"] is None else json.loads(row["snapshot"]),
            clips=tuple(self.directory / name for name in json.loads(row["clips"])),
        )


def this_process() -> str:
    """Identity of this process that a later one with the same number does not share."""
    return f"{os.getpid()}-{_STARTED}"


_STARTED = time.time_ns()
