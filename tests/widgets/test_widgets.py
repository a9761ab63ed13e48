"""What a notebook user sees of the widgets' Python side."""

from __future__ import annotations

import gc
import json
import threading
import tracemalloc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets import Widget
from traitlets import TraitError

from tests.widgets.fakes import CLIP, SENT, FakeRun, ask, replies
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
from wiro_widgets.widgets.front_end import FrontEnd
from wiro_widgets.widgets.run_views import display_of
from wiro_widgets.widgets.transfers import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WIDGETS = pytest.mark.parametrize("widget_type", [StatusTimeline, RunView, VideoPlayer])
WITH_LOG = pytest.mark.parametrize("widget_type", [StatusTimeline, RunView])
WITH_POSTER = pytest.mark.parametrize("widget_type", [VideoPlayer, RunView])
POSTER = "data:image/jpeg;base64,AAAA"


def collect(widget: Any, **request: Any) -> bytes:
    """Fetch a clip as the browser does: one chunk, one ack."""
    ask(widget, id="m", type="media", run="", **request)
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
def test_a_view_opens_with_the_run_in_it_and_sends_nothing_more(widget_type: Any) -> None:
    widget_type(FakeRun())
    opened = [data["state"] for data, _ in SENT]
    assert [state["_facts"]["name"] for state in opened if "_facts" in state] == ["Run 12"]
    assert replies() == []


@WIDGETS
def test_each_change_of_a_run_is_sent_once_and_without_what_has_not_changed(
    widget_type: Any,
) -> None:
    run = FakeRun()
    widget_type(run)
    SENT.clear()
    run.change(stage="task_end")
    ((update, _),) = SENT
    assert list(update["state"]) == ["_standing"]
    assert update["state"]["_standing"]["stage"] == "task_end"
    SENT.clear()
    run.change(now=run.snapshot["now"] + 1)
    assert SENT == []


@WITH_LOG
def test_progress_and_the_new_log_lines_are_one_small_message(widget_type: Any) -> None:
    run = FakeRun(logs=["line"] * 200, log_total=300)
    view = widget_type(run)
    SENT.clear()
    run.change(progress=0.75, logs=[*["line"] * 198, "one", "two"], log_total=302)
    ((message, _),) = replies()
    assert len(SENT) == 1
    assert message == {
        "type": "progress",
        "revision": 2,
        "progress": 0.75,
        "lines": ["one", "two"],
        "log_total": 302,
    }
    # What a page gets that is loaded now, and what a notebook is saved with.
    live = view.get_state()["_live"]
    assert (live["progress"], len(live["logs"]), live["logs"][-1]) == (0.75, 200, "two")
    assert live["revision"] == message["revision"]


@WITH_LOG
@pytest.mark.parametrize(
    ("logs", "total"),
    [
        (["one", "other"], 2),  # the service's own log is in other words
        (["one"], 1),  # or shorter
        ([str(n) for n in range(200)], 900),  # more is new than a view carries
    ],
)
def test_a_log_that_does_not_go_on_is_sent_whole(
    widget_type: Any, logs: list[str], total: int
) -> None:
    run = FakeRun(logs=["one", "two"], log_total=2)
    widget_type(run)
    SENT.clear()
    run.change(logs=logs, log_total=total)
    ((update, _),) = SENT
    assert update["state"]["_live"]["logs"] == logs


def test_a_page_that_missed_a_line_gets_the_whole_log() -> None:
    view = RunView(FakeRun())
    SENT.clear()
    ask(view, id="r", type="resend")
    ((update, _),) = SENT
    assert update["state"] == {"_live": view._live}


def test_a_player_is_sent_no_log_and_a_timeline_no_picture() -> None:
    run = FakeRun(poster=POSTER)
    assert VideoPlayer(run).get_state()["_live"] == {}
    assert StatusTimeline(run).get_state()["_poster"] is None


@WITH_POSTER
def test_the_first_frame_is_sent_once_and_not_with_every_change(widget_type: Any) -> None:
    run = FakeRun(poster=POSTER)
    widget = widget_type(run)
    assert widget._poster.get_state()["url"] == POSTER
    SENT.clear()
    run.change(progress=0.75, stage="task_end")
    assert "AAAA" not in str(SENT)


def test_views_share_a_poster_which_goes_with_the_last_of_them() -> None:
    url = f"{POSTER}BBBB"
    one, other = RunView(FakeRun(poster=url)), VideoPlayer(FakeRun(key="r2", poster=url))
    poster = one._poster
    assert other._poster is poster
    assert sum("BBBB" in str(data) for data, _ in SENT) == 1
    other.run = FakeRun(poster=None)
    assert other._poster is None
    one.close()
    assert poster.comm is None
    again = RunView(FakeRun(poster=url))
    assert again._poster is not poster
    Widget.close_all()
    assert RunView(FakeRun(poster=url))._poster.comm is not None


