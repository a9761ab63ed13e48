"""Reading what the service sends: numbers as text, JSON in strings, fields that come and go.

Nothing here raises: what cannot be read counts as not sent (wiro-api.md section 7).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal


def as_text(value: Any) -> str:
    """A scalar as text; None, lists and objects as the empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def as_number(value: Any) -> float | None:
    """A finite number, also when sent as decimal text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    # Python also takes "1_000" and digits of other scripts, which nobody else does.
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_time(value: Any) -> float | None:
    """Unix seconds; the service writes "0" and "" for "not yet"."""
    return as_number(value) or None


def as_count(value: Any) -> int:
    """A whole number not below zero; 0 when unknown."""
    return max(0, int(as_number(value) or 0))


def as_money(value: Any) -> Decimal | None:
    """An amount in USD, exactly as written."""
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415 - keeps the import light

    if as_number(value) is None:
        return None
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return None


def as_bool(value: Any) -> bool:
    """True for true, 1 and "true"."""
    return as_text(value).strip().lower() in {"true", "1"}


def from_json(value: Any) -> Any:
    """A value that may be JSON inside a string; text that is no JSON stays text."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def as_list(value: Any) -> list[Any]:
    """A list, also when sent as JSON text; anything else is empty."""
    value = from_json(value)
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """An object, also when sent as JSON text; anything else is empty."""
    value = from_json(value)
    return value if isinstance(value, dict) else {}
