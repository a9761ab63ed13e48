"""Blind votes between runs, kept in the library that has both of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wiro_widgets.runs.judgment import Outcome


class Ballot(NamedTuple):
    """One comparison of two runs, which were on these sides."""

    left: Any
    right: Any
    outcome: Outcome


def keep(ballot: Ballot) -> bool:
    """Write a vote down.

    Returns:
        False when no library has both runs, so that the vote lasts as long as its grid.
    """
    if (home := _home(ballot.left)) is None or home != _home(ballot.right):
        return False
    ballot.left.library.vote(ballot.left.number, ballot.right.number, ballot.outcome)
    return True


def kept_between(runs: Iterable[Any]) -> list[Ballot]:
    """The votes of any day between these runs, oldest first."""
    by_home: dict[Path, dict[int, Any]] = {}
    for run in runs:
        if (home := _home(run)) is not None:
            by_home.setdefault(home, {})[run.number] = run
    return [
        Ballot(known[vote.left], known[vote.right], vote.outcome)
        for known in by_home.values()
        for vote in next(iter(known.values())).library.votes()
        if {vote.left, vote.right} <= known.keys()
    ]


def _home(run: Any) -> Path | None:
    library = getattr(run, "library", None)
    return None if library is None else library.directory
