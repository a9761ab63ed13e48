"""What a notebook user sees of a prompt's Python side."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.widgets.fakes import SENT, ask, replies
from wiro_widgets.client import ModelSpec
from wiro_widgets.schema.hailuo import CAMERA_MOVES
from wiro_widgets.widgets.prompt import PromptInput


def model(slug: str, **prompt: Any) -> ModelSpec:
    owner, project = slug.split("/")
    items = [{"id": "prompt", "type": "textarea", **prompt}]
    tool = {"slugowner": owner, "slugproject": project, "parameters": [{"items": items}]}
    found = ModelSpec.parse(tool)
    assert found is not None
    return found


def test_what_is_typed_arrives_and_is_confirmed() -> None:
    prompt = PromptInput()
    seen: list[str] = []
    prompt.observe(lambda change: seen.append(change["new"]), "value")
    ask(prompt, id="1", type="edit", text="The gull")
    assert seen == [prompt.value] == ["The gull"]
    assert replies()[-1][0] == {"id": "1", "type": "edited", "value": "The gull"}


def test_the_confirmation_says_what_an_observer_made_of_it() -> None:
    prompt = PromptInput()
    prompt.observe(lambda change: setattr(prompt, "value", change["new"].upper()), "value")
    ask(prompt, id="1", type="edit", text="gull")
    assert replies()[-1][0]["value"] == "GULL"


def test_submitting_runs_the_text_of_the_screen_and_not_an_older_one() -> None:
    prompt = PromptInput("old")
    ran: list[tuple[str, str]] = []
    prompt.on_submit(lambda text: ran.append((text, prompt.value)))
    ask(prompt, id="1", type="submit", text="new")
    assert ran == [("new", "new")]
    assert replies()[-1][0] == {"id": "1", "type": "ok"}


def test_a_callback_that_was_taken_away_is_not_called_and_the_browser_knows() -> None:
    prompt = PromptInput()
    ran: list[str] = []
    prompt.on_submit(ran.append)
    assert prompt.get_state()["_submits"] is True
    prompt.on_submit(ran.append, remove=True)
    assert prompt.get_state()["_submits"] is False
    ask(prompt, id="1", type="submit", text="new")
    assert ran == []


def test_what_a_callback_raises_is_shown_until_the_next_try() -> None:
    prompt = PromptInput()
    prompt.on_submit(int)
    ask(prompt, id="1", type="submit", text="six")
    assert replies()[-1][0]["type"] == "error"
    assert "six" in (prompt.error or "")
    ask(prompt, id="2", type="submit", text="6")
    assert prompt.error is None


@pytest.mark.parametrize(
    "message",
    [
        {"type": "edit"},
        {"type": "edit", "text": None},
        {"type": "edit", "text": ["a"]},
        {"type": "submit", "text": 7},
        {"type": "nonsense", "text": "a"},
        {},
    ],
)
def test_messages_that_make_no_sense_change_nothing(message: dict[str, Any]) -> None:
    prompt = PromptInput("mine")
    prompt.on_submit(lambda _: pytest.fail("nothing was submitted"))
    ask(prompt, id="1", **message)
    assert prompt.value == "mine"
    assert prompt.error is None


def test_a_text_is_kept_as_a_text_area_has_it_and_as_it_can_be_sent() -> None:
    prompt = PromptInput("one\r\ntwo\rthree")
    assert prompt.value == "one\ntwo\nthree"
    ask(prompt, id="1", type="edit", text="half a pair \ud83d, a whole one \U0001f600")
    assert prompt.value == "half a pair ?, a whole one \U0001f600"


def test_history_holds_each_prompt_once_newest_first_and_no_blank_one() -> None:
    prompt = PromptInput(history=["b", " ", "a\r\n", "b", *(f"{n}" for n in range(200))])
    assert prompt.history[:3] == ["b", "a\n", "0"]
    assert len(prompt.history) == 100


def test_pinning_from_the_browser() -> None:
    prompt = PromptInput()
    ask(prompt, id="1", type="pin", text="The gull")
    assert prompt.baseline == "The gull"
    ask(prompt, id="2", type="pin", text=None)
    assert prompt.baseline is None


@pytest.mark.parametrize(
    ("spec", "limit", "moves"),
    [
        (model("minimax/hailuo-2-3-fast"), 2000, 15),
        (model("MiniMax/hailuo-2.3", maxlength=1500), 1500, 15),
        (model("openai/sora-2"), None, 0),
        (model("google/veo3.1", maxlength="800"), 800, 0),
    ],
)
def test_limit_and_camera_moves_are_those_of_the_model(
    spec: ModelSpec, limit: int | None, moves: int
) -> None:
    prompt = PromptInput("kept", model=spec)
    assert (prompt.max_length, len(prompt.camera_moves)) == (limit, moves)
    prompt.set_model(model("minimax/hailuo-2-3"))
    assert (prompt.value, prompt.max_length) == ("kept", 2000)
    assert prompt.camera_moves == list(CAMERA_MOVES)


def test_typing_while_another_thread_writes_loses_no_last_word() -> None:
    prompt = PromptInput()
    writer = threading.Thread(
        target=lambda: [setattr(prompt, "placeholder", str(n)) for n in range(300)]
    )
    writer.start()
    for number in range(300):
        ask(prompt, id=str(number), type="edit", text=f"text {number}")
    writer.join()
    assert prompt.value == "text 299"
    assert prompt.placeholder == "299"
    assert [message["value"] for message, _ in replies()] == [f"text {n}" for n in range(300)]
    assert prompt.error is None
    assert SENT
