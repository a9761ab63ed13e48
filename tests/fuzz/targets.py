"""Everything that takes what is foreign, each as a case that takes a random generator.

A case does with hostile input what the product does, and raises for whatever must not happen.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import logging
import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import av
import comm
import ipywidgets
import traitlets

import wiro_widgets as ww
from tests.client.fake_task import FakeTask
from tests.fuzz.values import anything, mutated, mutated_bytes, of_type, scalar
from tests.media import odd_files
from tests.runs.fake_models import DEFAULTS, MODEL, TOOLS
from tests.runs.fake_service import FakeService
from tests.runs.helpers import hasten, picture
from tests.widgets.fakes import SENT, RecordingComm, ask
from wiro_widgets.client import InputError, ModelSpec, Output, Task, WiroError, check_parameters
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.library import Library
from wiro_widgets.library.request import RunRequest
from wiro_widgets.media.films import film_strip, last_frame
from wiro_widgets.media.pictures import prepare
from wiro_widgets.runs.history import History
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.runs.state import RunState, restore
from wiro_widgets.schema.responses import Response, read_response
from wiro_widgets.schema.tasks import TaskEvent, failure_of, parse_frame, stage_of
from wiro_widgets.widgets.base import WiroWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from random import Random

    Case = Callable[[Random], None]

SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"
FRAME = {"type": "task_output", "id": "1", "tasktoken": "t", "message": "Processing: 50%"}
REQUEST = RunRequest("minimax/hailuo-2-3", {**DEFAULTS, "prompt": "The gull lifts off"})
COLUMNS = (
    *("fingerprint", "service", "request", "created", "status", "owner", "lease", "intent"),
    *("sent_at", "lost_at", "task_id", "token", "model", "prompt", "cost", "cost_e12"),
    *("unsettled", "ended", "seconds", "problem", "outputs", "files", "state"),
)
_LARGEST_SNAPSHOT = 3_000_000
"""Characters that one run may take in a browser, whatever it is told."""


class Fault(AssertionError):  # noqa: N818 - a finding, not an error of the product
    """Something that must not happen has happened."""


@contextmanager
def answers(_: Path) -> Iterator[Case]:
    """Bodies of the service: models, tasks, errors, and what is made of them."""
    task = FakeTask("1", "t", log="line\n50%\n").detail()
    task["outputs"] = [{"name": "0.mp4", "url": "https://cdn.example/0.mp4", "size": "3"}]

    def case(rng: Random) -> None:
        body = mutated(rng, {"result": True, "errors": [], "tasklist": [task], "tool": [TOOLS[0]]})
        with contextlib.suppress(WiroError):
            text = json.dumps(body).encode()
            status = rng.choice((200, 200, 400, 429, 500))
            read_response(Response(status, text, str(scalar(rng))))
        spec = None
        with contextlib.suppress(WiroError):
            spec = ModelSpec.parse(mutated(rng, TOOLS[0]))
        if spec is not None:
            values = {one.id: scalar(rng) for one in spec.parameters[:50]}
            with contextlib.suppress(InputError):
                check_parameters(spec, values)
            spec.price.estimate(values)
        found = Task.parse(mutated(rng, task))
        str(failure_of(found))
        _check_state(_state_after(found, rng))

    yield case


@contextmanager
def frames(_: Path) -> Iterator[Case]:
    """Messages of the socket."""

    def case(rng: Random) -> None:
        kind = rng.random()
        text: str | bytes = json.dumps(mutated(rng, FRAME) if kind < 0.7 else anything(rng))
        if kind > 0.9:
            text = mutated_bytes(rng, str(text).encode("utf-8", "surrogatepass"))
        frame = parse_frame(text)
        if frame is None:
            return
        event = TaskEvent(
            task_id="1",
            type=frame.type,
            stage=stage_of(frame.type),
            message=frame.message,
            progress=frame.progress,
            received=1.0,
        )
        state = RunState(created=0.0)
        for _ in range(5):
            state = state.apply(event)
        _check_state(state)

    yield case


@contextmanager
def journals(folder: Path) -> Iterator[Case]:
    """A journal whose columns, or whose bytes, are somebody's."""
    journal = Journal(folder / "library")
    for number in range(4):
        request = RunRequest(REQUEST.model, {**REQUEST.parameters, "prompt": f"Take {number}"})
        record, _ = journal.reserve(request, "live", "nobody", fresh=False)
        journal.end(
            record.number,
            "succeeded",
            state={"stages": {"task_start": 5.0}, "log": ["a"], "log_total": 1},
            outputs=[Output("0.mp4", "video/mp4", 3, "https://cdn.example/0.mp4", "a")],
            problem=problem_from(WiroError("Not today.")),
        )
    journal.database.close()
    good = journal.database.path.read_bytes()

    def case(rng: Random) -> None:
        journal.database.path.write_bytes(good if rng.random() < 0.7 else mutated_bytes(rng, good))
        if rng.random() < 0.3:
            journal.database.path.write_bytes(mutated_bytes(rng, good))
        else:
            journal.database.path.write_bytes(good)
            _rewrite(journal.database.path, rng)
        library = Library(folder / "library")
        with contextlib.suppress(LibraryError):
            for record in library.records():
                state = restore(record)
                _check_state(state)
                _check_size(json.dumps(state.snapshot(record, None)))
                if any(path and path.parent.name != "clips" for path in record.files):
                    raise Fault(f"{record.files} are not all clips of the library")
                for one in record.request.inputs:
                    with contextlib.suppress(InputError):
                        one.checked_source("image")
            history = History(library.numbers(), SimpleNamespace(library=library))  # type: ignore[arg-type]
            _check_text(repr(history) + history._repr_html_())
            (library.spent("live"), library.prompts(), library.recent_models(), library.votes())
            library.typical_seconds(REQUEST.model, {}, "live")
            library.find(REQUEST, "live")
        library.close()

    yield case


