"""What a notebook user sees of the widgets' Python side."""

from __future__ import annotations

import gc
import json
import threading
import tracemalloc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from traitlets import TraitError

from tests.widgets.fakes import CLIP, SENT, FakeRun, ask, replies, snapshot
from tests.widgets.grid_runs import FakeGridRun
from wiro_widgets.widgets import (
    CompareGrid,
    ImageInput,
    ParameterPanel,
    PromptInput,
    RunButton,
    RunView,
    StatusTimeline,
    VideoPlayer,
)
from wiro_widgets.widgets.run_view import display_of
from wiro_widgets.widgets.transfer import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WIDGETS = pytest.mark.parametrize("widget_type", [StatusTimeline, RunView, VideoPlayer])


def collect(widget: Any, **request: Any) -> bytes:
    """Fetch a clip as the browser does: one chunk, one ack."""
    ask(widget, id="m", type="media", **request)
    got = b""
    while True:
        message, buffers = replies()[-1]
        assert message["type"] == "chunk", message
        assert message["offset"] == len(got)
        got += buffers[0]
        assert len(replies()) == -(-len(got) // CHUNK_BYTES), "a chunk was sent without an ack"
        if len(got) >= message["total"]:
            return got
        ask(widget, id="m", type="ack")


@WIDGETS
def test_each_change_of_a_run_reaches_the_browser_as_one_trait(widget_type: Any) -> None:
    run = FakeRun()
    widget_type(run)
    SENT.clear()
    run.snapshot = dict(snapshot(progress=0.75))
    (update,) = [data for data, _ in SENT]
    assert list(update["state"]) == ["_snapshot"]
    assert update["state"]["_snapshot"]["progress"] == 0.75


@WIDGETS
def test_the_first_frame_travels_once_and_not_with_every_change(widget_type: Any) -> None:
    run = FakeRun(poster="data:image/jpeg;base64,AAAA")
    widget = widget_type(run)
    assert widget.get_state()["_poster"] == "data:image/jpeg;base64,AAAA"
    SENT.clear()
    run.snapshot = dict(snapshot(poster="data:image/jpeg;base64,AAAA", progress=0.75))
    assert "AAAA" not in str(SENT)


@WIDGETS
def test_text_stands_in_for_the_widget_where_nothing_draws_it(widget_type: Any) -> None:
    run = FakeRun(state="succeeded", created=1000.0, ended=1200.5, cost="0.19")
    data, _ = widget_type(run)._repr_mimebundle_()
    line = "Run 12 · minimax/hailuo-2.3-fast · done after 3:20 · 50% · $0.19 · sandbox"
    assert data["text/plain"].removeprefix(f"{widget_type.__name__}: ") == line.replace(
        " · 50%", ""
    )
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_run_shown_twice_is_one_model_with_two_views() -> None:
    run = FakeRun()
    first, second = display_of(run), display_of(run)
    assert first == second
    assert display_of(FakeRun()) != first


def test_stop_reaches_the_run_and_is_acknowledged() -> None:
    run = FakeRun()
    ask(RunView(run), id="s1", type="stop")
    assert run.stops == 1
    assert replies() == [({"id": "s1", "type": "ok"}, [])]


def test_a_stop_that_fails_is_answered_and_stands_in_the_view() -> None:
    class Broken(FakeRun):
        def stop(self) -> None:
            raise RuntimeError("the runner has ended")

    view = RunView(Broken())
    ask(view, id="s1", type="stop")
    ((message, _),) = replies()
    assert message["type"] == "error"
    assert "the runner has ended" in message["message"]
    assert "the runner has ended" in view.error


@pytest.mark.parametrize("content", [{"type": "stop"}, {"id": 3, "type": "stop"}, [], None, "x"])
def test_a_message_that_is_none_of_ours_is_ignored(content: Any) -> None:
    run = FakeRun()
    view = RunView(run)
    view._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
    ask(view, id="u", type="launch_missiles")
    assert (replies(), run.stops, view.error) == ([], 0, None)


def test_a_clip_arrives_whole_one_acknowledged_chunk_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 5000)
    run = FakeRun(clips=[CLIP])
    run.files = [path]
    assert collect(RunView(run), clip=0) == path.read_bytes()


