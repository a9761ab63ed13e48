"""Real H.264 whose frames carry their own number, so that a test can read what is displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

WIDTH, HEIGHT = 384, 216
BITS = 8
BLOCK = WIDTH // BITS
"""The number stands in black and white blocks along the lower edge, highest bit first."""

READ_FRAME = f"""(video) => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    const [red] = pen.getImageData((bit + 0.5) * {BLOCK}, canvas.height - 12, 1, 1).data;
    number = number * 2 + (red > 127 ? 1 : 0);
  }}
  return number;
}}"""


def write_clip(
    path: Path, *, rate: Fraction | int = 25, frames: int = 50, sound: bool = False
) -> Path:
    """Write a clip whose frame k shows the number k.

    Args:
        path: Where to; ends in ``.mp4``.
        rate: Frames per second.
        frames: How many; below 256.
        sound: With a track of silence.
    """
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        track = file.add_stream("aac", rate=8000, layout="mono") if sound else None
        for number in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), (30, 40 + number, 90), np.uint8)
            for bit in range(BITS):
                on = number >> (BITS - 1 - bit) & 1
                picture[-24:, bit * BLOCK : (bit + 1) * BLOCK] = 255 * on
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())
        if track is not None:
            quiet = np.zeros((1, int(8000 * frames / rate)), np.float32)
            sound_frame = av.AudioFrame.from_ndarray(quiet, "fltp", "mono")
            sound_frame.sample_rate = 8000
            file.mux([*track.encode(sound_frame), *track.encode()])
    return path
