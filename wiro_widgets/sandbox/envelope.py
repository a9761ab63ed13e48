"""The envelope every answer of the service comes in, and the refusals it carries."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]

GENERAL, NOT_FOUND, CONCURRENCY, BALANCE, SIGN_IN = 0, 1, 96, 97, 98


class Refusal(Exception):  # noqa: N818 - named for what the service does, not for a defect
    """The service says no: ``result`` false, with one error.

    Attributes:
        code: The service's error code (0 general, 1 not found or wrong state, 96, 97, 98).
        message: The text of the error, spelling slips of the service included.
        status: HTTP status. The service answers most failures with 200.
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
    """An envelope that says yes."""
    return {"result": True, "errors": [], **fields}


def failure(message: str, *, code: int = GENERAL, **fields: Any) -> JSON:
    """An envelope that says no."""
    return {"result": False, "errors": [{"code": code, "message": message}], **fields}
