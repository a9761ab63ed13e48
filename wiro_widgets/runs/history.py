"""The runs of earlier days, found again and as alive as new ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from wiro_widgets.client import InputError, normalize_slug
from wiro_widgets.runs.snapshot import STATE_WORDS
from wiro_widgets.runs.table import html_table, text_table

if TYPE_CHECKING:
    from wiro_widgets.runs.judgment import Judgment
    from wiro_widgets.runs.library import Library, Record
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.runner import Runner

_COLUMNS = ("run", "when", "model", "prompt", "settings", "state", "time", "cost", "judgment")

_PLAIN = ("resolution", "duration", "ratio")
"""Settings whose value says by itself what it is."""


class History(Sequence["Run"]):
    """Some runs of a library, newest first; shows itself as a table.

    An entry is a live `Run`: it can be shown, waited for and compared, and one that is still
    going on at the service is followed on.

    Args:
        records: Which, newest first.
        library: Where they are kept.
        runner: Brings them to life when they are taken out.
    """

    def __init__(self, records: Sequence[Record], library: Library, runner: Runner) -> None:
        self._records = tuple(records)
        self._library = library
        self._runner = runner

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Run | History:
        if isinstance(index, slice):
            return History(self._records[index], self._library, self._runner)
        # What is written down now, which may be more than when this list was made.
        return self._runner.show(self._library.record(self._records[index].number))

    def __repr__(self) -> str:
        return text_table(self._heading(), _COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), _COLUMNS, self._rows())

    def _heading(self) -> str:
        if not self._records:
            return "No runs yet that fit."
        number = len(self._records)
        which = "1 run" if number == 1 else f"{number} runs"
        return f"{which} in {self._library.directory}, newest first"

    def _rows(self) -> list[list[str]]:
        now = {record.number: record for record in self._library.records()}
        return [
            _row(now.get(record.number, record), self._library.judgment(record.number))
            for record in self._records
        ]


def find_runs(
    library: Library,
    runner: Runner,
    *,
    limit: int | None = 50,
    model: str | None = None,
    text: str | None = None,
) -> History:
    """Runs of a library, newest first.

    Args:
        library: Where to look.
        runner: Brings them to life.
        limit: At most so many; None for all.
        model: Any spelling of a model's name.
        text: Words that all occur in the prompt, the settings, the tags or the note.

    Raises:
        InputError: The limit is negative, or `model` names no model.
    """
    if limit is not None and limit < 0:
        raise InputError(f"limit={limit} is below 0.", field="limit", remedy="None shows all.")
    slug = None if model is None else normalize_slug(model)
    words = (text or "").lower().split()
    found = [
        record
        for record in reversed(library.records())
        if slug in {None, record.request.model}
        and (not words or _mentions(record, library.judgment(record.number), words))
    ]
    return History(found if limit is None else found[:limit], library, runner)


def _mentions(record: Record, judgment: Judgment, words: list[str]) -> bool:
    values = map(str, record.request.parameters.values())
    names = (one.name for group in record.request.files.values() for one in group)
    said = " ".join([*values, *names, *judgment.tags, judgment.note]).lower()
    return all(word in said for word in words)


def _row(record: Record, judgment: Judgment) -> list[str]:
    snapshot: dict[str, Any] = record.snapshot or {}
    problem, cost = snapshot.get("problem"), snapshot.get("cost")
    return [
        str(record.number),
        _when(record.created),
        record.request.model,
        record.request.prompt,
        _settings(record),
        problem["title"] if problem else STATE_WORDS.get(record.state, record.state),
        _minutes(snapshot),
        _money(record, cost),
        _verdict(judgment),
    ]


def _when(created: float) -> str:
    """As a clock on the wall of the kernel's computer showed it."""
    return f"{dt.datetime.fromtimestamp(created).astimezone():%Y-%m-%d %H:%M}"


def _settings(record: Record) -> str:
    words = [
        str(value) if name in _PLAIN else f"{name} {value}"
        for name, value in record.request.parameters.items()
        if name != "prompt" and value not in (None, "")
    ]
    words += [one.name for group in record.request.files.values() for one in group]
    if record.request.repeat:
        words.append(f"repeat {record.request.repeat + 1}")
    return " · ".join(words)


def _minutes(snapshot: dict[str, Any]) -> str:
    if snapshot.get("ended") is None:
        return ""
    minutes, seconds = divmod(max(0, int(snapshot["ended"] - snapshot["created"])), 60)
    return f"{minutes}:{seconds:02}"


def _money(record: Record, cost: str | None) -> str:
    if cost is None:
        return ""
    return f"${cost}" + (" (sandbox)" if record.service == "sandbox" else "")


def _verdict(judgment: Judgment) -> str:
    words = ["starred"] if judgment.starred else []
    words += [f"{judgment.rating}/5"] if judgment.rating else []
    return ", ".join([*words, *judgment.tags])
