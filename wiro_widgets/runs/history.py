"""The runs of earlier days, found again and as alive as new ones."""

from __future__ import annotations

import base64
import datetime as dt
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, overload
from urllib.parse import quote

from wiro_widgets.client import InputError
from wiro_widgets.library.estimates import cost_text, money_text
from wiro_widgets.library.folder import is_stored_file
from wiro_widgets.library.inputs import poster_of
from wiro_widgets.library.ratings import BEST_RATING, Judgment
from wiro_widgets.library.records import STATUS_WORDS
from wiro_widgets.media.opening import shrunk
from wiro_widgets.runs.run import status_words
from wiro_widgets.runs.table import Cell, html_table, text_table
from wiro_widgets.schema.values import whole, words_for
from wiro_widgets.schema.wording import model_words, setting_words

if TYPE_CHECKING:
    from wiro_widgets.library.library import Library
    from wiro_widgets.library.records import Record
    from wiro_widgets.runs.run import Run

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COLUMNS = ("run", "when", "model", "prompt", "settings", "status", "time", "cost", "rating")


_HTML_COLUMNS = ("run", "", "when", "request", "outcome", "rating", "clip")
_MOST_ROWS = 200
"""Rows of a table, which is a part of the saved notebook."""
_THUMBNAIL = (144, 82)
"""Pixels; twice what the table shows, for screens that have twice as many."""
_QUALITY = 50


class Revive(Protocol):
    """What a history needs of a `Session`."""

    library: Library

    def run_of(self, record: Record) -> Run:
        """The live run of a record; sends nothing."""


