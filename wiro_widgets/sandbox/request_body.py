"""Reading a request's body (JSON, multipart or a form) within limits."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from .envelope import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .files import FileStore

FILE_LIMIT = 100 * 2**20
"""Bytes of one file, the service's own limit."""
BODY_LIMIT = 5 * FILE_LIMIT
"""Bytes of all files of one request together."""
TEXT_LIMIT = 2**20
"""Bytes of a JSON body, or of all text parts of a multipart body together."""
PART_LIMIT = 200
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


async def read_body(request: web.Request, files: FileStore) -> Body:
    """Read a whole body; files go to temporary paths.

    Raises:
        Refusal: It is malformed or too large. Files written by then are removed.
    """
    if request.content_type.startswith("multipart/"):
        return await _read_multipart(request, files)
    if request.content_type == "application/x-www-form-urlencoded":
        form = await request.post()
        return Body({name: [v for v in form.getall(name) if isinstance(v, str)] for name in form})
    return await _read_json(request)


@contextmanager
def temporary_files(body: Body) -> Iterator[None]:
    """Remove the files of a body that were not moved away by the end of the block."""
    try:
        yield
    finally:
        for files in body.files.values():
            for file in files:
                file.path.unlink(missing_ok=True)


async def _read_json(request: web.Request) -> Body:
    raw = await request.content.read(TEXT_LIMIT + 1)
    while len(raw) <= TEXT_LIMIT and (more := await request.content.read(TEXT_LIMIT)):
        raw += more
    if len(raw) > TEXT_LIMIT:
        raise Refusal(INVALID, status=413)
    if not raw.strip():
        return Body()
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refusal(INVALID) from error
    if not isinstance(parsed, dict):
        raise Refusal(INVALID)
    return Body({name: [value] for name, value in parsed.items()})


async def _read_multipart(request: web.Request, files: FileStore) -> Body:
    body = Body()
    try:
        await _read_parts(await request.multipart(), body, files)
    except _NOT_MULTIPART as error:
        _discard(body)
        raise Refusal(INVALID) from error
    except BaseException:
        _discard(body)
        raise
    return body


async def _read_parts(reader: MultipartReader, body: Body, files: FileStore) -> None:
    budget, room, count = TEXT_LIMIT, BODY_LIMIT, 0
    while (part := await reader.next()) is not None:
        count += 1
        if isinstance(part, MultipartReader) or count > PART_LIMIT:
            raise Refusal(INVALID)
        name = part.name or ""
        if part.filename:
            room -= await _receive_file(part, body, name, files, min(room, FILE_LIMIT))
            continue
        value = await _read_text(part, budget)
        budget -= len(value)
        body.values.setdefault(name, []).append(value.decode(errors="replace"))


async def _receive_file(
    part: BodyPartReader, body: Body, name: str, files: FileStore, limit: int
) -> int:
    """Write one file of at most `limit` bytes to a temporary path; its size."""
    received = ReceivedFile(files.new_path(), safe_name(part.filename or ""))
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
