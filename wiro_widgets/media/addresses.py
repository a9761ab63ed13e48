"""Addresses of files and images: of the web, of this computer, and with the file in them."""

from __future__ import annotations

import base64
import contextlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from wiro_widgets.errors import InputError
from wiro_widgets.schema.parsing import clean_text

_LONGEST_SAID = 40
"""Characters of an address or a pasted text that are repeated; a data URI may have millions."""
_DATA_URI = re.compile(r"data:([^,]*),", re.IGNORECASE)


def is_url(value: Any) -> bool:
    """True for the text of an http(s) address."""
    return isinstance(value, str) and value.lower().startswith(("http://", "https://"))


def said(text: str) -> str:
    """The beginning of a text in quotes, for an error."""
    short = text if len(text) <= _LONGEST_SAID else text[: _LONGEST_SAID - 1] + "…"
    return repr(clean_text(short, _LONGEST_SAID))


def checked_address(url: str, field: str = "image") -> str:
    """An http(s) address without blanks around it.

    Raises:
        InputError: It is none, or has no host.
    """
    text = url.strip()
    host = None
    with contextlib.suppress(ValueError):
        host = urlsplit(text).hostname
    if not is_url(text) or not host:
        raise InputError(
            f"{field}={said(text)} is not an address.",
            field=field,
            remedy="An address begins with https:// or http:// and a host.",
        )
    return text


def path_of(address: str, field: str) -> Path:
    """The path of a ``file://`` address.

    Raises:
        InputError: It is on another computer, or none.
    """
    host, path = "?", ""
    try:
        parts = urlsplit(address)
        host, path = parts.netloc, url2pathname(parts.path)
    except ValueError:
        pass
    if host.lower() not in {"", "localhost"} or not path:
        raise InputError(
            f"{said(address)} is not a file on this computer.",
            field=field,
            remedy="Give the path without file://.",
        )
    return Path(path)


def from_data_uri(text: str, field: str) -> bytes:
    """The file in a data URI, which is never repeated whole.

    Raises:
        InputError: It is broken, or has no file in it.
    """
    head = _DATA_URI.match(text)
    content = unquote_to_bytes(text[head.end() :]) if head else b""
    try:
        if head and head[1].lower().replace(" ", "").endswith(";base64"):
            content = decode_base64(content)
    except ValueError:
        raise InputError(
            f"The data URI {said(text)} is not complete.",
            field=field,
            remedy='It must be "data:image/png;base64," and then the whole of the file.',
        ) from None
    if not content:
        raise InputError(f"The data URI {said(text)} has no image in it.", field=field)
    return content


def decode_base64(text: bytes) -> bytes:
    """From base64, also of the kind for addresses, and without the padding that people lose.

    Raises:
        ValueError: It is none.
    """
    packed = b"".join(text.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
