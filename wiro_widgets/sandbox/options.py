"""The settings of one server."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_FRAME_RATE = 25
DEFAULT_SPEED = 33.0
"""Times faster than the service: its 200 s a clip become about 6 s."""

FrameGeneration = Literal["old", "new"]
SchemaSpelling = Literal["old", "new"]
HailuoImage = Literal["inputImage", "inputImageFirst"]


@dataclass(frozen=True)
class Options:
    """One server's settings; each is a flag of ``python -m wiro_widgets.sandbox``."""

    host: str = "127.0.0.1"
    port: int = 0
    key: str | None = None
    secret: str | None = None
    """``None`` generates one (or uses the stored one); empty makes a key-only project."""
    speed: float = DEFAULT_SPEED
    state: Path | None = None
    card: Path | None = None
    """A file that has the ready line for as long as the server runs."""
    idle_exit: float | None = None
    """Seconds unused until it ends: no lease, no request of somebody with the key, no socket that
    is registered for a task, no unfinished task, no open charge."""
    frames: FrameGeneration = "new"
    schema: SchemaSpelling = "new"
    hailuo_image: HailuoImage = "inputImage"
    frame_marks: bool = False
    frame_rate: int = DEFAULT_FRAME_RATE
    """Frames per second of clips whose request names none; fewer are rendered sooner."""
    balance: Decimal = Decimal(1000)
    """US dollars of a new account; above 250 the service sets no concurrency limit."""
