"""The read-only text pages of a model: ``llms.txt`` and ``llms-full.txt``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from wiro_widgets.sandbox.service import service_of

if TYPE_CHECKING:
    from wiro_widgets.sandbox.catalog.model import Item, Model


async def page(request: web.Request) -> web.Response:
    """A model's page; the full one lists options and bounds too."""
    service = service_of(request)
    model = service.catalog.find(request.match_info["owner"], request.match_info["model"])
    if model is None:
        raise web.HTTPNotFound
    full = request.match_info["page"] == "llms-full.txt"
    return web.Response(text=_text(model, f"{service.base}/v1", full=full))


def _text(model: Model, api: str, *, full: bool) -> str:
    lines = [
        f"# {model.title}",
        "",
        f"> {model.description}",
        "",
        "## Basic Information",
        "",
        f"- **Model slug**: `{model.owner}/{model.project}` (`{model.slug}`)",
        f"- **Run endpoint**: `POST {api}/Run/{model.slug}`",
        f"- **Categories**: {', '.join(model.categories)}",
        f"- **Average run time**: {model.seconds} seconds",
        "",
        "## Inputs",
        "",
    ]
    for item in model.items:
        lines += [*_described(item, full=full), ""]
    return "\n".join(lines)


def _described(item: Item, *, full: bool) -> list[str]:
    required = "required" if item.required else "optional"
    lines = [f"### {item.label}", "", f"- name: `{item.id}` ({item.type}, {required})"]
    if item.description:
        lines.append(f"- help: {item.description}")
    if item.default:
        lines.append(f"- default: {item.default}")
    if full and item.choices:
        lines.append("- options: " + ", ".join(f"`{choice.value}`" for choice in item.choices))
    if full and item.minimum is not None and item.maximum is not None:
        lines.append(f"- range: {item.minimum:g} to {item.maximum:g}")
    return lines
