"""`ModelSpec` and its `Parameter`s, parsed from all the formats the service has used."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from wiro_widgets.errors import InputError

from .parsing import (
    as_bool,
    as_clean_text,
    as_dict,
    as_label,
    as_list,
    as_number,
    as_text,
    clean_text,
    normalize_slug,
)
from .pricing import Price
from .wire import FILE_TYPES, to_wire

# A text-typed number carries its bounds as minLength/maxLength in the OpenAPI form; no text
# is allowed to be this long.
_LONGEST_TEXT = 100_000
_ALIASES = {"boolean": "checkbox", "bool": "checkbox", "string": "text"}
"""Types by the names that JSON has for them."""
MOST_PARAMETERS = 1_000
"""Parameters of one model, and sections of its form; further ones are left out."""
MOST_OPTIONS = 5_000
"""Choices of one parameter; further ones are left out."""
_MOST_CATEGORIES = 50
# Documents end a description in it; Tool/Detail has it in a field of its own.
_PROCESSING_TIME = re.compile(r"\s*\*\*Processing Time:\*\*[^\n]*$")


class Option(NamedTuple):
    """One choice of a select."""

    label: str
    value: str
    cover: str = ""
    """URL of a preview picture, may be empty."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a model. Treat an unknown `type` as text."""

    id: str
    type: str
    label: str = ""
    help: str = ""
    default: Any = None
    required: bool = False
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    max_length: int | None = None
    placeholder: str = ""
    advanced: bool = False
    """True if the service hides it in an advanced section of its form."""

    @property
    def is_file(self) -> bool:
        """True if it takes files or URLs of files."""
        return self.type in FILE_TYPES

    @property
    def is_picture(self) -> bool:
        """True if what it takes are images: a first or last frame, a photo, a mask."""
        name, words = self.id.lower(), f"{self.id} {self.label}".lower()
        other = re.search("video|audio|clip|file|media|document", words)
        image = re.search(r"image|photo|picture|frame(?!s)|mask", words)
        return self.is_file and ("image" in name or (bool(image) and not other))

    @property
    def multiple(self) -> bool:
        """True if it takes several files."""
        return self.type in {"multifileinput", "combinefileinput"}

    @classmethod
    def parse(cls, item: Any) -> Parameter | None:
        """Read one item of a parameter group, in either spelling; None without an id."""
        item = as_dict(item)
        name = as_label(item.get("id"))
        if not name:
            return None
        default = _first(item, "default", "defaultvalue", "value")
        low, high = _bounds(_first(item, "min", "minvalue"), _first(item, "max", "maxvalue"))
        return cls(
            id=name,
            type=_ALIASES.get(kind := _type(item.get("type")), kind) or "text",
            label=as_label(item.get("label")) or name,
            help=as_clean_text(_first(item, "help", "description", "note")),
            default=_default(default),
            required=as_bool(item.get("required")),
            options=_options(item.get("options")),
            minimum=low,
            maximum=high,
            step=_positive(_first(item, "step", "incrementby")),
            max_length=_length(_first(item, "maxlength", "maxinputlength", "maxinputlenght")),
            placeholder=as_label(item.get("placeholder")),
            advanced=as_bool(item.get("advanced")),
        )

    @classmethod
    def from_schema(cls, name: str, schema: Any, *, required: bool) -> Parameter:
        """Read one property of the OpenAPI form."""
        schema = as_dict(schema)
        as_numbers = (as_number(schema.get("maxLength")) or 0) > _LONGEST_TEXT
        kind = _json_type(schema.get("type"))
        is_number = kind in {"number", "integer"} or as_numbers
        lower, upper = ("minLength", "maxLength") if as_numbers else ("minimum", "maximum")
        low, high = _bounds(schema.get(lower), schema.get(upper))
        enum = as_list(schema.get("enum"))
        plain = "number" if is_number else "checkbox" if kind == "boolean" else "text"
        guess = "select" if enum or schema.get("x-options") else plain
        clean = as_label(name)
        return cls(
            id=clean,
            type=_type(schema.get("x-input-type")) or guess,
            label=as_label(_first(schema, "x-label", "title")) or clean,
            help=as_clean_text(_first(schema, "x-help", "description")),
            default=_default(schema.get("default")),
            required=required,
            options=_options(schema.get("x-options") or enum),
            minimum=low,
            maximum=high,
            step=_positive(schema.get("multipleOf")),
            max_length=None if is_number else _length(schema.get("maxLength")),
        )

    def to_wire(self, value: Any) -> Any:
        """A value in the JSON type the service expects: choices as text, numbers as numbers.

        What people hold is converted first (see `wiro_widgets.schema.values`), and what can only
        mean one thing is taken for it: "768p" for "768P", "6 s" for 6, True for "on".

        Args:
            value: Anything; None and files stay as they are.

        Raises:
            InputError: It is of a kind that cannot be meant, such as a list, bytes or NaN. Whether
                the model takes this text or number is not looked at.
        """
        return to_wire(self, value)

    @property
    def wire_default(self) -> Any:
        """The default as it is sent; None without one, or when it is nothing that could be sent."""
        try:
            return self.to_wire(self.default)
        except InputError:
            return None


