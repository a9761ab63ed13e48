"""A page with the sync player on it, served and watched as those of the widgets are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.sync.tiles import prepare
from tests.browser.widgets.conftest import Stage, clips, sites, stage

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["clips", "sites", "stage"]


@pytest.fixture
def page(stage: Stage) -> Page:
    """A page that knows ``sync``."""
    prepare(stage.page)
    return stage.page


@pytest.fixture
def old_page(stage: Stage) -> Page:
    """The same in a browser that cannot decode frame by frame."""
    stage.page.evaluate("delete window.VideoDecoder")
    prepare(stage.page)
    return stage.page
