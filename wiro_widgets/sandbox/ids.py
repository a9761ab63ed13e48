"""Random identifiers in the shapes the service uses, and the spelling of slugs."""

from __future__ import annotations

import re
import secrets
import string

_ALPHANUMERIC = string.ascii_letters + string.digits
TOKEN_LENGTH = 30


def token(length: int = TOKEN_LENGTH) -> str:
    """Random alphanumeric text, like ``socketaccesstoken`` and ``accesskey``."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def hex_groups() -> str:
    """Eight groups of eight hexadecimal digits, the directory of a file on the CDN."""
    digits = secrets.token_hex(32)
    return "-".join(digits[start : start + 8] for start in range(0, 64, 8))


def clean_slug(text: str) -> str:
    """The clean spelling of a slug: ``hailuo-2.3-Fast`` becomes ``hailuo-2-3-fast``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
