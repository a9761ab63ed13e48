"""The settings of any model as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client import InputError, ModelSpec, check_value, rules_of
from wiro_widgets.schema.parsing import as_text
from wiro_widgets.widgets.base import WiroWidget, front_end
from wiro_widgets.widgets.panel_schema import panel_schema

if TYPE_CHECKING:
    from collections.abc import Collection

    from wiro_widgets.client import Parameter


class ParameterPanel(WiroWidget):
    """A form made from a model's schema; `value` is what would be sent.

    Args:
        model: The schema, from `Connection.model` or `ModelSpec.parse`; None shows an empty form.
        value: Values to start with, by parameter id; the model's defaults fill the rest.
        exclude: Parameters that have a widget of their own; left out of form and value.

    Raises:
        traitlets.TraitError: `model` is no `ModelSpec`.

    Example:
        >>> panel = ParameterPanel(ww.connect().model("minimax/hailuo-2.3-fast"))
        >>> panel.value
        {'promptOptimizer': 'true', 'resolution': '768P', 'duration': '6'}
    """

    _esm = front_end("parameter_panel.js")
    _css = front_end("parameter_panel.css")

    model = traitlets.Instance(ModelSpec, None, allow_none=True, help="The schema")
    exclude = traitlets.Tuple(("prompt",), help="Parameter ids left out")
    value = traitlets.Dict(help="Values by parameter id, as they are sent").tag(sync=True)
    errors = traitlets.Dict(help="What is wrong, by parameter id").tag(sync=True)
    disabled = traitlets.Bool(default_value=False, help="Shown, not to be changed").tag(sync=True)
    dropped = traitlets.List(
        traitlets.Unicode(), help="What the last change of model could not keep, in sentences"
    ).tag(sync=True)
    _schema = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model: ModelSpec | None = None,
        value: dict[str, Any] | None = None,
        *,
        exclude: Collection[str] = ("prompt",),
    ) -> None:
        super().__init__()
        self.exclude = tuple(exclude)
        self.model = model
        if value:
            self.value = {**self.value, **value}

    @property
    def valid(self) -> bool:
        """Whether what stands in the form can be sent."""
        return not self.errors

    @traitlets.observe("model", "exclude")
    def _rebuild(self, _: object) -> None:
        model = self.model
        with self._write_lock, self.hold_sync():
            if model is None:
                self._schema, self.value, self.errors = {}, {}, {}
                return
            kept, self.dropped = self._carried_over(model)
            self._schema = dict(panel_schema(model, self.exclude))
            self.value = {**self._defaults(model), **kept}
            self._check(None)

    def _carried_over(self, model: ModelSpec) -> tuple[dict[str, Any], list[str]]:
        """The values that the new model takes as well, and a sentence for each it does not."""
        kept: dict[str, Any] = {}
        dropped: list[str] = []
        title = model.title or model.slug
        for name, value in self.value.items():
            parameter = model.parameter(name)
            if name in self.exclude:
                continue
            if parameter is None:
                dropped.append(f"{title} has no {name}; {name}={as_text(value)} was dropped.")
                continue
            wire = _wire(parameter, value)
            problem = _problem(parameter, wire)
            if problem is None:
                kept[name] = wire
            else:
                dropped.append(f"{title}: {problem}")
        return kept, dropped

    def _defaults(self, model: ModelSpec) -> dict[str, Any]:
        return {
            parameter.id: parameter.to_wire(parameter.default)
            for parameter in model.parameters
            if parameter.id not in self.exclude
            and not parameter.is_file
            and parameter.default not in (None, "")
        }

    @traitlets.validate("value")
    def _to_wire(self, proposal: Any) -> dict[str, Any]:
        given: dict[str, Any] = proposal["value"]
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
            if value not in (None, "", []):
                wire[name] = _wire(parameter, value)
        return wire

    @traitlets.observe("value")
    def _check(self, _: object) -> None:
        model = self.model
        if model is None:
            return
        errors: dict[str, str] = {}
        for parameter in model.parameters:
            if parameter.id in self.exclude:
                continue
            problem = _problem(parameter, self.value.get(parameter.id))
            if problem:
                errors[parameter.id] = problem
        for rule in rules_of(model):
            chosen = as_text(self.value.get(rule.field)) == rule.value
            other = as_text(self.value.get(rule.other))
            if chosen and other and other not in rule.allowed:
                errors.setdefault(rule.field, rule.reason)
        with self._write_lock:
            self.errors = errors

    def __repr__(self) -> str:
        if self.model is None:
            return "ParameterPanel: no model"
        values = ", ".join(f"{name}={value!r}" for name, value in self.value.items())
        problems = "".join(f" · {problem}" for problem in self.errors.values())
        return f"ParameterPanel: {self.model.slug} · {values}{problems}"


def _wire(parameter: Parameter, value: Any) -> Any:
    return value if parameter.is_file else parameter.to_wire(value)


def _problem(parameter: Parameter, value: Any) -> str | None:
    """What is wrong with a value, in the words of `InputError`; None when it can be sent."""
    if value in (None, "", []):
        return f"{parameter.label} is needed." if parameter.required else None
    if parameter.is_file:
        return None
    try:
        check_value(parameter, value)
    except InputError as error:
        return f"{error.message} {error.remedy}"
    return None
