"""What a renderer is asked to make: everything the bytes of the result depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Job:
    """One file to make. Equal jobs (by ``digest``) give equal bytes."""

    kind: Literal["video", "image"]
    prompt: str
    short_side: int
    """Pixels of the short side; 0 when ``width`` and ``height`` are given."""
    width: int
    height: int
    ratio: float
    """Width over height, when nothing else decides; an input picture does."""
    frames: int
    rate: int
    """Frames per second."""
    optimize: bool
    variation: str
    """Text that stands for all other parameters."""
    first: str
    """Path of the first frame's picture, or empty."""
    last: str
    """Path of the last frame's picture, or empty."""
    marks: bool
    extension: Literal["mp4", "png", "jpeg"]

    def digest(self) -> str:
        """A name for the result: pictures count by their bytes, not by their path."""
        body: dict[str, Any] = asdict(self)
        for name in ("first", "last"):
            if body[name]:
                body[name] = hashlib.sha256(Path(body[name]).read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
