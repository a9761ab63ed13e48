"""Responses of the service as values or exceptions. Pure: no network, no clock."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any, NamedTuple

from wiro_widgets.errors import (
    AuthenticationError,
    ConcurrencyLimitError,
    ConnectionFailed,
    InputError,
    InsufficientBalanceError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServiceError,
    SignInRequiredError,
    WiroError,
)

from .parsing import (
    as_clean_text,
    as_count,
    as_dict,
    as_list,
    as_number,
    clean_text,
    hide_tokens,
)

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
_TEXTS: tuple[tuple[str, type[WiroError]], ...] = (
    (
        r"(?i)project authorization|signature authentication|requested ip .* not allowed",
        AuthenticationError,
    ),
    (r"(?i)there is no task|task-not-?founded|not-exist|tool-not-accessible", NotFoundError),
    (
        r"(?i)request (?:parameters?|files?)|invalid-parameters|must be (?:integer|between|float)",
        InputError,
    ),
)
_FIELD = r"\[([A-Za-z_]\w*)\]"
_TAG = r"<[^>]*>"
# A token in what should have been JSON, such as half of an answer.
_NAMED = r'(?i)(token"?\s*[:=]\s*"?)[^"\s&<]+'
_LONGEST_MESSAGE = 500
MOST_VALUES = 1_000_000
"""Values of one response: a million of the smallest ones take about 100 MB when decoded."""
LONGEST_RETRY_AFTER = 300.0
"""Seconds that a service can ask to be left alone for; more counts as this."""


class Response(NamedTuple):
    """A complete HTTP response."""

    status: int
    body: bytes
    retry_after: str | None = None
    proxy: str = ""
    """What is to be said if it was not the service but a proxy that answered; empty without one."""


def read_response(response: Response) -> dict[str, Any]:
    """The JSON object of a successful response.

    Raises:
        WiroError: The error for its status, code and message.
    """
    envelope = _envelope(response.body)
    message, code = _first_error(envelope or {})
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitError(
            message or "The service asks for fewer requests (HTTP 429).",
            http_status=response.status,
            retry_after=_seconds(response),
        )
    ok = 200 <= response.status < 300  # noqa: PLR2004
    if envelope is None:
        raise _unreadable(response) if ok else _non_json(response)
    if "result" in envelope:
        refused = envelope["result"] is False
    else:
        refused = bool(as_list(envelope.get("errors")))
    if refused or not ok:
        raise _refusal(response, message, code)
    return envelope


def _envelope(body: bytes) -> dict[str, Any] | None:
    # At least this many values, since one stands after each of these; a bound on the memory.
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return None
    try:
        value = json.loads(body, object_hook=hide_tokens)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unreadable(response: Response) -> WiroError:
    empty = not response.body.strip()
    what = "an empty response" if empty else f"no JSON: {_plain(response.body) or '(binary)'}"
    return ProtocolError(f"The service sent {what}.", http_status=response.status)


def _non_json(response: Response) -> WiroError:
    """The error for a failure that does not come from the service, but e.g. from a proxy."""
    if 300 <= response.status < 400:  # noqa: PLR2004
        # The login page of a network redirects too, and is gone after signing in.
        moved = ServiceError(
            f"The service redirects elsewhere (HTTP {response.status}); keys are not sent along.",
            http_status=response.status,
            remedy="Check WIRO_API_URL and whether this network wants you to sign in.",
        )
        moved.retryable = True
        return moved
    kind = _STATUSES.get(response.status, ServiceError)
    if response.proxy and kind is AuthenticationError:
        # The service says in JSON what is wrong with a key.
        refused = ConnectionFailed(response.proxy, http_status=response.status, remedy="")
        refused.patience = 0.0
        return refused
    text = _plain(response.body)
    message = f"HTTP {response.status}{': ' + text if text else ''}"
    error = kind(message, http_status=response.status, retry_after=_seconds(response))
    if kind is AuthenticationError:
        error.remedy = (
            "A proxy or a firewall may have answered in place of the service. Otherwise check"
            " WIRO_API_KEY and WIRO_API_SECRET."
        )
    if kind is ServiceError:
        error.retryable = error.maybe_accepted = (
            response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or response.status == HTTPStatus.REQUEST_TIMEOUT
        )
        error.remedy = (
            response.proxy or "The service or a proxy before it is in trouble; try again later."
        )
    return error


def _refusal(response: Response, message: str, code: int | None) -> WiroError:
    by_text = (kind for pattern, kind in _TEXTS if re.search(pattern, message))
    kind = _CODES.get(code or 0) or _STATUSES.get(response.status) or next(by_text, ServiceError)
    named = re.search(_FIELD, message) if kind in {InputError, ServiceError} else None
    error = kind(
        message or f"The service refused without a reason (HTTP {response.status}).",
        code=code,
        field=named[1] if named else None,
        http_status=response.status,
        retry_after=_seconds(response),
    )
    if kind is ServiceError and response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        error.retryable = True
    return error


def _first_error(envelope: dict[str, Any]) -> tuple[str, int | None]:
    """Message and code of the first error."""
    error = next(iter(as_list(envelope.get("errors"))), None)
    if isinstance(error, str):
        return clean_text(error, _LONGEST_MESSAGE), None
    code = as_dict(error).get("code")
    message = as_clean_text(as_dict(error).get("message"), _LONGEST_MESSAGE)
    return message, None if as_number(code) is None else as_count(code)


def _seconds(response: Response) -> float | None:
    number = as_number(response.retry_after)
    return None if number is None else min(max(0.0, number), LONGEST_RETRY_AFTER)


def _plain(body: bytes) -> str:
    text = re.sub(_TAG, " ", body[:2000].decode("utf-8", "replace"))
    text = re.sub(_NAMED, r"\1[redacted]", text)
    readable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(readable.split())[:200]
