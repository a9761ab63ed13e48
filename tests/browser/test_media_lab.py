"""In a real JupyterLab, the clip of another computer plays from the bucket they share."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Notebook, chromium, write_notebook
from tests.conftest import PHOTO
from wiro_widgets.client import Credentials
from wiro_widgets.library.location import Location
from wiro_widgets.library.media_store import MediaStore
from wiro_widgets.library.sqlite import sqlite_file
from wiro_widgets.runs.credentials import CredentialSource
from wiro_widgets.runs.session import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.conftest import Service
    from tests.library.servers import ObjectStore

pytestmark = pytest.mark.browser

SHOW, AGAIN, TAKE = range(3)
MEDIA = "s3://clips/lab"
PLAYS = "video => video.readyState >= 2 && video.currentTime > 0"


@pytest.fixture(scope="module")
def page(lab: str, folder: Path, service: Service, object_server: ObjectStore) -> Iterator[Page]:
    """A notebook whose library has a run of another computer, and no file of it."""
    variables = object_server.environment
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        rows = sqlite_file(folder / "library" / "journal.sqlite")
        there = Location(folder.parent / "another-computer", rows, MediaStore(MEDIA))
        key = CredentialSource(Credentials(service.key, service.secret), "a test")
        with open_session(key, service.api_url, service.socket_url, there) as session:
            request = session.request("The gull lifts off", image=str(PHOTO), parameters={})
            session.submit(request).wait(60)
    first = f"""import os
import wiro_widgets as ww
os.environ.update({variables!r})
ww.library("library", media={MEDIA!r})
run = ww.history()[0]
run"""
    last = "run.video.name, run.status, len(ww.history())"
    write_notebook(folder / "shared.ipynb", [first, "ww.VideoPlayer(run)", last])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        Notebook.open(page, lab, f"{folder.name}/shared.ipynb")
        yield page
    shutil.rmtree(folder.parent / "another-computer")


def test_a_clip_of_another_computer_plays_by_its_signed_address_or_from_the_kernel(
    page: Page, folder: Path
) -> None:
    notebook = Notebook(page)
    notebook.run(SHOW)
    notebook.wait_idle(SHOW)
    card = notebook.code_cell(SHOW).locator(".wiro-in-run_view")
    video = card.locator("video")
    expect(video).to_be_visible(timeout=30_000)
    page.wait_for_function(PLAYS, arg=video.element_handle())
    assert "X-Amz-Signature" in video.evaluate("video => video.currentSrc")
    # The first frame, too, is fetched from the bucket.
    assert list((folder / "library" / "inputs").iterdir())
    assert not list((folder / "library").glob("clips/*"))
    # The bucket lets no browser in, as when an address has ended: the kernel fetches the clip.
    page.route("**/lab/clips/**", lambda route: route.fulfill(status=403, body="expired"))
    notebook.run(AGAIN)
    notebook.wait_idle(AGAIN)
    player = notebook.code_cell(AGAIN).locator("video")
    expect(player).to_be_visible(timeout=30_000)
    page.wait_for_function(PLAYS, arg=player.element_handle())
    assert player.evaluate("video => video.currentSrc").startswith("blob:")
    notebook.run(TAKE)
    notebook.wait_idle(TAKE)
    said = notebook.code_cell(TAKE).locator(".jp-OutputArea-output").inner_text()
    assert said.startswith("('0001-the-gull-lifts-off-")
    assert said.endswith("'succeeded', 1)")
