"""What is read of a library is the same on both stores: searches, pages, typical times."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.library.helpers import PROBLEM, asked, reserved, running
from wiro_widgets.library.estimates import duration_range
from wiro_widgets.library.library import Library
from wiro_widgets.schema.parsing import fold

if TYPE_CHECKING:
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record

PROMPTS = (
    "The gull lifts off over SURF, [Push in]",
    "Café au lait — naïve façade, 100% crème",
    "cafe_au_lait 50%\\50_",
    'O\'Brien said "cut" AND (OR NOT) NEAR/2 gull*',
    "Straße im Schnee; İstanbul bei Nacht",
    "海辺のカモメが飛び立つ",
    "🦅 an eagle, 👩‍👩‍👧 a family",
    "a",
    "",
    "tab\tand\nnew line  two  blanks",
    "x" * 3000 + " the end",
    "smørrebrød & -minus --flags {curly} <b>bold</b> $0.28 :colon ^caret",
)


@pytest.fixture
def many(journal: Journal) -> Journal:
    """A library with a run of each prompt, and what people wrote about some of them."""
    library = Library(journal)
    for number, prompt in enumerate(PROMPTS):
        record = reserved(journal, prompt, seed=7000 + number)
        if number % 3 == 0:
            library.judge(record.number, tags=("Hero take", f"tag{number}"), note="Très bon")
    return journal


def _mentions(library: Library, record: Record, words: list[str]) -> bool:
    judgment = library.judgment(record.number)
    values = map(str, record.request.parameters.values())
    text = fold(" ".join([*values, *judgment.tags, judgment.note]))
    return all(word in text for word in words)


def test_a_search_finds_any_part_of_any_word_and_nothing_else(many: Journal) -> None:
    library, dice = Library(many), random.Random(18)
    searches = ["GULL", "crème", "creme", "hero", "tres bon", "768", "7003", "%", "_", "\\", "''"]
    searches += [
        "no such words",
        "gull push",
        "push gull",
        '"',
        "*",
        "AND",
        "カモメ",
        "カ",
        "👧",
        "",
    ]
    for prompt in PROMPTS:
        for _ in range(12):
            begin = dice.randrange(len(prompt) + 1)
            searches.append(prompt[begin : begin + dice.randint(1, 9)])
    everything = library.records()
    for text in searches:
        words = fold(text).split()
        expected = [one.number for one in everything if _mentions(library, one, words)]
        assert [one.number for one in library.records(text=text)] == expected, text


def test_a_search_follows_what_is_written_about_a_run(many: Journal) -> None:
    library = Library(many)
    newest = library.records(limit=1)[0].number
    library.judge(newest, note="for the trailer", tags=("B-roll",))
    assert [one.number for one in library.records(text="trailer b-roll")] == [newest]
    library.judge(newest, note="")
    assert library.records(text="trailer") == []
    assert [one.number for one in library.records(text="b-roll")] == [newest]


@pytest.mark.parametrize("text", [None, "gull"])
def test_pages_have_everything_once_while_new_runs_come(journal: Journal, text: str | None) -> None:
    library = Library(journal)
    expected = [reserved(journal, f"A gull, take {number}").number for number in range(23)][::-1]
    found: list[int] = []
    before = None
    while page := library.records(limit=5, before=before, text=text):
        found += [one.number for one in page]
        before = page[-1].number
        reserved(journal, f"A gull that came later, {before}")
    assert found == expected


def test_pages_leave_out_what_is_not_asked_for(journal: Journal) -> None:
    library = Library(journal)
    numbers = []
    for number in range(12):
        record = reserved(journal, f"Take {number}")
        if number % 3 == 0:
            journal.refused(record.number, PROBLEM, "me")
        else:
            numbers.append(record.number)
        journal.reserve(asked(f"Take {number}"), "sandbox", "me", fresh=True, price=None)
    found: list[int] = []
    while page := library.records(
        limit=3, before=found[-1] if found else None, service="live", model="minimax/hailuo-2.3"
    ):
        found += [one.number for one in page]
    assert found == numbers[::-1]
    assert library.records(model="minimax/hailuo-02") == []


def test_typical_times_are_those_of_runs_alike(journal: Journal) -> None:
    dice, library, taken = random.Random(18), Library(journal), []
    for number in range(40):
        settings = {
            "resolution": dice.choice(["768P", "1080P"]),
            "duration": dice.choice(["6", "10"]),
        }
        seconds = dice.uniform(20, 60)
        record = running(journal, f"Take {number}", **settings)
        journal.end(record.number, "succeeded", state={}, seconds=seconds)
        taken.append((record.request.parameters, seconds))
    for resolution in ("768P", "1080P"):
        for duration in ("6", 6, "10", "12"):
            wanted = {"resolution": resolution, "duration": duration}
            found = library.typical_seconds("minimax/hailuo-2.3", wanted, "live")
            assert found == pytest.approx(duration_range(taken[::-1], wanted))
    assert library.typical_seconds("minimax/hailuo-2.3", {}, "sandbox") is None


def test_models_and_prompts_come_newest_first(journal: Journal) -> None:
    library = Library(journal)
    for prompt in ("One", "Two", "One", "Three"):
        reserved(journal, prompt)
    assert library.prompts() == ["Three", "One", "Two"]
    assert library.recent_models("live") == ["minimax/hailuo-2-3"]
    assert library.recent_models("sandbox") == []


@pytest.mark.parametrize("prompt", ["half of a pair \ud83e, cut off", "nothing \x00 at all"])
def test_a_prompt_that_no_database_can_hold_is_no_reason_to_fail(
    journal: Journal, prompt: str
) -> None:
    """What a broken copy and paste leaves behind is in a prompt sooner or later."""
    record = reserved(journal, prompt)
    assert journal.record(record.number).request.prompt == prompt
    assert journal.find(record.request, "live") is not None
    assert len(Library(journal).prompts()) == 1
