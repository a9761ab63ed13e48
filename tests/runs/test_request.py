"""What makes two requests the same, wherever and whenever they are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from wiro_widgets.library.request import RunRequest

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
