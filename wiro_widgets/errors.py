"""The exceptions of this package, as one tree.

    WiroError
    |-- CredentialsError            no usable API key; nothing was sent
    |-- AuthenticationError         the service rejects the key or the signature
    |-- InputError                  a value is not allowed; `field` names it
    |   `-- BudgetExceeded          ... a run would pass a budget; nothing was sent
    |-- NotFoundError               no such task, model or file
    |-- ConcurrencyLimitError       code 96: too many tasks at once; not accepted
    |-- InsufficientBalanceError    code 97
    |-- SignInRequiredError         code 98
    |-- RateLimitError              HTTP 429: refused; try again later
    |-- ServiceError                the service failed, or refused for an unknown reason
    |-- ProtocolError               the response is not the service's
    |-- ConnectionFailed            the request did not reach the service in full
    |-- SubmissionUnknown           the connection broke after the request was sent
    |-- TaskFailed                  the task ran and failed
    |   `-- ModerationRefused       ... because the provider refused the content
    |-- TaskCancelled               the task was cancelled or killed
    |-- WaitTimeout                 the timeout of `wait` is over (also a TimeoutError)
    |-- DownloadError               an output could not be downloaded
    |-- SandboxUnavailableError     no credentials, and no sandbox could be started
    |-- NotFollowedHere             the run belongs to another service than the connected one
    |-- NotSent                     the run is written down and was not sent
    |-- SessionClosed               the session was closed; nothing was sent
    `-- LibraryError                the library could not be read or written

No error holds a key, a secret or a task token. All of them can be pickled.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from enum import Enum
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Protocol, TypeVar

from wiro_widgets.terminal import for_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

Spent = Literal["no", "yes", "maybe"]
NOTHING_SENT = " Nothing was sent."
"""The end of a message about what was refused before it left this computer."""


class EndedTask(Protocol):
    """What a `TaskFailed` carries: a `wiro_widgets.client.Task` without its token."""

    @property
    def id(self) -> str:
        """Task id."""

    @property
    def cost(self) -> Decimal | None:
        """USD charged, None when the service does not state it."""

    @property
    def log(self) -> str:
        """Standard output of the task."""

    @property
    def error_log(self) -> str:
        """Standard error of the task."""

    def without_token(self) -> EndedTask:
        """A copy that is safe to store, pickle and show."""


class WiroError(Exception):
    """Base of all errors of this package.

    Attributes:
        task_id: The task, by which a paid one can be found again; None if there is none yet.
        field: The parameter to change, None if it is not a single one.
        code: ``errors[].code`` of the service's response (wiro.ai/docs, Error reference).
        http_status: Status of that response, None if there was none.
        retry_after: Seconds to wait as the service demands, None if it does not.
        retryable: True if the same call may succeed later and repeating it costs nothing.
        maybe_accepted: True if the service may have acted although no valid response came.
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
        between = "" if self.message.endswith("\n") else " "
        remedy = between + self.remedy if self.remedy else ""
        return for_terminal(f"{task}{self.message}{remedy}")

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it."""
        return _short_rendering(self)


class CredentialsError(WiroError):
    """The API key is missing, or has characters that an HTTP header cannot carry."""


class AuthenticationError(WiroError):
    """The service rejects the key, the signature or this computer's IP address."""

    remedy = (
        "Check WIRO_API_KEY and WIRO_API_SECRET (leave the secret empty for a key-only project)."
    )


class InputError(WiroError, ValueError):
    """A value that the model or the service does not allow; nothing was started."""


class BudgetExceeded(InputError):  # noqa: N818 - named after what happened
    """A run that would pass a budget of this library, or whose price can't be checked against it.

    Attributes:
        missing: USD that the budget would have to be higher; None if it is not about dollars, or
            nobody can tell.
    """

    def __init__(
        self,
        message: str,
        *,
        missing: Decimal | None = None,
        task_id: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, task_id=task_id, remedy=remedy)
        self.missing = missing

    def saying(self, message: str) -> BudgetExceeded:
        """The same error with another message."""
        return BudgetExceeded(message, missing=self.missing, remedy=self.remedy)


class PromptWarning(UserWarning):
    """The model will not do as the prompt says; the request can be sent all the same."""


class NotFoundError(WiroError):
    """There is no such task, model or file, or the key has no access to it."""


class ConcurrencyLimitError(WiroError):
    """Code 96: the limit of concurrent tasks is reached; this one was not accepted."""

    retryable = True
    remedy = "Wait until a running task ends, or add credit to raise the limit."


class InsufficientBalanceError(WiroError):
    """Code 97: not enough credit to start a task."""

    remedy = "Add credit to the Wiro account."


class SignInRequiredError(WiroError):
    """Code 98: the model requires a signed-in account."""

    remedy = "Use the key of an account that may run this model."


class RateLimitError(WiroError):
    """HTTP 429: too many requests; nothing was done. `retry_after` is set if known."""

    retryable = True
    remedy = "Wait a moment, then try again."


class ServiceError(WiroError):
    """The service failed, or refused for a reason that has no class here."""


class ProtocolError(WiroError):
    """The response was empty, truncated, too large or not the service's JSON."""

    retryable = True
    maybe_accepted = True
    remedy = "There may be a proxy or a login page between this computer and the service."


class ConnectionFailed(WiroError):  # noqa: N818 - named after what happened, as those below
    """The request did not reach the service in full, so nothing was done."""

    retryable = True
    patience = float("inf")  # seconds for which trying again at once makes sense
    remedy = "Check the network, then try again."


