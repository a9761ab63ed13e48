"""Everything together: say what you want, see what it costs, watch it happen, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client import InputError, WiroError
from wiro_widgets.errors import warn_caller
from wiro_widgets.library.draft import Draft
from wiro_widgets.runs.current import current_session
from wiro_widgets.runs.session import DEFAULT_MODEL
from wiro_widgets.widgets.base import handles, ok
from wiro_widgets.widgets.front_end import current_cell
from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.image import ImageInput
from wiro_widgets.widgets.notebook_draft import Asked
from wiro_widgets.widgets.parameters import ParameterPanel
from wiro_widgets.widgets.prompt import PromptInput, PromptText
from wiro_widgets.widgets.protocol.grid_studio import DraftMessage, RetryMessage
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.run_strip import RunStrip
from wiro_widgets.widgets.run_views import RunView
from wiro_widgets.widgets.studio_model import StudioModel
from wiro_widgets.widgets.studio_parts import StudioParts
from wiro_widgets.widgets.sweep_builder import SweepBuilder
from wiro_widgets.widgets.sweep_plan import sweepable_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.protocol.grid_studio import SweepPlan

_MOST_PROMPTS = 100
TAKES = (1, 2, 4)
"""How many clips one press may make."""


class Studio(StudioParts):
    """The widgets of this library as one workplace, made of the same parts that stand alone.

    What you type is kept for this notebook, beside the runs. `Studio()` continues with it; with
    any argument the Studio begins with the model's defaults and your arguments, and one press puts
    back what you typed last. Nothing is sent until you press Run or call `run`.

    Args:
        prompt: What happens in the clip.
        image: The first frame: anything `ImageInput.value` takes.
        model: Any spelling of a model's name.
        browser_paths: Whether paths may be typed into the settings, as in `ParameterPanel`.
        **parameters: Settings by the model's own names.

    Example:
        >>> studio = ww.Studio(image="beach.jpg")
        >>> studio                                  # in the last line of a cell
        >>> studio.prompt = "The gull lifts off"
        >>> studio.run().wait().video
    """

    _view = traitlets.Unicode("studio").tag(sync=True)

    model = traitlets.Unicode(DEFAULT_MODEL, help="The chosen model").tag(sync=True)
    prompt = PromptText("", help="The prompt")
    parameters = traitlets.Dict(help="The other values, as they are sent")
    selected_run = traitlets.Any(None, help="The run that is shown, None for none")
    grid = traitlets.Instance(
        CompareGrid, None, allow_none=True, help="The comparison opened last, None before one"
    )

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
            _button=RunButton(sweep=True, takes=list(TAKES)),
            _run_view=RunView(),
            _strip=RunStrip(self.compare, studio_model.posters, self._run_changed, self.show),
        )
        self._asked = Asked(prompt, image, model, parameters)
        self._keeps = False
        self._wire()
        self._try_connect()
        self._begin()
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
        self._button.observe(self._refresh, "repeats")
        self._strip.observe(self._select, "current")
        self._run_view.observe(self._show_sent_again, "run")
        for part in (self._run_view, self._strip):
            part.on_reuse(self._reuse)

    @property
    def runs(self) -> list[Run]:
        """The newest runs of this library on this service, newest first."""
        return self._model.runs

    def run(self, *, fresh: bool = False, takes: int = 1) -> Run:
        """Send what is on the screen, and show it. Returns at once.

        Args:
            fresh: Send it even though an equal request has been sent before.
            takes: How many clips of the same request to make; those you have already are shown and
                not sent, unless `fresh`.

        Returns:
            The run, of several takes the last; `runs` has all of them.

        Raises:
            InputError: Something is missing or not allowed. Nothing was sent.
            WiroError: There is no connection; see `connect`.
        """
        self._follow_session()
        run = self._submit(self._draft(), fresh=fresh, takes=takes)
        warn_caller(run.request.warnings)
        return run

    def show(self, run: Run) -> None:
        """Show a run, which may be of any day."""
        self._model.add(run)
        self._strip.add(run)
        self.selected_run = run
        self._show_next(self._draft())

    def compare(self, runs: list[Run] | None = None) -> CompareGrid:
        """Set runs side by side below; without any, those that are selected, oldest first."""
        if runs is None:
            found = (self._model.find(key) for key in self._strip.selected)
            runs = sorted((run for run in found if run is not None), key=lambda run: run.number)
        before = self.grid
        with self._in_this_cell():
            self.grid = CompareGrid(runs, closable=True)
        self.grid.on_reuse(self._reuse)
        self.grid.observe(self._drop_grid, "closed")
        if before is not None:
            before.close()
        return self.grid

    def connect(self) -> None:
        """Connect, or connect again; what is in the way is shown at the top."""
        is_first = self._model.session is None
        if self._try_connect() and is_first:
            prompt, image = self.prompt or None, self.image
            self._asked = self._asked._replace(prompt=prompt, image=image)
            self._begin()

    @handles(RetryMessage)
    def _retry(self, message: RetryMessage) -> OkMessage:
        self.connect()
        return ok(message)

    def __repr__(self) -> str:
        shown = f", {self.selected_run!r}" if self.selected_run is not None else ""
        return f"Studio: {self.model}, {len(self.runs)} runs{shown}"

    @handles(DraftMessage)
    def _exchange_draft(self, message: DraftMessage) -> OkMessage:
        """Start fresh, or put back other settings; those on the screen can be put back then."""
        shown, kept = self._draft(), self._model.kept
        if message["type"] == "put_back":
            self._restore(kept.other, Asked())
            self._draft_note = "restored"
        else:
            self._restore(Draft(), self._asked)
            self._draft_note = "other"
        kept.other = shown
        return ok(message)

    def _try_connect(self) -> bool:
        """As `_connect`; why it failed is shown at the top."""
        try:
            self._connect()
        except WiroError as error:
            self._service = self._spent = ""
            self._show_error(error)
            return False
        return True

    def _connect(self) -> None:
        """Use the notebook's session.

        Raises:
            WiroError: There is no connection.
        """
        session, before = current_session(), self._model.session
        # First, so that a service that does not answer leaves everything as it is.
        choices = self._model.choices(session, self.model)
        if session is not before:
            self._model.open(session)
            session.budgets.on_change(self._show_problem)  # which may be the budget of before
            session.budgets.on_change(self._refresh)
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
        self._use_spec(spec)
        self._button.service = session.service
        self.model = spec.slug
        self._changed(None)

    def _begin(self) -> None:
        """Begin with what the cell asks for, or else with what this notebook was left with.

        What was left is overwritten only when something is changed.
        """
        kept = self._model.kept
        restored = self._asked.nothing and kept.is_own and kept.other != Draft()
        self._keeps = False
        self._restore(kept.other if restored else Draft(), self._asked)
        self._keeps = True
        differs = kept.other not in (Draft(), self._draft())
        self._draft_note = "restored" if restored else "other" if differs else ""
        if self.selected_run is None:
            self.selected_run = self._model.named(self._button.recorded_as)

    def _restore(self, draft: Draft, asked: Asked) -> None:
        """Show a draft on top of the model's defaults, and what is asked for on top of that."""
        if self._model.session is None:
            self.model = asked.model or self.model
        else:
            self._choose_model(asked.model or draft.model or DEFAULT_MODEL)
        self.prompt = draft.prompt if asked.prompt is None else asked.prompt
        self.parameters = {**self._model.values_of(draft), **asked.parameters}
        self._panel.dropped = self._model.lost_files(draft)
        try:
            self.image = self._model.picture_of(draft) if asked.image is None else asked.image
        except InputError as error:
            if asked.image is not None:
                raise
            self.image = None
            self._show_error(error)
        self._changed(None)

    def _drop_grid(self, change: Any) -> None:
        # Another one may have taken its place.
        self.grid = None if change["owner"] is self.grid else self.grid

    def _reuse(self, run: Run, last_frame_only: bool) -> None:
        """Put a run into the inputs; or only the last frame of its clip, to go on from there."""
        if last_frame_only:
            self._model.require_image()
            self.image = run
        else:
            self._restore(self._model.draft_of(run.request), Asked())
        self._draft_note = ""

    def _draft(self) -> Draft:
        return self._model.draft(self.prompt, self.parameters, self.image)

    def _changed(self, _: object) -> None:
        """Keep what is on the screen, and say whether it can be run."""
        draft = self._draft()
        if self._keeps:
            self._model.save(draft)
        self._show_next(draft)

    def _refresh(self, _: object = None) -> None:
        """Show anew what was spent, and whether the next run can be paid for."""
        self._show_account()
        self._show_next(self._draft())

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
            # Once: whoever presses again a minute later means one clip, unless they say so again.
            takes, self._button.repeats = self._button.repeats, 1
            self._submit(draft, fresh=fresh, takes=takes if takes in TAKES else 1)
        except WiroError as error:
            self._show_error(error)
        else:
            self._show_problem(None)
            self._draft_note = ""
            self._model.save(draft)

    def _submit(self, draft: Draft, *, fresh: bool, takes: int) -> Run:
        """Send a draft, show its last take, and select several for Compare.

        Raises:
            WiroError: It was not sent, or not as often as asked.
        """
        runs = []
        for run in self._model.submit(draft, fresh=fresh, takes=takes):
            runs.append(run)
            self.show(run)
        if len(runs) > 1:
            self._strip.selected = [run.key for run in runs]
        return runs[-1]

    def _open_sweep(self, values: Mapping[str, Any]) -> None:
        spec = self._model.spec
        if spec is None:
            return
        if self._sweep is None:
            with self._in_this_cell():
                self._sweep = SweepBuilder(self._plan_sweep, self._start_sweep)
        chosen = {name: str(value) for name, value in values.items() if name != "prompt"}
        axes = sweepable_axes(spec, self._panel.exclude or ())
        moves = self._prompt.camera_moves
        self._sweep.begin(str(values.get("prompt", "")), axes, chosen, moves)

    def _plan_sweep(
        self, prompts: list[str], values: Mapping[str, list[str]], repeats: int
    ) -> SweepPlan:
        try:
            self._follow_session()
        except WiroError as error:
            self._show_error(error)
        return self._model.plan_sweep(self._draft(), prompts, values, repeats)

    def _start_sweep(self, key: str) -> Sweep:
        """Run a planned sweep and select its runs, ready to be compared."""
        # A plan that was made in another session is not run in it any more.
        self._follow_session()
        sweep = self._model.start_sweep(key)
        for run in sweep.runs:
            self._strip.add(run)
        self.show(sweep.runs[-1])
        self._strip.selected = [run.key for run in sweep.runs]
        return sweep

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
        self._refresh()
