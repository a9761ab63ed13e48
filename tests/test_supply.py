"""What gets into the repository, into a release and onto the machine of whoever builds it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = ("notebooks/.env", "js/.env", ".env", "wiro_widgets/.env.local", "notebooks/.npmrc")
TOKEN = "planted-secret"
BUILD = (sys.executable, "-m", "build", "--no-isolation")
SETTINGS = {
    "ignore-scripts=true",
    "omit-lockfile-registry-resolved=true",
    "save-exact=true",
    "fund=false",
    "audit=false",
}
_OURS = ("js", "notebooks", "wiro_widgets")
_FILES = (".gitignore", "hatch_build.py", "pyproject.toml", "CHANGELOG.md", "README.md", "LICENSE")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project as somebody has it who keeps keys beside the notebooks."""
    target = tmp_path / "checkout"
    unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "wiro-runs")
    for name in _OURS:
        shutil.copytree(ROOT / name, target / name, ignore=unwanted)
    for name in _FILES:
        shutil.copy(ROOT / name, target / name)
    for name in SECRETS:
        (target / name).write_text(f"WIRO_API_SECRET={TOKEN}\n")
    with (target / "js" / ".npmrc").open("a") as settings:
        settings.write(f"//registry.npmjs.org/:_authToken={TOKEN}\n")
    runs = target / "notebooks" / "wiro-runs"
    runs.mkdir()
    (runs / "journal.sqlite").write_text(TOKEN)
    return target


def test_no_key_gets_into_git(checkout: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=checkout, check=True)
    subprocess.run(["git", "add", "."], cwd=checkout, check=True)
    added = subprocess.run(
        ["git", "grep", "--cached", "--files-with-matches", "--text", TOKEN],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.stdout.split() == []


def test_no_key_gets_into_a_release(checkout: Path, tmp_path: Path) -> None:
    # Without the rules of git, which a copy of the project may lack.
    (checkout / ".gitignore").unlink()
    # From the checkout both, as it would be for a wheel that is installed from there.
    done = subprocess.run(
        [*BUILD, "--sdist", "--wheel", "--outdir", str(tmp_path)],
        cwd=checkout,
        env={**os.environ, "WIRO_WIDGETS_SKIP_JS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (source,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    for packed, there in ((source, "notebooks/01_quickstart.ipynb"), (wheel, "api.py")):
        shutil.unpack_archive(packed, tmp_path / there, "zip" if packed == wheel else None)
        files = [path for path in (tmp_path / there).rglob("*") if path.is_file()]
        assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
        assert any(path.as_posix().endswith(there) for path in files)


def test_the_settings_of_npm_that_are_tracked_hold_no_token() -> None:
    assert set((ROOT / "js" / ".npmrc").read_text().split()) == SETTINGS


def test_installing_runs_nothing_that_a_package_brings() -> None:
    for file in ("Makefile", "hatch_build.py"):
        assert "ignore-scripts" in (ROOT / file).read_text()


def test_packages_are_what_the_lock_file_says() -> None:
    """A digest for each, but for binaries of other systems that no registry here has."""
    lock = json.loads((ROOT / "js" / "package-lock.json").read_text())
    assert "node_modules/vitest" in lock["packages"]
    for name, package in lock["packages"].items():
        if name and "integrity" not in package:
            assert name.startswith("node_modules/@biomejs/cli-"), name
            assert package["optional"]
