"""Pictures as they are sent: upright, without metadata, checked against a model's limits."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from wiro_widgets.errors import InputError
from wiro_widgets.media.addresses import checked_address, is_url
from wiro_widgets.media.films import last_frame
from wiro_widgets.media.metadata import strip
from wiro_widgets.media.modes import FEWER_BITS, KEPT, plain, with_low_bytes
from wiro_widgets.media.opening import (
    DAMAGED,
    MOST_PIXELS,
    low_bytes,
    missing_plugin,
    open_picture,
    reduce_roughly,
    too_many_pixels,
)
from wiro_widgets.media.sources import Source, check_size, is_pil_image, open_source, source_of
from wiro_widgets.media.types import SNIFFED_BYTES, picture_name, sniff
from wiro_widgets.schema.hailuo import PICTURE_TYPES
from wiro_widgets.schema.parsing import clean_text

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

TURNED = "rotated to upright"
FIRST_FRAME = "first frame of the animation"
TRANSPARENT = "transparent; the service chooses the background"

_QUALITY = 95
_THUMBNAIL = (320, 320)
_ORIENTATION = 0x0112
_UPRIGHT = 1
_OPAQUE = 255
_PNG_DEPTH_AT = 24
_LOSSY = ("JPEG", "HEIF", "AVIF", "JXL", "JPEG2000")
_JPEG_MODES = frozenset({"RGB", "L"})
_OTHER_KINDS = {"text": "text", "video": "a video", "audio": "a sound file"}


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


def as_image(value: Any, field: str = "image") -> Picture | str:
    """What people hold as an image that can be sent: the one door for all of them.

    Args:
        value: All that `read_picture` takes, or an http(s) address, which the service fetches.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: As `read_picture` does, or the address has no host.
    """
    one = held(value, field)
    if isinstance(one, Picture):
        return one
    source = source_of(one, field)
    if is_url(source.content):
        return checked_address(source.content, field)
    return _read(source, field)


def read_picture(value: Any, field: str = "image") -> Picture:
    """Prepare a picture for sending.

    Rotates it as its Exif data demands and removes the metadata. Pixels are re-encoded only if
    something about them has to change; otherwise they stay bit for bit.

    Args:
        value: Path, bytes, file object, data URI, PIL image, array or tensor, figure of
            matplotlib, upload, what shows itself as an image in a notebook, a `Run`, whose clip's
            last frame it becomes, or a `Picture`.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It cannot be read, is no picture, or is damaged.
    """
    value = held(value, field)
    if isinstance(value, Picture):
        return value
    return _read(source_of(value, field), field)


def _read(source: Source, field: str) -> Picture:
    if is_pil_image(source.content):
        return _from_memory(source, field)
    opened = open_source(source, field)
    try:
        size = check_size(opened, field)
        start = opened.stream.tell()
        data = opened.stream.read(size)
        # Whoever asks whether it fits sends it afterwards.
        opened.stream.seek(start)
    except OSError as error:
        problem = clean_text(f"Can't read {opened.name or 'the input'} ({error}).", 1_000)
        raise InputError(problem, field=field) from None
    finally:
        if opened.owned:
            opened.stream.close()
    return prepare(data, opened.name or field, field)


def frame_of_clip(clip: Path | None, run: str, field: str = "image") -> Picture:
    """The last frame of a run's clip, to go on from, or the image that it made.

    Args:
        clip: Its first output; None where there is none on this disk.
        run: What it is called in errors.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: There is none or it has no frames, or PyAV is not installed.
    """
    if clip is None:
        raise InputError(
            f"{run} has no clip on this disk.",
            field=field,
            remedy="Wait until it has one, or choose another run or an image.",
        )
    with clip.open("rb") as file:
        is_image = sniff(file.read(SNIFFED_BYTES))[0].startswith("image/")
    if is_image:
        return read_picture(clip, field)
    picture = read_picture(last_frame(clip, field), field)
    return picture.renamed(f"{clip.stem}-last-frame.png", ("last frame of a run",))


def held(value: Any, field: str) -> Any:
    """The one thing in a list of one, and what a run or an `ImageInput` holds.

    Raises:
        InputError: It is a list of several or none, or the run or the widget holds nothing.
    """
    if isinstance(value, list) or type(value) is tuple:
        if len(value) == 1:
            return held(value[0], field)
        count = f"{len(value):,} values" if value else "an empty list"
        raise InputError(f"{field} can't be {count}.", field=field, remedy="Give one image.")
    # Of the class: some objects claim to have whatever they are asked for.
    return value.as_picture(field) if hasattr(type(value), "as_picture") else value


def prepare(data: bytes, name: str, field: str) -> Picture:
    """Like `read_picture`, for the content of a file."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    kind, called = sniff(data)[0], name if name != field else "The input"
    plugin = missing_plugin(kind)
    if plugin is not None:
        raise InputError(
            f"{called} can't be read: {plugin.words} need {plugin.package}.",
            field=field,
            remedy=f"Save it as JPEG, or install it: pip install {plugin.package}",
        )
    try:
        with open_picture(data, tga=name.lower().endswith(".tga")) as picture:
            # Decodes the whole file, so that damage is found before it is sent.
            picture.load()
            if not _must_change(picture, data):
                return _untouched(picture, data, name)
            return _encode(picture, name, field, data)
    except Image.DecompressionBombError:
        raise too_many_pixels(called, field) from None
    except UnidentifiedImageError:
        what = _OTHER_KINDS.get(kind.partition("/")[0], kind)
        reason, remedy = f"is not an image (it is {what})", "Use a JPEG, PNG or WebP file."
        if kind.startswith("image/"):
            # It begins as one, so that much of it is right.
            reason, remedy = "is damaged", "Open it in an image editor and save it again."
        elif kind == "application/octet-stream":
            reason = "is not an image"
    except InputError:
        raise
    except DAMAGED:
        reason, remedy = "is damaged", "Open it in an image editor and save it again."
    raise InputError(f"{called} {reason}.", field=field, remedy=remedy)


