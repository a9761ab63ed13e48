"""Input files of all kinds as streams, so that none is held in memory; safe file names."""

from __future__ import annotations

import io
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from wiro_widgets.media.addresses import is_url
from wiro_widgets.media.pictures import Picture, as_image, held, read_picture
from wiro_widgets.media.sources import Opened, check_size, is_pil_image, open_source, source_of
from wiro_widgets.media.types import SNIFFED_BYTES, sniff

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Part",
    "StoredFile",
    "as_inputs",
    "is_url",
    "open_input",
    "ready_input",
    "safe_name",
    "unique_name",
]

_LONGEST_NAME = 120
_LONGEST_SUFFIX = 10
_RESERVED = r"(?i:con|prn|aux|nul|conin_|conout_|(?:com|lpt)[\d\u00b9\u00b2\u00b3])(?:\.|$)"
"""Names of devices on Windows, whatever follows them."""


class StoredFile(NamedTuple):
    """A file that was made ready when it was stored: it is sent byte for byte."""

    path: Path


class Part(NamedTuple):
    """An open input file.

    Attributes:
        stream: Seekable, positioned at the first byte to send.
        name: File name without directories.
        content_type: Detected from the content, not from the name.
        size: Bytes to send.
        owned: True if closing the part closes the stream.
    """

    stream: BinaryIO
    name: str
    content_type: str
    size: int
    owned: bool

    def close(self) -> None:
        """Close the stream if `open_input` opened it; a file object of the caller stays open."""
        if self.owned:
            self.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def as_inputs(value: Any) -> list[Any]:
    """One input or several, as a list without None and empty strings."""
    # A named tuple is one value.
    several = value if isinstance(value, list) or type(value) is tuple else [value]
    return [
        item for item in several if item is not None and not (isinstance(item, str) and not item)
    ]


def open_input(value: Any, field: str = "file") -> Part:
    """Open what people hold as a file or an image for sending.

    Args:
        value: A `StoredFile`, or whatever `wiro_widgets.media.pictures.read_picture` takes, but
            files of any kind. Anything else becomes an image.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It is none of these, cannot be read, is empty, or is over 100 MB.
    """
    opened = _open(value, field)
    try:
        size = check_size(opened, field)
        start = opened.stream.tell()
        head = opened.stream.read(SNIFFED_BYTES)
        opened.stream.seek(start)
    except BaseException:
        if opened.owned:
            opened.stream.close()
        raise
    content_type, suffix = sniff(head)
    # Shown to people, who never wrote `inputImage`.
    name = opened.name or f"{'image' if 'image' in field.lower() else field}{suffix}"
    return Part(opened.stream, name, content_type, size, opened.owned)


def ready_input(value: Any, field: str, *, as_picture: bool) -> Any:
    """An input as it is sent: a picture where the model takes one, anything else as it came.

    Args:
        value: A `StoredFile`, which stays as it is, or anything that can be sent.
        field: The parameter it is for, named in errors.
        as_picture: Whether that takes pictures.

    Raises:
        InputError: A picture is needed, and this is none.
    """
    if isinstance(value, StoredFile):
        return value
    return as_image(value, field) if as_picture else held(value, field)


def _open(value: Any, field: str) -> Opened:
    given = value.path if isinstance(value, StoredFile) else held(value, field)
    if not isinstance(given, Picture):
        source = source_of(given, field)
        if not is_pil_image(source.content):
            return open_source(source, field)
        given = read_picture(given, field)
    return Opened(io.BytesIO(given.data), given.name, owned=True)


def safe_name(name: str) -> str:
    """`name` made safe: it stays in its directory and is valid on all systems.

    A long one keeps its beginning, which tells it from others, and a suffix that is one. Letters
    with accents are single characters (NFC), as macOS may write them in two.
    """
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = re.sub("\0+", "_", "".join(map(_safe_letter, base))).strip("._ ")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = plain, "", ""
    # Systems count bytes.
    room = _LONGEST_NAME - len(f"{dot}{suffix}".encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore").rstrip("._ ") + dot + suffix
    return f"_{kept}" if re.match(_RESERVED, kept) else kept or "output"


def _safe_letter(letter: str) -> str:
    # Marks are parts of letters in many scripts.
    return (
        letter if re.match(r"[\w.\-]", letter) or unicodedata.category(letter)[0] == "M" else "\0"
    )


def unique_name(name: str) -> str:
    """`name` with a random suffix: the service refuses to store a name twice."""
    path = Path(name)
    return f"{path.stem[:80] or 'file'}-{os.urandom(6).hex()}{path.suffix}"
