"""Input files of a run: kept by content, so that a record can be sent, shown and compared again."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from wiro_widgets.client.inputs import is_url, open_input
from wiro_widgets.media.pictures import Picture, prepare, read_picture
from wiro_widgets.schema.hailuo import PICTURE_TYPES

_PIECE_BYTES = 1 << 20
_POSTER_SIZE = (640, 640)
_POSTER_QUALITY = 72


@dataclass(frozen=True)
class StoredInput:
    """One input: a file in the library, or a URL the service fetches by itself.

    Attributes:
        source: Path of the kept copy, or the URL.
        identity: What makes two inputs the same: the SHA-256 of the bytes, or the URL.
        name: The name it had, for people.
    """

    source: Path | str
    identity: str
    name: str

    def to_json(self, root: Path) -> dict[str, str]:
        """The form kept in the journal; paths are relative to the library."""
        source = self.source
        text = source if isinstance(source, str) else source.relative_to(root).as_posix()
        return {"source": text, "identity": self.identity, "name": self.name}

    @classmethod
    def from_json(cls, record: dict[str, str], root: Path) -> StoredInput:
        """Read back what `to_json` wrote."""
        source = record["source"]
        return cls(source if is_url(source) else root / source, record["identity"], record["name"])


def keep_input(value: Any, directory: Path, field: str) -> StoredInput:
    """Copy an input into `directory` under the digest of its bytes; a URL is kept as it is.

    A JPEG, PNG or WebP is kept as `wiro_widgets.media.pictures.read_picture` makes it: upright and
    without metadata. Models ignore the turn a camera notes, and nobody means to publish where a
    photograph was taken.

    Args:
        value: Path, bytes, file object, PIL image, numpy array, `Picture` or http(s) URL.
        directory: Where kept inputs live; created when missing.
        field: The parameter it is for, to be named in an error.

    Raises:
        InputError: There is no such file, it is of no kind that can be sent, or a damaged picture.
    """
    if is_url(value):
        return StoredInput(value, value, value.rsplit("/", 1)[-1])
    if type(value).__module__.startswith("PIL."):
        value = read_picture(value, field)
    with open_input(value, field) as part:
        if isinstance(value, Picture) or part.content_type not in PICTURE_TYPES:
            return _keep(part.stream, part.name, directory)
        picture = prepare(part.stream.read(part.size), part.name, field)
        return _keep(io.BytesIO(picture.data), picture.name, directory)


def _keep(stream: BinaryIO, name: str, directory: Path) -> StoredInput:
    digest = hashlib.sha256()
    directory.mkdir(parents=True, exist_ok=True)
    # Another kernel may keep the same picture at the same moment: a rename is atomic.
    partial = directory / f".{uuid.uuid4().hex}.part"
    try:
        with partial.open("wb") as copy:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                copy.write(piece)
        target = directory / f"{digest.hexdigest()[:32]}{Path(name).suffix.lower()}"
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return StoredInput(target, digest.hexdigest(), name)


def poster(path: Path) -> str | None:
    """A small JPEG of a picture as a ``data:`` URL, or None when it is not a picture."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - keeps the import light

    try:
        with Image.open(path) as picture:
            small = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    small.thumbnail(_POSTER_SIZE)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_POSTER_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
