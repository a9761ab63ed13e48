"""`ww.sweep`: every combination, its price before anything is sent, and what comes of it."""

from __future__ import annotations

import io
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.conftest import FAST, FEW, PHOTO, ROOT, start_service, stop_service
from wiro_widgets.client import ConcurrencyLimitError, InputError, WaitTimeout
from wiro_widgets.errors import NotSent
from wiro_widgets.library.estimates import price_text
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner, release_owner
from wiro_widgets.runs.session import DEFAULT_MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Service
    from wiro_widgets.runs.session import Session

PROMPTS = ["The gull lifts off", "The gull lands"]


def test_a_sweep_is_planned_priced_run_and_free_the_second_time(
    notebook: Session, service: Service
) -> None:
    before = service.task_count()
    sweep = ww.sweep(PROMPTS, image=PHOTO, resolution=["768P", "1080P"], duration=6)

    assert len(sweep) == 4
    one, two = (cell.price for cell in sweep.cells[:2])
    assert one is not None
    assert two is not None
    assert sweep.price is not None
    assert sweep.price.low == 2 * (one.low + two.low) > 0
    heading, columns, *rows = repr(sweep).splitlines()
    assert heading.startswith(f"4 runs: {price_text(sweep.price)} in all")
    assert "on the sandbox nothing is charged" in heading
    assert "Nothing is sent until you call run()." in heading
    assert columns.split() == ["#", "prompt", "resolution", "price"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "4"]
    assert "The gull lands" in rows[3]
    assert "1080P" in rows[3]
    assert sweep.runs == []
    assert service.task_count() == before

    sweep.run().run().wait(90)

    assert service.task_count() == before + 4
    assert [run.prompt for run in sweep.runs] == [PROMPTS[0]] * 2 + [PROMPTS[1]] * 2
    assert all(run.video for run in sweep.runs)
    assert sweep.summary.startswith("4 runs: 4 done · would have cost $")
    assert "Run 4" in repr(sweep)

    wider = ww.sweep(PROMPTS, image=PHOTO, resolution=["768P", "1080P"], repeats=2)
    assert [cell.recorded_as for cell in wider.cells] == [1, None, 2, None, 3, None, 4, None]
    assert wider.price == sweep.price
    assert "for 4 of them" in wider.summary
    assert "free: you have it as Run 1" in repr(wider)
    again = ww.sweep(PROMPTS, image=PHOTO, resolution=["768P", "1080P"], max_cost=0)
    assert "costs nothing" in again.summary
    assert again.run().wait(5).summary == "4 runs: 4 done earlier"
    assert service.task_count() == before + 4


