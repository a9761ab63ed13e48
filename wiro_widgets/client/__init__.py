"""A client of wiro.ai that can be trusted with money. Usable without Jupyter."""

import importlib
from typing import TYPE_CHECKING, Any

from .client import StopOutcome, WiroClient
from .credentials import Credentials, signature
from .errors import (
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
from .slugs import normalize_slug
from .tasks import STAGES, Output, Submission, Task, TaskEvent
from .transport import Pace
from .watch import Watch

if TYPE_CHECKING:
    from .checks import check_parameters
    from .models import ModelSpec, Option, Parameter, ParameterGroup
    from .price import Price, PriceRange
    from .sending import UploadedFile

# Loaded at first use: schemas and prices are not needed to follow a task.
_LATER = {
    "ModelSpec": "models",
    "Option": "models",
    "Parameter": "models",
    "ParameterGroup": "models",
    "Price": "price",
    "PriceRange": "price",
    "UploadedFile": "sending",
    "check_parameters": "checks",
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
    "fate",
    "normalize_slug",
    "signature",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    globals()[name] = value
    return value
