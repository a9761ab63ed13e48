"""The wire is described once, and all that is described is used."""

from __future__ import annotations

import importlib
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from tests.widgets.typescript import TYPESCRIPT, typescript
from wiro_widgets.widgets import base
from wiro_widgets.widgets.base import matches
from wiro_widgets.widgets.protocol.grid_studio import JudgeMessage, PlanMessage
from wiro_widgets.widgets.protocol.inputs import HoldMessage, PinMessage, RunMessage
from wiro_widgets.widgets.protocol.runs import StopMessage

WIDGETS = Path(base.__file__).parent
MODULES = [
    importlib.import_module(f"wiro_widgets.widgets.protocol.{path.stem}")
    for path in sorted((WIDGETS / "protocol").glob("[!_]*.py"))
]
TYPES = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if typing.is_typeddict(value) and value.__module__ == module.__name__
}


@pytest.mark.parametrize("name", typescript())
def test_the_browser_has_the_types_of_the_kernel(name: str) -> None:
    """After a change of the protocol: ``python -m tests.widgets.typescript``."""
    assert (TYPESCRIPT / name).read_text("utf-8") == typescript()[name]


def test_nothing_else_is_described_for_the_browser() -> None:
    assert {path.name for path in TYPESCRIPT.iterdir()} == set(typescript())


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_is_used_by_the_kernel(name: str) -> None:
    modules = [path.read_text("utf-8") for path in WIDGETS.glob("*.py")]
    inside = [
        repr(hint)
        for other, kind in TYPES.items()
        if other != name
        for hint in typing.get_type_hints(kind).values()
    ]
    bases = [
        re.findall(rf"class \w+\({name}\b", Path(module.__file__ or "").read_text("utf-8"))
        for module in MODULES
    ]
    word = re.compile(rf"\b{name}\b")
    assert any(map(word.search, [*modules, *inside])) or any(bases)


def test_every_request_is_handled_by_a_widget() -> None:
    found: set[type[Any]] = set()
    waiting: list[type[base.WiroWidget]] = [base.WiroWidget]
    importlib.import_module("wiro_widgets.widgets.studio")
    while waiting:
        widget = waiting.pop()
        found |= {handling.message for handling in widget._handlers.values()}
        waiting += widget.__subclasses__()
    requests = {kind for kind in TYPES.values() if {"id", "type"} <= kind.__annotations__.keys()}
    source = "".join(Path(module.__file__ or "").read_text("utf-8") for module in MODULES)
    asked = {kind for kind in requests if f"class {kind.__name__}(Request)" in source}
    assert asked == found


@pytest.mark.parametrize(
    ("kind", "message", "good"),
    [
        (StopMessage, {}, True),
        (StopMessage, {"more": 1}, False),
        (StopMessage, {"id": 3}, False),
        (StopMessage, {"type": "start"}, False),
        (PinMessage, {"text": None}, True),
        (PinMessage, {"text": 3}, False),
        (PinMessage, {}, False),
        (HoldMessage, {"size": True}, False),
        (HoldMessage, {"size": 3.5}, False),
        (RunMessage, {"values": {"a": [1, None]}, "prompt": "", "repeats": 1}, True),
        (RunMessage, {"values": [], "prompt": "", "repeats": 1}, False),
        (PlanMessage, {"prompts": ["a"], "values": {"a": ["b"]}, "repeats": 2}, True),
        (PlanMessage, {"prompts": ["a", 1], "values": {}, "repeats": 2}, False),
        (PlanMessage, {"prompts": ["a"], "values": {"a": "b"}, "repeats": 2}, False),
        (JudgeMessage, {"run": "r1", "changes": {"rating": 3}}, True),
        (JudgeMessage, {"run": "r1", "changes": {"cost": "0"}}, False),
    ],
)
def test_a_message_is_what_its_type_says(kind: Any, message: dict[str, Any], good: bool) -> None:
    (name,) = typing.get_args(typing.get_type_hints(kind)["type"])
    assert matches({"id": "1", "type": name, **message}, kind) is good
