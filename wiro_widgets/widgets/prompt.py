"""Where a prompt is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.schema.hailuo import CAMERA_MOVES, PROMPT_LIMIT, is_hailuo
from wiro_widgets.widgets.base import WiroWidget, front_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wiro_widgets.client import ModelSpec

_MOST_HISTORY = 100


class PromptInput(WiroWidget):
    """A text field that knows what a video model reads.

    Example:
        >>> prompt = PromptInput("The gull lifts off")
        >>> prompt.on_submit(lambda text: print("run", text))
        >>> prompt.observe(lambda change: print(change["new"]), "value")

    Args:
        value: The text to begin with.
        model: Whose limit and camera moves to use; without one, those of the hailuo models.
        **traits: Any other trait.
    """

    _esm = front_end("prompt_input.js")
    _css = front_end("prompt_input.css")

    value = traitlets.Unicode("", help="The prompt").tag(sync=True)
    max_length = traitlets.Int(
        PROMPT_LIMIT, allow_none=True, help="Most Unicode characters; None for no limit"
    ).tag(sync=True)
    commands = traitlets.List(
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
    placeholder = traitlets.Unicode(
        "Describe what happens in the clip", help="Shown while the field is empty"
    ).tag(sync=True)
    disabled = traitlets.Bool(default_value=False, help="Whether it only shows").tag(sync=True)
    _submits = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, value: str = "", *, model: ModelSpec | None = None, **traits: Any) -> None:
        self._submitted: list[Callable[[str], object]] = []
        super().__init__(value=value, **traits)
        if model is not None:
            self.fit(model)

    def fit(self, model: ModelSpec) -> None:
        """Take over the limit and the camera moves of a model; the text stays as it is."""
        prompt = model.parameter("prompt")
        stated = prompt.max_length if prompt else None
        hailuo = is_hailuo(model.slug)
        with self._write_lock:
            self.max_length = stated or (PROMPT_LIMIT if hailuo else None)
            self.commands = list(CAMERA_MOVES) if hailuo else []

    def on_submit(self, callback: Callable[[str], object], *, remove: bool = False) -> None:
        """Call `callback` with the text on Ctrl+Enter (Cmd+Enter on a Mac).

        The text is what stood on the screen, also when the kernel was busy and has not seen all
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

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind, text = content.get("type"), content.get("text")
        if kind == "pin":
            self.baseline = text
            self.send({"id": request, "type": "ok"})
        elif kind == "edit" and isinstance(text, str):
            self._take(text)
            self.send({"id": request, "type": "edited", "value": self.value})
        elif kind == "submit" and isinstance(text, str):
            self._take(text)
            self.error = None
            for callback in list(self._submitted):
                callback(_plain(text))
            self.send({"id": request, "type": "ok"})
        else:
            super()._answer(request, content, buffers)

    def _take(self, text: str) -> None:
        with self._write_lock:
            self.value = text


def _plain(text: str) -> str:
    # A text area knows one kind of line end; half a surrogate pair cannot be sent anywhere.
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.encode("utf-8", "replace").decode("utf-8")
