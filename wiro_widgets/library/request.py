"""What a run asks for: inputs, parameters, and the fingerprint that tells equal requests."""

from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, ModelSpec, Parameter, check_parameters
from wiro_widgets.client.inputs import as_inputs, is_url
from wiro_widgets.schema.models import CHOICE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FINGERPRINT_VERSION = 1
_DRAFT_FILE = "draft.json"


@dataclass(frozen=True)
class StoredInput:
    """One input: a file in the library, or a URL that the service fetches.

    Attributes:
        source: Path of the stored copy, or the URL.
        identity: SHA-256 of the bytes in hexadecimal, or the URL: equal for equal inputs.
        name: The name the file had, for display.
    """

    source: Path | str
    identity: str
    name: str

    def to_json(self, root: Path) -> dict[str, str]:
        """The form in the journal; paths are relative to the library's folder."""
        source = self.source
        text = source if isinstance(source, str) else source.relative_to(root).as_posix()
        return {"source": text, "identity": self.identity, "name": self.name}

    @classmethod
    def from_json(cls, record: Mapping[str, str], root: Path) -> StoredInput:
        """The input that `to_json` wrote."""
        source = record["source"]
        return cls(source if is_url(source) else root / source, record["identity"], record["name"])


@dataclass(frozen=True)
class RunRequest:
    """What one run asks of the service. Immutable; made by `RunRequest.build`.

    Attributes:
        model: Clean slug, ``owner/project``.
        parameters: Values as they are sent, by parameter id, without files.
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
        cls, spec: ModelSpec, values: Mapping[str, Any], store: Callable[[Any, str], StoredInput]
    ) -> RunRequest:
        """Check values against the model's schema, fill in its defaults and store the inputs.

        Args:
            spec: The model's schema.
            values: By parameter id; for files one input or a list of them.
            store: Puts an input of a parameter into the library; called once all is checked.

        Raises:
            InputError: A field is unknown, missing or not allowed.
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
        check_parameters(
            spec, wire, {name: [_source(one) for one in group] for name, group in files.items()}
        )
        stored = {name: tuple(store(one, name) for one in group) for name, group in files.items()}
        return cls(spec.slug, wire, stored, spec=spec)

    @property
    def prompt(self) -> str:
        """The prompt, or an empty text for models without one."""
        return str(self.parameters.get("prompt", ""))

    @property
    def inputs(self) -> list[StoredInput]:
        """The inputs of all parameters."""
        return [one for group in self.files.values() for one in group]

    def fingerprint(self) -> str:
        """Hex digest that is equal for equal requests, on any computer and in any process.

        The order of the parameters does not count; 6, 6.0 and "6" are one value, and so are a
        letter with an accent and the same letter with a combining one (Unicode NFC). Blanks, line
        ends and capitals do count, since models read them.
        """
        body = {
            "version": _FINGERPRINT_VERSION,
            "model": self.model,
            "parameters": {name: _as_text(value) for name, value in self.parameters.items()},
            "files": {name: [i.identity for i in group] for name, group in self.files.items()},
            "repeat": self.repeat,
        }
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate is no text, but no reason to fail either.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def to_json(self, root: Path) -> str:
        """The form in the journal."""
        return json.dumps(
            {
                "model": self.model,
                "parameters": dict(self.parameters),
                "files": {
                    name: [one.to_json(root) for one in group] for name, group in self.files.items()
                },
                "repeat": self.repeat,
            }
        )

    @classmethod
    def from_json(cls, text: str, root: Path) -> RunRequest:
        """The request that `to_json` wrote, without its schema."""
        record = json.loads(text)
        files = {
            name: tuple(StoredInput.from_json(one, root) for one in group)
            for name, group in record["files"].items()
        }
        return cls(record["model"], record["parameters"], files, record["repeat"])


@dataclass(frozen=True)
class Draft:
    """A request that has not been sent: what stands in a Studio, kept beside the runs.

    Attributes:
        model: Clean slug.
        prompt: As typed so far.
        parameters: Values by parameter id, without prompt and image.
        image: The first frame, stored in the library like any input.
    """

    model: str = ""
    prompt: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    image: StoredInput | None = None

    @classmethod
    def load(cls, directory: Path) -> Draft:
        """The draft of a library's folder; an empty one when there is none that can be read."""
        try:
            record = json.loads((directory / _DRAFT_FILE).read_text("utf-8"))
            image = record.pop("image")
            draft = cls(**record, image=StoredInput.from_json(image, directory) if image else None)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()
        if draft.image and not isinstance(draft.image.source, str):
            return draft if draft.image.source.is_file() else cls(**{**record, "image": None})
        return draft

    def save(self, directory: Path) -> None:
        """Write it to the library's folder; a reader never sees half of it."""
        record = {**asdict(self), "image": self.image.to_json(directory) if self.image else None}
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / f".{uuid.uuid4().hex}.part"
        partial.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
        partial.replace(directory / _DRAFT_FILE)


def image_parameter(spec: ModelSpec) -> Parameter:
    """The parameter that takes the first frame. Its id changed over time, so the schema decides.

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


def _source(value: Any) -> Any:
    return value.source if isinstance(value, StoredInput) else value


def _defaults(spec: ModelSpec) -> dict[str, Any]:
    """Choices, so that a record states what was made, and whatever else must be sent."""
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
