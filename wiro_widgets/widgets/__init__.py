"""The widgets, one AnyWidget each."""

from __future__ import annotations

from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.image import ImageInput
from wiro_widgets.widgets.parameters import ParameterPanel
from wiro_widgets.widgets.player import VideoPlayer
from wiro_widgets.widgets.prompt import PromptInput
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.run_views import RunView, StatusTimeline
from wiro_widgets.widgets.studio import Studio

__all__ = [
    "CompareGrid",
    "ImageInput",
    "ParameterPanel",
    "PromptInput",
    "RunButton",
    "RunView",
    "StatusTimeline",
    "Studio",
    "VideoPlayer",
]
