"""A client of wiro.ai that can be trusted with money. Usable without Jupyter."""

import importlib
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import (
    AuthenticationError,
    ConcurrencyLimitError,
    ConnectionFailed,
    CredentialsError,
    DownloadError,
    Fate,
    InputError,
    InsufficientBalanceError,
    ModerationRefused,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServiceError,
    SignInRequiredError,
    SubmissionUnknown,
    TaskCancelled,
    TaskFailed,
    WaitTimeout,
    WiroError,
    fate,
)
from wiro_widgets.schema.slugs import normalize_slug
from wiro_widgets.schema.tasks import STAGES, Output, Submission, Task, TaskEvent

from .client import StopOutcome, WiroClient
from .credentials import Credentials, signature
from .transport import Pace
from .watch import Watch

if TYPE_CHECKING:
    from wiro_widgets.schema.checks import check_parameters, check_value, rules_of
    from wiro_widgets.schema.models import ModelSpec, Option, Parameter, ParameterGroup
    from wiro_widgets.schema.price import Price, PriceRange

    from .sending import UploadedFile

# Loaded at first use: schemas and prices are not needed to follow a task.
_LATER = {
    "wiro_widgets.client.sending": ("UploadedFile",),
    "wiro_widgets.schema.checks": ("check_parameters", "check_value", "rules_of"),
    "wiro_widgets.schema.models": ("ModelSpec", "Option", "Parameter", "ParameterGroup"),
    "wiro_widgets.schema.price": ("Price", "PriceRange"),
}

__all__ = [
    "STAGES",
    "AuthenticationError",
    "ConcurrencyLimitError",
    "ConnectionFailed",
    "Credentials",
    "CredentialsError",
    "DownloadError",
    "Fate",
    "InputError",
    "InsufficientBalanceError",
    "ModelSpec",
    "ModerationRefused",
    "NotFoundError",
    "Option",
    "Output",
    "Pace",
    "Parameter",
    "ParameterGroup",
    "Price",
    "PriceRange",
    "ProtocolError",
    "RateLimitError",
    "ServiceError",
    "SignInRequiredError",
    "StopOutcome",
    "Submission",
    "SubmissionUnknown",
    "Task",
    "TaskCancelled",
    "TaskEvent",
    "TaskFailed",
    "UploadedFile",
    "WaitTimeout",
    "Watch",
    "WiroClient",
    "WiroError",
    "check_parameters",
    "check_value",
    "fate",
    "normalize_slug",
    "rules_of",
    "signature",
]


def __getattr__(name: str) -> Any:
    for home, names in _LATER.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
