"""Every combination of what was listed, as checked requests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.client import ModelSpec

MOST_COMBINATIONS = 500
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


def axes_from(values: Mapping[str, Any], repeats: int) -> list[Axis]:
    """What was given, as axes: a list is swept, anything else is shared.

    Raises:
        InputError: A list is empty, `repeats` is no count, or the product is too large.
    """
    axes = [
        Axis(name, tuple(value) if isinstance(value, (list, tuple, range)) else (value,))
        for name, value in values.items()
        if value is not None
    ]
    for axis in axes:
        if not axis.values:
            raise InputError(
                f"{axis.name} is an empty list.", field=axis.name, remedy="Give a value or several."
            )
    if (
        isinstance(repeats, bool)
        or not isinstance(repeats, int)
        or not (1 <= repeats <= _MOST_REPEATS)
    ):
        raise InputError(
            f"repeats={repeats!r} is not a count.",
            field="repeats",
            remedy=f"Give 1 to {_MOST_REPEATS}.",
        )
    axes.append(Axis("repeat", tuple(range(repeats))))
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_COMBINATIONS:
        sizes = " x ".join(f"{len(axis.values)} {axis.name}" for axis in axes if axis.swept)
        raise InputError(
            f"{sizes} are {count} runs.",
            remedy=f"A sweep has at most {MOST_COMBINATIONS}; drop values.",
        )
    return axes


def combinations(
    axes: Sequence[Axis],
    model: Callable[[str], ModelSpec],
    store: Callable[[Any, str], StoredInput],
) -> list[Combination]:
    """Every combination, checked. Nothing is sent.

    Args:
        axes: ``model`` and ``repeat`` among them; ``image`` stands for the model's own name of it.
        model: Gives a model's schema.
        store: Puts an input of a parameter into the library.

    Raises:
        InputError: Names every combination that is not allowed, and why.
    """
    cache = _InputCache(store)
    combined: list[Combination] = []
    refusals: list[tuple[Mapping[str, str], InputError]] = []
    for number, chosen in enumerate(itertools.product(*(axis.values for axis in axes)), 1):
        values = dict(zip((axis.name for axis in axes), chosen, strict=True))
        labels = {axis.name: label_of(axis.name, values[axis.name]) for axis in axes if axis.swept}
        spec = model(values.pop("model"))
        repeat = values.pop("repeat")
        given = dict(values)
        try:
            if "image" in values and spec.parameter("image") is None:
                values[image_parameter(spec).id] = values.pop("image")
            with image_by_its_name(spec, given):
                values = {name: cache.repeatable(value, name) for name, value in values.items()}
                request = replace(RunRequest.build(spec, values, cache.store), repeat=repeat)
        except InputError as error:
            refusals.append(({"cell": str(number), **labels}, error))
        else:
            combined.append(Combination(number, labels, request))
    if refusals:
        raise _all_of(refusals, len(refusals) + len(combined))
    return combined


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

    def repeatable(self, value: Any, field: str) -> Any:
        """The input as one that can be read again: a file object is at its end after the first."""
        if isinstance(value, (list, tuple)):
            return [self.repeatable(one, field) for one in as_inputs(value)]
        if "image" in field.lower() and id(value) not in self._accepted:
            self._accepted[id(value)] = (value, accepted(value, field))
        _, value = self._accepted.get(id(value), (None, value))
        return self.store(value, field) if hasattr(value, "read") else value


def label_of(name: str, value: Any) -> str:
    """A value as a short text for a table."""
    if name == "repeat":
        return str(value + 1)
    if isinstance(value, (list, tuple)):
        return ", ".join(label_of(name, one) for one in value)
    if is_url(value):
        return str(value).rstrip("/").rsplit("/", 1)[-1]
    if isinstance(value, Path) or (name == "image" and isinstance(value, str)):
        return Path(value).name
    if isinstance(value, (str, int, float)):
        return str(value)
    given = getattr(value, "filename", None) or getattr(value, "name", None)
    return Path(given).name if isinstance(given, str) and given else f"a {type(value).__name__}"


def _all_of(refusals: Sequence[tuple[Mapping[str, str], InputError]], count: int) -> InputError:
    """One error that names every combination and why it is not allowed."""
    by_reason: dict[str, list[str]] = {}
    for labels, error in refusals:
        where = ", ".join(f"{name} {_short(label)}" for name, label in labels.items())
        by_reason.setdefault(str(error), []).append(where)
    lines = [
        f"- {reason} ({'; '.join(places[:3])}{_and_more(len(places) - 3)})"
        for reason, places in by_reason.items()
    ]
    shown = lines[:_MOST_REASONS]
    if len(lines) > len(shown):
        shown.append(f"- and {len(lines) - len(shown)} more of the kind")
    fields = {error.field for _, error in refusals}
    heading = f"{len(refusals)} of {count} runs are not possible; nothing was sent:"
    return InputError(
        "\n".join([heading, *shown]), field=fields.pop() if len(fields) == 1 else None
    )


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…"


def _and_more(count: int) -> str:
    return f"; and {count} more" if count > 0 else ""
