"""Models and their parameters, independent of how the wire spells them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.sandbox.ids import clean_slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_TYPES = frozenset({"fileinput", "multifileinput", "combinefileinput"})
CHOICE_TYPES = frozenset({"select", "selectwithcover"})
NUMBER_TYPES = frozenset({"range", "number", "numeric", "integer", "float"})

Kind = Literal["video", "image"]
Progress = Literal["text", "object"]


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
    default: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    note: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it takes files or URLs."""
        return self.type in FILE_TYPES


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
            if item.default and item.type in CHOICE_TYPES | NUMBER_TYPES
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
            if all(str(parameters.get(name)) == value for name, value in rule.inputs.items()):
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
    """A parameter with a few allowed values; the first one is the default."""
    choices = tuple(Choice(value, value) for value in values)
    return Item(id=name, type="select", label=label, default=values[0], choices=choices, **more)


def number(name: str, label: str, bounds: tuple[float, float], default: str, **more: Any) -> Item:
    """A parameter for a number within bounds, in steps of 1 unless ``more`` says otherwise."""
    low, high = bounds
    usual: dict[str, Any] = {"type": "number", "step": 1}
    return Item(id=name, label=label, default=default, minimum=low, maximum=high, **usual | more)


def price(dollars: str, **inputs: str) -> PriceRule:
    """A price per request, for the given inputs."""
    return PriceRule(Decimal(dollars), inputs)
