"""The `wiro-widgets` command, as somebody types it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import wiro_widgets
from tests.conftest import ROOT
from wiro_widgets.cli import copy_tutorials

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the script of that name runs; `test_the_script_is_declared` holds the two together.
COMMAND = [sys.executable, "-m", "wiro_widgets.cli"]


def _said(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["lab", "demo", "sandbox", "nothing is charged", "WIRO_API_KEY"]),
        (["--version"], [f"wiro-widgets {wiro_widgets.__version__}"]),
        (["lab", "--help"], ["FOLDER", "JupyterLab"]),
        (["demo", "--help"], ["usage: wiro-widgets demo", "[--photo PHOTO]", "launch.jpg"]),
        (["sandbox", "check", "--help"], ["usage: wiro-widgets sandbox check", "--live", "--seed"]),
        (["sandbox", "--help"], ["usage: wiro-widgets sandbox", "--speed", "--idle-exit"]),
    ],
)
def test_it_explains_itself(arguments: list[str], words: list[str]) -> None:
    done = _said(*arguments)
    assert done.returncode == 0
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [["fly"], []])
def test_what_it_does_not_know_it_says(arguments: list[str]) -> None:
    done = _said(*arguments)
    assert done.returncode == 2
    assert "lab" in done.stderr or "COMMAND" in done.stderr


@pytest.mark.parametrize("command", [["lab"], ["demo", "--output"]])
def test_no_place_to_write_is_said_in_one_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "é").touch()
    target = tmp_path / "é" / "folder"
    done = _said(*command, str(target))
    assert done.returncode == 2
    assert done.stderr.startswith(f"wiro-widgets {command[0]}: {target}: Not a directory. Name a")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("photo", "words"),
    [("no-such.jpg", "Can't read no-such.jpg"), ("README.md", "README.md is not an image")],
)
def test_a_demo_of_what_is_no_image_ends_in_one_line(
    photo: str, words: str, tmp_path: Path
) -> None:
    made = tmp_path / "runs.json"
    made.touch()
    done = _said("demo", "--photo", photo, "--output", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"wiro-widgets demo: {words}")
    assert done.stderr.count("\n") == 1
    # What an earlier one made is still there.
    assert made.exists()


def test_sandbox_passes_its_options_on() -> None:
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--key", "a-key", "--idle-exit", "1"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["key"] == "a-key"
        assert process.wait(30) == 0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`wiro-widgets lab` in an empty folder, without a browser."""
    surroundings = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "WIRO_API_KEY": "a-key-of-the-real-service",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }
    # Given port 0, Jupyter names one port and listens on another.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [*COMMAND, "lab", "tutorials", "--no-browser", "--port", str(port), "--allow-root"],
        cwd=tmp_path,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        process.stdout.read()
        process.wait(30)


def test_lab_opens_the_tutorials_on_the_sandbox(lab: subprocess.Popen[str], tmp_path: Path) -> None:
    assert lab.stdout is not None
    found = None
    said = ""
    while found is None:
        line = lab.stdout.readline()
        assert line, said
        said += line
        found = re.search(r"(http://127\.0\.0\.1:\d+)/lab\?token=(\w+)", line)
    assert "Nothing is charged on the sandbox." in said
    address, token = found.groups()
    listed = _answer(f"{address}/api/contents", token)
    names = {entry["name"] for entry in listed["content"]}
    assert names == {path.name for path in (ROOT / "notebooks").glob("*.*")} - {".DS_Store"}
    # Its kernels inherit this, and use no key of the person.
    environment = Path(f"/proc/{_child(lab.pid)}/environ").read_bytes().split(b"\0")
    inherited = dict(os.fsdecode(pair).split("=", 1) for pair in environment if pair)
    assert inherited["WIRO_API_KEY"] == "a-key-of-the-real-service"
    said = subprocess.run(
        [sys.executable, "-c", "import wiro_widgets as ww; print(repr(ww.connect()))"],
        env=inherited,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Connected to the sandbox on this computer" in said.stdout


def _answer(url: str, token: str) -> Any:
    """What the server says once it listens: it names its address before that."""
    deadline = time.monotonic() + 30
    while True:
        try:
            headers = {"Authorization": f"token {token}"}
            return requests.get(url, headers=headers, timeout=30).json()
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # the pace of asking


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[-1])


def test_lab_leaves_changed_tutorials_alone(tmp_path: Path) -> None:
    copy_tutorials(tmp_path)
    (tmp_path / "01_quickstart.ipynb").write_text("mine")
    (tmp_path / "launch.jpg").unlink()
    (tmp_path / "02_iterating_on_a_prompt.ipynb").unlink()
    (tmp_path / "02_iterating_on_a_prompt.ipynb").symlink_to(tmp_path / "elsewhere")
    copy_tutorials(tmp_path)
    assert (tmp_path / "01_quickstart.ipynb").read_text() == "mine"
    assert (tmp_path / "launch.jpg").is_file()
    assert not (tmp_path / "elsewhere").exists()


def test_every_tutorial_is_shipped() -> None:
    shipped = set(
        re.findall(r'^"notebooks/([^"]+)" = ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    )
    assert shipped == {path.name for path in (ROOT / "notebooks").iterdir() if path.is_file()}


def test_the_script_is_declared() -> None:
    assert '\nwiro-widgets = "wiro_widgets.cli:main"\n' in (ROOT / "pyproject.toml").read_text()
