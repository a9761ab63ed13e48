"""The parts of a Studio and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from wiro_widgets.client import InputError
from wiro_widgets.runs.request import image_parameter
from wiro_widgets.widgets.image import ImageInput
from wiro_widgets.widgets.parameters import ParameterPanel
from wiro_widgets.widgets.prompt import PromptInput
from wiro_widgets.widgets.run_button import RunButton
from wiro_widgets.widgets.run_strip import RunStrip
from wiro_widgets.widgets.run_view import RunView
from wiro_widgets.widgets.studio_bar import StudioBar
from wiro_widgets.widgets.studio_sweep import StudioSweep
from wiro_widgets.widgets.sweep_builder import SweepBuilder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.runs.run import Run
    from wiro_widgets.widgets.grid import CompareGrid
    from wiro_widgets.widgets.studio import Studio


class StudioParts:
    """One of each widget, joined to the Studio that they make up.

    Args:
        studio: Whose they are.
    """

    def __init__(self, studio: Studio) -> None:
        self._sweeps = StudioSweep(studio.plan_sweep, studio.start_sweep)
        self.bar = StudioBar(studio.search, studio.connect)
        self.prompt = PromptInput()
        self.image = ImageInput()
        self.panel = ParameterPanel()
        self.button = RunButton(sweep=True)
        # These two only when they are needed: each would double what a fresh Studio sends.
        self.view: RunView | None = None
        self.sweep: SweepBuilder | None = None
        self.strip = RunStrip(studio.compare)
        self.prompt.on_submit(lambda text: studio.press_run({**self.panel.value, "prompt": text}))
        self.button.on_run(studio.press_run)
        self.button.on_sweep(studio.begin_sweep)
        # In the browser, so that the price on the button is right while the kernel is busy.
        self._links = [
            ipywidgets.jslink((self.panel, "value"), (self.button, "values")),
            ipywidgets.jslink((self.prompt, "value"), (self.button, "prompt")),
        ]
        self.strip.observe(lambda change: self._look(studio, change["new"]), "current")
        inputs = ipywidgets.VBox([self.prompt, self.image, self.panel, self.button])
        inputs.add_class("wiro-studio-inputs")
        self._empty = ipywidgets.HTML("<p>Your clip will play here.</p>")
        self._shown = ipywidgets.VBox([self._empty])
        self._shown.add_class("wiro-studio-run")
        self._middle = ipywidgets.Box([inputs, self._shown])
        self._middle.add_class("wiro-studio-parts")
        self._boxes = (inputs, self._empty, self._shown, self._middle)

    def arranged(self, grid: CompareGrid | None) -> Sequence[ipywidgets.Widget]:
        """The rows from top to bottom."""
        rows = (self.bar, self._middle, self.sweep, self.strip, grid)
        return [row for row in rows if row is not None]

    def sweep_builder(self) -> SweepBuilder:
        """The sweep builder, made when it is first asked for."""
        if self.sweep is None:
            self.sweep = SweepBuilder(self._sweeps.plan, self._sweeps.start)
        return self.sweep

    def fit(self, spec: ModelSpec, service: str) -> None:
        """Take over another model's form, limits and prices."""
        image = _image_id(spec)
        self.panel.exclude = ("prompt", image) if image else ("prompt",)
        self.panel.model = spec
        self.prompt.fit(spec)
        self.image.fit(spec)
        self.image.layout.display = None if image else "none"
        self.button.fit(spec)
        self.button.service = service

    def show_readiness(self, spec: ModelSpec | None) -> None:
        """Let the button say why nothing can be run, or be ready."""
        reason = _obstacle(self, spec)
        self.button.reason = reason
        self.button.disabled = bool(reason)

    def show_run(self, run: Run | None) -> None:
        """Show a run beside the inputs."""
        if self.view is None:
            self.view = RunView()
            self._shown.children = [self.view]
        self.view.run = run
        self.strip.current = run.key if run is not None else ""
        if run is not None:
            self._shown.add_class("wiro-studio-has-run")

    def close(self) -> None:
        """Close all of them."""
        for part in (
            *self._links,
            self.bar,
            self.prompt,
            self.image,
            self.panel,
            self.button,
            self.view,
            self.sweep,
            self.strip,
            *self._boxes,
        ):
            if part is not None:
                part.close()

    def _look(self, studio: Studio, key: str) -> None:
        run: Any = next((run for run in studio.runs if run.key == key), None)
        if run is not None and run is not studio.current:
            studio.current = run


def _image_id(spec: ModelSpec) -> str | None:
    try:
        return image_parameter(spec).id
    except InputError:
        return None


def _obstacle(parts: StudioParts, spec: ModelSpec | None) -> str:
    """Why nothing can be run, in a sentence; "" when something can."""
    if spec is None:
        return "Not connected."
    image = _image_id(spec)
    parameter = spec.parameter(image) if image else None
    if parameter is not None and parts.image.problem:
        return str(parts.image.problem)
    if parameter is not None and parameter.required and parts.image.value is None:
        return "Add a first frame."
    length, most = len(parts.prompt.value), parts.prompt.max_length
    if most is not None and length > most:
        return f"The prompt is {length - most:,} characters too long."
    return next((str(problem) for problem in parts.panel.errors.values()), "")
