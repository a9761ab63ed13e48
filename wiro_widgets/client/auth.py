"""API credentials and request signing; what a service echoes of secrets. None is ever shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import time
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import quote

from wiro_widgets.errors import CredentialsError
from wiro_widgets.schema.parsing import TOKEN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_VARIABLE = "WIRO_API_KEY"
SECRET_VARIABLE = "WIRO_API_SECRET"  # noqa: S105 - the name of a variable, not a secret

_REDACTED = b"[redacted]"
_SHORTEST_SECRET = 8
"""Characters: anything shorter stands in a response by chance."""
_MOST_TOKENS = 200
"""Tokens that are looked for, the newest ones."""
_FIELD = rf'"(?:{"|".join(TOKEN_FIELDS)})"\s*:\s*"'.encode()
_LONGEST_FIELD = 64
_IN_FIELD = _FIELD + rb'([^"\\]+)'

_Value = TypeVar("_Value")


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
        CredentialsError: The key is empty or holds characters no HTTP header can carry, or the
            secret cannot be encoded.
    """

    __slots__ = ("_reveal",)

    def __init__(self, api_key: str, api_secret: str = "") -> None:
        self._reveal = _sealed((api_key.strip(), api_secret.strip()))
        # Of an error raised below, this frame is a part.
        del api_key, api_secret
        if not self._reveal()[0]:
            raise CredentialsError(
                "The API key is empty.",
                field="api_key",
                remedy=f"Set {KEY_VARIABLE} (and {SECRET_VARIABLE}), or pass api_key.",
            )
        if not (self._reveal()[0].isascii() and self._reveal()[0].isprintable()):
            raise CredentialsError(
                "The API key holds characters that a key never has.",
                field="api_key",
                remedy="Copy it again from the Wiro dashboard.",
            )
        if re.search("[\ud800-\udfff]", self._reveal()[1]):
            raise CredentialsError(
                "The API secret holds characters that a secret never has.",
                field="api_secret",
                remedy="Copy it again from the Wiro dashboard.",
            )

    @classmethod
    def from_env(cls) -> Credentials:
        """Read ``WIRO_API_KEY`` and ``WIRO_API_SECRET``; the secret may be unset.

        Raises:
            CredentialsError: ``WIRO_API_KEY`` is unset or empty.
        """
        if not os.environ.get(KEY_VARIABLE, "").strip():
            raise CredentialsError(
                f"{KEY_VARIABLE} is not set.",
                field="api_key",
                remedy=f"Set {KEY_VARIABLE} and {SECRET_VARIABLE} (no secret: key-only project).",
            )
        return cls(os.environ[KEY_VARIABLE], os.environ.get(SECRET_VARIABLE, ""))

    @property
    def signed(self) -> bool:
        """Whether requests are signed; False for a key-only project."""
        return bool(self._reveal()[1])

    def headers(self, nonce: str | None = None) -> dict[str, str]:
        """The authentication headers of one request.

        Args:
            nonce: Any text of digits; by default the time in nanoseconds, fresh for each call,
                because the service's replay window is not documented.
        """
        key, secret = self._reveal()
        if not secret:
            return {"x-api-key": key}
        nonce = nonce or str(time.time_ns())
        return {"x-api-key": key, "x-nonce": nonce, "x-signature": signature(key, secret, nonce)}

    @property
    def account(self) -> str:
        """Tells this key from others without telling the key: a digest, cut to 16 digits."""
        key = self._reveal()[0]
        return hashlib.sha256(f"wiro_widgets account {key}".encode()).hexdigest()[:16]

    def redactor(self) -> Redactor:
        """Takes the key and the secret out of what a service sends."""
        return Redactor(*self._reveal())

    def __repr__(self) -> str:
        return f"Credentials({'signed' if self.signed else 'key only'}, [redacted])"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are not pickled: read them where they are needed.")


class Redactor:
    """Takes secrets that a service echoes out of what it sends, before anything else sees it.

    It also finds the tokens of tasks in what it reads, by their fields: there they stay, and
    everywhere else they are taken out. Thread-safe.

    Args:
        secrets: What may stand nowhere. It is found as plain text, percent-encoded, in JSON and in
            base64.
    """

    __slots__ = ("_reveal",)

    def __init__(self, *secrets: str) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        tokens: dict[bytes, None] = {}
        self._reveal = _sealed((frozenset(forms), tokens))

    def note(self, token: str) -> None:
        """Take a token out, too, of whatever comes from now on."""
        tokens = self._reveal()[1]
        if len(token) >= _SHORTEST_SECRET:
            tokens[token.encode()] = None
        for oldest in list(tokens)[:-_MOST_TOKENS]:
            tokens.pop(oldest, None)

    def __call__(self, data: bytes) -> bytes:
        """`data` without secrets."""
        for found in islice(re.finditer(_IN_FIELD, data), _MOST_TOKENS):
            self.note(found[1].decode("utf-8", "replace"))
        forms, tokens = self._reveal()
        for form in forms:
            data = data.replace(form, _REDACTED)
        for token in list(tokens):
            data = _without_token(data, token)
        return data


def _without_token(data: bytes, token: bytes) -> bytes:
    """`data` in which a token stands in its own fields only."""
    pieces = data.split(token)
    kept = [pieces[0]]
    for before, piece in pairwise(pieces):
        in_field = re.search(_FIELD + rb"\Z", before[-_LONGEST_FIELD:])
        kept += [token if in_field else _REDACTED, piece]
    return b"".join(kept)


def _forms(secret: str) -> set[bytes]:
    """How a secret may be written."""
    if len(secret) < _SHORTEST_SECRET:
        return set()
    plain = secret.encode()
    forms = {plain, json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode()}
    for before in range(3):
        # In base64 the first and the last characters depend on what stands around.
        encoded = base64.b64encode(bytes(before) + plain)
        inner = encoded[-(-before * 4 // 3) : (before + len(plain)) // 3 * 4]
        forms |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def _sealed(value: _Value) -> Callable[[], _Value]:
    """A value where neither ``repr`` nor ``vars`` finds it, nor a traceback with variables."""
    return lambda: value
