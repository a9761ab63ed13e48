"""What stands in the way of a Studio is a sentence in it that says what to do; the work is kept."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from PIL import Image

import wiro_widgets as ww
from tests.conftest import PHOTO, ROOT
from tests.widgets.fakes import ask
from wiro_widgets.client import InsufficientBalanceError, RetryPolicy, client
from wiro_widgets.runs import current
from wiro_widgets.runs import session as sessions
from wiro_widgets.widgets import Studio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service

PROMPT = "The gull lifts off"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh folder with a photograph and no connection."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(PHOTO, tmp_path)
    yield tmp_path
    if current._current is not None:
        current._current.close()
    monkeypatch.setattr(current, "_current", None)


@pytest.fixture
def connected(place: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with the session's sandbox as the service."""
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    return place


def problem(studio: Studio) -> dict[str, Any]:
    return dict(studio._problem)


def retry(studio: Studio) -> None:
    """Press "Try again"."""
    ask(studio, id="1", type="retry")


def test_no_network(place: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WIRO_API_URL", f"http://127.0.0.1:{port}/v1")
    # It is tried again as with the default of 45 s, and given up sooner.
    monkeypatch.setattr(client, "RetryPolicy", partial(RetryPolicy, budget=2.0))
    studio = Studio(PROMPT, image=PHOTO.name)
    assert problem(studio)["title"] == "Can't reach the service"
    assert studio._button.disabled
    assert "Connection refused" in problem(studio)["detail"]
    assert "HTTPConnection" not in problem(studio)["detail"]
    monkeypatch.setenv("WIRO_API_URL", service.api_url)
    ww.connect()
    retry(studio)
    assert problem(studio) == {}
    assert studio.prompt == PROMPT
    assert studio.image.name == PHOTO.name
    assert studio.run().wait().video is not None
    studio.close()


def test_an_empty_balance(connected: Path) -> None:
    studio = Studio(f"{PROMPT} sandbox: no balance", image=PHOTO.name)
    run = studio.run()
    with pytest.raises(InsufficientBalanceError):
        run.wait(30)
    said = run.snapshot["problem"]
    assert said["title"] == "The balance is too low"
    assert said["spent"] == "no"
    assert said["remedy"]
    studio.prompt = PROMPT
    assert studio.run().wait().video is not None
    studio.close()


def test_an_image_too_small(connected: Path) -> None:
    Image.new("RGB", (200, 150)).save("small.png")
    studio = Studio(PROMPT, image="small.png")
    button = studio._button
    assert button.disabled
    assert "Too small: the shorter side is 150 px" in (button.blocked_because or "")
    studio.image = PHOTO.name
    assert not button.disabled
    studio.close()


def test_a_model_that_vanished(connected: Path) -> None:
    first = Studio(PROMPT, image=PHOTO.name)
    first.model = "minimax/hailuo-9000"
    assert "hailuo-9000" in problem(first)["detail"]
    assert first.prompt == PROMPT
    first.model = "minimax/hailuo-2-3"
    assert problem(first) == {}
    first.close()


def test_a_second_studio_in_the_same_notebook(connected: Path) -> None:
    one, two = Studio(PROMPT, image=PHOTO.name), Studio("Another", image=PHOTO.name)
    first, second = one.run(), two.run()
    assert first.wait().video
    assert second.wait().video
    assert one.prompt == PROMPT
    assert two.prompt == "Another"
    # Each shows what the library has, whoever asked for it.
    again = Studio()
    assert {run.name for run in again.runs} == {first.name, second.name}
    for studio in (one, two, again):
        studio.close()


def test_the_sandbox_killed_while_it_works(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WIRO_")]:
        monkeypatch.delenv(name)
    studio = Studio(PROMPT, image=PHOTO.name)
    run = studio.run()
    cache = os.environ["XDG_CACHE_HOME"]
    (sandbox,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if any(cache in word for word in process.info["cmdline"] or [])
    )
    while run.task_id is None:
        time.sleep(0.05)
    sandbox.send_signal(signal.SIGKILL)
    sandbox.wait(10)
    studio.prompt = "Something else"
    press: dict[str, Any] = {
        "type": "run",
        "values": studio.parameters,
        "prompt": studio.prompt,
        "repeats": 1,
    }
    ask(studio._button, id="1", **press)
    if problem(studio):
        assert problem(studio)["remedy"]
        retry(studio)
        assert problem(studio) == {}
        ask(studio._button, id="2", **press)
    assert studio.prompt == "Something else"
    assert studio.selected_run is not None
    assert studio.selected_run.wait(60).video is not None
    # The one that was under way is gone on with: the sandbox keeps its tasks on the disk.
    by_name = {each.name: each for each in studio.runs}
    assert by_name[run.name].wait(60).video is not None
    studio.close()


def test_no_pyav(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden from whoever looks for it, as it cannot be uninstalled for one test."""
    for name in [name for name in os.environ if name.startswith("WIRO_")]:
        monkeypatch.delenv(name)
    (place / "broken").mkdir()
    (place / "broken" / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'av' else real(name, *rest)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{place / 'broken'}{os.pathsep}{ROOT}")
    studio = Studio(PROMPT, image=PHOTO.name)
    said = problem(studio)
    assert "needs av" in said["detail"]
    assert "wiro-widgets[sandbox]" in f"{said['detail']} {said['remedy']}"
    assert studio.prompt == PROMPT
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    retry(studio)
    assert problem(studio) == {}
    assert studio.run().wait().video is not None
    studio.close()


@pytest.fixture
def live(connected: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, taken for the real service: nothing keeps it alive."""
    monkeypatch.setattr(sessions.SandboxLease, "take", lambda *_: None)
    return connected


def press(studio: Studio) -> None:
    """Press Run as the browser does, with what is on the screen."""
    values = {"values": studio.parameters, "prompt": studio.prompt, "repeats": 1}
    ask(studio._button, id="1", type="run", **values)


def test_after_connect_the_next_press_is_sent_by_the_new_session(live: Path) -> None:
    studio = Studio(PROMPT, image=PHOTO.name)
    earlier = studio.run()
    ww.connect(directory="elsewhere")
    press(studio)
    run = studio.selected_run
    assert run is not earlier
    assert run.wait(60).video.is_relative_to(live / "elsewhere")
    assert studio.runs == [run]
    assert [tile["key"] for tile in studio._strip._live["tiles"]] == [run.key]
    assert earlier.wait(60).video is not None
    studio.close()


def test_connecting_to_the_same_again_changes_nothing(live: Path) -> None:
    studio = Studio(PROMPT, image=PHOTO.name)
    run = studio.run()
    ww.connect()
    press(studio)
    assert [each.name for each in studio.runs] == ["Run 2", "Run 1"]
    assert run.wait(60).video
    studio.close()


def test_a_closed_session_swallows_no_press(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio(PROMPT, image=PHOTO.name)
    current.current_session().close()
    studio.prompt = "Typed while nothing is connected"
    monkeypatch.setenv("WIRO_API_KEY", "wrong")
    press(studio)
    assert problem(studio)["title"] == "The service doesn't accept this key"
    assert studio.runs == []
    monkeypatch.undo()
    monkeypatch.chdir(live)
    press(studio)
    assert studio.selected_run is not None or problem(studio)["remedy"]
    studio.close()


def test_a_press_in_the_sandbox_never_pays(
    place: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("WIRO_")]:
        monkeypatch.delenv(name)
    studio = Studio(PROMPT, image=PHOTO.name)
    assert studio._button.service == "sandbox"
    before = service.task_count()
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sessions.SandboxLease, "take", lambda *_: None)
    ww.connect()
    press(studio)
    assert "connected to the paid service now" in problem(studio)["detail"]
    assert studio._button.service == "live"
    assert service.task_count() == before
    press(studio)
    assert studio.selected_run.wait(60).video
    assert service.task_count() == before + 1
    studio.close()
