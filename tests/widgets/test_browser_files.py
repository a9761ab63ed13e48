"""A visitor of a page names files: only those that were sent from there, or named in Python."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.media import odd_files
from tests.widgets.fakes import ask, replies
from tests.widgets.test_parameters import spec_of
from tests.widgets.test_studio_runs import wait_for_films
from wiro_widgets.library.draft import Draft
from wiro_widgets.widgets import ParameterPanel, Studio, strip_pictures
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.transfers import MAX_UPLOAD, MOST_KEPT, MOST_UPLOADS

if TYPE_CHECKING:
    from tests.conftest import Service
    from wiro_widgets.runs.session import Session

DOCUMENT = {"id": "document", "type": "fileinput", "label": "Document"}
PAGES = {"id": "pages", "type": "multifileinput", "label": "Pages"}
CAPTION = {"id": "caption", "type": "text", "label": "Caption"}
TWO_PICTURES = "klingai/kling-v2-5-turbo"
ADDRESS = "https://a.example/1.png"
REFUSED = "document: give an address (https://…) or choose a file here."


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A picture of the kernel's owner, which no visitor has any business with."""
    path = tmp_path / "at-home" / "passport.png"
    path.parent.mkdir()
    path.write_bytes(odd_files.saved(odd_files.scene(), "PNG"))
    return str(path)


def upload(panel: ParameterPanel, data: bytes = b"1234", name: str = "a.png") -> str:
    """Send a file from the browser; returns the path that it is named by from then on."""
    ask(panel, id=f"{name} of {len(data)}", type="begin", name=name, size=len(data), notes=[])
    ask(panel, [data], id=f"{name} of {len(data)}", type="piece", offset=0)
    return str(replies()[-1][0]["path"])


def change(panel: ParameterPanel, **values: Any) -> dict[str, Any]:
    ask(panel, id="1", type="change", values=values)
    return replies()[-1][0]


def leave(session: Session, draft: dict[str, Any]) -> None:
    """Write the draft of this notebook as whoever handed over the folder may have left it."""
    Draft().save(session.library.directory, os.environ["JPY_SESSION_NAME"])
    (path,) = (session.library.directory / "drafts").iterdir()
    path.write_text(json.dumps(draft), "utf-8")


def kept(session: Session) -> list[str]:
    return sorted(path.name for path in (session.library.directory / "inputs").glob("*"))


@pytest.mark.parametrize(
    "named", ["PATH", ["PATH"], [ADDRESS, "PATH"], "file://PATH", "~/.ssh/id_rsa", 3, {"a": "b"}]
)
def test_a_path_from_the_browser_is_refused_in_words(named: Any, secret: str) -> None:
    panel = ParameterPanel(spec_of(DOCUMENT, CAPTION))
    named = json.loads(json.dumps(named).replace("PATH", secret))
    assert change(panel, document=named)["message"].startswith(REFUSED)
    assert "document" not in panel.value
    assert panel.errors["document"].startswith(REFUSED)
    assert not panel.valid
    change(panel, document=None, caption="a")
    assert (panel.value, panel.errors) == ({"caption": "a"}, {})


def test_the_trait_takes_no_path_from_the_browser_either(secret: str) -> None:
    panel = ParameterPanel(spec_of(DOCUMENT, CAPTION))
    values = {"document": secret, "caption": "a"}
    data = {"method": "update", "state": {"value": values}, "buffer_paths": []}
    panel._handle_msg({"content": {"data": data}, "buffers": []})
    assert panel.value == {"caption": "a"}


def test_addresses_uploads_and_what_python_named_are_taken(secret: str) -> None:
    panel = ParameterPanel(spec_of(DOCUMENT, PAGES), {"document": secret})
    path = upload(panel)
    assert change(panel, pages=[path, ADDRESS])["type"] == "changed"
    assert panel.value == {"document": secret, "pages": [path, ADDRESS]}
    assert change(panel, document=None)["value"] == {"pages": [path, ADDRESS]}
    assert change(panel, document=secret)["value"]["document"] == secret


