"""Every combination of what was listed, as checked requests."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.client import InputError
from wiro_widgets.client.inputs import as_inputs, is_url
from wiro_widgets.library.request import (
    RunRequest,
    StoredInput,
    accepted,
    image_by_its_name,
    image_parameter,
)
from wiro_widgets.schema.parsing import as_text
from wiro_widgets.schema.values import (
    MOST_VALUES,
    as_file,
    is_column,
    listed,
    missing_name,
    prompt_text,
    unwrapped,
    whole,
    words_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.client import ModelSpec

MOST_COMBINATIONS = MOST_VALUES
_MOST_REPEATS = 50
_MOST_REASONS = 6
_LABEL_LENGTH = 40


class Axis(NamedTuple):
    """Something that is swept, or one value that all share."""

    name: str
    values: tuple[Any, ...]

    @property
    def swept(self) -> bool:
        """Whether it has several values."""
        return len(self.values) > 1


@dataclass(frozen=True)
class Combination:
    """One combination.

    Attributes:
        number: Counts from 1, the last axis fastest.
        labels: What each swept axis says here, as text.
        request: What would be sent.
    """

    number: int
    labels: Mapping[str, str]
    request: RunRequest


@dataclass(frozen=True)
class Impossible:
    """A combination that the model does not allow.

    Attributes:
        number: Counts from 1 among all combinations, the last axis fastest.
        labels: What each swept axis says here, as text.
        error: Why it is not allowed.
    """

    number: int
    labels: Mapping[str, str]
    error: InputError

    @property
    def reason(self) -> str:
        """Why it is not allowed, as text."""
        return self.error.message


def axes_from(values: Mapping[str, Any], repeats: Any) -> list[Axis]:
    """What was given, as axes: a list is swept, anything else is shared.

    Raises:
        InputError: A list is empty, too long or has a missing value, a prompt isn't text,
            `repeats` isn't a whole number, or the product is too large.
    """
    axes = [Axis(name, _axis(name, value)) for name, value in values.items() if value is not None]
    takes = whole(repeats, "repeats", 1, _MOST_REPEATS)
    axes.append(Axis("repeat", tuple(range(takes))))
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_COMBINATIONS:
        sizes = ", ".join(f"{axis.name}: {len(axis.values)}" for axis in axes if axis.swept)
        raise InputError(
            f"That makes {count:,} runs ({sizes}); a sweep can have up to {MOST_COMBINATIONS}.",
            remedy="Remove values.",
        )
    return axes


def _axis(name: str, value: Any) -> tuple[Any, ...]:
    """The values of one axis, each looked at in its place."""
    several = listed(value, name, MOST_COMBINATIONS)
    found = [value] if several is None else several
    if not found:
        # An iterator gives its values once.
        once = not hasattr(type(value), "__len__")
        raise InputError(
            f"{name} is an empty list.",
            field=name,
            remedy="A generator gives its values only once: make a new one."
            if once
            else "Give at least one value.",
        )
    is_file = "image" in name.lower()
    if several is not None:
        # Nobody writes None into a column of data: it is where a value is missing.
        none_is_none = (name == "prompt" or is_file) and not is_column(value)
        for index, one in enumerate(several):
            missing = missing_name(one) or ("" if one is not None or none_is_none else "None")
            if missing:
                problem = f"{name}[{index}] is {missing}, a missing value."
                raise InputError(problem, field=name, remedy="Remove it from the list.")
    if name == "prompt":
        for index, one in enumerate(found):
            if one is not None:
                prompt_text(one, "The prompt" if several is None else f"prompt[{index}]")
    return tuple(as_file(one, name) if is_file else one for one in found)


def combinations(
    axes: Sequence[Axis],
    model: Callable[[str], ModelSpec],
    store: Callable[[Any, str], StoredInput],
) -> tuple[list[Combination], list[Impossible]]:
    """Every combination, checked: those that can be sent and those that cannot. Sends nothing.

    Args:
        axes: ``model`` and ``repeat`` among them; ``image`` stands for the model's own name of it.
        model: Gives a model's schema.
        store: Puts an input of a parameter into the library.
    """
    cache = _InputCache(store)
    possible: list[Combination] = []
    impossible: list[Impossible] = []
    for number, chosen in enumerate(itertools.product(*(axis.values for axis in axes)), 1):
        values = dict(zip((axis.name for axis in axes), chosen, strict=True))
        labels = {axis.name: label_of(axis.name, values[axis.name]) for axis in axes if axis.swept}
        spec = model(values.pop("model"))
        repeat = values.pop("repeat")
        values = given = {name: value for name, value in values.items() if value is not None}
        try:
            if "image" in values and spec.parameter("image") is None:
                own = {image_parameter(spec).id: values["image"]}
                values = {name: one for name, one in values.items() if name != "image"} | own
            with image_by_its_name(spec, given):
                values = {
                    name: cache.repeatable(value, name, spec) for name, value in values.items()
                }
                request = replace(RunRequest.build(spec, values, cache.store), repeat=repeat)
        except InputError as error:
            impossible.append(Impossible(number, labels, error))
        else:
            possible.append(Combination(number, labels, request))
    return possible, impossible


class _InputCache:
    """Stores each input once, however many combinations share it."""

    def __init__(self, store: Callable[[Any, str], StoredInput]) -> None:
        self._store = store
        # A value must outlive the dict that knows it by its id.
        self._stored: dict[int, tuple[Any, StoredInput]] = {}
        self._accepted: dict[int, tuple[Any, Any]] = {}

    def store(self, value: Any, field: str) -> StoredInput:
        """The stored copy of an input."""
        if id(value) not in self._stored:
            self._stored[id(value)] = (value, self._store(value, field))
        return self._stored[id(value)][1]

    def repeatable(self, value: Any, field: str, spec: ModelSpec) -> Any:
        """The input as one that can be read again: a file object is at its end after the first."""
        parameter = spec.parameter(field)
        if parameter is None or not parameter.is_file or value is None:
            return value
        if isinstance(value, list) or type(value) is tuple:
            return [self.repeatable(one, field, spec) for one in as_inputs(value)]
        if id(value) not in self._accepted:
            self._accepted[id(value)] = (value, accepted(value, parameter))
        _, value = self._accepted.get(id(value), (None, value))
        return self.store(value, field) if hasattr(value, "read") else value


def label_of(name: str, value: Any) -> str:
    """A value as a short text for a table."""
    if name == "repeat":
        return str(value + 1)
    value = unwrapped(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(label_of(name, one) for one in value)
    whole = isinstance(value, str) and value[:5].lower() == "data:"
    if is_url(value):
        return str(value).rstrip("/").rsplit("/", 1)[-1]
    if isinstance(value, Path) or (name == "image" and isinstance(value, str) and not whole):
        return Path(value).name
    if value is None or isinstance(value, (str, int, float, Decimal, Fraction)):
        return "an image" if whole else "none" if value is None else as_text(value) or str(value)
    given = getattr(value, "filename", None) or getattr(value, "name", None)
    kind = "an image" if name == "image" else words_for(value)
    return Path(given).name if isinstance(given, str) and given else kind


def error_about(impossible: Sequence[Impossible], count: int) -> InputError:
    """One error about all combinations that are not allowed, with each reason once.

    Args:
        impossible: At least one.
        count: How many combinations there are, the possible ones among them.
    """
    by_reason: dict[str, list[Impossible]] = {}
    for one in impossible:
        by_reason.setdefault(str(one.error), []).append(one)
    possible = count - len(impossible)
    if not possible and len(by_reason) == 1:
        # What is wrong has nothing to do with the combination.
        return impossible[0].error
    lines = [f"- {reason}{_where(reason, group)}" for reason, group in by_reason.items()]
    shown = lines[:_MOST_REASONS]
    if len(lines) > len(shown):
        shown.append(f"- {len(lines) - len(shown)} more reasons like these")
    verb = "isn't" if len(impossible) == 1 else "aren't"
    heading = f"{len(impossible)} of {count} combinations {verb} valid. Nothing was sent."
    others = "the other one" if possible == 1 else f"the other {possible}"
    fields = {one.error.field for one in impossible}
    return InputError(
        "\n".join([heading, *shown, ""]),
        field=fields.pop() if len(fields) == 1 else None,
        remedy=f"Add skip_impossible=True to go on with {others}." if possible else "",
    )


def _where(reason: str, group: Sequence[Impossible]) -> str:
    """What the combinations of one reason have in common, unless the reason says it."""
    labels = group[0].labels
    shared = [
        f"{name} {_short(label)}"
        for name, label in labels.items()
        if label not in reason and all(one.labels[name] == label for one in group)
    ]
    return f" ({', '.join(shared)})" if shared else ""


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…"
