"""Checks of a request before it is sent, against the model's schema and known rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from wiro_widgets.errors import InputError
from wiro_widgets.schema.hailuo import (
    FIRST_FRAME,
    PROMPT_LIMIT,
    Rule,
    is_hailuo,
    rules_of,
)
from wiro_widgets.schema.parsing import SECONDS_FIELDS, as_number, as_text, clean_text
from wiro_widgets.schema.picture_limits import PictureProblem, picture_problem, too_large
from wiro_widgets.schema.values import loose, prompt_text, words_for
from wiro_widgets.schema.wire import CHOICE_TYPES, NUMBER_TYPES, allowed_words
from wiro_widgets.schema.wording import (
    listed_words,
    model_words,
    one_of,
    setting_name,
    setting_words,
    values_in_words,
)

from .inputs import as_inputs, is_url, open_input, ready_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.schema.models import ModelSpec, Parameter

    from .inputs import Part

_ALWAYS_ALLOWED = frozenset({"callbackUrl", "projectid"})
_LONGEST_PROBLEM = 1_000


def check_parameters(
    spec: ModelSpec, parameters: Mapping[str, Any], files: Mapping[str, Any] | None = None
) -> None:
    """Check values and input files against a model's schema. Opens files; sends nothing.

    Args:
        spec: The model.
        parameters: Values by parameter id, of any kind that `Parameter.to_wire` converts; None
            counts as left out. An empty prompt does not: it is more often a mistake than a wish,
            and paid for like any other.
        files: One input or a list of them by parameter id.

    Raises:
        InputError: Names the field, the value, what is allowed and what to do.
    """
    inputs = {name: as_inputs(value) for name, value in (files or {}).items()}
    for name in (*parameters, *inputs):
        if parameters.get(name) is not None or name in inputs:
            _check_known(spec, name)
    given = {
        name: _plain(spec.parameter(name), name, value)
        for name, value in parameters.items()
        if value is not None
    }
    check_prompt(spec.slug, spec, given.get("prompt"))
    for parameter in spec.parameters:
        _check_required(spec, parameter, given, inputs)
        if parameter.id in given and not parameter.is_file:
            check_value(parameter, given[parameter.id])
        if inputs.get(parameter.id):
            _check_inputs(spec, parameter, inputs[parameter.id])
    for rule in rules_of(spec):
        _check_rule(spec, rule, given)
    if is_hailuo(spec.slug):
        _check_prompt_or_image(given, inputs)


def _check_known(spec: ModelSpec, name: Any) -> None:
    if not isinstance(name, str):
        _refuse("parameters", f"{words_for(name)} isn't the name of a setting.", "Names are text.")
    twin = spec.parameter(name.removesuffix("Url")) if name.endswith("Url") else None
    if spec.parameter(name) or name in _ALWAYS_ALLOWED or (twin and twin.is_file):
        return
    known = [parameter.id for parameter in spec.parameters]
    if not known:
        return
    words = f"{model_words(spec.slug)} has no setting called {name}."
    if name == "prompt":
        _refuse(name, f"{model_words(spec.slug)} takes no prompt.", "Leave the prompt empty.")
    import difflib  # noqa: PLC0415 - only for a mistake

    near = difflib.get_close_matches(name.lower(), {k.lower(): k for k in known}, 1, 0.5)
    close = next((k for k in known if near and k.lower() == near[0]), None)
    remedy = f"Did you mean {close}?" if close else f"It has {listed_words(known, 'and')}."
    _refuse(name, words, remedy)


def check_prompt(model: str, spec: ModelSpec | None, prompt: Any) -> None:
    """Refuse a prompt that can only be a mistake; None is none on purpose.

    Args:
        model: Any spelling of the model's name.
        spec: Its schema, None if it is not known.
        prompt: As it would be sent.

    Raises:
        InputError: It isn't text, is blank, or is longer than the model reads.
    """
    parameter = spec.parameter("prompt") if spec else None
    if prompt is None or (spec and parameter is None) or (parameter and parameter.is_file):
        return
    text = prompt_text(prompt)
    if not text.strip():
        _refuse("prompt", "The prompt is empty.", _invitation(model, spec))
    stated = parameter.max_length if parameter else None
    limit = stated or (PROMPT_LIMIT if is_hailuo(model) else None)
    if limit is not None and len(text) > limit:
        _refuse("prompt", f"The prompt is {_too_long(len(text), limit)}", "Shorten it.")


def _plain(parameter: Parameter | None, name: str, value: Any) -> Any:
    # A text is looked at as it is, so that what is wrong with it is said first.
    if type(value) is str or (parameter is not None and parameter.is_file):
        return value
    if parameter is not None:
        return parameter.to_wire(value)
    return prompt_text(value) if name == "prompt" else loose(value, name)


def prompt_invitation(spec: ModelSpec) -> str:
    """What to do about an empty prompt, as a sentence."""
    return _invitation(spec.slug, spec)


def _invitation(model: str, spec: ModelSpec | None) -> str:
    categories = spec.categories if spec else ()
    for_clips = is_hailuo(model) or any("video" in each for each in categories)
    return f"Describe what {'happens in the clip' if for_clips else 'you want to see'}."


def _too_long(length: int, limit: int) -> str:
    """``js/src/form/validation.ts`` says it in the same words."""
    over = length - limit
    return f"{over:,} character{'' if over == 1 else 's'} over the {limit:,} limit."


def _check_required(
    spec: ModelSpec, parameter: Parameter, given: Mapping[str, Any], inputs: Mapping[str, list[Any]]
) -> None:
    name = parameter.id
    if not parameter.required:
        return
    if parameter.is_file:
        if not (inputs.get(name) or given.get(name) or given.get(f"{name}Url")):
            what = "an image" if parameter.is_picture else f"a file for {parameter.label}"
            _refuse(name, f"This model needs {what}.", f"Add it as {name}.")
    elif given.get(name, "") == "":
        if name == "prompt":
            _refuse(name, "This model needs a prompt.", prompt_invitation(spec))
        allowed = allowed_words(parameter) if parameter.options else "Give a value."
        _refuse(name, f"{parameter.label} is needed.", allowed)


def check_value(parameter: Parameter, value: Any) -> None:
    """Check a single value, as ``js/src/form/validation.ts`` does in the browser.

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
            _refuse(name, _unavailable(name, text), allowed_words(parameter))
    elif parameter.options and parameter.type in CHOICE_TYPES:
        # A live schema was seen with a default that is not among its options.
        allowed = {option.value for option in parameter.options} | {as_text(parameter.default)}
        if text not in allowed:
            _refuse(name, _unavailable(name, text), allowed_words(parameter))
    elif parameter.type in NUMBER_TYPES:
        _check_number(parameter, value)
    elif parameter.max_length and len(text) > parameter.max_length:
        too_long = _too_long(len(text), parameter.max_length)
        _refuse(name, f"{parameter.label} is {too_long}", "Shorten it.")


