"""How a model looks on the wire: ``Tool/*`` answers, in both spellings of schema items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiro_widgets.sandbox.envelope import JSON
    from wiro_widgets.sandbox.options import SchemaSpelling

    from .model import Item, Model


def tool(model: Model, *, spelling: SchemaSpelling, summary: bool) -> JSON:
    """A catalogue entry; whole numbers and texts are mixed as the service mixes them.

    Args:
        model: The model.
        spelling: ``new`` (the documentation's ``default``, ``min``) or ``old`` (the raw
            ``defaultvalue``, ``minvalue``).
        summary: Whether to leave the parameters out, as the service's summary mode does.
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
        "parameters": None if summary else groups(model, spelling),
        "inspire": [],
        "samples": [],
        "marketplace": 0,
        "onlymembers": "0",
        "dynamicprice": dynamic_price(model),
        "cps": f"{model.cps:.12f}",
        "approximatelycost": f"{model.cost({}, model.seconds):.12f}",
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


def dynamic_price(model: Model) -> str:
    """The price rules: JSON inside a text, empty when the model is billed by the second."""
    if not model.prices:
        return ""
    return json.dumps([rule.wire() for rule in model.prices])


def groups(model: Model, spelling: SchemaSpelling) -> list[JSON]:
    """The parameters in the two groups a model's page shows."""
    write = _new_item if spelling == "new" else _old_item
    inputs = [write(item) for item in model.items if item.is_file or item.id == "prompt"]
    rest = [write(item) for item in model.items if not item.is_file and item.id != "prompt"]
    return [{"title": "Inputs", "items": inputs}, {"title": "Settings", "items": rest}]


def _new_item(item: Item) -> JSON:
    body: JSON = {
        "id": item.id,
        "type": item.type,
        "label": item.label,
        "description": item.description,
        "default": item.default,
        "required": item.required,
        "placeholder": "",
        "note": item.note,
    }
    if item.choices:
        body["options"] = [
            {"label": choice.label, "value": choice.value, **_cover(choice.cover)}
            for choice in item.choices
        ]
    bounds = {"min": item.minimum, "max": item.maximum, "step": item.step}
    return body | {name: _plain(value) for name, value in bounds.items() if value is not None}


def _old_item(item: Item) -> JSON:
    body: JSON = {
        "id": item.id,
        "type": item.type,
        "label": item.label,
        "description": item.description,
        "defaultvalue": item.default,
        "value": "",
        "required": "true" if item.required else "false",
        "placeholder": "",
        "note": item.note,
        "class": "",
        "advanced": "false",
        "quick": "true",
        "optionsLoad": "",
        "rows": "4" if item.type == "textarea" else "",
        "maxinputlenght": "",
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
    """A whole number without its fraction, as the service writes bounds."""
    return int(value) if float(value).is_integer() else value
