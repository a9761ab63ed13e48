"""Opening pictures that anybody may have made."""

from __future__ import annotations

import importlib
import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wiro_widgets.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""Of a picture or a frame of a film; as many take some 400 MB of memory, 1 GB while changed."""
DAMAGED = (
    *(OSError, EOFError, ValueError, TypeError, SyntaxError, ArithmeticError, LookupError),
    *(AttributeError, AssertionError, RuntimeError, struct.error, zlib.error),
)
"""What decoders raise for damaged files: they take numbers, texts and places in it as they come."""

# Pillow knows many more, and hands PostScript to Ghostscript, which runs it.
_MANY_PIXELS = 25_000_000
_FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "PPM"),
    *("JPEG2000", "JXL", "ICO", "QOI"),
)
_FOOTER = b"TRUEVISION-XFILE.\0"
"""Ends a TGA file, which has nothing at its beginning to be told by."""


class Plugin(NamedTuple):
    """What opens a format that Pillow does not, or did not at first.

    Attributes:
        format: Pillow's name of the format.
        module: The plugin, as it is imported.
        package: The plugin, as it is installed.
        words: What people call such images.
    """

    format: str
    module: str
    package: str
    words: str


PLUGINS = {
    "image/heic": Plugin("HEIF", "pillow_heif", "pillow-heif", "HEIC images from an iPhone"),
    "image/avif": Plugin("AVIF", "pillow_avif", "pillow-avif-plugin", "AVIF images"),
    "image/jxl": Plugin("JXL", "pillow_jxl", "pillow-jxl-plugin", "JPEG XL images"),
}
"""By content type."""


def missing_plugin(content_type: str) -> Plugin | None:
    """What would have to be installed to open images of a type; registers it where it is."""
    plugin = PLUGINS.get(content_type)
    if plugin is None:
        return None
    from PIL import Image  # noqa: PLC0415 - keeps the import light

    Image.init()
    if plugin.format in Image.OPEN:
        return None
    # It may have been installed since this kernel began.
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(plugin.module)
    except ImportError:
        return plugin
    # The others register themselves when they are imported.
    getattr(module, "register_heif_opener", lambda: None)()
    return None if plugin.format in Image.OPEN else plugin


def open_picture(source: Path | bytes, *, tga: bool = False) -> Image.Image:
    """Open a picture; nothing of it is decoded yet.

    Args:
        source: Its file.
        tga: Whether it may be TGA by its name; the bytes of that format say nothing for certain.

    Raises:
        PIL.UnidentifiedImageError: It is of no format that is taken.
        PIL.Image.DecompressionBombError: It has more than `MOST_PIXELS`.
        OSError: It cannot be read; `DAMAGED` are the others for broken files.
    """
    from PIL import Image  # noqa: PLC0415 - keeps the import light

    Image.init()
    known = [name for name in _FORMATS if name in Image.OPEN]
    if tga or (isinstance(source, bytes) and source.endswith(_FOOTER)):
        known.append("TGA")
    file = source if isinstance(source, Path) else io.BytesIO(source)
    picture = Image.open(file, formats=known)
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise Image.DecompressionBombError("More pixels than are decoded here")
    return picture


def low_bytes(data: bytes) -> Image.Image | None:
    """The lower half of the 16 bits of a PNG in colour, of which Pillow keeps the upper.

    Args:
        data: A PNG that has been decoded before.

    Returns:
        An image of the same mode; None for a PNG of another kind.
    """
    with open_picture(data) as picture:
        first = picture.tile[0]
        if first.args not in {"RGB;16B", "RGBA;16B"}:
            return None
        picture.tile = [first._replace(args=first.args.replace("16B", "16L"))]
        low: Image.Image = picture.copy()
        return low


def too_many_pixels(name: str, field: str) -> InputError:
    """The error about a picture of more than `MOST_PIXELS`."""
    return InputError(
        f"{name} has too many pixels.",
        field=field,
        remedy=f"Use an image of up to {MOST_PIXELS / 1e6:g} megapixels.",
    )


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