def test_whoever_writes_the_notebook_may_let_paths_be_typed(secret: str) -> None:
    panel = ParameterPanel(spec_of(DOCUMENT), browser_paths=True)
    assert change(panel, document=secret)["type"] == "changed"
    assert panel.value == {"document": secret}
    (field,) = panel._schema["groups"][0]["fields"]
    assert "file path on the machine running the notebook" in field["note"]
    (other,) = ParameterPanel(spec_of(DOCUMENT))._schema["groups"][0]["fields"]
    assert "path" not in other["note"]


def test_a_text_does_not_become_a_file_with_another_model(secret: str) -> None:
    panel = ParameterPanel(spec_of({**CAPTION, "id": "document"}))
    assert change(panel, document=secret)["type"] == "changed"
    panel.model = spec_of(DOCUMENT, title="Two")
    assert panel.value == {}
    assert panel.dropped[0].startswith(f"Two: {REFUSED}")


def test_a_press_sends_no_file_that_the_browser_may_not_name(secret: str) -> None:
    button = RunButton(spec_of(DOCUMENT, CAPTION))
    ran: list[dict[str, Any]] = []
    button.on_run(ran.append)
    for values in ({"document": secret}, {"image": secret}, {"model": "acme/other"}):
        ask(button, id="1", type="run", values=values, prompt="", repeats=1)
        assert replies()[-1][0]["type"] == "error"
    assert ran == []
    ask(
        button,
        id="1",
        type="run",
        values={"document": ADDRESS, "caption": "a"},
        prompt="b",
        repeats=1,
    )
    assert ran == [{"document": ADDRESS, "caption": "a", "prompt": "b"}]


def test_a_visitor_of_a_studio_gets_at_no_file(
    notebook: Session, service: Service, secret: str
) -> None:
    studio = Studio("A gull", model=TWO_PICTURES)
    before = service.task_count()
    for name in ("inputImage", "inputImage2"):
        change(studio._panel, **{name: secret})
        values = {**studio.parameters, name: secret}
        ask(studio._button, id="1", type="run", values=values, prompt="A gull", repeats=1)
        ask(studio._button, id="1", type="sweep", values=values, prompt="A gull")
        studio._open_sweep({})
        swept = {"prompts": ["A gull"], "values": {name: [secret]}, "repeats": 1}
        ask(studio._sweep, id="1", type="plan", **swept)
        assert replies()[-1][0]["type"] == "error"
    assert kept(notebook) == []
    assert studio.runs == []
    assert service.task_count() == before
    studio.close()


def test_nothing_is_kept_before_run_is_pressed(notebook: Session) -> None:
    studio = Studio("A gull", model=TWO_PICTURES)
    photograph = odd_files.saved(odd_files.scene(), "PNG")
    path = upload(studio._panel, photograph)
    change(studio._panel, inputImage2=path)
    assert studio.parameters["inputImage2"] == path
    assert kept(notebook) == []
    studio.image = io.BytesIO(photograph)
    run = studio.run()
    assert [one.name for one in run.request.files["inputImage2"]] == ["a.png"]
    assert studio._button.recorded_as == run.name
    change(studio._panel, inputImage2=upload(studio._panel, photograph[:-12], "b.png"))
    assert studio._button.recorded_as == ""
    run.wait()
    studio.close()


def test_a_draft_names_no_file_of_this_computer(notebook: Session, secret: str) -> None:
    """Somebody else's folder is opened: what stands in it is shown, and no file of ours is."""
    draft = {
        "model": TWO_PICTURES,
        "prompt": "A gull",
        "parameters": {"inputImage2": secret, "duration": "10"},
        "image": None,
    }
    leave(notebook, draft)
    studio = Studio()
    assert (studio.prompt, studio.parameters["duration"]) == ("A gull", "10")
    assert "inputImage2" not in studio.parameters
    assert kept(notebook) == []
    studio.close()


