"""What was typed in a Studio is kept for its own notebook, and put back there."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PHOTO
from tests.widgets.fakes import ask
from wiro_widgets.library.draft import Draft
from wiro_widgets.widgets import Studio, notebook_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wiro_widgets.runs.session import Session

DEFAULTS = {"promptOptimizer": "true", "resolution": "768P", "duration": "6"}


@pytest.fixture
def open_studio(notebook: Session) -> Iterator[Callable[..., Studio]]:
    """Makes Studios in a fresh folder."""
    shutil.copy(PHOTO, ".")
    made: list[Studio] = []

    def make(*arguments: Any, **more: Any) -> Studio:
        made.append(Studio(*arguments, **more))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def leave_something(open_studio: Callable[..., Studio]) -> None:
    """Type into a Studio."""
    studio = open_studio(image=PHOTO.name)
    studio.prompt = "Half a thought"
    studio.parameters = {**studio.parameters, "duration": "10"}


def shown(studio: Studio) -> tuple[str, str, bool]:
    return studio.prompt, studio.parameters["duration"], studio.image is not None


def press(studio: Studio, kind: str) -> None:
    ask(studio, id="1", type=kind)


def test_what_was_typed_is_there_in_the_next_studio_which_says_so(
    open_studio: Callable[..., Studio],
) -> None:
    leave_something(open_studio)
    again = open_studio()
    assert shown(again) == ("Half a thought", "10", True)
    assert again.image.name == PHOTO.name
    assert again._draft_note == "restored"
    press(again, "start_fresh")
    assert (shown(again), again._draft_note) == (("", "6", False), "other")
    assert again.parameters == DEFAULTS
    press(again, "put_back")
    assert (shown(again), again._draft_note) == (("Half a thought", "10", True), "restored")


def test_the_cell_wins_and_begins_with_the_defaults_of_the_model(
    open_studio: Callable[..., Studio],
) -> None:
    leave_something(open_studio)
    for _ in range(2):
        # Making it overwrites nothing, so that Run all twice loses nothing either.
        studio = open_studio("The gull lands", resolution="1080P")
        assert studio.parameters == {**DEFAULTS, "resolution": "1080P"}
        assert (studio.prompt, studio.image) == ("The gull lands", None)
        assert studio._draft_note == "other"
    press(studio, "put_back")
    assert shown(studio) == ("Half a thought", "10", True)
    press(studio, "start_fresh")
    assert (studio.prompt, studio.parameters["resolution"]) == ("The gull lands", "1080P")


def test_nothing_is_said_where_nothing_else_was_typed(open_studio: Callable[..., Studio]) -> None:
    assert open_studio()._draft_note == ""
    studio = open_studio("The gull lands", image=PHOTO.name)
    studio.prompt = "The gull lands "
    studio.prompt = "The gull lands"
    assert open_studio("The gull lands", image=PHOTO.name)._draft_note == ""


def test_another_notebook_in_the_folder_has_a_draft_of_its_own(
    open_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_something(open_studio)
    monkeypatch.setenv("JPY_SESSION_NAME", "b.ipynb")
    other = open_studio()
    assert (shown(other), other._draft_note) == (("", "6", False), "")
    other.prompt = "Another thought"
    monkeypatch.setattr(notebook_draft, "_shell", lambda: SimpleNamespace(user_ns={}))
    assert open_studio().prompt == "Another thought"
    names = {"__vsc_ipynb_file__": "/home/c.ipynb"}
    monkeypatch.setattr(notebook_draft, "_shell", lambda: SimpleNamespace(user_ns=names))
    assert open_studio().prompt == ""


def test_without_a_name_for_the_notebook_another_kernel_is_asked_first(
    open_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    leave_something(open_studio)
    assert open_studio().prompt == "Half a thought"
    # As in a kernel that has written nothing yet.
    monkeypatch.setattr(notebook_draft, "_written_here", set())
    studio = open_studio()
    assert (shown(studio), studio._draft_note) == (("", "6", False), "other")
    press(studio, "put_back")
    assert shown(studio) == ("Half a thought", "10", True)


def test_a_file_that_cannot_be_kept_is_said_to_be_missing(
    open_studio: Callable[..., Studio],
) -> None:
    studio = open_studio("The gull lands", model="klingai/kling-v2.5-turbo")
    # As after a restart: this path was named in another kernel.
    lost = {"mode": "pro", "inputImage2": "/tmp/of-another-kernel.png"}
    studio._model.kept.save(Draft(studio.model, "The gull lands", lost))
    again = open_studio()
    assert again.parameters["mode"] == "pro"
    assert "inputImage2" not in again.parameters
    (sentence,) = again._panel.dropped
    assert sentence.startswith("Last frame: choose the file again.")
