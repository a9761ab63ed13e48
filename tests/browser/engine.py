"""One Playwright for the whole session: a second one cannot run beside it."""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


@cache
def engine() -> Playwright:
    """Started on first use, ended with the process."""
    running = sync_playwright().start()
    atexit.register(running.stop)
    return running
