"""What a person thought of their runs is kept beside them, and comes back."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from wiro_widgets.client import InputError
from wiro_widgets.library.library import Library
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.request import RunRequest

if TYPE_CHECKING:
    from wiro_widgets.runs.session import Session

OLD_JOURNAL = Path(__file__).with_name("journal_format_1.sql")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "wiro-runs")
    for prompt in ("The gull lifts off", "The gull lands"):
        library._journal.reserve(
            RunRequest("minimax/hailuo-2-3", {"prompt": prompt}), "live", "me", fresh=False
        )
    return library


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
        ({"note": "x" * 4001}, "note", "4000"),
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


def test_a_journal_of_the_first_version_is_brought_up(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        database.executescript(OLD_JOURNAL.read_text("utf-8"))
    database.close()

    library = Library(tmp_path)
    assert [(record.number, record.state) for record in library.records()] == [
        (1, "running"),
        (2, "waiting"),
    ]
    assert library.record(1).token == "token-of-the-task"
    assert library.prompts() == ["It's raining; the sea is grey", "A gull lifts off"]
    library.judge(1, rating=3)
    library.vote(1, 2, "tie")
    library.close()
    assert Library(tmp_path).judgment(1).rating == 3


def test_two_kernels_bringing_up_an_old_journal_at_once_do_it_once(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.sqlite") as database:
        database.executescript(OLD_JOURNAL.read_text("utf-8"))
    database.close()
    libraries = [Library(tmp_path) for _ in range(6)]
    barrier = threading.Barrier(len(libraries))
    seen: list[int] = []

    def open_it(library: Library) -> None:
        barrier.wait(10)
        seen.append(len(library.records()))

    threads = [threading.Thread(target=open_it, args=(library,)) for library in libraries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [2] * len(libraries)


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
