"""Looking up models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import NotFoundError, ServiceError
from wiro_widgets.schema.models import ModelSpec
from wiro_widgets.schema.parsing import as_list
from wiro_widgets.schema.slugs import normalize_slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .transport import Transport

MOST_LISTED = 100
"""The service's limit for one listing (wiro-api.md section 6)."""


def search_models(
    transport: Transport, search: str | None, categories: Sequence[str], limit: int
) -> list[ModelSpec]:
    """Models that match, best first."""
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
    found = map(ModelSpec.parse, as_list(transport.call("Tool/List", body).get("tool")))
    return [spec for spec in found if spec is not None][:limit]


def find_model(transport: Transport, name: str) -> ModelSpec:
    """The model with this name in any spelling.

    Raises:
        NotFoundError: There is none.
    """
    clean = normalize_slug(name)
    owner, project = clean.split("/")
    try:
        body = {"slugowner": owner, "slugproject": project}
        tools = as_list(transport.call("Tool/Detail", body).get("tool"))
    except (NotFoundError, ServiceError):
        tools = []
    spec = ModelSpec.parse(tools[0]) if tools else None
    if spec is not None and spec.slug == clean:
        return spec
    # Tool/Detail was seen to know only the raw spelling of some models (section 2).
    for listed in search_models(transport, project.replace("-", " "), (), MOST_LISTED):
        if listed.slug == clean:
            return listed
    remedy = "client.models(search=...) finds names."
    raise NotFoundError(f"There is no model {clean}.", field="model", remedy=remedy)
