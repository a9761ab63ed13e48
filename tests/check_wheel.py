"""Build the wheel and prove what is inside: every widget's bundle, and nothing that is not ours."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1 << 20


def main() -> None:
    """Exit with a sentence when the wheel is not what users should get."""
    sources = sorted(path.name for path in (ROOT / "js" / "widgets").iterdir() if path.is_dir())
    wanted = {f"wiro_widgets/widgets/static/{name}.js" for name in sources}
    wanted |= {"wiro_widgets/py.typed"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (wheel,) = Path(folder).glob("*.whl")
        names = set(zipfile.ZipFile(wheel).namelist())
        size = wheel.stat().st_size
    missing = wanted - names
    strangers = {n for n in names if "node_modules" in n or n.startswith(("tests/", "js/"))}
    if missing or strangers or size > LIMIT:
        sys.exit(f"wheel: missing {missing}, unwanted {strangers}, {size} bytes of {LIMIT}")
    print(f"wheel: {len(names)} files, {size / 1024:.0f} KB, bundles of {', '.join(sources)}")


if __name__ == "__main__":
    main()
