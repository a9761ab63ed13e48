"""Schemas nobody promised: whatever the service sends, a model can still be read and filled in."""

from __future__ import annotations

from typing import Any

import pytest

from wiro_widgets.client import InputError, ModelSpec, Option, Parameter, check_parameters


def spec_of(parameters: Any) -> ModelSpec:
    spec = ModelSpec.parse(
        {"slugowner": "acme", "slugproject": "one", "title": "One", "parameters": parameters}
    )
    assert spec is not None
    return spec


def only(item: Any) -> Parameter:
    (parameter,) = spec_of([{"items": [item]}]).parameters
    return parameter


def test_items_outside_any_group_are_a_group_of_their_own() -> None:
    spec = spec_of(
        [{"id": "a", "type": "text"}, {"id": "b"}, {"title": "T", "items": [{"id": "c"}]}]
    )
    assert [(g.title, [p.id for p in g.parameters]) for g in spec.groups] == [
        ("", ["a", "b"]),
        ("T", ["c"]),
    ]


def test_a_parameter_named_twice_counts_once() -> None:
    spec = spec_of([{"items": [{"id": "a", "label": "First"}]}, {"items": [{"id": "a"}]}])
    assert [parameter.label for parameter in spec.parameters] == ["First"]


def test_a_type_in_capitals_is_that_type() -> None:
    assert only({"id": "a", "type": " Select ", "options": ["x"]}).type == "select"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("boolean", "perhaps", "Choose true or false"),
        ("checkbox", "perhaps", "Choose true or false"),
        ("string", ["a"], "takes one value"),
        ("text", {"a": 1}, "can't be a dict"),
        ("textarea", ["a"], "takes one value"),
    ],
)
def test_what_no_parameter_of_that_type_takes_is_refused_by_name(
    kind: str, value: Any, words: str
) -> None:
    spec = spec_of([{"items": [{"id": "a", "type": kind}]}])
    with pytest.raises(InputError, match=words) as caught:
        check_parameters(spec, {"a": value})
    assert caught.value.field == "a"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["6", 10, 2.0, True], ["6", "10", "2", "true"]),
        ('[{"label": "Six", "value": 6}]', ["6"]),
        ({"6": "Six", "10": "Ten"}, ["6", "10"]),
        ([{"label": "Six"}], ["Six"]),
        ([{"text": "None", "value": ""}, {"value": "a"}], ["", "a"]),
        ([{"value": "a"}, {"value": "a", "label": "again"}], ["a"]),
        ([{}, {}, {"value": None}, None, [], [{}]], []),
        ("soon", []),
        (7, []),
    ],
)
def test_choices_in_every_form(options: Any, found: list[str]) -> None:
    parameter = only({"id": "a", "type": "select", "options": options})
    assert [option.value for option in parameter.options] == found


def test_choices_of_an_object_keep_their_labels() -> None:
    parameter = only({"id": "a", "type": "select", "options": {"6": "Six"}})
    assert parameter.options == (Option("Six", "6"),)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ({"type": "range", "min": 9, "max": 1}, 5),
        ({"type": "number", "min": "low", "max": {}}, 5),
        ({"type": "text", "maxlength": -3}, "hello"),
        ({"type": "text", "maxlength": "none"}, "hello"),
        ({"type": ["select"], "options": None}, "hello"),
    ],
)
def test_limits_that_make_no_sense_forbid_nothing(item: dict[str, Any], value: object) -> None:
    check_parameters(spec_of([{"items": [{"id": "a", **item}]}]), {"a": value})


@pytest.mark.parametrize("step", [0, -1, "x", None, float("inf")])
def test_a_step_is_above_zero_or_not_there(step: object) -> None:
    assert only({"id": "a", "type": "range", "step": step}).step is None


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": ["number", "null"]}, "number"),
        ({"type": "boolean"}, "checkbox"),
        ({"type": ["string", "null"], "enum": [None, "a"]}, "select"),
        ({"type": {}}, "text"),
        ([], "text"),
        (None, "text"),
    ],
)
def test_json_schema_types(schema: object, kind: str) -> None:
    parameter = Parameter.from_schema("a", schema, required=False)
    assert parameter.type == kind
    assert None not in [option.value for option in parameter.options]
