"""What a page may send, whoever has it, and that whatever is sent to it arrives."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any

import pytest
from traitlets import TraitError

from tests.conftest import PHOTO
from tests.media import odd_files
from tests.widgets.fakes import SENT, FakeRun, ask, replies, unconnected_studio
from tests.widgets.grid_runs import FakeGridRun, clip
from tests.widgets.test_parameters import spec_of
from wiro_widgets.widgets import (
    CompareGrid,
    ImageInput,
    ParameterPanel,
    PromptInput,
    RunView,
    StatusTimeline,
    VideoPlayer,
)
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.sweep_builder import SweepBuilder
from wiro_widgets.widgets.wire import MOST_CHARACTERS, MOST_LEVELS, MOST_VALUES

if TYPE_CHECKING:
    from pathlib import Path

HALF = "a gull \ud83d"
DEEP: list[Any] = []
for _ in range(900):
    DEEP = [DEEP]
HUGE = [
    ("x" * (MOST_CHARACTERS + 1), "100,001 characters"),
    ({"x" * (MOST_CHARACTERS + 1): 1}, "100,001 characters"),
    (["x"] * (MOST_VALUES + 1), "over 10,000 values"),
    ([{"a": 1}] * MOST_VALUES, "over 10,000 values"),
    (DEEP, "over 20 levels"),
    (math.nan, "A number"),
    (math.inf, "A number"),
    (1e300, "A number"),
    (10**400, "A number"),
]


def set_trait(widget: Any, **state: Any) -> None:
    """Set traits as the browser does."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.mark.parametrize(("value", "words"), HUGE, ids=lambda value: str(value)[:20])
def test_values_that_would_fill_the_memory_are_refused_in_words(value: Any, words: str) -> None:
    spec = spec_of({"id": "caption", "type": "text"})
    panel, button, grid = ParameterPanel(spec), RunButton(spec), CompareGrid([FakeGridRun(1)])
    button.on_run(lambda _: pytest.fail("this was not to be run"))
    for widget, message in (
        (panel, {"type": "change", "values": {"caption": value}}),
        (button, {"type": "run", "values": {"caption": value}, "prompt": "", "repeats": 1}),
        (grid, {"type": "judge", "run": "r1", "changes": {"note": value, "tags": value}}),
        (SweepBuilder(pytest.fail, pytest.fail), {"type": "plan", "prompts": value}),
    ):
        ask(widget, id="1", **message)
        assert replies()[-1][0]["type"] == "error"
        assert words in replies()[-1][0]["message"]
    set_trait(panel, value={"caption": value})
    assert words in (panel.error or "")
    assert panel.value == {}


def test_what_people_write_is_not_too_much() -> None:
    panel = ParameterPanel(spec_of({"id": "caption", "type": "textarea"}))
    ask(panel, id="1", type="change", values={"caption": "x" * MOST_CHARACTERS})
    assert replies()[-1][0]["type"] == "changed"
    nested: Any = "x"
    for _ in range(MOST_LEVELS - 4):
        nested = [nested]
    ask(panel, id="1", type="change", values={"other": nested})
    assert replies()[-1][0]["type"] == "changed"


def test_a_message_without_an_id_that_can_be_answered_is_no_message() -> None:
    for identity in (None, 3, "x" * 1000, ["x"]):
        ask(RunView(FakeRun()), id=identity, type="stop")
    assert replies() == []


def test_the_kernels_own_traits_are_not_the_browsers_to_set() -> None:
    run = FakeGridRun(1, clips=clip(None))
    grid, player = CompareGrid([run, FakeGridRun(2)]), VideoPlayer(PHOTO)
    builder = SweepBuilder(pytest.fail, pytest.fail)
    source = {"key": "k", "label": "l", "clip": {"name": "passwd", "url": "file:///etc/passwd"}}
    set_trait(player, _source=source, source="/etc/passwd", _facts={}, _live={}, value="x")
    assert player.source == PHOTO
    assert player._source["label"] == PHOTO.name
    set_trait(builder, _axes=[{"name": "inputImage", "label": "", "options": []}])
    ask(builder, id="1", type="plan", prompts=["a"], values={"inputImage": ["/x"]}, repeats=1)
    assert replies()[-1][0]["type"] == "error"
    set_trait(grid, _live={}, _order=["r2", "r1"], _selected=["r2", "r9"])
    assert [entry["key"] for entry in grid._live["tiles"]] == ["r2", "r1"]
    assert [each.snapshot["key"] for each in grid.selected] == ["r2"]
    run.change(status="failed")
    assert grid.error is None


