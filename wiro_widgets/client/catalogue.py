"""Models of the service's catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import NotFoundError, ServiceError
from wiro_widgets.schema.models import ModelSpec
from wiro_widgets.schema.parsing import as_list, normalize_slug

from .tasks import MOST_LISTED

if TYPE_CHECKING:
    from .transport import Transport


def list_models(
    transport: Transport, search: str | None, categories: tuple[str, ...], limit: int
) -> list[ModelSpec]:
    """What `WiroClient.models` returns."""
    body: dict[str, Any] = {
        "start": "0",
        "limit": str(max(1, min(limit, MOST_LISTED))),
        "sort": "relevance" if search else "id",
        "order": "DESC",
    }
    if search:
        body["search"] = search
    if categories:
        body["categories"] = list(categories)
    listed = as_list(transport.call("Tool/List", body).get("tool"))
    return [spec for spec in map(ModelSpec.parse, listed[:limit]) if spec is not None]


def find_model(transport: Transport, slug: str) -> ModelSpec:
    """What `WiroClient.model` returns."""
    clean = normalize_slug(slug)
    owner, project = clean.split("/")
    try:
        body = {"slugowner": owner, "slugproject": project}
        tools = as_list(transport.call("Tool/Detail", body).get("tool"))
    except (NotFoundError, ServiceError):
        tools = []
    spec = ModelSpec.parse(tools[0]) if tools else None
    if spec is not None and spec.slug == clean:
        return spec
    # Tool/Detail was seen to find some models by their raw spelling only.
    for listed in list_models(transport, project.replace("-", " "), (), MOST_LISTED):
        if listed.slug == clean:
            return listed
    remedy = "client.models(search=...) finds names."
    raise NotFoundError(f"There is no model {clean}.", field="model", remedy=remedy)
