"""One clip, inline."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import traitlets

from wiro_widgets.media.types import browser_type
from wiro_widgets.runs.state import Clip
from wiro_widgets.schema.parsing import clean_text
from wiro_widgets.widgets.protocol.runs import PlayerSource
from wiro_widgets.widgets.run_views import RunWidget


class VideoPlayer(RunWidget):
    """Plays a clip in the notebook: looping, muted, at any speed, steppable to the frame.

    Args:
        source: A run (its first clip, once it is there), a path, an http(s) URL, the bytes of a
            clip, or None. May be set again at any time.
        loop: Start over at the end.
        muted: Without sound.
        speed: 1 is as it was made; 0.25, 0.5, 1, 1.5 and 2 are offered.

    Raises:
        traitlets.TraitError: `source` is none of these, or `speed` is out of range.
        FileNotFoundError: `source` is a path where there is no file.

    Example:
        >>> VideoPlayer("wiro-runs/clips/0001-the-gull-lifts-off.mp4", loop=False)
    """

    _view = traitlets.Unicode("player").tag(sync=True)

    source = traitlets.Any(None, allow_none=True, help="What to play")
    loop = traitlets.Bool(default_value=True, help="Start over at the end").tag(sync=True)
    muted = traitlets.Bool(default_value=True, help="Without sound").tag(sync=True)
    speed = traitlets.Float(1.0, min=0.0625, max=16.0, help="1 is as made").tag(sync=True)
    _source = traitlets.Dict().tag(sync=True)
    _draws = frozenset({"poster"})

    def __init__(
        self, source: Any = None, *, loop: bool = True, muted: bool = True, speed: float = 1.0
    ) -> None:
        super().__init__(source=source, loop=loop, muted=muted, speed=speed)

    @traitlets.validate("source")
    def _check_source(self, proposal: Any) -> Any:
        source = proposal["value"]
        if isinstance(source, bytearray | memoryview):
            return bytes(source)
        if isinstance(source, str) and urlsplit(source).scheme in {"http", "https"}:
            return source
        if isinstance(source, str | os.PathLike):
            path = Path(source).expanduser()
            if not path.is_file():
                raise FileNotFoundError(f"VideoPlayer.source: there is no file {path}.")
            return path
        if source is None or isinstance(source, bytes) or hasattr(source, "clip_path"):
            return source
        raise traitlets.TraitError(
            "VideoPlayer.source must be a run, a path, an http(s) URL, bytes or None, "
            f"not {type(source).__name__}."
        )

    @traitlets.observe("source")
    def _show_source(self, change: Any) -> None:
        source = change["new"]
        is_run = hasattr(source, "clip_path")
        self._source = {} if is_run or source is None else dict(_describe(source))
        self.run = source if is_run else None

    def _media(self, run: str, index: int) -> Path | bytes | None:
        if isinstance(self.source, Path | bytes):
            return self.source if index == 0 else None
        return super()._media(run, index)

    def __repr__(self) -> str:
        if self.run is not None:
            return super().__repr__()
        return f"VideoPlayer: {self._source.get('label', 'empty')}"


def _describe(source: Path | str | bytes) -> PlayerSource:
    """A path, a URL or bytes as the browser gets it; never with the folder of the file."""
    if isinstance(source, bytes):
        digest = hashlib.sha256(source).hexdigest()[:16]
        return _player_source(digest, "clip.mp4", len(source), None)
    if isinstance(source, Path):
        facts = source.stat()
        key = f"{source.name}:{facts.st_size}:{facts.st_mtime_ns}"
        return _player_source(key, clean_text(source.name), facts.st_size, None)
    name = clean_text(Path(urlsplit(source).path).name) or "clip.mp4"
    return _player_source(source, name, 0, source)


def _player_source(key: str, name: str, size: int, url: str | None) -> PlayerSource:
    content_type = browser_type(mimetypes.guess_type(name)[0] or "")
    clip = Clip(name=name, content_type=content_type, size=size, url=url)
    return PlayerSource(key=key, label=name, clip=clip)
