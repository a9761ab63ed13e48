"""Opening pictures that anybody may have made."""

from __future__ import annotations

import importlib
import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""Of a picture or a frame of a film; as many take some 400 MB of memory, 1 GB while changed."""
DAMAGED = (
    *(OSError, EOFError, ValueError, TypeError, SyntaxError, ArithmeticError, LookupError),
    *(AttributeError, RuntimeError, struct.error, zlib.error),
)
"""What decoders raise for damaged files: they take numbers, texts and places in it as they come."""

# Pillow knows many more, and hands PostScript to Ghostscript, which runs it.
_MANY_PIXELS = 25_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "PPM")


def can_open_heic() -> bool:
    """Whether images of an iPhone can be opened, which needs pillow-heif."""
    try:
        heif = importlib.import_module("pillow_heif")
    except ImportError:
        return False
    heif.register_heif_opener()
    return True


def open_picture(source: Path | bytes) -> Image.Image:
    """Open a picture; nothing of it is decoded yet.

    Raises:
        PIL.UnidentifiedImageError: It is of no format that is taken.
        PIL.Image.DecompressionBombError: It has more than `MOST_PIXELS`.
        OSError: It cannot be read; `DAMAGED` are the others for broken files.
    """
    from PIL import Image  # noqa: PLC0415 - keeps the import light

    Image.init()
    known = [name for name in _FORMATS if name in Image.OPEN]
    file = source if isinstance(source, Path) else io.BytesIO(source)
    picture = Image.open(file, formats=known)
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise Image.DecompressionBombError("More pixels than are decoded here")
    return picture


def reduce_roughly(picture: Image.Image, size: tuple[int, int]) -> None:
    """Make an opened picture smaller, to no less than a size that it will be shrunk to.

    Shrinking it well takes several copies of it, which together would fill the memory.
    """
    from PIL import Image  # noqa: PLC0415

    picture.draft("RGB", (size[0] * 2, size[1] * 2))
    if picture.width * picture.height > _MANY_PIXELS:
        picture.thumbnail((size[0] * 4, size[1] * 4), Image.Resampling.NEAREST)


def shrunk(source: Path | bytes, size: tuple[int, int], quality: int) -> bytes:
    """A JPEG of a picture, upright and at most of some size; empty when it is no picture.

    Args:
        source: The picture's file.
        size: Pixels in width and height.
        quality: 1 to 95.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        with open_picture(source) as picture:
            reduce_roughly(picture, size)
            small = ImageOps.exif_transpose(picture).convert("RGB")
    except (*DAMAGED, Image.DecompressionBombError):
        return b""
    small.thumbnail(size)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
