"""Failures in the words a person reads in the view."""

from __future__ import annotations

from wiro_widgets.client import (
    AuthenticationError,
    ConcurrencyLimitError,
    ConnectionFailed,
    CredentialsError,
    DownloadError,
    InputError,
    InsufficientBalanceError,
    ModerationRefused,
    NotFoundError,
    RateLimitError,
    SignInRequiredError,
    SubmissionUnknown,
    TaskCancelled,
    TaskFailed,
    WiroError,
)
from wiro_widgets.errors import NotFollowedHere
from wiro_widgets.runs.snapshot import RunProblem


class NeverSent(WiroError):  # noqa: N818
    """A run that was waiting for a free slot when its kernel ended."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Run {number} was waiting for a free slot when its kernel ended.",
            remedy="Ask for the same again to send it.",
        )


def not_followed_here(number: int, service: str) -> NotFollowedHere:
    """The error for a run that was going on at another service when last heard of."""
    return NotFollowedHere(
        f"Run {number} was still going on at the {service} service when last heard of.",
        remedy=f"Connect to the {service} service to follow it on.",
    )


_TITLES: tuple[tuple[type[WiroError], str], ...] = (
    (ModerationRefused, "Refused by moderation"),
    (TaskFailed, "The model could not make this clip"),
    (TaskCancelled, "Stopped"),
    (SubmissionUnknown, "Not known whether the service took this run"),
    (NotFollowedHere, "Not followed here"),
    (NeverSent, "Never sent"),
    (AuthenticationError, "The service does not accept this key"),
    (CredentialsError, "No usable key"),
    (InsufficientBalanceError, "The balance is too low"),
    (ConcurrencyLimitError, "Too many runs at once"),
    (SignInRequiredError, "This model needs a signed-in account"),
    (RateLimitError, "Too many requests"),
    (NotFoundError, "Not found at the service"),
    (InputError, "The request was not accepted"),
    (DownloadError, "The clip is ready but could not be fetched"),
    (ConnectionFailed, "The service could not be reached"),
    (WiroError, "The service could not do this"),
)


def describe(error: BaseException) -> RunProblem:
    """A problem as a view shows it; never with a secret, since `WiroError` holds none."""
    title = next(
        (title for kind, title in _TITLES if isinstance(error, kind)), "Something broke here"
    )
    if isinstance(error, WiroError):
        return RunProblem(
            title=title,
            detail=error.message,
            spent=error.spent,
            remedy=error.remedy or "",
        )
    return RunProblem(
        title=title,
        detail=f"{type(error).__name__}: {error}",
        spent="maybe",
        remedy="Look for this run on the service before sending it again.",
    )


def revive(problem: RunProblem, task_id: str | None) -> WiroError:
    """The error behind a problem kept in the journal, to be raised again by `Run.wait`."""
    kind = next((kind for kind, title in _TITLES if title == problem["title"]), WiroError)
    error = kind(problem["detail"])
    error.task_id = task_id
    error.remedy = problem["remedy"]
    error.spent = problem["spent"]
    return error
