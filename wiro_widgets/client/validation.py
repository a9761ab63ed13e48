"""Checks of a request before it is sent, against the model's schema and known rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from wiro_widgets.errors import InputError
from wiro_widgets.schema.hailuo import FIRST_FRAME, PICTURE_TYPES, Rule, is_hailuo, rules_of
from wiro_widgets.schema.models import CHOICE_TYPES, NUMBER_TYPES
from wiro_widgets.schema.parsing import as_number, as_text, clean_text

from .inputs import as_inputs, is_url, open_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.schema.models import ModelSpec, Parameter

    from .inputs import Part

_ALWAYS_ALLOWED = frozenset({"callbackUrl", "projectid"})
_MOST_NAMED = 12
_LONGEST_PROBLEM = 1_000


def check_parameters(
    spec: ModelSpec, parameters: Mapping[str, Any], files: Mapping[str, Any] | None = None
) -> None:
    """Check values and input files against a model's schema. Opens files; sends nothing.

    Args:
        spec: The model.
        parameters: Values by parameter id; None counts as left out.
        files: One input or a list of them by parameter id.

    Raises:
        InputError: Names the field, the value, what is allowed and what to do.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    inputs = {name: as_inputs(value) for name, value in (files or {}).items()}
    for name in (*given, *inputs):
        _check_known(spec, name)
    for parameter in spec.parameters:
        _check_required(parameter, given, inputs)
        if parameter.id in given and not parameter.is_file:
            check_value(parameter, given[parameter.id])
        if inputs.get(parameter.id):
            _check_inputs(spec, parameter, inputs[parameter.id])
    for rule in rules_of(spec):
        _check_rule(spec, rule, given)
    if is_hailuo(spec.slug):
        _check_prompt_or_image(given, inputs)


def _check_known(spec: ModelSpec, name: str) -> None:
    twin = spec.parameter(name.removesuffix("Url")) if name.endswith("Url") else None
    if spec.parameter(name) or name in _ALWAYS_ALLOWED or (twin and twin.is_file):
        return
    known = [parameter.id for parameter in spec.parameters]
    if not known:
        return
    import difflib  # noqa: PLC0415 - only for a mistake

    near = difflib.get_close_matches(name.lower(), {k.lower(): k for k in known}, 1, 0.5)
    close = next((k for k in known if near and k.lower() == near[0]), None)
    remedy = f"Did you mean {close}?" if close else f"It takes: {_some(known)}."
    _refuse(name, f"{spec.slug} has no parameter {name!r}.", remedy)


def _check_required(
    parameter: Parameter, given: Mapping[str, Any], inputs: Mapping[str, list[Any]]
) -> None:
    name = parameter.id
    if not parameter.required:
        return
    if parameter.is_file:
        if not (inputs.get(name) or given.get(name) or given.get(f"{name}Url")):
            _refuse(name, f"{name} is missing: the model needs {parameter.label!r}.", "Add a file.")
    elif given.get(name, "") == "":
        allowed = f"Choose one of {_choices(parameter)}." if parameter.options else "Add a value."
        _refuse(name, f"{name} is missing.", allowed)


def check_value(parameter: Parameter, value: Any) -> None:
    """Check one value; ``problemOf`` in ``js/src/form/validation.ts`` does the same in the browser.

    Args:
        parameter: What takes it; not a file.
        value: As it would be sent.

    Raises:
        InputError: Names the field, the value and what is allowed.
    """
    name, text = parameter.id, as_text(value)
    if text == "" and not parameter.required:
        return
    if parameter.type == "checkbox":
        if text not in {"true", "false"}:
            _refuse(name, f"{name}={text} is not offered.", "Choose one of true, false.")
    elif parameter.options and parameter.type in CHOICE_TYPES:
        # A live schema was seen with a default that is not among its options.
        allowed = {option.value for option in parameter.options} | {as_text(parameter.default)}
        if text not in allowed:
            _refuse(name, f"{name}={text} is not offered.", f"Choose one of {_choices(parameter)}.")
    elif parameter.type in NUMBER_TYPES:
        _check_number(parameter, value)
    elif parameter.max_length and len(text) > parameter.max_length:
        _refuse(name, f"{name} has {len(text)} characters.", f"At most {parameter.max_length}.")


