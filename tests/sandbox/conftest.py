"""Servers for the tests: one shared, fast one, and as many special ones as needed."""

from __future__ import annotations

import pytest

from .server import Sandbox

FAST = ("--speed", "2000")


@pytest.fixture(scope="session")
def fast():
    """One server for all tests that only ask and leave nothing behind that matters."""
    sandbox = Sandbox(*FAST)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def start():
    """Start servers with flags; they end with the test."""
    started = []

    def begin(*flags):
        started.append(Sandbox(*flags))
        return started[-1]

    yield begin
    for sandbox in started:
        if sandbox.process.poll() is None:
            sandbox.stop()
