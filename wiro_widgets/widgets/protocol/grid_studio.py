"""What the comparison grid and the parts of a Studio exchange with the browser."""

from typing import Literal, TypedDict

from wiro_widgets.library.ratings import Outcome
from wiro_widgets.library.records import RunProblem, RunStatus
from wiro_widgets.runs.state import Clip, StageMark
from wiro_widgets.widgets.protocol.common import Change, Reply, Request


class Verdict(TypedDict):
    """What a person thinks of a run; kept with it."""

    starred: bool
    rating: int
    """1 to 5; 0 while there is none."""
    tags: list[str]
    note: str


class VerdictChanges(TypedDict, total=False):
    """Some of the fields of a `Verdict`."""

    starred: bool
    rating: int
    tags: list[str]
    note: str


class Progress(TypedDict):
    """The part of a tile that changes while its run is under way; the rest stays as it was."""

    status: RunStatus
    over: bool
    """Whether nothing more will come."""
    stage: str | None
    stages: list[StageMark]
    created: float
    """Unix seconds by the kernel's clock, as are `ended` and `now`."""
    ended: float | None
    now: float
    progress: float | None
    """0 to 1; None when the service gives no number."""
    stopping: bool


class Tile(TypedDict):
    """One run in the grid."""

    key: str
    """Identity within this grid. While blind: a random one that says nothing."""
    letter: str
    """What to call it here: "A"; stays with the run when the order changes."""
    name: str
    """"Run 12"; "" in a blind vote, as are all fields that would tell which run this is."""
    model: str
    prompt: str
    parameters: list[list[str]]
    """``[[name, value], ...]`` without prompt and files, as text."""
    image: str
    """The first frame's file name; "" for none."""
    repeat: str
    """"1" for the first run of a request, "2" for the next."""
    day: str
    """``2026-11-21``, by the kernel's time zone."""
    progress: Progress
    cost: str | None
    """USD as decimal text."""
    unsettled: bool
    """Whether the cost is not stated yet."""
    problem: RunProblem | None
    notice: str | None
    """A sentence to show that tells of no failure."""
    clip: Clip | None
    poster: str | None
    """Where in `_posters` its first frame is."""
    service: Literal["sandbox", "live"]
    verdict: Verdict


class GridBoard(TypedDict):
    """All tiles."""

    revision: int
    tiles: list[Tile]


class TilesMessage(Change):
    """Some tiles are new, or the runs of some went on."""

    type: Literal["tiles"]
    tiles: list[Tile]
    """Each in place of the one of its key."""
    progress: dict[str, Progress]
    """By key: each in place of the one in its tile."""


class Comparison(TypedDict):
    """A blind comparison of two runs, left and right."""

    number: int
    """Counts up from 1."""
    outcome: Outcome | Literal[""]
    """"" until the vote. Names are told only after the last comparison."""
    pairs: int
    """Pairs of clips that there are."""
    compared: int
    """Pairs that were voted on at least once, on any day."""


class Standing(TypedDict):
    """One run's place in the ranking."""

    key: str
    letter: str
    name: str
    strength: float
    """Log-odds of winning against an average run of this grid."""
    low: float
    """Lower end of the 95 % interval of `strength`."""
    high: float
    wins: int
    losses: int
    ties: int
    """Draws, "both bad" among them."""
    both_bad: int


class ValueWins(TypedDict):
    """How often a value of a parameter has won against one other value of it."""

    parameter: str
    value: str
    """The one that won more often."""
    against: str
    wins: int
    votes: int
    """Votes without ties between runs with these two values."""


class RankingTable(TypedDict):
    """What the votes say."""

    standings: list[Standing]
    """Best first."""
    values: list[ValueWins]
    left: int
    """Votes for the left side: far from `right`, the side had a say."""
    right: int


class TileMessage(Request):
    """Stop a run. Answered by `OkMessage`."""

    type: Literal["stop"]
    run: str


class CloseMessage(Request):
    """Close the comparison. Answered by `OkMessage`, or by nothing: the comm may be gone."""

    type: Literal["close"]


class JudgeMessage(Request):
    """Keep a verdict with a run. Answered by `OkMessage`."""

    type: Literal["judge"]
    run: str
    changes: VerdictChanges


