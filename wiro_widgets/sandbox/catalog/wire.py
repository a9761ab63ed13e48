"""Models on the wire: ``Tool/*`` entries in both spellings, and OpenAPI documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiro_widgets.sandbox.envelope import JSON
    from wiro_widgets.sandbox.options import SchemaSpelling

    from .models import Item, Model

_TEXT: JSON = {"type": "string"}
_TASK_TEXTS = [
    "id",
    "uuid",
    "socketaccesstoken",
    "status",
    "debugoutput",
    "debugerror",
    "starttime",
    "endtime",
    "elapsedseconds",
    "createtime",
    "canceltime",
    "assigntime",
    "accepttime",
    "preprocessstarttime",
    "preprocessendtime",
    "postprocessstarttime",
    "postprocessendtime",
    "cps",
    "totalcost",
    "projectid",
    "modelid",
    "pexit",
    "size",
    "dynamicprice",
    "modelslugowner",
    "modelslugproject",
]
_OUTPUT_TEXTS = ["id", "name", "contenttype", "size", "url", "accesskey"]


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


def dynamic_price(model: Model) -> str:
    """The price rules as JSON text; empty if the model is billed by the second."""
    if not model.prices:
        return ""
    return json.dumps([rule.wire() for rule in model.prices])


def _groups(model: Model, spelling: SchemaSpelling) -> list[JSON]:
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
    """A bound as the service writes it: whole numbers have no fraction."""
    return int(value) if float(value).is_integer() else value


def openapi_documents(model: Model, api: str) -> list[JSON]:
    """The list of ``Tool/DetailOpenAPI``: one OpenAPI 3.0.3 document per kind of authorisation.

    Args:
        model: The model.
        api: The server's base address, with ``/v1``.
    """
    return [{"type": "signature", "spec": _document(model, api)}]


def _document(model: Model, api: str) -> JSON:
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{model.owner}/{model.project} API (Signature Auth)",
            "description": "API for running tasks and retrieving task details and status.",
            "version": "1.0.0",
        },
        "servers": [{"url": api}],
        "security": [{"ApiKeyAuth": [], "NonceAuth": [], "SignatureAuth": []}],
        "paths": {
            "/Task/Detail": _path("TaskDetailRequest", "TaskDetailResponse", json_too=True),
            "/Task/Kill": _path("TaskKillRequest", "TaskDetailResponse", json_too=False),
            "/Task/Cancel": _path("TaskCancelRequest", "TaskDetailResponse", json_too=False),
            f"/Run/{model.owner}/{model.project}": _path(
                "RunToolSchema", "RunTaskResponse", json_too=True
            ),
        },
        "components": {
            "securitySchemes": {
                "ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "NonceAuth": {"type": "apiKey", "in": "header", "name": "x-nonce"},
                "SignatureAuth": {"type": "apiKey", "in": "header", "name": "x-signature"},
            },
            "schemas": _schemas(model),
        },
    }


def _path(request: str, response: str, *, json_too: bool) -> JSON:
    body = {"schema": {"$ref": f"#/components/schemas/{request}"}}
    content = {"multipart/form-data": body, **({"application/json": body} if json_too else {})}
    answer = {"schema": {"$ref": f"#/components/schemas/{response}"}}
    return {
        "post": {
            "requestBody": {"required": True, "content": content},
            "responses": {
                "200": {"description": "Done", "content": {"application/json": answer}},
                "400": {"description": "Invalid request parameters"},
                "401": {"description": "Unauthorized - Invalid signature or API key"},
            },
        }
    }


def _schemas(model: Model) -> JSON:
    envelope: JSON = {
        "result": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"code": {"type": "integer"}, "message": _TEXT},
            },
        },
    }
    task: JSON = dict.fromkeys(_TASK_TEXTS, _TEXT)
    output: JSON = dict.fromkeys(_OUTPUT_TEXTS, _TEXT)
    task["parameters"] = {"type": "object", "additionalProperties": True}
    task["outputs"] = {"type": "array", "items": {"type": "object", "properties": output}}
    properties = {item.id: _property(item) for item in model.items}
    properties["callbackUrl"] = {"type": "string", "format": "uri", "title": "Callback URL"}
    return {
        "RunTaskResponse": _object({**envelope, "taskid": _TEXT, "socketaccesstoken": _TEXT}),
        "TaskKillRequest": _object({"taskid": _TEXT, "socketaccesstoken": _TEXT}),
        "TaskCancelRequest": _object({"taskid": _TEXT}, "taskid"),
        "TaskDetailRequest": _object({"taskid": _TEXT, "tasktoken": _TEXT, "uuid": _TEXT}),
        "TaskDetailResponse": _object(
            {**envelope, "total": _TEXT, "tasklist": {"type": "array", "items": _object(task)}}
        ),
        "RunToolSchema": _object(properties, *(item.id for item in model.items if item.required)),
    }


def _object(properties: JSON, *required: str) -> JSON:
    body: JSON = {"type": "object", "properties": properties}
    return body | ({"required": list(required)} if required else {})


def _property(item: Item) -> JSON:
    body: JSON = {"title": item.label, "description": item.description, "type": "string"}
    if item.is_file:
        body |= {"format": "uri", "x-input-type": item.type, "x-label": item.label}
        return body | {"x-help": item.description}
    if item.default:
        body["default"] = item.default
    if item.choices:
        body["x-input-type"] = item.type
        body["enum"] = [choice.value for choice in item.choices]
        body["x-options"] = [{"value": one.value, "label": one.label} for one in item.choices]
    bounds = {"minimum": item.minimum, "maximum": item.maximum, "multipleOf": item.step}
    if item.minimum is not None:
        body["type"] = "number"
        body |= {name: value for name, value in bounds.items() if value is not None}
    return body
