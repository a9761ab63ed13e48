"""From an HTTP answer to a value or an error of ours. Pure: no network, no clock."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from wiro_widgets.errors import (
    AuthenticationError,
    ConcurrencyLimitError,
    InputError,
    InsufficientBalanceError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServiceError,
    SignInRequiredError,
    WiroError,
)
from wiro_widgets.schema.parsing import as_dict, as_list, as_number, as_text

_CODES: dict[int, type[WiroError]] = {
    96: ConcurrencyLimitError,
    97: InsufficientBalanceError,
    98: SignInRequiredError,
    99: AuthenticationError,
}
_STATUSES: dict[int, type[WiroError]] = {
    400: InputError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    413: InputError,
    422: InputError,
}
# Patterns are compiled at first use: most runs need none, and every import pays for them.
_FIELD = r"\[([A-Za-z_]\w*)\]"
_NOT_FOUND = r"(?i)there is no task|task-not-?founded|not-exist|tool-not-accessible"
_AUTHENTICATION = r"(?i)project authorization|signature authentication|requested ip .* not allowed"
_BAD_INPUT = (
    r"(?i)request (?:parameters?|files?)|invalid-parameters|must be (?:integer|between|float)"
)
_TAG = r"<[^>]*>"
_TOO_MANY_REQUESTS = 429
_LONGEST_MESSAGE = 500


class Reply(NamedTuple):
    """A complete HTTP answer."""

    status: int
    body: bytes
    retry_after: str | None = None


def read_reply(reply: Reply) -> dict[str, Any]:
    """The envelope of a successful answer.

    Raises:
        WiroError: The error that status, code and text stand for; `fate` sorts it.
    """
    envelope = _envelope(reply.body)
    ok = 200 <= reply.status < 300  # noqa: PLR2004
    if reply.status == _TOO_MANY_REQUESTS:
        raise RateLimitError(
            _first_message(envelope) or "The service asks for fewer requests (HTTP 429).",
            http_status=reply.status,
            retry_after=_seconds(reply.retry_after),
        )
    if envelope is None:
        raise _no_envelope(reply, ok=ok)
    refused = envelope.get("result") is False or (as_list(envelope.get("errors")) and not ok)
    if ok and not refused and "result" not in envelope and "errors" in envelope:
        refused = bool(as_list(envelope["errors"]))
    if not ok or refused:
        raise _refusal(envelope, reply)
    return envelope


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_envelope(reply: Reply, *, ok: bool) -> WiroError:
    text = _plain(reply.body[:2000])
    if ok:
        what = "an empty answer" if not reply.body.strip() else f"no JSON: {text or '(binary)'}"
        return ProtocolError(f"The service sent {what}.", http_status=reply.status)
    if 300 <= reply.status < 400:  # noqa: PLR2004
        # A network's login page answers so too, and goes away again.
        moved = ServiceError(
            f"The service redirects elsewhere (HTTP {reply.status}); keys are not sent along.",
            http_status=reply.status,
            remedy="Check WIRO_API_URL and whether this network wants you to sign in.",
        )
        moved.retryable = True
        return moved
    kind = _STATUSES.get(reply.status, ServiceError)
    message = f"HTTP {reply.status}{': ' + text if text else ''}"
    error = kind(message, http_status=reply.status, retry_after=_seconds(reply.retry_after))
    if kind is ServiceError:
        error.retryable = error.maybe_accepted = reply.status >= 500 or reply.status == 408  # noqa: PLR2004
        error.remedy = "The service or a proxy before it is in trouble; try again later."
    return error


def _refusal(envelope: dict[str, Any], reply: Reply) -> WiroError:
    message = _first_message(envelope)
    code = _first_code(envelope)
    kind = _CODES.get(code if code is not None else -1) or _STATUSES.get(reply.status)
    if kind is None and re.search(_AUTHENTICATION, message):
        kind = AuthenticationError
    if kind is None and re.search(_NOT_FOUND, message):
        kind = NotFoundError
    if kind is None and re.search(_BAD_INPUT, message):
        kind = InputError
    named = re.search(_FIELD, message)
    error = (kind or ServiceError)(
        message or f"The service refused without a reason (HTTP {reply.status}).",
        code=code,
        field=named[1] if named and (kind or ServiceError) in {InputError, ServiceError} else None,
        http_status=reply.status,
        retry_after=_seconds(reply.retry_after),
    )
    if type(error) is ServiceError and reply.status >= 500:  # noqa: PLR2004
        error.retryable = True
    return error


def _first_error(envelope: dict[str, Any] | None) -> Any:
    errors = as_list((envelope or {}).get("errors"))
    return errors[0] if errors else None


def _first_message(envelope: dict[str, Any] | None) -> str:
    error = _first_error(envelope)
    text = error if isinstance(error, str) else as_text(as_dict(error).get("message"))
    return text[:_LONGEST_MESSAGE]


def _first_code(envelope: dict[str, Any]) -> int | None:
    error = _first_error(envelope)
    number = as_number(error.get("code")) if isinstance(error, dict) else None
    return None if number is None else int(number)


def _seconds(retry_after: str | None) -> float | None:
    number = as_number(retry_after)
    return None if number is None else max(0.0, number)


def _plain(body: bytes) -> str:
    text = re.sub(_TAG, " ", body.decode("utf-8", "replace"))
    readable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(readable.split())[:200]
