"""`ww.run` against a real sandbox: what a notebook user sees, and what is never sent twice."""

from __future__ import annotations

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest

import wiro_widgets as ww
from tests.conftest import FEW, PHOTO, ROOT
from tests.runs.kernel import Kernel
from wiro_widgets.client import (
    InputError,
    ModerationRefused,
    NotFoundError,
    TaskCancelled,
    WaitTimeout,
)
from wiro_widgets.errors import SessionClosed

if TYPE_CHECKING:
    from tests.conftest import Service
    from wiro_widgets.runs.session import Session

PROMPT = "Vapour drifts across the tower. [Push in]"


def test_a_photograph_becomes_a_clip_beside_the_notebook(notebook: Session) -> None:
    run = ww.run(PROMPT, image=PHOTO, resolution="768P", duration=6)
    seen = [run.status]
    run.observe(lambda change: seen.append(change["new"]), "status")
    assert run.wait(60) is run
    assert run.video is not None
    assert run.video.parent == Path.cwd() / "wiro-runs" / "clips"
    with av.open(run.video) as clip:
        stream = clip.streams.video[0]
        assert (min(stream.width, stream.height), stream.average_rate) == (768, int(FEW))
        assert sum(1 for _ in clip.decode(stream)) == 6 * int(FEW)
    assert seen[-1] == "succeeded"
    names = [mark["name"] for mark in run.stages]
    assert names[0] == "task_queue"
    assert names[-1] == "task_postprocess_end"
    times = [mark["at"] for mark in run.stages]
    assert times == sorted(times)
    assert run.log
    assert run.cost is not None
    assert run.snapshot["clips"][0]["name"] == run.video.name
    assert run.snapshot["poster"].startswith("data:image/jpeg;base64,")


def test_the_same_request_shows_the_recorded_run_and_sends_nothing(
    notebook: Session, service: Service
) -> None:
    first = ww.run("Asked twice", image=PHOTO).wait(60)
    before = service.task_count()
    again = ww.run("Asked twice", image=PHOTO)
    assert again.wait(5).video == first.video
    assert again.snapshot["reused"] is True
    assert service.task_count() == before
    fresh = ww.run("Asked twice", image=PHOTO, fresh=True).wait(60)
    assert service.task_count() == before + 1
    assert fresh.video != first.video


def test_two_threads_asking_at_once_get_one_run(notebook: Session, service: Service) -> None:
    before = service.task_count()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ww.run, "Asked at once", image=PHOTO) for _ in range(8)]
        runs = [one.result() for one in asked]
    for run in runs:
        assert run.wait(60).status == "succeeded"
    assert len({run.number for run in runs}) == 1
    assert service.task_count() == before + 1


