"""`ww.run` on machines as people have them; ``environment_matrix`` prints the same as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.environment_matrix import Machine, fault_in
from tests.runs.environments import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("machine")) as running:
        yield running


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.in_suite], ids=lambda case: case.name
)
def test_a_run_ends_well_or_in_words(machine: Machine, case: Case) -> None:
    before = machine.live.counts["sockets"], len(machine.proxy.heads)
    outcome = machine.execute(case)
    assert not fault_in(case, outcome), outcome.all
    if case.name == "live through HTTPS_PROXY":
        assert machine.live.counts["sockets"] > before[0], "the live socket went nowhere"
    if case.service != "live":
        assert len(machine.proxy.heads) == before[1], "this computer was reached through a proxy"


def test_nothing_but_the_service_was_told_anything(machine: Machine) -> None:
    """After all of the above: no password of a .netrc, and no key for a proxy."""
    names = {name for _, headers, _ in machine.live.requests for name in headers}
    assert not names & {"authorization", "proxy-authorization"}
    for head in machine.proxy.heads:
        assert head.startswith(f"CONNECT wiro.test:{machine.live.port} ")
        assert "fake-key" not in head
