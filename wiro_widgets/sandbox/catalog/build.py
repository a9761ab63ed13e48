"""Short names for writing a model down."""

from __future__ import annotations

from decimal import Decimal

from .model import Choice, Item, PriceRule


def image(
    name: str,
    label: str,
    description: str = "",
    *,
    required: bool = False,
    kind: str = "combinefileinput",
) -> Item:
    """A parameter that takes one or several pictures."""
    return Item(name, kind, label, description, required=required)


def text(
    name: str,
    label: str,
    description: str = "",
    *,
    default: str = "",
    required: bool = False,
    kind: str = "textarea",
) -> Item:
    """A parameter that takes text."""
    return Item(name, kind, label, description, default, required)


def select(
    name: str,
    label: str,
    *values: str,
    description: str = "",
    default: str | None = None,
    required: bool = False,
    note: str = "",
) -> Item:
    """A parameter with a few allowed values, the first of them the default."""
    return Item(
        name,
        "select",
        label,
        description,
        values[0] if default is None else default,
        required,
        choices=tuple(Choice(value, value) for value in values),
        note=note,
    )


def number(
    name: str,
    label: str,
    minimum: float,
    maximum: float,
    default: str,
    *,
    step: float | None = 1,
    description: str = "",
    required: bool = False,
    kind: str = "number",
) -> Item:
    """A parameter that takes a number between two bounds."""
    return Item(
        name,
        kind,
        label,
        description,
        default,
        required,
        minimum=minimum,
        maximum=maximum,
        step=step,
    )


def price(dollars: str, **inputs: str) -> PriceRule:
    """A price per request, for the given inputs."""
    return PriceRule(Decimal(dollars), inputs)
