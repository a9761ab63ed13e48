"""A model's form as the browser gets it, and what its values are checked against."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from wiro_widgets.client import InputError, check_value, rules_of
from wiro_widgets.schema.parsing import SECONDS_FIELDS, as_text
from wiro_widgets.schema.values import is_blank
from wiro_widgets.schema.wire import CHOICE_TYPES, NUMBER_TYPES
from wiro_widgets.schema.wording import setting_name
from wiro_widgets.widgets.browser_files import REFUSAL, may_name
from wiro_widgets.widgets.protocol.inputs import (
    PanelField,
    PanelGroup,
    PanelOption,
    PanelRule,
    PanelSchema,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wiro_widgets.client import ModelSpec, Option, Parameter

Kind = Literal["text", "textarea", "choice", "covers", "number", "color", "files"]

# What a form can hold and a person can read. The published schemas stay far below all of these.
_MOST_FIELDS = 200
_MOST_OPTIONS = 500
_LONGEST_HELP = 600
_LONGEST_LABEL = 120
_LONGEST_ADDRESS = 2000
_LONGEST_DEFAULT = 20_000
_CHOICES_IN_ALL = 300_000
_FEW_FIELDS = 6
_ONE_IMAGE = re.compile(r"(?:frame|image|photo|picture|mask)\s*$", re.IGNORECASE)
_FILE_PLACEHOLDER = "Drop a file, or enter a URL"
_ONE_LINE = 60
_LONGEST_SAID = 40
_KINDS: dict[str, Kind] = {
    "text": "text",
    "textarea": "textarea",
    "color": "color",
    "checkbox": "choice",
    "selectwithcover": "covers",
    **dict.fromkeys(CHOICE_TYPES - {"selectwithcover"}, "choice"),
    **dict.fromkeys(NUMBER_TYPES, "number"),
    **dict.fromkeys(("fileinput", "multifileinput", "combinefileinput"), "files"),
}
_ADVANCED_TITLE = re.compile(r"advanced|expert|more", re.IGNORECASE)
# The schemas begin many helps with what the field's mark says already.
_SAID_BY_THE_MARK = re.compile(r"^\s*(?:required|optional)\s*(?:\.\s*|$)", re.IGNORECASE)
_NOT_TRANSLATED = re.compile(r"[a-z]+(?:-[a-z]+)*-help")
_IDENTIFIER = re.compile(r"[a-z][A-Za-z0-9_-]*")
_ALWAYS_SHOWN = re.compile(
    r"duration|seconds|resolution|ratio|width|height|count|num", re.IGNORECASE
)


def panel_schema(
    spec: ModelSpec, exclude: Collection[str] = (), *, browser_paths: bool = False
) -> PanelSchema:
    """The form of a model.

    Args:
        spec: The model.
        exclude: Ids that have a widget of their own, such as the prompt's.
        browser_paths: Whether paths may be typed where files are wanted.

    Returns:
        Groups and fields in the service's order, at most 200 fields; texts cut to what can be
        read.
    """
    usable = [p for p in spec.parameters if p.id not in exclude and len(p.id) <= _LONGEST_LABEL]
    shown = usable[:_MOST_FIELDS]
    room = _CHOICES_IN_ALL // max(1, sum(bool(parameter.options) for parameter in shown))
    crowded = len(shown) > _FEW_FIELDS
    ids = {parameter.id for parameter in shown}
    found = rules_of(spec)
    # A rule is said where it bites; the schema's help would say it all the time.
    ruled = {name for rule in found for name in (rule.field, rule.other)}
    groups = []
    for group in spec.groups:
        folded = bool(_ADVANCED_TITLE.search(group.title))
        fields = [
            _field(
                parameter,
                advanced=not parameter.required and (folded or _rare(parameter, crowded=crowded)),
                room=room,
                browser_paths=browser_paths,
                helped=parameter.id not in ruled,
            )
            for parameter in group.parameters
            if parameter.id in ids
        ]
        if fields:
            groups.append(PanelGroup(title=_cut(group.title, _LONGEST_LABEL), fields=fields))
    rules = [
        PanelRule(**{**rule._asdict(), "allowed": list(rule.allowed)})  # type: ignore[typeddict-item]
        for rule in found
    ]
    title = _cut(spec.title or spec.slug, _LONGEST_LABEL)
    return PanelSchema(title=title, groups=groups, rules=rules)


def _rare(parameter: Parameter, *, crowded: bool) -> bool:
    """Whether a form of many fields is easier to read with this one folded away."""
    if parameter.advanced:
        return True
    free = _kind(parameter) in {"text", "number"}
    return crowded and free and not _ALWAYS_SHOWN.search(parameter.id)


def _kind(parameter: Parameter) -> Kind:
    kind = _KINDS.get(parameter.type, "text")
    if kind in {"choice", "covers"} and parameter.type != "checkbox" and not parameter.options:
        return "text"
    if kind == "text" and len(as_text(parameter.default)) > _ONE_LINE:
        return "textarea"
    if kind == "covers" and not any(_picture(option) for option in parameter.options):
        return "choice"
    return kind


def default_of(parameter: Parameter) -> Any:
    """What a field begins with, as it is sent; None for nothing."""
    if parameter.is_file or as_text(parameter.default) == "":
        return None
    too_long = len(as_text(parameter.default)) > _LONGEST_DEFAULT
    return None if too_long else parameter.wire_default


def _field(
    parameter: Parameter, *, advanced: bool, room: int, browser_paths: bool, helped: bool
) -> PanelField:
    kind = _kind(parameter)
    options = _options(parameter, room)
    several = _takes_several(parameter)
    complete = len(options) >= len(parameter.options)
    return PanelField(
        id=parameter.id,
        kind=kind,
        label=label_of(parameter),
        help=_help(parameter) if helped else "",
        note=_note(parameter, kind, browser_paths=browser_paths)
        if complete
        else f"{len(options)} of {len(parameter.options)} choices; set the others from Python.",
        required=parameter.required,
        options=options,
        complete=complete,
        default=as_text(default_of(parameter)),
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        step=parameter.step,
        max_length=parameter.max_length,
        placeholder=_cut(parameter.placeholder, _LONGEST_LABEL)
        or (_FILE_PLACEHOLDER if kind == "files" and not several else ""),
        multiple=several,
        advanced=advanced,
    )


def _note(parameter: Parameter, kind: Kind, *, browser_paths: bool) -> str:
    if parameter.type not in _KINDS:
        return (
            f"This library does not know fields of type {_cut(parameter.type, 40)!r}: plain text."
        )
    if kind == "text" and parameter.type in CHOICE_TYPES:
        return "The service lists no choices for it: plain text."
    several = _takes_several(parameter)
    if kind == "files" and (several or browser_paths):
        path = " or a file path on the machine running the notebook" if browser_paths else ""
        return f"A URL (https://…){path}" + (", one per line." if several else ".")
    return ""


def _takes_several(parameter: Parameter) -> bool:
    """Whether a field asks for several files; one for the last frame doesn't, whatever its type."""
    return parameter.multiple and not _ONE_IMAGE.search(parameter.label)


