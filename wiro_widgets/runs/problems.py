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
    "TaskFailed": "The model could not make this clip",
    "TaskCancelled": "Stopped",
    "SubmissionUnknown": "Not known whether the service took this run",
    "NotFollowedHere": "Not followed here",
    "NotSent": "Not sent",
    "AuthenticationError": "The service does not accept this key",
    "CredentialsError": "No usable key",
    "InsufficientBalanceError": "The balance is too low",
    "ConcurrencyLimitError": "Too many runs at once",
    "SignInRequiredError": "This model needs a signed-in account",
    "RateLimitError": "Too many requests",
    "NotFoundError": "Not found at the service",
    "InputError": "The request was not accepted",
    "DownloadError": "The clip is ready but could not be fetched",
    "ConnectionFailed": "The service could not be reached",
    "LibraryError": "Could not be written down",
    "SessionClosed": "The connection was closed",
    "WiroError": "The service could not do this",
}


def problem_from(error: BaseException) -> RunProblem:
    """An error as a view shows it; never with a secret, since no `WiroError` holds one."""
    for kind in type(error).__mro__:
        if title := _TITLES.get(kind.__name__):
            break
    else:
        title = "Something went wrong in this kernel"
    if isinstance(error, WiroError):
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
        remedy="Ask for the same run again; nothing is sent that may have been sent already.",
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
