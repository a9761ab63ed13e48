"""The grid's Python side: what is shown, what is chosen, and what blind votes come to."""

from __future__ import annotations

import json
import math
import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from tests.widgets.fakes import SENT, ask, replies
from tests.widgets.grid_runs import PROBLEM, FakeGridRun, clip
from wiro_widgets.client import InputError
from wiro_widgets.widgets import CompareGrid, RunView
from wiro_widgets.widgets.blind_votes import BlindVoting
from wiro_widgets.widgets.ranking import Match, bradley_terry

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.runs.session import Session


def runs(count: int) -> list[FakeGridRun]:
    """Finished runs that differ in their prompt and, two by two, in their duration."""
    return [
        FakeGridRun(
            number,
            prompt=f"Prompt {number}",
            parameters=[["duration", "6" if number % 2 else "10"]],
            clips=clip(f"https://cdn.test/{number}.mp4"),
        )
        for number in range(1, count + 1)
    ]


def tiles(grid: CompareGrid) -> Any:
    """As the browser has them."""
    return grid.get_state()["_live"]["tiles"]


def vote(grid: CompareGrid, outcome: str, trial: int | None = None) -> None:
    number = grid._comparison["number"] if trial is None else trial
    ask(grid, id="v", type="vote", comparison=number, outcome=outcome)


def side(grid: CompareGrid, index: int) -> FakeGridRun:
    """The run that is hidden on one side."""
    pair = grid._voting.pair
    assert pair is not None
    run = (pair.left, pair.right)[index].run
    assert isinstance(run, FakeGridRun)
    return run


def test_each_run_is_shown_once_under_a_letter_of_its_own() -> None:
    made = runs(3)
    grid = CompareGrid([*made, made[0], None])
    assert grid.runs == made
    assert [tile["letter"] for tile in tiles(grid)] == ["A", "B", "C"]
    grid.runs = [made[2], made[0]]
    assert [tile["letter"] for tile in tiles(grid)] == ["C", "A"]
    grid.runs = [*grid.runs, *runs(1)]
    letters = {tile["key"]: tile["letter"] for tile in tiles(grid)}
    assert len(letters) == 3, "runs of two libraries with one number have two keys"
    assert sorted(letters.values()) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("value", "words"),
    [([7], "the number 7"), (runs(26), "up to 25"), ("ab", "the text 'ab'"), (7, "the number 7")],
)
def test_what_cannot_be_compared_is_said(value: Any, words: str) -> None:
    grid = CompareGrid(runs(2))
    with pytest.raises(InputError, match=words):
        grid.runs = value
    assert len(grid.runs) == 2
    with pytest.raises(InputError, match=words):
        CompareGrid(value)


def test_one_run_and_a_sweep_can_be_compared() -> None:
    made = runs(2)
    assert CompareGrid(made[0]).runs == made[:1]
    grid = CompareGrid(SimpleNamespace(runs=made))
    assert grid.runs == made
    grid.runs = made[1]
    assert grid.runs == made[1:]


def test_what_is_chosen_in_the_browser_is_runs_in_python() -> None:
    made = runs(3)
    grid = CompareGrid(made)
    seen: list[Any] = []
    grid.observe(lambda change: seen.append(change["new"]), "selected")
    keys = [tile["key"] for tile in tiles(grid)]
    grid.set_state({"_selected": [keys[2], "nonsense"]})
    assert grid.selected == [made[2]]
    assert seen[-1] == [made[2]]
    grid.set_state({"_baseline": keys[1]})
    assert grid.baseline is made[1]
    grid.set_state({"_order": [keys[2], keys[0], keys[1]]})
    assert grid.runs == [made[2], made[0], made[1]]
    grid.set_state({"_order": ["r1"]})
    assert len(grid.runs) == 3
    grid.runs = made[:2]
    assert grid.selected == []
    assert grid.baseline is made[1]
    grid.runs = made[2:]
    assert grid.baseline is made[2]


