"""The main job in one command, as someone runs it who has never seen this."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from pathlib import Path

MODULE = [sys.executable, "-m", "wiro_widgets.demo", "--photo", str(PHOTO)]


def _frames(path: Path, *wanted: int) -> list[np.ndarray]:
    with av.open(path) as clip:
        every = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert len(every) == 150
    return [every[index].astype(int) for index in wanted]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command leaves behind."""
    folder = tmp_path_factory.mktemp("demo") / "demo-output"
    notebook = ROOT / "notebooks" / "01_quickstart.ipynb"
    done = subprocess.run(
        [*MODULE, "--notebook", str(notebook), "--output", str(folder)],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 clips made" in done.stdout
    return folder


def test_four_clips_are_recorded_with_all_that_made_them(output: Path) -> None:
    records = json.loads((output / "runs.json").read_text())
    assert len(records) == 4
    assert len({(r["prompt"], r["parameters"]["resolution"]) for r in records}) == 4
    for record in records:
        assert record["status"] == "succeeded"
        assert record["model"] == "minimax/hailuo-2-3-fast"
        assert record["seconds"] > 0
        assert float(record["cost"]) > 0
        short = 768 if record["parameters"]["resolution"] == "768P" else 1080
        with av.open(output / record["clip"]) as clip:
            stream = clip.streams.video[0]
            assert stream.codec_context.name == "h264"
            assert min(stream.width, stream.height) == short


def test_each_begins_on_the_photograph_and_two_prompts_look_different(output: Path) -> None:
    records = json.loads((output / "runs.json").read_text())
    small = [r for r in records if r["parameters"]["resolution"] == "768P"]
    (first_a, last_a), (first_b, last_b) = (_frames(output / r["clip"], 0, 149) for r in small)
    height, width, _ = first_a.shape
    photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((width, height)), dtype=int)
    assert np.abs(first_a - photo).mean() < 6
    assert np.abs(first_b - photo).mean() < 6
    assert np.abs(last_a - first_a).mean() > 6
    assert np.abs(last_a - last_b).mean() > 10


def test_there_is_a_page_and_the_executed_notebook(output: Path) -> None:
    page = (output / "index.html").read_text()
    assert page.count("<video") == 4
    assert page.count("Prompt optimizer on · 768P · 6 s") == 2
    notebook = json.loads((output / "01_quickstart.ipynb").read_text())
    assert any(cell.get("outputs") for cell in notebook["cells"])


def test_it_leaves_no_process(output: Path) -> None:
    mine = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any("wiro-demo-" in word for word in process.info["cmdline"] or [])
    ]
    assert mine == []


def test_it_clears_nothing_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    done = subprocess.run(
        [*MODULE, "--output", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ},
        check=False,
    )
    assert done.returncode != 0
    assert "Choose another --output" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "precious"