class SubmissionUnknown(WiroError):  # noqa: N818 - named after what happened
    """The request was sent, then the connection broke: it may or may not have been accepted.

    Attributes:
        model: Clean slug of the model, or ``"upload"``.
        sent_at: Unix time in seconds when the request was sent.
        parameters: The requested values, shortened to text, to recognise the task by.
    """

    maybe_accepted = True
    spent: Spent = "maybe"
    remedy = "Look for it with client.tasks() before you send it again, or you may pay twice."

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


class TaskFailed(WiroError):  # noqa: N818 - named after what happened
    """The task ended without success. Failed tasks are not charged."""

    remedy = "The log has the details (run.log in Python)."

    def __init__(
        self, message: str, *, task: EndedTask | None = None, task_id: str | None = None
    ) -> None:
        super().__init__(message, task_id=task.id if task else task_id)
        self.task = task.without_token() if task else None
        if task is not None and task.cost:
            self.spent = "yes"


class ModerationRefused(TaskFailed):
    """The provider refused the prompt, the image or the result."""

    remedy = "The same request would be refused again. Change the prompt or the image."


class TaskCancelled(WiroError):  # noqa: N818 - named after what happened
    """The task was cancelled in the queue, or killed while it ran.

    Cancelled tasks are not charged. A killed one may still be: its cost is open until
    ``Task/Detail`` states it.
    """

    spent: Spent = "maybe"
    remedy = "Send it again if you didn't mean to stop it."


class WaitTimeout(WiroError, TimeoutError):  # noqa: N818 - named after what happened
    """The timeout of `wait` is over; the task continues at the service."""

    retryable = True
    spent: Spent = "maybe"


class DownloadError(WiroError):
    """A file could not be downloaded completely; nothing was left on disk."""

    retryable = True
    remedy = "Download it again; the service keeps it for a while."


class SandboxUnavailableError(WiroError):
    """No credentials are set and no sandbox could be started; nothing was sent."""

    remedy = 'Set WIRO_API_KEY, or install the sandbox: pip install "wiro-widgets[sandbox]".'


class NotFollowedHere(WiroError):  # noqa: N818 - named after what happened
    """The run was sent to another service than the one connected to, which does not know it."""

    spent: Spent = "maybe"
    remedy = "Connect to that service to follow the run."


class NotSent(WiroError):  # noqa: N818 - named after what happened
    """The run is written down and was not sent; looking at it sends nothing."""

    remedy = "Run it again to send it."


class SessionClosed(WiroError):  # noqa: N818 - named after what happened
    """The session was closed before this call; nothing was sent."""

    remedy = "Use the current session, or open a new one with wiro_widgets.connect()."


class LibraryError(WiroError):
    """The library on disk could not be read or written.

    A task that was started goes on at the service.
    """

    retryable = True
    spent: Spent = "maybe"
    remedy = "Check the folder, its permissions and the free disk space, then try again."


class Delivery(Enum):
    """Whether a failed request reached the service."""

    NEVER_DELIVERED = "never delivered"
    RATE_LIMITED = "rate limited"
    OUTCOME_UNKNOWN = "outcome unknown"
    FINAL = "final"


def delivery_of(error: WiroError) -> Delivery:
    """Classify a failure; a paid request may be repeated only after the first two."""
    if error.maybe_accepted:
        return Delivery.OUTCOME_UNKNOWN
    if isinstance(error, ConnectionFailed):
        return Delivery.NEVER_DELIVERED
    return Delivery.RATE_LIMITED if isinstance(error, RateLimitError) else Delivery.FINAL


_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Error = TypeVar("_Error", bound=BaseException)


def bare(error: _Error) -> _Error:
    """`error` without its traceback and chain, whose frames have variables nobody may see."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def short_traceback(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Have the errors of a function point at the line that called it.

    Somebody who called us can do nothing about our frames, and their variables do not belong into
    a saved notebook. With ``WIRO_TRACEBACK=full`` in the environment all frames are kept.
    """

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        __tracebackhide__ = True  # pytest leaves this frame out
        try:
            return function(*args, **kwargs)
        except (WiroError, KeyboardInterrupt) as error:
            if _wants_all_frames():
                raise
            # What was passed may be a secret, and this frame is part of the traceback.
            del args, kwargs
            if isinstance(error, KeyboardInterrupt):
                vars(error)["_render_traceback_"] = functools.partial(_short_rendering, error)
            raise bare(error) from None

    return call


def _wants_all_frames() -> bool:
    return os.environ.get("WIRO_TRACEBACK") == "full"


def _short_rendering(error: BaseException) -> list[str]:
    """An error as IPython shows it in its current mode, without our frames.

    Marking a frame with ``__tracebackhide__`` does not do, since IPython shows the last one anyway.
    """
    frames = error.__traceback__
    shell: Any = sys.modules["IPython"].get_ipython()
    lines: list[str] = shell.InteractiveTB.structured_traceback(
        type(error), error, frames if _wants_all_frames() else _others(frames)
    )
    return lines


def _others(traceback: TracebackType | None, *, inside: bool = False) -> TracebackType | None:
    """A traceback without the frames of this package, and of what it uses."""
    if traceback is None:
        return None
    frame = traceback.tb_frame
    inside = inside or _is_ours(frame)
    rest = _others(traceback.tb_next, inside=inside)
    if inside and frame.f_globals.get("__name__") != "__main__":
        return rest
    return TracebackType(rest, frame, traceback.tb_lasti, traceback.tb_lineno)


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("wiro_widgets.")


def warn_caller(sentences: Iterable[str]) -> None:
    """Warn at the line that called this package, each time and not only the first."""
    frame = sys._getframe()  # noqa: SLF001 - as `warnings` itself does
    while _is_ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    for each in sentences:
        warnings.warn_explicit(each, PromptWarning, frame.f_code.co_filename, frame.f_lineno)