def test_a_draft_whose_image_is_no_picture_is_opened_all_the_same(notebook: Session) -> None:
    inputs = notebook.library.directory / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    (inputs / "a.png").write_bytes(b"no picture")
    image = {"source": "inputs/a.png", "identity": "0" * 64, "name": "a.png"}
    draft = {"model": TWO_PICTURES, "prompt": "A gull", "parameters": {}, "image": image}
    leave(notebook, draft)
    studio = Studio()
    assert studio.prompt == "A gull"
    assert studio.image is None
    assert "a.png" in studio._problem["detail"]
    studio.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"duration": {"a": [1]}, "inputImage2": {"b": 1}, "cfgScale": [[]]}},
        {"parameters": {"duration": "\ud800", "negativePrompt": "x" * 300_000}},
        {"parameters": {"duration": 1e300, "cfgScale": float("nan"), "__class__": "x"}},
        {"parameters": []},
        {"prompt": "\ud83d", "model": "../../etc"},
        {"prompt": ["a"], "model": {"a": "b"}},
        {"image": {"source": "http://[", "identity": "http://[", "name": "a"}},
        {"image": {"source": "../../../etc/passwd", "identity": "0", "name": "a"}},
    ],
    ids=str,
)
def test_a_hostile_draft_keeps_no_studio_from_opening(
    notebook: Session, changes: dict[str, Any]
) -> None:
    leave(
        notebook, {"model": TWO_PICTURES, "prompt": "", "parameters": {}, "image": None} | changes
    )
    studio = Studio("A gull")
    assert studio.image is None
    studio.model = TWO_PICTURES
    studio.image = odd_files.scene()
    studio.parameters = {"duration": "5"}
    assert studio.run().wait().video is not None
    studio.close()


def test_the_pictures_of_the_strip_come_from_no_link(notebook: Session, secret: str) -> None:
    studio = Studio("A gull", image=secret, model=TWO_PICTURES)
    run = studio.run().wait()
    posters = notebook.library.directory / "posters"
    wait_for_films(studio._strip)
    studio.close()
    Path(secret).write_bytes(b"a private text")
    kept = [*posters.glob("still-*.jpg"), *posters.glob("film-*.jpg"), *posters.glob("strip-*.jpg")]
    assert len(kept) == 3
    for path in kept:
        path.unlink()
        path.symlink_to(secret)
    strip_pictures._small_poster.cache_clear()  # as in another kernel
    pictures = strip_pictures.StripPictures(lambda: posters)
    assert pictures.still(run) is None
    assert pictures.film(run) is None
    shown = pictures.picture(run)
    assert shown is not None
    assert shown.url.startswith("data:image/jpeg;base64,/9j/")


def test_uploads_that_are_begun_and_never_ended_give_way() -> None:
    panel = ParameterPanel(spec_of(PAGES))
    for number in range(200):
        ask(panel, id=f"u{number}", type="begin", name="a", size=MAX_UPLOAD, notes=[])
        ask(panel, [bytes(1000)], id=f"u{number}", type="piece", offset=0)
    assert len(panel._files._under_way) == MOST_UPLOADS
    ask(panel, [bytes(1000)], id="u0", type="piece", offset=1000)
    assert replies()[-1][0]["message"] == "This file gave way to others. Choose it again."
    ask(panel, [bytes(1000)], id="u199", type="piece", offset=1000)
    assert replies()[-1][0]["type"] == "taken"


def test_files_that_are_in_the_form_stay_and_others_give_way() -> None:
    panel = ParameterPanel(spec_of(PAGES))
    first, second = upload(panel, name="first"), upload(panel, name="second")
    change(panel, pages=[second])
    paths = [upload(panel, name=f"{number}.png") for number in range(MOST_KEPT - 1)]
    assert not Path(first).exists()
    assert all(Path(path).exists() for path in (second, *paths))
    change(panel, pages=[second, *paths])
    ask(panel, id="late", type="begin", name="a", size=4, notes=[])
    assert replies()[-1][0]["message"].startswith("The form holds 100 files or 500 MB.")


def test_large_files_are_bounded_together() -> None:
    panel = ParameterPanel(spec_of(PAGES))
    paths: list[str] = []
    while True:
        ask(panel, id="u", type="begin", name="a", size=MAX_UPLOAD, notes=[])
        if replies()[-1][0]["type"] == "error":
            break
        ask(panel, [bytes(MAX_UPLOAD)], id="u", type="piece", offset=0)
        paths.append(replies()[-1][0]["path"])
        change(panel, pages=paths)
    assert len(paths) == 8
