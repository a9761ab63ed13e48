"""What a person thought of their runs is kept beside them, and comes back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from wiro_widgets.client import InputError
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner
from wiro_widgets.library.library import Library
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.request import RunRequest

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.runs.session import Session


@pytest.fixture
def library(tmp_path: Path) -> Library:
    journal = Journal(tmp_path / "wiro-runs")
    for prompt in ("The gull lifts off", "The gull lands"):
        request = RunRequest("minimax/hailuo-2-3", {"prompt": prompt})
        journal.reserve(request, "live", new_owner(), fresh=False)
    return Library(journal)


def test_a_judgment_is_kept_field_by_field(library: Library) -> None:
    assert library.judgment(1) == Judgment()
    library.judge(1, rating=4, tags=["keep", " too  dark ", "keep", ""])
    library.judge(1, starred=True, note="the <b>light</b> is right")

    again = Library(library.directory)
    assert again.judgment(1) == Judgment(
        starred=True, rating=4, tags=("keep", "too dark"), note="the <b>light</b> is right"
    )
    assert again.judgment(2) == Judgment()
    assert again.judge(1, rating=0, tags=[]).rating == 0


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"rating": 6}, "rating", "1 to 5"),
        ({"rating": -1}, "rating", "1 to 5"),
        ({"rating": True}, "rating", "1 to 5"),
        ({"rating": "4"}, "rating", "1 to 5"),
        ({"starred": 1}, "starred", "True or False"),
        ({"tags": "keep"}, "tags", "list of words"),
        ({"tags": [1]}, "tags", "list of words"),
        ({"tags": ["x" * 61]}, "tags", "60"),
        ({"tags": [str(n) for n in range(21)]}, "tags", "20"),
        ({"note": None}, "note", "text"),
        ({"note": "x" * 4001}, "note", "4,000"),
        ({"stars": 4}, "stars", "starred, rating, tags and note"),
    ],
)
def test_a_bad_value_is_named_and_changes_nothing(
    library: Library, changes: dict, field: str, words: str
) -> None:
    library.judge(1, note="as it was")
    with pytest.raises(InputError) as caught:
        library.judge(1, **{"starred": True, **changes})
    assert caught.value.field == field
    assert words in str(caught.value)
    assert library.judgment(1) == Judgment(note="as it was")


def test_only_runs_of_this_library_can_be_judged(library: Library) -> None:
    with pytest.raises(KeyError, match="no run 7"):
        library.judge(7, starred=True)
    with pytest.raises(KeyError, match="no run 7"):
        library.vote(1, 7, "left")
    assert library.votes() == []


def test_votes_are_kept_in_their_order(library: Library) -> None:
    for outcome in ("left", "both bad", "tie", "right"):
        library.vote(1, 2, outcome)
    votes = Library(library.directory).votes()
    assert [(vote.left, vote.right, vote.outcome) for vote in votes] == [
        (1, 2, "left"),
        (1, 2, "both bad"),
        (1, 2, "tie"),
        (1, 2, "right"),
    ]
    assert sorted(vote.at for vote in votes) == [vote.at for vote in votes]


@pytest.mark.parametrize(("right", "outcome"), [(2, "up"), (2, None), (1, "left")])
def test_a_vote_that_means_nothing_is_refused(
    library: Library, right: int, outcome: str | None
) -> None:
    with pytest.raises(InputError):
        library.vote(1, right, outcome)  # type: ignore[arg-type]
    assert library.votes() == []


def test_judging_a_run_is_kept_and_seen_by_its_views(notebook: Session) -> None:
    run = ww.run("To be judged", image=PHOTO).wait(60)
    told = threading.Event()
    run.observe(lambda _: told.set(), "snapshot")

    run.judge(rating=4, tags=["keep"])

    assert told.wait(10)
    assert run.judgment == Judgment(rating=4, tags=("keep",))
    assert notebook.library.judgment(run.number) == run.judgment
    with pytest.raises(InputError, match="1 to 5"):
        run.judge(rating=9)
