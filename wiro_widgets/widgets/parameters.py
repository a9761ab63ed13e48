"""The settings of any model as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client import InputError, ModelSpec
from wiro_widgets.client.inputs import as_inputs
from wiro_widgets.schema.values import is_blank
from wiro_widgets.terminal import for_terminal
from wiro_widgets.widgets.base import Refused, WiroWidget, handles
from wiro_widgets.widgets.browser_files import REFUSAL, allow_files, may_name
from wiro_widgets.widgets.given import as_model
from wiro_widgets.widgets.parameter_form import (
    carried_over,
    defaults,
    panel_schema,
    problems,
)
from wiro_widgets.widgets.protocol.common import (
    BeginMessage,
    CancelMessage,
    PieceMessage,
)
from wiro_widgets.widgets.protocol.inputs import ChangedMessage, ChangeMessage
from wiro_widgets.widgets.transfers import PanelFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wiro_widgets.widgets.protocol.common import KeptMessage, TakenMessage


class ParameterPanel(WiroWidget):
    """A form made from a model's schema; `value` is what would be sent.

    Args:
        model: Its name, its `ModelSpec`, or the object the service describes it with (of
            ``Tool/Detail`` or OpenAPI); None shows an empty form.
        value: Values to start with, by parameter id; the model's defaults fill the rest.
        exclude: Parameters that have a widget of their own; left out of form and value. None for
            the prompt and the first image.
        browser_paths: Whether paths on the kernel's computer may be typed into the form, for pages
            whose visitors could read every file of the kernel's owner anyway. Without it, they can
            choose files and give addresses, and paths come from Python.

    Raises:
        traitlets.TraitError: `model` describes no model, or `value` names a parameter it has not.
        InputError: `model` is none of these, or a value is of a kind that cannot be meant.
        NotFoundError: There is no model of that name.

    Example:
        >>> panel = ParameterPanel("minimax/hailuo-2.3-fast")
        >>> panel.value
        {'promptOptimizer': 'true', 'resolution': '768P', 'duration': '6'}
    """

    _view = traitlets.Unicode("parameter_panel").tag(sync=True)

    model: Any = traitlets.Any(None, help="The schema, None for an empty form")
    exclude = traitlets.Instance(
        tuple,
        allow_none=True,
        help="Parameter ids left out; None for the prompt and the first image",
    )
    value = traitlets.Dict(help="Values by parameter id, as they are sent").tag(sync=True)
    errors = traitlets.Dict(help="What is wrong, by parameter id").tag(sync=True)
    valid = traitlets.Bool(default_value=True, help="Whether it can be sent").tag(sync=True)
    disabled = traitlets.Bool(default_value=False, help="Shown, not to be changed").tag(sync=True)
    dropped = traitlets.List(
        traitlets.Unicode(), help="What the last change of model could not keep, in sentences"
    ).tag(sync=True)
    _schema = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: ModelSpec | dict[str, Any] | str | None = None,
        value: Mapping[str, Any] | None = None,
        *,
        exclude: Collection[str] | None = None,
        browser_paths: bool = False,
    ) -> None:
        self._browser_paths = browser_paths
        self._preset: dict[str, Any] = {}
        self._refused: dict[str, str] = {}
        self._files = PanelFiles()
        super().__init__()
        self.exclude = None if exclude is None else tuple(exclude)
        self.model = model
        if value is not None:
            self.value = {**self.value, **value}

    @handles(ChangeMessage)
    def _change(self, message: ChangeMessage) -> ChangedMessage:
        self._take({**self.value, **message["values"]})
        if self._refused:
            # As an error, so that what is half typed stays where it is.
            raise Refused(" ".join(self._refused.values()))
        return ChangedMessage(id=message["id"], type="changed", value=self.value)

    def _taken(self, traits: dict[str, Any]) -> dict[str, Any]:
        others = super()._taken(traits)
        if isinstance(value := others.pop("value", None), dict):
            self._take(value)
        return others

    def _take(self, values: dict[str, Any]) -> None:
        """Take values from the browser but for files that it may not name."""
        if self.model is None:
            return
        taken: dict[str, Any] = {}
        self._refused = {}
        # Those of its parameters only: the model may be another one by now.
        for parameter in self.model.parameters:
            value = values.get(parameter.id)
            if parameter.is_file and not (self._browser_paths or may_name(value)):
                self._refused[parameter.id] = f"{parameter.id}: {REFUSAL}"
                continue
            try:
                taken[parameter.id] = value if is_blank(value) else parameter.to_wire(value)
            except InputError as error:
                self._refused[parameter.id] = str(error)
        self.value = taken
        self._check(None)

    @handles(BeginMessage)
    def _begin_file(self, message: BeginMessage) -> TakenMessage:
        in_use = [path for value in self.value.values() for path in as_inputs(value)]
        return self._files.begin(message, in_use)

    @handles(PieceMessage, binary=True)
    def _add_piece(self, message: PieceMessage, piece: memoryview) -> TakenMessage | KeptMessage:
        return self._files.add(message, piece)

    @handles(CancelMessage)
    def _cancel_file(self, message: CancelMessage) -> None:
        self._files.cancel(message["id"])

    @traitlets.validate("model")
    def _to_spec(self, proposal: Any) -> ModelSpec | None:
        model: ModelSpec | dict[str, Any] | str | None = proposal["value"]
        if not isinstance(model, dict):
            return as_model(model, "ParameterPanel")
        spec = ModelSpec.from_openapi(model) if "paths" in model else ModelSpec.parse(model)
        if spec is None:
            raise traitlets.TraitError("This object describes no model: it has no slug.")
        return spec

    def _left_out(self, model: ModelSpec) -> Collection[str]:
        """Ids without a field here; by default what a prompt and an image widget are for."""
        if self.exclude is not None:
            return self.exclude
        images = [p.id for p in model.parameters if p.is_file and "image" in p.id.lower()]
        return ("prompt", *images[:1])

    @traitlets.observe("model", "exclude")
    def _rebuild(self, _: object) -> None:
        model = self.model
        if model is None:
            self._schema, self.value, self.errors, self.dropped = {}, {}, {}, []
            self.valid = True
            return
        self._refused = {}
        left_out = self._left_out(model)
        kept, self.dropped = carried_over(model, self.value, self._preset, left_out)
        self._preset = defaults(model, left_out)
        # Values first: a new form with old values would look wrong for a moment, and open folds.
        self.value = {**self._preset, **kept}
        self._schema = dict(panel_schema(model, left_out, browser_paths=self._browser_paths))
        self._check(None)

    @traitlets.validate("value")
    def _to_wire(self, proposal: Any) -> dict[str, Any]:
        given: dict[str, Any] = proposal["value"]
        if self.model is None:
            # Which of them are files is not known yet.
            for value in given.values():
                allow_files(value)
        return self.converted(given)

    def converted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values as they are sent, without those that are none; as they are without a model.

        Raises:
            traitlets.TraitError: The model has no such parameter.
            InputError: A value is of a kind that cannot be meant.
        """
        if self.model is None:
            return dict(given)
        wire: dict[str, Any] = {}
        for name, value in given.items():
            parameter = self.model.parameter(name)
            if parameter is None:
                known = ", ".join(p.id for p in self.model.parameters)
                raise traitlets.TraitError(
                    f"{self.model.slug} has no parameter {name!r}. It takes: {known}."
                )
            if parameter.is_file:
                value = self._files.as_text(parameter, value)  # noqa: PLW2901 - from here on
                allow_files(value)
            if not is_blank(value):
                wire[name] = value if parameter.is_file else parameter.to_wire(value)
        return wire

    @traitlets.observe("value")
    def _check(self, _: object) -> None:
        model = self.model
        if model is None:
            return
        refused = {name: why for name, why in self._refused.items() if name not in self.value}
        self.errors = problems(model, self.value, self._left_out(model)) | refused
        self.valid = not self.errors

    def __repr__(self) -> str:
        if self.model is None:
            return "ParameterPanel: no model"
        values = ", ".join(f"{name}={value!r}" for name, value in self.value.items())
        problems = "".join(f" · {problem}" for problem in self.errors.values())
        return for_terminal(f"ParameterPanel: {self.model.slug} · {values}{problems}")
