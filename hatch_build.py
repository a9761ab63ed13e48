"""Build the front end where it is missing, and refuse to make a wheel without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface):  # type: ignore[type-arg]
    """Makes sure that every widget's bundle is there before anything is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run npm when a bundle is missing, unless WIRO_WIDGETS_SKIP_JS is set."""
        del version, build_data
        root = Path(self.root)
        static = root / "wiro_widgets" / "widgets" / "static"
        wanted = [
            static / f"{source.parent.name}.js" for source in root.glob("js/widgets/*/index.ts")
        ]
        if not all(bundle.is_file() for bundle in wanted) and not os.environ.get(
            "WIRO_WIDGETS_SKIP_JS"
        ):
            npm = shutil.which("npm")
            if npm is None:
                raise RuntimeError(
                    "The front end is not built and there is no npm: install Node 20+."
                )
            for command in (["install", "--no-save", "--no-audit", "--no-fund"], ["run", "build"]):
                subprocess.run([npm, "--prefix", str(root / "js"), *command], check=True)
        missing = [bundle.name for bundle in wanted if not bundle.is_file()]
        if missing or not wanted:
            raise RuntimeError(
                f"The front end is not complete: {', '.join(missing) or 'no sources'}."
            )