def _options(parameter: Parameter, room: int) -> list[PanelOption]:
    """The choices; at most 500, and no more than `room` characters of them."""
    if parameter.type == "checkbox":
        pairs = [("true", "On"), ("false", "Off")]
        return [PanelOption(value=value, label=label, cover="") for value, label in pairs]
    options = []
    for option in parameter.options[:_MOST_OPTIONS]:
        room -= len(option.value) + min(len(option.label), _LONGEST_LABEL) + len(_picture(option))
        if room >= 0:
            options.append(option)
    switch = {option.value.lower() for option in options} == {"true", "false"}
    return [
        PanelOption(
            value=option.value,
            label=_on_off(option) if switch else _option_label(parameter, option),
            cover=_picture(option),
        )
        for option in options
    ]


def _picture(option: Option) -> str:
    is_address = option.cover.startswith(("https://", "http://"))
    return option.cover if is_address and len(option.cover) <= _LONGEST_ADDRESS else ""


def _option_label(parameter: Parameter, option: Option) -> str:
    """What people call a choice: "6 s", "Adaptive"."""
    label = option.label or "none"
    if parameter.id in SECONDS_FIELDS and label.isdigit():
        return f"{label} s"
    named = label.capitalize() if label.isalpha() and label.islower() else label
    # A default that is no choice is offered, too, and must not look like one that is.
    return _cut(label if named == as_text(parameter.default) else named, _LONGEST_LABEL)


