"""A minute of hostile input; ``python -m tests.fuzz --seconds 1200`` looks for longer."""

from __future__ import annotations

import pytest

from tests.fuzz.run import TARGETS, run_target

SECONDS = 60


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_comes_in_does_harm(name: str) -> None:
    assert run_target(name, 0, SECONDS / len(TARGETS)) == []