def test_the_oldest_is_the_baseline_whatever_the_order() -> None:
    newer, older = FakeGridRun(2, created=2000.0), FakeGridRun(1, created=1000.0)
    assert CompareGrid([newer, older]).baseline is older


def test_records_are_flat_and_complete() -> None:
    failed = FakeGridRun(9, status="failed", problem=PROBLEM, cost=None)
    first, second = CompareGrid([runs(1)[0], failed]).to_records()
    assert first["prompt"] == "Prompt 1"
    assert first["duration"] == "6"
    assert first["cost"] == Decimal("0.19")
    assert first["status"] == "succeeded"
    assert (second["problem"], second["cost"]) == ("Refused by moderation", None)
    assert first.keys() == second.keys()


def test_a_verdict_is_kept_with_its_run() -> None:
    made = runs(2)
    grid = CompareGrid(made)
    ask(grid, id="1", type="judge", run="r2", changes={"starred": True, "rating": 4})
    assert made[1].judgment.rating == 4
    assert tiles(grid)[1]["verdict"]["starred"] is True
    for changes in ({"rating": 9}, {"rating": "4"}, {"tags": "keep"}):
        ask(grid, id="2", type="judge", run="r2", changes=changes)
        assert replies()[-1][0]["type"] == "error"
    ask(grid, id="3", type="judge", run="r2", changes={"cost": "0"})
    assert replies()[-1][0]["type"] == "error"
    assert made[1].judgment.rating == 4


def test_nothing_tells_which_is_which_before_the_last_vote() -> None:
    made = runs(3)
    grid = CompareGrid(made)
    SENT.clear()
    grid.blind = True
    for _ in range(3):
        vote(grid, "left")
        assert grid._comparison["outcome"] == "left"
        ask(grid, id="n", type="next")
    said = json.dumps([data for data, _ in SENT])
    for run in made:
        for word in (
            run.snapshot["name"],
            run.snapshot["prompt"],
            f'{run.snapshot["key"]}"',
            f"/{run.snapshot['key'][1:]}.mp4",
        ):
            assert word not in said, word
    grid.blind = False
    assert {tile["name"] for tile in tiles(grid)} == {"Run 1", "Run 2", "Run 3"}
    assert {each["name"] for each in grid._ranking["standings"]} == {"Run 1", "Run 2", "Run 3"}


def test_the_left_one_of_a_comparison_comes_first() -> None:
    grid = CompareGrid(runs(2))
    grid.blind = True
    for _ in range(12):  # which one is the left one is left to chance
        assert [tile["letter"] for tile in tiles(grid)] == ["Left", "Right"]
        assert [grid._run_of(tile["key"]) for tile in tiles(grid)] == [side(grid, 0), side(grid, 1)]
        ask(grid, id="n", type="next")
    grid.blind = False
    assert [tile["letter"] for tile in tiles(grid)] == ["A", "B"]


def test_a_vote_is_given_once_and_for_the_pair_that_is_shown() -> None:
    grid = CompareGrid(runs(2))
    grid.blind = True
    vote(grid, "left", trial=7)
    vote(grid, "middle")
    assert grid.ranking().standings == []
    vote(grid, "left")
    vote(grid, "right")
    ranking = grid.ranking()
    assert (ranking.left, ranking.right) == (1, 0)


def test_every_pair_is_met_before_one_is_met_again() -> None:
    grid = CompareGrid(runs(4))
    grid.blind = True
    pairs = set()
    for _ in range(6):
        pairs.add(frozenset({side(grid, 0).snapshot["key"], side(grid, 1).snapshot["key"]}))
        vote(grid, "tie")
        ask(grid, id="n", type="next")
    assert len(pairs) == 6
    assert "tied" in repr(grid.ranking())