def _check_number(parameter: Parameter, value: Any) -> None:
    name, number = parameter.id, as_number(value)
    if number is None:
        _refuse(name, f"{name}={as_text(value)} is not a number.", "Give a number.")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        limits = " and ".join(
            f"at {word} {as_text(limit)}"
            for word, limit in (("least", low), ("most", high))
            if limit is not None
        )
        _refuse(name, f"{name}={as_text(value)} is out of range.", f"It takes {limits}.")


def _check_inputs(spec: ModelSpec, parameter: Parameter, inputs: list[Any]) -> None:
    name = parameter.id
    if not parameter.multiple and len(inputs) > 1:
        _refuse(name, f"{name} takes one file, not {len(inputs)}.", "Choose one.")
    for item in inputs:
        if is_url(item):
            continue  # only the service can look behind it
        with open_input(item, name) as part:
            if "image" in name.lower() and not part.content_type.startswith("image/"):
                kind = part.content_type
                _refuse(
                    name, f"{name}: {part.name} is no picture but {kind}.", "Give a picture file."
                )
            if "image" in name.lower() and is_hailuo(spec.slug):
                _check_frame(name, part)


def _check_frame(name: str, part: Part) -> None:
    """Check a first frame against MiniMax's published limits."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - keeps the import light

    if part.content_type not in PICTURE_TYPES:
        problem = f"{name}: {part.name} is {part.content_type}."
        _refuse(name, problem, "Save it as JPG, PNG or WebP.")
    if part.size >= FIRST_FRAME.max_bytes:
        _refuse(
            name,
            f"{name}: {part.name} has {part.size / 1e6:.1f} MB.",
            f"Stay under {FIRST_FRAME.max_bytes / 1e6:g} MB.",
        )
    start = part.stream.tell()
    size = None
    try:
        # Pillow would try all the formats it knows, and run other programs for some.
        with Image.open(part.stream, formats=("JPEG", "PNG", "WEBP")) as picture:
            size = picture.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        pass
    finally:
        part.stream.seek(start) if not part.stream.closed else None
    if size is None:
        _refuse(name, f"{name}: {part.name} is a damaged picture.", "Save it again.")
    short, long = sorted(size)
    shape = f"{name}: {part.name} is {size[0]} x {size[1]} pixels."
    if short <= FIRST_FRAME.min_side:
        _refuse(name, shape, f"The short side must be over {FIRST_FRAME.min_side} pixels.")
    if long > FIRST_FRAME.ratio * short:
        _refuse(name, shape, "The sides must stay between 2:5 and 5:2; crop it.")


def _check_rule(spec: ModelSpec, rule: Rule, given: Mapping[str, Any]) -> None:
    defaults = {parameter.id: parameter.default for parameter in spec.parameters}
    value = as_text(given.get(rule.field, defaults.get(rule.field)))
    other = as_text(given.get(rule.other, defaults.get(rule.other)))
    if value.upper() == rule.value.upper() and other not in {*rule.allowed, ""}:
        problem = f"{rule.other}={other} does not go with {rule.field}={value}. {rule.reason}"
        remedy = f"Use {rule.other}={' or '.join(rule.allowed)}, or another {rule.field}."
        _refuse(rule.other, problem, remedy)


def _check_prompt_or_image(given: Mapping[str, Any], inputs: Mapping[str, list[Any]]) -> None:
    has_frame = any("image" in name.lower() and items for name, items in inputs.items()) or any(
        "image" in name.lower() and value for name, value in given.items()
    )
    if not has_frame and not as_text(given.get("prompt")).strip():
        _refuse("prompt", "There is neither a prompt nor an image.", "Describe the clip.")


def _choices(parameter: Parameter) -> str:
    return _some([option.value for option in parameter.options])


def _some(values: list[str]) -> str:
    more = len(values) - _MOST_NAMED
    return ", ".join(values[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _refuse(field: str, problem: str, remedy: str) -> NoReturn:
    # The value in question may be anything that somebody has pasted.
    raise InputError(clean_text(problem, _LONGEST_PROBLEM), field=field, remedy=remedy)
