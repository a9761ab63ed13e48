"""The JSON envelope of every answer, and the errors it reports."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]

GENERAL, NOT_FOUND, CONCURRENCY, BALANCE, SIGN_IN = 0, 1, 96, 97, 98


class Refusal(Exception):  # noqa: N818 - what the service answers, not a defect
    """An answer with ``result`` false and one error.

    Attributes:
        code: The service's error code (0 general, 1 not found or wrong state, 96, 97, 98).
        message: The error text, with the service's own spelling mistakes.
        status: HTTP status. The service answers most errors with 200.
        fields: Further members of the envelope.
        headers: Further HTTP headers.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int = GENERAL,
        status: int = 200,
        fields: JSON | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields or {}
        self.headers = headers or {}

    def body(self) -> JSON:
        """The envelope to send."""
        return failure(self.message, code=self.code, **self.fields)


def success(**fields: Any) -> JSON:
    """The envelope of a successful answer."""
    return {"result": True, "errors": [], **fields}


def failure(message: str, *, code: int = GENERAL, **fields: Any) -> JSON:
    """The envelope of an answer with one error."""
    return {"result": False, "errors": [{"code": code, "message": message}], **fields}
