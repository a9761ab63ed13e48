"""Removal of metadata from JPEG, PNG and WebP files without changing a pixel.

Cameras store place and time in a photograph, and phones append whole videos.
"""

from __future__ import annotations

import re
import struct

_PNG_START = 8
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"}
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"})
_WEBP_METADATA = 0x0C
"""Bits of VP8X that announce Exif and XMP."""

_APP0, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
_SCAN, _END = 0xDA, 0xD9
# Within a scan FF is followed by 00 (stuffing), another FF or a restart marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def strip(data: bytes, content_type: str) -> bytes:
    """Remove Exif, XMP, comments and whatever follows the end of the picture.

    Colour profiles stay, since they define what the pixels mean.

    Args:
        data: A whole file that a decoder accepts.
        content_type: ``image/jpeg``, ``image/png`` or ``image/webp``.

    Returns:
        `data` itself if there is nothing to remove.
    """
    ways = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
    try:
        stripped = ways[content_type](data)
    except (IndexError, struct.error):
        return data
    return data if len(stripped) == len(data) else stripped


def _jpeg(data: bytes) -> bytes:
    kept = [data[:2]]
    at = 2
    while at < len(data):
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill bytes may stand before a marker
            at += 1
            continue
        if marker == _END:
            kept.append(data[at : at + 2])
            break
        end = at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if marker == _SCAN:
            found = _NEXT_MARKER.search(data, end)
            end = found.start() if found else len(data)
        if _is_picture(marker, data[at + 4 : at + 16]):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _is_picture(marker: int, content: bytes) -> bool:
    if marker == _APP2:
        return content == b"ICC_PROFILE\0"
    return marker in (_APP0, _APP14) or not (_APP0 <= marker <= _APP15 or marker == _COMMENT)


def _png(data: bytes) -> bytes:
    kept = [data[:_PNG_START]]
    at = _PNG_START
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    return b"".join(kept)


def _webp(data: bytes) -> bytes:
    whole = 8 + int(struct.unpack_from("<I", data, 4)[0])
    kept = [data[8:12]]
    at = 12
    while at + 8 <= min(whole, len(data)):
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if kind == b"VP8X":
            kept += [data[at : at + 8], bytes([data[at + 8] & ~_WEBP_METADATA]), data[at + 9 : end]]
        elif kind in _WEBP_KEPT:
            kept.append(data[at:end])
        at = end
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
