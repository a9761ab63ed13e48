"""The endpoints ``/Tool``, and what the service has that the sandbox has not."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from .catalog.openapi import openapi_documents
from .catalog.wire import explore, tool
from .messages import JSON, NOT_FOUND, Body, Refusal, read_body, success, temporary_files
from .service import Service, service_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .catalog.models import Model

LIST_LIMIT = 100
NOT_MODELLED = (
    *("Task/Stat", "Project", "Wallet", "Coupon", "Organization", "Team", "Agent", "UserAgent"),
    *("UserAgentOAuth", "Auth", "Workflow", "chat/completions"),
)
"""Paths of the service whose answers are unknown, or not a matter of models and tasks."""


@asynccontextmanager
async def read(request: web.Request) -> AsyncIterator[Body]:
    """The body of a request; its files are gone after the block unless they were stored."""
    body = await read_body(request, service_of(request).files.new_path)
    with temporary_files(body):
        yield body


def page(body: Body) -> slice:
    """The slice of a list that ``start`` and ``limit`` ask for."""
    start = body.number("start", 0)
    return slice(start, start + min(LIST_LIMIT, body.number("limit", 20)))


def _find_model(service: Service, body: Body) -> Model:
    model = service.catalog.find(body.text("slugowner"), body.text("slugproject"))
    if model is None:
        raise Refusal("slug-owner-project-not-exist", code=NOT_FOUND, fields={"tool": []})
    return model


def _show_model(service: Service, body: Body, model: Model) -> JSON:
    return tool(model, spelling=service.options.schema, summary=body.flag("summary"))


async def tool_list(request: web.Request) -> web.Response:
    """``Tool/List``: search, owner, categories, order, paging."""
    service = service_of(request)
    async with read(request) as body:
        found = service.catalog.search(body.text("search"))
        models = [model for model in found if _matches(model, body)]
        if body.text("sort") == "id":
            models.sort(key=lambda model: model.id)
        if body.text("sort") in ("id", "time") and body.text("order").upper() != "ASC":
            models.reverse()
        shown = [_show_model(service, body, model) for model in models[page(body)]]
        return web.json_response(success(total=str(len(models)), tool=shown))


def _matches(model: Model, body: Body) -> bool:
    owner = body.text("slugowner").lower()
    categories = set(body.texts("categories"))
    return (
        (not owner or owner in (model.owner.lower(), model.clean[0]))
        and categories <= set(model.categories)
        and not body.texts("tags")
    )


async def tool_detail(request: web.Request) -> web.Response:
    """``Tool/Detail`` by any spelling of the slug."""
    service = service_of(request)
    async with read(request) as body:
        shown = _show_model(service, body, _find_model(service, body))
        return web.json_response(success(total="1", tool=[shown]))


async def tool_explore(request: web.Request) -> web.Response:
    """``Tool/Explore``: the models in sections."""
    async with read(request):
        return web.json_response(success(explore=explore(service_of(request).catalog)))


async def tool_openapi(request: web.Request) -> web.Response:
    """``Tool/DetailOpenAPI``: the documents of one model, without an envelope around them."""
    service = service_of(request)
    async with read(request) as body:
        documents = openapi_documents(_find_model(service, body), f"{service.base}/v1")
        return web.json_response(documents)


async def not_modelled(request: web.Request) -> web.Response:
    """What the service has and the sandbox has not: HTTP 501, and never an invented answer."""
    path = request.path.removeprefix("/v1/")
    raise Refusal(f"The sandbox does not model {path}; only the service answers it.", status=501)