@WIDGETS
def test_text_stands_in_for_the_widget_where_nothing_draws_it(widget_type: Any) -> None:
    run = FakeRun(status="succeeded", over=True, created=1000.0, ended=1200.5, cost="0.19")
    data, _ = widget_type(run)._repr_mimebundle_()
    line = "Run 12 · minimax/hailuo-2.3-fast · done after 3:20 · 50% · $0.19 if live · sandbox"
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


def test_what_can_be_done_about_an_unknown_run_reaches_it() -> None:
    run = FakeRun(status="unknown", over=True)
    view = RunView(run)
    ask(view, id="1", type="look_again")
    ask(view, id="2", type="choose", task_id="534574")
    assert (run.looks, run.chosen) == (1, "534574")
    ask(view, id="3", type="send_again", run="r12")
    # The press of an impatient person, who saw the run before.
    ask(view, id="4", type="send_again", run="r12")
    assert [message["type"] for message, _ in replies()] == ["ok"] * 3 + ["error"]
    assert view._facts["name"] == "Run 13", "the view goes on with the new run"
    assert display_of(run) != display_of(view.run)


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
    ask(view, id="m", type="media", run="", clip=0)
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


@pytest.mark.parametrize("clip", ["0", None, "../../etc/passwd", True])
def test_a_request_that_is_not_as_described_is_answered_and_shown_nowhere(clip: Any) -> None:
    view = RunView(FakeRun())
    ask(view, id="m", type="media", run="", clip=clip)
    ((message, _),) = replies()
    assert (message["id"], message["type"]) == ("m", "error")
    assert "Reload it" in message["message"]
    assert view.error is None


@pytest.mark.parametrize("clip", [0, 7, -1])
def test_a_clip_that_is_not_here_is_said_to_be_not_here(clip: Any) -> None:
    ask(RunView(FakeRun()), id="m", type="media", run="", clip=clip)
    assert replies() == [
        ({"id": "m", "type": "error", "message": "The clip is not on this computer."}, [])
    ]


def test_a_cancelled_transfer_sends_nothing_more(tmp_path: Path) -> None:
    player = VideoPlayer(b"x" * (3 * CHUNK_BYTES))
    ask(player, id="m", type="media", run="", clip=0)
    ask(player, id="m", type="cancel_media")
    ask(player, id="m", type="ack")
    assert len(replies()) == 1


def test_a_clip_removed_meanwhile_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * (2 * CHUNK_BYTES))
    player = VideoPlayer(path)
    ask(player, id="m", type="media", run="", clip=0)
    path.unlink()
    ask(player, id="m", type="ack")
    assert replies()[-1][0]["type"] == "error"


def test_of_two_threads_the_one_with_the_older_state_does_not_have_the_last_word() -> None:
    """One has read the run and is interrupted; meanwhile the run goes on."""
    interrupted, go_on = threading.Event(), threading.Event()

    class Slow(FakeRun):
        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name == "snapshot" and threading.current_thread().name == "slow":
                interrupted.set()
                go_on.wait(10)
            return value

    run = Slow(stage="old")
    view = RunView()
    view.run = run
    run.set_trait("snapshot", {**run.snapshot, "stage": "older"})
    slow = threading.Thread(target=view._show_run, args=(None,), name="slow")
    slow.start()
    interrupted.wait(10)
    fast = threading.Thread(target=run.change, kwargs={"stage": "new", "progress": 0.9})
    fast.start()
    fast.join(0.2)
    go_on.set()
    slow.join(10)
    fast.join(10)
    assert view._standing["stage"] == "new"
    assert view._live["progress"] == 0.9


def test_a_closed_view_no_longer_listens() -> None:
    run = FakeRun()
    view = RunView(run)
    view.close()
    SENT.clear()
    run.change(progress=0.9)
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
    first.change(progress=0.9)
    assert timeline._facts["name"] == "Run 13"


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
    player.source = "https://example.org/media/gull.html"
    assert player._source["clip"]["content_type"] == "video/mp4", "a page is no clip"
    player.source = bytearray(b"other")
    assert player._source["clip"]["size"] == 5
    player.source = None
    assert player._source == {}


def test_a_player_given_a_run_shows_it_and_lets_it_go_again() -> None:
    run = FakeRun(clips=[CLIP])
    player = VideoPlayer(run)
    assert player._standing["clips"] == [CLIP]
    player.source = b"clip"
    assert player._facts == {}
    run.change(progress=0.9)
    assert player._facts == {}


def test_a_player_is_clear_about_what_it_cannot_play(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"VideoPlayer\.source.*nowhere\.mp4"):
        VideoPlayer(tmp_path / "nowhere.mp4")
    with pytest.raises(TraitError, match="must be a run, a path, an http"):
        VideoPlayer(3.5)
    with pytest.raises(TraitError, match="speed"):
        VideoPlayer(b"", speed=0)


def test_no_bundle_carries_a_server_or_a_path_of_this_machine() -> None:
    for code in (FrontEnd._esm, StatusTimeline._esm):
        assert "http" not in code.replace("http://www.w3.org/2000/svg", "")
        assert "sourceMappingURL" not in code