class History(Sequence["Run"]):
    """Some runs of a library, newest first; displays itself as a table.

    An entry is a live `Run`: it can be displayed, waited for and compared, and one that is still
    going on at the service is followed on.

    Args:
        numbers: Which, newest first.
        session: Whose runs they are.
    """

    def __init__(self, numbers: Sequence[int], session: Revive) -> None:
        self._numbers = tuple(numbers)
        self._session = session

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Run | History:
        if isinstance(index, slice):
            return History(self._numbers[index], self._session)
        # As it is now, which may be more than when this list was made.
        return self._session.run_of(self._session.library.record(self._numbers[index]))

    def __repr__(self) -> str:
        return text_table(self._heading(), _COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        posters = self._session.library.directory / "posters"
        rows = [_html_row(*each, posters) for each in self._current()]
        return html_table(self._heading(), _HTML_COLUMNS, rows)

    def _heading(self) -> str:
        if not self._numbers:
            return "No matching runs yet."
        number = len(self._numbers)
        which = "1 run" if number == 1 else f"{number:,} runs"
        shown = f"; the newest {_MOST_ROWS} are shown" if number > _MOST_ROWS else ""
        return f"{which} in {self._session.library.address}, newest first{shown}"

    def _rows(self) -> list[list[str]]:
        return [_row(*each) for each in self._current()]

    def _current(self) -> list[tuple[Record, str, Judgment]]:
        """The runs as they are now: the record, the status as people read it, the judgment."""
        library, numbers = self._session.library, self._numbers[:_MOST_ROWS]
        judgments = library.judgments(numbers)
        return [
            (record, self._status(record), judgments.get(record.number, Judgment()))
            for record in library.records_of(numbers)
        ]

    def _status(self, record: Record) -> str:
        if record.status == "queued":
            # The journal has no reason why a run waits.
            return status_words(self._session.run_of(record))
        return STATUS_WORDS[record.status]


def find_runs(
    session: Revive, *, limit: int | None = 50, model: str | None = None, text: str | None = None
) -> History:
    """Runs of a library, newest first. Nothing is sent.

    Args:
        session: Whose library.
        limit: How many at most; None for all.
        model: Any spelling of a model's name.
        text: Words that all occur in the prompt, the settings, the tags or the note; capitals and
            accents make no difference.

    Raises:
        InputError: The limit isn't a whole number, `model` isn't the name of a model, or
            `text` isn't text.
    """
    limit = None if limit is None else whole(limit, "limit", 0)
    if text is not None and not isinstance(text, str):
        raise InputError(f"text can't be {words_for(text)}.", field="text", remedy="Give words.")
    library = session.library
    if limit is not None and limit <= _MOST_ROWS:
        # Read now: of a folder from a stranger, what can't be read is left out.
        records = library.records(model=model, text=text, limit=limit)
        return History([record.number for record in records], session)
    return History(library.numbers(model=model, text=text, limit=limit), session)


def _row(record: Record, status: str, judgment: Judgment) -> list[str]:
    problem = record.problem
    return [
        str(record.number),
        _when(record.created),
        model_words(record.request.model),
        record.request.prompt,
        _settings(record),
        problem["title"] if problem else status,
        _minutes(record),
        _cost(record),
        _rating(judgment),
    ]


def _html_row(record: Record, status: str, judgment: Judgment, posters: Path) -> list[str | Cell]:
    """The same facts, two to a cell where they belong together, so that 700 pixels hold them."""
    number, when, model, prompt, settings, state, time, cost, _ = _row(record, status, judgment)
    clip = record.files[0] if record.files and record.files[0] is not None else None
    poster = poster_of(record.request.inputs, posters)
    picture = Cell(f"First frame of run {number}", image=_thumbnail(poster)) if poster else ""
    return [
        number,
        picture,
        Cell(when),
        Cell(prompt, " · ".join(filter(None, [model, settings])), whole=False),
        Cell(" · ".join(filter(None, [state, time])), cost, whole=record.problem is None),
        Cell(_stars(judgment), ", ".join(judgment.tags), whole=False),
        Cell(clip.name, link=_link_to(clip), whole=False) if clip is not None else "",
    ]


@functools.lru_cache(maxsize=256)
def _thumbnail(poster: str) -> str:
    """A poster as small as a table shows it, some 2 KB."""
    data = shrunk(base64.b64decode(poster.partition(",")[2]), _THUMBNAIL, _QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(data).decode() if data else ""


def _link_to(clip: Path) -> str:
    """Its address beside the notebook; "" where it isn't, and where no notebook server shows it."""
    if not is_stored_file(clip):
        return ""
    try:
        return quote(clip.relative_to(Path.cwd()).as_posix())
    except ValueError:
        return ""


def _when(created: float) -> str:
    """By the clock of the kernel's computer: "26 Nov 14:03", "26 Nov 2025" of another year."""
    at = dt.datetime.fromtimestamp(created).astimezone()
    # Not by strftime: that asks the computer for the names of its own language.
    day = f"{at.day} {_MONTHS[at.month - 1]}"
    this_year = at.year == dt.datetime.now().astimezone().year
    return f"{day} {at:%H:%M}" if this_year else f"{day} {at.year}"


def _settings(record: Record) -> str:
    words = [
        setting_words(name, value)
        for name, value in record.request.parameters.items()
        if name != "prompt" and value not in (None, "")
    ]
    words += [one.name for one in record.request.inputs]
    if record.request.repeat:
        words.append(f"take {record.request.repeat + 1}")
    return " · ".join(words)


def _minutes(record: Record) -> str:
    if record.ended is None:
        return ""
    minutes, seconds = divmod(max(0, int(record.ended - record.created)), 60)
    return f"{minutes}:{seconds:02}"


def _cost(record: Record) -> str:
    if record.cost is None:
        return "not settled" if record.unsettled and record.status == "cancelled" else ""
    words, listed = cost_text(record.cost, record.service), record.list_cost
    return (
        f"{words}, list price ${money_text(listed)}" if listed and listed != record.cost else words
    )


def _rating(judgment: Judgment) -> str:
    words = ["favourite"] if judgment.starred else []
    words += [f"{judgment.rating}/5"] if judgment.rating else []
    return ", ".join([*words, *judgment.tags])


def _stars(judgment: Judgment) -> str:
    """As on a card: "♥ ★★★★☆"."""
    rating = "★" * judgment.rating + "☆" * (BEST_RATING - judgment.rating)
    return " ".join(filter(None, ["♥" * judgment.starred, rating * bool(judgment.rating)]))
