"""What a Studio knows and does, without a widget: its session, draft, runs and sweep plan."""

from __future__ import annotations

import functools
import json
import logging
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, WiroError, normalize_slug
from wiro_widgets.client.inputs import as_inputs, is_url
from wiro_widgets.errors import NOTHING_SENT, LibraryError
from wiro_widgets.library.budgets import Wanted
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.estimates import exact_text
from wiro_widgets.library.request import image_parameter
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.runs.problems import problem_from
from wiro_widgets.schema.values import whole
from wiro_widgets.widgets.browser_files import allow_files, may_name
from wiro_widgets.widgets.notebook_draft import NotebookDraft
from wiro_widgets.widgets.parameter_form import defaults, label_of
from wiro_widgets.widgets.protocol.grid_studio import ModelChoice
from wiro_widgets.widgets.run_strip import MOST_TILES
from wiro_widgets.widgets.sweep_plan import no_plan, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.library.request import RunRequest, StoredInput
    from wiro_widgets.media.pictures import Picture
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.session import Session
    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.protocol.grid_studio import SweepPlan

_logger = logging.getLogger("wiro_widgets.widgets")
_LISTED_MODELS = 100


class StudioModel:
    """A session as a Studio uses it.

    Attributes:
        session: Where runs are sent; None before the first connection.
        spec: The chosen model's schema; None before one was chosen.
        kept: What was being written in this notebook when it was last used.
    """

    def __init__(self) -> None:
        self.session: Session | None = None
        self.spec: ModelSpec | None = None
        self._runs: dict[int, Run] = {}
        self._stored: tuple[Any, StoredInput | None] = (None, None)
        self._sent: dict[str, StoredInput] = {}
        self._typical: dict[str, tuple[float, float] | None] = {}
        self._plan: tuple[str, Sweep] | None = None
        self.kept = NotebookDraft()

    @property
    def runs(self) -> list[Run]:
        """The runs of this library on this service, newest first."""
        return [run for _, run in sorted(self._runs.items(), reverse=True)]

    def open(self, session: Session) -> None:
        """Use a session from now on."""
        self.session = session
        self.spec = self._plan = None
        self._typical.clear()
        # An input is stored in the library of its session.
        self._stored = (None, None)
        self._sent.clear()
        self._runs = {run.number: run for run in session.runs(limit=MOST_TILES)}
        self.kept.open(session.library.directory)

    def add(self, run: Run) -> None:
        """Add a run to those of this Studio."""
        self._runs[run.number] = run

    def find(self, key: str) -> Run | None:
        """The run of that key, None when it is not here."""
        return next((run for run in self._runs.values() if run.key == key), None)

    def named(self, name: str) -> Run | None:
        """The run of that name, such as "Run 12"; None when it is not among the newest."""
        return next((run for run in self._runs.values() if run.name == name), None)

    def choose(self, name: str) -> ModelSpec:
        """Choose a model.

        Raises:
            WiroError: There is none of that name, or no connection.
        """
        self.spec = self._connected().model(name)
        return self.spec

    def require_image(self) -> None:
        """Make sure that the chosen model takes a first frame.

        Raises:
            InputError: It takes none.
        """
        if self.spec is not None:
            image_parameter(self.spec)

    @staticmethod
    def choices(session: Session, current: str) -> list[ModelChoice]:
        """Models to offer: those used last, the current one, then what the service lists.

        Raises:
            WiroError: The service could not be asked.
        """
        used = [normalize_slug(name) for name in session.library.recent_models(session.service)]
        models = session.client.models(limit=_LISTED_MODELS)
        # Clips first: that is what most people came for.
        listed = {
            each.slug: each for each in sorted(models, key=lambda each: not _makes_clips(each))
        }
        order = dict.fromkeys([*used, normalize_slug(current), *listed])
        return [_choice(listed[slug], recent=slug in used) for slug in order if slug in listed]

    def search(self, text: str) -> list[ModelChoice]:
        """Models that match some words, best first; none without a connection."""
        if self.session is None:
            return []
        found = self.session.client.models(search=text, limit=_LISTED_MODELS)
        return [_choice(each, recent=False) for each in found]

    def draft(self, prompt: str, parameters: Mapping[str, Any], image: Any) -> Draft:
        """What would be sent. The picture is stored when it is another one, and only then."""
        model = self.spec.slug if self.spec else ""
        return Draft(model, prompt, dict(parameters), self._store(image))

    def draft_of(self, request: RunRequest) -> Draft:
        """What a run asked for, with all its files, to be changed and sent again.

        Raises:
            WiroError: Its model is not known here.
        """
        spec = request.spec or self._connected().model(request.model)
        frame = image_id(spec)
        parameters = {name: value for name, value in request.parameters.items() if name != "prompt"}
        for name, group in request.files.items():
            for one in group:
                one.bring()
            if name != frame:
                paths = [str(one.source) for one in group]
                self._sent |= dict(zip(paths, group, strict=True))
                allow_files(paths)
                parameter = spec.parameter(name)
                parameters[name] = paths if parameter and parameter.multiple else paths[0]
        images = request.files.get(frame or "", ())
        return Draft(request.model, request.prompt, parameters, images[0] if images else None)

    def _store(self, image: Any) -> StoredInput | None:
        known, stored = self._stored
        if image is not known:
            session = self.session
            stored = (
                None if image is None or session is None else session.store_input(image, "image")
            )
            self._stored = (image, stored)
        return stored

    def values_of(self, draft: Draft) -> dict[str, Any]:
        """The model's defaults with those values of a draft that the model has.

        A path in a draft may be anybody's, as folders are handed around: files are taken only if
        they were chosen in this kernel.
        """
        if self.spec is None:
            return {}
        return defaults(self.spec, ("prompt",)) | {
            parameter.id: draft.parameters[parameter.id]
            for parameter in self.spec.parameters
            if parameter.id in draft.parameters
            and not (parameter.is_file and not may_name(draft.parameters[parameter.id]))
        }

    def lost_files(self, draft: Draft) -> list[str]:
        """A sentence for each file of a draft that was chosen in another kernel."""
        kept = self.values_of(draft)
        return [
            f"{label_of(parameter)}: choose the file again. Only the first frame is kept."
            for parameter in (self.spec.parameters if self.spec else ())
            if parameter.is_file and draft.parameters.get(parameter.id) and parameter.id not in kept
        ]

    def picture_of(self, draft: Draft) -> Picture | str | None:
        """The first frame of a draft that was kept: a picture, a URL, or None.

        Raises:
            InputError: It is no picture.
        """
        if draft.image is None:
            return None
        picture = _opened(draft.image)
        # It is in the library already.
        self._stored = (picture, draft.image)
        return picture

    def save(self, draft: Draft) -> None:
        """Keep a draft beside the runs, so that a restart loses no typing."""
        if self.session is None:
            return
        try:
            self.kept.save(draft)
        except LibraryError as error:
            # A folder that can only be looked at; whoever presses Run there is told.
            _logger.info("%s", error.message)

    def recorded_as(self, draft: Draft) -> str:
        """The name of the run that answers a draft, so that nothing would be paid; "" for none.

        Asked at every change, so no file is read: one that was never sent from here has no run.
        """
        session, sent = self.session, self._as_sent(draft)
        if session is None or session.closed or sent is None:
            return ""
        try:
            record = session.library.find(self._request(sent), session.service)
        except WiroError:
            return ""
        return f"Run {record.number}" if record else ""

    def typical_seconds(self, draft: Draft) -> tuple[float, float] | None:
        """How long such runs have taken, from and to; None when nobody knows."""
        session = self.session
        if session is None or session.closed or not draft.model:
            return None
        kind = json.dumps([draft.model, draft.parameters], sort_keys=True, default=str)
        if kind not in self._typical:
            span = session.library.typical_seconds(draft.model, draft.parameters, session.service)
            self._typical[kind] = None if span is None else (span[0], span[1])
        return self._typical[kind]

    def posters(self) -> Path | None:
        """Where small pictures of runs are kept; None without a connection."""
        return None if self.session is None else self.session.library.directory / "posters"

    def run_changed(self) -> None:
        """A run may have ended: the usual times are to be read again."""
        self._typical.clear()

    def spent(self) -> str:
        """What the runs have cost and what is left, as text; "" for nothing to say."""
        session = self.session
        return "" if session is None or session.closed else session.budgets.now().words

    def over_budget(self, draft: Draft, takes: int) -> str:
        """Why so many takes of a draft can't be paid for, and what to do; "" when they can."""
        session, spec = self.session, self.spec
        if session is None or session.closed or spec is None:
            return ""
        values = {**draft.parameters, "prompt": draft.prompt}
        if draft.image is not None and (frame := image_id(spec)):
            values[frame] = [draft.image]
        wanted = Wanted(spec.slug, spec.price.estimate(values))
        try:
            error = session.budgets.shortage([wanted] * takes)
        except LibraryError:
            return ""  # whoever presses Run is told
        return f"{error.message} {error.remedy}" if error else ""

    def _request(self, draft: Draft) -> RunRequest:
        return self._connected().request(
            draft.prompt, model=draft.model, image=draft.image, parameters=draft.parameters
        )

    def submit(self, draft: Draft, *, fresh: bool, takes: int = 1) -> Iterator[Run]:
        """Send a draft so many times, or find the runs that answer it; each in its turn.

        Raises:
            WiroError: Something is missing or not allowed, or there is no connection.
        """
        takes = whole(takes, "takes", 1)
        request = self._request(draft)
        for name, group in request.files.items():
            for one, stored in zip(as_inputs(draft.parameters.get(name)), group, strict=False):
                if isinstance(one, str):
                    self._sent[one] = stored
        session = self._connected()
        # Each take is a request of its own, so that asking for the same takes again finds them.
        asked = [request if fresh else replace(request, repeat=take) for take in range(takes)]
        new = [one for one in asked if fresh or session.library.find(one, session.service) is None]
        if error := session.budgets.shortage(Wanted(one.model, one.price) for one in new):
            raise error.saying(f"{error.message}{NOTHING_SENT}")
        for one in asked:
            run = session.submit(one, fresh=fresh)
            self.add(run)
            yield run

    def _as_sent(self, draft: Draft) -> Draft | None:
        """A draft with its files as the library has them; None when one was not sent from here."""
        parameters = dict(draft.parameters)
        for parameter in self.spec.parameters if self.spec else ():
            given = as_inputs(parameters.get(parameter.id)) if parameter.is_file else []
            stored = [one if is_url(one) else self._sent.get(str(one)) for one in given]
            if None in stored:
                return None
            if stored:
                parameters[parameter.id] = stored
        return replace(draft, parameters=parameters)

    def _connected(self) -> Session:
        if self.session is None:
            raise InputError("There is no connection.", remedy="Press Try again above.")
        return self.session

    def plan_sweep(
        self, draft: Draft, prompts: list[str], values: Mapping[str, list[str]], repeats: int
    ) -> SweepPlan:
        """What a sweep would send, and what it would cost; it can be started by its key."""
        self._plan = None
        takes_prompt = self.spec is None or self.spec.parameter("prompt") is not None
        if takes_prompt and not prompts:
            return no_plan("Write a prompt.")
        asked = {
            "model": draft.model,
            "prompt": prompts if takes_prompt else None,
            "image": draft.image,
            **draft.parameters,
            **values,
        }
        try:
            sweep = self._connected().sweep(asked, repeats=repeats, skip_impossible=True)
        except WiroError as error:
            problem = problem_from(error)
            return no_plan(f"{problem['detail']} {problem['remedy']}".strip())
        key = secrets.token_hex(8)
        self._plan = (key, sweep)
        return plan_of(sweep, key)

    def start_sweep(self, key: str) -> Sweep:
        """Run the plan of that key.

        Raises:
            InputError: It is not the one that was shown last.
        """
        if self._plan is None or self._plan[0] != key:
            raise InputError("This plan is out of date.", remedy="Check the price again.")
        _, sweep = self._plan
        self._plan = None
        for run in sweep.run().runs:
            self.add(run)
        return sweep


@functools.lru_cache(maxsize=4)
def _opened(stored: StoredInput) -> Picture | str:
    """A stored first frame under the name it had."""
    if isinstance(stored.source, str):
        return stored.source
    return read_picture(stored.checked_source("image")).renamed(stored.name)


def _makes_clips(spec: ModelSpec) -> bool:
    return not spec.categories or any("video" in category for category in spec.categories)


def _choice(spec: ModelSpec, *, recent: bool) -> ModelChoice:
    """A model as it is offered."""
    frame = spec.parameter(image_id(spec) or "")
    notes = [] if _makes_clips(spec) else ["makes images"]
    if frame is not None and frame.required:
        notes.append("needs an image")
    price = spec.price.estimate(defaults(spec, ()))
    if price is not None:
        roughly = "about " if price.basis == "average" else ""
        least = "from " if price.low < price.high else roughly
        notes.append(f"{least}${exact_text(price.low)}")
    return ModelChoice(slug=spec.slug, title=spec.title, recent=recent, note=" · ".join(notes))


def image_id(spec: ModelSpec) -> str | None:
    """The parameter that takes the first frame; None when the model takes no image."""
    try:
        return image_parameter(spec).id
    except InputError:
        return None
