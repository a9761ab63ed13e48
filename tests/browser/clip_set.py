"""Small clips as cameras, services and editors write them; each frame carries its number.

The upper half of a frame is four flat patches of colour, the lower half its number in black and
white blocks, highest bit first. All is drawn in the proportions of the frame, so that it can be
read from the screen at any size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pathlib import Path

Array = npt.NDArray[np.uint8]

PATCHES = ((220, 30, 40), (30, 190, 60), (40, 60, 220), (128, 128, 128))
"""Red, green, blue and grey, in sRGB."""
BITS = 5
CUT = 2**BITS - 1
"""The number in frames that an edit list leaves out."""

_WEIGHTS = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593)}
# As ISO/IEC 23091-2 numbers primaries, transfer and matrix.
_CODES = {
    "601": (6, 6, 6),
    "625": (5, 6, 5),
    "709": (1, 1, 1),
    "2020": (9, 14, 9),
    "hlg": (9, 18, 9),
    "pq": (9, 16, 9),
    "part": (2, 2, 1),
}
_X264 = {
    "601": ("smpte170m", "smpte170m", "smpte170m"),
    "625": ("bt470bg", "smpte170m", "bt470bg"),
    "709": ("bt709", "bt709", "bt709"),
    "2020": ("bt2020", "bt2020-10", "bt2020nc"),
    "hlg": ("bt2020", "arib-std-b67", "bt2020nc"),
    "pq": ("bt2020", "smpte2084", "bt2020nc"),
    "part": ("undef", "undef", "bt709"),
}
_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"


@dataclass(frozen=True)
class Made:
    """How a clip is made. Its frames show 0, 1, 2 and so on; cut ones show `CUT`."""

    name: str
    codec: str = "libx264"
    size: tuple[int, int] = (160, 96)
    """Pixels as stored."""
    rate: Fraction = Fraction(25)
    frames: int = 5
    starts: tuple[int, ...] = ()
    """Milliseconds at which frames begin, and last when the clip ends; evenly spaced without."""
    matrix: str = "601"
    """By which the pictures were made."""
    deep: bool = False
    """Ten bits instead of eight."""
    full: bool = False
    """All 256 values of brightness are used."""
    coded: str = ""
    """The tags that the codec itself carries."""
    boxed: str = ""
    """The tags that the container carries."""
    kind: str = "nclx"
    """Of the container's tags: QuickTime writes ``nclc``."""
    movflags: str = ""
    suffix: str = "mp4"
    sound: float = 0.0
    """Seconds."""
    turned: int = 0
    """Degrees clockwise by which it is to be turned to stand upright."""
    aspect: Fraction = Fraction(1)
    """Of a pixel."""
    b_frames: bool = False
    cut_start: int = 0
    """Frames that an edit list leaves out before the first one."""
    cut_end: int = 0
    """Frames that an edit list leaves out after the last one."""


