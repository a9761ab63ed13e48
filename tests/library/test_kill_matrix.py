"""A short kill matrix; ``python -m tests.runs.kill_matrix`` is the long one."""

from __future__ import annotations

import faulthandler
from typing import TYPE_CHECKING

import pytest

from tests.library.places import SQLITE, Place, postgresql_place
from tests.runs import kill_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.library.servers import PostgreSQL


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def check(verdict: kill_matrix.Verdict) -> None:
    """Nothing went wrong."""
    assert verdict.good, f"\n{kill_matrix.HEAD}\n{'':46}{verdict}"


def test_kills_at_random_moments(place: Place, tmp_path: Path) -> None:
    kills = 8 if place is SQLITE else 4
    verdict = kill_matrix.at_random_moments(tmp_path, place, kills, kill_matrix.SEED)
    check(verdict)
    assert verdict.cells == kills // kill_matrix.KILLS_A_SWEEP * kill_matrix.CELLS


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
    check(kill_matrix.at_a_step(tmp_path, SQLITE, name))


@pytest.mark.parametrize("name", ["a later request is accepted", "a lost run is looked for"])
def test_a_kill_at_a_step_with_a_shared_library(
    database_server: PostgreSQL, tmp_path: Path, name: str
) -> None:
    check(kill_matrix.at_a_step(tmp_path, postgresql_place(database_server), name))
