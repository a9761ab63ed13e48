"""The fault matrix, held: never a second paid POST, never a lost task id."""

from __future__ import annotations

import re

import pytest

from tests.client.conftest import KEY, SECRET
from tests.client.fault_matrix import CASES, LOST, UNKNOWN, attempt


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault(case):
    result = attempt(case)
    assert result.outcome in case.outcome.split("|")
    assert result.paid_posts == case.posts
    assert result.accepted <= 1
    if result.accepted and result.outcome != UNKNOWN:
        assert result.task_id_known
    assert KEY not in result.text
    assert SECRET not in result.text
    assert not re.search(r"tok\d{6}", result.text)
    assert "Pool" not in result.text
    if result.outcome == LOST:
        assert "reached" in result.text or "sending" in result.text
