"""Builds the front end into the package, so that a wheel never ships without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "WIRO_WIDGETS_SKIP_JS"


class FrontEndHook(BuildHookInterface[Any]):
    """Runs `npm ci` and the build when a bundle is missing, and insists that all are there.

    Set ``WIRO_WIDGETS_SKIP_JS=1`` to never call npm, for machines without it; the bundles must
    then be there already.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - theirs
        """Make sure of the bundles before the files of the wheel are collected.

        Raises:
            RuntimeError: A bundle is missing and could not be built.
        """
        root = Path(self.root)
        if missing(root) and os.environ.get(SKIP) != "1":
            build(root)
        if names := missing(root):
            raise RuntimeError(
                f"The front end is not built: {', '.join(names)} missing in "
                "wiro_widgets/widgets/static. Run `npm --prefix js ci` and "
                f"`npm --prefix js run build`, and leave {SKIP} unset."
            )


def missing(root: Path) -> list[str]:
    """Names of the bundles that are not there; each folder of ``js/src/widgets`` makes two."""
    static = root / "wiro_widgets" / "widgets" / "static"
    sources = root / "js" / "src" / "widgets"
    widgets = sorted(path.name for path in sources.iterdir() if path.is_dir())
    wanted = [f"{name}.{suffix}" for name in widgets for suffix in ("js", "css")]
    return [name for name in wanted if not (static / name).is_file()]


def build(root: Path) -> None:
    """Install what the build needs, exactly as locked, and run it.

    Raises:
        RuntimeError: There is no npm.
        subprocess.CalledProcessError: npm failed; its own words stand above.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm was not found; the front end needs Node 20 or newer to be built.")
    # What a package wants to run when it is installed is not needed, and could be anything.
    for command in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([npm, "--prefix", str(root / "js"), *command], check=True)
