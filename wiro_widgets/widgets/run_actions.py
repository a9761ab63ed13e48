"""What a person can do with a run from its card, its thumbnail or its tile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import traitlets

from wiro_widgets.client import WiroError
from wiro_widgets.library.estimates import price_text
from wiro_widgets.runs.current import current_session
from wiro_widgets.runs.python_code import python_from_last_frame, python_of
from wiro_widgets.widgets.base import Refused, WiroWidget, handles, ok
from wiro_widgets.widgets.protocol.grid_studio import JudgeMessage
from wiro_widgets.widgets.protocol.runs import (
    AboutMessage,
    AboutRunMessage,
    ReuseMessage,
    SendAgainMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import ModelSpec
    from wiro_widgets.library.request import RunRequest
    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.run_protocols import GridRun


class RunActions(WiroWidget):
    """A widget whose runs can be rated, reused, sent again and copied as Python."""

    _reuses = traitlets.Bool(
        default_value=False, help="Whether there are inputs that a run can be loaded into"
    ).tag(sync=True)
    _load: Callable[[Any, bool], object] | None = None

    def on_reuse(self, load: Callable[[Any, bool], object]) -> None:
        """Offer "Reuse" and "Continue from last frame".

        Args:
            load: Called with the run, and whether only the last frame of its clip is wanted. What
                it raises is shown beside the button.
        """
        self._load = load
        self._reuses = True

    def _run_for(self, key: str) -> Any:
        """The run of that key.

        Raises:
            Refused: It is not shown here.
        """
        raise NotImplementedError

    def _show_judged(self, run: Any) -> None:
        """Show a rating that has just been given."""

    def _show_new(self, run: Any) -> None:
        """Show a run that was sent from here."""

    @handles(ReuseMessage)
    def _reuse(self, message: ReuseMessage) -> OkMessage:
        run = self._run_for(message["run"])
        if self._load is None:
            raise Refused("There is no Studio here to load it into. Copy it as Python instead.")
        try:
            self._load(run, message["type"] == "continue")
        except WiroError as error:
            raise Refused(str(error)) from error
        return ok(message)

    @handles(SendAgainMessage)
    def _send_again(self, message: SendAgainMessage) -> OkMessage:
        run = self._run_for(message["run"])
        again = run_again(run) if run.snapshot["status"] == "succeeded" else run.send_again()
        self._show_new(again)
        return ok(message)

    @handles(JudgeMessage)
    def _judge(self, message: JudgeMessage) -> OkMessage:
        run = self._run_for(message["run"])
        run.judge(**message["changes"])
        self._show_judged(run)
        return ok(message)

    @handles(AboutMessage)
    def _about(self, message: AboutMessage) -> AboutRunMessage:
        run = self._run_for(message["run"])
        spec = _spec_of(run.request)
        # Whoever goes on from the last frame of another computer's clip has it here by then.
        has_clip = run.clip_path(0) is not None or run.bring(lambda _: None)
        return AboutRunMessage(
            id=message["id"],
            type="about_run",
            price=_price_words(run.request, spec, run.snapshot["service"]),
            code=python_of(run.request, spec),
            next_code=python_from_last_frame(run.request, spec, run.number) if has_clip else "",
        )


def run_again(run: GridRun) -> GridRun:
    """Send a run's request once more, in the notebook's session.

    Raises:
        Refused: The run was made in the sandbox and the session is a paid one: the button that
            was pressed did not say that this costs money.
    """
    session = current_session()
    if session.service == "live" and run.snapshot["service"] == "sandbox":
        raise Refused(
            "This run was made in the sandbox, and the notebook is connected to the live service"
            " now. Use ww.run to send it there."
        )
    # A request that was read back from the library has lost its schema.
    request = run.request.checked(session.model(run.request.model))
    return cast("GridRun", session.submit(request, fresh=True))


def _spec_of(request: RunRequest) -> ModelSpec | None:
    if request.spec is not None:
        return request.spec
    try:
        return current_session().model(request.model)
    except WiroError:
        return None


def _price_words(request: RunRequest, spec: ModelSpec | None, service: str) -> str:
    price = replace(request, spec=spec).price
    words = price_text(price)
    return f"{words} if live" if price is not None and service == "sandbox" else words
