"""Input files stored by content, and the small posters that views show of them."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import io
import uuid
from typing import TYPE_CHECKING, Any, BinaryIO

from wiro_widgets.client.inputs import is_url, open_input
from wiro_widgets.errors import NOTHING_SENT, LibraryError
from wiro_widgets.library.folder import (
    as_library_error,
    create_private,
    is_stored_file,
    private_folder,
    write_private,
)
from wiro_widgets.library.request import StoredInput
from wiro_widgets.media.opening import shrunk
from wiro_widgets.media.pictures import Picture, prepare
from wiro_widgets.media.types import safe_suffix
from wiro_widgets.schema.hailuo import PICTURE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wiro_widgets.library.media_store import MediaStore

_PIECE_BYTES = 1 << 20
_POSTER_SIZE = (640, 640)
_POSTER_QUALITY = 72
_LARGEST_POSTER = 1_000_000
"""Bytes; a larger file is none of ours."""
_CACHED_POSTERS = 128


def store_input(value: Any, directory: Path, field: str) -> StoredInput:
    """Copy an input into `directory` under the digest of its bytes.

    A URL stays a URL, and an input that is stored already stays as it is. A JPEG, PNG or WebP is
    stored as `wiro_widgets.media.pictures.read_picture` makes it: upright and without metadata.
    Models ignore the rotation that a camera notes, and nobody means to publish where a photograph
    was taken.

    Args:
        value: Whatever `wiro_widgets.media.pictures.read_picture` takes, a file of any other
            kind, a `StoredInput` or an http(s) URL.
        directory: Folder of stored inputs; made when missing.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: There is no such file, it is of no kind that can be sent, or a damaged picture.
        LibraryError: It cannot be written there; nothing was sent.
    """
    if isinstance(value, StoredInput):
        return value
    if is_url(value):
        return StoredInput(value, value, value.rsplit("/", 1)[-1])
    with open_input(value, field) as part:
        stream, name = part.stream, part.name
        if not isinstance(value, Picture) and part.content_type in PICTURE_TYPES:
            picture = prepare(part.stream.read(part.size), part.name, field)
            stream, name = io.BytesIO(picture.data), picture.name
        try:
            return _write(stream, name, directory)
        except LibraryError as error:
            error.spent = "no"
            error.args = (f"{error.message}{NOTHING_SENT}",)
            raise


def _write(stream: BinaryIO, name: str, directory: Path) -> StoredInput:
    digest = hashlib.sha256()
    private_folder(directory)
    # Another kernel may store the same picture at the same moment: a rename is atomic.
    partial = directory / f".{uuid.uuid4().hex}.part"
    try:
        with as_library_error(directory):
            with create_private(partial) as copy:
                while piece := stream.read(_PIECE_BYTES):
                    digest.update(piece)
                    copy.write(piece)
            target = directory / f"{digest.hexdigest()[:32]}{safe_suffix(name)}"
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return StoredInput(target, digest.hexdigest(), name)


def share_inputs(inputs: Iterable[StoredInput], store: MediaStore) -> None:
    """Put inputs where the other computers of a library find them, each once.

    Args:
        inputs: Of a request that is about to be sent.
        store: Where the library's files are besides.

    Raises:
        LibraryError: One could not be put; nothing was sent.
    """
    try:
        for one in inputs:
            if not isinstance(one.source, str) and is_stored_file(one.source):
                store.put(one.source, one.identity, "inputs")
    except LibraryError as error:
        error.args = (f"{error.message} Nothing was sent.",)
        error.remedy = f"{error.remedy} Then run it again."
        raise


def poster_of(inputs: Iterable[StoredInput], directory: Path) -> str | None:
    """A small JPEG of the first picture among some inputs as a ``data:`` URL.

    Made once per picture, whatever the number of runs and kernels that show it.

    Args:
        inputs: Of one run, in order.
        directory: Where posters are kept, by digest.
    """
    for one in inputs:
        if isinstance(one.source, str):
            continue
        with contextlib.suppress(LookupError):
            if poster := _poster(one.source, directory):
                return poster
    return None


@functools.lru_cache(maxsize=_CACHED_POSTERS)
def _poster(source: Path, directory: Path) -> str | None:
    """The poster of a file; None when it is no picture.

    Raises:
        LookupError: The file is not here. It may come, so that this must not be remembered.
    """
    kept = directory / f"{source.stem}.jpg"
    data = b""
    with contextlib.suppress(OSError):
        if is_stored_file(kept) and kept.stat().st_size <= _LARGEST_POSTER:
            data = kept.read_bytes()
    if not data:
        if not is_stored_file(source):
            raise LookupError(source)
        data = shrunk(source, _POSTER_SIZE, _POSTER_QUALITY)
        if data:
            _keep_poster(data, kept)
    return "data:image/jpeg;base64," + base64.b64encode(data).decode() if data else None


def _keep_poster(data: bytes, target: Path) -> None:
    # A poster can always be made again.
    with contextlib.suppress(OSError, LibraryError):
        private_folder(target.parent)
        write_private(data, target)
