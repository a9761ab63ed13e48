"""What a notebook user sees of the run button's Python side, and the prices both sides share."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.widgets.fakes import ask, replies
from wiro_widgets.client import InputError, ModelSpec, Price
from wiro_widgets.widgets.run_button import RunButton, price_list

CASES = json.loads((ROOT / "tests" / "cases" / "prices.json").read_text("utf-8"))
"""js/test/price.test.ts reads them too."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_prices_are_estimated_as_in_the_browser(case: dict[str, Any]) -> None:
    price = Price.parse(case["dynamicprice"], case["approximatelycost"])
    for wanted in case["estimates"]:
        found = price.estimate(wanted["values"])
        if wanted["low"] is None:
            assert found is None, wanted
        else:
            assert found is not None, wanted
            assert (found.low, found.high) == (Decimal(wanted["low"]), Decimal(wanted["high"]))
            assert found.low > 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_price_lists_reach_the_browser_as_it_expects_them(case: dict[str, Any]) -> None:
    price = Price.parse(case["dynamicprice"], case["approximatelycost"])
    assert json.loads(json.dumps(price_list(price))) == case["prices"]


def hailuo(*more: str) -> ModelSpec:
    rows = [
        {"inputs": {"resolution": "768P", "duration": "6"}, "price": 0.19},
        {"inputs": {"resolution": "1080P"}, "price": 0.33},
    ]
    items = [{"id": name, "type": "text"} for name in ("resolution", "duration", *more)]
    tool = {
        "slugowner": "minimax",
        "slugproject": "hailuo-2.3",
        "dynamicprice": json.dumps(rows),
        "parameters": [{"items": items}],
    }
    found = ModelSpec.parse(tool)
    assert found is not None
    return found


def press(button: RunButton, kind: str = "run", **values: Any) -> dict[str, Any]:
    prompt = values.pop("prompt", "")
    more = {"repeats": values.pop("repeats", 1)} if kind == "run" else {}
    ask(button, id="1", type=kind, values=values, prompt=prompt, **more)
    return replies()[-1][0]


def test_a_press_runs_what_stood_on_the_screen() -> None:
    button = RunButton(hailuo(), values={"duration": "6"}, prompt="old")
    ran: list[dict[str, Any]] = []
    button.on_run(ran.append)
    assert press(button, duration="10", prompt="new") == {"id": "1", "type": "ok"}
    assert ran == [{"duration": "10", "prompt": "new"}]


def test_without_a_prompt_of_its_own_the_values_stand() -> None:
    button = RunButton(hailuo("prompt"))
    ran: list[dict[str, Any]] = []
    button.on_run(ran.append)
    ask(button, id="1", type="run", values={"prompt": "in the values"}, prompt="", repeats=1)
    assert ran == [{"prompt": "in the values"}]


def test_sweep_and_run_are_told_apart_and_can_be_taken_away() -> None:
    button = RunButton(hailuo(), sweep=True)
    ran: list[str] = []
    swept: list[dict[str, Any]] = []
    button.on_run(lambda _: ran.append("run"))
    button.on_sweep(swept.append)
    press(button, "sweep", duration="6")
    assert (ran, swept) == ([], [{"duration": "6"}])
    button.on_sweep(swept.append, remove=True)
    press(button, "sweep", duration="6")
    assert len(swept) == 1


def test_what_a_callback_raises_is_shown_until_the_next_try() -> None:
    button = RunButton(hailuo())
    button.on_run(lambda values: values["duration"])
    assert press(button)["type"] == "error"
    assert "duration" in (button.error or "")
    press(button, duration="6")
    assert button.error is None


def test_what_the_service_would_refuse_is_said_in_its_own_words() -> None:
    button = RunButton(hailuo())

    def refuse(_: object) -> None:
        raise InputError("10 s does not go with 1080P.", field="duration", remedy="Use 6 s.")

    button.on_run(refuse)
    assert press(button)["message"] == "10 s does not go with 1080P. Use 6 s."
    assert button.error == "10 s does not go with 1080P. Use 6 s."


@pytest.mark.parametrize(
    "message",
    [
        {"type": "run"},
        {"type": "run", "values": [], "prompt": "", "repeats": 1},
        {"type": "run", "values": {}, "prompt": None, "repeats": 1},
        {"type": "run", "values": {}, "prompt": "", "repeats": "4"},
        {"type": "buy", "values": {}, "prompt": ""},
    ],
)
def test_messages_that_make_no_sense_run_nothing(message: dict[str, Any]) -> None:
    button = RunButton(hailuo())
    button.on_run(lambda _: pytest.fail("nothing was asked for"))
    ask(button, id="1", **message)
    assert button.error is None


def test_the_estimate_follows_values_and_model() -> None:
    button = RunButton(hailuo(), values={"resolution": "768P", "duration": "6"})
    assert button.estimate is not None
    assert button.estimate.low == Decimal("0.19")
    button.values = {"resolution": "1080P"}
    assert button.estimate.low == Decimal("0.33")
    button.set_model(None)
    assert button.estimate is None
    assert button.get_state()["_prices"] == {}


def test_without_a_model_nothing_is_run() -> None:
    button = RunButton()
    button.on_run(lambda _: pytest.fail("nothing can be run"))
    assert press(button)["message"] == "Choose a model first."


def test_a_press_makes_as_many_runs_as_the_button_shows_and_no_other_number() -> None:
    button = RunButton(hailuo(), takes=[1, 2, 4])
    ran: list[int] = []
    button.on_run(lambda _: ran.append(button.repeats))
    press(button, repeats=4)
    assert press(button, repeats=100)["type"] == "error"
    assert ran == [4]
