"""Widgets take what functions take, and say in a sentence what they do not take."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from tests.widgets.fakes import FakeRun, ask
from wiro_widgets.client import InputError, NotFoundError
from wiro_widgets.widgets import (
    CompareGrid,
    ImageInput,
    ParameterPanel,
    PromptInput,
    RunButton,
    RunView,
    StatusTimeline,
    VideoPlayer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.runs.session import Session

HAILUO = "MiniMax/hailuo-2.3-fast"
WITH_MODEL: list[Callable[[Any], Any]] = [
    lambda model: ImageInput(model=model),
    lambda model: PromptInput(model=model),
    ParameterPanel,
    RunButton,
    lambda model: ImageInput().set_model(model),
    lambda model: PromptInput().set_model(model),
    lambda model: setattr(ParameterPanel(), "model", model),
    lambda model: RunButton().set_model(model),
]
WITH_RUN: list[Callable[[Any], Any]] = [
    RunView,
    StatusTimeline,
    lambda run: setattr(RunView(FakeRun()), "run", run),
    lambda run: setattr(VideoPlayer(), "run", run),
]


@pytest.fixture
def ignored(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Python says "Exception ignored" about."""
    found: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    return found


@pytest.mark.parametrize("give", WITH_MODEL)
@pytest.mark.parametrize(("model", "words"), [(7, "the number 7"), (["a"], "a list")])
def test_what_is_no_model_is_said(
    ignored: list[Any], give: Callable[[Any], Any], model: Any, words: str
) -> None:
    with pytest.raises(InputError, match=f"needs a model, and this is {words}.*hailuo"):
        give(model)
    gc.collect()
    assert ignored == []


@pytest.mark.parametrize("give", WITH_RUN)
@pytest.mark.parametrize(
    ("run", "words"), [("x", "the text 'x'"), (7, "the number 7"), ([FakeRun()], "a list")]
)
def test_what_is_no_run_is_said(
    ignored: list[Any], give: Callable[[Any], Any], run: Any, words: str
) -> None:
    with pytest.raises(InputError, match=f"shows a run, and this is {words}.*ww.run"):
        give(run)
    gc.collect()
    assert ignored == []


@pytest.mark.parametrize("make", [CompareGrid, VideoPlayer, ImageInput])
def test_what_was_never_made_leaves_nothing_behind(ignored: list[Any], make: Any) -> None:
    with pytest.raises(Exception, match=r"7|int"):
        make(7)
    gc.collect()
    assert ignored == []


def test_a_view_keeps_its_run_when_it_is_given_something_else() -> None:
    run = FakeRun()
    view = RunView(run)
    with pytest.raises(InputError):
        view.run = "x"
    assert view.run is run


def test_a_model_is_taken_by_its_name(notebook: Session) -> None:
    spec = notebook.model(HAILUO)
    assert ImageInput(PHOTO, model=HAILUO).limits == ImageInput(model=spec).limits != {}
    assert PromptInput(model="wiro/3d-text-animations").camera_moves == []
    panel = ParameterPanel(HAILUO)
    assert panel.model == spec
    panel.model = "wiro/3d-text-animations"
    assert panel.model.slug == "wiro/3d-text-animations"
    button = RunButton(HAILUO, values=dict(ParameterPanel(HAILUO).value))
    assert button.estimate == RunButton(spec, values=button.values).estimate is not None
    for give in WITH_MODEL:
        with pytest.raises(NotFoundError):
            give("minimax/hailuo-9")


def test_what_the_widgets_hold_is_what_ww_run_takes(notebook: Session) -> None:
    image, button = ImageInput(PHOTO, model=HAILUO), RunButton(HAILUO)
    runs = []
    button.on_run(lambda values: runs.append(ww.run(image=image.value, **values)))
    values = dict(ParameterPanel(HAILUO).value)
    ask(button, id="1", type="run", values=values, prompt="A gull", repeats=1)
    assert button.error is None
    (run,) = runs
    assert run.prompt == "A gull"
    # By the model's own name of the parameter, as a panel that has the image too would have it.
    assert ww.run(**{**values, "prompt": "A gull", "inputImage": image.value}) is run
    assert ww.run("A gull", image=PHOTO, **values) is run
