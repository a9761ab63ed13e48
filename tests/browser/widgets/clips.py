"""Real H.264 whose frames carry their own number, so that a test can read what is displayed."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WIDTH, HEIGHT = 384, 216
BITS = 8
"""The number stands in black and white blocks along the lower edge, highest bit first."""
AS_SERVICES_ENCODE = {"preset": "medium", "crf": "20", "g": "250", "bf": "3"}
"""Options of x264: its defaults, named so that no test depends on them by accident."""

READ_FRAME = f"""(video) => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    const column = ((bit + 0.5) * canvas.width) / {BITS};
    const [red] = pen.getImageData(column, canvas.height - 12, 1, 1).data;
    number = number * 2 + (red > 127 ? 1 : 0);
  }}
  return number;
}}"""


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture that shows a number below 256, as RGB."""
    picture = np.full((height, width, 3), (30, 40 + min(number, 200), 90), np.uint8)
    block = width // BITS
    for bit in range(BITS):
        on = number >> (BITS - 1 - bit) & 1
        picture[-24:, bit * block : (bit + 1) * block] = 255 * on
    return picture


def write_clip(
    path: Path,
    *,
    rate: Fraction | int = 25,
    frames: int = 50,
    sound: bool = False,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    movflags: str = "faststart",
    prepare: Callable[[av.VideoStream], None] = lambda _: None,
    starts: Sequence[Fraction] = (),
    picture: Callable[[int], np.ndarray] = numbered,
) -> Path:
    """Write a clip whose frame k shows the number k.

    Args:
        path: Where to; ends in ``.mp4``, unless another container is wanted.
        rate: Frames per second.
        frames: How many; below 256.
        sound: With a track of silence.
        codec: The encoder of the pictures.
        options: Its options; those of :data:`AS_SERVICES_ENCODE` unless given.
        movflags: Of the muxer for MP4.
        prepare: Called with the stream before the first frame is encoded.
        starts: The second at which each frame begins and, last, the end of the clip; evenly
            spaced unless given.
        picture: Draws a frame by its number; the first one decides the size.
    """
    first = picture(0)
    ticks = Fraction(1, 1000) if starts else 1 / Fraction(rate)
    flags = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", options=flags) as file:
        stream = file.add_stream(codec, rate=rate, options=options or AS_SERVICES_ENCODE)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = ticks
        prepare(stream)
        track = file.add_stream("aac", rate=8000, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), "rgb24")
            frame.time_base = ticks
            frame.pts = round(starts[number] / ticks) if starts else number
            if starts:
                frame.duration = round((starts[number + 1] - starts[number]) / ticks)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
        if track is not None:
            quiet = np.zeros((1, int(8000 * frames / rate)), np.float32)
            sound_frame = av.AudioFrame.from_ndarray(quiet, "fltp", "mono")
            sound_frame.sample_rate = 8000
            file.mux([*track.encode(sound_frame), *track.encode()])
    return path