class ParameterGroup(NamedTuple):
    """A titled section of a model's form."""

    title: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class ModelSpec:
    """A model of the catalogue with its parameters and prices."""

    owner: str
    project: str
    title: str
    description: str = ""
    categories: tuple[str, ...] = ()
    groups: tuple[ParameterGroup, ...] = ()
    price: Price = field(default_factory=Price)
    cover: str = ""
    """URL of a picture, may be empty."""
    clean_slug: str = ""

    @property
    def slug(self) -> str:
        """The clean slug, e.g. ``minimax/hailuo-2-3-fast``."""
        return self.clean_slug or normalize_slug(f"{self.owner}/{self.project}")

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters in the order of the form."""
        return tuple(parameter for group in self.groups for parameter in group.parameters)

    @cached_property
    def _by_id(self) -> dict[str, Parameter]:
        return {parameter.id: parameter for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter | None:
        """The parameter with this id, None when the model has none."""
        return self._by_id.get(name)

    @classmethod
    def parse(cls, tool: Any) -> ModelSpec | None:
        """Read one ``tool`` of ``Tool/Detail`` or ``Tool/List``; None when it names no model."""
        tool = as_dict(tool)
        owner, project = as_label(tool.get("slugowner")), as_label(tool.get("slugproject"))
        clean = (as_label(tool.get("cleanslugowner")), as_label(tool.get("cleanslugproject")))
        categories = as_list(tool.get("categories"))[:_MOST_CATEGORIES]
        spelled = "/".join(clean if all(clean) else (owner, project))
        try:
            slug = normalize_slug(spelled)
        except InputError:
            return None
        return cls(
            owner=owner or clean[0],
            project=project or clean[1],
            title=as_label(tool.get("title")) or project,
            description=as_clean_text(_first(tool, "description", "seodescription")),
            categories=tuple(filter(None, map(as_label, categories))),
            groups=_groups(as_list(tool.get("parameters"))),
            price=Price.parse(tool.get("dynamicprice"), tool.get("approximatelycost")),
            cover=as_clean_text(tool.get("image")),
            clean_slug=slug,
        )

    @classmethod
    def from_openapi(cls, document: Any) -> ModelSpec:
        """Read the OpenAPI document of a model, as ``Tool/DetailOpenAPI`` hands it out.

        Raises:
            InputError: The document describes no ``/Run/{owner}/{model}``.
        """
        document = as_dict(document)
        paths = as_dict(document.get("paths"))
        run = next((path for path in paths if path.startswith("/Run/")), "")
        owner, slash, project = as_label(run.removeprefix("/Run/")).partition("/")
        if not slash or not owner.strip() or not project.strip():
            raise InputError("The document describes no model.", field="document")
        post = as_dict(as_dict(paths[run]).get("post"))
        schemas = as_dict(as_dict(document.get("components")).get("schemas"))
        body = as_dict(schemas.get("RunToolSchema"))
        required = set(map(as_text, as_list(body.get("required"))))
        properties = as_dict(body.get("properties"))
        found = [
            _with_url_twin(
                Parameter.from_schema(name, schema, required=name in required), properties
            )
            for name, schema in islice(properties.items(), MOST_PARAMETERS)
            if name != "callbackUrl" and not _is_url_twin(name, properties)
        ]
        return cls(
            owner=owner,
            project=project,
            title=as_label(post.get("summary")).removeprefix("Run ") or project,
            description=_PROCESSING_TIME.sub("", as_clean_text(post.get("description"))),
            groups=(ParameterGroup("", tuple(found)),),
        )


def _is_url_twin(name: str, properties: dict[str, Any]) -> bool:
    return name.endswith("Url") and name.removesuffix("Url") in properties


def _with_url_twin(parameter: Parameter, properties: dict[str, Any]) -> Parameter:
    # Before combinefileinput a file was a pair of fields, `{id}` and `{id}Url`, both plain text.
    if parameter.type == "text" and f"{parameter.id}Url" in properties:
        return Parameter(
            parameter.id, "fileinput", parameter.label, parameter.help, required=parameter.required
        )
    return parameter


def _groups(entries: list[Any]) -> tuple[ParameterGroup, ...]:
    """The sections of a form. Repeated ids are dropped; items outside a group form one."""
    known: set[str] = set()
    found: list[tuple[str, list[Parameter]]] = []
    for entry in map(as_dict, entries[:MOST_PARAMETERS]):
        loose = "items" not in entry and "id" in entry
        items = [entry] if loose else as_list(entry.get("items"))
        title = "" if loose else as_label(entry.get("title"))
        parameters = _parameters(items[: MOST_PARAMETERS - len(known)], known)
        if loose and found and not found[-1][0]:
            found[-1][1].extend(parameters)
        else:
            found.append((title, parameters))
    return tuple(ParameterGroup(title, tuple(parameters)) for title, parameters in found)


def _parameters(items: list[Any], known: set[str]) -> list[Parameter]:
    found = []
    for parameter in map(Parameter.parse, items):
        if parameter is not None and parameter.id not in known:
            known.add(parameter.id)
            found.append(parameter)
    return found


def _type(value: Any) -> str:
    return as_label(value).strip().lower()


def _json_type(value: Any) -> str:
    """The type of a JSON schema; of ``["number", "null"]`` the one that is not null."""
    kinds = value if isinstance(value, list) else [value]
    return next((kind for kind in map(_type, kinds) if kind not in {"", "null"}), "")


def _bounds(low: Any, high: Any) -> tuple[float | None, float | None]:
    """Minimum and maximum; neither if they contradict each other."""
    least, most = as_number(low), as_number(high)
    if least is not None and most is not None and least > most:
        return None, None
    return least, most


def _positive(value: Any) -> float | None:
    number = as_number(value)
    return number if number is not None and number > 0 else None


def _length(value: Any) -> int | None:
    return int(_positive(value) or 0) or None


def _options(items: Any) -> tuple[Option, ...]:
    """The choices of a select, each value once; a list of them, or an object value -> label."""
    labels = as_dict(items)
    entries = [{"value": v, "label": label} for v, label in labels.items()] or as_list(items)
    found: dict[str, Option] = {}
    for entry in entries[:MOST_OPTIONS]:
        item = entry if isinstance(entry, dict) else {"value": entry}
        label = as_label(_first(item, "label", "text"))
        value = as_label(item.get("value")) or ("" if item.get("value") == "" else label)
        # An explicit "" is a choice; an empty object, as a live schema has 47 times, is not.
        if (value or item.get("value") == "") and value not in found:
            cover = as_clean_text(_first(item, "cover", "image"))
            found[value] = Option(label or value, value, cover)
    return tuple(found.values())


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if item.get(name) not in (None, "")), None)


def _default(value: Any) -> Any:
    """A default value as it may be shown and sent: text, a number, or a list of those."""
    if isinstance(value, list):
        return [_default(item) for item in value[:MOST_OPTIONS] if not isinstance(item, list)]
    if isinstance(value, str):
        # Default prompts have backslash-escaped apostrophes.
        return clean_text(value).replace("\\'", "'")
    return value if isinstance(value, bool) or as_number(value) is not None else None
