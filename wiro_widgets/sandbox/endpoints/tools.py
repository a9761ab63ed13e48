"""``/Tool/*``: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from wiro_widgets.sandbox.bodies import Body, read_body, removing
from wiro_widgets.sandbox.catalog.openapi import documents
from wiro_widgets.sandbox.catalog.spelling import tool
from wiro_widgets.sandbox.envelope import JSON, NOT_FOUND, Refusal, success
from wiro_widgets.sandbox.service import Service, service_of

if TYPE_CHECKING:
    from wiro_widgets.sandbox.catalog.model import Model

LIST_LIMIT = 100


async def _body(request: web.Request) -> Body:
    body = await read_body(request, service_of(request).shelf)
    with removing(body):
        return body


def _shown(service: Service, model: Model, *, summary: bool) -> JSON:
    return tool(model, spelling=service.options.schema, summary=summary)


def _named(service: Service, body: Body) -> Model:
    model = service.catalog.find(body.text("slugowner"), body.text("slugproject"))
    if model is None:
        raise Refusal("slug-owner-project-not-exist", code=NOT_FOUND, fields={"tool": []})
    return model


async def listing(request: web.Request) -> web.Response:
    """``Tool/List``: search, owner, categories, order, paging."""
    service = service_of(request)
    body = await _body(request)
    models = [model for model in service.catalog if _matches(model, body)]
    if body.text("sort") == "id":
        models.sort(key=lambda model: model.id)
    if body.text("sort") in ("id", "time") and body.text("order").upper() != "ASC":
        models.reverse()
    start, limit = body.number("start", 0), min(LIST_LIMIT, body.number("limit", 20))
    page = models[start : start + limit]
    shown = [_shown(service, model, summary=body.flag("summary")) for model in page]
    return web.json_response(success(total=str(len(models)), tool=shown))


def _matches(model: Model, body: Body) -> bool:
    words = body.text("search").lower().split()
    text = f"{model.slug} {model.owner}/{model.project} {model.title} {model.description}".lower()
    owner = body.text("slugowner").lower()
    categories = set(body.texts("categories"))
    return (
        all(word in text for word in words)
        and (not owner or owner in (model.owner.lower(), model.clean[0]))
        and categories <= set(model.categories)
        and not body.texts("tags")
    )


async def detail(request: web.Request) -> web.Response:
    """``Tool/Detail`` by any spelling of the slug."""
    service = service_of(request)
    body = await _body(request)
    shown = _shown(service, _named(service, body), summary=body.flag("summary"))
    return web.json_response(success(total="1", tool=[shown]))


async def openapi(request: web.Request) -> web.Response:
    """``Tool/DetailOpenAPI``: a whole OpenAPI document for one model."""
    service = service_of(request)
    model = _named(service, await _body(request))
    return web.json_response(success(list=documents(model, f"{service.base}/v1")))


async def explore(request: web.Request) -> web.Response:
    """``Tool/Explore``: models by category."""
    service = service_of(request)
    await _body(request)
    categories = sorted({name for model in service.catalog for name in model.categories})
    shelves = []
    for number, category in enumerate(categories, start=1):
        models = [model for model in service.catalog if category in model.categories]
        shown = [_shown(service, model, summary=True) for model in models]
        shelf = {"id": str(number), "title": category, "total": str(len(shown)), "tools": shown}
        shelves.append(shelf)
    return web.json_response(success(explore=shelves))
