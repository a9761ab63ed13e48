"""Ratings of runs, and votes between two of them in a blind comparison."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from wiro_widgets.client import InputError
from wiro_widgets.schema.values import listed, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Outcome = Literal["left", "right", "tie", "both bad"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

BEST_RATING = 5
MOST_TAGS = 20
LONGEST_TAG = 60
LONGEST_NOTE = 4_000


@dataclass(frozen=True)
class Judgment:
    """What a person thinks of a run.

    Attributes:
        starred: One of those to keep.
        rating: 1 to 5; 0 when not rated.
        tags: In the order they were given, each once.
        note: Free text.
    """

    starred: bool = False
    rating: int = 0
    tags: tuple[str, ...] = ()
    note: str = ""

    def changed(self, **changes: Any) -> Judgment:
        """The same with some fields changed.

        Raises:
            InputError: There is no such field, or its value is not allowed; `field` names it.
        """
        known = {field.name for field in fields(self)}
        for name in changes.keys() - known:
            raise InputError(
                f"A judgment has no {name!r}.",
                field=name,
                remedy="It has starred, rating, tags and note.",
            )
        kept: dict[str, Any] = {name: _CHECKS[name](value) for name, value in changes.items()}
        return replace(self, **kept)


class Vote(NamedTuple):
    """A blind comparison of two runs: by number as a library has it, or of the runs themselves."""

    left: Any
    right: Any
    outcome: Outcome
    at: float
    """Unix time in seconds."""


def record_vote(vote: Vote) -> bool:
    """Write a vote between two `wiro_widgets.Run` into the library that has both.

    Returns:
        False when no library has both, so that the vote lasts as long as its grid.
    """
    home = _home(vote.left)
    if home is None or home != _home(vote.right):
        return False
    vote.left.library.vote(vote.left.number, vote.right.number, vote.outcome)
    return True


def votes_between(runs: Iterable[Any]) -> list[Vote]:
    """The votes of any day between these runs, oldest first."""
    by_home: dict[str, dict[int, Any]] = {}
    for run in runs:
        if (home := _home(run)) is not None:
            by_home.setdefault(home, {})[run.number] = run
    return [
        vote._replace(left=known[vote.left], right=known[vote.right])
        for known in by_home.values()
        for vote in next(iter(known.values())).library.votes(known)
    ]


def _home(run: Any) -> str | None:
    library = getattr(run, "library", None)
    return None if library is None else library.address


def checked_outcome(outcome: object) -> Outcome:
    """An outcome as it is kept.

    Raises:
        InputError: It is none of `OUTCOMES`.
    """
    for known in OUTCOMES:
        if known == outcome:
            return known
    raise InputError(
        f"{outcome!r} is not the outcome of a vote.",
        field="outcome",
        remedy=f"Choose one of {', '.join(map(repr, OUTCOMES))}.",
    )


def _starred(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused("starred", value, "Use True or False.")
    return value


def _rating(value: Any) -> int:
    # True is a 1 to Python, and hardly what anybody means by a rating.
    with contextlib.suppress(InputError):
        return whole(value, "rating", 0, BEST_RATING)
    raise _refused("rating", value, f"Use 1 to {BEST_RATING}, or 0 for none.")


def _tags(value: Any) -> tuple[str, ...]:
    given = listed(value, "tags")
    if given is None or not all(isinstance(tag, str) for tag in given):
        raise _refused("tags", value, 'Use a list of words: tags=["keep", "too dark"].')
    words = [" ".join(tag.split()) for tag in given]
    tags = tuple(dict.fromkeys(filter(None, words)))
    if len(tags) > MOST_TAGS:
        raise InputError(
            f"{len(tags)} tags are too many.", field="tags", remedy=f"Use up to {MOST_TAGS}."
        )
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise InputError(
                f"The tag {tag[:20]!r}... is {len(tag)} characters long.",
                field="tags",
                remedy=f"Use up to {LONGEST_TAG} characters, and the note for longer thoughts.",
            )
    return tags


def _note(value: Any) -> str:
    if not isinstance(value, str):
        raise _refused("note", value, "Use text.")
    if len(value) > LONGEST_NOTE:
        raise InputError(
            f"The note is {len(value):,} characters long.",
            field="note",
            remedy=f"Use up to {LONGEST_NOTE:,}.",
        )
    return value


def _refused(name: str, value: object, remedy: str) -> InputError:
    return InputError(f"{name} can't be {value!r}.", field=name, remedy=remedy)


_CHECKS: dict[str, Callable[[Any], object]] = {
    "starred": _starred,
    "rating": _rating,
    "tags": _tags,
    "note": _note,
}
