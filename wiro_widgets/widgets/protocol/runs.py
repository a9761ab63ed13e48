"""What the views of one run exchange with the browser.

A `wiro_widgets.runs.state.RunSnapshot` goes there in three parts, so that only what is new is
sent: `RunFacts` and `RunStanding` as traits, `RunTail` as the trait `_live`, of which a
`ProgressMessage` brings only the new part.
"""

from typing import Literal, TypedDict

from wiro_widgets.library.records import RunProblem, RunStatus
from wiro_widgets.runs.state import Candidate, Clip, StageMark
from wiro_widgets.widgets.protocol.common import Change, Reply, Request


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
    usual: list[float]
    """Seconds that such runs have taken, from and to; empty while nobody knows."""


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
    starred: bool
    rating: int
    """1 to 5; 0 while there is none."""


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
    """Send the request as a new run, which is paid for. Answered by `OkMessage`."""

    type: Literal["send_again"]
    run: str
    """Key of the run that the person saw: another one that is shown meanwhile is not sent."""


class ReuseMessage(Request):
    """Put a run, or the last frame of its clip, into the inputs. Answered by `OkMessage`."""

    type: Literal["reuse", "continue"]
    run: str


class AboutMessage(Request):
    """What is said of a run on request. Answered by `AboutRunMessage`."""

    type: Literal["about"]
    run: str


class AboutRunMessage(Reply):
    """For the menu of a run."""

    type: Literal["about_run"]
    price: str
    """What one more such run costs, as text: "$0.19", "$0.19 if live" or "price unknown"."""
    code: str
    """Python that asks for it."""
    next_code: str
    """Python that goes on from its last frame; "" without a clip."""


class ChooseMessage(Request):
    """One of the candidates is this run's task. Answered by `OkMessage`."""

    type: Literal["choose"]
    task_id: str
