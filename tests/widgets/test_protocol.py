"""The wire is described in two languages; here they are held against each other."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from wiro_widgets.runs import snapshot
from wiro_widgets.widgets import messages

TYPESCRIPT = (Path(__file__).parents[2] / "js" / "lib" / "protocol.ts").read_text("utf-8")
NUMBERS = {int: "number", float: "number", str: "string", bool: "boolean", NoneType: "null"}
SHARED = {
    **{
        name: getattr(snapshot, name) for name in ("StageMark", "RunProblem", "Clip", "RunSnapshot")
    },
    **{
        name: value
        for name, value in vars(messages).items()
        if name == "PlayerSource" or name.endswith("Message")
    },
}
NAMES = {id(value): name for name, value in SHARED.items()} | {id(snapshot.RunState): "RunState"}


def typescript(kind: Any) -> frozenset[str]:
    """A Python type as the set of alternatives TypeScript would write."""
    if id(kind) in NAMES:
        return frozenset({NAMES[id(kind)]})
    if kind in NUMBERS:
        return frozenset({NUMBERS[kind]})
    if get_origin(kind) is Literal:
        return frozenset(f'"{value}"' for value in get_args(kind))
    if get_origin(kind) is list:
        (item,) = typescript(get_args(kind)[0])
        return frozenset({f"{item}[]"})
    if get_origin(kind) in (Union, UnionType):
        return frozenset().union(*(typescript(part) for part in get_args(kind)))
    raise AssertionError(f"no TypeScript for {kind}")


def hints(kind: Any) -> dict[str, Any]:
    scope = {**vars(snapshot), **vars(messages)}
    return typing.get_type_hints(kind, localns=scope)


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def alternatives(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split("|") if part.strip())


def interfaces() -> dict[str, dict[str, frozenset[str]]]:
    found = re.findall(
        r"export interface (\w+) \{(.*?)\n\}", without_comments(TYPESCRIPT), re.DOTALL
    )
    return {
        name: {
            field: alternatives(kind)
            for field, kind in re.findall(r"^\s*(\w+\??): ([^;]+);", body, re.MULTILINE)
        }
        for name, body in found
    }


def unions() -> dict[str, frozenset[str]]:
    found = re.findall(r"export type (\w+) =(.*?);", without_comments(TYPESCRIPT), re.DOTALL)
    return {name: alternatives(body) for name, body in found}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_both_languages_have_the_same_fields_of_the_same_types(name: str) -> None:
    python = {field: typescript(kind) for field, kind in hints(SHARED[name]).items()}
    assert interfaces()[name] == python


def test_neither_language_has_an_object_the_other_has_not() -> None:
    assert set(interfaces()) == set(SHARED)


def test_the_states_are_the_same() -> None:
    assert unions()["RunState"] == {f'"{state}"' for state in snapshot.STATES}


@pytest.mark.parametrize("name", ["ToKernel", "FromKernel"])
def test_the_messages_go_the_same_way(name: str) -> None:
    python = {kind.__name__ for kind in get_args(getattr(messages, name))}
    assert unions()[name] == python


def test_a_field_missing_on_one_side_would_be_noticed() -> None:
    fields = interfaces()["RunSnapshot"]
    assert len(fields) == len(hints(snapshot.RunSnapshot))
    assert {"progress", "stopping", "log_total"} <= set(fields)
