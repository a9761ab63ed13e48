"""Where a prompt is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client.validation import prompt_invitation
from wiro_widgets.schema.hailuo import CAMERA_MOVES, PROMPT_LIMIT, is_hailuo
from wiro_widgets.schema.values import prompt_text
from wiro_widgets.widgets.base import WiroWidget, handles, ok
from wiro_widgets.widgets.given import as_model
from wiro_widgets.widgets.protocol.inputs import (
    EditedMessage,
    EditMessage,
    PinMessage,
    SubmitMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.widgets.protocol.common import OkMessage

_MOST_HISTORY = 100
_INVITATION = "Describe what happens in the clip"


class PromptText(traitlets.Unicode[str, Any]):
    """A trait that is a prompt; anything but text is refused as `wiro_widgets.run` does."""

    def validate(self, obj: Any, value: Any) -> Any:
        """The text itself.

        Raises:
            InputError: It is anything else.
        """
        # Half a character is mended later: it may have been typed.
        text = str.__str__(value) if isinstance(value, str) else prompt_text(value)
        return super().validate(obj, text)


class PromptInput(WiroWidget):
    """A text field that knows what a video model reads.

    Example:
        >>> prompt = PromptInput("The gull lifts off")
        >>> prompt.on_submit(lambda text: print("run", text))
        >>> prompt.observe(lambda change: print(change["new"]), "value")

    Args:
        value: The text to begin with.
        model: The model, or its name, whose limit and camera moves to use; without one, those of
            the hailuo models.
        **traits: Any other trait.

    Raises:
        InputError: `model` is no model, or `value` no text.
        NotFoundError: There is no model of that name.
    """

    _view = traitlets.Unicode("prompt_input").tag(sync=True)

    value = PromptText("", help="The prompt").tag(sync=True)
    max_length = traitlets.Int(
        PROMPT_LIMIT, allow_none=True, help="Most Unicode characters; None for no limit"
    ).tag(sync=True)
    camera_moves = traitlets.List(
        traitlets.Unicode(),
        default_value=list(CAMERA_MOVES),
        help="Camera moves the model understands in [brackets]",
    ).tag(sync=True)
    history = traitlets.List(traitlets.Unicode(), help="Earlier prompts, newest first").tag(
        sync=True
    )
    baseline = traitlets.Unicode(
        None, allow_none=True, help="Pinned prompt to compare with; None for none"
    ).tag(sync=True)
    placeholder = traitlets.Unicode(_INVITATION, help="Shown while the field is empty").tag(
        sync=True
    )
    disabled = traitlets.Bool(default_value=False, help="Whether it only shows").tag(sync=True)
    _submits = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(
        self, value: str = "", *, model: ModelSpec | str | None = None, **traits: Any
    ) -> None:
        self._submitted: list[Callable[[str], object]] = []
        self._invitation = _INVITATION
        spec = as_model(model, "PromptInput")
        super().__init__(value=value, **traits)
        if spec is not None:
            self.set_model(spec)

    def set_model(self, model: ModelSpec | str) -> None:
        """Use the limit, camera moves and invitation of a model; the text stays as it is.

        Raises:
            InputError: It is no model.
            NotFoundError: There is no model of that name.
        """
        spec = as_model(model, "PromptInput")
        prompt = spec.parameter("prompt") if spec else None
        stated = prompt.max_length if prompt else None
        hailuo = spec is None or is_hailuo(spec.slug)
        self.max_length = stated or (PROMPT_LIMIT if hailuo else None)
        self.camera_moves = list(CAMERA_MOVES) if hailuo else []
        invitation = prompt_invitation(spec).rstrip(".") if spec else _INVITATION
        if self.placeholder == self._invitation:
            self.placeholder = invitation
        self._invitation = invitation

    def on_submit(self, callback: Callable[[str], object], *, remove: bool = False) -> None:
        """Call `callback` with the text on Ctrl+Enter (Cmd+Enter on a Mac).

        The text is what was on the screen, also when the kernel was busy and has not seen all
        of it yet.

        Args:
            callback: Takes the text. What it raises is shown in the widget.
            remove: Stop calling it.
        """
        self._submitted = [each for each in self._submitted if each != callback]
        if not remove:
            self._submitted.append(callback)
        self._submits = bool(self._submitted)

    @traitlets.validate("value", "baseline")
    def _as_the_browser_has_it(self, proposal: dict[str, Any]) -> str | None:
        text = proposal["value"]
        return None if text is None else _plain(text)

    @traitlets.validate("history")
    def _distinct(self, proposal: dict[str, Any]) -> list[str]:
        prompts = (_plain(text) for text in proposal["value"] if text.strip())
        return list(dict.fromkeys(prompts))[:_MOST_HISTORY]

    @handles(EditMessage)
    def _edit(self, message: EditMessage) -> EditedMessage:
        self.value = message["text"]
        return EditedMessage(id=message["id"], type="edited", value=self.value)

    @handles(SubmitMessage)
    def _submit(self, message: SubmitMessage) -> OkMessage:
        self.value = message["text"]
        self.error = None
        for callback in list(self._submitted):
            callback(_plain(message["text"]))
        return ok(message)

    @handles(PinMessage)
    def _pin(self, message: PinMessage) -> OkMessage:
        self.baseline = message["text"]
        return ok(message)


def _plain(text: str) -> str:
    # A text area knows one kind of line end; half a surrogate pair cannot be sent anywhere.
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.encode("utf-8", "replace").decode("utf-8")
