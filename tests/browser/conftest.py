"""One JupyterLab for all files that need no other; each has its own folder and kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import end_kernels, jupyter_lab
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service


@pytest.fixture(scope="session")
def _root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def _lab(_root: Path, service: Service) -> Iterator[str]:
    # Some notebooks import what is shared among tests.
    with jupyter_lab(_root, {**service.environment(), "PYTHONPATH": str(ROOT)}) as address:
        yield address


@pytest.fixture(scope="module")
def folder(_root: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of this file's notebooks; they are opened as ``<its name>/<notebook>``."""
    place = _root / request.module.__name__.rpartition(".")[2]
    place.mkdir()
    return place


@pytest.fixture(scope="module")
def lab(_lab: str) -> Iterator[str]:
    """The address of a JupyterLab that uses the session's sandbox."""
    yield _lab
    end_kernels(_lab)
