"""The widgets that a Studio is made of; its view places them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import anywidget
import traitlets

from wiro_widgets.client.validation import prompt_invitation
from wiro_widgets.widgets.base import WiroWidget
from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.image import ImageInput
from wiro_widgets.widgets.parameters import ParameterPanel
from wiro_widgets.widgets.prompt import PromptInput
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.run_strip import RunStrip
from wiro_widgets.widgets.run_views import RunView
from wiro_widgets.widgets.studio_header import StudioHeader
from wiro_widgets.widgets.studio_model import image_id
from wiro_widgets.widgets.sweep_builder import SweepBuilder

if TYPE_CHECKING:
    from wiro_widgets.client import ModelSpec
    from wiro_widgets.library.draft import Draft

_Part = TypeVar("_Part", bound=WiroWidget)
_AS_PART = {"sync": True, "part": True, **anywidget.WidgetTrait().metadata}


def _part(kind: type[_Part]) -> traitlets.Instance[_Part]:
    """A trait for a widget that the Studio's view places; the browser gets a reference to it."""
    return traitlets.Instance(kind).tag(**_AS_PART)


def _later(kind: type[_Part]) -> traitlets.Instance[_Part | None]:
    """The same for a widget that is made when it is asked for."""
    return traitlets.Instance(kind, allow_none=True).tag(**_AS_PART)


class StudioParts(StudioHeader):
    """The header of a Studio and the widgets below it."""

    _takes_image = traitlets.Bool(default_value=True).tag(sync=True)
    _prompt = _part(PromptInput)
    _image = _part(ImageInput)
    _panel = _part(ParameterPanel)
    _button = _part(RunButton)
    _run_view = _part(RunView)
    _strip = _part(RunStrip)
    _sweep = _later(SweepBuilder)
    # Beside `Studio.grid`, which the page must not set.
    _grid = _later(CompareGrid)

    @property
    def image(self) -> Any:
        """The first frame that would be sent; set it to anything `ImageInput.value` takes."""
        return self._image.value

    @image.setter
    def image(self, image: Any) -> None:
        self._image.value = image

    @traitlets.validate("parameters")
    def _as_sent(self, proposal: Any) -> dict[str, Any]:
        return self._panel.converted(proposal["value"])

    def _use_spec(self, spec: ModelSpec) -> None:
        """Have all parts use a model."""
        image = image_id(spec)
        self._panel.exclude = ("prompt", image) if image else ("prompt",)
        self._panel.model = spec
        self._prompt.set_model(spec)
        self._image.set_model(spec)
        self._takes_image = image is not None
        self._button.set_model(spec)

    def _show_next(self, draft: Draft) -> None:
        """Say on the button why a draft can't be run, which run answers it, how long such take."""
        reason = blocking_reason(self._model.spec, self._prompt, self._image, self._panel)
        self._button.recorded_as = "" if reason else self._model.recorded_as(draft)
        self._button.typical_seconds = self._model.typical_seconds(draft)
        reason = reason or self._model.over_budget(draft, self._button.repeats)
        self._button.blocked_because = reason
        self._button.disabled = bool(reason)

    def close(self) -> None:
        """Close it and all its parts; runs go on."""
        # First, so that its view does not miss its parts.
        super().close()
        for name in self.traits(part=True):
            part = getattr(self, name)
            if part is not None:
                part.close()


def blocking_reason(
    spec: ModelSpec | None, prompt: PromptInput, image: ImageInput, panel: ParameterPanel
) -> str:
    """Why nothing can be run, in a sentence; "" when something can."""
    if spec is None:
        return "Not connected."
    if spec.parameter("prompt") and not prompt.value.strip():
        return prompt_invitation(spec)
    length, most = len(prompt.value), prompt.max_length
    if most is not None and length > most:
        over = length - most
        return (
            f"The prompt is {over:,} character{'' if over == 1 else 's'} over the {most:,} limit."
        )
    frame = spec.parameter(image_id(spec) or "")
    if frame is not None and image.problem:
        return str(image.problem)
    if frame is not None and frame.required and image.value is None:
        return "Add a first frame."
    return next((str(problem) for problem in panel.errors.values()), "")
