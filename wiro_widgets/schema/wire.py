"""Values in the JSON types that a model's parameters are sent in."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Protocol

from wiro_widgets.errors import InputError

from .parsing import SECONDS_FIELDS, as_number, as_text
from .values import is_list, loose, plain, prompt_text, words_for
from .wording import choose_words

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE_TYPES = frozenset({"fileinput", "multifileinput", "combinefileinput"})
CHOICE_TYPES = frozenset({"select", "selectwithcover"})
NUMBER_TYPES = frozenset({"range", "number", "numeric", "integer", "float"})
TEXT_TYPES = frozenset({"text", "textarea", "color"})
_SINGLE = CHOICE_TYPES | NUMBER_TYPES | TEXT_TYPES | {"checkbox"}
_SWITCHES = (("true", "false"), ("on", "off"), ("yes", "no"))


class Choice(Protocol):
    """What is needed of an `Option`."""

    @property
    def value(self) -> str:
        """As it is sent."""


class Taker(Protocol):
    """What is needed of a `Parameter`."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """As the service calls it."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def default(self) -> Any:
        """As the service states it."""

    @property
    def options(self) -> Sequence[Choice]:
        """Its choices."""

    @property
    def is_file(self) -> bool:
        """Whether it takes files."""


def to_wire(parameter: Taker, value: Any) -> Any:
    """A value as a parameter sends it; see `Parameter.to_wire`."""
    name, kind = parameter.id, parameter.type
    if value is None or parameter.is_file:
        return value
    if name == "prompt":
        return prompt_text(value)
    if kind not in _SINGLE:
        return loose(value, name, dates="date" in kind or "time" in kind)
    if is_list(value):
        remedy = "For several, use ww.sweep or ww.compare."
        if kind in TEXT_TYPES:
            remedy += " JSON is given as text: json.dumps(...)."
        problem = f"{parameter.label} takes one value, not {words_for(value)}."
        raise InputError(problem, field=name, remedy=remedy)
    try:
        found = plain(value, name, parameter.label)
    except InputError as error:
        error.remedy = error.remedy or allowed_words(parameter)
        raise
    if isinstance(found, (dt.date, dt.time)):
        problem = f"{parameter.label} can't be {words_for(value)}."
        raise InputError(problem, field=name, remedy=allowed_words(parameter))
    if kind in CHOICE_TYPES or kind == "checkbox":
        return _choice(parameter, found)
    if kind in NUMBER_TYPES and not isinstance(found, bool):
        return _as_number(found, seconds=name in SECONDS_FIELDS)
    return as_text(found)


def allowed_words(parameter: Taker) -> str:
    """What a parameter takes, as a sentence: "Choose 6 s or 10 s."."""
    if parameter.type == "checkbox":
        return "Choose true or false."
    values = [option.value for option in parameter.options if option.value]
    if values:
        return choose_words(parameter.id, values)
    return "Give a number." if parameter.type in NUMBER_TYPES else "Give text."


def _choice(parameter: Taker, given: str | float) -> str:
    """The option that a value means; its text when it is one, or means none or many."""
    text = as_text(given)
    values = {option.value for option in parameter.options}
    if parameter.type == "checkbox":
        values = {"true", "false"}
    if text in values or text == as_text(parameter.default):
        return text
    meant = {value for value in values if value.lower() == text.strip().lower()}
    meant = meant or values & {_without_seconds(text)}
    if not meant and not isinstance(given, str) and given in {0, 1}:
        # A switch, whatever the service calls its two positions.
        names = {value.lower(): value for value in values}
        meant = {names[on if given else off] for on, off in _SWITCHES if names.keys() == {on, off}}
    if not meant and isinstance(given, bool) and values:
        problem = f"{parameter.label} can't be {given}."
        raise InputError(problem, field=parameter.id, remedy=allowed_words(parameter))
    return meant.pop() if len(meant) == 1 else text


def _as_number(given: str | float, *, seconds: bool) -> str | float:
    """The number that a text or a number says; the text itself when it says none."""
    if isinstance(given, str):
        text = _without_seconds(given) if seconds else given
        if re.fullmatch(r"\s*[-+]?\d{1,30}\s*", text, re.ASCII):
            return int(text)  # exactly: a seed may have more digits than a float
        number = as_number(text)
        given = given if number is None else number
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _without_seconds(text: str) -> str:
    """The number of "6 s" or "6 seconds"; any other text as it is."""
    found = re.fullmatch(r"\s*([\d.]+)\s*s(?:ec(?:onds?)?)?\s*", text, re.IGNORECASE | re.ASCII)
    return found[1] if found else text