class VoteMessage(Request):
    """Which of the two is better. Answered by `OkMessage`."""

    type: Literal["vote"]
    comparison: int
    """The one that was voted on: a vote that comes late or twice is refused."""
    outcome: Outcome


class NextMessage(Request):
    """Show the next two. Answered by `OkMessage`."""

    type: Literal["next"]


class ModelChoice(TypedDict):
    """A model to choose."""

    slug: str
    """``owner/project``."""
    title: str
    recent: bool
    """Whether this library has runs of it."""
    note: str
    """What to know before choosing it: "needs an image · $0.19"; "" for nothing."""


class StudioProblem(TypedDict):
    """Why nothing can be run, and what to do."""

    title: str
    detail: str
    remedy: str


class StripTile(TypedDict):
    """One run in the strip."""

    key: str
    name: str
    """"Run 12"."""
    price: str
    """"$0.19", "$0.19 if live", "not charged"; "" while there is nothing to say."""
    prompt: str
    parameters: list[list[str]]
    """Names and values, to say what differs from the run before."""
    first_frame: str | None
    """Which picture it was made of, by a name of ours; None for none."""
    status: RunStatus
    over: bool
    """Whether nothing more will come."""
    picture: str | None
    """Where in `StripBoard.pictures` its picture is; None for none.

    A frame of its clip where there is one, else the picture it was made of.
    """
    has_film: bool
    """Whether its clip can be fetched as `FILM_STRIP_FRAMES` small frames, side by side."""
    problem: str | None
    """Why there is no clip, in a few words."""
    task_id: str | None
    starred: bool
    rating: int
    """1 to 5; 0 while there is none."""


class StripBoard(TypedDict):
    """All of the strip."""

    revision: int
    tiles: list[StripTile]
    """Newest first."""
    pictures: dict[str, str]
    """Small pictures as ``data:`` URLs; runs that are made of one picture share it."""


class StripMessage(Change):
    """One tile of the strip is new or has changed."""

    type: Literal["strip"]
    tile: StripTile
    order: list[str]
    """The keys of all tiles, newest first."""
    pictures: dict[str, str]
    """Those that are new."""


class SweepAxis(TypedDict):
    """A setting whose values can be selected."""

    name: str
    label: str
    options: list[list[str]]
    """``[[value, label], ...]``."""


class SweepRow(TypedDict):
    """One combination of a sweep."""

    cells: list[str]
    problem: str
    """Why the model does not allow it, for people to read; "" when it does."""


class SweepPlan(TypedDict):
    """What a sweep would send; once it has been started, what has become of it."""

    key: str
    """By which it is started; "" when it cannot be, or has been."""
    count: int
    """How many clips it has."""
    new: int
    """How many of them have to be sent, and paid for."""
    impossible: int
    """How many combinations the model does not allow; they are left out."""
    columns: list[str]
    rows: list[SweepRow]
    """At most a screenful."""
    total: str
    """What all of it will cost, as text: "about $0.85"; once it runs, how it is going."""
    problem: str | None
    """Why it cannot be started, for people to read."""


class SearchMessage(Request):
    """Which models match? Answered by `ModelsMessage`."""

    type: Literal["search"]
    text: str


class RetryMessage(Request):
    """Connect again. Answered by `OkMessage`."""

    type: Literal["retry"]


class DraftMessage(Request):
    """Exchange the settings on the screen for others. Answered by `OkMessage`."""

    type: Literal["start_fresh", "put_back"]


class CompareMessage(Request):
    """Set the ticked runs side by side. Answered by `OkMessage`."""

    type: Literal["compare"]


class PlanMessage(Request):
    """What would this cost? Sends nothing; answered by `PlannedMessage`."""

    type: Literal["plan"]
    prompts: list[str]
    values: dict[str, list[str]]
    """The selected values by parameter id."""
    repeats: int


class StartMessage(Request):
    """Run a plan that was shown. Answered by `OkMessage`."""

    type: Literal["start"]
    plan: str
    """Which one: what was shown is what is run."""


class ModelsMessage(Reply):
    """The models that match, best first."""

    type: Literal["models"]
    models: list[ModelChoice]


class PlannedMessage(Reply):
    """The plan and its price."""

    type: Literal["planned"]
    plan: SweepPlan
