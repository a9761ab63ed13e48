"""Kinds of files: told by their first bytes, and those that are handed out.

To a browser, that is, and as names on the disk.

Whatever a service calls a file, it is one of these or nothing in particular: a "clip" of type
``text/html`` would be a page with the rights of the notebook, and one called ``x.desktop`` a
program.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

SNIFFED_BYTES = 64
"""How much of a file's beginning `sniff` looks at."""
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (rb"RIFF....WEBP", "image/webp", ".webp"),
    (rb"GIF8", "image/gif", ".gif"),
    (rb"....ftypavi[fs]", "image/avif", ".avif"),
    # Files of the two kinds may both say only that they hold images; the rest of the list tells.
    (rb"....ftyp(?:mif|msf|miaf).{0,40}avi[fs]", "image/avif", ".avif"),
    (rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif[12]|msf1|miaf)", "image/heic", ".heic"),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", ".jxl"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "image/jp2", ".jp2"),
    # Paint writes the length of its header, which tells it from a text that begins with BM.
    (rb"BM.{4}\0{4}.{4}[\x0c-\x7c]\0\0\0", "image/bmp", ".bmp"),
    (rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]", "image/tiff", ".tif"),
    (rb"\0\0\x01\0[^\0]\0", "image/x-icon", ".ico"),
    (rb"P[1-6]\s+[#\d]", "image/x-portable-anymap", ".pnm"),
    (rb"qoif", "image/qoi", ".qoi"),
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
_PICTURE_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
}
_NAMED_PICTURES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"),
        *(".tif", ".tiff", ".avif", ".avifs", ".heic", ".heif", ".hif", ".jxl", ".jp2", ".j2k"),
        *(".mpo", ".ico", ".pnm", ".ppm", ".pgm", ".pbm", ".tga", ".qoi"),
    }
)

_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".glb": "model/gltf-binary",
    ".txt": "text/plain",
    ".srt": "text/plain",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
} | dict.fromkeys(
    (
        *(".avi", ".mpg", ".mpeg", ".aac", ".opus", ".aiff", ".heic", ".heif"),
        *(".obj", ".ply", ".stl", ".fbx", ".gltf", ".usdz", ".safetensors"),
        *(".csv", ".md", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".rtf"),
    ),
    "application/octet-stream",
)
_IN_BROWSERS = ("video/", "audio/", "image/", "text/plain")


def safe_suffix(name: str, otherwise: str = ".bin") -> str:
    """The suffix of a name, in lower case, when it is on the list; else `otherwise`."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    return suffix if suffix in _TYPES else otherwise


def content_type_of(name: str) -> str:
    """The content type of a file by its suffix, ``application/octet-stream`` if not on the list."""
    return _TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def browser_type(content_type: str, otherwise: str = "video/mp4") -> str:
    """A media type that may be given to a browser: film, sound, picture or plain text of the list.

    Pictures in SVG are documents that run scripts, so they are not on it.
    """
    found = content_type.split(";", maxsplit=1)[0].strip().lower()
    listed = found in _TYPES.values() and found.startswith(_IN_BROWSERS)
    return found if listed else otherwise


def sniff(head: bytes) -> tuple[str, str]:
    """Content type and usual suffix of a file, by its first bytes."""
    for pattern, content_type, suffix in _SIGNATURES:
        if re.match(pattern, head[:SNIFFED_BYTES], re.DOTALL):
            return content_type, suffix
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        # A multi-byte character may be cut at the end of what was looked at.
        text = head.decode("utf-8", "ignore") if error.start > len(head) - 4 else "\0"
    return ("application/octet-stream", ".bin") if "\0" in text else ("text/plain", ".txt")


def picture_name(name: str, content_type: str) -> str:
    """The name of a picture with a suffix that says what it is.

    Args:
        name: File name, with any suffix or none.
        content_type: ``image/jpeg``, ``image/png`` or ``image/webp``.
    """
    stem, dot, suffix = name.rpartition(".")
    fitting = _PICTURE_SUFFIXES[content_type]
    ending = f"{dot}{suffix}".lower()
    if ending in fitting and stem:
        return name
    named = ending in _NAMED_PICTURES and stem
    return (stem if named else name) + fitting[0]
