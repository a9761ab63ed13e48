"""`ww.history()`: the runs of earlier days, found again, readable and alive."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO, ROOT
from tests.runs.kernel import Kernel
from wiro_widgets.client import InputError
from wiro_widgets.errors import NotFollowedHere
from wiro_widgets.library.estimates import cost_text
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner
from wiro_widgets.library.request import RunRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Service
    from wiro_widgets.library.records import Record
    from wiro_widgets.library.records import Service as ServiceName
    from wiro_widgets.runs.session import Session

COSTS = json.loads((ROOT / "tests" / "cases" / "costs.json").read_text("utf-8"))
FULL = "minimax/hailuo-2.3"
PRO = RunRequest("minimax/hailuo-2-3", {"prompt": "A storm <b>rolls</b> in", "duration": "6"})


def another_kernel_asks(session: Session, service: ServiceName) -> tuple[Journal, Record, str]:
    """Have another kernel, which lives, write `PRO` down; its journal, the record, its owner."""
    journal, owner = Journal(session.library.directory), new_owner()
    record, _ = journal.reserve(PRO, service, owner, fresh=False)
    return journal, record, owner


def test_old_runs_come_back_newest_first_and_alive(notebook: Session) -> None:
    first = ww.run("The first of two", image=PHOTO).wait(60)
    second = ww.run("The second of two", image=PHOTO).wait(60)
    notebook.close()

    history = ww.history()

    assert [run.number for run in history] == [second.number, first.number]
    assert history[0] is not second
    assert history[0].wait(5).video == second.video
    assert history[1:][0].prompt == "The first of two"
    assert history[-1] is history[1]
    with pytest.raises(IndexError):
        history[2]
    assert list(history[:0]) == []


def test_history_finds_by_model_and_by_every_word(notebook: Session) -> None:
    ww.run("The gull lifts off", image=PHOTO).wait(60)
    ww.run("The gull lands in İstanbul", image=PHOTO, resolution="1080P").wait(60)
    another_kernel_asks(notebook, "sandbox")
    notebook.library.judge(1, tags=["Keep"], note="the light is right")

    def found(**which: object) -> list[str]:
        rows = ww.history(**which)._repr_html_().split("<tr>")[2:]  # type: ignore[arg-type]
        return [row.partition(">")[2].partition("<")[0] for row in rows]

    assert found() == ["3", "2", "1"]
    assert found(limit=1) == ["3"]
    assert found(limit=None) == ["3", "2", "1"]
    assert found(model="MiniMax Hailuo 2.3") == ["3"]
    assert found(text="gull 1080p") == ["2"]
    assert found(text="LIGHT keep") == ["1"]
    assert found(text="istanbul GULL") == ["2"]
    assert found(text="launch.jpg") == ["2", "1"]
    assert found(text="walrus") == []
    with pytest.raises(InputError, match="text can't be the number 5"):
        ww.history(text=5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no model named"):
        ww.history(model="hailuo")
    with pytest.raises(InputError, match="of at least 0, not the number -1"):
        ww.history(limit=-1)


def test_history_reads_as_a_table(notebook: Session) -> None:
    run = ww.run("The gull lifts off", image=PHOTO, resolution="768P").wait(60)
    run.judge(starred=True, rating=4)
    another_kernel_asks(notebook, "live")
    history = ww.history()

    text = repr(history)
    heading, columns, newest, oldest = text.splitlines()
    assert heading.startswith("2 runs in ")
    assert columns.split() == [
        "run", "when", "model", "prompt", "settings", "status", "time", "cost", "rating",
    ]  # fmt: skip
    assert "A storm <b>rolls</b> in" in newest
    for words in (
        "The gull lifts off",
        "768P · 6 s · launch.jpg",
        "done",
        "if live",
        "favourite, 4/5",
    ):
        assert words in oldest
    html = history._repr_html_()
    assert "A storm &lt;b&gt;rolls&lt;/b&gt; in" in html
    assert "<b>" not in html
    assert 'scope="col"' in html
    assert 'src="data:image/jpeg;base64,' in html
    assert len(html) < 12_000, "thumbnails are kept with the notebook"
    assert f'<a href="wiro-runs/clips/{run.video.name}">{run.video.name}</a>' in html
    # A link to a clip that is on another computer, or was deleted, would lead nowhere.
    there = run.video.rename(run.video.with_name("elsewhere.mp4"))
    assert "<a href" not in history._repr_html_()
    there.rename(run.video)
    assert (
        repr(notebook.library.spent("sandbox"))
        == "would have cost $0.19; the sandbox charges nothing"
    )

    token = notebook.library.record(run.number).token
    assert token is not None
    assert token not in text + html
    assert "No matching runs yet" in repr(ww.history(text="walrus"))


def test_the_table_tells_what_has_come_of_a_run_since(notebook: Session) -> None:
    run = ww.run("Looked at early", image=PHOTO)
    history = ww.history()
    run.wait(60)
    assert "done" in repr(history)


def test_a_run_left_behind_by_a_dead_kernel_is_followed_on(
    notebook: Session, service: Service, folder: Path
) -> None:
    with Kernel(folder, service.environment()) as kernel:
        kernel.do(
            f"run = ww.run('Left to history', image={str(PHOTO)!r})\nuntil(lambda: run.task_id)"
        )
    before = service.task_count()
    assert ww.history()[0].wait(60).video is not None
    assert service.task_count() == before


def test_a_run_of_the_other_service_is_shown_and_left_alone(
    notebook: Session, service: Service
) -> None:
    """This session is connected to the sandbox; the real service is at work on another run."""
    journal, record, owner = another_kernel_asks(notebook, "live")
    journal.accepted(record.number, "2221", "token-of-the-live-task", owner)
    before = service.task_count()

    run = ww.history()[0]

    with pytest.raises(NotFollowedHere, match="live service") as caught:
        run.wait(5)
    assert "Connect to that service" in caught.value.remedy
    assert caught.value.spent == "maybe"
    assert "token-of-the-live-task" not in str(run.snapshot)
    assert service.task_count() == before
    assert notebook.library.record(record.number).status == "running"


@pytest.mark.parametrize(("cost", "service", "words"), COSTS)
def test_a_cost_is_written_as_in_the_browser(cost: str, service: str, words: str) -> None:
    assert cost_text(Decimal(cost), service) == words
