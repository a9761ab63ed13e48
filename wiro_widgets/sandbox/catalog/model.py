"""What a model of the catalogue is made of, independent of how it is spelled on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.sandbox.names import clean_slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_TYPES = frozenset({"fileinput", "multifileinput", "combinefileinput"})
CHOICE_TYPES = frozenset({"select", "selectwithcover"})
NUMBER_TYPES = frozenset({"range", "number", "numeric", "integer", "float"})

Kind = Literal["video", "image"]
Progress = Literal["text", "object"]


@dataclass(frozen=True)
class Choice:
    """One option of a select; ``cover`` is a picture's address for ``selectwithcover``."""

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
        """Whether the value is one or several files or URLs."""
        return self.type in FILE_TYPES


@dataclass(frozen=True)
class PriceRule:
    """One line of ``dynamicprice``: what a request costs when its inputs match."""

    price: Decimal
    inputs: Mapping[str, str]
    method: str = "cpr"

    def wire(self) -> dict[str, Any]:
        """The line as the service writes it."""
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
    """Usual run time, as the model's page states it."""
    progress: Progress = "text"
    first_frame_checked: bool = False
    """Whether the provider refuses first frames as MiniMax does."""

    @property
    def clean(self) -> tuple[str, str]:
        """Owner and project in the clean spelling; two models never share it."""
        return clean_slug(self.owner), clean_slug(self.project)

    @property
    def slug(self) -> str:
        """The clean slug as one text."""
        return "/".join(self.clean)

    def item(self, name: str) -> Item | None:
        """The parameter of that id, if there is one."""
        return next((item for item in self.items if item.id == name), None)

    def file_items(self) -> Iterator[Item]:
        """The parameters that take files, in order: the first is the first frame."""
        return (item for item in self.items if item.is_file)

    def completed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters with the defaults of settings left out; texts are never made up."""
        defaults = {
            item.id: item.default
            for item in self.items
            if item.default and item.type in CHOICE_TYPES | NUMBER_TYPES
        }
        return {**defaults, **values}

    def cost(self, parameters: Mapping[str, Any], elapsed: float) -> Decimal:
        """US dollars for a finished task.

        Args:
            parameters: As stored with the task; prices match them as text.
            elapsed: Billed seconds, for models without ``dynamicprice``.
        """
        parameters = self.completed(parameters)
        for rule in self.prices:
            if all(str(parameters.get(name)) == value for name, value in rule.inputs.items()):
                return rule.price
        return self.cps * Decimal(str(round(elapsed, 4)))
