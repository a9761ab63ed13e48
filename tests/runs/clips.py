"""Clips of the fake service name what they were made of."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def as_text(value: Any) -> str:
    """A value as the service tells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_clip(path: Path) -> dict[str, Any]:
    """What a clip was made of: ``task``, ``model``, ``parameters`` and ``inputs``."""
    clip: dict[str, Any] = json.loads(path.read_bytes().partition(b"\n")[0])
    return clip


def check_clip(run: Any) -> None:
    """The clip of a run is the one that its own request made."""
    clip = read_clip(run.video)
    assert clip["task"] == run.task_id
    for name, value in run.request.parameters.items():
        assert clip["parameters"][name] == as_text(value), (run.name, name)
    for name, group in run.request.files.items():
        digests = [hashlib.sha256(one.source.read_bytes()).hexdigest() for one in group]
        assert clip["inputs"][name] == digests, run.name
