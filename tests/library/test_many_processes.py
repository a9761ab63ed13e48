"""A few processes with one library; ``python -m tests.library.many_processes`` has twenty."""

from __future__ import annotations

import faulthandler
import signal
from typing import TYPE_CHECKING

import pytest

from tests.library.many_processes import HEAD, KILLED, ask
from tests.library.places import postgresql_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.library.servers import ObjectStore, PostgreSQL


_SECONDS = 300


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    """A test that hangs fails with all stacks printed."""

    def give_up(*_: object) -> None:
        faulthandler.dump_traceback()
        raise AssertionError(f"still running after {_SECONDS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("restarted", [False, True])
def test_what_all_ask_for_is_paid_once(
    database_server: PostgreSQL, object_server: ObjectStore, tmp_path: Path, *, restarted: bool
) -> None:
    """Also when the database fails and two of them are killed in the middle."""
    place = postgresql_place(database_server, object_server)
    verdict = ask(place, tmp_path, KILLED + 1, 6, database_server if restarted else None)
    assert verdict.good, f"\n{HEAD}\n{'':34}{verdict}"
