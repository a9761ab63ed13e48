"""What a run asks for: inputs, parameters, and the fingerprint that tells equal requests."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import (
    InputError,
    ModelSpec,
    Parameter,
    PriceRange,
    check_parameters,
)
from wiro_widgets.client.inputs import StoredFile, as_inputs, is_url, ready_input
from wiro_widgets.library.folder import (
    file_digest,
    is_stored_file,
    stored_path,
)
from wiro_widgets.schema.camera_moves import camera_warnings
from wiro_widgets.schema.parsing import as_dict, as_list, clean_text
from wiro_widgets.schema.values import as_file, is_blank, loose
from wiro_widgets.schema.wire import CHOICE_TYPES
from wiro_widgets.schema.wording import model_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wiro_widgets.library.media_store import MediaStore

_FINGERPRINT_VERSION = 1
_REQUEST = ("model", "parameters", "files", "repeat")
_STORED = ("source", "identity", "name")


@dataclass(frozen=True)
class StoredInput:
    """One input: a file in the library, or a URL that the service fetches.

    Attributes:
        source: Path of the stored copy, or the URL.
        identity: SHA-256 of the bytes in hexadecimal, or the URL: equal for equal inputs.
        name: The name the file had, for display.
        store: Has the file too, for when it was stored on another computer; None where none does.
    """

    source: Path | str
    identity: str
    name: str
    store: MediaStore | None = field(default=None, compare=False, repr=False)

    def to_json(self, root: Path) -> dict[str, str]:
        """The form in the journal; paths are relative to the library's folder."""
        source = self.source
        text = source if isinstance(source, str) else source.relative_to(root).as_posix()
        return {"source": text, "identity": self.identity, "name": self.name}

    @classmethod
    def from_json(cls, record: Any, root: Path, store: MediaStore | None = None) -> StoredInput:
        """The input that `to_json` wrote.

        Args:
            record: What it wrote.
            root: The library's folder.
            store: Where the library's files are besides.

        Raises:
            ValueError: It is none, or a path to anything but a stored input of this library.
        """
        source, identity, name = (as_dict(record).get(key) for key in _STORED)
        found = source if is_url(source) else stored_path(source, root, "inputs")
        if found is None or not isinstance(identity, str) or not isinstance(name, str):
            raise ValueError(f"{source!r} is no input of this library")
        return cls(found, identity, clean_text(name), store)

    def bring(self) -> None:
        """Fetch the file from the library's store, unless it is here or there is none.

        Raises:
            LibraryError: The store has it and it could not be fetched.
        """
        if self.store is None or isinstance(self.source, str) or is_stored_file(self.source):
            return
        self.store.fetch(self.identity, "inputs", self.source)

    def checked_source(self, field: str, *, digest: bool = True) -> Path | str:
        """What is sent of it: the URL, or the path of the file if that is the recorded one.

        Args:
            field: The parameter it is for, named in errors.
            digest: Compare its bytes too, as must be done before they are sent.

        Raises:
            InputError: The file is gone, is a link, or has other bytes than were recorded.
            LibraryError: It is in the library's store and could not be fetched.
        """
        if isinstance(self.source, str):
            return self.source
        self.bring()
        problem = "is missing"
        with contextlib.suppress(OSError):
            if is_stored_file(self.source):
                if not digest or file_digest(self.source) == self.identity:
                    return self.source
                problem = "has changed since it was stored"
        raise InputError(
            f"{self.source}, the stored copy of {self.name}, {problem}.",
            field=field,
            remedy=f"Choose {self.name} again.",
        )

    def to_send(self, field: str, *, digest: bool = True) -> StoredFile | str:
        """`checked_source`, marked as ready: it is sent byte for byte, as it is recorded."""
        source = self.checked_source(field, digest=digest)
        return source if isinstance(source, str) else StoredFile(source)


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
                given = [as_file(one, name) for one in as_inputs(value)]
                if not given and not isinstance(value, str):
                    # A run without it would be another one, and paid for all the same.
                    raise InputError(
                        f"{name} is empty.", field=name, remedy="Choose a file, or leave it out."
                    )
                files[name] = [accepted(one, parameter) for one in given]
            elif parameter is None and name == "prompt" and is_blank(value):
                continue  # of a model that takes none
            else:
                wire[name] = loose(value, name) if parameter is None else parameter.to_wire(value)
        check_parameters(
            spec,
            wire,
            {name: [_source(one, name) for one in group] for name, group in files.items()},
        )
        stored = {name: tuple(store(one, name) for one in group) for name, group in files.items()}
        return cls(spec.slug, wire, stored, spec=spec)

    def checked(self, spec: ModelSpec) -> RunRequest:
        """The same request as one that may be sent again, by the model's schema.

        A journal may come from a stranger, and have a request that nobody could have made here.

        Raises:
            InputError: A field is unknown, missing or not allowed.
        """
        files = {
            name: [one.to_send(name, digest=False) for one in group]
            for name, group in self.files.items()
        }
        known = {name for one in spec.parameters for name in (one.id, f"{one.id}Url")}
        for name in sorted(self.parameters.keys() - known):
            # Such as callbackUrl: the service would report the task to it, and no view shows it.
            raise InputError(
                f"The recorded request has {name}={self.parameters[name]!r}, which"
                f" {model_words(spec.slug)} has no setting for.",
                field=name,
                remedy="Use ww.run, which sends what the cell says.",
            )
        check_parameters(spec, self.parameters, files)
        return replace(self, spec=spec)

    @property
    def prompt(self) -> str:
        """The prompt, or an empty text for models without one."""
        return str(self.parameters.get("prompt", ""))

    @property
    def price(self) -> PriceRange | None:
        """What sending it will cost in USD; None when nobody can tell."""
        if self.spec is None:
            return None
        return self.spec.price.estimate({**self.parameters, **self.files})

    @property
    def warnings(self) -> list[str]:
        """What the model will not do as the prompt says, in sentences; it can be sent."""
        return camera_warnings(self.model, self.prompt)

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
        return self._fingerprint

    @functools.cached_property
    def _fingerprint(self) -> str:
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
    def from_json(
        cls, text: str | bytes | None, root: Path, store: MediaStore | None = None
    ) -> RunRequest:
        """The request that `to_json` wrote, without its schema.

        Args:
            text: What it wrote.
            root: The library's folder.
            store: Where the library's files are besides.

        Raises:
            ValueError: It is none.
        """
        record = as_dict(text)
        model, parameters, files, repeat = (record.get(key) for key in _REQUEST)
        if not (
            isinstance(model, str)
            and isinstance(parameters, dict)
            and isinstance(files, dict)
            and type(repeat) is int
        ):
            raise ValueError("it has no request that can be read")
        return cls(
            model,
            parameters,
            {
                name: tuple(StoredInput.from_json(one, root, store) for one in as_list(group))
                for name, group in files.items()
            },
            repeat,
        )


