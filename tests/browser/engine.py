"""One Playwright for the whole session, and the browser whose pages the tests open.

Chromium, or Debian's Firefox where ``TEST_BROWSER=firefox`` is set: ``make firefox``.
"""

from __future__ import annotations

import atexit
import os
import shutil
from functools import cache
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

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
# WebDriver BiDi cannot set these media features for a page, as Chromium's protocol can.
_PREFERENCES = {
    ("reduced_motion", "reduce"): ("ui.prefersReducedMotion", 1),
    ("forced_colors", "active"): ("browser.display.document_color_use", 2),
}


@cache
def engine() -> Playwright:
    """Started on first use, ended with the process: a second one cannot run beside it."""
    running = sync_playwright().start()
    atexit.register(running.stop)
    return running


@cache
def _chromium() -> Browser:
    assert CHROMIUM, "No Chromium here; tests/browser/install-chromium installs it."
    browser = engine().chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    atexit.register(browser.close)
    return browser


@cache
def _firefox(*preferences: tuple[str, int]) -> Browser:
    # A channel of this name is driven by WebDriver BiDi, which a distribution's Firefox speaks.
    # Without it, Playwright expects the Firefox that it has patched for itself.
    browser = engine().firefox.launch(
        channel="moz-firefox",
        executable_path=shutil.which("firefox-esr"),
        firefox_user_prefs=dict(preferences),
    )
    atexit.register(browser.close)
    return browser


def new_context(*, viewport: dict[str, int] | None = None, **media: str) -> BrowserContext:
    """A browser profile of its own for the pages of one test.

    Args:
        viewport: The size of its pages.
        media: What the person prefers: ``reduced_motion="reduce"``, ``forced_colors="active"``.
    """
    size: dict[str, Any] = {"viewport": viewport} if viewport else {}
    if FIREFOX:
        return _firefox(*(_PREFERENCES[item] for item in media.items())).new_context(**size)
    return _chromium().new_context(**size, **media)
