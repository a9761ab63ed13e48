"""Everything together: say what you want, see what it costs, watch it happen, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import anywidget
import traitlets

from wiro_widgets.client import InputError, WiroError
from wiro_widgets.library.request import Draft
from wiro_widgets.runs.session import DEFAULT_MODEL, current_session
from wiro_widgets.widgets.base import WiroWidget, handles, ok
from wiro_widgets.widgets.front_end import current_cell
from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.image import ImageInput
from wiro_widgets.widgets.parameters import ParameterPanel
from wiro_widgets.widgets.prompt import PromptInput
from wiro_widgets.widgets.protocol.grid_studio import RetryMessage
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.run_strip import RunStrip
from wiro_widgets.widgets.run_views import RunView
from wiro_widgets.widgets.studio_header import StudioHeader
from wiro_widgets.widgets.studio_model import StudioModel, image_id, sweepable_axes
from wiro_widgets.widgets.sweep_builder import SweepBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.runs.run import Run
    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import SweepPlan

_MOST_PROMPTS = 100
_Part = TypeVar("_Part", bound=WiroWidget)
_AS_PART = {"sync": True, "part": True, **anywidget.WidgetTrait().metadata}


def _part(kind: type[_Part]) -> traitlets.Instance[_Part]:
    """A trait for a widget that the Studio's view places; the browser gets a reference to it."""
    return traitlets.Instance(kind).tag(**_AS_PART)


def _later(kind: type[_Part]) -> traitlets.Instance[_Part | None]:
    """The same for a widget that is made when it is asked for."""
    return traitlets.Instance(kind, allow_none=True).tag(**_AS_PART)


