"""Models on the wire: the entries of ``Tool/*``, in both spellings of their items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .models import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wiro_widgets.sandbox.messages import JSON
    from wiro_widgets.sandbox.options import SchemaSpelling

    from .models import Item, Model


def tool(model: Model, *, spelling: SchemaSpelling, summary: bool) -> JSON:
    """A catalogue entry, with the service's mixture of numbers and text.

    Args:
        model: The model.
        spelling: ``new`` (the documentation's ``default``, ``min``) or ``old`` (the raw
            ``defaultvalue``, ``minvalue``).
        summary: Whether to leave the parameters out.
    """
    owner, project = model.clean
    return {
        "id": str(model.id),
        "title": model.title,
        "slugowner": model.owner,
        "slugproject": model.project,
        "cleanslugowner": owner,
        "cleanslugproject": project,
        "description": model.description,
        "seodescription": model.description,
        "image": f"https://cdn.wiro.ai/uploads/models/{owner}-{project}-cover.webp",
        "computingtime": f"{model.seconds} seconds",
        "readme": "",
        "categories": list(model.categories),
        "tags": [],
        "parameters": None if summary else _groups(model, spelling),
        "inspire": [],
        "samples": [],
        "marketplace": 0,
        "onlymembers": "0",
        "dynamicprice": dynamic_price(model),
        "cps": f"{model.cps:.12f}",
        "approximatelycost": f"{model.cost({}):.12f}",
        "averagepoint": "5.00",
        "commentcount": "0",
        "ratedusercount": "0",
        "taskstat": {
            "runcount": "0",
            "successcount": "0",
            "errorcount": "0",
            "lastruntime": "0",
        },
    }


_SECTIONS = (("Video", "video"), ("Image", "image"), ("Audio", "audio"), ("Chat", "raw"))


def explore(models: Iterable[Model]) -> list[JSON]:
    """The answer of ``Tool/Explore``, as an official client reads it: models in sections."""
    every = list(models)
    sections = []
    for number, (title, kind) in enumerate(_SECTIONS, 1):
        chosen = [model for model in every if model.kind == kind]
        entries = [tool(model, spelling="new", summary=True) for model in chosen]
        shown = [{name: entry[name] for name in _EXPLORED} for entry in entries]
        sections.append({"id": str(number), "title": title, "tools": shown, "total": len(shown)})
    return sections


_EXPLORED = (
    *("id", "cleanslugowner", "cleanslugproject", "image", "description", "categories"),
    *("commentcount", "ratedusercount", "averagepoint"),
)


def dynamic_price(model: Model) -> str:
    """The price rules as JSON text; empty if the model is billed by the second."""
    if not model.prices:
        return ""
    return json.dumps([rule.wire() for rule in model.prices])


def _groups(model: Model, spelling: SchemaSpelling) -> list[JSON]:
    """The parameters in the two groups a model's page shows; those of a document in its order."""
    write = _new_item if spelling == "new" else _old_item
    if model.document is not None:
        return [{"title": "Inputs", "items": [write(item) for item in model.items]}]
    inputs = [write(item) for item in model.items if item.is_file or item.id == "prompt"]
    rest = [write(item) for item in model.items if not item.is_file and item.id != "prompt"]
    return [{"title": "Inputs", "items": inputs}, {"title": "Settings", "items": rest}]


def _new_item(item: Item) -> JSON:
    body: JSON = {
        "id": item.id,
        "type": item.type,
        "label": item.label,
        "description": item.description,
        "default": as_text(item.default),
        "required": item.required,
        "placeholder": "",
        "note": item.note,
    }
    if item.choices:
        body["options"] = [
            {"label": choice.label, "value": choice.value, **_cover(choice.cover)}
            for choice in item.choices
        ]
    bounds = {
        "min": item.minimum,
        "max": item.maximum,
        "step": item.step,
        "maxlength": item.max_length,
    }
    return body | {name: _plain(value) for name, value in bounds.items() if value is not None}


def _old_item(item: Item) -> JSON:
    body: JSON = {
        "id": item.id,
        "type": item.type,
        "label": item.label,
        "description": item.description,
        "defaultvalue": as_text(item.default),
        "value": "",
        "required": "true" if item.required else "false",
        "placeholder": "",
        "note": item.note,
        "class": "",
        "advanced": "false",
        "quick": "true",
        "optionsLoad": "",
        "rows": "4" if item.type == "textarea" else "",
        "maxinputlenght": as_text(item.max_length),
    }
    if item.choices:
        body["options"] = [
            {"text": choice.label, "value": choice.value, **_cover(choice.cover)}
            for choice in item.choices
        ]
    bounds = {"minvalue": item.minimum, "maxvalue": item.maximum, "incrementby": item.step}
    return body | {name: str(_plain(value)) for name, value in bounds.items() if value is not None}


def _cover(address: str) -> dict[str, str]:
    return {"cover": address} if address else {}


def _plain(value: float) -> float:
    """A bound as the service writes it: whole numbers have no fraction."""
    return int(value) if float(value).is_integer() else value
