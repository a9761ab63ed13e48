"""Files for a model's settings, on their way from the browser to this disk."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wiro_widgets.client.inputs import safe_name
from wiro_widgets.widgets.protocol.parameters import KeptMessage
from wiro_widgets.widgets.protocol.upload import TakenMessage
from wiro_widgets.widgets.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence


class PanelFiles:
    """Keeps what comes in a folder of its own, which goes with the panel.

    A run copies its inputs into the library, so nothing that was sent is lost with it.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._under_way: dict[str, Upload] = {}
        self._count = 0

    def take(
        self, request: str, content: dict[str, Any], buffers: Sequence[memoryview]
    ) -> TakenMessage | KeptMessage | None:
        """Answer a message about a file; None when there is nothing to say.

        Raises:
            ValueError: It is too large, or a part of it was lost.
        """
        kind = content.get("type")
        if kind == "begin":
            self._under_way[request] = Upload.begin(request, content)
            return TakenMessage(id=request, type="taken", offset=0)
        upload = self._under_way.get(request)
        if kind == "cancel" or upload is None or not buffers:
            self._under_way.pop(request, None)
            return None
        if not upload.take(content.get("offset"), buffers[0]):
            return TakenMessage(id=request, type="taken", offset=len(upload.data))
        del self._under_way[request]
        return KeptMessage(id=request, type="kept", path=str(self._keep(upload)))

    def _keep(self, upload: Upload) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="wiro-files-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._count += 1
        # A folder for each, so that two of one name are two.
        path = self._folder / str(self._count) / safe_name(upload.name)
        path.parent.mkdir()
        path.write_bytes(upload.data)
        return path
