"""What stands in a model's form: where it begins, what is wrong, what another model keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, check_value, rules_of
from wiro_widgets.schema.parsing import as_text
from wiro_widgets.widgets.panel_schema import default_of, label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wiro_widgets.client import ModelSpec, Parameter

_LONGEST_SAID = 40


def defaults(model: ModelSpec, left_out: Collection[str]) -> dict[str, Any]:
    """What a form begins with, in wire types."""
    begun = {p.id: default_of(p) for p in model.parameters if p.id not in left_out}
    return {name: value for name, value in begun.items() if value is not None}


def to_wire(parameter: Parameter, value: Any) -> Any:
    """A value as it is sent; files are sent as they are given."""
    return value if parameter.is_file else parameter.to_wire(value)


def problems(
    model: ModelSpec, values: Mapping[str, Any], left_out: Collection[str]
) -> dict[str, str]:
    """What is wrong, by parameter id, in the words of ``js/lib/rules.ts``."""
    found = {
        parameter.id: _problem(parameter, values.get(parameter.id))
        for parameter in model.parameters
        if parameter.id not in left_out
    }
    for rule in rules_of(model):
        chosen = as_text(values.get(rule.field)) == rule.value
        other = as_text(values.get(rule.other))
        if chosen and other and other not in rule.allowed:
            found[rule.field] = found.get(rule.field) or rule.reason
    return {name: problem for name, problem in found.items() if problem}


def carried_over(
    model: ModelSpec,
    values: Mapping[str, Any],
    preset: Mapping[str, Any],
    left_out: Collection[str],
) -> tuple[dict[str, Any], list[str]]:
    """What another model takes as well, and a sentence for each value it does not.

    Args:
        model: The other model.
        values: What stands in the form.
        preset: The former model's own defaults; nobody chose them, so nothing is said of them.
        left_out: Ids that have a widget of their own.
    """
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    title = model.title or model.slug
    for name, value in values.items():
        if name in left_out:
            continue
        parameter = model.parameter(name)
        problem = f"it has no {name}, so {_brief(name, value)} was dropped."
        if parameter is not None:
            wire = to_wire(parameter, value)
            problem = _problem(parameter, wire)
            if not problem:
                kept[name] = wire
        if problem and value != preset.get(name):
            dropped.append(f"{title}: {problem}")
    return kept, dropped


def _problem(parameter: Parameter, value: Any) -> str:
    """What is wrong with a value, in the words of `InputError`; "" when it can be sent."""
    if value in (None, "", []):
        return f"{label_of(parameter)} is needed." if parameter.required else ""
    if parameter.is_file:
        return ""
    try:
        check_value(parameter, value)
    except InputError as error:
        return f"{error.message} {error.remedy}"
    return ""


def _brief(name: str, value: Any) -> str:
    text = as_text(value)
    return f"{name}={text}" if text and len(text) <= _LONGEST_SAID else name
