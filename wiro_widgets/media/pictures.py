"""Pictures as they are sent: upright, without metadata, checked against a model's limits."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from wiro_widgets.client.inputs import is_pil_image, is_url, open_input, sniff
from wiro_widgets.errors import InputError
from wiro_widgets.media.metadata import strip
from wiro_widgets.media.opening import (
    DAMAGED,
    MOST_PIXELS,
    can_open_heic,
    open_picture,
    reduce_roughly,
)
from wiro_widgets.schema.hailuo import PICTURE_TYPES

if TYPE_CHECKING:
    from PIL import Image

TURNED = "turned upright"
FIRST_FRAME = "first frame of the animation"
TRANSPARENT = "transparent; the service decides what is behind it"
FEWER_BITS = "16 bits per colour made 8"
FROM_PRINT = "print colours (CMYK) made RGB"

HEIC = "image/heic"
_SNIFFED = 32
_QUALITY = 95
_THUMBNAIL = (320, 320)
_ORIENTATION = 0x0112
_UPRIGHT = 1
_OPAQUE = 255
_PNG_DEPTH_AT = 24
_DEEP = 16
_LOSSY = ("JPEG", "HEIF")
_LOSSLESS_MODES = frozenset({"RGB", "RGBA", "L", "LA", "P", "1"})


@dataclass(frozen=True)
class Picture:
    """A picture ready to send; `wiro_widgets.run(image=...)` takes it as it is.

    Attributes:
        data: The file, byte for byte as it is sent.
        name: File name without directories.
        content_type: ``image/jpeg``, ``image/png`` or ``image/webp``.
        width: Pixels.
        height: Pixels.
        digest: SHA-256 of `data`, hexadecimal.
        notes: Sentences for the user about what was changed or is unusual.
    """

    data: bytes = field(repr=False, compare=False)
    name: str
    content_type: str
    width: int
    height: int
    digest: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    def renamed(self, name: str, notes: tuple[str, ...] = ()) -> Picture:
        """A copy with another name, except for the suffix, and further notes."""
        suffix = PurePath(self.name).suffix
        both = dict.fromkeys((*notes, *self.notes))
        label = (PurePath(name.replace("\\", "/")).stem or "picture")[:80] + suffix
        return replace(self, name=label, notes=tuple(both))

    def thumbnail(self) -> str:
        """At most 320 by 320 pixels, as a ``data:`` URL of some 10 to 30 KB."""
        with open_picture(self.data) as picture:
            reduce_roughly(picture, _THUMBNAIL)
            # Without the profile the colours would differ from those of the picture.
            profile = picture.info.get("icc_profile", b"")
            small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        small.thumbnail(_THUMBNAIL)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=80, icc_profile=profile)
        return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def read_picture(value: Any, field: str = "image") -> Picture:
    """Prepare a picture for sending.

    Rotates it as its Exif data demands and removes the metadata. Pixels are re-encoded only if
    something about them has to change; otherwise they stay bit for bit.

    Args:
        value: Path, bytes, file object, PIL image, numpy array, or a `Picture`.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It cannot be read, is no picture, or is damaged.
    """
    if isinstance(value, Picture):
        return value
    if is_pil_image(value):
        return _encode(value, "picture", field, lossless=True)
    with open_input(value, field) as part:
        data, name = part.stream.read(part.size), part.name
    return prepare(data, name, field)


def as_accepted(value: Any, field: str) -> Any:
    """A HEIC image, as an iPhone takes it, as a `Picture` that models accept.

    Args:
        value: Anything that can be sent.
        field: The parameter it is for, named in errors.

    Returns:
        The value itself when it is anything else.

    Raises:
        InputError: It is HEIC and pillow-heif is not installed, or it cannot be read.
    """
    if isinstance(value, Picture) or is_url(value) or is_pil_image(value):
        return value
    with open_input(value, field) as part:
        return read_picture(value, field) if part.content_type == HEIC else value


def prepare(data: bytes, name: str, field: str) -> Picture:
    """Like `read_picture`, for the content of a file."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    if sniff(data[:_SNIFFED])[0] == HEIC and not can_open_heic():
        raise InputError(
            "HEIC images from an iPhone are not accepted by this model.",
            field=field,
            remedy="Save it as JPEG, or install pillow-heif.",
        )
    try:
        with open_picture(data) as picture:
            # Decodes the whole file, so that damage is found before it is sent.
            picture.load()
            if not _must_change(picture, data):
                return _untouched(picture, data, name)
            return _encode(picture, name, field, lossless=picture.format not in _LOSSY, data=data)
    except Image.DecompressionBombError:
        most = f"{MOST_PIXELS / 1e6:g} megapixels"
        reason, remedy = "has too many pixels", f"Use an image of up to {most}."
    except UnidentifiedImageError:
        reason, remedy = "is not an image", "Use a JPEG, PNG or WebP file."
    except DAMAGED:
        reason, remedy = "is damaged", "Open it in an image editor and save it again."
    raise InputError(f"{name} {reason}.", field=field, remedy=remedy)


