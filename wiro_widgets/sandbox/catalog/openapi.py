"""Models as OpenAPI 3.0.3 documents, as ``Tool/DetailOpenAPI`` hands them out, and back."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from wiro_widgets.sandbox.names import clean_slug

from .model import CHOICE_TYPES, Choice, Item, Model

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.sandbox.envelope import JSON

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
_OWN_FIELDS = ("callbackUrl", "projectid")


def documents(model: Model, api: str) -> list[JSON]:
    """The list ``Tool/DetailOpenAPI`` answers with: one document per way to sign in."""
    return [{"type": "signature", "spec": document(model, api)}]


def document(model: Model, api: str) -> JSON:
    """One whole OpenAPI document for a model.

    Args:
        model: The model.
        api: The server's base address, ``/v1`` included.
    """
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


def read_models(directory: Path) -> list[Model]:
    """The models of the OpenAPI documents in a directory.

    Raises:
        OSError: When the directory cannot be read.
        ValueError: When a file is not such a document; the text names the file.
    """
    return [_read_file(path) for path in sorted(directory.iterdir()) if path.suffix == ".json"]


def _read_file(path: Path) -> Model:
    try:
        return _read_model(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise ValueError(f"{path.name} is not an OpenAPI document of a model") from error


def _read_model(body: JSON) -> Model:
    route = next(path for path in body["paths"] if path.startswith("/Run/"))
    _, _, owner, project = route.split("/", 3)
    operation = body["paths"][route]["post"]
    schema = body["components"]["schemas"]["RunToolSchema"]
    summary = operation.get("summary", project)
    return Model(
        # Any number will do, as long as it is always the same one.
        id=100_000 + zlib.crc32(f"{clean_slug(owner)}/{clean_slug(project)}".encode()) % 900_000,
        owner=owner,
        project=project,
        title=project.strip(),
        description=summary,
        kind="image" if "width" in schema["properties"] or "image" in summary.lower() else "video",
        categories=("openapi",),
        items=tuple(
            _read_item(name, value, required=name in schema.get("required", ()))
            for name, value in schema["properties"].items()
            if name not in _OWN_FIELDS
        ),
    )


def _read_item(name: str, body: JSON, *, required: bool) -> Item:
    kind = _type(body)
    # Lists of models hold nulls in the published documents; a null is no choice.
    values = [str(value) for value in body.get("enum", ()) if value is not None]
    if kind in CHOICE_TYPES and not values:
        kind = "text"
    return Item(
        id=name,
        type=kind,
        label=body.get("x-label") or body.get("title", name),
        description=body.get("description", ""),
        default=_default(body.get("default")),
        required=required,
        choices=tuple(Choice(value, value) for value in values),
        minimum=body.get("minimum"),
        maximum=body.get("maximum"),
        step=body.get("multipleOf"),
    )


def _type(body: JSON) -> str:
    stated: str | None = body.get("x-input-type")
    if stated:
        return stated
    if body.get("type") == "number":
        return "number"
    if body.get("type") == "boolean":
        return "checkbox"
    return "textarea" if "prompt" in str(body.get("title", "")).lower() else "text"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
