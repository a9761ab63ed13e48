"""What the views of one run exchange with the browser.

A `wiro_widgets.runs.state.RunSnapshot` goes there in three parts, so that only what is new is
sent: `RunFacts` and `RunStanding` as traits, `RunTail` as the trait `_live`, of which a
`ProgressMessage` brings only the new part.
"""

from typing import Literal, TypedDict

from wiro_widgets.library.records import RunProblem, RunStatus
from wiro_widgets.runs.state import Candidate, Clip, StageMark
from wiro_widgets.widgets.protocol.common import Change, Request


class RunFacts(TypedDict):
    """What was asked for; changes hardly ever."""

    key: str
    """Identity within its library."""
    name: str
    """"Run 12"."""
    model: str
    prompt: str
    parameters: list[list[str]]
    """``[[name, value], ...]`` without prompt and files, as text."""
    created: float
    """Unix seconds by the kernel's clock, as are all times here."""
    service: Literal["sandbox", "live"]
    reused: bool
    """Whether a recorded run is shown in place of sending the same request again."""
    task_id: str | None


class RunStanding(TypedDict):
    """Its status and what goes with it; changes with every stage."""

    key: str
    """As in `RunFacts`: the two belong together when they are the same."""
    status: RunStatus
    over: bool
    """Whether nothing more will come."""
    stage: str | None
    stages: list[StageMark]
    ended: float | None
    now: float
    """When this was sent: lets a browser whose clock is off show the right elapsed time."""
    cost: str | None
    """USD as decimal text."""
    unsettled: bool
    """Whether the cost is not stated yet."""
    problem: RunProblem | None
    notice: str | None
    """A sentence to show that tells of no failure."""
    clips: list[Clip]
    candidates: list[Candidate]
    """Tasks of which one may be this run's; a person has to choose."""
    stopping: bool


class RunTail(TypedDict):
    """What changes many times a second while it runs."""

    revision: int
    progress: float | None
    """0 to 1; None when the service gives no number."""
    logs: list[str]
    """The newest log lines, at most 200."""
    log_total: int
    """How many there were in all."""


class ProgressMessage(Change):
    """The run went on."""

    type: Literal["progress"]
    progress: float | None
    lines: list[str]
    """The log lines that are new."""
    log_total: int


class PlayerSource(TypedDict):
    """What a `VideoPlayer` plays when it is not given a run."""

    key: str
    """Changes when there is something else to play."""
    label: str
    """What the clip is called, for screen readers."""
    clip: Clip | None


class StopMessage(Request):
    """Stop the run. Answered by `OkMessage` when the request was taken."""

    type: Literal["stop"]


class LookAgainMessage(Request):
    """Look for the run at the service again, or fetch its clip again. Answered by `OkMessage`.

    Never charged.
    """

    type: Literal["look_again"]


class SendAgainMessage(Request):
    """Send the request as a new run, which may be paid for twice. Answered by `OkMessage`."""

    type: Literal["send_again"]


class ChooseMessage(Request):
    """One of the candidates is this run's task. Answered by `OkMessage`."""

    type: Literal["choose"]
    task_id: str