def test_what_a_closed_session_had_not_sent_is_sent_when_it_is_asked_for_again(
    notebook: Session, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = service.task_count()
    prompts = [f"Asked and left {number}" for number in range(4)]
    closed = threading.Event()
    submit = notebook.client.submit

    def submit_late(*arguments: Any, **options: Any) -> Any:
        """A network so slow that nothing has left when the session is closed."""
        assert closed.wait(30)
        return submit(*arguments, **options)

    monkeypatch.setattr(notebook.client, "submit", submit_late)
    runs = [ww.run(prompt, image=PHOTO) for prompt in prompts]
    notebook.close()
    closed.set()

    for run in runs:
        with pytest.raises(SessionClosed, match="was closed"):
            run.wait(30)
        assert run.status == "queued"
    assert [record.status for record in notebook.library.records()] == ["queued"] * len(prompts)
    assert service.task_count() == before
    for again in [ww.run(prompt, image=PHOTO) for prompt in prompts]:
        assert again.wait(60).video is not None
    assert service.task_count() == before + len(prompts)


def test_a_new_kernel_shows_the_recorded_run(notebook: Session, service: Service) -> None:
    first = ww.run("From another day", image=PHOTO).wait(60)
    before = service.task_count()
    notebook.close()
    again = ww.run("From another day", image=PHOTO).wait(5)
    assert again is not first
    assert (again.video, again.cost, again.status) == (first.video, first.cost, "succeeded")
    assert [m["name"] for m in again.stages] == [m["name"] for m in first.stages]
    assert service.task_count() == before


def test_a_kernel_that_died_in_mid_run_is_followed_on(
    notebook: Session, service: Service, folder: Path
) -> None:
    """The dead kernel's task is picked up by its token; nothing is sent again."""
    with Kernel(folder, service.environment()) as kernel:
        task_id = kernel.do(
            f"run = ww.run('Left behind', image={str(PHOTO)!r})\nuntil(lambda: run.task_id)"
        )
    # Written down before anything else was done, so no search is needed.
    assert notebook.library.records()[0].task_id == task_id
    before = service.task_count()
    run = ww.run("Left behind", image=PHOTO).wait(60)
    assert run.task_id == task_id
    assert run.video is not None
    assert service.task_count() == before


@pytest.mark.parametrize(
    ("arguments", "error", "field", "words"),
    [
        ({}, InputError, "image", "image="),
        ({"image": "no-such.jpg"}, InputError, "image", "no-such.jpg"),
        ({"image": "", "model": "minimax/hailuo-2.3"}, InputError, "image", "image is empty"),
        ({"image": (), "model": "minimax/hailuo-2.3"}, InputError, "image", "image is empty"),
        ({"image": ROOT / "README.md"}, InputError, "image", "README.md is not an image"),
        ({"inputImage": "no-such.jpg"}, InputError, "inputImage", "no-such.jpg"),
        ({"prompt": "", "image": PHOTO}, InputError, "prompt", "prompt=None"),
        ({"prompt": " \n", "image": PHOTO}, InputError, "prompt", "Describe what happens"),
        ({"prompt": "a" * 2_001, "image": PHOTO}, InputError, "prompt", "1 character over"),
        ({"prompt": ["a", "b"], "image": PHOTO}, InputError, "prompt", "ww.sweep"),
        ({"prompt": b"a", "image": PHOTO}, InputError, "prompt", "not bytes"),
        ({"model": "minimax/hailuo-2.3-fsat"}, NotFoundError, "model", "2.3-fast?"),
        ({"model": "hailuo-2.3-fast"}, InputError, "model", "minimax/hailuo-2.3-fast?"),
        ({"model": "no/such"}, NotFoundError, "model", "wiro.ai/models"),
        ({"image": PHOTO, "model": "minimax/none"}, NotFoundError, None, "minimax/none"),
        ({"image": PHOTO, "resolutoin": "768P"}, InputError, "resolutoin", "resolution"),
        ({"image": PHOTO, "resolution": "4K"}, InputError, "resolution", "1080P"),
        (
            {"image": PHOTO, "resolution": "1080P", "duration": 10},
            InputError,
            None,
            "1080P",
        ),
        ({"image": PHOTO, "duration": 7}, InputError, "duration", "10"),
    ],
)
def test_bad_input_names_the_field_and_sends_nothing(
    notebook: Session,
    service: Service,
    arguments: dict,
    error: type[Exception],
    field: str | None,
    words: str,
) -> None:
    before = service.task_count()
    with pytest.raises(error) as caught:
        ww.run(**{"prompt": "Never sent", **arguments})
    assert words in f"{caught.value} {caught.value.remedy}"
    if field is not None:
        assert caught.value.field == field
    assert service.task_count() == before
    assert notebook.library.records() == []


def test_a_misspelt_camera_move_is_said_each_time_and_sent(
    notebook: Session, service: Service
) -> None:
    before = service.task_count()
    for _ in range(2):
        with pytest.warns(ww.PromptWarning, match=r"Did you mean \[Zoom in\]") as said:
            run = ww.run("Dawn. [Zoom ni]", image=PHOTO)
        # At the line of the person's that asked for it.
        assert said[0].filename == __file__
    assert run.wait(60).video is not None
    assert service.task_count() == before + 1
    with pytest.warns(ww.PromptWarning, match="Zoom ni") as said:
        planned = ww.sweep(["Dusk. [Zoom ni]"], image=PHOTO, resolution=["768P", "1080P"])
    assert len(said) == len(planned.warnings) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ww.sweep("Dusk. [Zoom in, Shake]", image=PHOTO)


def test_a_prompt_is_left_out_by_saying_so(notebook: Session, service: Service) -> None:
    run = ww.run(None, image=PHOTO).wait(60)
    assert run.video is not None
    assert "prompt" not in run.request.parameters
    with pytest.raises(InputError, match="Describe what happens in the clip"):
        ww.run(image=PHOTO)


def test_a_moderated_prompt_ends_with_the_reason_and_is_not_asked_again(
    notebook: Session, service: Service
) -> None:
    run = ww.run("sandbox: moderated", image=PHOTO)
    with pytest.raises(ModerationRefused):
        run.wait(60)
    assert run.status == "failed"
    assert run.snapshot["problem"]["title"] == "Refused by moderation"
    assert run.snapshot["problem"]["spent"] == "no"
    before = service.task_count()
    with pytest.raises(ModerationRefused):
        ww.run("sandbox: moderated", image=PHOTO).wait(5)
    assert service.task_count() == before


def test_stop_ends_the_run_at_the_service(notebook: Session) -> None:
    run = ww.run("sandbox: stall", image=PHOTO)
    running = threading.Event()
    run.observe(lambda _: run.task_id and running.set(), "snapshot")
    assert running.wait(30)
    run.stop()
    with pytest.raises(TaskCancelled):
        run.wait(30)
    assert run.status == "cancelled"
    assert run.video is None


def test_a_timeout_ends_the_wait_and_not_the_run(notebook: Session) -> None:
    run = ww.run("sandbox: stall", image=PHOTO, fresh=True)
    with pytest.raises(WaitTimeout, match="goes on"):
        run.wait(0.2)
    assert not run.ended
    run.stop()
    with pytest.raises(TaskCancelled):
        run.wait(30)


def test_a_failing_observer_does_not_stop_the_run(
    notebook: Session, caplog: pytest.LogCaptureFixture
) -> None:
    run = ww.run("Watched by a broken observer", image=PHOTO)

    def broken(_: object) -> None:
        raise ValueError("the observer's own fault")

    run.observe(broken, "stage")
    assert run.wait(60).video is not None
    assert "An observer of Run.stage failed" in caplog.text


def test_no_token_reaches_a_snapshot_or_a_repr(notebook: Session) -> None:
    run = ww.run("Say nothing", image=PHOTO).wait(60)
    token = notebook.library.record(run.number).token
    assert token
    notebook.close()
    again = ww.run("Say nothing", image=PHOTO)
    assert again is not run
    for shown in (run, again):
        for text in (str(shown.snapshot), repr(shown), str(shown._repr_mimebundle_())):
            assert token not in text


def test_the_files_of_a_run(notebook: Session) -> None:
    run = ww.run("All its files", image=PHOTO)
    assert (run.video, run.videos) == (None, [])
    with pytest.raises(InputError, match=r"Run \d+ \(.+\) has no clip") as caught:
        ww.run("Goes on from it", image=run)
    assert caught.value.field == "image"
    run.wait(60)
    (frame,) = notebook.request("Goes on", image=run, parameters={}).inputs
    assert frame.name == f"{run.video.stem}-last-frame.png"
    assert run.videos == [run.video] == [run.clip_path(0)]
    assert run.clip_path(1) is run.clip_path(-1) is None


def test_parameters_may_be_given_by_their_own_names(notebook: Session, service: Service) -> None:
    """For a model whose parameter is called as an argument of `ww.run` is."""
    run = ww.run("Named twice", parameters={"inputImage": PHOTO, "resolution": "1080P"})
    assert run.request.parameters["resolution"] == "1080P"
    assert run.request.inputs[0].name == PHOTO.name
    before = service.task_count()
    assert ww.run("Named twice", image=PHOTO, resolution="1080P") is run
    # A keyword is nearer to the call than what a panel holds.
    shared = {"resolution": "1080P", "duration": 6}
    other = ww.run("Named twice", image=PHOTO, parameters=shared, resolution="768P")
    assert other.request.parameters["resolution"] == "768P"
    with pytest.raises(InputError, match="nope"):
        ww.run("Never sent", image=PHOTO, parameters={"nope": 1})
    for each in (run, other):
        assert each.wait(60).video is not None
    assert service.task_count() <= before + 2
    sweep = ww.sweep("Named twice", image=PHOTO, parameters={"resolution": ["768P", "1080P"]})
    assert [cell.recorded_as for cell in sweep.cells] == [other.number, run.number]
