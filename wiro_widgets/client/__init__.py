"""A client of wiro.ai that starts no task twice. Usable without Jupyter."""

import importlib
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import (
    AuthenticationError,
    ConcurrencyLimitError,
    ConnectionFailed,
    CredentialsError,
    Delivery,
    DownloadError,
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
    delivery_of,
)
from wiro_widgets.schema.parsing import normalize_slug
from wiro_widgets.schema.tasks import STAGES, Output, Submission, Task, TaskEvent

from .auth import Credentials, signature
from .client import WiroClient
from .tasks import StopOutcome
from .transport import RetryPolicy, Timeouts
from .watch import Watch

if TYPE_CHECKING:
    from wiro_widgets.schema.hailuo import rules_of
    from wiro_widgets.schema.models import ModelSpec, Option, Parameter, ParameterGroup
    from wiro_widgets.schema.pricing import Price, PriceRange

    from .submit import UploadedFile
    from .validation import check_parameters, check_value

# Loaded at first use: schemas and prices are not needed to follow a task.
_LATER = {
    "wiro_widgets.client.submit": ("UploadedFile",),
    "wiro_widgets.client.validation": ("check_parameters", "check_value"),
    "wiro_widgets.schema.hailuo": ("rules_of",),
    "wiro_widgets.schema.models": ("ModelSpec", "Option", "Parameter", "ParameterGroup"),
    "wiro_widgets.schema.pricing": ("Price", "PriceRange"),
}

__all__ = [
    "STAGES",
    "AuthenticationError",
    "ConcurrencyLimitError",
    "ConnectionFailed",
    "Credentials",
    "CredentialsError",
    "Delivery",
    "DownloadError",
    "InputError",
    "InsufficientBalanceError",
    "ModelSpec",
    "ModerationRefused",
    "NotFoundError",
    "Option",
    "Output",
    "Parameter",
    "ParameterGroup",
    "Price",
    "PriceRange",
    "ProtocolError",
    "RateLimitError",
    "RetryPolicy",
    "ServiceError",
    "SignInRequiredError",
    "StopOutcome",
    "Submission",
    "SubmissionUnknown",
    "Task",
    "TaskCancelled",
    "TaskEvent",
    "TaskFailed",
    "Timeouts",
    "UploadedFile",
    "WaitTimeout",
    "Watch",
    "WiroClient",
    "WiroError",
    "check_parameters",
    "check_value",
    "delivery_of",
    "normalize_slug",
    "rules_of",
    "signature",
]


def __getattr__(name: str) -> Any:
    for home, names in _LATER.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
