"""A budget in the Studio: its header says what is left, and its button why nothing can be run."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import wiro_widgets as ww
from tests.widgets.fakes import ask

if TYPE_CHECKING:
    from wiro_widgets.runs.session import Session
    from wiro_widgets.widgets import Studio


def wait_for_header(studio: Studio, words: str) -> None:
    """Until the header says this: runs report on threads."""
    said = threading.Event()

    def look(_: object = None) -> None:
        if studio._spent == words:
            said.set()

    studio.observe(look, "_spent")
    look()
    assert said.wait(20), studio._spent


def test_the_header_and_the_button_follow_the_budget(studio: Studio, notebook: Session) -> None:
    button = studio._button
    assert studio._spent == ""
    ww.budget(usd="0.38", per="day")
    assert studio._spent == "$0.38 left today"
    assert (button.disabled, button.blocked_because) == (False, "")

    # Four takes would pass it, one would not.
    button.repeats = 4
    assert button.disabled
    assert button.blocked_because == (
        "These 4 runs could cost $0.76 if live, and $0.00 of today's $0.38 budget is used, so $0.38"
        ' is missing. Raise it with ww.budget(usd=0.76, per="day"), or remove it with'
        " usd=None."
    )
    button.repeats = 1
    assert not button.disabled

    run = studio.run().wait()
    assert run.cost == Decimal("0.19")
    wait_for_header(studio, "$0.19 if live · $0.19 left today")
    ww.run("Another", image=studio.image).wait()
    studio.prompt = "Something else"
    assert button.disabled
    assert "$0.38 of today's $0.38 budget is used" in button.blocked_because

    # What you have already is named all the same, and more money opens the way at once.
    studio.prompt = "The gull lifts off"
    assert button.recorded_as == run.name
    ask(studio._prompt, id="1", type="submit", text="The gull lifts off")
    assert studio._problem["title"] == "Over your budget"
    ww.budget(usd=Decimal(1), clips=3, per="day")
    assert (button.disabled, button.blocked_because) == (False, "")
    assert studio._problem == {}
    assert studio._spent == "$0.38 if live · $0.62 and 1 clip left today"
    ww.budget(usd=None, clips=None, per="day")
    assert studio._spent == ""


def test_a_studio_that_is_closed_hears_of_no_budget(studio: Studio) -> None:
    studio.close()
    assert ww.budget(clips=3).clips_left == 3
