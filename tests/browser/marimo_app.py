"""A marimo notebook, served as an app. marimo draws anywidgets with code of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.browser.lab import await_server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def write_app(path: Path, cells: Iterable[str]) -> None:
    """A marimo notebook of these cells; the last expression of each is what it shows.

    A name that another cell needs must be its cell's alone, as marimo wants it.
    """
    bodies = [
        f"@app.cell\ndef _():\n{textwrap.indent(text, '    ')}\n    return\n" for text in cells
    ]
    path.write_text("import marimo\n\napp = marimo.App()\n\n\n" + "\n\n".join(bodies))


@contextmanager
def marimo_app(folder: Path, environment: dict[str, str], name: str = "app.py") -> Iterator[str]:
    """Serves a notebook of `folder`; yields its address."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "marimo", "--quiet", "run", name),
            *("--headless", "--no-token", "--port", str(port)),
        ],
        cwd=folder,
        env={**os.environ, **environment, "XDG_CONFIG_HOME": str(folder / ".config")},
        stdout=subprocess.DEVNULL,
        stderr=(folder / "marimo.log").open("wb"),
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await_server(f"{address}/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(20)
