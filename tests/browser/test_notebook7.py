"""The same widgets in Notebook 7: a run is followed and its clip plays."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import NOTEBOOK, Notebook, chromium, jupyter_lab
from tests.conftest import PHOTO, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Service

pytestmark = pytest.mark.browser

IMPORT, RUN = range(2)


def test_the_quickstart_works_in_notebook_7(tmp_path: Path, service: Service) -> None:
    shutil.copy(PHOTO, tmp_path)
    shutil.copy(ROOT / "notebooks" / "01_quickstart.ipynb", tmp_path)
    with jupyter_lab(tmp_path, service.environment(), NOTEBOOK) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        notebook = Notebook.open(page, address, "01_quickstart.ipynb", NOTEBOOK)
        for cell in (IMPORT, RUN):
            notebook.run(cell)
            notebook.wait_idle(cell)

        view = notebook.code_cell(RUN).locator(".wiro-root")

        expect(view.locator(".wiro-state")).to_contain_text("Done", timeout=30_000)
        video = view.locator("video")
        expect(video).to_have_js_property("readyState", 4, timeout=20_000)
        page.wait_for_function("v => v.currentTime > 0.2", arg=video.element_handle())