def image_parameter(spec: ModelSpec) -> Parameter:
    """The parameter that takes the first frame. Its id changed over time, so the schema decides.

    Raises:
        InputError: The model takes no image.
    """
    files = [parameter for parameter in spec.parameters if parameter.is_file]
    images = [parameter for parameter in files if "image" in parameter.id.lower()]
    if not images:
        raise InputError(
            f"{model_words(spec.slug)} takes no image.",
            field="image",
            remedy="Leave the image out, or choose an image-to-video model.",
        )
    return images[0]


@contextlib.contextmanager
def image_by_its_name(spec: ModelSpec, given: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Have errors say ``image``, as the person asking knows it, whatever the schema calls it.

    Args:
        spec: The model.
        given: What was asked for by the model's own names.
    """
    try:
        yield
    except InputError as error:
        parameter = spec.parameter(error.field or "")
        if parameter is None or not parameter.is_file or parameter.id in (given or {}):
            raise
        if parameter is image_parameter(spec):
            message = re.sub(rf"\b{re.escape(parameter.id)}\b", "image", error.message)
            error.args, error.field = (message,), "image"
            if parameter.id in error.remedy:
                error.remedy = 'Add one: image="beach.jpg" (a path, a URL, bytes or a PIL image).'
        raise


def accepted(value: Any, parameter: Parameter) -> Any:
    """An input as its parameter accepts it, see `wiro_widgets.client.inputs.ready_input`."""
    if isinstance(value, StoredInput):
        return value
    return ready_input(value, parameter.id, as_picture=parameter.is_picture)


def _source(value: Any, field: str) -> Any:
    return value.to_send(field, digest=False) if isinstance(value, StoredInput) else value


def _defaults(spec: ModelSpec) -> dict[str, Any]:
    """Choices, so that a record states what was made, and whatever else must be sent."""
    return {
        parameter.id: default
        for parameter in spec.parameters
        if not parameter.is_file
        and (default := parameter.wire_default) not in (None, "")
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