def test_memory_stays_flat_while_a_large_clip_is_served(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    run = FakeRun(clips=[CLIP])
    run.files = [path]
    view = RunView(run)
    tracemalloc.start()
    ask(view, id="m", type="media", clip=0)
    total = 0
    while SENT and replies():
        ((_, (data,)),) = replies()
        total += len(data)
        SENT.clear()
        ask(view, id="m", type="ack")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64 << 20
    assert peak < 16 << 20


@pytest.mark.parametrize("clip", [0, 7, -1, "0", None, "../../etc/passwd"])
def test_a_clip_that_is_not_here_is_said_to_be_not_here(clip: Any) -> None:
    ask(RunView(FakeRun()), id="m", type="media", clip=clip)
    assert replies() == [
        ({"id": "m", "type": "error", "message": "The clip is not on this computer."}, [])
    ]


def test_a_cancelled_transfer_sends_nothing_more(tmp_path: Path) -> None:
    player = VideoPlayer(b"x" * (3 * CHUNK_BYTES))
    ask(player, id="m", type="media", clip=0)
    ask(player, id="m", type="cancel_media")
    ask(player, id="m", type="ack")
    assert len(replies()) == 1


def test_a_clip_removed_meanwhile_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * (2 * CHUNK_BYTES))
    player = VideoPlayer(path)
    ask(player, id="m", type="media", clip=0)
    path.unlink()
    ask(player, id="m", type="ack")
    assert replies()[-1][0]["type"] == "error"


def test_snapshots_from_many_threads_end_with_the_newest() -> None:
    run = FakeRun()
    view = RunView(run)
    errors: list[BaseException] = []

    def publish(start: int) -> None:
        try:
            for step in range(100):
                run.snapshot = dict(snapshot(log_total=start + step))
        except BaseException as error:  # noqa: BLE001 - the test is about any of them
            errors.append(error)

    threads = [threading.Thread(target=publish, args=(1000 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert view._snapshot["log_total"] == run.snapshot["log_total"]


def test_a_closed_view_no_longer_listens() -> None:
    run = FakeRun()
    view = RunView(run)
    view.close()
    SENT.clear()
    run.snapshot = dict(snapshot(progress=0.9))
    assert SENT == []
    assert display_of(run)["application/vnd.jupyter.widget-view+json"]["model_id"]


@pytest.mark.parametrize(
    "make",
    [
        ImageInput,
        ParameterPanel,
        PromptInput,
        RunButton,
        lambda: CompareGrid([FakeGridRun(1)]),
        lambda: RunView(FakeRun()),
        lambda: StatusTimeline(FakeRun()),
        lambda: VideoPlayer(FakeRun()),
    ],
)
def test_a_closed_widget_leaves_nothing_behind(make: Callable[[], Any]) -> None:
    widget = make()
    seen = weakref.ref(widget)
    widget.close()
    widget.close()
    del widget
    gc.collect()
    assert seen() is None


def test_a_timeline_can_be_given_another_run() -> None:
    first, second = FakeRun(), FakeRun(key="r13", name="Run 13")
    timeline = StatusTimeline(first)
    timeline.run = second
    first.snapshot = dict(snapshot(progress=0.9))
    assert timeline._snapshot["name"] == "Run 13"


def test_a_player_takes_a_path_a_url_bytes_and_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gull.mp4"
    path.write_bytes(b"clip")
    player = VideoPlayer(str(path))
    assert player._source["clip"] == {**CLIP, "name": "gull.mp4", "size": 4}
    assert str(tmp_path) not in json.dumps(player._source), "the folder is nobody's business"
    assert collect(player, clip=0) == b"clip"
    player.source = "https://example.org/media/gull.webm?x=1"
    assert player._source["clip"]["url"] == "https://example.org/media/gull.webm?x=1"
    assert player._source["clip"]["content_type"] == "video/webm"
    player.source = bytearray(b"other")
    assert player._source["clip"]["size"] == 5
    player.source = None
    assert player._source == {}


def test_a_player_given_a_run_shows_it_and_lets_it_go_again() -> None:
    run = FakeRun(clips=[CLIP])
    player = VideoPlayer(run)
    assert player._snapshot["clips"] == [CLIP]
    player.source = b"clip"
    assert player._snapshot == {}
    run.snapshot = dict(snapshot(progress=0.9))
    assert player._snapshot == {}


def test_a_player_is_clear_about_what_it_cannot_play(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"VideoPlayer\.source.*nowhere\.mp4"):
        VideoPlayer(tmp_path / "nowhere.mp4")
    with pytest.raises(TraitError, match="must be a run, a path, an http"):
        VideoPlayer(3.5)
    with pytest.raises(TraitError, match="speed"):
        VideoPlayer(b"", speed=0)


def test_no_bundle_carries_a_server_or_a_path_of_this_machine() -> None:
    for widget_type in (StatusTimeline, RunView, VideoPlayer):
        code = str(widget_type._esm)
        assert "http" not in code.replace("http://www.w3.org/2000/svg", "")
        assert "sourceMappingURL" not in code