@pytest.mark.parametrize("clip_index", [-1, 1, 10**15, True, 0.5, "0", None])
@pytest.mark.parametrize("run", ["", "r1", "r9", "../r1"])
def test_no_other_file_is_sent_than_the_one_that_is_shown(
    clip_index: Any, run: str, tmp_path: Path
) -> None:
    shown = FakeGridRun(1, clips=clip(None))
    shown.files = [tmp_path / "clip.mp4"]
    shown.files[0].write_bytes(b"clip")
    for widget in (CompareGrid([shown]), RunView(shown), VideoPlayer(shown), VideoPlayer(PHOTO)):
        ask(widget, id="1", type="media", run=run, clip=clip_index)
        assert replies()[-1][0]["type"] == "error"


@pytest.mark.parametrize("size", [-1, 0, 10**12, "9", 9.5, None])
@pytest.mark.parametrize("widget_type", [ImageInput, ParameterPanel])
def test_sizes_that_no_file_has_begin_no_upload(widget_type: Any, size: Any) -> None:
    widget = widget_type()
    ask(widget, id="1", type="begin", name="a", size=size, notes=[])
    assert replies()[-1][0]["type"] == "error"


@pytest.mark.parametrize("widget_type", [ImageInput, ParameterPanel])
def test_pieces_of_another_file_or_out_of_turn_are_not_taken(widget_type: Any) -> None:
    widget = widget_type()
    ask(widget, id="1", type="begin", name="a", size=9, notes=[])
    for identity, offset, piece in (("2", 0, b"abc"), ("1", 3, b"abc"), ("1", 0, b"0123456789")):
        ask(widget, [piece], id=identity, type="piece", offset=offset)
        assert replies()[-1][0]["type"] == "error"


@pytest.mark.parametrize(
    "changes",
    [
        {"rating": 6},
        {"rating": -1},
        {"tags": [str(number) for number in range(21)]},
        {"tags": ["x" * 61]},
        {"note": "x" * 4001},
        {"starred": 1},
        {"cost": "0"},
    ],
)
def test_judgments_that_cannot_be_kept_are_refused(changes: dict[str, Any]) -> None:
    run = FakeGridRun(1)
    ask(CompareGrid([run]), id="1", type="judge", run="r1", changes=changes)
    assert replies()[-1][0]["type"] == "error"
    assert run.judgment == FakeGridRun(2).judgment


def hostile_widgets(folder: Path) -> list[Any]:
    """Widgets with half a character in every text, as emoji are that were cut in two."""
    film = folder / os.fsdecode(b"gull-\xff.mp4")
    film.write_bytes(b"clip")
    item = {"id": "style", "type": "select", "label": HALF, "help": HALF, "options": [HALF, "b"]}
    said = {"prompt": HALF, "logs": [HALF], "parameters": [["style", HALF]], "progress": math.nan}
    studio = unconnected_studio(HALF)
    studio._show_models([{"slug": "a/b", "title": HALF, "recent": False}])
    studio._show_error(ValueError(HALF))
    return [
        ParameterPanel(spec_of(item, title=HALF)),
        PromptInput(HALF, history=[HALF], placeholder=HALF, baseline=HALF),
        RunView(FakeRun(**said)),
        StatusTimeline(FakeRun(**said)),
        CompareGrid([FakeGridRun(1, **said)]),
        ImageInput(label=HALF),
        VideoPlayer(film),
        studio,
    ]


def test_half_a_character_keeps_no_widget_from_the_page(tmp_path: Path) -> None:
    for widget in hostile_widgets(tmp_path):
        state = {name: value for name, value in widget.get_state().items() if name != "layout"}
        json.dumps(state, ensure_ascii=False, allow_nan=False).encode()
        json.dumps(widget._repr_mimebundle_()[0], ensure_ascii=False, allow_nan=False).encode()


def test_half_a_character_that_comes_later_arrives_too() -> None:
    run = FakeRun()
    StatusTimeline(run)
    SENT.clear()
    run.change(logs=["Request started.", HALF], log_total=2, progress=0.6)
    message, _ = replies()[-1]
    assert message["lines"] == ["a gull \ufffd"]
    ask(PromptInput(), id="1", type="edit", text=HALF)
    json.dumps([data for data, _ in SENT], ensure_ascii=False, default=str).encode()


def test_no_host_reads_mathematics_into_a_prompt(tmp_path: Path) -> None:
    for widget in hostile_widgets(tmp_path):
        assert {"tex2jax_ignore", "mathjax_ignore"} <= set(widget.get_state()["_dom_classes"])


def test_limits_and_names_from_a_page_are_looked_at_as_well() -> None:
    image = ImageInput(odd_files.scene())
    set_trait(image, limits={"max_bytes": "x"})
    assert (image.limits, image.problem) == ({}, None)
    with pytest.raises(TraitError, match=r"ImageInput\.limits=.* are no limits"):
        image.limits = {"max_bytes": "x"}
    data = odd_files.saved(odd_files.scene(), "PNG")
    ask(image, id="1", type="begin", name="\x1b[31mgull\u202e.png", size=len(data), notes=["\x07"])
    ask(image, [data], id="1", type="piece", offset=0)
    assert (image.value.name, image.value.notes) == ("[31mgull.png", ("",))
