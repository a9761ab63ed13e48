"""Clips as services and people produce them beside the usual ones."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.browser.widgets.clips import write_clip

if TYPE_CHECKING:
    from pathlib import Path


def write_plain(path: Path, width: int, height: int, frames: int, rate: int = 25) -> Path:
    """Frames that grow brighter, of any size."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", rate=rate, options={"crf": "30", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            picture = np.full((height, width, 3), 30 + 200 * number // frames, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """Two seconds of silence in a file called a film."""
    with av.open(str(path), "w") as file:
        track = file.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        file.mux([*track.encode(frame), *track.encode()])
    return path


def write_odd(folder: Path) -> Path:
    """All of them, by name, in a folder."""
    write_clip(folder / "usual.mp4")
    write_clip(folder / "slow.mp4", rate=24)
    write_clip(folder / "film.mp4", rate=Fraction(24000, 1001))
    write_clip(folder / "one.mp4", frames=1)
    write_plain(folder / "tall.mp4", 216, 384, 50)
    write_plain(folder / "large.mp4", 3840, 2160, 12)
    write_plain(folder / "long.mp4", 192, 108, 1500)
    write_sound(folder / "sound.mp4")
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40)
    (folder / "cut.mp4").write_bytes((folder / "usual.mp4").read_bytes()[:4000])
    return folder
