"""Clips on their way to the browser and files on their way from it, in pieces."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wiro_widgets.client.inputs import is_url, open_input, ready_input, safe_name
from wiro_widgets.schema.parsing import clean_text
from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.browser_files import allow_files
from wiro_widgets.widgets.protocol.common import (
    AckMessage,
    BeginMessage,
    CancelMediaMessage,
    ChunkMessage,
    ErrorMessage,
    KeptMessage,
    MediaMessage,
    TakenMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from wiro_widgets.client import Parameter
    from wiro_widgets.widgets.protocol.common import PieceMessage

CHUNK_BYTES = 512 * 1024
"""Well under what a websocket message may weigh (10 MiB; about 1 MB in Colab)."""
MAX_UPLOAD = 60 * 1024 * 1024
"""Largest file that is accepted from the browser, in bytes."""
MOST_UPLOADS = 4
"""Files that may be on their way to one form."""
MOST_KEPT = 100
"""Files that one form keeps."""
MOST_KEPT_BYTES = 500 * 1024 * 1024
"""Bytes in all of the files that one form keeps."""

_COMING_SECONDS = 2.0
"""A browser that hears nothing for three takes the kernel for busy with a cell."""
_MOST_TRANSFERS = 64
"""Transfers remembered; a browser that went away leaves its last one behind."""
_MOST_NOTES = 10
_LONGEST_NOTE = 200
_LONGEST_NAME = 300


class ChunkedTransfers:
    """Sends files in chunks, each on request, so that memory stays flat whatever their size."""

    def __init__(self) -> None:
        self._under_way: OrderedDict[str, tuple[Path | bytes, int]] = OrderedDict()

    def start(self, request: str, media: Path | bytes) -> tuple[ChunkMessage, bytes]:
        """Begin a transfer.

        Args:
            request: The id the browser chose.
            media: A file on this disk, or the bytes themselves.

        Returns:
            The first chunk and its bytes.

        Raises:
            OSError: The file cannot be read.
        """
        self._under_way[request] = (media, 0)
        while len(self._under_way) > _MOST_TRANSFERS:
            self._under_way.popitem(last=False)
        chunk = self.next(request)
        if chunk is None:
            raise OSError("The clip is empty.")
        return chunk

    def next(self, request: str) -> tuple[ChunkMessage, bytes] | None:
        """The next chunk and its bytes; None when the transfer has ended or is not known."""
        media, offset = self._under_way.get(request, (b"", 0))
        data, total = _read(media, offset)
        if not data:
            self.cancel(request)
            return None
        self._under_way[request] = (media, offset + len(data))
        return ChunkMessage(id=request, type="chunk", offset=offset, total=total), data

    def cancel(self, request: str) -> None:
        """Forget a transfer."""
        self._under_way.pop(request, None)


def _read(media: Path | bytes, offset: int) -> tuple[bytes, int]:
    """One chunk and the size of the whole; the file is not kept open between chunks."""
    if isinstance(media, bytes):
        return media[offset : offset + CHUNK_BYTES], len(media)
    with media.open("rb") as file:
        total = file.seek(0, 2)
        file.seek(offset)
        return file.read(CHUNK_BYTES), total


class MediaMixin(WiroWidget):
    """A widget that sends the browser what a URL cannot give it."""

    def __init__(self, **traits: Any) -> None:
        self._transfers = ChunkedTransfers()
        # Requests whose clip the kernel fetches itself.
        self._coming: set[str] = set()
        super().__init__(**traits)

    def _media(self, run: str, index: int) -> Path | bytes | None:
        """Where the bytes of clip `index` are; None when they are not here.

        Args:
            run: Which run of a comparison; "" where there is one only.
            index: Which of its outputs.
        """
        raise NotImplementedError

    def _bring(self, run: str, then: Callable[[BaseException | None], None]) -> bool:  # noqa: ARG002
        """Fetch a clip from where another computer put it; False if none did.

        Args:
            run: Which run of a comparison; "" where there is one only.
            then: Called on a worker thread with why that failed, None when it is here.
        """
        return False

    @handles(MediaMessage)
    def _start_transfer(self, message: MediaMessage) -> tuple[ChunkMessage, bytes] | None:
        media = self._media(message["run"], message["clip"])
        if media is not None:
            return self._transfers.start(message["id"], media)
        self._coming.add(message["id"])
        if self._bring(message["run"], lambda failure: self._answer_later(message, failure)):
            self._say_coming(message)
            return None
        self._coming.discard(message["id"])
        raise Refused("The clip is not on this computer.")

    def _say_coming(self, message: MediaMessage) -> None:
        """Have the browser know that the kernel is at work on its request, until that is over."""
        if message["id"] not in self._coming or self.comm is None:
            return
        self.send(ok(message))
        again = threading.Timer(_COMING_SECONDS, self._say_coming, (message,))
        again.daemon = True
        again.start()

    def _answer_later(self, message: MediaMessage, failure: BaseException | None) -> None:
        """Answer a request for a clip that had to be fetched first."""
        if message["id"] not in self._coming or self.comm is None:
            return
        self._coming.discard(message["id"])
        try:
            media = self._media(message["run"], message["clip"])
            if media is None:
                raise Refused(str(failure or "The clip is not on this computer."))  # noqa: TRY301
            chunk, data = self._transfers.start(message["id"], media)
        except (Refused, OSError) as error:
            self.send(ErrorMessage(id=message["id"], type="error", message=str(error)))
        else:
            self.send(chunk, buffers=[data])

    @handles(AckMessage)
    def _continue_transfer(self, message: AckMessage) -> tuple[ChunkMessage, bytes] | None:
        return self._transfers.next(message["id"])

    @handles(CancelMediaMessage)
    def _cancel_transfer(self, message: CancelMediaMessage) -> None:
        self._coming.discard(message["id"])
        self._transfers.cancel(message["id"])


@dataclass
class Upload:
    """Collects the pieces of one file; they have to come in order, as messages do.

    Attributes:
        request: The id the browser chose.
        name: File name as the browser says it; a label, never a path.
        size: Bytes in all.
        notes: What a person did to it there, as text.
        data: What has come so far.
    """

    request: str
    name: str
    size: int
    notes: tuple[str, ...] = ()
    data: bytearray = field(default_factory=bytearray)

    @classmethod
    def begin(cls, message: BeginMessage) -> Upload:
        """Accept a file.

        Raises:
            Refused: It is larger than what is accepted, or empty.
        """
        if message["size"] <= 0:
            raise Refused("The file is empty.")
        if message["size"] > MAX_UPLOAD:
            raise Refused(f"Files of up to {MAX_UPLOAD >> 20} MB can be sent from here.")
        return cls(
            request=message["id"],
            name=clean_text(message["name"], _LONGEST_NAME) or "picture",
            size=message["size"],
            notes=tuple(clean_text(note, _LONGEST_NOTE) for note in message["notes"][:_MOST_NOTES]),
        )

    def add(self, message: PieceMessage, piece: memoryview) -> TakenMessage | None:
        """Add a piece.

        Returns:
            What to reply; None when the file is whole.

        Raises:
            Refused: The piece is not the next one.
        """
        offset = message["offset"]
        if offset != len(self.data) or offset + len(piece) > self.size:
            raise Refused("A part of the file was lost on the way. Choose it again.")
        self.data += piece
        if len(self.data) == self.size:
            return None
        return TakenMessage(id=self.request, type="taken", offset=len(self.data))


class PanelFiles:
    """Saves files for a model's settings in a folder that is deleted with the panel.

    A run copies its inputs into the library, so nothing that was sent is lost with it. At most
    `MOST_UPLOADS` are under way, of which the oldest gives way to a new one: a page that was left
    does not say so. At most `MOST_KEPT_BYTES` are kept; files that are not in the form any more
    give way.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._under_way: OrderedDict[str, Upload] = OrderedDict()
        self._kept: dict[str, int] = {}
        self._count = 0

    def begin(self, message: BeginMessage, in_use: Collection[str]) -> TakenMessage:
        """Accept a file.

        Args:
            message: Tells of the file.
            in_use: Paths of files that have to stay.

        Raises:
            Refused: It is larger than what is accepted, or empty, or there is no room for it.
        """
        upload = Upload.begin(message)
        self._make_room(upload.size, in_use)
        self._under_way[upload.request] = upload
        while len(self._under_way) > MOST_UPLOADS:
            self._under_way.popitem(last=False)
        return TakenMessage(id=upload.request, type="taken", offset=0)

    def add(self, message: PieceMessage, piece: memoryview) -> TakenMessage | KeptMessage:
        """Add a piece.

        Raises:
            Refused: A part of the file was lost, or others were begun since.
            OSError: It cannot be saved.
        """
        upload = self._under_way.get(message["id"])
        if upload is None:
            raise Refused("This file gave way to others. Choose it again.")
        taken = upload.add(message, piece)
        if taken is not None:
            return taken
        del self._under_way[upload.request]
        path = self._save(upload.name, upload.data)
        return KeptMessage(id=upload.request, type="kept", path=path)

    def as_text(self, parameter: Parameter, value: Any) -> Any:
        """A value from Python as addresses and paths: a form is text, so an image is saved.

        Args:
            parameter: What takes it: files.
            value: One input or a list of them.

        Raises:
            InputError: It cannot be sent.
            OSError: It cannot be saved.
        """
        if isinstance(value, list) or type(value) is tuple:
            return [self.as_text(parameter, one) for one in value]
        if isinstance(value, os.PathLike):
            return os.fsdecode(value)
        if value is None or (isinstance(value, str) and value[:5].lower() != "data:"):
            return value
        ready = ready_input(value, parameter.id, as_picture=parameter.is_picture)
        if is_url(ready):
            return ready
        with open_input(ready, parameter.id) as part:
            return self._save(part.name, part.stream.read(part.size))

    def cancel(self, request: str) -> None:
        """Forget a file that is on its way."""
        self._under_way.pop(request, None)

    def _make_room(self, size: int, in_use: Collection[str]) -> None:
        """Delete files that are not in use, oldest first, until there is room for another."""
        for path in [path for path in self._kept if path not in in_use]:
            if self._fits(size):
                return
            shutil.rmtree(Path(path).parent, ignore_errors=True)
            del self._kept[path]
        if not self._fits(size):
            raise Refused(
                f"The form holds {MOST_KEPT} files or {MOST_KEPT_BYTES >> 20} MB. Take one out of"
                " it first."
            )

    def _fits(self, size: int) -> bool:
        return len(self._kept) < MOST_KEPT and sum(self._kept.values()) + size <= MOST_KEPT_BYTES

    def _save(self, name: str, data: bytes | bytearray) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="wiro-files-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._count += 1
        # A folder for each, so that two of one name are two.
        path = self._folder / str(self._count) / safe_name(name)
        path.parent.mkdir()
        path.write_bytes(data)
        self._kept[str(path)] = len(data)
        allow_files(str(path))
        return str(path)
