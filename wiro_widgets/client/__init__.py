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
    "ModelSpec": "wiro_widgets.schema.models",
    "Option": "wiro_widgets.schema.models",
    "Parameter": "wiro_widgets.schema.models",
    "ParameterGroup": "wiro_widgets.schema.models",
    "Price": "wiro_widgets.schema.price",
    "PriceRange": "wiro_widgets.schema.price",
    "UploadedFile": "wiro_widgets.client.sending",
    "check_parameters": "wiro_widgets.schema.checks",
    "check_value": "wiro_widgets.schema.checks",
    "rules_of": "wiro_widgets.schema.checks",
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
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = value
    return value