def _check_number(parameter: Parameter, value: Any) -> None:
    name, label, number = parameter.id, parameter.label, as_number(value)
    if number is None:
        _refuse(name, f"{label} must be a number, not {as_text(value) or repr(value)}.", "")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        if low is not None and high is not None:
            limits = f"between {_bound(low)} and {_bound(high)}"
        else:
            limits = f"at most {_bound(high or 0)}" if low is None else f"at least {_bound(low)}"
        _refuse(name, f"{label} must be {limits}, not {as_text(value)}.", "")


def _bound(number: float) -> str:
    """A bound as people write it: 2,000,000 and 0.0001."""
    return f"{number:,.10f}".rstrip("0").rstrip(".")


def _check_inputs(spec: ModelSpec, parameter: Parameter, inputs: list[Any]) -> None:
    name = parameter.id
    if not parameter.multiple and len(inputs) > 1:
        _refuse(name, f"{parameter.label} takes one file, not {len(inputs)}.", "Choose one.")
    for given in inputs:
        item = ready_input(given, name, as_picture=parameter.is_picture)
        if is_url(item):
            continue  # only the service can look behind it
        with open_input(item, name) as part:
            if parameter.is_picture and is_hailuo(spec.slug):
                _check_frame(name, part)


def _check_frame(name: str, part: Part) -> None:
    """Check a first frame against MiniMax's published limits."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - keeps the import light

    if part.size >= FIRST_FRAME.max_bytes:
        _refuse_frame(name, part, too_large(FIRST_FRAME, part.size))
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
        _refuse(name, f"{part.name} is damaged.", "Save it again, or choose another image.")
    about = picture_problem(FIRST_FRAME, size[0], size[1], part.size)
    if about is not None:
        _refuse_frame(name, part, about)


def _refuse_frame(name: str, part: Part, problem: PictureProblem) -> NoReturn:
    _refuse(name, f"{part.name}: {problem.message}", "")


def _check_rule(spec: ModelSpec, rule: Rule, given: Mapping[str, Any]) -> None:
    defaults = {parameter.id: parameter.default for parameter in spec.parameters}
    value = as_text(given.get(rule.field, defaults.get(rule.field)))
    other = as_text(given.get(rule.other, defaults.get(rule.other)))
    if value.upper() == rule.value.upper() and other not in {*rule.allowed, ""}:
        chosen, allowed = (
            setting_words(rule.other, other),
            values_in_words(rule.other, rule.allowed),
        )
        if rule.other in SECONDS_FIELDS:
            problem = f"A {chosen} clip isn't available at {value}."
        else:
            problem = f"{chosen} isn't available with {setting_words(rule.field, value)}."
        remedy = f"Choose {one_of(allowed)}, or another {setting_name(rule.field).lower()}."
        _refuse(rule.other, problem, remedy)


def _check_prompt_or_image(given: Mapping[str, Any], inputs: Mapping[str, list[Any]]) -> None:
    has_frame = any("image" in name.lower() and items for name, items in inputs.items()) or any(
        "image" in name.lower() and value for name, value in given.items()
    )
    if not has_frame and given.get("prompt") is None:
        _refuse("prompt", "This model needs a prompt or an image.", "Describe what happens.")


def _unavailable(name: str, value: str) -> str:
    return f"{setting_words(name, value)} isn't available."


def _refuse(field: str, problem: str, remedy: str) -> NoReturn:
    # The value in question may be anything that somebody has pasted.
    raise InputError(clean_text(problem, _LONGEST_PROBLEM), field=field, remedy=remedy)
