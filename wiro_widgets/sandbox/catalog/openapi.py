"""OpenAPI documents of models: as ``Tool/DetailOpenAPI`` hands them out, and as they are read."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .medium import medium
from .models import Choice, Item, Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wiro_widgets.sandbox.messages import JSON

_FIRST_ID = 3001
# A number that the service describes as text has its bounds as lengths; no text is this long.
_LONGEST_TEXT = 100_000
_MOST_CHOICES = 5_000
_CENTS_PER_SECOND = Decimal("0.001")
_PROCESSING = re.compile(r"\s*\*\*Processing Time:\*\*\s*(\d+)[^\n]*")
_USUAL_SECONDS = 20
_TEXT: JSON = {"type": "string"}
_TASK_TEXTS = (
    *("id", "uuid", "socketaccesstoken", "debugoutput", "status", "starttime", "endtime"),
    *("elapsedseconds", "createtime", "canceltime", "assigntime", "accepttime"),
    *("preprocessstarttime", "preprocessendtime", "postprocessstarttime", "postprocessendtime"),
    *("cps", "totalcost", "guestid", "projectid", "modelid", "basemodelid", "runtype"),
    *("modelfolderid", "modelfileid", "callbackurl", "marketplaceid", "pexit", "slugapp"),
    *("dynamicprice", "size", "modeldescription", "modelslugowner", "modelslugproject"),
)
_OUTPUT_TEXTS = ("id", "name", "contenttype", "size", "url", "accesskey")
_ABOUT = "API for running tasks and retrieving task details and status.\n\n## Authentication\n"
_KEY: JSON = {"type": "apiKey", "in": "header"}
# What the two types of a document differ in.
_AUTHORISATION: dict[str, JSON] = {
    "signature": {
        "title": "API (Signature Auth)",
        "about": _ABOUT
        + "HMAC-SHA256 signature authentication using three headers:\n"
        + "- `x-api-key`: Your API key\n- `x-nonce`: Unix timestamp or any random integer\n"
        + "- `x-signature`: HMAC-SHA256 hash of (API_SECRET + NONCE) using API_KEY",
        "schemes": {
            "ApiKeyAuth": {**_KEY, "name": "x-api-key"},
            "NonceAuth": {**_KEY, "name": "x-nonce"},
            "SignatureAuth": {**_KEY, "name": "x-signature"},
        },
        "refused": "Unauthorized - Invalid signature or API key",
    },
    "apikey": {
        "title": "API (API Key Auth)",
        "about": _ABOUT
        + "Simple API key authentication. Include your API key in the `x-api-key` header.",
        "schemes": {"ApiKeyAuth": {**_KEY, "name": "x-api-key"}},
        "refused": "Unauthorized - Invalid or missing API key",
    },
}


class DocumentError(ValueError):
    """A document describes no model; the text says which file, and why."""


# Writing


def openapi_documents(model: Model, api: str) -> list[JSON]:
    """The answer of ``Tool/DetailOpenAPI``: one OpenAPI 3.0.3 document per kind of authorisation.

    A model that was read from a document gets that document again, with the sandbox as its server.

    Args:
        model: The model.
        api: The server's base address, with ``/v1``.
    """
    spec = model.document or _document(model)
    return [{"type": kind, "spec": _addressed(spec, kind, api)} for kind in _AUTHORISATION]


def _addressed(spec: JSON, kind: str, api: str) -> JSON:
    """A document of one type, for this server."""
    schemes = _AUTHORISATION[kind]["schemes"]
    components = spec["components"]
    found = {**spec, "servers": [{"url": api, "description": "Sandbox"}]}
    if set(components.get("securitySchemes") or ()) == set(schemes):
        return found
    title = re.sub(r"API \([^)]* Auth\)$", "", str(spec["info"].get("title", ""))).strip()
    return {
        **found,
        "info": {
            **spec["info"],
            "title": f"{title} {_AUTHORISATION[kind]['title']}",
            "description": _AUTHORISATION[kind]["about"],
        },
        "security": [{name: [] for name in schemes}],
        "components": {**components, "securitySchemes": schemes},
    }


def _document(model: Model) -> JSON:
    slug = f"{model.owner}/{model.project}"
    described = f"{model.description}\n\n**Processing Time:** {model.seconds} seconds"
    kind = _AUTHORISATION["signature"]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{slug} {kind['title']}",
            "description": kind["about"],
            "version": "1.0.0",
        },
        "security": [{name: [] for name in kind["schemes"]}],
        "paths": {
            "/Task/Detail": _path("TaskDetail", "Get Task Detail", "Retrieve a task."),
            "/Task/Kill": _path("TaskKill", "Kill Running Task", "Terminate a running task."),
            "/Task/Cancel": _path("TaskCancel", "Cancel Queued Task", "Cancel a queued task."),
            f"/Run/{slug}": _path("Run", f"Run {model.title}", described),
        },
        "components": {"securitySchemes": kind["schemes"], "schemas": _schemas(model)},
    }


def _path(name: str, summary: str, description: str) -> JSON:
    is_run = name == "Run"
    request = "RunToolSchema" if is_run else f"{name}Request"
    body = {"schema": {"$ref": f"#/components/schemas/{request}"}}
    answer = "RunTaskResponse" if is_run else "TaskDetailResponse"
    of_answer = {"schema": {"$ref": f"#/components/schemas/{answer}"}}
    content = {"application/json": body, "multipart/form-data": body}
    return {
        "post": {
            "summary": summary,
            "description": description,
            "requestBody": {"required": True, "content": content},
            "responses": {
                "200": {"description": "Done", "content": {"application/json": of_answer}},
                "400": {"description": "Invalid request parameters"},
                "401": {"description": _AUTHORISATION["signature"]["refused"]},
            },
        }
    }


def _schemas(model: Model) -> JSON:
    error = _object({"code": {"type": "integer"}, "message": _TEXT})
    envelope: JSON = {
        "result": {"type": "boolean"},
        "errors": {"type": "array", "items": error},
    }
    task: JSON = dict.fromkeys(_TASK_TEXTS, _TEXT)
    task["parameters"] = {"type": "object", "additionalProperties": True}
    task["outputs"] = {"type": "array", "items": _reference("OutputFile")}
    properties = {item.id: _property(item) for item in model.items}
    properties["callbackUrl"] = {"type": "string", "format": "uri", "title": "Callback URL"}
    tasks = {"type": "array", "items": _reference("TaskObject")}
    return {
        "RunTaskResponse": _object({**envelope, "taskid": _TEXT, "socketaccesstoken": _TEXT}),
        "TaskKillRequest": _object({"taskid": _TEXT, "socketaccesstoken": _TEXT}),
        "TaskCancelRequest": _object({"taskid": _TEXT}, "taskid"),
        "TaskDetailRequest": _object({"taskid": _TEXT, "tasktoken": _TEXT, "uuid": _TEXT}),
        "TaskDetailResponse": _object({**envelope, "total": _TEXT, "tasklist": tasks}),
        "TaskObject": _object(task),
        "OutputFile": _object(dict.fromkeys(_OUTPUT_TEXTS, _TEXT)),
        "RunToolSchema": _object(properties, *(item.id for item in model.items if item.required)),
    }


def _reference(name: str) -> JSON:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: JSON, *required: str) -> JSON:
    body: JSON = {"type": "object", "properties": properties}
    return body | ({"required": list(required)} if required else {})


def _property(item: Item) -> JSON:
    help_text = item.description or item.note
    body: JSON = {"title": item.label, "description": help_text, "type": "string"}
    if item.is_file:
        return {
            **body,
            "format": "uri",
            "x-input-type": item.type,
            "x-label": item.label,
            "x-help": help_text,
        }
    if item.type not in {"text", "textarea", "number"}:
        body["x-input-type"] = item.type
    if item.type == "checkbox":
        body["type"] = "boolean"
    if item.default not in ("", None):
        body["default"] = item.default
    if item.choices:
        body["enum"] = [choice.value for choice in item.choices]
        body["x-options"] = [
            {"value": one.value, "label": one.label, **({"cover": one.cover} if one.cover else {})}
            for one in item.choices
        ]
    if item.minimum is not None or item.maximum is not None:
        body["type"] = "number"
    limits = {
        "minimum": item.minimum,
        "maximum": item.maximum,
        "multipleOf": item.step,
        "maxLength": item.max_length,
    }
    return body | {name: value for name, value in limits.items() if value is not None}


# Reading


def read_models(paths: Iterable[Path]) -> list[Model]:
    """The models of OpenAPI documents, each a file of its own or one in a folder.

    Raises:
        DocumentError: A file cannot be read, or describes no model.
    """
    found = [_model(file, _json(file)) for path in paths for file in _files(path)]
    return [_numbered(model, _FIRST_ID + index) for index, model in enumerate(found)]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.json"))
    if not files:
        raise DocumentError(f"there is no .json file in {path}")
    return files


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise DocumentError(f"{file} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{file} is not JSON") from error


def _numbered(model: Model, number: int) -> Model:
    return Model(**{**vars(model), "id": number})


def _model(file: Path, document: Any) -> Model:
    if isinstance(document, list):
        # The whole answer of Tool/DetailOpenAPI.
        specs = {one.get("type"): one.get("spec") for one in document if isinstance(one, dict)}
        document = specs.get("signature") or specs.get("apikey")
    try:
        paths, schemas = document["paths"], document["components"]["schemas"]
        run = next(path for path in paths if path.startswith("/Run/"))
        owner, _, project = unquote(run.removeprefix("/Run/")).partition("/")
        body, post = schemas["RunToolSchema"], paths[run].get("post") or {}
        properties, required = body.get("properties") or {}, body.get("required") or ()
        document["info"].get("title")
        items = tuple(_items(properties, required))
    except (AttributeError, KeyError, StopIteration, TypeError) as error:
        raise DocumentError(f"{file} is not an OpenAPI document of a model of wiro.ai") from error
    if not re.search("[A-Za-z0-9]", owner) or not re.search("[A-Za-z0-9]", project):
        raise DocumentError(f"{file} names no model: {run}")
    title = _words(post.get("summary")).removeprefix("Run ") or project.strip()
    described = _words(post.get("description"))
    seconds = _PROCESSING.search(described)
    description = _PROCESSING.sub("", described)
    kind = medium(f"{project} {title}", description, properties)
    return Model(
        id=0,
        owner=owner,
        project=project,
        title=title,
        description=description,
        kind=kind,
        categories=(),
        items=items,
        cps=_CENTS_PER_SECOND,
        seconds=int(seconds[1]) if seconds else _USUAL_SECONDS,
        document=document,
    )


def _items(properties: JSON, required: Iterable[str]) -> Iterator[Item]:
    needed = set(required)
    for name, found in properties.items():
        is_twin = name.endswith("Url") and name.removesuffix("Url") in properties
        if name != "callbackUrl" and not is_twin:
            has_twin = f"{name}Url" in properties
            yield _item(name, dict(found), required=name in needed, has_twin=has_twin)


def _item(name: str, schema: JSON, *, required: bool, has_twin: bool) -> Item:
    label = _words(schema.get("x-label") or schema.get("title")) or name
    description = _words(schema.get("x-help") or schema.get("description"))
    longest = _number(schema.get("maxLength"))
    by_length = longest is not None and longest > _LONGEST_TEXT
    plain = {"boolean": "checkbox", "number": "number", "integer": "number"}
    kinds = schema.get("type")
    named = [one for one in (kinds if isinstance(kinds, list) else [kinds]) if one != "null"]
    kind = "number" if by_length else plain.get(str((named or [""])[0]), "text")
    choices = _choices(schema)
    if schema.get("enum") or choices:
        kind = "select"
    kind = _words(schema.get("x-input-type")) or kind
    if kind == "text" and has_twin:
        # Before combinefileinput a file was a pair of fields, both described as text.
        return Item(name, "fileinput", label, description, required=required)
    low, high = ("minLength", "maxLength") if by_length else ("minimum", "maximum")
    default = schema.get("default")
    return Item(
        id=name,
        type=kind,
        label=label,
        description=description,
        default=default if isinstance(default, str | int | float) else "",
        required=required,
        choices=choices,
        minimum=_number(schema.get(low)),
        maximum=_number(schema.get(high)),
        step=_number(schema.get("multipleOf")) or None,
        max_length=None if longest is None or by_length else int(longest),
    )


def _choices(schema: JSON) -> tuple[Choice, ...]:
    """The choices that have a value; some documents have empty ones instead."""
    entries = schema.get("x-options") or schema.get("enum") or []
    if isinstance(entries, dict):
        entries = [{"value": value, "label": label} for value, label in entries.items()]
    found: dict[str, Choice] = {}
    for entry in entries[:_MOST_CHOICES]:
        value = entry.get("value") if isinstance(entry, dict) else entry
        if isinstance(value, str | int | float):
            label = _words(entry.get("label")) if isinstance(entry, dict) else ""
            cover = _words(entry.get("cover")) if isinstance(entry, dict) else ""
            found.setdefault(str(value), Choice(str(value), label or str(value), cover))
    return tuple(found.values())


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
