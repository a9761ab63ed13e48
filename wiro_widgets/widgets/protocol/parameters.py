"""What a parameter panel and the kernel say to each other: a model's form as one object."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from wiro_widgets.widgets.protocol.run import ErrorMessage
from wiro_widgets.widgets.protocol.upload import (
    BeginMessage,
    CancelMessage,
    PieceMessage,
    TakenMessage,
)


class PanelOption(TypedDict):
    """One choice."""

    value: str
    label: str
    cover: str
    """http(s) address of a picture, may be empty."""


class PanelField(TypedDict):
    """One field of the form."""

    id: str
    kind: Literal["text", "textarea", "choice", "covers", "number", "color", "files"]
    label: str
    help: str
    note: str
    """What a person should know of how it is shown, e.g. that its type is not known."""
    required: bool
    options: list[PanelOption]
    complete: bool
    """False when there are more choices than `options` holds."""
    default: str
    """As text; "" for none."""
    minimum: float | None
    maximum: float | None
    step: float | None
    max_length: int | None
    placeholder: str
    multiple: bool
    """Whether it takes several files."""
    advanced: bool


class PanelGroup(TypedDict):
    """A titled section."""

    title: str
    fields: list[PanelField]


class PanelRule(TypedDict):
    """`field` = `value` is only there while `other` is one of `allowed`."""

    field: str
    value: str
    other: str
    allowed: list[str]
    reason: str


class PanelSchema(TypedDict):
    """A model's form."""

    title: str
    """What people call the model."""
    groups: list[PanelGroup]
    rules: list[PanelRule]


class ChangeMessage(TypedDict):
    """Browser to kernel: somebody changed these. Answered by `ChangedMessage`.

    A message and not a trait: the host holds traits back while a cell runs, so what was changed
    meanwhile would be lost with the page.
    """

    id: str
    type: Literal["change"]
    values: dict[str, Any]
    """By parameter id; None for what was emptied."""


class ChangedMessage(TypedDict):
    """Kernel to browser: the change arrived."""

    id: str
    type: Literal["changed"]
    value: dict[str, Any]
    """All values as they are now, which an observer may have changed."""


class KeptMessage(TypedDict):
    """Kernel to browser: the file that was sent lies here."""

    id: str
    type: Literal["kept"]
    path: str


PanelToKernel = ChangeMessage | BeginMessage | PieceMessage | CancelMessage
PanelFromKernel = ChangedMessage | TakenMessage | KeptMessage | ErrorMessage
