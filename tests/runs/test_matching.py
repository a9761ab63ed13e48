"""`settling.match`: which task belongs to which lost request, without a service."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiro_widgets.client import Task
from wiro_widgets.library.records import Record
from wiro_widgets.library.request import RunRequest, StoredInput
from wiro_widgets.runs.settling import Pictures, _tasks_since, match, window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.runs.settling import Outcome, Verdict

MODEL = "minimax/hailuo-2-3"
NOON = 1_800_000_000.0
PICTURE = {"inputImage": (StoredInput(Path("a.png"), "digest", "a.png"),)}
URL = "https://files.example/1.png"


def row(
    number: int,
    sent: float = 0.0,
    *,
    lost: float | None = None,
    created: float = -1.0,
    files: Mapping[str, Any] | None = None,
    **parameters: Any,
) -> Record:
    """A run whose request left so many seconds after noon."""
    return Record(
        number=number,
        request=RunRequest(MODEL, {"prompt": "p", **parameters}, files or {}),
        service="live",
        account="",
        created=NOON + sent + created,
        status="unknown",
        owner="",
        lease=0.0,
        intent="key",
        sent_at=NOON + sent,
        lost_at=NOON + (sent + 1 if lost is None else lost),
        task_id=None,
        token=None,
        cost=None,
        list_cost=None,
        estimate=Decimal(0),
        unsettled=True,
        ended=None,
        problem=None,
        outputs=(),
        files=(),
        digests=(),
        state={},
    )


def task(name: str, began: float = 0.0, *, model: str = MODEL, **parameters: Any) -> Task:
    """A task that the service began so many seconds after noon."""
    owner, project = model.split("/")
    return Task.parse(
        {
            "id": name,
            "status": "task_start",
            "modelslugowner": owner,
            "modelslugproject": project,
            "createtime": str(int(NOON + began)),
            "parameters": {"prompt": "p", **parameters},
        }
    )


def yes(*_: Any) -> Verdict:
    return "yes"


def unreadable(*_: Any) -> Verdict:
    return "open"


def found(outcome: Outcome) -> dict[int, str]:
    return {number: one.id for number, one in outcome.found.items()}


def matched(
    lost: list[Record],
    tasks: list[Task],
    leaving: tuple[Record, ...] = (),
    compare: Callable[[Record, Task], Verdict] = yes,
    **options: Any,
) -> dict[int, str]:
    return found(match(lost, leaving, tasks, compare, **options))


def test_equal_requests_take_one_task_each_nearest_in_time() -> None:
    rows = [row(1, 0), row(2, 10), row(3, 20)]
    tasks = [task("c", 21), task("b", 11), task("a", 1)]
    assert matched(rows, tasks) == {1: "a", 2: "b", 3: "c"}
    assert matched(rows[::-1], tasks[::-1]) == {1: "a", 2: "b", 3: "c"}
    assert matched(rows, [task("b", 12)]) == {2: "b"}
    assert matched([row(1, 0)], [task("far", 30), task("near", 2), task("further", 60)]) == {
        1: "near"
    }


def test_a_clock_that_is_ahead_is_taken_into_account() -> None:
    ahead = [task("a", 3601), task("b", 3611)]
    assert matched([row(1, 0), row(2, 10)], ahead, offset=3600) == {1: "a", 2: "b"}
    assert matched([row(1, 0), row(2, 10)], ahead) == {}


@pytest.mark.parametrize("began", [-3600, -130, 200, 86400])
def test_a_task_of_another_time_is_no_match(began: float) -> None:
    assert matched([row(1, 0)], [task("a", began)]) == {}


def test_the_window_reaches_from_the_sending_to_the_loss() -> None:
    """A request may take minutes to leave; until its answer was lost its task may have begun."""
    assert matched([row(1, 0, lost=600)], [task("a", 590)]) == {1: "a"}
    assert matched([row(1, 0, lost=600)], [task("a", 900)]) == {}
    # How long it was queued before doesn't count.
    assert matched([row(1, 0, created=-7200)], [task("a", -3600)]) == {}
    assert matched([row(1, 0, created=-7200)], [task("b", -60), task("a", 1)]) == {1: "a"}
    early, late = window(row(1, 0, lost=600), 0.0)
    assert early < NOON
    assert late > NOON + 600


@pytest.mark.parametrize(
    "given_parameters",
    [
        {"prompt": "q", "duration": "6"},
        {"duration": "10"},
        {},
        {"duration": "6", "seed": "7"},
        {"duration": "6", "inputImage": URL},
        {"duration": "6", "lastImage": URL},
    ],
)
def test_a_task_with_another_value_is_no_match(given_parameters: dict[str, Any]) -> None:
    assert matched([row(1, duration=6)], [task("a", **given_parameters)]) == {}


@pytest.mark.parametrize(
    "given_parameters",
    [
        {"duration": "6"},
        {"duration": 6},
        {"duration": 6.0},
        {"duration": " 6 "},
        {"duration": "6", "seed": ""},
        {"duration": "6", "seed": None},
        {"duration": "6", "callbackUrl": "https://example.org/hook"},
        {"duration": "6", "promptOptimizer": "true"},
    ],
)
def test_a_value_may_be_spelled_otherwise_or_added(given_parameters: dict[str, Any]) -> None:
    defaults = {MODEL: {"promptOptimizer": "true", "seed": ""}}
    assert matched([row(1, duration=6)], [task("a", **given_parameters)], defaults=defaults) == {
        1: "a"
    }


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (True, "true"),
        (False, False),
        ("two\r\nlines", "two\nlines"),
        (["a", "b"], '["a", "b"]'),
        ('{"b": 1, "a": 2}', {"a": 2, "b": 1}),
        (0.5, "0.5"),
        ("  padded ", "padded"),
        ("", None),
    ],
)
def test_values_are_compared_as_the_service_spells_them(sent: Any, told: Any) -> None:
    assert matched([row(1, value=sent)], [task("a", value=told)]) == {1: "a"}


@pytest.mark.parametrize(
    ("sent", "told"),
    [(["a"], ["b"]), ({"a": 1}, {"a": 2}), ("null", ""), ("[1]", "[2]"), ("1e3", "1000")],
)
def test_values_that_are_spelled_alike_are_not_mistaken(sent: Any, told: Any) -> None:
    assert matched([row(1, value=sent)], [task("a", value=told)]) == {}


def test_a_run_of_which_less_is_known_has_a_window_too() -> None:
    """Journals of earlier versions do not say when a request left or was lost."""
    asked = NOON - 1e8
    early, late = window(replace(row(1), created=asked, sent_at=None, lost_at=None), 0.0)
    assert early < asked < asked + 600 < late < asked + 3600


class Pages:
    """A service's list of tasks, in pages; it counts the readings."""

    def __init__(self, *pages: list[Task]) -> None:
        self.pages = list(pages)
        self.read = 0

    def tasks(self, *, limit: int, start: int) -> list[Task]:
        self.read += 1
        return self.pages[min(start // limit, len(self.pages) - 1)]


def page(first: int, began: float = 0.0, count: int = 100) -> list[Task]:
    return [task(f"t{number}", began) for number in range(first, first + count)]


def test_the_list_is_read_to_its_end_and_no_further() -> None:
    short = Pages(page(0), page(100, count=40), page(200))
    assert len(_tasks_since(short, NOON - 60)) == 140  # type: ignore[arg-type]
    assert short.read == 2


def test_a_list_that_repeats_a_page_for_ever_is_read_once_more() -> None:
    repeating = Pages(page(0))
    assert len(_tasks_since(repeating, NOON - 60)) == 100  # type: ignore[arg-type]
    assert repeating.read == 2


def test_tasks_without_a_time_do_not_end_the_list() -> None:
    timeless = [one._replace(stage_times={}) for one in page(0)]
    some = Pages(timeless, page(100, -3600), page(200))
    assert len(_tasks_since(some, NOON - 60)) == 200  # type: ignore[arg-type]
    assert some.read == 2


def test_a_task_of_another_model_is_no_match() -> None:
    assert matched([row(1)], [task("a", model="minimax/hailuo-2-3-fast")]) == {}


def test_while_an_equal_request_is_leaving_nothing_is_given() -> None:
    """The task may be the other's, whose answer is still to come."""
    leaving = (row(2, 5),)
    outcome = match([row(1)], leaving, [task("b", 5)], yes)
    assert outcome.found == {}
    assert outcome.waiting == {1}
    other = (row(2, 5, duration=10),)
    assert matched([row(1)], [task("a", 1)], other) == {1: "a"}


def test_pictures_decide_where_they_can_be_compared() -> None:
    rows = [row(1, files=PICTURE), row(2, files=PICTURE)]
    tasks = [task("a", inputImage=URL), task("b", inputImage=[URL])]

    def compare(one: Record, other: Task) -> Verdict:
        return "yes" if (one.number == 1) == (other.id == "b") else "no"

    assert matched(rows, tasks, compare=compare) == {1: "b", 2: "a"}


def test_pictures_that_cannot_be_compared_give_a_choice_and_no_task() -> None:
    rows = [row(1, files=PICTURE), row(2, files=PICTURE)]
    tasks = [task("a", inputImage=URL), task("b", inputImage=URL)]
    for lost, listed in ((rows, tasks), (rows, tasks[:1]), (rows[:1], tasks)):
        outcome = match(lost, (), listed, unreadable)
        assert outcome.found == {}
        assert set(outcome.candidates) == {one.number for one in lost}
        for offered in outcome.candidates.values():
            assert [one["task_id"] for one in offered] == [one.id for one in listed]
    assert matched(rows[:1], tasks[:1], compare=unreadable) == {1: "a"}


def test_a_lost_run_that_could_be_none_of_its_tasks_is_no_rival() -> None:
    rows = [row(1, files=PICTURE, seed=1), row(2, files=PICTURE, seed=2)]
    tasks = [task("b", inputImage=URL, seed="2"), task("a", inputImage=URL, seed="1")]
    assert matched(rows, tasks, compare=unreadable) == {1: "a", 2: "b"}


class Files:
    """The files that the service stores: its copy of the picture has a different address."""

    def __init__(self) -> None:
        self.fetched: list[str] = []

    def digest(self, address: str) -> str:
        self.fetched.append(address)
        return "digest" if address == URL else "another"


@pytest.mark.parametrize(
    ("sent", "told", "verdict", "fetched"),
    [
        (StoredInput(URL, URL, "1.png"), URL, "yes", []),
        (StoredInput("https://elsewhere.example/1.png", "x", "1.png"), URL, "open", []),
        (StoredInput(Path("a.png"), "digest", "a.png"), URL, "yes", [URL]),
        (StoredInput(Path("a.png"), "digest", "a.png"), f"{URL}?2", "no", [f"{URL}?2"]),
    ],
)
def test_an_address_is_compared_as_such_and_a_file_by_its_bytes(
    sent: StoredInput, told: str, verdict: Verdict, fetched: list[str]
) -> None:
    files = Files()
    found = Pictures(files).verdict(  # type: ignore[arg-type]
        row(1, files={"inputImage": (sent,)}), task("a", inputImage=told)
    )
    assert found == verdict
    assert files.fetched == fetched


def test_the_number_of_pictures_counts() -> None:
    both = {"inputImage": PICTURE["inputImage"] * 2}
    assert matched([row(1, files=both)], [task("a", inputImage=URL)]) == {}
    assert matched([row(1, files=both)], [task("a", inputImage=[URL, URL])]) == {1: "a"}
    assert matched([row(1, files=PICTURE)], [task("a")]) == {}
    assert matched([row(1, files=PICTURE)], [task("a", inputImage="", inputImageUrl=URL)]) == {
        1: "a"
    }


PLACES = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 3)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(lost=PLACES, listed=PLACES, leaving=PLACES)
def test_no_task_is_given_twice_none_to_another_request_and_none_is_left_over(
    lost: list[tuple[int, int]], listed: list[tuple[int, int]], leaving: list[tuple[int, int]]
) -> None:
    rows = [row(number, sent, seed=seed) for number, (sent, seed) in enumerate(lost)]
    others = [row(100 + n, sent, seed=seed) for n, (sent, seed) in enumerate(leaving)]
    tasks = [task(str(n), began, seed=str(seed)) for n, (began, seed) in enumerate(listed)]
    given_tasks = matched(rows, tasks, tuple(others))
    assert len(set(given_tasks.values())) == len(given_tasks)
    for number, name in given_tasks.items():
        assert lost[number][1] == listed[int(name)][1]
    busy = {seed for _, seed in leaving}
    for seed in (1, 2, 3):
        wanted = sum(one == seed for _, one in lost)
        there = sum(one == seed for _, one in listed)
        got = sum(lost[number][1] == seed for number in given_tasks)
        assert got == (0 if seed in busy and there else min(wanted, there))
