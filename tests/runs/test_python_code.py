"""A run as Python: the code runs, and asks for the very same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wiro_widgets as ww
from tests.conftest import PHOTO
from wiro_widgets.library.request import RunRequest
from wiro_widgets.runs.python_code import python_from_last_frame, python_of

if TYPE_CHECKING:
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.session import Session


def evaluated(code: str) -> Run:
    """What a cell of this code displays."""
    *before, call = code.split("\n", 1) if code.startswith("run = ") else [code]
    names: dict[str, Any] = {"ww": ww}
    for line in before:
        exec(line, names)
    run: Run = eval(call, names)
    return run


def test_the_code_of_a_run_shows_that_run_and_sends_nothing(notebook: Session) -> None:
    shutil.copy(PHOTO, "launch.jpg")
    prompt = 'A gull says "hé" \\ lifts\n[Push in]'
    run = ww.run(prompt, image="launch.jpg", resolution="768P", duration=10).wait(60)
    spec = notebook.model(run.request.model)
    code = python_of(run.request, spec)
    assert 'model="minimax/hailuo-2.3-fast"' in code
    assert 'image="launch.jpg"' in code
    assert 'resolution="768P"' in code
    assert "duration=10" in code
    assert evaluated(code) is run
    # Another file has that name now, or none has: the library's own copy is named.
    with Path("launch.jpg").open("r+b") as file:
        file.truncate(100)
    assert "wiro-runs/inputs/" in python_of(run.request, spec)
    Path("launch.jpg").unlink()
    code = python_of(run.request, spec)
    assert evaluated(code) is run
    # As the journal has it, without the schema.
    assert evaluated(python_of(run.request)) is run


def test_the_code_goes_on_from_the_last_frame(notebook: Session) -> None:
    run = ww.run("A gull", image=PHOTO).wait(60)
    spec = notebook.model(run.request.model)
    code = python_from_last_frame(run.request, spec, run.number)
    assert code.count("image=") == 1
    assert "inputImage" not in code
    following = evaluated(code)
    assert following is not run
    assert "last-frame" in following.request.inputs[0].name
    following.wait(60)


def test_a_parameter_whose_name_is_taken_goes_into_parameters() -> None:
    request = RunRequest("a/b", {"prompt": "x", "image": "y", "class": 1, "cfg-scale": 0.5})
    code = python_of(request)
    assert code == (
        'ww.run("x", model="a/b", parameters={"image": "y", "class": 1, "cfg-scale": 0.5})'
    )
