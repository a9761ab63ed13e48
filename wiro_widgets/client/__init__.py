"""A client of wiro.ai that can be trusted with money. Usable without Jupyter."""

from .checks import check_parameters
from .client import StopOutcome, UploadedFile, WiroClient
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
from .models import ModelSpec, Option, Parameter, ParameterGroup
from .price import Price, PriceRange
from .slugs import normalize_slug
from .tasks import STAGES, Output, Submission, Task, TaskEvent
from .transport import Pace
from .watch import Watch

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
