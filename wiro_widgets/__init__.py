"""Jupyter widgets for iterating on generative video with Wiro.

Example:
    >>> import wiro_widgets as ww
    >>> ww.run("The gull lifts off", image="beach.jpg")

Names are loaded on first use, so that importing this costs no more than it must.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from wiro_widgets._version import __version__ as __version__

if TYPE_CHECKING:
    from wiro_widgets.api import budget as budget
    from wiro_widgets.api import compare as compare
    from wiro_widgets.api import connect as connect
    from wiro_widgets.api import history as history
    from wiro_widgets.api import library as library
    from wiro_widgets.api import run as run
    from wiro_widgets.api import sweep as sweep
    from wiro_widgets.client import Credentials as Credentials
    from wiro_widgets.client import WiroClient as WiroClient
    from wiro_widgets.errors import AuthenticationError as AuthenticationError
    from wiro_widgets.errors import BudgetExceeded as BudgetExceeded
    from wiro_widgets.errors import ConnectionFailed as ConnectionFailed
    from wiro_widgets.errors import CredentialsError as CredentialsError
    from wiro_widgets.errors import DownloadError as DownloadError
    from wiro_widgets.errors import InputError as InputError
    from wiro_widgets.errors import LibraryError as LibraryError
    from wiro_widgets.errors import ModerationRefused as ModerationRefused
    from wiro_widgets.errors import NotFollowedHere as NotFollowedHere
    from wiro_widgets.errors import NotFoundError as NotFoundError
    from wiro_widgets.errors import NotSent as NotSent
    from wiro_widgets.errors import PromptWarning as PromptWarning
    from wiro_widgets.errors import SandboxUnavailableError as SandboxUnavailableError
    from wiro_widgets.errors import SessionClosed as SessionClosed
    from wiro_widgets.errors import SubmissionUnknown as SubmissionUnknown
    from wiro_widgets.errors import TaskCancelled as TaskCancelled
    from wiro_widgets.errors import TaskFailed as TaskFailed
    from wiro_widgets.errors import WaitTimeout as WaitTimeout
    from wiro_widgets.errors import WiroError as WiroError
    from wiro_widgets.library.library import Library as Library
    from wiro_widgets.runs.budget import Budget as Budget
    from wiro_widgets.runs.history import History as History
    from wiro_widgets.runs.run import Run as Run
    from wiro_widgets.runs.session import Session as Session
    from wiro_widgets.runs.sweep import Sweep as Sweep
    from wiro_widgets.widgets import CompareGrid as CompareGrid
    from wiro_widgets.widgets import ImageInput as ImageInput
    from wiro_widgets.widgets import ParameterPanel as ParameterPanel
    from wiro_widgets.widgets import PromptInput as PromptInput
    from wiro_widgets.widgets import RunButton as RunButton
    from wiro_widgets.widgets import RunView as RunView
    from wiro_widgets.widgets import StatusTimeline as StatusTimeline
    from wiro_widgets.widgets import Studio as Studio
    from wiro_widgets.widgets import VideoPlayer as VideoPlayer

_NAMES = {
    "wiro_widgets.api": ("budget", "compare", "connect", "history", "run", "sweep"),
    "wiro_widgets.client": ("Credentials", "WiroClient"),
    "wiro_widgets.errors": (
        "InputError",
        "NotSent",
        "PromptWarning",
        "NotFoundError",
        "NotFollowedHere",
        "DownloadError",
        "CredentialsError",
        "BudgetExceeded",
        "ConnectionFailed",
        "AuthenticationError",
        "LibraryError",
        "ModerationRefused",
        "SandboxUnavailableError",
        "SessionClosed",
        "SubmissionUnknown",
        "TaskCancelled",
        "TaskFailed",
        "WaitTimeout",
        "WiroError",
    ),
    "wiro_widgets.library": ("library",),  # a package that can be called
    "wiro_widgets.library.library": ("Library",),
    "wiro_widgets.runs.budget": ("Budget",),
    "wiro_widgets.runs.history": ("History",),
    "wiro_widgets.runs.run": ("Run",),
    "wiro_widgets.runs.session": ("Session",),
    "wiro_widgets.runs.sweep": ("Sweep",),
    "wiro_widgets.widgets": (
        "CompareGrid",
        "ImageInput",
        "ParameterPanel",
        "PromptInput",
        "RunButton",
        "RunView",
        "StatusTimeline",
        "Studio",
        "VideoPlayer",
    ),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted([*_MODULES, "__version__"])  # noqa: PLE0605 - a list made of the table above


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
