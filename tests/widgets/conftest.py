"""No widget test talks to a kernel: what would go to the browser is recorded."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import comm
import pytest

from tests.conftest import PHOTO
from tests.widgets.fakes import SENT, RecordingComm
from wiro_widgets.widgets import Studio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wiro_widgets.runs.session import Session


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    """All that went to the browser in this test."""
    SENT.clear()
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    return SENT


@pytest.fixture
def studio(notebook: Session) -> Iterator[Studio]:
    """A Studio in a fresh folder, with a photograph."""
    shutil.copy(PHOTO, ".")
    made = Studio("The gull lifts off", image=PHOTO.name)
    yield made
    made.close()
