"""Write the small MP4 files that the tests of the demuxer read.

Usage: ``python -m tests.browser.make_mp4_fixtures``. Writes ``js/test/clips/*.mp4``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLIPS = ROOT / "js" / "test" / "clips"
WIDTH, HEIGHT = 64, 48
MEDIUM = {"preset": "medium", "crf": "35", "g": "250", "bf": "3"}
PLAIN = {"preset": "ultrafast", "crf": "35", "g": "6"}


def write(
    name: str,
    *,
    codec: str = "libx264",
    options: dict[str, str] = MEDIUM,
    movflags: str = "faststart",
    starts: Sequence[int] = range(0, 20 * 40, 40),
    ticks: int = 1000,
    prepare: Callable[[av.VideoStream], None] = lambda _: None,
    sound: bool = False,
) -> None:
    """Write frames that begin at ``starts``, counted in ``ticks`` of a second."""
    flags = {"movflags": movflags} if movflags else {}
    with av.open(str(CLIPS / f"{name}.mp4"), "w", options=flags) as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, ticks)
        prepare(stream)
        track = file.add_stream("aac", rate=8000, layout="mono") if sound else None
        for number, start in enumerate(starts):
            picture = np.full((HEIGHT, WIDTH, 3), 40 + 8 * number, np.uint8)
            picture[:, : 3 * number] = (200, 30, 90)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = start, Fraction(1, ticks)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
        if track is not None:
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.float32), "fltp", "mono")
            quiet.sample_rate = 8000
            file.mux([*track.encode(quiet), *track.encode()])


def cut(name: str, source: str, ticks: int) -> None:
    """Leave out the beginning of ``source`` by an edit list, without encoding anew."""
    with (
        av.open(str(CLIPS / f"{source}.mp4")) as whole,
        av.open(str(CLIPS / f"{name}.mp4"), "w") as file,
    ):
        taken = whole.streams.video[0]
        stream = file.add_stream_from_template(taken)
        for packet in whole.demux(taken):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts -= ticks
            packet.dts -= ticks
            packet.stream = stream
            file.mux(packet)


def main() -> None:
    """Write them all."""
    CLIPS.mkdir(exist_ok=True)
    fragments = "frag_keyframe+empty_moov"
    every_six = {**MEDIUM, "g": "6"}
    write("plain", options=PLAIN)
    write("b_frames")
    write("moov_last", movflags="", sound=True)
    write("signed_delays", movflags="faststart+negative_cts_offsets")
    write("fragments", movflags=f"{fragments}+default_base_moof", options=every_six, sound=True)
    write("fragments_by_offset", movflags=fragments, options=every_six)
    write("late", starts=range(400, 1200, 40))
    write("unlike_lengths", starts=[0, 20, 60, 140, 160, 200, 280, 300, 340, 420])
    for degrees in (90, 180, 270):
        write(
            f"turned_{degrees}",
            options=PLAIN,
            prepare=lambda stream, by=degrees: stream.set_display_rotation(-by),
        )
    x265 = {"preset": "medium", "crf": "35", "x265-params": "log-level=error"}
    write(
        "hevc",
        codec="libx265",
        options=x265,
        prepare=lambda stream: setattr(stream.codec_context, "codec_tag", "hvc1"),
    )
    write("vp9", codec="libvpx-vp9", options={"crf": "50", "b": "0", "cpu-used": "5"})
    write("av1", codec="libsvtav1", options={"crf": "50", "preset": "8"})
    cut("cut", "b_frames", 4000)


if __name__ == "__main__":
    main()
