"""Everything that can go wrong, as one tree.

    WiroError
    |-- CredentialsError            no key to sign with; nothing left this computer
    |-- AuthenticationError         the service does not accept the key or the signature
    |-- InputError                  a value is not allowed; `field` names it
    |-- NotFoundError               no such task, model or file
    |-- ConcurrencyLimitError       code 96: too many tasks at once; not accepted
    |-- InsufficientBalanceError    code 97
    |-- SignInRequiredError         code 98
    |-- RateLimitError              HTTP 429: refused, with a pace to keep to
    |-- ServiceError                the service failed, or refused in words we do not know
    |-- ProtocolError               the answer is not what the service sends
    |-- ConnectionFailed            the request never reached the service in full
    |-- SubmissionUnknown           the connection broke after the request had left
    |-- TaskFailed                  the task ran and failed
    |   `-- ModerationRefused       ... because the provider refused the content
    |-- TaskCancelled               somebody cancelled or killed it
    |-- WaitTimeout                 our patience ended, not the task (also a TimeoutError)
    `-- DownloadError               an output could not be fetched

No error holds a key, a secret or a task token, and all of them survive `pickle`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.schema.tasks import Task

Spent = Literal["no", "yes", "maybe"]


class WiroError(Exception):
    """Base of all errors of this package.

    Attributes:
        task_id: The task it is about, so that nothing paid for is lost; None before there is one.
        field: The parameter to change, None when no single one is to blame.
        code: ``errors[].code`` of the service's answer (wiro-api.md section 2).
        http_status: Status of that answer, None when there was none.
        retry_after: Seconds the service asked us to wait, None when it did not say.
        retryable: True when the same call may succeed later and repeating it costs nothing.
        maybe_accepted: True when the service may have acted although no proper answer came.
        spent: Whether this cost money: ``"no"``, ``"yes"`` or ``"maybe"``.
        remedy: What to do next, one sentence.
    """

    retryable: bool = False
    maybe_accepted: bool = False
    spent: Spent = "no"
    remedy: str = ""

    def __init__(  # noqa: PLR0913 - keywords, each optional
        self,
        message: str,
        *,
        task_id: str | None = None,
        field: str | None = None,
        code: int | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        maybe_accepted: bool | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.field = field
        self.code = code
        self.http_status = http_status
        self.retry_after = retry_after
        if maybe_accepted is not None:
            self.maybe_accepted = maybe_accepted
        if remedy is not None:
            self.remedy = remedy

    @property
    def message(self) -> str:
        """What happened, without the task id and the remedy."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        task = f"[task {self.task_id}] " if self.task_id else ""
        return f"{task}{self.message}{' ' + self.remedy if self.remedy else ''}"


class CredentialsError(WiroError):
    """There is no API key, or it cannot be used in an HTTP header."""


class AuthenticationError(WiroError):
    """The service does not accept the key, the signature or this computer's address."""

    remedy = (
        "Check WIRO_API_KEY and WIRO_API_SECRET (leave the secret empty for a key-only project)."
    )


class InputError(WiroError, ValueError):
    """A value the model or the service does not allow; nothing was submitted."""


class NotFoundError(WiroError):
    """There is no such task, model or file, or this key may not see it."""


class ConcurrencyLimitError(WiroError):
    """Code 96: as many tasks are running as the balance allows; this one was not accepted."""

    retryable = True
    remedy = "Wait until a running task ends, or add credit to raise the limit."


class InsufficientBalanceError(WiroError):
    """Code 97: not enough credit to start a task."""

    remedy = "Add credit to the Wiro account."


class SignInRequiredError(WiroError):
    """Code 98: the model asks for a signed-in account."""

    remedy = "Use the key of an account that may run this model."


class RateLimitError(WiroError):
    """HTTP 429: refused, nothing was done; `retry_after` says when to come back."""

    retryable = True
    remedy = "Wait a moment, then try again."


class ServiceError(WiroError):
    """The service failed, or refused with a message of its own."""


class ProtocolError(WiroError):
    """The answer was empty, truncated, oversized or not the service's JSON."""

    retryable = True
    maybe_accepted = True
    remedy = "A proxy or a login page may sit between this computer and the service."


class ConnectionFailed(WiroError):  # noqa: N818 - the name the interface promises
    """The request did not reach the service in full, so nothing was done."""

    retryable = True
    remedy = "Check the network, then try again."


class SubmissionUnknown(WiroError):  # noqa: N818
    """The request left, then the connection broke: it may or may not have been accepted.

    Attributes:
        model: Clean slug of the model, or ``"upload"``.
        sent_at: Unix time in seconds when the request was sent.
        parameters: What was asked for, as short texts, to recognise the task by.
    """

    maybe_accepted = True
    spent: Spent = "maybe"
    remedy = "Look for it with client.tasks() before sending it again: a repeat may be paid twice."

    def __init__(
        self,
        message: str,
        *,
        model: str = "",
        sent_at: float = 0.0,
        parameters: Mapping[str, str] | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, http_status=http_status)
        self.model = model
        self.sent_at = sent_at
        self.parameters = dict(parameters or {})


class TaskFailed(WiroError):  # noqa: N818
    """The task ended without success. Failed runs are not billed (the service's pricing page)."""

    remedy = "Read task.log for the whole story; a failed task is not billed."

    def __init__(
        self, message: str, *, task: Task | None = None, task_id: str | None = None
    ) -> None:
        super().__init__(message, task_id=task.id if task else task_id)
        self.task = task.without_token() if task else None
        if task is not None and task.cost:
            self.spent = "yes"


class ModerationRefused(TaskFailed):
    """The provider refused the prompt, the image or the result."""

    remedy = "Change the prompt or the image; the same request will be refused again."


class TaskCancelled(WiroError):  # noqa: N818
    """The task was cancelled or killed; such tasks are not billed."""

    remedy = "Submit again if that was not intended."


class WaitTimeout(WiroError, TimeoutError):  # noqa: N818
    """The time given to `wait` is over; the task goes on at the service."""

    retryable = True
    spent = "maybe"


class DownloadError(WiroError):
    """An output could not be fetched whole; no file was left under the final name."""

    retryable = True
    remedy = "Try the download again; the clip is paid for and stays on the service for a while."


class Fate(Enum):
    """What a failed request means for a repeat of it."""

    NEVER_DELIVERED = "never delivered"
    REFUSED_WITH_PACE = "refused with a pace"
    OUTCOME_UNKNOWN = "outcome unknown"
    FINAL = "final"


def fate(error: WiroError) -> Fate:
    """Sort a failure; a paid request may only be repeated after the first two."""
    if error.maybe_accepted:
        return Fate.OUTCOME_UNKNOWN
    if isinstance(error, ConnectionFailed):
        return Fate.NEVER_DELIVERED
    return Fate.REFUSED_WITH_PACE if isinstance(error, RateLimitError) else Fate.FINAL
