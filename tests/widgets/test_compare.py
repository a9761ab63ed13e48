"""`ww.compare`: a sweep and its grid, and no money spent that nobody has agreed to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from wiro_widgets.client import InputError

if TYPE_CHECKING:
    from tests.conftest import Service
    from wiro_widgets.runs.session import Session

PROMPTS = ["The gull lifts off", "The gull lands"]


def test_everything_listed_becomes_a_grid_of_rows_and_columns(
    notebook: Session,
    service: Service,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "wiro_widgets")
    capsys.readouterr()
    before = service.task_count()
    grid = ww.compare(PROMPTS, image=PHOTO, resolution=["768P", "1080P"])
    assert [run.prompt for run in grid.runs] == [PROMPTS[0]] * 2 + [PROMPTS[1]] * 2
    assert (grid.rows, grid.columns) == ("prompt", "resolution")
    assert "4 runs: $" in caplog.text
    for run in grid.runs:
        assert run.wait(60).video is not None
    assert service.task_count() == before + 4

    wrapped = ww.compare(PROMPTS, image=PHOTO, resolution="768P")
    assert (wrapped.rows, wrapped.columns) == (None, None)
    assert "costs nothing" in caplog.text
    # What the grid shows needs no words beside it.
    assert capsys.readouterr() == ("", "")
    assert service.task_count() == before + 4
    grid.close()
    wrapped.close()


def test_more_than_a_grid_shows_is_refused_before_anything_is_sent(
    notebook: Session, service: Service
) -> None:
    before = service.task_count()
    with pytest.raises(InputError, match="26 runs"):
        ww.compare("Too many", image=PHOTO, repeats=26)
    assert service.task_count() == before


@pytest.mark.usefixtures("_as_if_live")
def test_the_real_service_is_asked_only_within_a_limit(notebook: Session, service: Service) -> None:
    assert notebook.service == "live"
    before = service.task_count()
    with pytest.raises(InputError, match="This would cost money") as caught:
        ww.compare(PROMPTS, image=PHOTO)
    assert caught.value.field == "max_cost"
    limit = caught.value.remedy.partition("max_cost=")[2].split()[0]
    with pytest.raises(InputError, match="above your"):
        ww.compare(PROMPTS, image=PHOTO, max_cost="0.01")
    assert service.task_count() == before

    grid = ww.compare(PROMPTS, image=PHOTO, max_cost=limit)
    for run in grid.runs:
        run.wait(60)
    assert service.task_count() == before + 2
    # What is recorded costs nothing, so nobody has to agree to anything.
    assert ww.compare(PROMPTS, image=PHOTO).runs == grid.runs
    assert service.task_count() == before + 2
