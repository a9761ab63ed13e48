"""The one front end of a kernel: who carries what, and when there is another one."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets import Widget
from ipywidgets.embed import dependency_state

from tests.conftest import ROOT
from tests.widgets.fakes import SENT, FakeRun, RecordingComm, ask, replies
from wiro_widgets.widgets import PromptInput, RunView, VideoPlayer
from wiro_widgets.widgets.base import WiroWidget
from wiro_widgets.widgets.front_end import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _fresh_kernel() -> Iterator[None]:
    Widget.close_all()
    SENT.clear()
    yield
    Widget.close_all()


def opened() -> list[dict[str, Any]]:
    """The states of all models that the browser was told of."""
    return [data["state"] for data, _ in SENT if data.keys() >= {"state", "buffer_paths"}]


def references() -> list[str]:
    return [state["_front_end"] for state in opened() if "_front_end" in state]


def test_widgets_made_at_once_on_many_threads_share_one_front_end() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: VideoPlayer(), range(24)))

    assert len(references()) == 24
    assert len(set(references())) == 1
    assert sum(len(state.get("_esm", "")) > 9000 for state in opened()) == 1


def test_after_close_all_a_new_widget_gets_a_new_front_end() -> None:
    VideoPlayer()
    Widget.close_all()
    PromptInput("A gull")

    first, second = references()
    assert first != second
    assert sum(len(state.get("_esm", "")) > 9000 for state in opened()) == 2


def test_where_the_host_closes_widgets_with_their_cell_each_has_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RecordingComm, "kernel", "marimo", raising=False)
    VideoPlayer()
    VideoPlayer()

    assert len(set(references())) == 2


def test_a_page_that_cannot_find_the_front_end_is_sent_its_code() -> None:
    ask(VideoPlayer(), id="1", type="front_end")

    ((reply, (code,)),) = replies()
    assert reply == {"id": "1", "type": "code"}
    assert code.decode() == FrontEnd._esm


def test_every_widget_names_a_view_that_is_there() -> None:
    views = {path.parent.name for path in (ROOT / "js/src/widgets").glob("*/index.ts")}
    waiting, named = [WiroWidget], set()
    while waiting:
        widget = waiting.pop()
        waiting += widget.__subclasses__()
        if widget.__module__.startswith("wiro_widgets."):
            named.add(widget._view.default_value)
    assert named - {""} == views


def test_an_exported_page_carries_the_code_once_and_every_trait() -> None:
    views = [RunView(FakeRun()) for _ in range(12)]

    state = dependency_state(views)

    models = [model["state"] for model in state.values()]
    assert all(model.keys() >= set(views[0].keys) for model in models if "_facts" in model)
    code = sum(len(json.dumps(model.get("_esm", ""))) for model in models)
    assert code < 100_000