def _must_change(picture: Image.Image, data: bytes) -> bool:
    kind = _kind(picture)
    return (
        kind not in PICTURE_TYPES
        or picture.mode not in _LOSSLESS_MODES
        or _orientation(picture) != _UPRIGHT
        or _is_deep(picture, data)
        or (kind == "image/webp" and getattr(picture, "n_frames", 1) > 1)
    )


def _untouched(picture: Image.Image, data: bytes, name: str) -> Picture:
    kind = _kind(picture)
    notes = [FIRST_FRAME] if getattr(picture, "is_animated", False) and kind == "image/png" else []
    if _is_clear(picture):
        notes.append(TRANSPARENT)
    return _made(strip(data, kind), name, kind, picture.size, notes)


def _encode(
    picture: Image.Image, name: str, field: str, *, lossless: bool, data: bytes = b""
) -> Picture:
    """Encode the first frame, upright and with 8 bits per channel, as a new file."""
    notes = []
    if getattr(picture, "is_animated", False):
        picture.seek(0)
        notes.append(FIRST_FRAME)
    turned = _upright(picture)
    if turned is not picture:
        notes.append(TURNED)
    if _is_deep(picture, data):
        notes.append(FEWER_BITS)
    if picture.mode == "CMYK":
        notes.append(FROM_PRINT)
    plain, profile = _plain(turned)
    if _is_clear(plain):
        notes.append(TRANSPARENT)
    kind, suffix = ("PNG", ".png") if lossless else ("JPEG", ".jpg")
    buffer = io.BytesIO()
    try:
        # Without an explicit comment Pillow would copy the old one.
        plain.save(buffer, kind, quality=_QUALITY, icc_profile=profile, comment=b"")
    except (OSError, ValueError):
        raise InputError(
            f"This image can't be saved as {kind}.",
            field=field,
            remedy="Convert it to 8-bit RGB first.",
        ) from None
    name = PurePath(name).stem + suffix
    return _made(buffer.getvalue(), name, f"image/{kind.lower()}", plain.size, notes)


def _made(data: bytes, name: str, kind: str, size: tuple[int, int], notes: list[str]) -> Picture:
    digest = hashlib.sha256(data).hexdigest()
    return Picture(data, name, kind, *size, digest, tuple(notes))


def _plain(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """The same in 8 bits RGB or grey, and the colour profile that still applies."""
    profile: bytes | None = picture.info.get("icc_profile")
    if picture.mode in _LOSSLESS_MODES:
        return picture, profile
    if picture.mode == "CMYK":
        return _from_print(picture, profile), None
    if picture.mode.startswith("I"):
        deep = picture.convert("I") if picture.mode != "I" else picture
        # Scaled from 16 bits, the only depth that is stored in this mode.
        return deep.point(lambda value: value * (1 / 257)).convert("L"), None
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB"), None


def _from_print(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        from PIL import ImageCms  # noqa: PLC0415 - rarely needed

        try:
            ink = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, ink, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import Image  # noqa: PLC0415

    turn = Image.Transpose
    ways = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_270,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_90,
    }
    way = ways.get(_orientation(picture))
    return picture if way is None else picture.transpose(way)


def _is_clear(picture: Image.Image) -> bool:
    """Whether any pixel is transparent; an alpha channel alone does not mean that."""
    if not picture.has_transparency_data:
        return False
    # A copy of a large picture weighs as much as the picture: only where there is no channel.
    layered = picture if "A" in picture.getbands() else picture.convert("RGBA")
    least, _ = layered.getchannel("A").getextrema()
    return bool(least != _OPAQUE)


def _orientation(picture: Image.Image) -> int:
    """The Exif orientation. XMP may differ, but browsers and viewers ignore that."""
    from PIL import Image  # noqa: PLC0415

    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif", b""))
    except (OSError, SyntaxError, ValueError, KeyError):
        return _UPRIGHT
    return int(exif.get(_ORIENTATION, _UPRIGHT))


def _is_deep(picture: Image.Image, data: bytes) -> bool:
    if picture.mode.startswith(("I", "F")):
        return True
    return _kind(picture) == "image/png" and data[_PNG_DEPTH_AT : _PNG_DEPTH_AT + 1] == b"\x10"


def _kind(picture: Image.Image) -> str:
    from PIL import Image  # noqa: PLC0415

    # Pillow's name for JPEG files with more than one picture, as phones save them.
    kind = "JPEG" if picture.format == "MPO" else picture.format
    return Image.MIME.get(kind or "", "")