def patched(number: int, size: tuple[int, int]) -> Array:
    """The picture of a number, as RGB of any width and height."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    for place, colour in enumerate(PATCHES):
        left, right = (width * (place + side) // len(PATCHES) for side in (0, 1))
        picture[: height // 2, left:right] = colour
    for bit in range(BITS):
        left, right = (width * (bit + side) // BITS for side in (0, 1))
        picture[height // 2 :, left:right] = 255 * (number >> (BITS - 1 - bit) & 1)
    return picture


def read_number(picture: Array) -> int:
    """The number in a picture of a frame, without anything around it."""
    height, width = picture.shape[:2]
    row = picture[height * 3 // 4]
    number = 0
    for bit in range(BITS):
        number = number * 2 + int(row[int((bit + 0.5) * width / BITS)].mean() > 127)
    return number


def read_patches(picture: Array) -> list[tuple[int, ...]]:
    """The colours in a picture of a frame, in the order of `PATCHES`."""
    height, width = picture.shape[:2]
    # Beside what a tile shows in its corner.
    places = [int((place + 0.3) * width / len(PATCHES)) for place in range(len(PATCHES))]
    row = picture[height * 2 // 5]
    return [tuple(int(value) for value in row[at]) for at in places]


def _planes(picture: Array, matrix: str, *, full: bool) -> Array:
    """A picture as planes of 4:2:0, by a matrix."""
    red, blue = _WEIGHTS[matrix]
    rgb = picture.astype(np.float64) / 255
    light = red * rgb[..., 0] + (1 - red - blue) * rgb[..., 1] + blue * rgb[..., 2]
    colours = ((rgb[..., 2] - light) / (2 - 2 * blue), (rgb[..., 0] - light) / (2 - 2 * red))
    dark, wide, deep = (0, 255, 255) if full else (16, 219, 224)
    height, width = light.shape
    small = [
        colour.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) * deep + 128
        for colour in colours
    ]
    planes = [light * wide + dark, *small]
    flat = np.concatenate([plane.ravel() for plane in planes])
    whole = np.clip(np.round(flat), 0, 255).astype(np.uint8)
    return whole.reshape(height * 3 // 2, width)


def _options(made: Made) -> dict[str, str]:
    if made.codec == "libx264":
        options = {"preset": "medium" if made.b_frames else "ultrafast", "crf": "10", "g": "250"}
        if made.b_frames:
            options["bf"] = "3"
        given: list[str] = ["fullrange=on"] if made.full and made.coded else []
        if made.coded:
            names = ("colorprim", "transfer", "colormatrix")
            given += [f"{a}={b}" for a, b in zip(names, _X264[made.coded], strict=True)]
        return options | ({"x264-params": ":".join(given)} if given else {})
    if made.codec == "libx265":
        return {"preset": "ultrafast", "crf": "10", "x265-params": "log-level=error"}
    if made.codec == "libsvtav1":
        return {"crf": "10", "preset": "8"}
    return {"crf": "10", "b": "0" if made.codec == "libvpx-vp9" else "2M", "cpu-used": "8"}


def write_made(folder: Path, made: Made) -> Path:
    """Write one of them into a folder."""
    path = folder / f"{made.name}.{made.suffix}"
    ticks = Fraction(1, 1000) if made.starts else 1 / made.rate
    flags = {"movflags": made.movflags} if made.movflags else {}
    with av.open(str(path), "w", options=flags) as file:
        stream = file.add_stream(made.codec, rate=made.rate, options=_options(made))
        stream.width, stream.height = made.size
        stream.pix_fmt = "yuv420p10le" if made.deep else "yuv420p"
        context = stream.codec_context
        context.time_base = ticks
        if made.codec != "libx264" and made.coded:
            primaries, transfer, matrix = _CODES[made.coded]
            context.color_primaries, context.color_trc = primaries, transfer
            context.colorspace, context.color_range = matrix, 2 if made.full else 1
        if made.codec == "libx265":
            context.codec_tag = "hvc1"
        if made.aspect != 1:
            context.sample_aspect_ratio = made.aspect
        if made.turned:
            stream.set_display_rotation(-made.turned)
        track = file.add_stream("aac", rate=8000, layout="mono") if made.sound else None
        shown = range(-made.cut_start, made.frames + made.cut_end)
        for place, number in enumerate(shown):
            file.mux(stream.encode(_frame(made, place, number, ticks)))
        file.mux(stream.encode())
        if track is not None:
            quiet = np.zeros((1, int(8000 * made.sound)), np.float32)
            sound = av.AudioFrame.from_ndarray(quiet, "fltp", "mono")
            sound.sample_rate = 8000
            file.mux([*track.encode(sound), *track.encode()])
    if made.boxed:
        path.write_bytes(_tagged(path.read_bytes(), made))
    if made.cut_start or made.cut_end:
        path.write_bytes(_edited(path.read_bytes(), made))
    return path


def _frame(made: Made, place: int, number: int, ticks: Fraction) -> av.VideoFrame:
    turns = made.turned // 90
    upright = made.size[::-1] if turns % 2 else made.size
    picture = patched(number if 0 <= number < made.frames else CUT, upright)
    stored = np.ascontiguousarray(np.rot90(picture, turns))
    planes = _planes(stored, made.matrix, full=made.full)
    frame = (
        av.VideoFrame.from_ndarray(planes.astype("<u2") * 4, "yuv420p10le")
        if made.deep
        else av.VideoFrame.from_ndarray(planes, "yuv420p")
    )
    frame.time_base = ticks
    frame.pts = made.starts[place] if made.starts else place
    if made.starts:
        frame.duration = made.starts[place + 1] - made.starts[place]
    return frame


def _find(data: bytes, path: tuple[str, ...]) -> list[int]:
    """Where each box of a path begins; the first one of each type."""
    found: list[int] = []
    at, end = 0, len(data)
    for type_ in path:
        while at < end:
            size = int.from_bytes(data[at : at + 4], "big")
            if data[at + 4 : at + 8] == type_.encode():
                break
            at += size
        else:
            raise KeyError(type_)
        found.append(at)
        end = at + size
        at += {"stsd": 16, "avc1": 86}.get(type_, 8)
    return found


def _insert(data: bytes, path: tuple[str, ...], box: bytes) -> bytes:
    """Put a box at the end of another, in a file whose index comes last."""
    places = _find(data, path)
    inner = places[-1]
    end = inner + int.from_bytes(data[inner : inner + 4], "big")
    grown = bytearray(data[:end] + box + data[end:])
    for place in places:
        size = int.from_bytes(data[place : place + 4], "big") + len(box)
        grown[place : place + 4] = size.to_bytes(4, "big")
    return bytes(grown)


def _box(type_: str, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + type_.encode() + body


def _tagged(data: bytes, made: Made) -> bytes:
    body = made.kind.encode() + struct.pack(">HHH", *_CODES[made.boxed])
    if made.kind == "nclx":
        body += bytes([0x80 if made.full else 0])
    entry = ("moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1")
    return _insert(data, entry, _box("colr", body))


def _edited(data: bytes, made: Made) -> bytes:
    """Leave out frames by the edit list that the muxer wrote."""
    header = _find(data, ("moov", "trak", "mdia", "mdhd"))[-1]
    whole = _find(data, ("moov", "mvhd"))[-1]
    edits = _find(data, ("moov", "trak", "edts", "elst"))[-1]
    ticks = int.from_bytes(data[header + 20 : header + 24], "big")
    scale = int.from_bytes(data[whole + 20 : whole + 24], "big")
    changed = bytearray(data)
    length = round(made.frames / made.rate * scale)
    start = int.from_bytes(data[edits + 20 : edits + 24], "big")
    start += round(made.cut_start / made.rate * ticks)
    changed[edits + 16 : edits + 24] = struct.pack(">II", length, start)
    return bytes(changed)


_UNEVEN = (0, 33, 66, 99, 219, 252, 372, 405)
_HD = (1280, 720)

RATES = [
    Made("rate_1", rate=Fraction(1), frames=3),
    Made("rate_12", rate=Fraction(12)),
    Made("rate_23976", rate=Fraction(24000, 1001), frames=7, b_frames=True),
    Made("rate_24", rate=Fraction(24)),
    Made("rate_25"),
    Made("rate_2997", rate=Fraction(30000, 1001)),
    Made("rate_30", rate=Fraction(30), frames=7, b_frames=True),
    Made("rate_50", rate=Fraction(50)),
    Made("rate_60", rate=Fraction(60), frames=7),
    Made("uneven", starts=_UNEVEN, frames=7),
    Made("uneven_b", starts=_UNEVEN, frames=7, b_frames=True),
    Made("slowing", starts=(0, 20, 60, 140, 300, 620, 1260), frames=6),
    Made("one_frame", frames=1),
    Made("one_long_frame", frames=1, rate=Fraction(1, 2)),
]
CONTAINERS = [
    Made("moov_first", movflags="faststart", frames=7, b_frames=True),
    Made("moov_last", frames=7, b_frames=True),
    Made("fragments", movflags=_FRAGMENTS),
    Made("fragments_by_offset", movflags="frag_keyframe+empty_moov"),
    Made("fragments_signed", movflags=_FRAGMENTS + "+negative_cts_offsets", b_frames=True),
    Made("fragments_uneven", movflags=_FRAGMENTS, starts=_UNEVEN, frames=7),
    Made("signed_delays", movflags="faststart+negative_cts_offsets", frames=7, b_frames=True),
    Made("late", starts=tuple(range(400, 640, 40))),
    Made("cut_start", cut_start=3, b_frames=True),
    Made("cut_end", cut_end=3),
    Made("cut_both", cut_start=2, cut_end=2, b_frames=True),
    Made("sound_longer", sound=2.0, movflags="faststart", b_frames=True),
    Made("sound_shorter", sound=0.1),
    Made("sound_fragments", sound=0.8, movflags=_FRAGMENTS),
]
SHAPES = [
    Made("turned_90", turned=90),
    Made("turned_180", turned=180),
    Made("turned_270", turned=270, b_frames=True),
    Made("odd_size", size=(854, 480), frames=3),
    Made("tall", size=(90, 160)),
    Made("wide_pixels", size=(80, 96), aspect=Fraction(2)),
    Made("narrow_pixels", size=(160, 48), aspect=Fraction(1, 2)),
    Made("hd_turned", size=_HD, frames=2, matrix="709", turned=90),
    Made("deep", deep=True, frames=3),
    Made("deep_709", deep=True, frames=3, matrix="709", coded="709", boxed="709"),
    Made("deep_hlg", deep=True, frames=3, matrix="2020", coded="hlg", boxed="hlg"),
    Made("deep_pq", deep=True, frames=3, matrix="2020", coded="pq", boxed="pq"),
]
COLOURS = [
    Made("sd", frames=3),
    Made("sd_fragments", frames=3, movflags=_FRAGMENTS),
    Made("low", size=(1280, 544), frames=2),
    Made("hd", size=_HD, frames=2, matrix="709"),
    Made("hd_601_coded", size=_HD, frames=2, coded="601"),
    Made("hd_601_boxed", size=_HD, frames=2, boxed="601"),
    Made("hd_709_both", size=_HD, frames=2, matrix="709", coded="709", boxed="709"),
    Made("sd_709_coded", frames=3, matrix="709", coded="709"),
    Made("sd_709_boxed", frames=3, matrix="709", boxed="709"),
    Made("sd_709_nclc", frames=3, matrix="709", boxed="709", kind="nclc"),
    Made("sd_601_coded", frames=3, coded="601"),
    Made("sd_601_boxed", frames=3, boxed="601"),
    Made("sd_625_both", frames=3, coded="625", boxed="625"),
    Made("sd_2020_boxed", frames=3, matrix="2020", boxed="2020"),
]
TAGS = [
    Made("sd_2020_both", frames=3, matrix="2020", coded="2020", boxed="2020"),
    Made("full_coded", frames=3, full=True, coded="601"),
    Made("full_709_both", frames=3, full=True, matrix="709", coded="709", boxed="709"),
    Made("full_boxed", frames=3, full=True, boxed="601"),
    Made("disagree", frames=3, matrix="709", coded="709", boxed="601"),
    Made("part_coded", frames=3, coded="part"),
    Made("part_boxed", frames=3, boxed="part"),
    Made("vp9", codec="libvpx-vp9"),
    Made("vp9_709", codec="libvpx-vp9", frames=3, matrix="709", coded="709"),
    Made("vp9_hd", codec="libvpx-vp9", size=_HD, frames=2),
    Made("av1", codec="libsvtav1"),
    Made("av1_709", codec="libsvtav1", frames=3, matrix="709", coded="709"),
    Made("av1_full", codec="libsvtav1", frames=3, matrix="709", coded="709", full=True),
    Made("av1_hd", codec="libsvtav1", size=_HD, frames=2),
]
WEBM = [
    Made("webm_vp9", codec="libvpx-vp9", suffix="webm"),
    Made("webm_vp9_709", codec="libvpx-vp9", suffix="webm", matrix="709", coded="709"),
    Made("webm_vp8", codec="libvpx", suffix="webm"),
    Made("webm_av1", codec="libsvtav1", suffix="webm"),
    Made("webm_rate_1", codec="libvpx-vp9", suffix="webm", rate=Fraction(1), frames=3),
    Made("webm_one_frame", codec="libvpx-vp9", suffix="webm", frames=1),
    Made("quicktime", suffix="mov"),
    Made("hevc", codec="libx265"),
]
MEASURED = Made("webm_uneven", codec="libvpx-vp9", suffix="webm", starts=_UNEVEN, frames=7)
"""Its frames are miscounted, since a browser does not tell when they begin."""
CLIPS = [*RATES, *CONTAINERS, *SHAPES, *COLOURS, *TAGS, *WEBM]