def test_impossible_combinations_are_explained_once_and_can_be_skipped(
    notebook: Session, service: Service
) -> None:
    before = service.task_count()
    asked: dict[str, Any] = {"image": PHOTO, "resolution": ["768P", "1080P"], "duration": [6, 10]}
    with pytest.raises(InputError) as caught:
        ww.sweep(PROMPTS, **asked)
    heading, reason, remedy = str(caught.value).split("\n")
    assert heading == "2 of 8 combinations aren't valid. Nothing was sent."
    assert "1080P" in reason
    assert remedy.strip() == "Add skip_impossible=True to go on with the other 6."
    assert caught.value.field == "duration"

    sweep = ww.sweep(PROMPTS, **asked, skip_impossible=True)
    assert [cell.number for cell in sweep.cells] == [1, 2, 3, 5, 6, 7]
    assert [one.number for one in sweep.skipped] == [4, 8]
    heading, _, *rows = repr(sweep).splitlines()
    assert heading.startswith("6 runs: ")
    assert "2 impossible combinations skipped" in heading
    assert [row.split()[0] for row in rows] == list("12345678")
    assert ["skipped: " in row for row in rows] == [False] * 3 + [True] + [False] * 3 + [True]
    with pytest.raises(InputError, match="1080P") as caught:
        ww.sweep(PROMPTS, image=PHOTO, resolution="1080P", duration=10, skip_impossible=True)
    assert "skip_impossible" not in str(caught.value)
    assert notebook.library.records() == []
    assert service.task_count() == before


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        ({"prompt": []}, "prompt", "empty list"),
        ({"repeats": 0}, "repeats", "1 to 50"),
        ({"repeats": True}, "repeats", "1 to 50"),
        ({"duration": list(range(600))}, "duration", "up to 500"),
        ({"prompt": ["a"] * 30, "seed": [1] * 30}, None, "prompt: 30, seed: 30"),
        ({"image": [PHOTO, "no-such.jpg"]}, "image", "no-such.jpg"),
        ({"image": [PHOTO, ROOT / "README.md"]}, "image", "README.md is not an image"),
        ({"prompt": ["A gull", " "]}, "prompt", "Describe what happens in the clip."),
        ({"prompt": ["A gull", "a" * 2_001]}, "prompt", "1 character over the 2,000 limit"),
        ({"prompt": [["a", "b"]]}, "prompt", "must be text"),
        ({"resolutoin": ["768P"]}, "resolutoin", "resolution"),
        ({"max_cost": "much"}, "max_cost", "US dollars"),
        ({"max_cost": -1}, "max_cost", "US dollars"),
        ({"max_cost": float("nan")}, "max_cost", "US dollars"),
    ],
)
def test_bad_input_says_what_to_do(
    notebook: Session, arguments: dict, field: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        ww.sweep(**{"prompt": "The gull", "image": PHOTO, **arguments})
    assert words in str(caught.value)
    assert caught.value.field == field


def test_a_limit_stops_it_before_anything_is_sent(notebook: Session, service: Service) -> None:
    before = service.task_count()
    sweep = ww.sweep(PROMPTS, image=PHOTO, max_cost="0.05")
    assert sweep.problem is not None
    assert "above your $0.05 limit" in repr(sweep)
    with pytest.raises(InputError, match="Nothing was sent") as caught:
        sweep.run()
    assert caught.value.field == "max_cost"
    assert sweep.price is not None
    assert ww.sweep(PROMPTS, image=PHOTO, max_cost=sweep.price.high).problem is None
    assert service.task_count() == before


def test_an_unknown_price_stays_unknown_and_meets_no_limit(
    notebook: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = notebook.model(DEFAULT_MODEL)
    monkeypatch.setattr(type(spec.price), "estimate", lambda *_: None)
    sweep = ww.sweep(PROMPTS, image=PHOTO)
    assert sweep.price is None
    assert "price unknown" in repr(sweep)
    assert "$0" not in repr(sweep)
    with pytest.raises(InputError, match="price is unknown"):
        ww.sweep(PROMPTS, image=PHOTO, max_cost=100).run()


def test_a_run_that_fails_leaves_the_others_alone(notebook: Session) -> None:
    prompts = ["sandbox: moderated", "One that works"]
    sweep = ww.sweep(prompts, image=PHOTO).run().wait(60)
    assert "1 failed (Refused by moderation)" in sweep.summary
    assert "1 done" in sweep.summary
    assert [run.video is not None for run in sweep.runs] == [False, True]
    assert notebook.library.spent("sandbox").settled == sweep.runs[1].cost
    assert notebook.library.spent("live")[:3] == (Decimal(0), 0, "live")


def test_the_same_asked_twice_in_one_sweep_is_sent_once(
    notebook: Session, service: Service
) -> None:
    before = service.task_count()
    sweep = ww.sweep(["Twice the same", "Twice the same"], image=PHOTO)
    assert sweep.price == sweep.cells[0].price
    assert "free: same as 1" in repr(sweep)
    sweep.run().wait(60)
    assert len(sweep.runs) == 1
    assert "$" in sweep.summary
    assert service.task_count() == before + 1


def test_one_open_file_serves_every_combination(notebook: Session) -> None:
    """A file object is at its end after it was read once."""
    with PHOTO.open("rb") as photo:
        sweep = ww.sweep(PROMPTS, image=photo)
    files = [cell.request.files["inputImage"][0] for cell in sweep.cells]
    assert files[0] == files[1]
    assert files[0].name == "launch.jpg"
    stream = io.BytesIO(PHOTO.read_bytes())
    same = ww.sweep(PROMPTS, image=[stream])
    assert same.cells[1].request.fingerprint() == sweep.cells[1].request.fingerprint()


def test_models_are_swept_too_and_each_gets_its_own_image_parameter(notebook: Session) -> None:
    sweep = ww.sweep(
        "The gull", model=["minimax/hailuo-2.3-fast", "minimax/hailuo-2.3"], image=PHOTO
    )
    assert [cell.request.model for cell in sweep.cells] == [
        "minimax/hailuo-2-3-fast",
        "minimax/hailuo-2-3",
    ]


def test_the_table_is_text_whatever_was_written(notebook: Session) -> None:
    sweep = ww.sweep(["<script>alert(1)</script>", "Calm"], image=PHOTO)
    html = sweep._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_what_exceeds_the_accounts_limit_waits_without_being_sent_again_and_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A balance of $10 allows one task at a time (code 96)."""
    poor = start_service("--speed", FAST, "--frame-rate", FEW, "--balance", "10")
    refusals = 0
    try:
        with ww.connect(
            poor.key, poor.secret, api_url=poor.api_url, socket_url=poor.socket_url
        ) as session:
            submit = session.client.submit

            def counted(*arguments: Any, **options: Any) -> Any:
                nonlocal refusals
                try:
                    return submit(*arguments, **options)
                except ConcurrencyLimitError:
                    refusals += 1
                    raise

            monkeypatch.setattr(session.client, "submit", counted)
            began = time.monotonic()
            sweep = ww.sweep([f"Number {n}" for n in range(4)], image=PHOTO).run()
            with pytest.raises(WaitTimeout, match="4 runs: "):
                sweep.wait(0)
            sweep.wait(90)
            took = time.monotonic() - began
            assert sweep.summary.startswith("4 runs: 4 done")
            # Two senders may both be refused at first; after that a run is sent when there is
            # room, and one is tried every five seconds in case somebody else has made room.
            assert refusals <= 3 + took / 5
            assert poor.task_count() == 4
    finally:
        stop_service(poor)


def test_looking_at_a_run_that_was_never_sent_does_not_send_it(
    notebook: Session, service: Service
) -> None:
    """It waited for a slot when its kernel died; seeing it in the history must not spend money."""
    before = service.task_count()
    request = ww.sweep("Left waiting", image=PHOTO).cells[0].request
    owner = new_owner()
    Journal(notebook.library.directory).reserve(request, "sandbox", owner, fresh=False)
    release_owner(owner)

    run = ww.history()[0]
    with pytest.raises(NotSent, match="Run it again to send it"):
        run.wait(5)
    assert (run.status, run.error) == ("queued", "Not sent")
    assert service.task_count() == before

    assert ww.run("Left waiting", image=PHOTO) is run
    assert run.wait(60).video is not None
    assert service.task_count() == before + 1
