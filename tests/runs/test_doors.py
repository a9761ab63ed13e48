"""One bad value of each kind at every door: nothing is sent, and the error names what is wrong."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import wiro_widgets as ww
from tests.conftest import PHOTO
from wiro_widgets.client import InputError, check_parameters
from wiro_widgets.runs.current import current_session
from wiro_widgets.runs.session import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Service
    from wiro_widgets.runs.session import Session

PROMPTS: dict[str, tuple[Any, str]] = {
    "missing": (float("nan"), "NaN, a missing value"),
    "number": (5, "must be text, not the number 5"),
    "bytes": (b"gull", "must be text, not bytes"),
    "dict": ({"a": 1}, "must be text, not a dict"),
    "table": (pd.DataFrame({"a": ["b"]}), "Give one of its columns"),
    "blank": (" \n", "The prompt is empty. Describe what happens in the clip."),
    "long": ("a" * 2_001, "1 character over the 2,000 limit"),
}
DURATIONS: dict[str, tuple[Any, str]] = {
    "missing": (pd.NA, "NA, a missing value"),
    "infinite": (np.float32("inf"), "is infinite"),
    "bytes": (b"6", "can't be bytes"),
    "dict": ({"a": 1}, "can't be a dict"),
    "date": (dt.date(2026, 1, 6), "can't be a date"),
    "switch": (True, "can't be True"),
    "no choice": (7, "7 s isn't available"),
}


def _studio_of(prompt: Any, **settings: Any) -> None:
    ww.Studio(prompt, image=PHOTO, **settings).run()


def _studio_set(prompt: Any, **settings: Any) -> None:
    studio = ww.Studio("A gull", image=PHOTO)
    studio.prompt = prompt
    studio.parameters = {**studio.parameters, **settings}
    studio.run()


def _panel_and_prompt(prompt: Any, **settings: Any) -> None:
    panel = ww.ParameterPanel(DEFAULT_MODEL)
    panel.value = {**panel.value, **settings}
    ww.run(ww.PromptInput(prompt).value, image=PHOTO, **panel.value)


def _client(prompt: Any, **settings: Any) -> None:
    session = current_session()
    values = {"prompt": prompt, "resolution": "768P", "duration": "6", **settings}
    spec = session.model(DEFAULT_MODEL)
    session.client.submit(DEFAULT_MODEL, values, {"inputImage": PHOTO}, spec=spec)


def _client_without_schema(prompt: Any, **settings: Any) -> None:
    values = {"prompt": prompt, "resolution": "768P", "duration": "6", **settings}
    current_session().client.submit(DEFAULT_MODEL, values, {"inputImage": PHOTO})


def _check(prompt: Any, **settings: Any) -> None:
    values = {"prompt": prompt, "resolution": "768P", "duration": "6", **settings}
    check_parameters(current_session().model(DEFAULT_MODEL), values, {"inputImage": PHOTO})


DOORS: dict[str, Callable[..., object]] = {
    "run": lambda prompt, **settings: ww.run(prompt, image=PHOTO, **settings),
    "parameters": lambda prompt, **settings: ww.run(prompt, image=PHOTO, parameters=settings),
    "sweep": lambda prompt, **settings: ww.sweep(prompt, image=PHOTO, **settings).run(),
    "a list": lambda prompt, **settings: ww.sweep(
        ["A gull", prompt], image=PHOTO, **{name: ["6", each] for name, each in settings.items()}
    ).run(),
    "compare": lambda prompt, **settings: ww.compare(prompt, image=PHOTO, **settings),
    "Studio": _studio_of,
    "Studio set": _studio_set,
    "panel": _panel_and_prompt,
    "client": _client,
    "client without a schema": _client_without_schema,
    "check_parameters": _check,
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_nothing_passes_that_can_only_be_a_mistake(
    notebook: Session, service: Service, door: Callable[..., object]
) -> None:
    before = service.task_count()
    for kind, (prompt, words) in PROMPTS.items():
        with pytest.raises(InputError) as caught:
            door(prompt)
        assert caught.value.field == "prompt", kind
        assert words in str(caught.value)
    for kind, (duration, words) in DURATIONS.items():
        if door is _client_without_schema and kind in {"dict", "switch", "no choice"}:
            continue  # whoever has the schema knows
        with pytest.raises(InputError) as caught:
            door("A gull", duration=duration)
        assert caught.value.field == "duration", kind
        assert words in str(caught.value), kind
    assert notebook.library.records() == []
    assert service.task_count() == before


def test_what_people_hold_is_one_request_at_every_door(notebook: Session, service: Service) -> None:
    before = service.task_count()
    run = ww.run("A gull", image=PHOTO, duration=6, promptOptimizer=True)
    row = pd.Series({"duration": np.int64(6), "promptOptimizer": np.True_})
    assert ww.run(np.str_("A gull"), image=PHOTO, parameters=row) is run
    table = pd.DataFrame({"prompt": ["A gull"], "duration": [6.0]})
    columns = {"duration": table["duration"], "promptOptimizer": {1}}
    assert ww.sweep(table["prompt"], image=[PHOTO], **columns).run().runs == [run]
    studio = ww.Studio("A gull", image=PHOTO, duration=np.float32(6), promptOptimizer=1)
    assert studio.parameters["duration"] == "6"
    assert studio.run() is run
    run.wait(60)
    assert service.task_count() == before + 1


def test_a_list_says_where_a_value_is_missing(notebook: Session) -> None:
    for several, place in (
        (["a", "b", "c", float("nan")], r"prompt\[3\] is NaN"),
        (pd.Series(["a", None]), r"prompt\[1\] is (NaN|None)"),
        (pd.Series(["a", None], dtype=object), r"prompt\[1\] is None"),
        (pd.array(["a", pd.NA]), r"prompt\[1\] is (NA|NaN)"),
        (["a", 5], r"prompt\[1\] must be text, not the number 5"),
    ):
        with pytest.raises(InputError, match=place) as caught:
            ww.sweep(several, image=PHOTO)
        assert caught.value.field == "prompt"
    with pytest.raises(InputError, match=r"duration\[1\] is None"):
        ww.sweep("a", image=PHOTO, duration=[6, None])
    # On purpose: a clip from the image alone.
    assert len(ww.sweep(["a", None], image=PHOTO)) == 2


class _Elsewhere:
    """A path of another library."""

    def __fspath__(self) -> str:
        return str(PHOTO)


def test_counts_paths_and_none_are_taken_from_other_libraries_too(notebook: Session) -> None:
    planned = ww.sweep(
        "A gull", model="minimax/hailuo-2.3", image=[_Elsewhere(), None], repeats=np.int64(2)
    )
    assert [cell.labels["image"] for cell in planned.cells] == [PHOTO.name] * 2 + ["none"] * 2
    assert [bool(cell.request.files) for cell in planned.cells] == [True, True, False, False]
    run = ww.run("A gull", image=_Elsewhere())
    assert list(ww.history(limit=np.int64(1))) == [run]
    run.judge(rating=np.int64(4), tags=pd.Series(["keep"]))
    assert (run.judgment.rating, run.judgment.tags) == (4, ("keep",))
    with pytest.raises(InputError, match="limit must be a whole number of at least 0, not NaN"):
        ww.history(limit=float("nan"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="takes must be a whole number of at least 1"):
        ww.Studio("A gull", image=PHOTO).run(takes=0)
    run.wait(60)
