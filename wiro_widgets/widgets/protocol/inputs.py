"""What the widgets that make a request exchange with the browser: prompt, image, panel, button."""

from typing import Any, Literal, TypedDict

from wiro_widgets.widgets.protocol.common import Reply, Request


class EditMessage(Request):
    """Somebody typed. Answered by `EditedMessage`.

    A message and not a trait: the host holds traits back while a cell runs, so what was typed
    meanwhile would be lost with the page.
    """

    type: Literal["edit"]
    text: str


class EditedMessage(Reply):
    """The edit arrived."""

    type: Literal["edited"]
    value: str
    """What the value is now, which an observer may have changed."""


class SubmitMessage(Request):
    """Run this text, the one on the screen. Answered by `OkMessage`."""

    type: Literal["submit"]
    text: str


class PinMessage(Request):
    """Compare with this text from now on. Answered by `OkMessage`."""

    type: Literal["pin"]
    text: str | None
    """None to compare with nothing."""


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
    """The picture the kernel holds; its bytes are sent on request only."""

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


class HoldMessage(Request):
    """A file was chosen that is too large to send. Answered by `OkMessage`."""

    type: Literal["hold"]
    size: int


class LinkMessage(Request):
    """Take what is at this address. Answered by `OkMessage`."""

    type: Literal["link"]
    url: str


class ClearMessage(Request):
    """No picture. Answered by `OkMessage`."""

    type: Literal["clear"]


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


class ChangeMessage(Request):
    """Somebody changed these. Answered by `ChangedMessage`. A message, as `EditMessage` is."""

    type: Literal["change"]
    values: dict[str, Any]
    """By parameter id; None for what was emptied."""


class ChangedMessage(Reply):
    """The change arrived."""

    type: Literal["changed"]
    value: dict[str, Any]
    """All values as they are now, which an observer may have changed."""


class PriceRow(TypedDict):
    """One row of a model's price list; a `wiro_widgets.client.PriceRule`."""

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


class RunMessage(Request):
    """Run what is on the screen. Answered by `OkMessage`."""

    type: Literal["run"]
    values: dict[str, Any]
    prompt: str
    repeats: int
    """How many runs it makes; the price on the button was for all of them."""


class OpenSweepMessage(Request):
    """Several at once, starting from what is on the screen. Answered by `OkMessage`."""

    type: Literal["sweep"]
    values: dict[str, Any]
    prompt: str
