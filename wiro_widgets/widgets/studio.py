"""Everything together: say what you want, see what it costs, watch it happen, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from wiro_widgets.client import InputError, WiroError, normalize_slug
from wiro_widgets.media.pictures import read_picture
from wiro_widgets.runs import connection as connections
from wiro_widgets.runs.draft import Draft
from wiro_widgets.widgets.grid import CompareGrid
from wiro_widgets.widgets.studio_parts import StudioParts
from wiro_widgets.widgets.studio_runs import StudioRuns
from wiro_widgets.widgets.studio_sweep import axes_of
from wiro_widgets.widgets.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.media.pictures import Picture
    from wiro_widgets.runs.connection import Connection
    from wiro_widgets.runs.inputs import StoredInput
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.protocol.studio import ModelChoice

_STRIP_SECONDS = 0.2
_LISTED_MODELS = 100


class Studio(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widgets of this library as one workplace, made of the same parts that stand alone.

    What is typed is kept beside the runs, so a reload, a second view and a new kernel go on where
    you were; nothing is sent until Run is pressed or `run` called.

    Args:
        prompt: Instead of the kept one.
        image: A first frame instead of the kept one: anything `ImageInput.value` takes.
        model: Any spelling of a model's name.
        **parameters: By the model's own names.

    Example:
        >>> studio = ww.Studio(image="beach.jpg")
        >>> studio                                  # in the last line of a cell
        >>> studio.prompt = "The gull lifts off"
        >>> studio.run().wait().video
    """

    model = traitlets.Unicode(connections.DEFAULT_MODEL, help="The chosen model")
    prompt = traitlets.Unicode("", help="The prompt")
    parameters = traitlets.Dict(help="The other values, as they are sent")
    current = traitlets.Any(None, help="The run that is shown, None for none")
    grid = traitlets.Instance(
        CompareGrid, None, allow_none=True, help="The comparison opened last, None before one"
    )

    def __init__(
        self,
        prompt: str | None = None,
        *,
        image: Any = None,
        model: str | None = None,
        **parameters: Any,
    ) -> None:
        self._connection: Connection | None = None
        self._spec: ModelSpec | None = None
        self._runs: StudioRuns | None = None
        self._kept = Draft()
        self._throttle = Throttle(self._show_runs, _STRIP_SECONDS)
        self._parts = StudioParts(self)
        super().__init__()
        self.add_class("wiro-studio")
        self.children = self._parts.arranged(None)
        traitlets.link((self, "prompt"), (self._parts.prompt, "value"))
        traitlets.link((self, "parameters"), (self._parts.panel, "value"))
        traitlets.link((self, "model"), (self._parts.bar, "model"))
        self.connect()
        self._restore(prompt, image, model, parameters)
        self.observe(lambda _: self.choose_model(self.model), "model")
        self.observe(self._changed, ["prompt", "parameters"])
        self._parts.image.observe(self._changed, ["value", "problem"])
        self.observe(self._show_current, "current")

    @property
    def image(self) -> Any:
        """The first frame that would be sent; set it to anything `ImageInput.value` takes."""
        return self._parts.image.value

    @image.setter
    def image(self, image: Any) -> None:
        self._parts.image.value = image

    @property
    def runs(self) -> list[Run]:
        """The runs of this library on this service, newest first."""
        return [] if self._runs is None else self._runs.newest_first

    def run(self, *, fresh: bool = False) -> Run:
        """Send what stands here, and show it. Returns at once.

        Args:
            fresh: Send it even though an equal request has been sent before.

        Raises:
            InputError: Something is missing or not allowed. Nothing was sent.
            WiroError: There is no connection; see `connect`.
        """
        run = self._connected().run(
            self.prompt, model=self.model, image=self.image, fresh=fresh, **self.parameters
        )
        self.show(run)
        return run

    def show(self, run: Run) -> None:
        """Show a run, which may be of any day."""
        if self._runs is not None:
            self._runs.add(run)
        self.current = run
        self._parts.button.recorded = self._recorded()

    def compare(self, runs: list[Run] | None = None) -> CompareGrid:
        """Set runs side by side below; without any, those that are ticked."""
        if runs is None:
            keys = self._parts.strip.selected
            runs = [run for key in keys if self._runs and (run := self._runs.find(key))]
        if self.grid is not None:
            self.grid.close()
        self.grid = CompareGrid(runs)
        self.grid.observe(self._take_draft, "draft")
        self.children = self._parts.arranged(self.grid)
        return self.grid

    def connect(self, *, or_raise: bool = False) -> None:
        """Connect, or connect again; what stands in the way is shown above.

        Args:
            or_raise: Raise it as well.
        """
        try:
            connection = connections.current()
            choices = self._choices(connection)
        except WiroError as error:
            self._parts.bar.show_account("", "")
            self._parts.bar.show_problem_of(error)
            if or_raise:
                raise
            return
        if connection is not self._connection:
            self._connection = connection
            # Now, before anything that is shown here is kept in its place.
            self._kept = Draft.load(connection.library.directory)
            if self._runs is not None:
                self._runs.close()
            self._runs = StudioRuns(connection, self._throttle.ask)
            if self.current is not None:
                # The same run, followed over the new connection.
                self.current = self._runs.find(self.current.key)
        self._parts.bar.show_models(choices)
        self._parts.bar.show_problem(None)
        self._parts.prompt.history = connection.library.prompts()
        self.choose_model(self.model)
        self._show_runs()

    def _connected(self) -> Connection:
        if self._connection is None or not self._connection.alive:
            self.connect(or_raise=True)
        return self._connection or connections.current()

    def choose_model(self, name: str) -> None:
        """Take another model; what both have in common is kept."""
        if self._connection is None:
            return
        try:
            spec = self._connection.model(name)
        except WiroError as error:
            self._parts.bar.show_problem_of(error)
            return
        self._spec = spec
        self._parts.bar.show_problem(None)
        self._parts.fit(spec, self._connection.service)
        self.model = spec.slug
        self._changed(None)

    def search(self, text: str) -> list[ModelChoice]:
        """Models that match some words, best first."""
        if self._connection is None:
            return []
        found = self._connection.client.models(search=text, limit=_LISTED_MODELS)
        return [{"slug": each.slug, "title": each.title, "recent": False} for each in found]

    def press_run(self, values: Mapping[str, Any]) -> None:
        """Run what stood on the screen when the button was pressed."""
        parameters = dict(values)
        self.prompt = str(parameters.pop("prompt", self.prompt))
        self.parameters = parameters
        try:
            # The button said so: this request has a run already, and another was asked for.
            self.run(fresh=bool(self._parts.button.recorded))
        except WiroError as error:
            self._parts.bar.show_problem_of(error)
        else:
            self._parts.bar.show_problem(None)

    def begin_sweep(self, _: Mapping[str, Any]) -> None:
        """Open the sweep builder on what stands here."""
        if self._spec is not None:
            axes = axes_of(self._spec, self._parts.panel.exclude or ())
            values = {name: str(value) for name, value in self.parameters.items()}
            builder = self._parts.sweep_builder()
            self.children = self._parts.arranged(self.grid)
            builder.begin(self.prompt, axes, values)

    def plan_sweep(self, prompts: list[str], values: Mapping[str, Any], repeats: int) -> Sweep:
        """What a sweep of these would be; sends nothing.

        Raises:
            InputError: There is no connection, or a combination is not allowed.
        """
        if self._connection is None:
            raise InputError("There is no connection.", remedy="Press Try again above.")
        swept = {**self.parameters, **values}
        return self._connection.sweep(
            prompts, model=self.model, image=self.image, repeats=repeats, **swept
        )

    def start_sweep(self, sweep: Sweep) -> None:
        """Run a planned sweep and tick its runs, ready to be compared."""
        sweep.run()
        for run in sweep.runs:
            self.show(run)
        self._parts.strip.selected = [run.key for run in sweep.runs]

    def close(self) -> None:
        """Close it and all its parts; runs go on."""
        self._throttle.cancel()
        if self._runs is not None:
            self._runs.close()
        self._parts.close()
        if self.grid is not None:
            self.grid.close()
        super().close()

    def __repr__(self) -> str:
        shown = f" · {self.current!r}" if self.current is not None else ""
        return f"Studio: {self.model} · {len(self.runs)} runs{shown}"

    def _choices(self, connection: Connection) -> list[ModelChoice]:
        used = [record.request.model for record in reversed(connection.library.records())]
        listed = {each.slug: each.title for each in connection.client.models(limit=_LISTED_MODELS)}
        first = [*used, normalize_slug(self.model)]
        slugs = [slug for slug in dict.fromkeys([*first, *listed]) if slug in listed]
        return [{"slug": s, "title": listed[s], "recent": s in used} for s in slugs]

    def _restore(
        self, prompt: str | None, image: Any, model: str | None, parameters: dict[str, Any]
    ) -> None:
        """Begin with what was typed last, unless something else is asked for."""
        kept = self._kept
        if model or kept.model:
            self.choose_model(model or kept.model)
        self.prompt = kept.prompt if prompt is None else prompt
        names = {p.id for p in self._spec.parameters} if self._spec else set()
        old = {name: value for name, value in kept.parameters.items() if name in names}
        self.parameters = {**self.parameters, **old, **parameters}
        if image is not None:
            self.image = image
        elif kept.image is not None:
            self.image = _opened(kept.image)
        self._changed(None)

    def _take_draft(self, change: Any) -> None:
        draft: Draft | None = change["new"]
        if draft is not None:
            image = _opened(draft.image) if draft.image else None
            self._restore(draft.prompt, image, draft.model, dict(draft.parameters))

    def _changed(self, _: object) -> None:
        """What stands here has changed: keep it, and say what it would cost."""
        self._parts.show_readiness(self._spec)
        if self._connection is None:
            return
        library = self._connection.library
        image = self.image
        stored = None if image is None else self._connection.keep(image, "image")
        Draft(self.model, self.prompt, dict(self.parameters), stored).save(library.directory)
        self._parts.button.recorded = self._recorded()
        span = library.typical_seconds(self.model, self.parameters)
        self._parts.button.typical_seconds = None if span is None else tuple(span)

    def _recorded(self) -> str:
        """The name of the run that answers what stands here; "" when there is none."""
        if self._connection is None or self._parts.button.disabled:
            return ""
        try:
            request = self._connection.request(
                self.prompt, model=self.model, image=self.image, **self.parameters
            )
        except WiroError:
            return ""
        record = self._connection.library.find(request, self._connection.service)
        return f"Run {record.number}" if record else ""

    def _show_current(self, _: object) -> None:
        self._parts.show_run(self.current)

    def _show_runs(self) -> None:
        if self._runs is None or self._connection is None:
            return
        self._parts.strip.show(self._runs.tiles())
        service = self._connection.service
        # The sandbox charges nothing, so nothing was spent there, whatever its clips would cost.
        spent = "" if service == "sandbox" else str(self._connection.library.spent(service))
        self._parts.bar.show_account(service, spent)


def _opened(kept: StoredInput) -> Picture | str:
    """A kept first frame under the name it had."""
    if isinstance(kept.source, str):
        return kept.source
    return read_picture(kept.source).renamed(kept.name)
