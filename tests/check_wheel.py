"""Build the wheel and check what users get: the front end, nothing foreign, and it imports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1 << 20
IMPORT = """
import importlib, pathlib, pkgutil, sys
import wiro_widgets as ww

home = pathlib.Path(ww.__file__).parent
assert home.parent == pathlib.Path(sys.argv[1]), f"this is the checkout: {home}"
for module in pkgutil.walk_packages(ww.__path__, "wiro_widgets."):
    # alembic runs env.py, within a migration only.
    if not module.name.endswith((".__main__", ".revisions.env")):
        importlib.import_module(module.name)
for name in ww.__all__:
    widget = getattr(ww, name)
    if hasattr(widget, "_esm"):
        assert str(widget._esm).strip(), f"{name} has no front end"
from wiro_widgets.cli import tutorials_folder
assert len(list(tutorials_folder().glob("*.ipynb"))) == int(sys.argv[2]), "tutorials are missing"
"""


def main() -> None:
    """Exit with a sentence when the wheel is not what users should get."""
    static = "wiro_widgets/widgets/static"
    wanted = {f"{static}/front_end.js", f"{static}/stub.js", "wiro_widgets/py.typed"}
    with tempfile.TemporaryDirectory() as folder:
        _quietly(
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            folder,
            str(ROOT),
        )
        (wheel,) = Path(folder).glob("*.whl")
        names = set(zipfile.ZipFile(wheel).namelist())
        size = wheel.stat().st_size
        missing = wanted - names
        strangers = {
            name
            for name in names
            if "node_modules" in name
            or "__pycache__" in name
            or not name.startswith(("wiro_widgets/", "wiro_widgets-"))
        }
        if missing or strangers or size > LIMIT:
            sys.exit(f"wheel: missing {missing}, unwanted {strangers}, {size} bytes of {LIMIT}")
        _import(wheel, Path(folder).resolve() / "installed")
    print(f"wheel: {len(names)} files, {size / 1024:.0f} KB")


def _import(wheel: Path, target: Path) -> None:
    """Install the wheel by itself and import all of it, away from the checkout."""
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    _quietly(sys.executable, *install, str(target), str(wheel))
    tutorials = len(list((ROOT / "notebooks").glob("*.ipynb")))
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(target), str(tutorials)],
        env={**os.environ, "PYTHONPATH": str(target)},
        cwd=target.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"wheel: it does not import\n{done.stderr}")


def _quietly(*command: str) -> None:
    """Run a command; what it says is shown when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"wheel: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