def _from_memory(source: Source, field: str) -> Picture:
    """An image of Pillow: what it shows now, of an animation the frame it is at."""
    image = source.content
    if image.width * image.height > MOST_PIXELS:
        raise too_many_pixels(source.name or "The image", field)
    if not image.width * image.height:
        raise InputError("The image has no pixels.", field=field, remedy="Choose another one.")
    try:
        # One that was opened and never looked at is read from its file only here.
        image.load()
        picture = _encode(image, source.name or field, field)
    except InputError:
        raise
    except DAMAGED:
        problem, remedy = "is damaged", "Open its file in an image editor and save it again."
        if _is_closed(image):
            problem = "is closed"
            remedy = "Use it inside its with block, or call image.load() before the block ends."
        raise InputError(f"This image {problem}.", field=field, remedy=remedy) from None
    return replace(picture, notes=tuple(dict.fromkeys((*source.notes, *picture.notes))))


def _is_closed(image: Image.Image) -> bool:
    try:
        image.im  # noqa: B018 - raises when there are no pixels
    except DAMAGED:
        return True
    # What is left to be read of a file, and no file.
    return bool(getattr(image, "tile", ())) and getattr(image, "fp", None) is None


def _must_change(picture: Image.Image, data: bytes) -> bool:
    kind = _kind(picture)
    return (
        kind not in PICTURE_TYPES
        or picture.mode not in KEPT
        or _orientation(picture) != _UPRIGHT
        or _is_deep_png(picture, data)
        or (kind == "image/webp" and getattr(picture, "n_frames", 1) > 1)
    )


def _untouched(picture: Image.Image, data: bytes, name: str) -> Picture:
    kind = _kind(picture)
    notes = [FIRST_FRAME] if getattr(picture, "is_animated", False) and kind == "image/png" else []
    if _is_clear(picture):
        notes.append(TRANSPARENT)
    return _made(strip(data, kind), name, kind, picture.size, notes)


def _encode(picture: Image.Image, name: str, field: str, data: bytes = b"") -> Picture:
    """Encode a loaded picture, upright and with 8 bits per channel, as a new file.

    Args:
        picture: Its present frame is taken.
        name: Of the file it is from.
        field: The parameter it is for, named in errors.
        data: The file it is from; nothing for one that was made in memory.
    """
    notes = []
    if getattr(picture, "is_animated", False):
        at = picture.tell()
        notes.append(FIRST_FRAME if not at else f"frame {at + 1} of the animation")
    called = name if name != field else "The image"
    whole = picture
    if _is_deep_png(picture, data):
        low = low_bytes(data)
        whole = picture if low is None else with_low_bytes(picture, low, called, field)
    turned = _upright(whole)
    if turned is not whole:
        notes.append(TURNED)
    made, profile, changes = plain(turned, called, field)
    notes += changes
    if _is_deep_png(picture, data) and FEWER_BITS not in notes:
        notes.append(FEWER_BITS)
    if _is_clear(made):
        notes.append(TRANSPARENT)
    lossy = data and picture.format in _LOSSY and made.mode in _JPEG_MODES
    kind, content_type = ("JPEG", "image/jpeg") if lossy else ("PNG", "image/png")
    buffer = io.BytesIO()
    try:
        # Without an explicit comment Pillow would copy the old one.
        made.save(buffer, kind, quality=_QUALITY, icc_profile=profile, comment=b"")
    except (OSError, ValueError, TypeError):
        raise InputError(
            f"{called} can't be saved as {kind}.",
            field=field,
            remedy="Convert it to 8-bit RGB first.",
        ) from None
    fitting = picture_name(name, content_type)
    # It is another file now: a camera's capitals go with the old one.
    return _made(
        buffer.getvalue(), fitting[:-4] + fitting[-4:].lower(), content_type, made.size, notes
    )


def _made(data: bytes, name: str, kind: str, size: tuple[int, int], notes: list[str]) -> Picture:
    digest = hashlib.sha256(data).hexdigest()
    return Picture(data, picture_name(name, kind), kind, *size, digest, tuple(notes))


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
    except DAMAGED:
        return _UPRIGHT
    return int(exif.get(_ORIENTATION, _UPRIGHT))


def _is_deep_png(picture: Image.Image, data: bytes) -> bool:
    return _kind(picture) == "image/png" and data[_PNG_DEPTH_AT : _PNG_DEPTH_AT + 1] == b"\x10"


def _kind(picture: Image.Image) -> str:
    from PIL import Image  # noqa: PLC0415

    # Pillow's name for JPEG files with more than one picture, as phones save them.
    kind = "JPEG" if picture.format == "MPO" else picture.format
    return Image.MIME.get(kind or "", "")
