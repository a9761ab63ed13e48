"""Finding out what became of a request whose answer was lost, without ever sending it again.

The service's list of tasks is read back to before the moment of sending. A task belongs to a run
when its model and every parameter that was sent agree, it began within the window, and no other
run has it. Equal requests take one task each, nearest in time. Requests that differ in their
pictures only look alike in the list: there the file that the service keeps is compared. Where that
cannot be done, and more than one run or task is left, nobody is given anything.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.client import WiroError
from wiro_widgets.client.inputs import is_url
from wiro_widgets.runs.state import Candidate
from wiro_widgets.schema.parsing import as_text, from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wiro_widgets.client import Task, WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record, Service

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds between two looks, since the list may lag behind; afterwards it is given up for now."""

_SKEW_SECONDS = 120.0
"""By how much the service's clock may differ from ours after its answers have been compared."""
_SENDING_SECONDS = 900.0
"""How long a request may have taken to leave when nobody knows when its answer was lost."""
_PAGE = 100
_MOST_PAGES = 20

Verdict = Literal["yes", "no", "open"]
"""Whether a task has the inputs of a request; "open" when they cannot be compared."""


@dataclass
class Outcome:
    """What one look at the list of tasks told.

    Attributes:
        found: The task of each run that has one, by the run's number.
        candidates: For runs that could be several tasks, which; by the run's number.
        waiting: Runs that have to wait, since an equal one is being sent just now.
        looked_at: How many tasks were looked at.
        looked_until: Unix time in seconds of the look.
    """

    found: dict[int, Task] = field(default_factory=dict)
    candidates: dict[int, list[Candidate]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    looked_at: int = 0
    looked_until: float = field(default_factory=time.time)


def look(client: WiroClient, journal: Journal, service: Service) -> Outcome:
    """Look for all runs whose answers were lost.

    Raises:
        WiroError: The list could not be read.
    """
    rows = [
        row
        for row in journal.without_task(service)
        # The tasks of another account are not in the list that is read here.
        if row.account in {"", journal.account}
    ]
    lost = [row for row in rows if row.status == "unknown"]
    leaving = [row for row in rows if row.status == "sending" and journal.is_alive(row)]
    if not lost:
        return Outcome()
    offset = client.clock_offset
    oldest = min(window(row, offset)[0] for row in lost)
    tasks = _tasks_since(client, oldest)
    taken = journal.owned_tasks(task.id for task in tasks)
    free = [task for task in tasks if task.id not in taken]
    defaults = {model: _defaults(client, model) for model in {row.request.model for row in lost}}
    outcome = match(lost, leaving, free, Pictures(client).verdict, offset=offset, defaults=defaults)
    outcome.looked_at = len(tasks)
    return outcome


def match(  # noqa: PLR0913 - what a matching depends on
    lost: Sequence[Record],
    leaving: Sequence[Record],
    tasks: Sequence[Task],
    compare: Callable[[Record, Task], Verdict],
    *,
    offset: float = 0.0,
    defaults: Mapping[str, Mapping[str, str]] | None = None,
) -> Outcome:
    """Give tasks to runs; pure but for `compare`.

    Args:
        lost: Runs whose answers were lost.
        leaving: Runs that are being sent just now: a task may turn out to be theirs.
        tasks: Those that no run has.
        compare: Whether a task has the inputs of a run.
        offset: Seconds by which the service's clock is ahead of ours.
        defaults: By model and parameter, what the service may add to what was sent.
    """
    outcome = Outcome()
    added = defaults or {}
    alike = {
        row.number: [
            task for task in tasks if _alike(row, task, offset, added.get(row.request.model, {}))
        ]
        for row in (*lost, *leaving)
    }
    verdicts = {
        (row.number, task.id): compare(row, task)
        for row in (*lost, *leaving)
        for task in alike[row.number]
    }

    def possible(row: Record) -> list[Task]:
        return [task for task in alike[row.number] if verdicts[row.number, task.id] != "no"]

    contested = {task.id for row in leaving for task in possible(row)}
    pairs = []
    for row in lost:
        options = possible(row)
        rivals = [
            other
            for other in lost
            if other is not row and {task.id for task in possible(other)} & _ids(options)
        ]
        if _ids(options) & contested:
            outcome.waiting.add(row.number)
        elif any(verdicts[row.number, task.id] == "open" for task in options) and (
            rivals or len(options) > 1
        ):
            outcome.candidates[row.number] = list(map(_candidate, options))
        else:
            pairs += [(_distance(row, task, offset), row.number, task) for task in options]
    used: set[str] = set()
    for _, number, task in sorted(pairs, key=lambda pair: pair[:2]):
        if number not in outcome.found and task.id not in used:
            outcome.found[number] = task
            used.add(task.id)
    return outcome


def window(row: Record, offset: float) -> tuple[float, float]:
    """When the task of a run began, at the earliest and the latest, by the service's clock."""
    sent = row.sent_at or row.created
    latest = row.lost_at or min(time.time(), sent + _SENDING_SECONDS)
    return sent + offset - _SKEW_SECONDS, max(sent, latest) + offset + _SKEW_SECONDS


class Pictures:
    """Compares the inputs of runs with those that the service keeps of tasks.

    Args:
        client: Fetches the service's copies.
    """

    def __init__(self, client: WiroClient) -> None:
        self._client = client
        self._digests: dict[str, str | None] = {}

    def verdict(self, row: Record, task: Task) -> Verdict:
        """Whether a task has the inputs of a run."""
        verdicts: list[Verdict] = []
        for name, group in row.request.files.items():
            addresses = _addresses(task, name)
            for one, address in zip(group, addresses, strict=False):
                if address == one.source:
                    verdicts.append("yes")
                elif isinstance(one.source, str):
                    # The service may keep a copy under an address of its own.
                    verdicts.append("open")
                else:
                    digest = self._digest(address)
                    verdicts.append("open" if digest is None else _same(digest, one.identity))
        if "no" in verdicts:
            return "no"
        return "open" if "open" in verdicts else "yes"

    def _digest(self, address: str) -> str | None:
        if address not in self._digests:
            try:
                self._digests[address] = self._client.digest(address)
            except WiroError:
                self._digests[address] = None
        return self._digests[address]


def _tasks_since(client: WiroClient, oldest: float) -> list[Task]:
    """The account's tasks, newest first, page by page back to a moment."""
    tasks: dict[str, Task] = {}
    for page in range(_MOST_PAGES):
        listed = client.tasks(limit=_PAGE, start=page * _PAGE)
        fresh = [task for task in listed if task.id not in tasks]
        tasks.update((task.id, task) for task in fresh)
        began = [
            task.stage_times["task_queue"] for task in fresh if "task_queue" in task.stage_times
        ]
        if len(listed) < _PAGE or not fresh or (began and min(began) < oldest):
            break
    return list(tasks.values())


def _defaults(client: WiroClient, model: str) -> Mapping[str, str]:
    """The default of each parameter of a model, as the service spells it."""
    try:
        spec = client.model(model)
    except WiroError:
        return {}
    return {each.id: _plain(each.default) for each in spec.parameters if each.default is not None}


def _alike(row: Record, task: Task, offset: float, defaults: Mapping[str, str]) -> bool:
    """Whether a task may be what became of a run, as far as the list tells."""
    request = row.request
    earliest, latest = window(row, offset)
    if task.model != request.model or not earliest <= _began(task) <= latest:
        return False
    given = {name: _plain(value) for name, value in task.parameters.items()}
    files = {name for known in request.files for name in (known, f"{known}Url")}
    sent = {name: _plain(value) for name, value in request.parameters.items()}
    if any(given.get(name, "") != value for name, value in sent.items()):
        return False
    # What was not sent makes it another request, unless the service itself adds it.
    others = given.keys() - sent.keys() - files - {"callbackUrl"}
    if any(given[name] not in {"", defaults.get(name, "")} for name in others):
        return False
    return all(len(_addresses(task, name)) == len(group) for name, group in request.files.items())


def _plain(value: Any) -> str:
    """A value as both sides spell it: text, with one kind of line end and no blanks around it."""
    value = from_json(value) if isinstance(value, str) and value[:1] in "[{" else value
    if isinstance(value, (list, dict)):
        return json.dumps(value, sort_keys=True)
    text = as_text(value)
    return "\n".join(text.splitlines()).strip()


def _addresses(task: Task, name: str) -> list[str]:
    """The addresses under which the service keeps the files of one parameter."""
    return _urls(task.parameters.get(name)) + _urls(task.parameters.get(f"{name}Url"))


def _urls(value: Any) -> list[str]:
    value = from_json(value)
    parts: Iterable[Any] = value if isinstance(value, list) else as_text(value).split(",")
    return [part.strip() for part in parts if isinstance(part, str) and is_url(part.strip())]


def _began(task: Task) -> float:
    return task.stage_times.get("task_queue", 0.0)


def _distance(row: Record, task: Task, offset: float) -> float:
    return abs(_began(task) - (row.sent_at or row.created) - offset)


def _ids(tasks: Iterable[Task]) -> set[str]:
    return {task.id for task in tasks}


def _same(one: str, other: str) -> Verdict:
    return "yes" if one == other else "no"


def _candidate(task: Task) -> Candidate:
    return Candidate(
        task_id=task.id,
        created=_began(task) or None,
        url=next((output.url for output in task.outputs if output.url), None),
    )
