"""Errors as words for a view, and words from the journal as errors again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets import errors
from wiro_widgets.errors import WiroError
from wiro_widgets.library.records import RunProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLES: Mapping[str, str] = {
    "ModerationRefused": "Refused by moderation",
    "TaskFailed": "The model couldn't make this clip",
    "TaskCancelled": "Stopped",
    "SubmissionUnknown": "The service may or may not have accepted this run",
    "NotFollowedHere": "This run belongs to another service",
    "NotSent": "Not sent",
    "AuthenticationError": "The service doesn't accept this key",
    "CredentialsError": "No usable key",
    "InsufficientBalanceError": "The balance is too low",
    "ConcurrencyLimitError": "Too many runs at once",
    "SignInRequiredError": "This model needs a signed-in account",
    "RateLimitError": "Too many requests",
    "NotFoundError": "The service doesn't have this",
    "InputError": "This can't be sent as it is",
    "BudgetExceeded": "Over your budget",
    "DownloadError": "The clip is ready but couldn't be downloaded",
    "ConnectionFailed": "Can't reach the service",
    "SandboxUnavailableError": "The sandbox couldn't start",
    "LibraryError": "Couldn't save this run",
    "SessionClosed": "The connection was closed",
    "WiroError": "The service couldn't do this",
}


def problem_from(error: BaseException) -> RunProblem:
    """An error as a view shows it; never with a secret, since no `WiroError` holds one."""
    for kind in type(error).__mro__:
        if title := _TITLES.get(kind.__name__):
            break
    else:
        title = "Something went wrong in this kernel"
    if isinstance(error, WiroError):
        if error.field == "model":
            title = "Unknown model"
        elif error.field == "media":
            title = "The shared storage can't be used"
        return RunProblem(
            kind=type(error).__name__,
            title=title,
            detail=error.message,
            spent=error.spent,
            remedy=error.remedy or "",
        )
    return RunProblem(
        kind="WiroError",
        title=title,
        detail=f"{type(error).__name__}: {error}",
        spent=getattr(error, "spent", "maybe"),
        remedy="Run it again: nothing that may have been sent already is sent twice.",
    )


def error_from(problem: RunProblem, task_id: str | None) -> WiroError:
    """The error behind a problem of the journal, for `Run.wait` to raise again."""
    kind = getattr(errors, problem["kind"], None)
    if not (isinstance(kind, type) and issubclass(kind, WiroError)):
        kind = WiroError
    error = kind(problem["detail"])
    error.task_id = task_id
    error.remedy = problem["remedy"]
    error.spent = problem["spent"]
    return error
