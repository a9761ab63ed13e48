"""What the tests of a run's life share: waiting for conditions, the journal, and pictures."""

from __future__ import annotations

import io
import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from PIL import Image

from wiro_widgets.runs import settling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""How long a lost run is looked for in tests, in place of some minutes."""


def hasten() -> None:
    """Look for a lost run for seconds only, in this process."""
    settling.PAUSES = PAUSES


def until(condition: Callable[[], Any], within: float = 20.0) -> Any:
    """The condition's value once it is true; an AssertionError when it stays false."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return value


def rows(folder: Path) -> list[dict[str, Any]]:
    """The runs as the journal has them, oldest first."""
    with closing(sqlite3.connect(folder / "wiro-runs" / "journal.sqlite", timeout=20)) as journal:
        journal.row_factory = sqlite3.Row
        return [dict(row) for row in journal.execute("SELECT * FROM runs ORDER BY number")]


def statuses(folder: Path) -> list[str]:
    """The status of each run in the journal."""
    return [row["status"] for row in rows(folder)]


def rewrite(folder: Path, statement: str, *values: Any) -> None:
    """Change the journal behind the backs of all kernels."""
    with (
        closing(sqlite3.connect(folder / "wiro-runs" / "journal.sqlite", timeout=20)) as journal,
        journal,
    ):
        journal.execute(statement, values)


def picture(red: int = 40) -> bytes:
    """A small picture; another colour is another picture."""
    target = io.BytesIO()
    Image.new("RGB", (400, 400), (red, 80, 120)).save(target, "PNG")
    return target.getvalue()


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file another user's: of the file as root, else of whoever looks at it."""
    somebody = 54321
    if os.geteuid() == 0:
        os.chown(path, somebody, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: somebody)
