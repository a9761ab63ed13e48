"""The button that spends money, with the price on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from wiro_widgets.client import Price
from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.browser_files import checked_values
from wiro_widgets.widgets.given import as_model
from wiro_widgets.widgets.protocol.inputs import (
    OpenSweepMessage,
    PriceList,
    PriceRow,
    RunMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from wiro_widgets.client import ModelSpec, PriceRange
    from wiro_widgets.widgets.protocol.common import OkMessage


NO_MODEL = "Choose a model first."


class RunButton(WiroWidget):
    """A button that says what it will cost, and runs once however often it is pressed.

    The price follows `values` in the browser, so a link made there (`ipywidgets.jslink`) keeps it
    right while the kernel is busy.

    Example:
        >>> model = "minimax/hailuo-2.3-fast"
        >>> prompt, image = PromptInput(model=model), ImageInput(model=model)
        >>> panel, button = ParameterPanel(model), RunButton(model)
        >>> jslink((panel, "value"), (button, "values"))
        >>> jslink((prompt, "value"), (button, "prompt"))
        >>> view = RunView()
        >>> def run(values):
        ...     view.run = ww.run(image=image.value, **values)
        >>> button.on_run(run)
        >>> ipywidgets.VBox([prompt, image, panel, button, view])

    Args:
        model: The model, or its name, whose price list to use; without one nothing can be run yet.
            The values that callbacks get come from the browser: they are checked to be the model's
            settings, and to name no files but those that were sent there or named in Python.
        **traits: Any trait.

    Raises:
        InputError: `model` is no model.
        NotFoundError: There is no model of that name.
    """

    _view = traitlets.Unicode("run_button").tag(sync=True)

    values = traitlets.Dict(
        help="Values by parameter id as they are sent; files as a list, one item per file"
    ).tag(sync=True)
    prompt = traitlets.Unicode(
        "", help="The prompt; unless empty it replaces values['prompt']"
    ).tag(sync=True)
    repeats = traitlets.Int(1, min=1, help="How many runs one press makes").tag(sync=True)
    takes = traitlets.List(
        traitlets.Int(min=1), help="Choices of `repeats` to offer; none for no choice"
    ).tag(sync=True)
    disabled = traitlets.Bool(default_value=False, help="Whether nothing can be run").tag(sync=True)
    blocked_because = traitlets.Unicode(
        "", help="Why nothing can be run, in a sentence to show"
    ).tag(sync=True)
    recorded_as = traitlets.Unicode(
        "", help="The run that answers these values already; pressing makes another"
    ).tag(sync=True)
    busy = traitlets.Bool(default_value=False, help="Whether a request is being sent").tag(
        sync=True
    )
    service = traitlets.Enum(
        ["", "sandbox", "live"], "", help="Which service; the sandbox charges nothing"
    ).tag(sync=True)
    # The types of traitlets know no tuple that may be None.
    typical_seconds: Any = traitlets.Tuple(
        traitlets.Float(),
        traitlets.Float(),
        default_value=None,
        allow_none=True,
        help="How long such runs have taken, from and to, in seconds; None when nobody knows",
    ).tag(sync=True)
    sweep = traitlets.Bool(default_value=False, help="Whether to offer 'Sweep…' too").tag(sync=True)
    _prices = traitlets.Dict().tag(sync=True)

    def __init__(self, model: ModelSpec | str | None = None, **traits: Any) -> None:
        self._callbacks: dict[str, list[Callable[[dict[str, Any]], object]]] = {
            "run": [],
            "sweep": [],
        }
        spec = as_model(model, "RunButton")
        super().__init__(**traits)
        self.set_model(spec)

    def set_model(self, model: ModelSpec | str | None) -> None:
        """Use the price list and the parameters of a model; None for no model yet.

        Raises:
            InputError: It is no model.
            NotFoundError: There is no model of that name.
        """
        spec = self._model = as_model(model, "RunButton")
        self._price = Price() if spec is None else spec.price
        self._prices = {} if spec is None else dict(price_list(self._price))

    @property
    def estimate(self) -> PriceRange | None:
        """What one run with these values will cost in USD; None when nobody can tell."""
        return self._price.estimate(_asked(self.values, self.prompt))

    def on_run(self, callback: Callable[[dict[str, Any]], object], *, remove: bool = False) -> None:
        """Call `callback` with the values, the prompt among them, when the button is pressed.

        The values are those on the screen, also when the kernel was busy and has not seen them.

        Args:
            callback: Takes the values. What it raises is shown in the widget.
            remove: Stop calling it.
        """
        self._listen("run", callback, remove=remove)

    def on_sweep(
        self, callback: Callable[[dict[str, Any]], object], *, remove: bool = False
    ) -> None:
        """The same for "Sweep…"."""
        self._listen("sweep", callback, remove=remove)

    def _listen(
        self, kind: str, callback: Callable[[dict[str, Any]], object], *, remove: bool
    ) -> None:
        others = [each for each in self._callbacks[kind] if each != callback]
        self._callbacks[kind] = others if remove else [*others, callback]

    @handles(RunMessage, OpenSweepMessage)
    def _pressed(self, message: RunMessage | OpenSweepMessage) -> OkMessage:
        self.error = None
        if self._model is None:
            raise Refused(NO_MODEL)
        values = checked_values(self._model, message["values"])
        if message["type"] == "run" and message["repeats"] != self.repeats:
            # The kernel was busy, and has not seen the choice.
            if message["repeats"] not in self.takes:
                raise Refused("The page shows another number of takes. Press again.")
            self.repeats = message["repeats"]
        for callback in list(self._callbacks[message["type"]]):
            callback(_asked(values, message["prompt"]))
        return ok(message)


def price_list(price: Price) -> PriceList:
    """A price list as the browser reads it."""
    return PriceList(
        rows=[
            PriceRow(
                inputs=dict(rule.inputs),
                price=_decimal(rule.price),
                method=rule.method,
                extra=_decimal(rule.extra),
                per_input=bool(rule.per_input),
            )
            for rule in price.rules
        ],
        average=None if price.average is None else _decimal(price.average),
    )


def _decimal(sum_: Decimal) -> str:
    return format(sum_, "f")


def _asked(values: dict[str, Any], prompt: str) -> dict[str, Any]:
    return {**values, "prompt": prompt} if prompt else dict(values)
