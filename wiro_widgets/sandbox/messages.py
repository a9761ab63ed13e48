"""What comes in and goes out: bodies read within limits, and the envelope of every answer."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

JSON = dict[str, Any]

GENERAL, NOT_FOUND, CONCURRENCY, BALANCE, SIGN_IN = 0, 1, 96, 97, 98

FILE_LIMIT = 100 * 2**20
"""Bytes of one file, the service's own limit."""
BODY_LIMIT = 5 * FILE_LIMIT
"""Bytes of all files of one request together."""
TEXT_LIMIT = 2**20
"""Bytes of a JSON body, or of all text parts of a multipart body together."""
PART_LIMIT = 200
_FIELDS = 1_000
"""Fields of one form."""
INVALID = "Request parameters are invalid."
# What aiohttp's parser raises for a body that only claims to be multipart.
_NOT_MULTIPART = (
    ValueError,
    RuntimeError,
    AssertionError,
    LookupError,
    EOFError,
    HttpProcessingError,
)


class Refusal(Exception):  # noqa: N818 - what the service answers, not a defect
    """An answer with ``result`` false and one error.

    Attributes:
        code: The service's error code (0 general, 1 not found or wrong state, 96, 97, 98).
        message: The error text, with the service's own spelling mistakes.
        status: HTTP status. The service answers most errors with 200.
        fields: Further members of the envelope.
        headers: Further HTTP headers.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int = GENERAL,
        status: int = 200,
        fields: JSON | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields or {}
        self.headers = headers or {}

    def body(self) -> JSON:
        """The envelope to send."""
        return failure(self.message, code=self.code, **self.fields)


def success(**fields: Any) -> JSON:
    """The envelope of a successful answer."""
    return {"result": True, "errors": [], **fields}


def failure(message: str, *, code: int = GENERAL, **fields: Any) -> JSON:
    """The envelope of an answer with one error."""
    return {"result": False, "errors": [{"code": code, "message": message}], **fields}


@dataclass(frozen=True)
class ReceivedFile:
    """A file of a multipart body, written to a temporary path."""

    path: Path
    name: str
    """As the client sent it, reduced to safe characters."""


@dataclass
class Body:
    """The values and files of a request, each name with all of its values in order."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, list[ReceivedFile]] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The last value of a name; ``None`` if there is none."""
        return self.values.get(name, [None])[-1]

    def text(self, name: str) -> str:
        """The last value as text; empty for a boolean and for anything that is no scalar."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(value).strip()

    def number(self, name: str, default: int) -> int:
        """The last value as a whole number of at least 0, else the default."""
        text = self.text(name)
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else default

    def flag(self, name: str) -> bool:
        """Whether the last value is true, as JSON or as text."""
        return self.get(name) is True or self.text(name).lower() in {"true", "1"}

    def texts(self, name: str) -> list[str]:
        """All values of a name that are text, with lists flattened."""
        flat: list[Any] = []
        for value in self.values.get(name, []):
            flat.extend(value if isinstance(value, list) else [value])
        return [value for value in flat if isinstance(value, str)]


async def read_body(request: web.Request, new_path: Callable[[], Path]) -> Body:
    """Read a whole body; files go to temporary paths.

    Raises:
        Refusal: It is malformed or too large. Files written by then are removed.
    """
    if request.content_type.startswith("multipart/"):
        return await _read_multipart(request, new_path)
    text = await _text_of(request)
    if request.content_type == "application/x-www-form-urlencoded":
        return _form(text, request.charset or "utf-8")
    return _json(text)


@contextmanager
def temporary_files(body: Body) -> Iterator[None]:
    """Remove the files of a body that were not moved away by the end of the block."""
    try:
        yield
    finally:
        for files in body.files.values():
            for file in files:
                file.path.unlink(missing_ok=True)


async def _text_of(request: web.Request) -> str:
    """A whole body as text."""
    raw = await request.content.read(TEXT_LIMIT + 1)
    while len(raw) <= TEXT_LIMIT and (more := await request.content.read(TEXT_LIMIT)):
        raw += more
    if len(raw) > TEXT_LIMIT:
        raise Refusal(INVALID, status=413)
    try:
        return raw.decode(request.charset or "utf-8")
    except LookupError as error:
        raise Refusal(f"Request header [Content-Type] {_unknown(request.charset)}") from error
    except ValueError as error:
        raise Refusal(INVALID) from error


def _unknown(charset: str | None) -> str:
    return f"names an unknown charset: {clean(charset or '')}"


def clean(text: str) -> str:
    """What somebody sent, short enough and plain enough to be said back."""
    return re.sub(r"[^\x20-\x7e]", "?", text)[:60]


def _form(text: str, charset: str) -> Body:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, max_num_fields=_FIELDS)
    except ValueError as error:
        raise Refusal(INVALID) from error
    body = Body()
    for name, value in pairs:
        body.values.setdefault(name, []).append(value)
    return body


def _json(text: str) -> Body:
    if not text.strip():
        return Body()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(INVALID) from error
    if not isinstance(parsed, dict):
        raise Refusal(INVALID)
    return Body({name: [value] for name, value in parsed.items()})


async def _read_multipart(request: web.Request, new_path: Callable[[], Path]) -> Body:
    body = Body()
    try:
        await _read_parts(await request.multipart(), body, new_path)
    except _NOT_MULTIPART as error:
        _discard(body)
        raise Refusal(INVALID) from error
    except BaseException:
        _discard(body)
        raise
    return body


async def _read_parts(reader: MultipartReader, body: Body, new_path: Callable[[], Path]) -> None:
    budget, room, count = TEXT_LIMIT, BODY_LIMIT, 0
    while (part := await reader.next()) is not None:
        count += 1
        if isinstance(part, MultipartReader) or count > PART_LIMIT:
            raise Refusal(INVALID)
        name = part.name or ""
        if part.filename:
            room -= await _receive_file(part, body, name, new_path, min(room, FILE_LIMIT))
            continue
        value = await _read_text(part, budget)
        budget -= len(value)
        charset = part.get_charset("utf-8")
        try:
            text = value.decode(charset, errors="replace")
        except LookupError as error:
            raise Refusal(f"Request parameter [{clean(name)}] {_unknown(charset)}") from error
        body.values.setdefault(name, []).append(text)


async def _receive_file(
    part: BodyPartReader, body: Body, name: str, new_path: Callable[[], Path], limit: int
) -> int:
    """Write one file of at most `limit` bytes to a temporary path; its size."""
    received = ReceivedFile(new_path(), safe_name(part.filename or ""))
    body.files.setdefault(name, []).append(received)
    size = 0
    with received.path.open("wb") as target:
        while chunk := await part.read_chunk(2**18):
            size += len(chunk)
            if size > limit:
                raise Refusal("Request file is larger than 100 MB.", status=413)
            target.write(chunk)
    return size


async def _read_text(part: BodyPartReader, budget: int) -> bytes:
    value = b""
    while chunk := await part.read_chunk():
        value += chunk
        if len(value) > budget:
            raise Refusal(INVALID, status=413)
    return value


def _discard(body: Body) -> None:
    with temporary_files(body):
        pass


def safe_name(name: str) -> str:
    """A file name reduced to letters, digits, dot, dash and underscore, at most 80 long."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last)[-80:].lstrip(".") or "file"
