"""A request as it will be sent, and the fingerprint that keeps it from being paid for twice."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, ModelSpec, Parameter, check_parameters
from wiro_widgets.client.inputs import as_inputs
from wiro_widgets.schema.models import CHOICE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.runs.inputs import StoredInput

_FINGERPRINT_VERSION = 1


@dataclass(frozen=True)
class RunRequest:
    """What one run asks of the service. Immutable; build it with `RunRequest.build`.

    Attributes:
        model: Clean slug, ``owner/project``.
        parameters: Wire values by parameter id, files left out.
        files: Inputs by parameter id, in order.
        repeat: 0 for the first run of this request, 1 for the next deliberate one.
        spec: The schema it was built with, which tells how files are encoded; not recorded.
    """

    model: str
    parameters: Mapping[str, Any]
    files: Mapping[str, tuple[StoredInput, ...]] = field(default_factory=dict)
    repeat: int = 0
    spec: ModelSpec | None = field(default=None, compare=False, repr=False)

    @classmethod
    def build(
        cls, spec: ModelSpec, values: Mapping[str, Any], keep: Callable[[Any, str], StoredInput]
    ) -> RunRequest:
        """Check values against the model's schema, then fill in its defaults and keep the inputs.

        Args:
            spec: The model's schema.
            values: By parameter id: plain values, and for files one input or a list of them.
            keep: Puts an input of a parameter into the library; called once all is checked.

        Raises:
            InputError: A field is unknown, missing or not allowed; nothing has been sent.
        """
        wire = _defaults(spec)
        files: dict[str, list[Any]] = {}
        for name, value in values.items():
            parameter = spec.parameter(name)
            if value is None:
                continue
            if parameter is not None and parameter.is_file:
                files[name] = as_inputs(value)
            else:
                wire[name] = value if parameter is None else parameter.to_wire(value)
        check_parameters(spec, wire, files)
        kept = {name: tuple(keep(one, name) for one in group) for name, group in files.items()}
        return cls(spec.slug, wire, kept, spec=spec)

    @property
    def prompt(self) -> str:
        """The prompt, or an empty text for models without one."""
        return str(self.parameters.get("prompt", ""))

    def fingerprint(self) -> str:
        """Hex digest that is equal for equal requests, on any computer and in any process.

        Equal is what a person would call the same: the order of the parameters does not count,
        6, 6.0 and "6" are one value, and so are a letter with an accent and the same letter with
        a combining one, which look alike (Unicode NFC; sent is what was written). Blanks, line
        ends and capitals do count: models read them.
        """
        body = {
            "version": _FINGERPRINT_VERSION,
            "model": self.model,
            "parameters": {name: _as_text(value) for name, value in self.parameters.items()},
            "files": {name: [i.identity for i in group] for name, group in self.files.items()},
            "repeat": self.repeat,
        }
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        # Half a surrogate pair is no text, but no reason to fail either.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def image_parameter(spec: ModelSpec) -> Parameter:
    """The parameter that takes the first frame; its id drifted over time, so ask the schema.

    Raises:
        InputError: The model takes no image.
    """
    files = [parameter for parameter in spec.parameters if parameter.is_file]
    images = [parameter for parameter in files if "image" in parameter.id.lower()]
    if not images:
        raise InputError(
            f"{spec.slug} takes no image.",
            field="image",
            remedy="Leave image out, or choose an image-to-video model.",
        )
    return images[0]


def _defaults(spec: ModelSpec) -> dict[str, Any]:
    """Choices, so that a record says what was made, and whatever else must be sent."""
    return {
        parameter.id: parameter.to_wire(parameter.default)
        for parameter in spec.parameters
        if not parameter.is_file
        and parameter.default not in (None, "")
        and (parameter.type in CHOICE_TYPES or (parameter.required and parameter.id != "prompt"))
    }


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (list, dict)):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return unicodedata.normalize("NFC", str(value))
