"""A few processes with one library; ``python -m tests.library.many_processes`` has twenty."""

from __future__ import annotations

import faulthandler
from typing import TYPE_CHECKING

import pytest

from tests.library.many_processes import HEAD, KILLED, ask
from tests.library.places import postgresql_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.library.servers import ObjectStore, PostgreSQL


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    faulthandler.dump_traceback_later(180, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("restarted", [False, True])
def test_what_all_ask_for_is_paid_once(
    database_server: PostgreSQL, object_server: ObjectStore, tmp_path: Path, *, restarted: bool
) -> None:
    """Also when the database fails and two of them are killed in the middle."""
    place = postgresql_place(database_server, object_server)
    verdict = ask(place, tmp_path, KILLED + 1, 6, database_server if restarted else None)
    assert verdict.good, f"\n{HEAD}\n{'':34}{verdict}"
