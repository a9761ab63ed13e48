"""The wire is described in two languages; here they are held against each other."""

from __future__ import annotations

import importlib
import re
import typing
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from wiro_widgets.runs import snapshot

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "wiro_widgets" / "widgets" / "protocol"
TYPESCRIPT = ROOT / "js" / "lib" / "protocol"
NUMBERS: dict[Any, str] = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    NoneType: "null",
    Any: "unknown",
}
GENERIC: dict[Any, str] = {list: "{}[]", dict: "Record<string, {}>"}
PARTS = sorted(path.stem for path in PYTHON.glob("[!_]*.py"))


def module(part: str) -> ModuleType:
    return importlib.import_module(f"wiro_widgets.widgets.protocol.{part}")


def objects(part: str) -> dict[str, Any]:
    """The objects one part describes; a run's snapshot belongs to the room of runs."""
    homes = [module(part), *([snapshot] if part == "run" else [])]
    return {
        name: value
        for home in homes
        for name, value in vars(home).items()
        if typing.is_typeddict(value) and value.__module__ == home.__name__
    }


SHARED = {part: objects(part) for part in PARTS}
NAMES = {id(value): name for part in SHARED.values() for name, value in part.items()} | {
    id(snapshot.RunState): "RunState"
}


def typescript(kind: Any) -> frozenset[str]:
    """A Python type as the set of alternatives TypeScript would write."""
    if id(kind) in NAMES:
        return frozenset({NAMES[id(kind)]})
    if kind in NUMBERS:
        return frozenset({NUMBERS[kind]})
    if get_origin(kind) is Literal:
        return frozenset(f'"{value}"' for value in get_args(kind))
    if get_origin(kind) in GENERIC:
        (item,) = typescript(get_args(kind)[-1])
        return frozenset({GENERIC[get_origin(kind)].format(item)})
    if get_origin(kind) in (Union, UnionType):
        return frozenset().union(*(typescript(part) for part in get_args(kind)))
    raise AssertionError(f"no TypeScript for {kind}")


def hints(kind: Any) -> dict[str, Any]:
    scope = {name: value for part in SHARED.values() for name, value in part.items()}
    return typing.get_type_hints(kind, localns={**vars(snapshot), **scope})


def source(part: str) -> str:
    text = (TYPESCRIPT / f"{part}.ts").read_text("utf-8")
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def alternatives(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split("|") if part.strip())


def interfaces(part: str) -> dict[str, dict[str, frozenset[str]]]:
    found = re.findall(r"export interface (\w+) \{(.*?)\n\}", source(part), re.DOTALL)
    return {
        name: {
            field: alternatives(kind)
            for field, kind in re.findall(r"^\s*(\w+\??): ([^;]+);", body, re.MULTILINE)
        }
        for name, body in found
    }


def unions(part: str) -> dict[str, frozenset[str]]:
    found = re.findall(r"export type (\w+) =(.*?);", source(part), re.DOTALL)
    return {name: alternatives(body) for name, body in found}


def test_both_languages_have_the_same_parts() -> None:
    assert sorted(path.stem for path in TYPESCRIPT.glob("*.ts")) == PARTS


@pytest.mark.parametrize(
    ("part", "name"), [(part, name) for part in PARTS for name in sorted(SHARED[part])]
)
def test_both_languages_have_the_same_fields_of_the_same_types(part: str, name: str) -> None:
    python = {field: typescript(kind) for field, kind in hints(SHARED[part][name]).items()}
    assert interfaces(part)[name] == python


@pytest.mark.parametrize("part", PARTS)
def test_neither_language_has_an_object_the_other_has_not(part: str) -> None:
    assert set(interfaces(part)) == set(SHARED[part])


def test_the_states_are_the_same() -> None:
    assert unions("run")["RunState"] == {f'"{state}"' for state in snapshot.STATES}


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, name) for part in PARTS for name in unions(part) if name.endswith("Kernel")],
)
def test_the_messages_go_the_same_way(part: str, name: str) -> None:
    kind = getattr(module(part), name)
    python = {kind.__name__ for kind in get_args(kind) or (kind,)}
    assert unions(part)[name] == python


def test_a_field_missing_on_one_side_would_be_noticed() -> None:
    fields = interfaces("run")["RunSnapshot"]
    assert len(fields) == len(hints(snapshot.RunSnapshot))
    assert {"progress", "stopping", "log_total"} <= set(fields)
