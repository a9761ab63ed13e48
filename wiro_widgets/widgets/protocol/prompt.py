"""What a prompt and the kernel say to each other."""

from __future__ import annotations

from typing import Literal, TypedDict

from wiro_widgets.widgets.protocol.run import ErrorMessage, OkMessage


class EditMessage(TypedDict):
    """Browser to kernel: somebody typed. Answered by `EditedMessage`.

    A message and not a trait: the host holds traits back while a cell runs, so what was typed
    meanwhile would be lost with the page.
    """

    id: str
    type: Literal["edit"]
    text: str


class SubmitMessage(TypedDict):
    """Browser to kernel: run this text, the one on the screen. Answered by `OkMessage`."""

    id: str
    type: Literal["submit"]
    text: str


class PinMessage(TypedDict):
    """Browser to kernel: compare with this text from now on. Answered by `OkMessage`."""

    id: str
    type: Literal["pin"]
    text: str | None
    """None to compare with nothing."""


class EditedMessage(TypedDict):
    """Kernel to browser: the edit arrived."""

    id: str
    type: Literal["edited"]
    value: str
    """What the value is now, which an observer may have changed."""


PromptToKernel = EditMessage | SubmitMessage | PinMessage
PromptFromKernel = EditedMessage | OkMessage | ErrorMessage
