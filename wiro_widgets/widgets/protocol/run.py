"""What a run's views and the kernel say to each other, besides the run snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from wiro_widgets.runs.snapshot import Clip


class PlayerSource(TypedDict):
    """What a `VideoPlayer` plays when it is not given a run."""

    key: str
    """Changes when there is something else to play."""
    label: str
    """What the clip is called, for those who hear it."""
    clip: Clip | None


class StopMessage(TypedDict):
    """Browser to kernel: stop the run. Answered by `OkMessage` when it was taken."""

    id: str
    type: Literal["stop"]


class MediaMessage(TypedDict):
    """Browser to kernel: send the bytes of a clip. Answered by the first `ChunkMessage`."""

    id: str
    type: Literal["media"]
    run: str
    """Which run of a comparison; "" where there is one run only."""
    clip: int
    """Which output of the run, counted from 0."""


class AckMessage(TypedDict):
    """Browser to kernel: the chunk is here, send the next. One is under way at a time."""

    id: str
    type: Literal["ack"]


class CancelMediaMessage(TypedDict):
    """Browser to kernel: nobody waits for these bytes any more."""

    id: str
    type: Literal["cancel_media"]


class ChunkMessage(TypedDict):
    """Kernel to browser, with one binary buffer: bytes from `offset` on, of `total` in all."""

    id: str
    type: Literal["chunk"]
    offset: int
    total: int


class OkMessage(TypedDict):
    """Kernel to browser: taken. What comes of it, the snapshot tells."""

    id: str
    type: Literal["ok"]


class ErrorMessage(TypedDict):
    """Kernel to browser: why not, in words."""

    id: str
    type: Literal["error"]
    message: str


ToKernel = StopMessage | MediaMessage | AckMessage | CancelMediaMessage
FromKernel = ChunkMessage | OkMessage | ErrorMessage
