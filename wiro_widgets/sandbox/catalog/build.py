"""Short names for writing a model down; ``more`` are further fields of ``Item``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .model import Choice, Item, PriceRule


def image(name: str, label: str, description: str = "", **more: Any) -> Item:
    """A parameter that takes pictures: combinefileinput, unless ``type`` says otherwise."""
    return Item(
        id=name, label=label, description=description, **{"type": "combinefileinput"} | more
    )


def text(name: str, label: str, description: str = "", **more: Any) -> Item:
    """A parameter that takes text: textarea, unless ``type`` says otherwise."""
    return Item(id=name, label=label, description=description, **{"type": "textarea"} | more)


def select(name: str, label: str, *values: str, **more: Any) -> Item:
    """A parameter with a few allowed values, the first of them the default."""
    choices = tuple(Choice(value, value) for value in values)
    return Item(id=name, type="select", label=label, default=values[0], choices=choices, **more)


def number(name: str, label: str, bounds: tuple[float, float], default: str, **more: Any) -> Item:
    """A parameter that takes a number between two bounds, in whole steps unless told."""
    low, high = bounds
    usual: dict[str, Any] = {"type": "number", "step": 1}
    return Item(id=name, label=label, default=default, minimum=low, maximum=high, **usual | more)


def price(dollars: str, **inputs: str) -> PriceRule:
    """A price per request, for the given inputs."""
    return PriceRule(Decimal(dollars), inputs)
