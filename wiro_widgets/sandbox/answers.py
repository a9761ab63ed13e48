"""What an answer is made of, and what two answers to one call differ in.

Names, kinds of values, error texts and the schemas of models are seen, and nothing else that an
answer says: it may be somebody's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = dict[str, Any]
_EMPTY = "an empty list"
_FACTS = {
    "required": ("required",),
    "default": ("default", "defaultvalue"),
    "from": ("min", "minvalue"),
    "to": ("max", "maxvalue"),
    "by": ("step", "incrementby"),
}
"""What is said of a parameter, and its names in both spellings."""
_FIELD_FACTS = (
    *("type", "format", "x-input-type", "default", "enum", "minimum", "maximum", "multipleOf"),
    *("minLength", "maxLength"),
)
_VOLATILE = (
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]*:[0-9a-f:]{3,}\b"), "<address>"),
    (re.compile(r"\S+@\S+"), "<mail>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9-]{16,}\b"), "<token>"),
    (re.compile(r"\d+(?:\.\d+)?"), "<n>"),
)


class Answer(NamedTuple):
    """What came back: the status, and the body as JSON or as text."""

    status: int
    body: Any


Seen = dict[str, set[str]]
"""What was found at each place of an answer."""


def seen(answer: Answer) -> Seen:
    """What an answer is made of, by place; the items of a list are seen together.

    What a model takes is one more place for each of its parameters, whatever its spelling.
    """
    found: Seen = {"HTTP": {str(answer.status)}}
    if isinstance(answer.body, str):
        found["body"] = {"no JSON"}
        return found
    _look(answer.body, "", found)
    tools = answer.body.get("tool") if isinstance(answer.body, dict) else None
    if isinstance(tools, list) and len(tools) == 1:
        groups = tools[0].get("parameters") if isinstance(tools[0], dict) else None
        for group in groups if isinstance(groups, list) else ():
            for item in group.get("items") or () if isinstance(group, dict) else ():
                if isinstance(item, dict):
                    found[f"parameter {item.get('id')}"] = {_parameter(item)}
    return found


def _parameter(item: JSON) -> str:
    """What a parameter takes, in one line for both spellings."""
    facts = [str(item.get("type"))]
    for words, names in _FACTS.items():
        value = next((item[name] for name in names if item.get(name) not in (None, "")), None)
        if value is not None:
            facts.append(f"{words} {str(value).lower() if words == 'required' else value}")
    options = item.get("options")
    choices = [str(one.get("value")) for one in options or () if isinstance(one, dict)]
    return ", ".join([*facts, f"one of {' | '.join(choices)}"] if choices else facts)


def _look(value: Any, place: str, found: Seen) -> None:
    kinds = found.setdefault(place, set())
    if place.endswith("RunToolSchema.properties") and isinstance(value, dict):
        for name, inner in value.items():
            facts = {key: inner[key] for key in _FIELD_FACTS if key in (inner or ())}
            found[f"field {name}"] = {json.dumps(facts, sort_keys=True)}
    elif isinstance(value, dict):
        kinds.add("an object")
        # A task's own parameters are somebody's, and depend on the model.
        for name, inner in value.items() if place != "tasklist[].parameters" else ():
            _look(inner, f"{place}.{name}" if place else name, found)
    elif isinstance(value, list):
        kinds.add("a list" if value else _EMPTY)
        for inner in value:
            _look(inner, f"{place}[]", found)
    else:
        kinds.add(_said(value, place))


def _said(value: Any, place: str) -> str:
    """A value: itself where that says nothing of an account, else of what kind it is."""
    if place.endswith("errors[].message"):
        return json.dumps(_masked(str(value)))
    if place.endswith("errors[].code") or place in {"result", "[].type"}:
        return json.dumps(value)
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    if isinstance(value, int | float):
        return "a number"
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return "a number as text"
    return "an address" if re.match(r"https?://", value) else "text"


def _masked(text: str) -> str:
    for pattern, words in _VOLATILE:
        text = pattern.sub(words, text)
    return text


def differences(ours: Seen, theirs: Seen, names: tuple[str, str]) -> list[str]:
    """What two answers to one call differ in, a line each."""
    lines = []
    for place in sorted({*ours, *theirs}):
        here, there = ours.get(place), theirs.get(place)
        if here is None or there is None:
            lacking = ours if here is None else theirs
            # What a thing holds goes without saying where the thing itself is not.
            if all(above in lacking and _EMPTY not in lacking[above] for above in _above(place)):
                having = names[1] if here is None else names[0]
                lines.append(f"{place}: only {having} has it ({_list(here or there or set())})")
        elif not _alike(here, there, many="[]" in place and "errors" not in place):
            lines.append(f"{place}: {names[0]} {_list(here)}, {names[1]} {_list(there)}")
    return lines


def _alike(here: set[str], there: set[str], *, many: bool) -> bool:
    """Whether the same was seen; of many things, it is enough that some were alike."""
    lists = {"a list", _EMPTY}
    return bool(here & there if many else here == there) or (here <= lists and there <= lists)


def _above(place: str) -> Iterator[str]:
    """The places that hold a place."""
    for found in re.finditer(r"\.|\[\]", place):
        if above := place[: found.start()]:
            yield above


def _list(found: set[str]) -> str:
    return " or ".join(sorted(found))
