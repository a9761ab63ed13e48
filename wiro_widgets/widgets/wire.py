"""What may pass between kernel and browser: so much of it, and nothing that JSON cannot say."""

from __future__ import annotations

import math
import re
from typing import Any

MOST_CHARACTERS = 100_000
"""Of one text from the browser."""
MOST_VALUES = 10_000
"""In one message or trait from the browser, on all levels."""
MOST_LEVELS = 20
"""Of lists and objects within each other."""
_LARGEST_NUMBER = 2**53
_SURROGATES = re.compile("[\ud800-\udfff]")


def too_much(value: object) -> str:
    """Why a message or trait of the browser is not taken, in a sentence; "" when it is."""
    waiting = [(value, 1)]
    count = 0
    while waiting:
        one, level = waiting.pop()
        count += 1
        if count + len(waiting) > MOST_VALUES:
            return f"There are over {MOST_VALUES:,} values in it, and that is too many."
        if isinstance(one, str) and len(one) > MOST_CHARACTERS:
            return f"A text has {len(one):,} characters, and at most {MOST_CHARACTERS:,} are taken."
        if isinstance(one, (int, float)) and not abs(one) <= _LARGEST_NUMBER:
            return "A number is too large, or is none."
        if isinstance(one, (dict, list)):
            if level > MOST_LEVELS:
                return f"Values lie over {MOST_LEVELS} levels deep, and that is too deep."
            inside = [*one, *one.values()] if isinstance(one, dict) else one
            waiting += [(each, level + 1) for each in inside[:MOST_VALUES]]
    return ""


def sendable(value: Any) -> Any:
    """A value as it can be sent: half a character becomes U+FFFD, what is no number None.

    One emoji that was cut in two would otherwise keep a whole widget from the page.
    """
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATES.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {sendable(name): sendable(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [sendable(each) for each in value]
    return value