def test_the_better_one_is_first_and_its_value_wins() -> None:
    made = runs(4)
    grid = CompareGrid(made)
    grid.blind = True
    for _ in range(12):
        shown = (side(grid, 0), side(grid, 1))
        best = min(shown, key=made.index)
        vote(grid, "left" if best is shown[0] else "right")
        ask(grid, id="n", type="next")
    ranking = grid.ranking()
    assert [each["name"] for each in ranking.standings] == [f"Run {n}" for n in (1, 2, 3, 4)]
    assert ranking.standings[0]["low"] > ranking.standings[-1]["high"]
    (duration,) = [each for each in ranking.values if each["parameter"] == "duration"]
    assert (duration["value"], duration["against"]) == ("6", "10")
    assert (duration["wins"], duration["votes"]) == (6, 8)
    assert "Duration: 6 won 6 of 8 against 10" in repr(ranking)


def test_a_blind_comparison_needs_two_clips() -> None:
    grid = CompareGrid([*runs(1), FakeGridRun(5, status="failed", problem=PROBLEM)])
    grid.blind = True
    assert grid.blind is False
    assert grid.error == "A blind comparison needs two runs that have a clip."


def test_strengths_are_those_of_the_model() -> None:
    """Two items, 30 to 10: without a prior the difference is the log of the odds."""
    votes: list[Match] = [(0, 1, "left")] * 30 + [(0, 1, "right")] * 10
    one, other = bradley_terry(2, votes, prior=1e-9)
    assert one.strength - other.strength == pytest.approx(math.log(3), abs=1e-6)
    # Variance of a log-odds is 1/30 + 1/10; each strength is half the difference.
    assert one.margin == pytest.approx(1.959964 * math.sqrt(1 / 30 + 1 / 10) / 2, rel=1e-3)
    assert bradley_terry(3, [])[0].strength == 0
    (never_beaten, _) = bradley_terry(2, [(0, 1, "left")] * 50)
    assert math.isfinite(never_beaten.strength)


def test_votes_are_there_again_on_another_day(notebook: Session) -> None:
    made = [
        ww.run(prompt, image=PHOTO).wait() for prompt in ("The gull lifts off", "The gull lands")
    ]
    grid = CompareGrid(made)
    grid.blind = True
    vote(grid, "left")
    standings = grid.ranking().standings
    assert standings[0]["wins"] == 1
    grid.close()
    again = CompareGrid(made)
    assert [(each["name"], each["wins"]) for each in again.ranking().standings] == [
        (each["name"], each["wins"]) for each in standings
    ]
    assert len(notebook.library.votes()) == 1
    mixed = CompareGrid([*made, *runs(1)])
    assert len(mixed.ranking().standings) == 2
    again.close()
    mixed.close()


def test_a_clip_is_served_by_slices_and_only_of_runs_in_the_grid(tmp_path: Path) -> None:
    made = runs(2)
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x" * 700_000)
    made[1].files = [file]
    grid = CompareGrid(made)
    ask(grid, id="m", type="media", run="r2", clip=0)
    assert replies()[-1][0]["total"] == 700_000
    ask(grid, id="m", type="ack")
    assert replies()[-1][0]["offset"] > 0
    for wrong in ("r9", "../r2", ""):
        ask(grid, id="w", type="media", run=wrong, clip=0)
        assert replies()[-1][0]["type"] == "error"


def test_stop_and_reuse_are_for_the_run_that_was_meant() -> None:
    made = runs(2)
    made[0].name = "Run 1"
    grid = CompareGrid(made)
    ask(grid, id="s", type="stop", run="r2")
    assert (made[0].stops, made[1].stops) == (0, 1)
    ask(grid, id="e", type="reuse", run="r1")
    assert "no Studio here" in replies()[-1][0]["message"]
    loaded: list[Any] = []
    grid.on_reuse(lambda run, last_frame_only: loaded.append((run, last_frame_only)))
    for kind in ("reuse", "continue"):
        ask(grid, id="e", type=kind, run="r1")
    assert loaded == [(made[0], False), (made[0], True)]
    grid.blind = True
    left, _ = grid._live["tiles"]
    ask(grid, id="a", type="about", run=left["key"])
    assert "hidden until you finish" in replies()[-1][0]["message"], "the code has the prompt"
    ask(grid, id="x", type="stop", run="gone")
    assert replies()[-1][0]["type"] == "error"


def changes(grid: CompareGrid) -> list[dict[str, Any]]:
    return [message for message, _ in replies() if message["type"] == "tiles"]


