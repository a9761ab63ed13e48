"""What an image input and the kernel say to each other."""

from __future__ import annotations

from typing import Literal, TypedDict

from wiro_widgets.widgets.protocol.run import AckMessage, ChunkMessage, ErrorMessage, OkMessage


class ImageLimits(TypedDict):
    """What the model takes."""

    model: str
    """Its name, for people."""
    max_bytes: int
    """A picture has to be smaller."""
    min_side: int
    """The short side has to be longer, in pixels."""
    ratio: float
    """Most, of the longer side to the shorter."""


class ShownImage(TypedDict):
    """The picture the kernel holds; its bytes travel on request only."""

    name: str
    url: str
    """Set, and nothing else but `name`, when only the service can look behind it."""
    content_type: str
    size: int
    width: int
    height: int
    digest: str
    """SHA-256 of the bytes."""
    notes: list[str]
    """What was done to it, or should be known of it."""


class BeginMessage(TypedDict):
    """Browser to kernel: a picture follows in pieces. Answered by `TakenMessage`.

    From here on the kernel holds no picture, so that nobody runs with the one before.
    """

    id: str
    type: Literal["begin"]
    name: str
    size: int
    notes: list[str]
    """What a person did to it, in words."""


class PieceMessage(TypedDict):
    """Browser to kernel, with one binary buffer: the bytes from `offset` on.

    Answered by `TakenMessage`, the last one by `OkMessage`. At most three are under way.
    """

    id: str
    type: Literal["piece"]
    offset: int


class CancelMessage(TypedDict):
    """Browser to kernel: the rest will not come."""

    id: str
    type: Literal["cancel"]


class HoldMessage(TypedDict):
    """Browser to kernel: a file was chosen that is too large to send. Answered by `OkMessage`."""

    id: str
    type: Literal["hold"]
    size: int


class LinkMessage(TypedDict):
    """Browser to kernel: take what is at this address. Answered by `OkMessage`."""

    id: str
    type: Literal["link"]
    url: str


class ClearMessage(TypedDict):
    """Browser to kernel: no picture. Answered by `OkMessage`."""

    id: str
    type: Literal["clear"]


class FetchMessage(TypedDict):
    """Browser to kernel: send the bytes of the picture. Answered by the first `ChunkMessage`."""

    id: str
    type: Literal["fetch"]


class TakenMessage(TypedDict):
    """Kernel to browser: everything before `offset` is here."""

    id: str
    type: Literal["taken"]
    offset: int


ImageToKernel = (
    BeginMessage
    | PieceMessage
    | CancelMessage
    | HoldMessage
    | LinkMessage
    | ClearMessage
    | FetchMessage
    | AckMessage
)
ImageFromKernel = TakenMessage | ChunkMessage | OkMessage | ErrorMessage
