"""A file on its way from the browser, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_UPLOAD = 60 * 1024 * 1024
"""Largest file that is accepted from the browser, in bytes."""

_MOST_NOTES = 10
_LONGEST_NOTE = 200


@dataclass
class Upload:
    """Collects the pieces of one file; they have to come in order, as messages do.

    Attributes:
        request: The id the browser chose.
        name: File name as the browser says it; a label, never a path.
        size: Bytes in all.
        notes: What a person did to it there, in words.
        data: What has come so far.
    """

    request: str
    name: str
    size: int
    notes: tuple[str, ...] = ()
    data: bytearray = field(default_factory=bytearray)

    @classmethod
    def begin(cls, request: str, message: dict[str, object]) -> Upload:
        """From the browser's `BeginMessage`.

        Raises:
            ValueError: It announces more than is accepted, or nothing.
        """
        size, notes = message.get("size"), message.get("notes")
        if not isinstance(size, int) or not 0 < size <= MAX_UPLOAD:
            raise ValueError(f"Files of up to {MAX_UPLOAD >> 20} MB can be sent from here.")
        return cls(
            request=request,
            name=str(message.get("name") or "picture"),
            size=size,
            notes=tuple(
                str(note)[:_LONGEST_NOTE]
                for note in (notes if isinstance(notes, list) else [])[:_MOST_NOTES]
            ),
        )

    def take(self, offset: object, piece: memoryview | bytes) -> bool:
        """Add a piece.

        Returns:
            True when the file is whole.

        Raises:
            ValueError: The piece is not the next one.
        """
        if offset != len(self.data) or offset + len(piece) > self.size:
            raise ValueError("A part of the file was lost on the way. Choose it again.")
        self.data += piece
        return len(self.data) == self.size
