"""Clips as services and people produce them beside the usual ones."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.browser.widgets.clips import AS_SERVICES_ENCODE, HEIGHT, WIDTH, numbered, write_clip

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = 255
"""The number in frames that an edit list leaves out."""


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


def write_fragmented(path: Path, *, every: int = 12) -> Path:
    """In fragments, as streaming services and recorders write: one for each key frame.

    Such a file has no edit list, so its first frame begins two frames late, at 0.08 s.
    """
    options = {**AS_SERVICES_ENCODE, "g": str(every)}
    return write_clip(path, options=options, movflags="frag_keyframe+empty_moov+default_base_moof")


def write_rotated(path: Path, degrees: int) -> Path:
    """Stored lying, to be turned clockwise by a multiple of 90 degrees, as telephones do.

    Upright, 216 x 384 for a quarter turn, its numbers stand along the lower edge as everywhere.
    """
    turns = degrees // 90
    size = (HEIGHT, WIDTH) if turns % 2 else (WIDTH, HEIGHT)
    return write_clip(
        path,
        prepare=lambda stream: stream.set_display_rotation(-degrees),
        picture=lambda number: np.ascontiguousarray(np.rot90(numbered(number, *size), turns)),
    )


def write_moov_last(path: Path) -> Path:
    """With the index behind the frames, as most encoders write unless told otherwise."""
    return write_clip(path, movflags="")


def write_webm(path: Path) -> Path:
    """VP9 in WebM; the path ends in ``.webm``."""
    options = {"crf": "30", "b": "0", "g": "250", "cpu-used": "5", "row-mt": "1"}
    return write_clip(path, codec="libvpx-vp9", options=options, movflags="")


def write_edit_list(path: Path, *, skip: int = 5) -> Path:
    """Cut without encoding anew: an edit leaves out the first frames, which show 255.

    Frame k of what is to be seen shows the number k.
    """
    whole = write_clip(
        path.with_suffix(".whole.mp4"),
        frames=50 + skip,
        picture=lambda number: numbered(number - skip if number >= skip else HIDDEN),
    )
    with av.open(str(whole)) as source, av.open(str(path), "w") as file:
        taken = source.streams.video[0]
        stream = file.add_stream_from_template(taken)
        assert taken.time_base is not None
        for packet in source.demux(taken):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts -= round(Fraction(skip, 25) / taken.time_base)
            packet.dts -= round(Fraction(skip, 25) / taken.time_base)
            packet.stream = stream
            file.mux(packet)
    whole.unlink()
    return path


def write_vfr(path: Path) -> Path:
    """Frames of 20, 40 and 80 ms in turn, as screen recorders and editors of GIFs make them."""
    lengths = (Fraction(20, 1000), Fraction(40, 1000), Fraction(80, 1000))
    starts = [Fraction(0)]
    for number in range(50):
        starts.append(starts[-1] + lengths[number % 3])
    return write_clip(path, starts=starts)


def write_hevc(path: Path) -> Path:
    """HEVC, which browsers on Linux do not decode."""
    options = {"preset": "medium", "crf": "24", "x265-params": "log-level=error"}

    def tag(stream: av.VideoStream) -> None:
        # Apple's players take no other of the two names.
        stream.codec_context.codec_tag = "hvc1"

    return write_clip(path, codec="libx265", options=options, prepare=tag)


def write_truncated(path: Path) -> Path:
    """All of the index, half of the frames: a download that ended early."""
    data = write_clip(path).read_bytes()
    path.write_bytes(data[: (data.index(b"mdat") + len(data)) // 2])
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
    write_truncated(folder / "cut.mp4")
    return folder
