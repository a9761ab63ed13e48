"""Reading values the service sends: numbers as text, JSON in strings, optional fields, slugs.

The ``as_*`` functions never raise: an unreadable value counts as absent.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any, SupportsIndex
from urllib.parse import quote

from wiro_widgets.errors import InputError

if TYPE_CHECKING:
    from decimal import Decimal

_PAGE = r"(?i)https?://[^/]+/(?:models|tools)/"
_NOT_CLEAN = r"[\W_]+"
_LARGEST_EXPONENT = 30
_LONGEST_AMOUNT = 64
_LAST_TIME = 253_402_300_799  # the end of the year 9999, the last one that calendars know
_LARGEST_COUNT = 2**53
TOKEN_FIELDS = ("socketaccesstoken", "tasktoken")
"""Fields whose values grant access to a task."""
SECONDS_FIELDS = ("duration", "seconds", "durationSeconds", "videoSeconds")
"""Settings that are a number of seconds, whatever the model calls them."""
LONGEST_TEXT = 20_000
"""Characters of one text from outside that are kept: more than any prompt or description."""
LONGEST_LABEL = 500
"""Characters of a title, a name or an id that are kept."""
LONGEST_LINE = 2_000
"""Characters of a line of a log that are kept."""
LONGEST_LOG = 200_000
"""Characters of the end of a log that are kept."""
# C0 and C1 controls but tab and line feed, which terminals obey, and the characters that turn the
# direction of whatever is written after them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# What Unicode does not take apart, and people type without its stroke or as two letters.
_LETTERS = str.maketrans(
    {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'}
)
_OTHER_LETTER = 9
"""The highest combining class (a virama) of a mark that makes another letter."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean_text(text: str, most: int = LONGEST_TEXT) -> str:
    """Text from outside as it may be shown, logged and stored.

    Control characters and those that turn the direction of text are taken out, lone surrogates
    (cut-off emoji in JSON) become U+FFFD, and what is longer than `most` ends in "…".
    """
    if len(text) > most:
        text = text[: most - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def fold(text: str) -> str:
    """Text as it is searched: capitals, accents and typographic forms make no difference.

    "İstanbul" and "istanbul" fold alike, so do "Straße" and "STRASSE", "café" in both its spellings
    of Unicode, "smørrebrød" and "smorrebrod".
    """
    if text.isascii():
        return text.lower()
    # Twice: some capitals fold to letters with accents, and some forms are made of capitals.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    # Beyond accents there are marks that make another letter, as in Japanese and Hindi.
    bare = "".join(each for each in parts if unicodedata.combining(each) <= _OTHER_LETTER)
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


class Secret(str):
    """A secret, such as a token, whose repr does not tell it, nor a traceback with variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[redacted]'"

    def __getitem__(self, key: SupportsIndex | slice) -> Secret:
        # Some tools cut what is long before they show it.
        return Secret(super().__getitem__(key))


def as_clean_text(value: Any, most: int = LONGEST_TEXT) -> str:
    """A scalar that the service sent as text; see `clean_text`."""
    return clean_text(as_text(value), most)


def as_label(value: Any) -> str:
    """A title, a name or an id that the service sent."""
    return as_clean_text(value, LONGEST_LABEL)


def as_log(value: Any, most: int = LONGEST_LOG) -> str:
    """The end of a log that the service sent; lines beyond `LONGEST_LINE` end in "…"."""
    text = as_text(value)
    if len(text) > most:
        text = "…" + text[1 - most :]
    lines = clean_text(text, most).split("\n")
    return "\n".join(clean_text(line, LONGEST_LINE) for line in lines)


def as_text(value: Any) -> str:
    """A scalar as text, exactly; "" for None, lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def as_number(value: Any) -> float | None:
    """A finite number, also from decimal text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    # Python also accepts "1_000" and digits of other scripts.
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_time(value: Any) -> float | None:
    """Unix seconds; None for "0" and "", which mean "not yet", and for what no calendar has."""
    seconds = as_number(value)
    return seconds if seconds and 0 < seconds <= _LAST_TIME else None


def as_count(value: Any) -> int:
    """A non-negative integer; 0 if unknown, or too large to be a count of anything."""
    number = as_number(value) or 0
    return int(number) if 0 <= number <= _LARGEST_COUNT else 0


def as_money(value: Any) -> Decimal | None:
    """An amount in USD, exactly as written.

    None when the exponent is beyond 30 either way, or when there are over 64 characters: such text
    is no amount, and ``1e-999999999`` written out would fill the memory.
    """
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415 - keeps the import light

    text = as_text(value).strip() if as_number(value) is not None else ""
    if not text or len(text) > _LONGEST_AMOUNT:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if abs(amount.adjusted()) <= _LARGEST_EXPONENT else None


def as_bool(value: Any) -> bool:
    """True for true, 1 and "true"."""
    return as_text(value).strip().lower() in {"true", "1"}


def from_json(value: Any) -> Any:
    """Decode JSON inside a string; other text and other values are returned as they are."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def hide_tokens(item: dict[str, Any]) -> dict[str, Any]:
    """An object as decoded from JSON, its tokens as `Secret`: an ``object_hook``."""
    for name in TOKEN_FIELDS:
        if isinstance(item.get(name), str):
            item[name] = Secret(item[name])
    return item


def as_list(value: Any) -> list[Any]:
    """A list, also from JSON text; empty for anything else."""
    value = from_json(value)
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """An object, also from JSON text; empty for anything else."""
    value = from_json(value)
    return value if isinstance(value, dict) else {}


def normalize_slug(text: str) -> str:
    """The clean slug for any spelling of a model's name.

    ``MiniMax/hailuo-2.3-Fast``, ``minimax/hailuo-2.3-fast``, ``MiniMax Hailuo 2.3 Fast`` and
    the address of the model's page all give ``minimax/hailuo-2-3-fast``.

    Raises:
        InputError: There is no owner and project in it.
    """
    owner, project = _split(text)
    clean = [re.sub(_NOT_CLEAN, "-", part.lower()).strip("-") for part in (owner, project)]
    if not all(clean):
        raise _no_model(text)
    return "/".join(clean)


def run_path(model: str) -> str:
    """The path of ``Run`` for a model, percent-encoded.

    Raw slugs (those with capitals or blanks, even a leading one) are sent as they are, since
    the clean form of an odd one cannot be derived with certainty; both are routed.
    """
    owner, project = _split(model)
    raw = "/" in model and (model != model.lower() or " " in owner + project)
    if not raw:
        owner, project = normalize_slug(model).split("/")
    if {owner.strip(), project.strip()} & {"", ".", ".."}:
        raise _no_model(model)
    return f"Run/{quote(owner, safe='')}/{quote(project, safe='')}"


def _split(text: object) -> tuple[str, str]:
    if not isinstance(text, str):
        raise _no_model(text)
    name = re.sub(_PAGE, "", text).strip("/\t\n\r ")
    owner, slash, project = name.partition("/")
    if not slash:
        owner, _, project = name.partition(" ")
    if "/" in project:
        raise _no_model(text)
    return owner.rstrip(), project


def _no_model(text: object) -> InputError:
    return InputError(
        f"There is no model named {text!r}.",
        field="model",
        remedy='Write it as "owner/model", e.g. "minimax/hailuo-2.3-fast".',
    )
