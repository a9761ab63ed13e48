"""A widget that hands its clips to the browser when a URL will not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.widgets.base import WiroWidget
from wiro_widgets.widgets.transfer import Transfers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ClipServer(WiroWidget):
    """Answers the media messages of `wiro_widgets.widgets.protocol.run`."""

    def __init__(self, **traits: Any) -> None:
        self._transfers = Transfers()
        super().__init__(**traits)

    def _answer(self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = content.get("type")
        if kind == "media":
            run, index = content.get("run", ""), content.get("clip")
            media = None
            if isinstance(run, str) and isinstance(index, int):
                media = self._media(run, index)
            self._send_media(request, media)
        elif kind == "ack":
            self._send_chunk(self._transfers.next(request))
        elif kind == "cancel_media":
            self._transfers.cancel(request)
        else:
            super()._answer(request, content, buffers)

    def _send_media(self, request: str, media: Path | bytes | None) -> None:
        if media is None:
            message = "The clip is not on this computer."
            self.send({"id": request, "type": "error", "message": message})
        else:
            self._send_chunk(self._transfers.start(request, media))

    def _send_chunk(self, chunk: tuple[Any, bytes] | None) -> None:
        if chunk is not None:
            self.send(chunk[0], buffers=[chunk[1]])

    def _media(self, run: str, index: int) -> Path | bytes | None:
        """Where the bytes of clip `index` are; None when they are not here.

        Args:
            run: Which run of a comparison; "" where there is one only.
            index: Which of its outputs.
        """
        raise NotImplementedError
