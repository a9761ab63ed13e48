"""Input files of all kinds as streams, so that none is held in memory; safe file names."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from wiro_widgets.errors import InputError
from wiro_widgets.schema.parsing import clean_text

if TYPE_CHECKING:
    from typing_extensions import Self


MAX_FILE_BYTES = 100 * 1024 * 1024
"""The service's limit for one file (wiro.ai/docs, Files)."""

_SNIFF_BYTES = 32
_LONGEST_PROBLEM = 1_000
_COPY_BYTES = 256 * 1024
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (rb"RIFF....WEBP", "image/webp", ".webp"),
    (rb"GIF8", "image/gif", ".gif"),
    (rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", "image/heic", ".heic"),
    (rb"....ftypavif", "image/avif", ".avif"),
    (rb"....ftypqt", "video/quicktime", ".mov"),
    (rb"....ftypM4A", "audio/mp4", ".m4a"),
    (rb"....ftyp", "video/mp4", ".mp4"),
    (rb"\x1aE\xdf\xa3", "video/webm", ".webm"),
    (rb"RIFF....WAVE", "audio/wav", ".wav"),
    (rb"ID3|\xff\xfb", "audio/mpeg", ".mp3"),
    (rb"fLaC", "audio/flac", ".flac"),
    (rb"%PDF-", "application/pdf", ".pdf"),
    (rb"PK\x03\x04", "application/zip", ".zip"),
)
_UNSAFE = r"[^\w.\-]+"
_LONGEST_NAME = 120
_LONGEST_SUFFIX = 10
_RESERVED = r"(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)"


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


def is_url(value: Any) -> bool:
    """True for the text of an http(s) address."""
    return isinstance(value, str) and value.lower().startswith(("http://", "https://"))


def is_pil_image(value: Any) -> bool:
    """True for an image of Pillow, also one that a plugin has opened; imports nothing."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def as_inputs(value: Any) -> list[Any]:
    """One input or several, as a list without None and empty strings."""
    # A named tuple is one value.
    several = value if isinstance(value, list) or type(value) is tuple else [value]
    return [
        item for item in several if item is not None and not (isinstance(item, str) and not item)
    ]


def open_input(value: Any, field: str = "file") -> Part:
    """Open a path, bytes, file object, PIL image or numpy array for sending.

    Args:
        value: The input. A file object is sent from its current position and left open.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It is none of these, cannot be read, is empty, or is over 100 MB.
    """
    stream, name, owned = _open(value, field)
    try:
        start = stream.tell()
        head = stream.read(_SNIFF_BYTES)
        size = stream.seek(0, io.SEEK_END) - start
        stream.seek(start)
        _check_size(size, name or "the input", field)
    except BaseException:
        if owned:
            stream.close()
        raise
    content_type, suffix = sniff(head)
    return Part(stream, name or f"{field}{suffix}", content_type, size, owned)


def _check_size(size: int, name: str, field: str) -> None:
    if not size:
        raise InputError(f"{name} is empty.", field=field)
    if size > MAX_FILE_BYTES:
        raise InputError(
            f"{name} is {size / 1e6:.0f} MB.",
            field=field,
            remedy="The service accepts files up to 100 MB.",
        )


def sniff(head: bytes) -> tuple[str, str]:
    """Content type and usual suffix of a file, by its first bytes."""
    for pattern, content_type, suffix in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            return content_type, suffix
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        # A multi-byte character may be cut at the end of what was looked at.
        text = head.decode("utf-8", "ignore") if error.start > len(head) - 4 else "\0"
    return ("application/octet-stream", ".bin") if "\0" in text else ("text/plain", ".txt")


def _open(value: Any, field: str) -> tuple[BinaryIO, str, bool]:
    if isinstance(value, str) and "://" in value:
        raise InputError(
            f"{clean_text(value, _LONGEST_PROBLEM)!r} is not an address of the web.",
            field=field,
            remedy="Addresses begin with https:// or http://.",
        )
    if isinstance(value, (str, Path)):
        return _open_path(Path(value).expanduser(), field)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return io.BytesIO(value), "", True
    if isinstance(data := getattr(value, "data", None), bytes):
        # A prepared `media.pictures.Picture`.
        return io.BytesIO(data), value.name, True
    if is_pil_image(value):
        return _encode_image(value), f"{field}.png", True
    if hasattr(value, "__array_interface__"):
        return _encode_array(value, field), f"{field}.png", True
    if hasattr(value, "read"):
        return _open_stream(value, field)
    raise InputError(
        f"{field} can't be of type {type(value).__name__}.",
        field=field,
        remedy="Use a path, bytes, a file opened in binary mode, a PIL image, an array or a URL.",
    )


def _open_path(path: Path, field: str) -> tuple[BinaryIO, str, bool]:
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not path.is_fifo():
            return path.open("rb"), path.name, True
        reason = "It is a pipe"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    problem = clean_text(f"Can't read {path} ({reason}).", _LONGEST_PROBLEM)
    raise InputError(problem, field=field, remedy=f"Relative paths start at {Path.cwd()}.")


def _open_stream(value: Any, field: str) -> tuple[BinaryIO, str, bool]:
    raw_name = getattr(value, "name", "")
    name = Path(raw_name).name if isinstance(raw_name, str) else ""
    if isinstance(value.read(0), str):
        raise InputError(
            f"The file for {field} is open in text mode.",
            field=field,
            remedy='Open it with "rb".',
        )
    if hasattr(value, "seekable") and value.seekable():
        return cast("BinaryIO", value), name, False
    from tempfile import TemporaryFile  # noqa: PLC0415 - rarely needed

    spool = TemporaryFile()  # noqa: SIM115 - closed by Part.close
    while piece := value.read(_COPY_BYTES):
        spool.write(piece)
    spool.seek(0)
    return cast("BinaryIO", spool), name, True


def _encode_image(image: Any) -> BinaryIO:
    buffer = io.BytesIO()
    plain = image if image.mode in {"RGB", "RGBA", "L"} else image.convert("RGB")
    plain.save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def _encode_array(array: Any, field: str) -> BinaryIO:
    from PIL import Image  # noqa: PLC0415 - only needed for arrays

    if str(getattr(array, "dtype", "")) != "uint8":
        raise InputError(
            f"An array of {getattr(array, 'dtype', 'unknown type')} is not an image.",
            field=field,
            remedy="Use uint8 values from 0 to 255, e.g. (array * 255).astype('uint8').",
        )
    try:
        return _encode_image(Image.fromarray(array))
    except (TypeError, ValueError):
        shape = getattr(array, "shape", ())
    raise InputError(
        f"An array of shape {shape} is not an image.",
        field=field,
        remedy="Use (height, width), (height, width, 3) or (height, width, 4).",
    )


def safe_name(name: str) -> str:
    """`name` made safe: it stays in its directory and is valid on all systems.

    A long one keeps its beginning, which tells it from others, and a suffix that is one.
    """
    base = re.split(r"[/\\]", name)[-1]
    plain = re.sub(_UNSAFE, "_", base).strip("._ ")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = plain, "", ""
    # Systems count bytes.
    room = _LONGEST_NAME - len(f"{dot}{suffix}".encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore").rstrip("._ ") + dot + suffix
    return f"_{kept}" if re.match(_RESERVED, kept) else kept or "output"


def unique_name(name: str) -> str:
    """`name` with a random suffix: the service refuses to store a name twice."""
    path = Path(name)
    return f"{path.stem[:80] or 'file'}-{os.urandom(6).hex()}{path.suffix}"
