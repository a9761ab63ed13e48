"""What the button that spends money and the kernel say to each other."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from wiro_widgets.widgets.protocol.run import ErrorMessage, OkMessage


class PriceRow(TypedDict):
    """One row of a model's price list; a `wiro_widgets.client` `PriceRule`."""

    inputs: dict[str, str]
    """The values this row is for, as text; empty for all."""
    price: str
    """USD as plain decimal text, as is `extra`."""
    method: str
    """The billing method, e.g. ``cpr``."""
    extra: str
    """For each further tier of pixels."""
    per_input: bool
    """Whether each picture that is sent costs something too."""


class PriceList(TypedDict):
    """All that is known of what a model costs."""

    rows: list[PriceRow]
    average: str | None
    """The service's own average in USD; None when it states none."""


class RunMessage(TypedDict):
    """Browser to kernel: run what stood on the screen. Answered by `OkMessage`."""

    id: str
    type: Literal["run"]
    values: dict[str, Any]
    prompt: str


class OpenSweepMessage(TypedDict):
    """Browser to kernel: several at once, starting from this. Answered by `OkMessage`."""

    id: str
    type: Literal["sweep"]
    values: dict[str, Any]
    prompt: str


ButtonToKernel = RunMessage | OpenSweepMessage
ButtonFromKernel = OkMessage | ErrorMessage
