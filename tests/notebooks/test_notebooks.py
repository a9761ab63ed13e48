"""Every tutorial runs from top to bottom without a browser, says something readable, and is
stored without outputs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Service

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FREE = {"07_going_live"}
"""Shows prices and sends nothing."""
PAID_ANEW = {"06_the_client_without_widgets"}
"""The client alone has no library that would answer a request."""
SAYS = {
    "01_quickstart": "wiro-runs/clips/0001-",
    "02_iterating_on_a_prompt": "CompareGrid of 2 runs, 2 with a clip",
    "03_image_to_video": "Too wide. Crop it to an aspect ratio between 2:5 and 5:2.",
    "04_sweeps_and_comparison": "4 runs: 4 done",
    "05_your_own_panel": "succeeded",
    "06_the_client_without_widgets": "A 10 s clip isn't available at 1080P.",
    "07_going_live": "Nothing was sent.",
}
"""What a reader without a browser reads in it."""


def execute(path: Path, folder: Path) -> Any:
    """Run a copy of a notebook in a folder of its own."""
    shutil.copy(PHOTO, folder)
    document = nbformat.read(path, as_version=4)
    NotebookClient(
        document, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return document


def texts(document: Any) -> list[str]:
    """What a reader without a browser sees of each output."""
    found = []
    for cell in document.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found.append(output.get("text") or data.get("text/plain") or "")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path: Path) -> None:
    document = nbformat.read(path, as_version=4)
    nbformat.validate(document)
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_running_it_twice_pays_once_and_keeps_no_secret(
    path: Path, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    before = service.task_count()
    first = execute(path, tmp_path)
    paid = service.task_count() - before
    assert (paid > 0) is (path.stem not in FREE)
    if path.stem not in PAID_ANEW:
        execute(path, tmp_path)
        assert service.task_count() - before == paid
    said = "\n".join(texts(first))
    assert SAYS[path.stem] in said, said
    saved = nbformat.writes(first)
    assert service.secret not in saved
    assert service.key not in saved
