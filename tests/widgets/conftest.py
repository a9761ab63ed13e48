"""No widget test talks to a kernel: what would go to the browser is recorded."""

from __future__ import annotations

from typing import Any

import comm
import pytest

from tests.widgets.fakes import SENT, RecordingComm


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    """All that went to the browser in this test."""
    SENT.clear()
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    return SENT
