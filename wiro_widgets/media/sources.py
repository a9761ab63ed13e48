"""What people hold that has a file or an image in it, as one of few things that can be read."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import unquote

from wiro_widgets.errors import InputError
from wiro_widgets.media.addresses import from_data_uri, is_url, path_of, said
from wiro_widgets.media.arrays import image_from_array, is_array
from wiro_widgets.media.types import SNIFFED_BYTES, sniff
from wiro_widgets.media.wrappers import is_a, unwrapped
from wiro_widgets.schema.parsing import clean_text

MAX_FILE_BYTES = 100 * 1024 * 1024
"""The service's limit for one file (wiro.ai/docs, Files)."""

_LONGEST_PROBLEM = 1_000
_LONGEST_PATH, _LONGEST_NAME = 4_096, 255
_COPY_BYTES = 256 * 1024
_KINDS = "Use a path, bytes, a file opened in binary mode, a PIL image, an array or a URL."


class Source(NamedTuple):
    """A file, or an image that is in memory.

    Attributes:
        content: Path, bytes, file object, Pillow image, or the text of an http(s) address.
        name: File name without directories; "" when it has none.
        notes: For the user, about what was changed.
    """

    content: Any
    name: str = ""
    notes: tuple[str, ...] = ()


class Opened(NamedTuple):
    """A file that can be read.

    Attributes:
        stream: Seekable, at the first byte that counts.
        name: File name without directories; "" when it has none.
        owned: Whether whoever opened it closes it.
    """

    stream: BinaryIO
    name: str
    owned: bool


def is_pil_image(value: Any) -> bool:
    """True for an image of Pillow, also one that a plugin has opened; imports nothing."""
    return is_a(value, "PIL.Image", "Image")


def source_of(value: Any, field: str) -> Source:  # noqa: PLR0911 - one for each kind
    """What a value has in it.

    Args:
        value: Path, bytes, file object, image, array, figure, upload, data URI, or what shows
            itself as an image in a notebook.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It is none of these, or has nothing in it.
    """
    if isinstance(value, (type, ModuleType)):
        kind = "module" if isinstance(value, ModuleType) else "class"
        raise InputError(
            f"{field} can't be the {kind} {value.__name__}.", field=field, remedy=_KINDS
        )
    if isinstance(value, Path):
        return _of_path(value)
    if isinstance(value, str):
        return _of_text(str(value), field)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _of_bytes(bytes(value), field)
    if is_pil_image(value):
        return Source(value, Path(str(getattr(value, "filename", "") or "")).name)
    if isinstance(value, os.PathLike):
        return _of_text(os.fsdecode(value), field)
    if is_array(value):
        return Source(*_array(value, field))
    if hasattr(value, "read"):
        return Source(value, _name_of_file(value))
    inside = unwrapped(value, field)
    if inside is not None:
        found = source_of(inside.content, field)
        return found._replace(name=inside.name or found.name)
    kind = type(value).__name__
    raise InputError(f"{field} can't be of type {kind}.", field=field, remedy=_KINDS)


def open_source(source: Source, field: str) -> Opened:
    """Open a source that is a path, bytes or a file object.

    A file object is read from where it is, and from its beginning if it stands at its end or an
    image begins there and not here: what has just been written is meant.

    Raises:
        InputError: It cannot be read.
    """
    content, name = source.content, source.name
    if isinstance(content, str):
        raise InputError(
            f"{said(content)} is an address, not a file.",
            field=field,
            remedy="Pass it where the model takes one: the service fetches it.",
        )
    if isinstance(content, Path):
        return Opened(_open_path(content, field), name, owned=True)
    if isinstance(content, bytes):
        return Opened(io.BytesIO(content), name, owned=True)
    try:
        return _open_file(content, name, field)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - anybody's file object
        closed = getattr(content, "closed", False) is True
        problem = "is closed" if closed else f"can't be read ({error})"
        if isinstance(error, io.UnsupportedOperation):
            problem = "is not open for reading"
    raise InputError(
        clean_text(f"This file {problem}.", _LONGEST_PROBLEM),
        field=field,
        remedy="Open it again, or give its path." if closed else 'Open it with "rb".',
    )