def _rewrite(path: Path, rng: Random) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for column in rng.sample(COLUMNS, rng.choice((1, 2, 6))):
            with contextlib.suppress(sqlite3.Error):
                database.execute(f"UPDATE runs SET {column} = ?", (_for_column(rng),))


@contextmanager
def drafts(folder: Path) -> Iterator[Case]:
    """What stands in a Studio when the folder is somebody's."""
    image = {"source": "inputs/a.png", "identity": "0" * 64, "name": "a.png"}
    good = {"model": "a/b", "prompt": "Words", "parameters": {"duration": "6"}, "image": image}
    path = folder / "draft.json"

    def case(rng: Random) -> None:
        text = json.dumps(mutated(rng, good)).encode()
        path.write_bytes(text if rng.random() < 0.7 else mutated_bytes(rng, text))
        draft = Draft.load(folder)
        if draft.image is not None and not str(draft.image.source).startswith("http"):
            raise Fault(f"{draft.image.source} was taken, and there is no such input")

    yield case


@contextmanager
def pictures(_: Path) -> Iterator[Case]:
    """Pictures that somebody drops, of every kind that is read."""
    scene = odd_files.scene(64, 48)
    good = [odd_files.saved(scene, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")]

    def case(rng: Random) -> None:
        with contextlib.suppress(InputError):
            prepare(mutated_bytes(rng, rng.choice(good)), "a.png", "image")

    yield case


@contextmanager
def films(folder: Path) -> Iterator[Case]:
    """Clips whose last frame somebody wants, and which are drawn small for the strip of runs."""
    sample = _film()
    path = folder / "clip.mp4"

    def case(rng: Random) -> None:
        path.write_bytes(mutated_bytes(rng, sample))
        with contextlib.suppress(InputError):
            last_frame(path)
        film_strip(path, (32, 18), 68)

    yield case


@contextmanager
def messages(folder: Path) -> Iterator[Case]:
    """What a page may send to every widget there is, by a browser that runs no code of ours."""
    (folder / "id_rsa").write_bytes(SECRET)
    (folder / "photo.png").write_bytes(picture())
    hasten()
    faults = _Faults()
    logger = logging.getLogger("wiro_widgets")
    before = Path.cwd()
    with (
        FakeService(auto=0.0) as service,
        patch.dict(os.environ, service.environment),
        patch.object(comm, "create_comm", RecordingComm),
    ):
        os.chdir(folder)
        logger.addHandler(faults)
        session = ww.connect()
        try:
            widgets = _widgets(session)

            def case(rng: Random) -> None:
                widget = rng.choice(widgets)
                _send(rng, widget)
                _check_sent(service)
                faults.raise_first()

            yield case
        finally:
            ipywidgets.Widget.close_all()
            session.close()
            logger.removeHandler(faults)
            os.chdir(before)


def _widgets(session: ww.Session) -> list[WiroWidget]:
    """One of each widget that there is, and all that they are made of."""
    others = set(ipywidgets.widgets.widget._instances)
    runs = [ww.run(f"Take {number}", model=MODEL) for number in range(2)]
    for run in runs:
        run.wait(20)
    made: list[Any] = [ww.Studio("Words", image="photo.png"), ww.CompareGrid(runs), ww.ImageInput()]
    made += [ww.ParameterPanel(session.model(MODEL)), ww.PromptInput(), ww.RunView(runs[0])]
    assert all(isinstance(one, ipywidgets.Widget) for one in made)
    return [
        one
        for key, one in ipywidgets.widgets.widget._instances.items()
        if isinstance(one, WiroWidget) and key not in others
    ]


def _send(rng: Random, widget: WiroWidget) -> None:
    """Send a request of a type that the widget knows, whatever is in it; or a trait."""
    SENT.clear()
    if rng.random() < 0.2:
        name = rng.choice(widget.keys)
        data = {"method": "update", "state": {name: anything(rng)}}
        # ipywidgets itself refuses what is no value of a trait, by an exception.
        with contextlib.suppress(traitlets.TraitError, TypeError, ValueError, AttributeError):
            widget._handle_msg({"content": {"data": data}, "buffers": []})
        return
    if not widget._handlers:
        return
    handling = rng.choice(list(widget._handlers.values()))
    message = of_type(rng, handling.message)
    message = message if rng.random() < 0.8 else mutated(rng, message)
    if not isinstance(message, dict):
        return
    buffers = [bytes(rng.choice((0, 10, 100_000)))] if handling.binary else []
    ask(widget, buffers, **{str(name): value for name, value in message.items()})


def _check_sent(service: FakeService) -> None:
    for data, buffers in SENT:
        text = json.dumps(data, default=str)
        _check_size(text)
        for secret in (*service.environment.values(), base64.b64encode(SECRET[:18]).decode()):
            if secret in text and not secret.startswith(("http", "ws")):
                raise Fault("a secret went to a browser")
        if any(SECRET in buffer for buffer in buffers):
            raise Fault("a file that nobody chose went to a browser")
    digest = hashlib.sha256(SECRET).hexdigest()
    if any(digest in one for paid in service.paid for one in paid.inputs.values()):
        raise Fault("a file that nobody chose went to the service")


class _Faults(logging.Handler):
    """Keeps the exceptions that were caught and logged, but for our own, which are sentences."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, WiroError):
            self._found.append(error)

    def raise_first(self) -> None:
        """Raise what was caught since the last time."""
        found, self._found = self._found, []
        if found:
            raise Fault("an exception was caught and logged") from found[0]


def _film() -> bytes:
    """A short film, as a browser would play it."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(6):
            frame = av.VideoFrame.from_image(odd_files.scene(64, 48))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()


def _for_column(rng: Random) -> Any:
    value = anything(rng)
    if isinstance(value, (list, dict)):
        value = json.dumps(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        value = float(value) if abs(value) < 1e300 else "9" * 400
    if isinstance(value, str) and rng.random() < 0.1:
        return value.encode("utf-8", "surrogatepass")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _state_after(task: Task, rng: Random) -> RunState:
    state = RunState(created=0.0)
    event = TaskEvent(
        task_id=task.id,
        type=task.status,
        stage=stage_of(task.status),
        message=str(scalar(rng)),
        outputs=task.outputs,
        task=task,
        received=1.0,
    )
    for _ in range(3):
        state = state.apply(event)
    return state


def _check_state(state: RunState) -> None:
    _check_size(json.dumps(state.to_json()))
    _check_text("".join(state.log))
    _check_size("".join(output.name + output.url for output in state.outputs))


def _check_size(text: str) -> None:
    if len(text) > _LARGEST_SNAPSHOT:
        raise Fault(f"{len(text)} characters would go to a browser")
    text.encode()


def _check_text(text: str) -> None:
    text.encode()
    if "\x1b" in text or "\u202e" in text:
        raise Fault("a terminal would obey what somebody wrote")


TARGETS: dict[str, Callable[[Path], AbstractContextManager[Case]]] = {
    one.__name__: one for one in (answers, frames, journals, drafts, pictures, films, messages)
}
