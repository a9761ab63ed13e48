"""Requests and replies that several widgets share: results, and files in either direction."""

from typing import Literal, TypedDict


class Request(TypedDict):
    """Browser to kernel."""

    id: str
    """Chosen by the browser; the replies carry it."""


class Reply(TypedDict):
    """Kernel to browser."""

    id: str
    """Of the request that it answers."""


class Change(TypedDict):
    """Kernel to browser, unasked: what is new in the widget's `_live` trait."""

    revision: int
    """One more than that of `_live` before; if it is not, ask with `ResendMessage`."""


class OkMessage(Reply):
    """Done."""

    type: Literal["ok"]


class ErrorMessage(Reply):
    """Why not, for people to read."""

    type: Literal["error"]
    message: str


class FrontEndMessage(Request):
    """The host gives no access to the kernel's front end: send its code.

    Answered by `CodeMessage`.
    """

    type: Literal["front_end"]


class CodeMessage(Reply):
    """Comes with one binary buffer: the front end's module."""

    type: Literal["code"]


class ResendMessage(Request):
    """A `Change` was missed. Answered by `_live` as a whole, and by nothing else."""

    type: Literal["resend"]


class MediaMessage(Request):
    """Send the bytes of a clip or picture. Answered by the first `ChunkMessage`.

    While the kernel fetches them itself, it says `OkMessage` every few seconds.
    """

    type: Literal["media"]
    run: str
    """Which run of a comparison; "" where there is one run only."""
    clip: int
    """Which output of the run, counted from 0."""


class AckMessage(Request):
    """The chunk is here, send the next. One is under way at a time."""

    type: Literal["ack"]


class CancelMediaMessage(Request):
    """Nobody waits for these bytes any more. Not answered."""

    type: Literal["cancel_media"]


class ChunkMessage(Reply):
    """Comes with one binary buffer: the bytes from `offset` on, of `total` in all."""

    type: Literal["chunk"]
    offset: int
    total: int


class BeginMessage(Request):
    """A file follows in pieces. Answered by `TakenMessage`.

    From here on an image input holds no picture, so that nobody runs with the one before.
    """

    type: Literal["begin"]
    name: str
    """The file's name: a label, never a path."""
    size: int
    notes: list[str]
    """What a person did to it, as text."""


class PieceMessage(Request):
    """Comes with one binary buffer: the bytes from `offset` on.

    Answered by `TakenMessage`, the last one by what is made of the file (`OkMessage`,
    `KeptMessage`). At most three are under way.
    """

    type: Literal["piece"]
    offset: int


class CancelMessage(Request):
    """The rest of the file will not come. Not answered."""

    type: Literal["cancel"]


class TakenMessage(Reply):
    """Everything before `offset` has arrived."""

    type: Literal["taken"]
    offset: int


class KeptMessage(Reply):
    """The file was saved."""

    type: Literal["kept"]
    path: str
    """On the kernel's computer."""