class Studio(StudioHeader):
    """The widgets of this library as one workplace, made of the same parts that stand alone.

    What is typed is kept beside the runs, so a reload, a second view and a new kernel go on where
    you were; nothing is sent until Run is pressed or `run` is called.

    Args:
        prompt: Instead of the one that was typed last.
        image: A first frame instead of the last one: anything `ImageInput.value` takes.
        model: Any spelling of a model's name.
        browser_paths: Whether paths may be typed into the settings, as in `ParameterPanel`.
        **parameters: By the model's own names.

    Example:
        >>> studio = ww.Studio(image="beach.jpg")
        >>> studio                                  # in the last line of a cell
        >>> studio.prompt = "The gull lifts off"
        >>> studio.run().wait().video
    """

    _view = traitlets.Unicode("studio").tag(sync=True)

    model = traitlets.Unicode(DEFAULT_MODEL, help="The chosen model").tag(sync=True)
    prompt = traitlets.Unicode("", help="The prompt")
    parameters = traitlets.Dict(help="The other values, as they are sent")
    selected_run = traitlets.Any(None, help="The run that is shown, None for none")
    grid = traitlets.Instance(
        CompareGrid, None, allow_none=True, help="The comparison opened last, None before one"
    )
    _takes_image = traitlets.Bool(default_value=True).tag(sync=True)
    _prompt = _part(PromptInput)
    _image = _part(ImageInput)
    _panel = _part(ParameterPanel)
    _button = _part(RunButton)
    _run_view = _part(RunView)
    _strip = _part(RunStrip)
    _sweep = _later(SweepBuilder)
    # Beside `grid`, which the page must not set.
    _grid = _later(CompareGrid)

    def __init__(
        self,
        prompt: str | None = None,
        *,
        image: Any = None,
        model: str | None = None,
        browser_paths: bool = False,
        **parameters: Any,
    ) -> None:
        self._in_this_cell = current_cell()
        studio_model = StudioModel()
        super().__init__(
            studio_model,
            _prompt=PromptInput(),
            _image=ImageInput(),
            _panel=ParameterPanel(browser_paths=browser_paths),
            _button=RunButton(sweep=True),
            _run_view=RunView(),
            _strip=RunStrip(self.compare, studio_model.posters, self._run_changed, self.show),
        )
        self._wire()
        self._restore(self._try_connect() or Draft(), prompt, image, model, parameters)
        self.observe(lambda _: self._choose_model(self.model), "model")
        self.observe(self._show_selected, "selected_run")
        self.observe(self._changed, ["prompt", "parameters"])
        self._image.observe(self._changed, ["value", "problem"])

    def _wire(self) -> None:
        traitlets.link((self, "prompt"), (self._prompt, "value"))
        traitlets.link((self, "parameters"), (self._panel, "value"))
        traitlets.dlink((self, "grid"), (self, "_grid"))
        self._prompt.on_submit(lambda text: self._press_run({**self._panel.value, "prompt": text}))
        self._button.on_run(self._press_run)
        self._button.on_sweep(self._open_sweep)
        self._strip.observe(self._select, "current")
        self._run_view.observe(self._show_sent_again, "run")
        for part in (self._run_view, self._strip):
            part.on_reuse(self._reuse)

    @property
    def image(self) -> Any:
        """The first frame that would be sent; set it to anything `ImageInput.value` takes."""
        return self._image.value

    @image.setter
    def image(self, image: Any) -> None:
        self._image.value = image

    @property
    def runs(self) -> list[Run]:
        """The newest runs of this library on this service, newest first."""
        return self._model.runs

    def run(self, *, fresh: bool = False) -> Run:
        """Send what is on the screen, and show it. Returns at once.

        Args:
            fresh: Send it even though an equal request has been sent before.

        Raises:
            InputError: Something is missing or not allowed. Nothing was sent.
            WiroError: There is no connection; see `connect`.
        """
        self._follow_session()
        run = self._model.submit(self._draft(), fresh=fresh)
        self.show(run)
        return run

    def show(self, run: Run) -> None:
        """Show a run, which may be of any day."""
        self._model.add(run)
        self._strip.add(run)
        self.selected_run = run
        self._show_recorded(self._draft())

    def compare(self, runs: list[Run] | None = None) -> CompareGrid:
        """Set runs side by side below; without any, those that are ticked."""
        if runs is None:
            found = (self._model.find(key) for key in self._strip.selected)
            runs = [run for run in found if run is not None]
        before = self.grid
        with self._in_this_cell():
            self.grid = CompareGrid(runs)
        self.grid.observe(self._use_draft, "draft")
        if before is not None:
            before.close()
        return self.grid

    def connect(self) -> None:
        """Connect, or connect again; what is in the way is shown at the top."""
        is_first = self._model.session is None
        draft = self._try_connect()
        if is_first and draft is not None:
            self._restore(draft, self.prompt or None, self.image, None, {})

    def close(self) -> None:
        """Close it and all its parts; runs go on."""
        # First, so that its view does not miss its parts.
        super().close()
        for name in self.traits(part=True):
            part = getattr(self, name)
            if part is not None:
                part.close()

    @handles(RetryMessage)
    def _retry(self, message: RetryMessage) -> OkMessage:
        self.connect()
        return ok(message)

    def __repr__(self) -> str:
        shown = f" · {self.selected_run!r}" if self.selected_run is not None else ""
        return f"Studio: {self.model} · {len(self.runs)} runs{shown}"

    def _try_connect(self) -> Draft | None:
        """As `_connect`; why it failed is shown at the top."""
        try:
            return self._connect()
        except WiroError as error:
            self._service = self._spent = ""
            self._show_error(error)
            return None

    def _connect(self) -> Draft | None:
        """Use the notebook's session; returns the draft of its library when it is another one.

        Raises:
            WiroError: There is no connection.
        """
        session, before = current_session(), self._model.session
        # First, so that a service that does not answer leaves everything as it is.
        choices = self._model.choices(session, self.model)
        draft = None if session is before else self._model.open(session)
        self._show_models(choices)
        self._show_problem(None)
        self._prompt.history = session.library.prompts(_MOST_PROMPTS)
        self._strip.show(self._model.runs)
        if before is not None and before.library.directory == session.library.directory:
            # The same run, as this session follows it.
            shown = self.selected_run
            self.selected_run = shown and (self._model.find(shown.key) or shown)
        self._show_account()
        self._choose_model(self.model)
        return draft

    def _follow_session(self) -> None:
        """Use the notebook's session, which may be another one since `wiro_widgets.connect`.

        Raises:
            WiroError: There is no connection.
        """
        if current_session() is not self._model.session:
            self._connect()

    def _choose_model(self, name: str) -> None:
        """Use another model; what both have in common is kept."""
        session = self._model.session
        if session is None:
            return
        try:
            spec = self._model.choose(name)
        except WiroError as error:
            self._show_error(error)
            return
        self._show_problem(None)
        image = image_id(spec)
        self._panel.exclude = ("prompt", image) if image else ("prompt",)
        self._panel.model = spec
        self._prompt.set_model(spec)
        self._image.set_model(spec)
        self._takes_image = image is not None
        self._button.set_model(spec)
        self._button.service = session.service
        self.model = spec.slug
        self._changed(None)

    def _restore(
        self,
        draft: Draft,
        prompt: str | None,
        image: Any,
        model: str | None,
        parameters: Mapping[str, Any],
    ) -> None:
        """Begin with a draft, unless something else is asked for."""
        if model and self._model.session is None:
            self.model = model
        elif model or draft.model:
            self._choose_model(model or draft.model)
        self.prompt = draft.prompt if prompt is None else prompt
        self.parameters = {**self.parameters, **self._model.values_of(draft), **parameters}
        if image is not None:
            self.image = image
        elif draft.image is not None:
            try:
                self.image = self._model.picture_of(draft)
            except InputError as error:
                self._show_error(error)
        self._changed(None)

    def _use_draft(self, change: Any) -> None:
        draft: Draft | None = change["new"]
        if draft is not None:
            self._restore(draft, None, None, None, {})

    def _reuse(self, run: Run, last_frame_only: bool) -> None:
        """Put a run into the inputs; or only the last frame of its clip, to go on from there."""
        if last_frame_only:
            self._model.require_image()
            self.image = run
        else:
            self._restore(Draft.of(run.request), None, None, None, {})

    def _draft(self) -> Draft:
        return self._model.draft(self.prompt, self.parameters, self.image)

    def _changed(self, _: object) -> None:
        """Keep what is on the screen, and say whether it can be run."""
        reason = self._blocking_reason()
        self._button.blocked_because = reason
        self._button.disabled = bool(reason)
        draft = self._draft()
        self._model.save(draft)
        self._show_recorded(draft)

    def _blocking_reason(self) -> str:
        """Why nothing can be run, in a sentence; "" when something can."""
        spec = self._model.spec
        if spec is None:
            return "Not connected."
        image = spec.parameter(image_id(spec) or "")
        if image is not None and self._image.problem:
            return str(self._image.problem)
        if image is not None and image.required and self._image.value is None:
            return "Add a first frame."
        length, most = len(self._prompt.value), self._prompt.max_length
        if most is not None and length > most:
            return f"The prompt is {length - most:,} characters too long."
        return next((str(problem) for problem in self._panel.errors.values()), "")

    def _show_recorded(self, draft: Draft) -> None:
        """Say on the button which run answers a draft, and how long such runs take."""
        self._button.recorded_as = "" if self._button.disabled else self._model.recorded_as(draft)
        self._button.typical_seconds = self._model.typical_seconds(draft)

    def _press_run(self, values: Mapping[str, Any]) -> None:
        """Run what was on the screen when the button was pressed."""
        parameters = {name: each for name, each in values.items() if each not in (None, "", [])}
        prompt = str(parameters.pop("prompt", ""))
        promised, recorded = self._button.service, self._button.recorded_as
        try:
            self._follow_session()
            if self._button.service != promised == "sandbox":
                raise InputError(
                    "This notebook is connected to the paid service now. Nothing was sent.",
                    remedy="Press Run again to send it there.",
                )
            draft = self._model.draft(prompt, parameters, self.image)
            # The button said "Run again": this very request has a run, and another is wanted.
            fresh = bool(recorded) and self._model.recorded_as(draft) == recorded
            self.show(self._model.submit(draft, fresh=fresh))
        except WiroError as error:
            self._show_error(error)
        else:
            self._show_problem(None)

    def _open_sweep(self, values: Mapping[str, Any]) -> None:
        spec = self._model.spec
        if spec is None:
            return
        if self._sweep is None:
            with self._in_this_cell():
                self._sweep = SweepBuilder(self._plan_sweep, self._start_sweep)
        chosen = {name: str(value) for name, value in values.items() if name != "prompt"}
        axes = sweepable_axes(spec, self._panel.exclude or ())
        self._sweep.begin(str(values.get("prompt", "")), axes, chosen)

    def _plan_sweep(
        self, prompts: list[str], values: Mapping[str, list[str]], repeats: int
    ) -> SweepPlan:
        try:
            self._follow_session()
        except WiroError as error:
            self._show_error(error)
        return self._model.plan_sweep(self._draft(), prompts, values, repeats)

    def _start_sweep(self, key: str) -> None:
        """Run a planned sweep and tick its runs, ready to be compared."""
        # A plan that was made in another session is not run in it any more.
        self._follow_session()
        runs = self._model.start_sweep(key)
        for run in runs:
            self._strip.add(run)
        if runs:
            self.show(runs[-1])
        self._strip.selected = [run.key for run in runs]

    def _select(self, change: Any) -> None:
        self.selected_run = self._model.find(change["new"]) or self.selected_run

    def _show_selected(self, change: Any) -> None:
        run: Run | None = change["new"]
        self._run_view.run = run
        self._strip.current = "" if run is None else run.key

    def _show_sent_again(self, change: Any) -> None:
        if change["new"]:
            self.show(change["new"])

    def _run_changed(self) -> None:
        """A run has another status; called on a worker thread."""
        self._model.run_changed()
        self._show_account()
        self._show_recorded(self._draft())
