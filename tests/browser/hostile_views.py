"""Every view with texts in it that try to be more than text; shown by a kernel, not by a test."""

from __future__ import annotations

from typing import Any

from IPython.display import HTML, display

from tests.media import odd_files
from tests.widgets.fakes import FakeRun, unconnected_studio
from tests.widgets.grid_runs import FakeGridRun
from wiro_widgets.client import ModelSpec
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.runs.table import html_table
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
from wiro_widgets.widgets.run_strip import RunStrip
from wiro_widgets.widgets.sweep_builder import SweepBuilder

HACK = "window.hacked=1"
VECTORS = (
    f"<script>{HACK}</script>",
    f'<img src=x onerror="{HACK}">',
    f"</script><script>{HACK}</script>",
    f"</style><style>body{{display:none}}</style><svg onload={HACK}>",
    f"</textarea><iframe srcdoc='<script>parent.{HACK}</script>'>",
    f'" autofocus onfocus="{HACK}" x="',
    f"javascript:{HACK}",
    f"[here](javascript:{HACK}) **bold** ![x](x)",
    "{{constructor.constructor('window.hacked=1')()}} ${alert(1)}",
    "costs $5 and then $6 \\(x\\) $$\\href{javascript:alert(1)}{y}$$",
    "\u202egnp.exe \u2066 \u001b]52;c;aGk=\u0007 \u001b[31m red",
)
ALL = " ".join(VECTORS)
_TYPES = ("text", "textarea", "select", "selectwithcover", "color", "fileinput", "multifileinput")


def spec() -> ModelSpec:
    """A model whose schema was written by somebody hostile."""
    items = [
        {
            "id": f"parameter{number}",
            "type": _TYPES[number] if number < len(_TYPES) else text,
            "label": f"label {text}",
            "help": f"help {text}",
            "placeholder": f"placeholder {text}",
            "note": text,
            "default": text,
            "options": [
                {"text": f"option {text}", "value": text, "cover": f"https://127.0.0.1:9/{text}"},
                {"text": text, "value": "other", "cover": f"javascript:{HACK}"},
            ],
        }
        for number, text in enumerate(VECTORS)
    ]
    groups = [
        {"title": f"group {text}", "items": [item]}
        for text, item in zip(VECTORS, items, strict=True)
    ]
    model = {"slugowner": "acme", "slugproject": "one", "title": f"title {ALL}"}
    found = ModelSpec.parse({**model, "parameters": groups})
    assert found is not None
    return found


def said() -> dict[str, Any]:
    """What a hostile service says of a run, and what a person wrote."""
    return {
        "name": f"name {VECTORS[1]}",
        "model": f"model {ALL}",
        "prompt": f"prompt {ALL}",
        "parameters": [[f"key {text}", f"value {text}"] for text in VECTORS],
        "logs": [f"log {text}" for text in VECTORS],
        "log_total": len(VECTORS),
        "notice": f"notice {ALL}",
        "task_id": f"task {ALL}",
    }


def problem() -> dict[str, Any]:
    return {
        "kind": VECTORS[0],
        "title": f"refused {ALL}",
        "detail": f"detail {ALL}",
        "spent": "maybe",
        "remedy": f"remedy {ALL}",
    }


def clips(number: int) -> list[dict[str, Any]]:
    """An output with a hostile name, type and address."""
    text = VECTORS[number]
    url = (f"javascript:{HACK}", "http://127.0.0.1:9/gull.mp4", None)[number % 3]
    return [{"name": f"{text}.html", "content_type": text, "size": 0, "url": url}]


def runs() -> list[FakeGridRun]:
    made = []
    for number in range(3):
        run = FakeGridRun(number + 1, **said(), clips=clips(number))
        run.number, run.key = number + 1, f"r{number + 1}"  # type: ignore[attr-defined]
        run.judge(tags=[text[:60] for text in VECTORS], note=f"note {ALL}", rating=3)
        made.append(run)
    return made


def views() -> list[Any]:
    ended = {"status": "failed", "over": True, "problem": problem(), "ended": 9.0}
    lost = {
        "status": "unknown",
        "over": True,
        "candidates": [{"task_id": f"candidate {t}", "created": 1.0, "url": t} for t in VECTORS],
    }
    studio = unconnected_studio(f"studio {ALL}")
    studio._show_models([{"slug": text, "title": text, "recent": True} for text in VECTORS])
    studio._show_problem({key: problem()[key] for key in ("title", "detail", "remedy")})
    studio._spent = f"spent {ALL}"
    strip = RunStrip(lambda: None, lambda: None, lambda: None, lambda _: None)
    strip.show(runs())
    sweep = SweepBuilder(lambda *_: {}, lambda _: None)
    axis = {"name": "style", "label": f"axis {ALL}", "options": [[t, t] for t in VECTORS]}
    sweep.begin(f"sweep {ALL}", [axis], {"style": VECTORS[0]})
    picture = read_picture(odd_files.scene()).renamed(VECTORS[1], (f"picture {ALL}",))
    grid = CompareGrid(runs(), columns=f"key {VECTORS[0]}")
    panel = ParameterPanel(spec())
    panel.dropped = [f"dropped {ALL}"]
    return [
        panel,
        PromptInput(f"written {ALL}", history=list(VECTORS), placeholder=ALL, baseline=VECTORS[0]),
        PromptInput(placeholder=f"placeholder {ALL}"),
        ImageInput(picture, label=f"first {ALL}"),
        ImageInput(f"https://127.0.0.1:9/{VECTORS[1]}", label=ALL),
        RunButton(spec(), blocked_because=f"blocked {ALL}", recorded_as=ALL, disabled=True),
        RunView(FakeRun(**said())),
        RunView(FakeRun(**said(), **ended)),
        RunView(FakeRun(**said(), **lost)),
        StatusTimeline(FakeRun(**said(), **ended)),
        *(VideoPlayer(FakeRun(**said(), clips=clips(number))) for number in range(3)),
        VideoPlayer(f"https://127.0.0.1:9/{VECTORS[1]}"),
        studio,
        strip,
        sweep,
        grid,
    ]


def show_all() -> None:
    """Show every view, and the table of a history."""
    for view in views():
        display(view)
    display(HTML(html_table(f"table {ALL}", VECTORS, [VECTORS])))
