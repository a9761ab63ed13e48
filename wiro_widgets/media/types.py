"""The kinds of files that are handed out: to a browser, and as names on the disk.

Whatever a service calls a file, it is one of these or nothing in particular: a "clip" of type
``text/html`` would be a page with the rights of the notebook, and one called ``x.desktop`` a
program.
"""

from __future__ import annotations

from pathlib import PurePosixPath

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


def browser_type(content_type: str, otherwise: str = "video/mp4") -> str:
    """A media type that may be given to a browser: film, sound, picture or plain text of the list.

    Pictures in SVG are documents that run scripts, so they are not on it.
    """
    found = content_type.split(";", maxsplit=1)[0].strip().lower()
    listed = found in _TYPES.values() and found.startswith(_IN_BROWSERS)
    return found if listed else otherwise
