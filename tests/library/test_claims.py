"""Of all who ask for, or reach for, one run at once, one gets it."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.library.helpers import PRICE, PROBLEM, asked, reserved
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.tables import runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.library.places import Place
    from wiro_widgets.library.journal import Journal

KERNELS = 6


@pytest.fixture
def journals(place: Place, tmp_path: Path) -> list[Journal]:
    """One for each kernel."""
    return [place.journal(tmp_path) for _ in range(KERNELS)]


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What each of the kernels gets that do the same at the same moment."""
    start = threading.Barrier(KERNELS)

    def go(kernel: int) -> Any:
        start.wait()
        return work(kernel)

    with ThreadPoolExecutor(KERNELS) as pool:
        return list(pool.map(go, range(KERNELS)))


def test_equal_requests_become_one_run(journals: list[Journal]) -> None:
    def ask(kernel: int) -> list[tuple[int, bool]]:
        found = []
        # In another order each, so that the first to come differs.
        for number in (*range(kernel, 12), *range(kernel)):
            record, ours = journals[kernel].reserve(
                asked(f"Take {number}"), "live", f"kernel {kernel}", fresh=False, price=PRICE
            )
            found.append((record.number, ours))
        return found

    answers = [one for found in at_once(ask) for one in found]

    assert Counter(ours for _, ours in answers) == {True: 12, False: 12 * (KERNELS - 1)}
    assert len({number for number, _ in answers}) == 12
    assert len(journals[0].records()) == 12


def test_what_was_refused_is_taken_up_again_by_one(journals: list[Journal]) -> None:
    record = reserved(journals[0], "The gull lifts off")
    journals[0].refused(record.number, PROBLEM, "me")

    def ask(kernel: int) -> tuple[int, bool]:
        found, ours = journals[kernel].reserve(
            record.request, "live", f"kernel {kernel}", fresh=False, price=PRICE
        )
        return found.number, ours

    answers = at_once(ask)

    assert sorted(ours for _, ours in answers) == [False] * (KERNELS - 1) + [True]
    assert {number for number, _ in answers} == {record.number}


def test_repeats_of_one_request_are_runs_of_their_own(journals: list[Journal]) -> None:
    def ask(kernel: int) -> int:
        found, ours = journals[kernel].reserve(
            asked("Again"), "live", f"kernel {kernel}", fresh=True, price=PRICE
        )
        assert ours
        return found.request.repeat

    assert sorted(at_once(ask)) == list(range(KERNELS))


def test_a_run_is_claimed_sent_and_adopted_by_one(journals: list[Journal]) -> None:
    first = journals[0]
    record = reserved(first, "The gull lifts off", owner="gone")
    claims = at_once(lambda kernel: journals[kernel].claim(record, f"kernel {kernel}"))
    assert sorted(claims) == [False] * (KERNELS - 1) + [True]
    owner = f"kernel {claims.index(True)}"

    begun = at_once(lambda kernel: journals[kernel].begin_sending(record.number, owner))
    assert sorted(begun) == [False] * (KERNELS - 1) + [True]

    first.lost(record.number, owner)
    other = reserved(first, "Another")
    first.begin_sending(other.number, "me")
    first.lost(other.number, "me")
    both = (record.number, other.number)
    adopted = at_once(
        lambda kernel: journals[kernel].adopt(both[kernel % 2], "task", "token", f"{kernel}")
    )
    assert adopted.count(True) == 1, "one task is one run's"


def test_the_store_itself_takes_no_second_run_of_a_request(journal: Journal) -> None:
    """Whoever writes past the journal, or by an older version of it, pays once all the same."""
    record = reserved(journal, "The gull lifts off")
    again = {
        column.name: getattr(row, column.name)
        for row in _all_rows(journal)
        for column in runs.columns
        if column.name != "number"
    }
    with pytest.raises(LibraryError), journal.database.transaction() as connection:
        connection.execute(runs.insert().values(again))
    assert [found.number for found in journal.records()] == [record.number]


def _all_rows(journal: Journal) -> Any:
    with journal.database.reading() as connection:
        return connection.execute(runs.select()).all()