def test_only_the_tile_that_has_changed_is_sent_and_at_once() -> None:
    made = [FakeGridRun(n, status="running", over=False, cost=None) for n in (1, 2)]
    grid = CompareGrid(made)
    SENT.clear()
    made[1].change(progress=0.75)
    ((message, _),) = replies()
    assert list(message["progress"]) == ["r2"]
    assert message["progress"]["r2"]["progress"] == 0.75
    assert message["tiles"] == []
    made[1].change(status="succeeded", over=True, ended=made[1].snapshot["now"], cost="0.19")
    message = changes(grid)[-1]
    assert [tile["key"] for tile in message["tiles"]] == ["r2"]
    assert len(SENT) == 2, "not the ranking, not the other tile"
    assert tiles(grid)[1]["cost"] == "0.19", "a page that is loaded now has it all"


def test_a_run_may_move_on_while_its_grid_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeGridRun(1, status="running", over=False)
    # Called when the runs are followed and no tile is sent yet.
    monkeypatch.setattr(BlindVoting, "recall", lambda *_: run.change(status="fetching"))
    grid = CompareGrid([run, FakeGridRun(2)])
    assert grid.error is None
    assert [tile["progress"]["status"] for tile in tiles(grid)] == ["fetching", "succeeded"]


def test_a_log_line_is_nothing_new_to_the_grid() -> None:
    run = FakeGridRun(1, status="running", over=False)
    grid = CompareGrid([run])
    SENT.clear()
    run.change(logs=["a", "b"], log_total=2)
    assert SENT == []
    assert len(tiles(grid)) == 1


def test_while_blind_what_happens_to_other_runs_is_not_told() -> None:
    made = [*runs(2), FakeGridRun(3, status="running", over=False)]
    grid = CompareGrid(made)
    grid.blind = True
    SENT.clear()
    made[2].change(progress=0.75)
    made[0].change(cost="0.20")
    assert SENT == []


def test_changes_of_many_threads_are_counted_without_a_gap() -> None:
    """The browser would ask for everything again at a gap; one at the end would be lost."""
    made = [FakeGridRun(n, status="running", over=False, progress=0.0) for n in range(1, 9)]
    grid = CompareGrid(made)
    SENT.clear()

    def work(run: FakeGridRun) -> None:
        for step in range(1, 101):
            run.change(progress=step / 100)

    threads = [threading.Thread(target=work, args=(run,)) for run in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    revisions = [message["revision"] for message in changes(grid)]
    assert revisions == list(range(revisions[0], revisions[0] + 800))
    assert [tile["progress"]["progress"] for tile in tiles(grid)] == [1.0] * 8
    assert grid.error is None


def test_a_page_that_missed_a_change_gets_everything() -> None:
    grid = CompareGrid(runs(2))
    SENT.clear()
    ask(grid, id="g", type="resend")
    ((data, _),) = SENT
    assert data["state"] == {"_live": grid._live}


def test_closed_it_listens_to_nobody() -> None:
    made = runs(2)
    grid = CompareGrid(made)
    grid.close()
    assert not made[0].has_trait("x")
    assert made[0]._trait_notifiers.get("snapshot", {}).get("change", []) == []


def test_a_grid_refers_to_the_posters_that_views_of_its_runs_show() -> None:
    url = "data:image/jpeg;base64,CCCC"
    made = [FakeGridRun(number, poster=url) for number in (1, 2)]
    view = RunView(made[0])
    poster = view._poster
    SENT.clear()
    grid = CompareGrid(made)
    references = grid.get_state()["_posters"]
    assert [references[tile["poster"]] for tile in tiles(grid)] == [
        f"anywidget:{poster.model_id}",
        f"anywidget:{poster.model_id}",
    ]
    assert "CCCC" not in str(SENT), "the picture is there already"
    view.close()
    assert poster.comm is not None, "the grid still shows it"
    grid.runs = [FakeGridRun(3)]
    assert poster.comm is None
    assert grid.get_state()["_posters"] == {}
