"""A file on its way from the browser, in pieces small enough for every host."""

from __future__ import annotations

from typing import Literal, TypedDict


class BeginMessage(TypedDict):
    """Browser to kernel: a file follows in pieces. Answered by `TakenMessage`.

    From here on an image input holds no picture, so that nobody runs with the one before.
    """

    id: str
    type: Literal["begin"]
    name: str
    size: int
    notes: list[str]
    """What a person did to it, in words."""


class PieceMessage(TypedDict):
    """Browser to kernel, with one binary buffer: the bytes from `offset` on.

    Answered by `TakenMessage`, the last one by what is made of the file (`OkMessage`,
    `KeptMessage`). At most three are under way.
    """

    id: str
    type: Literal["piece"]
    offset: int


class CancelMessage(TypedDict):
    """Browser to kernel: the rest will not come."""

    id: str
    type: Literal["cancel"]


class TakenMessage(TypedDict):
    """Kernel to browser: everything before `offset` is here."""

    id: str
    type: Literal["taken"]
    offset: int