def check_size(opened: Opened, field: str) -> int:
    """The bytes from where a file is to its end, where it stays.

    Raises:
        InputError: There are none, or more than the service takes.
    """
    start = opened.stream.tell()
    size = opened.stream.seek(0, io.SEEK_END) - start
    opened.stream.seek(start)
    name = opened.name or "The input"
    if not size:
        raise InputError(f"{name} is empty.", field=field)
    if size > MAX_FILE_BYTES:
        raise InputError(
            f"{name} is {size / 1e6:.0f} MB.",
            field=field,
            remedy="The service accepts files up to 100 MB.",
        )
    return size


def _of_text(text: str, field: str) -> Source:
    plain = text.strip()
    if is_url(plain):
        return Source(plain, unquote(plain.rsplit("/", 1)[-1]))
    if plain[:5].lower() == "data:":
        return Source(from_data_uri(plain, field), "")
    if plain[:7].lower() == "file://":
        return _of_path(path_of(plain, field))
    if "://" in text:
        raise InputError(
            f"{said(text)} is not a web address.",
            field=field,
            remedy="Addresses begin with https:// or http://.",
        )
    if len(text) > _LONGEST_PATH or max(map(len, re.split(r"[/\\]", text))) > _LONGEST_NAME:
        raise InputError(
            f"{field} can't be a text of {len(text):,} characters.",
            field=field,
            remedy='For base64 use "data:image/png;base64," and the text, or decode it to bytes.',
        )
    return _of_path(Path(text))


def _of_path(path: Path) -> Source:
    # "~nobody" stays as it is: there is no such person here.
    with contextlib.suppress(RuntimeError):
        path = path.expanduser()
    return Source(path, path.name)


def _of_bytes(content: bytes, field: str) -> Source:
    if content[:5].lower() == b"data:":
        return Source(from_data_uri(content.decode("latin-1"), field))
    return Source(content)


def _array(value: Any, field: str) -> Source:
    image, notes = image_from_array(value, field)
    return Source(image, "", notes)


def _open_path(path: Path, field: str) -> BinaryIO:
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not path.is_fifo():
            return path.open("rb")
        reason = "It is a pipe"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    problem = clean_text(f"Can't read {path} ({reason}).", _LONGEST_PROBLEM)
    raise InputError(problem, field=field, remedy=f"Relative paths start at {Path.cwd()}.")


def _name_of_file(value: Any) -> str:
    name = getattr(value, "name", "")
    return Path(name).name if isinstance(name, str) else ""


def _open_file(value: Any, name: str, field: str) -> Opened:
    if isinstance(value.read(0), str):
        raise InputError(
            "This file is open in text mode.", field=field, remedy='Open it with "rb".'
        )
    if hasattr(value, "seekable") and value.seekable():
        stream = cast("BinaryIO", value)
        _go_to_beginning(stream)
        return Opened(stream, name, owned=False)
    from tempfile import TemporaryFile  # noqa: PLC0415 - rarely needed

    spool = TemporaryFile()  # noqa: SIM115 - closed by whoever opened it
    while piece := value.read(_COPY_BYTES):
        spool.write(piece)
    spool.seek(0)
    return Opened(cast("BinaryIO", spool), name, owned=True)


def _go_to_beginning(stream: BinaryIO) -> None:
    here = stream.tell()
    if not here:
        return
    head = stream.read(SNIFFED_BYTES)
    stream.seek(0)
    whole = stream.read(SNIFFED_BYTES)
    begins = sniff(whole)[0].startswith("image/") and not sniff(head)[0].startswith("image/")
    stream.seek(0 if begins or not head else here)
