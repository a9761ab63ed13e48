"""What makes two requests the same, wherever and whenever they are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from wiro_widgets.library.request import RunRequest
from wiro_widgets.schema.camera_moves import brackets_of, camera_warnings
from wiro_widgets.schema.models import Parameter

VALUES: dict[str, Any] = {
    "prompt": "Die Möwe hebt ab 🕊",
    "duration": "6",
    "steps": 30,
    "scale": 0.1,
    "shots": [{"b": 2, "a": 1}],
}
PRINT = (
    "import json, sys; from wiro_widgets.library.request import RunRequest; "
    "print(RunRequest('acme/one', json.loads(sys.argv[1])).fingerprint())"
)
# Written down: with another digest every run of an older journal would be paid for again.
DIGEST = "c774ebf3a530520c23dc6d6fbd232df2425bf9be1cc9b05f6c3dc285ebd1b881"


def fingerprint(**values: Any) -> str:
    return RunRequest("acme/one", values).fingerprint()


@pytest.mark.parametrize(("seed", "locale"), [("1", "C"), ("4711", "tr_TR.UTF-8")])
def test_it_is_the_same_in_another_process_with_another_locale(seed: str, locale: str) -> None:
    backwards = json.dumps(dict(reversed(VALUES.items())))
    out = subprocess.run(
        [sys.executable, "-c", PRINT, backwards],
        env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert out.stdout.strip() == DIGEST == fingerprint(**VALUES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (6, "6"),
        (6, 6.0),
        (True, "true"),
        ("M\u00f6we", "Mo\u0308we"),
        ([{"a": 1, "b": "\u00f6"}], [{"b": "o\u0308", "a": 1}]),
    ],
)
def test_what_a_person_would_call_the_same(one: object, other: object) -> None:
    assert fingerprint(x=one) == fingerprint(x=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Push in", "push in"), ("a b", "a  b"), ("a\nb", "a b"), (6, 7), ("\ufb01ne", "fine")],
)
def test_what_a_model_may_read_otherwise_is_not_the_same(one: object, other: object) -> None:
    assert fingerprint(x=one) != fingerprint(x=other)


def test_half_a_surrogate_pair_has_a_fingerprint_too() -> None:
    assert fingerprint(x="a\ud83d") != fingerprint(x="a")


@pytest.mark.parametrize(
    ("item", "written", "sent"),
    [
        ({"type": "select", "options": ["768P", "1080P"]}, "768p", "768P"),
        ({"type": "select", "options": ["768P", "1080P"]}, "720p", "720p"),
        ({"type": "select", "options": ["auto", "AUTO"]}, "Auto", "Auto"),
        ({"type": "select", "options": ["6", "10"]}, "6 s", "6"),
        ({"type": "select", "options": ["6", "10"]}, "10sec", "10"),
        ({"type": "select", "options": ["6", "10"]}, "7s", "7s"),
        ({"type": "range", "min": 3, "max": 15}, "6s", 6),
    ],
)
def test_what_can_mean_one_thing_only_is_taken_for_it(
    item: dict[str, Any], written: str, sent: object
) -> None:
    parameter = Parameter.parse({"id": "duration", **item})
    assert parameter is not None
    assert parameter.to_wire(written) == sent


CAMERA = json.loads((ROOT / "tests" / "cases" / "camera_moves.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CAMERA, ids=lambda case: case["name"])
def test_camera_moves_are_read_as_the_page_does(case: dict[str, Any]) -> None:
    assert [bracket.moves for bracket in brackets_of(case["prompt"])] == case["moves"]
    assert camera_warnings("minimax/hailuo-2.3", case["prompt"]) == case["warnings"]
    assert camera_warnings("klingai/kling-v3", case["prompt"]) == []
