"""Models and their parameters, independent of how the wire spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_TYPES = frozenset({"fileinput", "multifileinput", "combinefileinput"})
CHOICE_TYPES = frozenset({"select", "selectwithcover"})
NUMBER_TYPES = frozenset({"range", "number", "numeric", "integer", "float"})

Kind = Literal["video", "image", "audio", "text", "raw", "mesh"]
"""What a model makes. ``raw`` is text inside the task, as language models give it."""
_NO_PICTURE = "video|audio|voice|sound|music|document|pdf|resume|csv"
Progress = Literal["text", "object"]


def clean_slug(text: str) -> str:
    """The clean spelling of a slug: ``hailuo-2.3-Fast`` becomes ``hailuo-2-3-fast``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def as_text(value: Any) -> str:
    """A scalar as multipart would carry it: ``6`` and ``6.0`` are the option "6"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Choice:
    """One option of a select; ``cover`` is the URL of its picture (``selectwithcover``)."""

    value: str
    label: str
    cover: str = ""


@dataclass(frozen=True)
class Item:
    """One parameter of a model."""

    id: str
    type: str
    label: str
    description: str = ""
    default: Any = ""
    """In its own type: numbers as numbers, booleans as booleans; ``""`` or ``None`` without one."""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    max_length: int | None = None
    note: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it takes files or URLs."""
        return self.type in FILE_TYPES

    @property
    def is_picture(self) -> bool:
        """Whether what it takes is drawn; the rest (clips, sounds, documents) is only stored."""
        return self.is_file and not re.search(_NO_PICTURE, self.id.lower())

    @property
    def allowed(self) -> set[str]:
        """The values of a choice; some of the service's defaults are not among the options."""
        return {choice.value for choice in self.choices} | {as_text(self.default)}


@dataclass(frozen=True)
class PriceRule:
    """One rule of ``dynamicprice``: the price in US dollars if the inputs match."""

    price: Decimal
    inputs: Mapping[str, str]
    method: str = "cpr"

    def wire(self) -> dict[str, Any]:
        """The rule as the service writes it."""
        return {
            "inputs": dict(self.inputs),
            "price": float(self.price),
            "priceMethod": self.method,
        }


@dataclass(frozen=True)
class Model:
    """One model of the catalogue."""

    id: int
    owner: str
    project: str
    title: str
    description: str
    kind: Kind
    categories: tuple[str, ...]
    items: tuple[Item, ...]
    prices: tuple[PriceRule, ...] = ()
    cps: Decimal = Decimal(0)
    seconds: int = 200
    """Usual run time, as the model's page gives it."""
    progress: Progress = "text"
    first_frame_checked: bool = False
    """Whether the provider checks first frames as MiniMax does."""
    document: dict[str, Any] | None = field(default=None, repr=False, compare=False)
    """The OpenAPI document that it was read from, to be handed out again as it was."""

    @property
    def clean(self) -> tuple[str, str]:
        """Owner and project in the clean spelling, unique to each model."""
        return clean_slug(self.owner), clean_slug(self.project)

    @property
    def slug(self) -> str:
        """The clean slug as one text."""
        return "/".join(self.clean)

    def file_items(self) -> Iterator[Item]:
        """The parameters that take files, in order: the first is the first frame."""
        return (item for item in self.items if item.is_file)

    def completed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters, completed with defaults; those of text parameters are not filled in."""
        defaults = {
            item.id: item.default
            for item in self.items
            if item.default not in ("", None) and item.type in CHOICE_TYPES | NUMBER_TYPES
        }
        return {**defaults, **values}

    def cost(self, parameters: Mapping[str, Any], share: float = 1) -> Decimal:
        """US dollars for a task that ended, as the service would charge them.

        A model that is charged by the second is charged for its usual time: the seconds it takes
        here say nothing of what the task would cost there.

        Args:
            parameters: Valid parameters; price rules compare them as text.
            share: The share of the work that was done, 0 to 1.
        """
        done = Decimal(str(round(share, 4)))
        parameters = self.completed(parameters)
        for rule in self.prices:
            if all(as_text(parameters.get(name)) == value for name, value in rule.inputs.items()):
                return rule.price * done
        return self.cps * self.seconds * done


def image(name: str, label: str, description: str = "", **more: Any) -> Item:
    """A parameter for pictures: combinefileinput unless ``more`` gives another ``type``."""
    return Item(
        id=name, label=label, description=description, **{"type": "combinefileinput"} | more
    )


def text(name: str, label: str, description: str = "", **more: Any) -> Item:
    """A parameter for text: textarea unless ``more`` gives another ``type``."""
    return Item(id=name, label=label, description=description, **{"type": "textarea"} | more)


def select(name: str, label: str, *values: str, **more: Any) -> Item:
    """A parameter with a few allowed values; the first one is the default if no other is named."""
    choices = tuple(Choice(value, value) for value in values)
    usual: dict[str, Any] = {"type": "select", "default": values[0]}
    return Item(id=name, label=label, choices=choices, **usual | more)


def number(name: str, label: str, bounds: tuple[float, float], default: float, **more: Any) -> Item:
    """A parameter for a number within bounds, in steps of 1 unless ``more`` says otherwise."""
    low, high = bounds
    usual: dict[str, Any] = {"type": "number", "step": 1}
    return Item(id=name, label=label, default=default, minimum=low, maximum=high, **usual | more)


def price(dollars: str, **inputs: str) -> PriceRule:
    """A price per request, for the given inputs."""
    return PriceRule(Decimal(dollars), inputs)