def label_of(parameter: Parameter) -> str:
    """What people call it; "promptOptimizer" and "last_frame_image" as words."""
    label = parameter.label
    if _IDENTIFIER.fullmatch(label):
        label = setting_name(label)
    first, *others = label.split(" ")
    # Title Case as the schemas have it; "CFG" and "mp4" stay as they are.
    words = [word.lower() if word.istitle() else word for word in others]
    return _cut(" ".join([first, *words]), _LONGEST_LABEL)


def _help(parameter: Parameter) -> str:
    if _NOT_TRANSLATED.fullmatch(parameter.help):
        return ""
    return _cut(_SAID_BY_THE_MARK.sub("", parameter.help), _LONGEST_HELP)


def _on_off(option: Option) -> str:
    return "On" if option.value.lower() == "true" else "Off"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def defaults(model: ModelSpec, left_out: Collection[str]) -> dict[str, Any]:
    """What a form begins with, in wire types."""
    begun = {p.id: default_of(p) for p in model.parameters if p.id not in left_out}
    return {name: value for name, value in begun.items() if value is not None}


def problems(
    model: ModelSpec, values: Mapping[str, Any], left_out: Collection[str]
) -> dict[str, str]:
    """What is wrong, by parameter id, in the words of ``js/src/form/validation.ts``."""
    found = {
        parameter.id: _problem(parameter, values.get(parameter.id))
        for parameter in model.parameters
        if parameter.id not in left_out
    }
    for rule in rules_of(model):
        chosen = as_text(values.get(rule.field)) == rule.value
        other = as_text(values.get(rule.other))
        if chosen and other and other not in rule.allowed:
            found[rule.field] = found.get(rule.field) or rule.reason
    return {name: problem for name, problem in found.items() if problem}


def carried_over(
    model: ModelSpec,
    values: Mapping[str, Any],
    preset: Mapping[str, Any],
    left_out: Collection[str],
) -> tuple[dict[str, Any], list[str]]:
    """What another model takes as well, and a sentence for each value it does not.

    Args:
        model: The other model.
        values: The values in the form.
        preset: The former model's defaults; nobody chose them, so no sentence is about them.
        left_out: Ids that have a widget of their own.
    """
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    title = model.title or model.slug
    for name, value in values.items():
        parameter = model.parameter(name)
        if name in left_out:
            continue
        if parameter is None:
            gone = _brief(value)
            sentence = f"{title} has no {setting_name(name)} setting; {gone} was removed."
        else:
            wire, problem = _converted(parameter, value)
            if not problem:
                kept[name] = wire
                continue
            sentence = f"{title}: {problem}"
        if value != preset.get(name):
            dropped.append(sentence)
    return kept, dropped


def _converted(parameter: Parameter, value: Any) -> tuple[Any, str]:
    """A value of another model as this one sends it, and what is wrong with it; "" for nothing."""
    try:
        wire = parameter.to_wire(value)
    except InputError as error:
        return None, str(error)
    # A text that was typed for the former model is no file that anybody chose.
    if parameter.is_file and not may_name(wire):
        return None, f"{parameter.id}: {REFUSAL}"
    return wire, _problem(parameter, wire)


def _problem(parameter: Parameter, value: Any) -> str:
    """What is wrong with a value, in the words of `InputError`; "" when it can be sent."""
    if is_blank(value):
        return f"{label_of(parameter)} is needed." if parameter.required else ""
    if parameter.is_file:
        return ""
    try:
        check_value(parameter, value)
    except InputError as error:
        return str(error)
    return ""


def _brief(value: Any) -> str:
    text = as_text(value)
    return text if text and len(text) <= _LONGEST_SAID else "its value"
