"""The Studio without a browser: what it holds, sends, keeps, and says when something is wrong."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ImageFile

import wiro_widgets as ww
from tests.conftest import PHOTO
from tests.runs.helpers import until
from tests.widgets.fakes import ask
from wiro_widgets.client import InputError
from wiro_widgets.runs import current
from wiro_widgets.runs import session as sessions
from wiro_widgets.widgets import Studio
from wiro_widgets.widgets.base import WiroWidget

if TYPE_CHECKING:
    from tests.conftest import Service


def press(studio: Studio, takes: int = 1) -> None:
    """Press Run as the browser does, with what is on the screen."""
    values = {"values": studio.parameters, "prompt": studio.prompt, "repeats": takes}
    ask(studio._button, id="1", type="run", **values)


def test_it_runs_what_stands_in_it(studio: Studio, service: Service) -> None:
    studio.parameters = {**studio.parameters, "resolution": "1080P"}
    run = studio.run().wait()
    assert run.video is not None
    assert run.request.prompt == "The gull lifts off"
    assert run.request.parameters["resolution"] == "1080P"
    (image,) = run.request.files["inputImage"]
    assert image.name == PHOTO.name
    assert studio.selected_run is run
    assert studio.runs == [run]
    assert run.name in repr(studio)


def test_a_closed_studio_leaves_nothing_behind(notebook: sessions.Session) -> None:
    studio = Studio("The gull lifts off")
    studio.compare()
    seen = weakref.ref(studio)
    studio.close()
    studio.close()
    del studio
    gc.collect()
    assert seen() is None


def test_pressing_run_again_on_a_recorded_request_makes_another(
    studio: Studio, service: Service
) -> None:
    first = studio.run().wait()
    assert studio._button.recorded_as == first.name
    before = service.task_count()
    # From code the same request is answered from the library, as everywhere.
    assert studio.run() is first
    assert service.task_count() == before
    press(studio)
    assert studio.selected_run is not first
    studio.selected_run.wait()
    assert service.task_count() == before + 1


def test_one_press_makes_as_many_takes_as_were_chosen_once(
    studio: Studio, service: Service
) -> None:
    before = service.task_count()
    press(studio, takes=2)
    assert len(studio.runs) == 2
    assert studio._strip.selected == [run.key for run in reversed(studio.runs)]
    assert studio.selected_run is studio.runs[0]
    assert [run.request.repeat for run in studio.runs] == [1, 0]
    assert studio._button.repeats == 1
    press(studio, takes=2)
    for run in studio.runs:
        run.wait()
    assert service.task_count() == before + 4
    # From code the takes that are there are shown, and only the fifth is made.
    studio.run(takes=5).wait()
    assert service.task_count() == before + 5


def test_the_button_says_why_nothing_can_be_run(studio: Studio) -> None:
    button = studio._button
    assert (button.disabled, button.blocked_because) == (False, "")
    studio.image = None
    assert (button.disabled, button.blocked_because) == (True, "Add a first frame.")
    studio.image = PHOTO
    studio.prompt = " "
    assert (button.disabled, button.blocked_because) == (
        True,
        "Describe what happens in the clip.",
    )
    studio.prompt = "The gull lifts off"
    studio.parameters = {**studio.parameters, "resolution": "1080P", "duration": "10"}
    assert button.disabled
    assert "1080P is only available with 6 s" in button.blocked_because
    with pytest.raises(InputError, match="A 10 s clip isn't available at 1080P"):
        studio.run()


def test_another_model_keeps_what_both_have(studio: Studio) -> None:
    studio.parameters = {**studio.parameters, "duration": "10"}
    studio.model = "MiniMax/hailuo-2.3"
    assert studio.model == "minimax/hailuo-2-3"
    assert studio.parameters["duration"] == "10"
    assert studio.prompt == "The gull lifts off"
    studio.image = None
    assert not studio._button.disabled


def test_a_model_that_does_not_exist_is_said_and_nothing_is_lost(studio: Studio) -> None:
    studio.model = "minimax/hailuo-9"
    assert studio._problem["title"] == "Unknown model"
    assert studio.prompt == "The gull lifts off"
    assert studio.image is not None


def test_a_model_without_an_image_hides_the_first_frame(studio: Studio) -> None:
    studio.model = "wiro/3d-text-animations"
    assert studio._takes_image is False
    studio.model = "minimax/hailuo-2-3-fast"
    assert studio._takes_image is True


def test_a_sweep_is_priced_before_it_is_sent_and_only_the_shown_plan_runs(
    studio: Studio, service: Service
) -> None:
    before = service.task_count()
    studio._open_sweep({})
    builder = studio._sweep
    assert builder is not None
    plan = builder._plan(["A gull", "A crow"], {"resolution": ["768P", "1080P"]}, 1)
    assert plan["count"] == 4
    assert plan["columns"] == ["#", "Prompt", "Resolution", "Price"]
    assert plan["total"] == "$1.04"
    assert service.task_count() == before
    with pytest.raises(ValueError, match="out of date"):
        builder._start("another")
    ask(builder, id="1", type="start", plan=plan["key"])
    for run in studio.runs:
        run.wait()
    until(lambda: builder._made["total"] == "4 done")
    assert [row["cells"][3:] for row in builder._made["rows"]] == [
        [f"Run {number}", "Done"] for number in (1, 2, 3, 4)
    ]
    with pytest.raises(ValueError, match="out of date"):
        builder._start(plan["key"])
    assert service.task_count() == before + 4
    assert studio._strip.selected == [run.key for run in reversed(studio.runs)]
    grid = studio.compare()
    assert [run.name for run in grid.runs] == ["Run 1", "Run 2", "Run 3", "Run 4"]
    assert studio._grid is grid
    studio._strip.selected = [run.key for run in studio.runs[:3]]
    newer = studio.compare()
    assert [run.name for run in newer.runs] == ["Run 2", "Run 3", "Run 4"], "the oldest is A"
    assert studio._grid is newer
    # What the buttons of the comparison ask for.
    ask(newer, id="c", type="continue", run=newer.runs[0].key)
    assert (studio.prompt, studio.image.name) == (
        "The gull lifts off",
        "0002-a-gull-last-frame.png",
    )
    ask(newer, id="x", type="close")
    assert studio.grid is studio._grid is None


def test_a_plan_has_the_impossible_combinations_and_why(studio: Studio) -> None:
    selected = {"resolution": ["1080P"], "duration": ["6", "10"]}
    plan = studio._plan_sweep(["A gull"], selected, 1)
    assert (plan["count"], plan["impossible"], plan["problem"]) == (1, 1, None)
    possible, impossible = plan["rows"]
    assert (possible["cells"][1], possible["problem"]) == ("6 s", "")
    assert impossible["cells"][1] == "10 s"
    assert "1080P" in impossible["problem"]
    plan = studio._plan_sweep(["A gull"], {**selected, "duration": ["10"]}, 1)
    assert (plan["key"], plan["rows"]) == ("", [])
    assert "1080P" in str(plan["problem"])


def test_a_sweep_without_a_prompt_is_not_planned(studio: Studio) -> None:
    plan = studio._plan_sweep([], {"resolution": ["768P", "1080P"]}, 1)
    assert (plan["key"], plan["problem"]) == ("", "Write a prompt.")


def test_without_a_connection_it_stands_says_so_and_goes_on_later(
    service: Service, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = service.environment()
    for name, value in {**environment, "WIRO_API_KEY": "wrong"}.items():
        monkeypatch.setenv(name, value)
    studio = Studio("The gull lifts off", image=PHOTO)
    assert studio._problem["title"] == "The service doesn't accept this key"
    assert studio._problem["remedy"]
    assert studio._button.disabled
    assert "wrong" not in str(studio.get_state())

    monkeypatch.setenv("WIRO_API_KEY", environment["WIRO_API_KEY"])
    ww.connect()
    ask(studio, id="1", type="retry")
    assert studio._problem == {}
    assert studio.prompt == "The gull lifts off"
    studio.run().wait()
    studio.close()
    current.current_session().close()
    monkeypatch.setattr(current, "_current", None)


def test_a_fresh_studio_is_small(studio: Studio) -> None:
    """Every byte of it travels to the browser, and into the notebook when it is saved."""
    parts = [each for each in studio._trait_values.values() if isinstance(each, WiroWidget)]
    assert len(parts) > 5
    assert sum(len(str(part.get_state())) for part in [studio, *parts]) < 120_000


def test_a_keystroke_reads_one_row_and_writes_no_picture(
    studio: Studio, notebook: sessions.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def call(*arguments: Any, **more: Any) -> Any:
            asked.append(name)
            return real(*arguments, **more)

        monkeypatch.setattr(owner, name, call)

    for name in ("find", "typical_seconds", "spent", "records", "prompts", "recent_models"):
        counted(notebook.library, name)
    counted(sessions, "store_input")
    inputs = notebook.library.directory / "inputs"
    before = {path: path.stat().st_mtime_ns for path in inputs.iterdir()}
    for text in ("A", "A g", "A gull"):
        ask(studio._prompt, id="1", type="edit", text=text)
    assert studio.prompt == "A gull"
    assert asked.count("find") == 3
    # Told to pass the stored picture through, it opens nothing.
    assert set(asked) <= {"find", "store_input"}
    assert {path: path.stat().st_mtime_ns for path in inputs.iterdir()} == before
    asked.clear()
    studio.parameters = {**studio.parameters, "duration": "10"}
    assert asked.count("typical_seconds") == 1


def test_a_second_studio_decodes_no_photograph(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(studio)
    studio.selected_run.wait()
    Studio().close()
    real, decoded = ImageFile.ImageFile.load, []

    def count(picture: Any) -> Any:
        decoded.append(picture)
        return real(picture)

    monkeypatch.setattr(ImageFile.ImageFile, "load", count)
    again = Studio()
    assert again.image.name == PHOTO.name
    assert again._strip._live["pictures"]
    assert decoded == []
    again.close()


def test_tab_completion_shows_what_a_person_calls(studio: Studio) -> None:
    rooms = Studio.__mro__[: Studio.__mro__.index(WiroWidget)]
    own = {name for room in rooms for name in vars(room) if not name.startswith("_")}
    assert own == {
        "close",
        "compare",
        "connect",
        "grid",
        "image",
        "model",
        "parameters",
        "prompt",
        "run",
        "runs",
        "selected_run",
        "show",
    }


def test_the_models_on_offer_say_what_they_need_and_cost(studio: Studio) -> None:
    notes = {each["slug"]: each["note"] for each in studio._models}
    assert notes["minimax/hailuo-2-3-fast"] == "needs an image · $0.19"
    assert notes["klingai/kling-v2-5-turbo"] == "$0.21"
    assert notes["klingai/kling-v3"] == "about $0.40", "charged by the second of computing"
