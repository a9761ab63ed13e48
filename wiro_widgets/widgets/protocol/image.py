"""What an image input and the kernel say to each other."""

from __future__ import annotations

from typing import Literal, TypedDict

from wiro_widgets.widgets.protocol.run import AckMessage, ChunkMessage, ErrorMessage, OkMessage
from wiro_widgets.widgets.protocol.upload import (
    BeginMessage,
    CancelMessage,
    PieceMessage,
    TakenMessage,
)


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
