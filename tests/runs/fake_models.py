"""The models of the fake service: hailuo, with a seed for cells that differ in it only."""

from __future__ import annotations

import json
from typing import Any

MODEL = "minimax/hailuo-2.3"
PRICE = "0.280000000000"


def _select(name: str, *values: str, required: bool = False) -> dict[str, Any]:
    return {
        "id": name,
        "type": "select",
        "label": name,
        "default": values[0],
        "required": required,
        "options": [{"label": value, "value": value} for value in values],
    }


def _tool(project: str, *, image_required: bool) -> dict[str, Any]:
    """A hailuo model with a seed, so that any number of cells differ in one setting only."""
    inputs = [
        {
            "id": "inputImage",
            "type": "combinefileinput",
            "label": "First Frame",
            "default": "",
            "required": image_required,
        },
        {"id": "prompt", "type": "textarea", "label": "Prompt", "default": "", "required": False},
    ]
    settings = [
        _select("promptOptimizer", "true", "false"),
        _select("resolution", "768P", "1080P"),
        _select("duration", "6", "10", required=True),
        {"id": "seed", "type": "number", "label": "Seed", "default": "", "min": 0, "max": 99999},
    ]
    return {
        "id": "1612",
        "title": project,
        "slugowner": "MiniMax",
        "slugproject": project,
        "cleanslugowner": "minimax",
        "cleanslugproject": project.lower().replace(".", "-"),
        "categories": ["image-to-video"],
        "parameters": [
            {"title": "Inputs", "items": inputs},
            {"title": "Settings", "items": settings},
        ],
        "dynamicprice": json.dumps([{"inputs": {}, "price": float(PRICE), "priceMethod": "cpr"}]),
    }


TOOLS = (
    _tool("hailuo-2.3", image_required=False),
    _tool("hailuo-2.3-Fast", image_required=True),
)
DEFAULTS = {"promptOptimizer": "true", "resolution": "768P", "duration": "6"}
