"""One Playwright for the whole session, and the browser that it drives.

Chromium, unless ``TEST_BROWSER=firefox`` is set, as ``make firefox`` does.
"""

from __future__ import annotations

import atexit
import os
import shutil
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

FIREFOX = os.environ.get("TEST_BROWSER") == "firefox"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@cache
def engine() -> Playwright:
    """Started on first use, ended with the process: a second one cannot run beside it."""
    running = sync_playwright().start()
    atexit.register(running.stop)
    return running


@contextmanager
def launch(**preferences: str | float | bool) -> Iterator[Browser]:
    """The distribution's browser, headless; the preferences are Firefox's."""
    if FIREFOX:
        # A "moz-" channel is the stock Firefox, driven by WebDriver BiDi.
        browser = engine().firefox.launch(
            channel="moz-firefox",
            executable_path=shutil.which("firefox-esr"),
            firefox_user_prefs=preferences,
        )
    else:
        browser = engine().chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()
