"""Models of the service's catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import NotFoundError, ServiceError
from wiro_widgets.schema.hailuo import MODELS
from wiro_widgets.schema.models import ModelSpec
from wiro_widgets.schema.parsing import LONGEST_LABEL, as_list, clean_text, normalize_slug
from wiro_widgets.schema.wording import model_words

from .tasks import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .transport import Transport

_LIKENESS = 0.7
"""From which on, of 1 at most, a name is taken for another one misspelt."""


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
    found = list_models(transport, project.replace("-", " "), (), MOST_LISTED)
    for listed in found:
        if listed.slug == clean:
            return listed
    remedy = suggestion(slug, (listed.slug for listed in found))
    raise NotFoundError(
        f"There is no model named {clean_text(slug, LONGEST_LABEL)!r}.",
        field="model",
        remedy=remedy or "client.models(search=...) finds names.",
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """What a misspelt name of a model was meant to be, as a question; "" when nothing is near.

    Args:
        name: As it was written, with or without its owner.
        known: Clean slugs that exist, beside the hailuo models.
    """
    import difflib  # noqa: PLC0415 - only for a mistake

    slugs = {normalize_slug(each) for each in (*MODELS, *known)}
    wanted = re.sub(r"[^a-z0-9/]+", "-", name.lower())
    if "/" not in wanted:
        # Somebody who leaves the owner out knows the rest.
        names = {slug.partition("/")[2]: slug for slug in slugs}
    else:
        names = {slug: slug for slug in slugs}
    near = difflib.get_close_matches(wanted, names, 1, _LIKENESS)
    return f"Did you mean {model_words(names[near[0]])}?" if near else ""
