"""A short kill matrix; ``python -m tests.runs.kill_matrix`` is the long one."""

from __future__ import annotations

import faulthandler
from typing import TYPE_CHECKING

import pytest

from tests.runs import kill_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def test_kills_at_random_moments(tmp_path: Path) -> None:
    verdict = kill_matrix.at_random_moments(tmp_path, kills=12, seed=kill_matrix.SEED)
    assert verdict.good, f"\n{kill_matrix.HEAD}\n{'':34}{verdict}"
    assert verdict.cells == 3 * kill_matrix.CELLS


@pytest.mark.parametrize(
    "name",
    [
        "a later request is lost",
        "a later request is accepted",
        "a request is accepted much later",
        "a later clip is asked for",
        "a lost run is looked for",
    ],
)
def test_a_kill_at_a_step(tmp_path: Path, name: str) -> None:
    verdict = kill_matrix.at_a_step(tmp_path, name)
    assert verdict.good, f"\n{kill_matrix.HEAD}\n{name:34}{verdict}"
