"""Names of files: safe on this computer, unique at the service."""

from __future__ import annotations

import os
import re
from pathlib import Path

_UNSAFE = r"[^\w.\-]+"
_RESERVED = r"(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)"


def safe_name(name: str) -> str:
    """A file name made of `name` that stays in its directory on every system."""
    base = re.split(r"[/\\]", name)[-1]
    plain = re.sub(_UNSAFE, "_", base).strip("._ ")[-120:].lstrip("._ ")
    return f"_{plain}" if re.match(_RESERVED, plain) else plain or "output"


def unique_name(name: str) -> str:
    """`name` with a random tail: the service refuses to store a name twice (section 2, Files)."""
    path = Path(name)
    return f"{path.stem[:80] or 'file'}-{os.urandom(6).hex()}{path.suffix}"
