"""Text for a terminal that does not have every character, such as one that is set to ASCII."""

# ruff: noqa: RUF001 - these signs are what it is about

from __future__ import annotations

import codecs
import sys

_HANDLER = "wiro_widgets.plain"
_PLAIN = {
    **dict.fromkeys("·–—−", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”„", '"'),
    "…": "...",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "\u00a0": " ",
}


def for_terminal(text: str) -> str:
    r"""A text as standard output can show it: signs as plain ones, the rest as ``\xe9``."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, _HANDLER).decode(encoding)
    except (LookupError, UnicodeError):
        return text.encode("ascii", _HANDLER).decode()


def _as_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    plain = (_PLAIN.get(one) or one.encode("ascii", "backslashreplace").decode() for one in found)
    return "".join(plain), error.end


codecs.register_error(_HANDLER, _as_plain)
