"""Encoding frames as H.264 in MP4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from PIL import Image

    from .canvas import Planes

KEY_FRAME_EVERY = 250
"""The default of x264, which services use: most clips have one key frame, the first."""
_BT709 = 1
_LIMITED = 1
# What a player has to cope with is as in the default preset: CABAC, 8x8 transforms, B-frames
# that are referred to, two reference frames. Only the search for what to refer to is that of the
# quickest preset; a better one makes files smaller but takes up to five times as long.
_X264 = {
    "bframes": 3,
    "b-adapt": 0,
    "b-pyramid": 2,
    "weightb": 1,
    "ref": 2,
    "cabac": 1,
    "8x8dct": 1,
    "no-deblock": 0,
    "scenecut": 0,
    "cpu-independent": 1,
}
_OPTIONS = {
    "preset": "ultrafast",
    "crf": "24",
    "g": str(KEY_FRAME_EVERY),
    # One thread: the bytes must not depend on the machine's number of cores.
    "threads": "1",
    "x264-params": ":".join(f"{name}={value}" for name, value in _X264.items()),
}


def encode(path: Path, frames: Iterable[Planes], *, width: int, height: int, rate: int) -> None:
    """Write frames to an MP4 file with the index in front, for streaming.

    Args:
        path: Where to write; the content is the same for the same frames.
        frames: Limited-range BT.709 planes of ``width`` x ``height``, both even.
        width: Pixels.
        height: Pixels.
        rate: Frames per second.
    """
    with av.open(
        str(path), "w", format="mp4", options={"movflags": "faststart", "fflags": "bitexact"}
    ) as container:
        stream = container.add_stream("libx264", rate=rate, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        for index, planes in enumerate(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for target, source in zip(frame.planes, planes, strict=True):
                _copy(source, target)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _copy(source: Image.Image, target: av.video.plane.VideoPlane) -> None:
    """Copy a plane into one whose lines the encoder has padded."""
    lines = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
    lines[: source.height, : source.width] = np.asarray(source)
