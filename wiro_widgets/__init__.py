"""Jupyter widgets for iterating on generative video with Wiro.

Example:
    >>> import wiro_widgets as ww
    >>> ww.run("The gull lifts off", image="beach.jpg")

Names are loaded on first use, so that importing this costs no more than it must.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from wiro_widgets._version import __version__

if TYPE_CHECKING:
    from wiro_widgets.client import Credentials, InputError, WiroClient, WiroError
    from wiro_widgets.runs.connection import connect, history, run, sweep
    from wiro_widgets.runs.library import Library
    from wiro_widgets.runs.run import Run
    from wiro_widgets.widgets import (
        CompareGrid,
        ImageInput,
        ParameterPanel,
        PromptInput,
        RunButton,
        RunView,
        StatusTimeline,
        Studio,
        VideoPlayer,
        compare,
    )

_HOMES = {
    "CompareGrid": "wiro_widgets.widgets",
    "Credentials": "wiro_widgets.client",
    "ImageInput": "wiro_widgets.widgets",
    "InputError": "wiro_widgets.client",
    "Library": "wiro_widgets.runs.library",
    "ParameterPanel": "wiro_widgets.widgets",
    "PromptInput": "wiro_widgets.widgets",
    "Run": "wiro_widgets.runs.run",
    "RunButton": "wiro_widgets.widgets",
    "RunView": "wiro_widgets.widgets",
    "StatusTimeline": "wiro_widgets.widgets",
    "Studio": "wiro_widgets.widgets",
    "VideoPlayer": "wiro_widgets.widgets",
    "WiroClient": "wiro_widgets.client",
    "WiroError": "wiro_widgets.client",
    "compare": "wiro_widgets.widgets",
    "connect": "wiro_widgets.runs.connection",
    "history": "wiro_widgets.runs.connection",
    "run": "wiro_widgets.runs.connection",
    "sweep": "wiro_widgets.runs.connection",
}

__all__ = [
    "CompareGrid",
    "Credentials",
    "ImageInput",
    "InputError",
    "Library",
    "ParameterPanel",
    "PromptInput",
    "Run",
    "RunButton",
    "RunView",
    "StatusTimeline",
    "Studio",
    "VideoPlayer",
    "WiroClient",
    "WiroError",
    "__version__",
    "compare",
    "connect",
    "history",
    "run",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in {"Run", "history", "run", "sweep"}:
        # A run shows itself through the widgets, which register with it when they load.
        importlib.import_module("wiro_widgets.widgets")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
