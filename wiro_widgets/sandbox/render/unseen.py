"""Files that are no pictures: sound, text and meshes. The same job gives the same bytes."""

from __future__ import annotations

import io
import json
import struct
import wave
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt

from .look import seeded_random

if TYPE_CHECKING:
    from pathlib import Path

    from .job import Job

Points = npt.NDArray[np.float32]
Indices = npt.NDArray[np.uint16]

_RATE = 24_000
_SCALE = (0, 2, 4, 7, 9, 12)
_NOTE_SECONDS = 0.4
_SIDES = 32
_RINGS = 24


def sound(job: Job, target: Path) -> None:
    """A tune of plucked notes that the prompt decides, as long as the job."""
    chance = seeded_random("sound", job.prompt, job.variation)
    samples = np.zeros(round(job.seconds * _RATE), dtype=np.float32)
    time = np.arange(round(_RATE * _NOTE_SECONDS * 2), dtype=np.float32) / _RATE
    lowest = chance.uniform(180, 330)
    for start in range(0, len(samples), round(_RATE * _NOTE_SECONDS)):
        pitch = lowest * 2 ** (chance.choice(_SCALE) / 12)
        note = np.sin(2 * np.pi * pitch * time) * np.exp(-4 * time) * 0.4
        samples[start : start + len(note)] += note[: len(samples) - start]
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, _RATE, len(pcm), "NONE", ""))
        file.writeframes(pcm.tobytes())
    if job.extension == "mp3":
        _as_mp3(content, target)
    else:
        target.write_bytes(content.getvalue())


def _as_mp3(content: io.BytesIO, target: Path) -> None:
    content.seek(0)
    with (
        av.open(content) as source,
        av.open(str(target), "w", format="mp3", options={"fflags": "bitexact"}) as packed,
    ):
        stream = packed.add_stream("libmp3lame", rate=_RATE)
        for frame in source.decode(audio=0):
            packed.mux(stream.encode(frame))
        packed.mux(stream.encode())


def words(prompt: str, variation: str) -> str:
    """What the sandbox says instead of a language model: what it was asked."""
    number = seeded_random("words", prompt, variation).randrange(1000)
    read = " ".join(prompt.split())
    return f"The sandbox has no language model. It read {len(read)} characters: {read} (#{number})"


def mesh(job: Job, target: Path) -> None:
    """A vase that the prompt decides, as binary glTF."""
    chance = seeded_random("mesh", job.prompt, job.variation)
    height = np.linspace(0, 1, _RINGS, dtype=np.float32)
    waves = [
        chance.uniform(0.04, 0.16) * np.sin((k + 1) * 3 * height + chance.uniform(0, 6))
        for k in range(3)
    ]
    radius = 0.35 + sum(waves)
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False, dtype=np.float32)
    points = (
        np.stack(
            np.broadcast_arrays(
                radius[:, None] * np.cos(turn),
                height[:, None] * 1.4,
                radius[:, None] * np.sin(turn),
            ),
            axis=-1,
        )
        .reshape(-1, 3)
        .astype("<f4")
    )
    ring, side = np.meshgrid(np.arange(_RINGS - 1), np.arange(_SIDES), indexing="ij")
    near, far = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
    faces = np.stack([near, near + _SIDES, far, far, near + _SIDES, far + _SIDES], axis=-1)
    indices = faces.ravel().astype("<u2")
    colour = [round(chance.uniform(0.2, 0.9), 3) for _ in range(3)] + [1.0]
    target.write_bytes(_glb(points, indices, colour))


def _glb(points: Points, indices: Indices, colour: list[float]) -> bytes:
    document = {
        "asset": {"version": "2.0", "generator": "wiro_widgets.sandbox"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": {"baseColorFactor": colour}}],
        "buffers": [{"byteLength": points.nbytes + indices.nbytes}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": points.nbytes},
            {"buffer": 0, "byteOffset": points.nbytes, "byteLength": indices.nbytes},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(points),
                "type": "VEC3",
                "min": [float(value) for value in points.min(axis=0)],
                "max": [float(value) for value in points.max(axis=0)],
            },
            {"bufferView": 1, "componentType": 5123, "count": len(indices), "type": "SCALAR"},
        ],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = points.tobytes() + indices.tobytes()
    binary += b"\0" * (-len(binary) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<4sII", b"glTF", 2, length),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(binary), b"BIN\0"),
            binary,
        )
    )
