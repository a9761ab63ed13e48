"""API credentials and request signing. Neither key nor secret is ever shown."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from typing import NoReturn

from wiro_widgets.errors import CredentialsError

KEY_VARIABLE = "WIRO_API_KEY"
SECRET_VARIABLE = "WIRO_API_SECRET"  # noqa: S105 - the name of a variable, not a secret


def signature(api_key: str, api_secret: str, nonce: str) -> str:
    """Lowercase hex HMAC-SHA256 of ``secret + nonce`` under the *key*.

    Key and message may look reversed, but all official SDKs agree (wiro.ai/docs, Authentication).
    """
    message = f"{api_secret}{nonce}".encode()
    return hmac.new(api_key.encode(), message, hashlib.sha256).hexdigest()


class Credentials:
    """An API key with its secret. An empty secret means a key-only ("Simple") project.

    Args:
        api_key: The project's key.
        api_secret: The project's secret, shown once when the project was created.

    Raises:
        CredentialsError: The key is empty or holds characters no HTTP header can carry.
    """

    __slots__ = ("_key", "_secret")

    def __init__(self, api_key: str, api_secret: str = "") -> None:
        self._key = api_key.strip()
        self._secret = api_secret.strip()
        if not self._key:
            raise CredentialsError(
                "The API key is empty.",
                field="api_key",
                remedy=f"Set {KEY_VARIABLE} (and {SECRET_VARIABLE}), or pass api_key.",
            )
        if not (self._key.isascii() and self._key.isprintable()):
            raise CredentialsError(
                "The API key holds characters that a key never has.",
                field="api_key",
                remedy="Copy it again from the Wiro dashboard.",
            )

    @classmethod
    def from_env(cls) -> Credentials:
        """Read ``WIRO_API_KEY`` and ``WIRO_API_SECRET``; the secret may be unset.

        Raises:
            CredentialsError: ``WIRO_API_KEY`` is unset or empty.
        """
        key = os.environ.get(KEY_VARIABLE, "")
        if not key.strip():
            raise CredentialsError(
                f"{KEY_VARIABLE} is not set.",
                field="api_key",
                remedy=f"Set {KEY_VARIABLE} and {SECRET_VARIABLE} (no secret: key-only project).",
            )
        return cls(key, os.environ.get(SECRET_VARIABLE, ""))

    @property
    def signed(self) -> bool:
        """Whether requests are signed; False for a key-only project."""
        return bool(self._secret)

    def headers(self, nonce: str | None = None) -> dict[str, str]:
        """The authentication headers of one request.

        Args:
            nonce: Any text of digits; by default the time in nanoseconds, fresh for each call,
                because the service's replay window is not documented.
        """
        if not self._secret:
            return {"x-api-key": self._key}
        nonce = nonce or str(time.time_ns())
        signed = signature(self._key, self._secret, nonce)
        return {"x-api-key": self._key, "x-nonce": nonce, "x-signature": signed}

    def redact(self, text: str) -> str:
        """`text` without the key and the secret, should the service echo them."""
        for secret in (self._key, self._secret):
            if secret:
                text = text.replace(secret, "[redacted]")
        return text

    def __repr__(self) -> str:
        return f"Credentials({'signed' if self._secret else 'key only'}, [redacted])"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are not pickled: read them where they are needed.")
