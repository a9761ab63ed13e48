"""Files that are called pictures or films and are made to do something else."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image

from tests.browser.widgets.clips import HEIGHT, WIDTH, write_clip
from tests.media import odd_files
from wiro_widgets.errors import InputError
from wiro_widgets.media.films import FILM_STRIP_FRAMES, film_strip, last_frame
from wiro_widgets.media.opening import MOST_PIXELS, shrunk
from wiro_widgets.media.pictures import read_picture

if TYPE_CHECKING:
    from pathlib import Path

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n%%EndComments\nshowpage\n"


def png(width: int, height: int) -> bytes:
    """A picture of one bit a pixel, all black."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        size, check = len(content), zlib.crc32(kind + content)
        return struct.pack(">I", size) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 1)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Ghostscript that leaves this file behind when somebody runs it."""
    folder, ran = tmp_path / "bin", tmp_path / "ran"
    folder.mkdir()
    program = folder / "gs"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return ran


def test_a_picture_that_is_postscript_is_not_run(ghostscript: Path, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(EPS)
    for value in (path, EPS):
        with pytest.raises(InputError, match="is not an image"):
            read_picture(value)
        assert shrunk(value, (64, 64), 70) == b""
    assert not ghostscript.exists()


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_limit_of_pixels_is_the_one_that_is_told() -> None:
    with pytest.raises(InputError, match="has too many pixels") as caught:
        read_picture(png(10_001, 10_000))
    assert caught.value.remedy == "Use an image of up to 100 megapixels."
    assert shrunk(png(10_001, 10_000), (64, 64), 70) == b""
    # Of an image in memory and of an array, too.
    for value in (Image.new("1", (10_001, 10_000)), np.broadcast_to(np.uint8(7), (10_001, 10_000))):
        with pytest.raises(InputError, match="has too many pixels"):
            read_picture(value)
    picture = read_picture(png(10_000, 10_000))
    assert picture.width * picture.height == MOST_PIXELS


def test_a_decoder_that_fails_in_its_own_way_is_told_of_a_damaged_file() -> None:
    broken = bytearray(odd_files.saved(odd_files.scene(), "AVIF"))
    broken[len(broken) // 2 :] = bytes(len(broken) - len(broken) // 2)
    with pytest.raises(InputError, match="is damaged"):
        read_picture(bytes(broken))
    assert shrunk(bytes(broken), (64, 64), 70) == b""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of somebody else, somewhere on the disk."""
    (tmp_path / "private").mkdir()
    return write_clip(tmp_path / "private" / "film.mp4", frames=10)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gull.mp4", "ffconcat version 1.0\nfile private/film.mp4\n"),
        ("gull.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nFILM\n#EXT-X-ENDLIST\n"),
        ("gull.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nFILM\n#EXT-X-ENDLIST\n"),
        ("gull.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nm=video 9 RTP/AVP 96\n"),
        ("gull.txt", "a private text\n" * 40),
        ("gull.mp4", ""),
    ],
)
def test_a_clip_that_is_a_playlist_or_a_text_opens_nothing(
    name: str, content: str, film: Path, tmp_path: Path
) -> None:
    clip = tmp_path / name
    clip.write_text(content.replace("FILM", film.as_uri()))
    with pytest.raises(InputError, match=f"{name} has no image in it"):
        last_frame(clip)
    assert film_strip(clip, (32, 18), 68) is None


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_the_last_frame_of_a_film(suffix: str, tmp_path: Path) -> None:
    # Its name says nothing: its first bytes do.
    clip = write_clip(tmp_path / f"film{suffix}", frames=10).rename(tmp_path / "film")
    assert last_frame(clip).size == (WIDTH, HEIGHT)
    strip = film_strip(clip, (64, 36), 90)
    assert strip is not None
    with Image.open(io.BytesIO(strip.sheet)) as sheet, Image.open(io.BytesIO(strip.still)) as still:
        assert sheet.size == (64 * FILM_STRIP_FRAMES, 36)
        # Frames grow greener from first to last, so the last one differs most from the first.
        green = np.asarray(sheet)[10, 32::64, 1].astype(int)
        assert list(green) == sorted(green)
        assert green[0] < green[-1] == pytest.approx(np.asarray(still)[10, 32, 1], abs=3)


def test_a_film_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.mov"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 12_000, 9_000, "yuvj420p"
        file.mux(stream.encode(av.VideoFrame(12_000, 9_000, "yuvj420p")))
        file.mux(stream.encode())
    with pytest.raises(InputError, match="has no image in it"):
        last_frame(path)
    assert film_strip(path, (64, 36), 90) is None
