"""Picture files of every kind a person may come with."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = b"Backyard, 52 North 13 East"
_ORIENTATION, _DESCRIPTION, _GPS, _LATITUDE = 0x0112, 0x010E, 0x8825, 2


def scene(width: int = 480, height: int = 320, mode: str = "RGB") -> Image.Image:
    """Four quarters of different colour with a gradient, so that every turn can be told."""
    picture = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    corners = ((220, 60, 40), (40, 180, 70), (50, 80, 210), (230, 200, 60))
    for index, colour in enumerate(corners):
        place = (index % 2 * half[0], index // 2 * half[1])
        picture.paste(Image.new("RGB", (width - half[0], height - half[1]), colour), place)
    shade = Image.linear_gradient("L").resize((width, height))
    return Image.blend(picture, Image.merge("RGB", (shade,) * 3), 0.25).convert(mode)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def told(orientation: int) -> bytes:
    """Exif that says how to turn, where it was taken and who lives there."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    exif[_DESCRIPTION] = SECRET.decode()
    exif.get_ifd(_GPS)[_LATITUDE] = (52.0, 31.0, 12.0)
    return exif.tobytes()


def turned(orientation: int, kind: str) -> bytes:
    """A file that lies on its side until its Exif is heeded, with other metadata beside."""
    options: dict[str, Any] = {"JPEG": {"comment": SECRET}, "WEBP": {"lossless": True}}.get(
        kind, {}
    )
    return saved(scene(), kind, exif=told(orientation), **options)


def animated(kind: str) -> bytes:
    """Two frames, the first of them `scene`."""
    other = Image.new("RGB", (480, 320), "black")
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    frames = {"save_all": True, "append_images": [other], "duration": 100}
    return saved(scene(), kind, **frames, **options)


def transparent(kind: str = "PNG") -> bytes:
    """Clear in the upper left quarter."""
    picture = scene(mode="RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 240, 160))
    return saved(picture, kind)


def png_of(values: np.ndarray, clear: tuple[int, ...] = ()) -> bytes:
    """16 bits per colour, three colours, one of them transparent: what PIL cannot write."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    if clear:
        parts.insert(1, chunk(b"tRNS", struct.pack(">3H", *clear)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def deep_png() -> bytes:
    """16 bits per colour that grow to the right and down."""
    y, x = np.mgrid[0:320, 0:480]
    return png_of(np.dstack([x * 136, y * 204, np.full_like(x, 30_000)]))


def grey_deep_png() -> bytes:
    """16 bits of grey, as depth cameras and microscopes write it."""
    ramp = Image.linear_gradient("L").resize((480, 320)).convert("I").point(lambda v: v * 257)
    return saved(ramp.convert("I;16"), "PNG")


def film_behind() -> bytes:
    """A "motion photo": a JPEG with a film appended."""
    return saved(scene(), "JPEG") + b"\0\0\0\x18ftypmp42" + SECRET


def with_profile() -> bytes:
    """A JPEG whose colours mean something else than sRGB's."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return saved(scene(), "JPEG", icc_profile=profile, exif=told(1))


ODD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PNG called .jpg": ("lies.jpg", lambda: saved(scene(), "PNG")),
    "transparent": ("clear.png", transparent),
    "animated GIF": ("moves.gif", lambda: animated("GIF")),
    "animated WebP": ("moves.webp", lambda: animated("WEBP")),
    "animated PNG": ("moves.png", lambda: animated("PNG")),
    "CMYK": ("print.jpg", lambda: saved(scene(mode="CMYK"), "JPEG")),
    "16-bit": ("deep.png", deep_png),
    "16-bit grey": ("depth.png", grey_deep_png),
    "motion photo": ("motion.jpg", film_behind),
    "TIFF": ("scan.tiff", lambda: saved(scene(), "TIFF")),
    "BMP": ("paint.bmp", lambda: saved(scene(), "BMP")),
    "palette": ("few.png", lambda: saved(scene().quantize(16), "PNG")),
    "black and white": ("fax.png", lambda: saved(scene(mode="1"), "PNG")),
    "a name of directories": ("../../../etc/passwd.png", lambda: saved(scene(), "PNG")),
    "a name of markup": ("<img src=x onerror=alert(1)>.png", lambda: saved(scene(), "PNG")),
}
"""File name, and its bytes; all of these can be sent, most after a change."""

BROKEN: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "truncated": ("cut.jpg", lambda: saved(scene(), "JPEG")[:2000], "damaged"),
    "truncated PNG": ("cut.png", lambda: saved(scene(), "PNG")[:-200], "damaged"),
    "no picture": ("notes.jpg", lambda: b"Dear diary, " * 50, "is not an image"),
    "a page": ("page.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    "empty": ("empty.png", lambda: b"", "empty"),
}
"""File name, its bytes, and a word of what is said of it."""
