"""What has a file or an image in it: uploads, figures, answers of websites, notebook objects."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from wiro_widgets.errors import InputError
from wiro_widgets.media.addresses import decode_base64
from wiro_widgets.schema.parsing import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_PROBLEM = 1_000


class Wrapped(NamedTuple):
    """What was found: bytes, a path, an address or another thing; and its file name or ""."""

    content: Any
    name: str = ""


def unwrapped(value: Any, field: str) -> Wrapped | None:
    """What something has in it; None when it is of no kind that is known here.

    Args:
        value: A ``FileUpload`` or its value, an image of IPython or ipywidgets, a figure or axes
            of matplotlib, an answer of requests or httpx, a file of a package or an archive, or
            what shows itself as a PNG or JPEG in a notebook.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: It is of such a kind, and has nothing in it that can be sent.
    """
    ways = (_upload, _of_notebook, _figure, _answer, _archived, _shown)
    return next((found for way in ways if (found := way(value, field)) is not None), None)


def is_a(value: Any, module: str, name: str) -> bool:
    """Whether it is an instance of a class, or of one derived from it; imports nothing."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _upload(value: Any, field: str) -> Wrapped | None:
    """What was chosen in a ``FileUpload``, as ipywidgets 8 and 7 have it."""
    if not isinstance(value, dict):
        return None
    name, content = value.get("name"), value.get("content")
    if content is None and len(value) == 1:
        ((name, entry),) = value.items()
        content = entry.get("content") if isinstance(entry, dict) else None
    if not isinstance(content, (bytes, bytearray, memoryview)):
        several = len(value) > 1 and all(isinstance(entry, dict) for entry in value.values())
        what = f"{len(value)} files" if several else "a dict without a file in it"
        raise InputError(
            f"{field} can't be {what}.",
            field=field,
            remedy="Give one file of the upload, e.g. upload.value[0].",
        )
    return Wrapped(bytes(content), Path(str(name or "")).name)


def _of_notebook(value: Any, field: str) -> Wrapped | None:
    """What an image of IPython or of ipywidgets shows, and what an upload of those has."""
    if is_a(value, "IPython.core.display", "Image"):
        content = value.data if isinstance(value.data, bytes) else value.filename or value.url
        if content is None:
            raise InputError("This image is empty.", field=field)
        return Wrapped(content, Path(str(value.filename or "")).name)
    if not is_a(value, "ipywidgets", "DOMWidget"):
        return None
    content = getattr(value, "value", None)
    if isinstance(content, (bytes, memoryview)) and hasattr(value, "format"):
        text = bytes(content).decode("utf-8", "replace") if value.format == "url" else ""
        return Wrapped(text or content)
    if isinstance(content, (tuple, dict)):
        if len(content) == 1:
            one = content[0] if isinstance(content, tuple) else content
            return Wrapped(one)
        raise InputError(
            f"The upload has {len(content) or 'no'} files.",
            field=field,
            remedy="Choose one file.",
        )
    return None


def _figure(value: Any, field: str) -> Wrapped | None:
    """A figure of matplotlib, or of what draws with it, as it is saved."""
    if not callable(getattr(value, "savefig", None)):
        figure = _called_for(value, "get_figure")
        if not callable(getattr(figure, "savefig", None)):
            return None
        value = figure
    parts = _called_for(value, "get_children")
    # Each has a background.
    if isinstance(parts, list) and len(parts) <= 1:
        raise InputError("The figure is empty.", field=field, remedy="Draw something first.")
    buffer = io.BytesIO()
    try:
        value.savefig(buffer, format="png")
    except Exception as error:  # noqa: BLE001 - whatever is drawn
        raise InputError(
            clean_text(f"The figure can't be drawn: {error}.", _LONGEST_PROBLEM), field=field
        ) from None
    return Wrapped(buffer.getvalue(), "figure.png")


def _called_for(value: Any, name: str) -> Any:
    method = getattr(value, name, None)
    return method() if callable(method) else None


def _answer(value: Any, field: str) -> Wrapped | None:
    """What a website answered, as requests and httpx have it."""
    status, content = getattr(value, "status_code", None), getattr(value, "content", None)
    if not (isinstance(status, int) and isinstance(content, bytes)):
        return None
    if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls a success
        raise InputError(
            f"The website answered with an error ({status}) and no image.",
            field=field,
            remedy="Look at the address again.",
        )
    return Wrapped(content, Path(urlsplit(str(getattr(value, "url", ""))).path).name)


def _archived(value: Any, field: str) -> Wrapped | None:
    """A file of a package or an archive: what reads itself, like a path."""
    if not callable(getattr(value, "read_bytes", None)):
        return None
    try:
        return Wrapped(bytes(value.read_bytes()), str(getattr(value, "name", "")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        problem = clean_text(f"Can't read {value} ({error}).", _LONGEST_PROBLEM)
    raise InputError(problem, field=field)


def _shown(value: Any, _: str) -> Wrapped | None:
    """The image as which something shows itself in a notebook."""
    ways: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("_repr_png_", lambda found: found),
        ("_repr_jpeg_", lambda found: found),
        ("_repr_mimebundle_", _from_bundle),
    )
    for name, read in ways:
        try:
            found = _called_for(value, name)
            # Some give what a view should know of it beside.
            found = read(found[0] if isinstance(found, tuple) and found else found)
            if isinstance(found, str):
                found = decode_base64(found.encode())
        except Exception:  # noqa: BLE001, S112 - anybody's way of showing things
            continue
        if isinstance(found, bytes) and found:
            return Wrapped(found)
    return None


def _from_bundle(bundle: Mapping[str, Any] | None) -> Any:
    kinds = (kind for kind in ("image/png", "image/jpeg") if bundle and kind in bundle)
    return bundle[kind] if bundle and (kind := next(kinds, "")) else None
