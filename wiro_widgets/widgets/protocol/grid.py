"""What the comparison grid and the kernel say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from wiro_widgets.widgets.protocol.run import (
    AckMessage,
    CancelMediaMessage,
    ChunkMessage,
    ErrorMessage,
    MediaMessage,
    OkMessage,
)

if TYPE_CHECKING:
    from wiro_widgets.runs.snapshot import Clip, RunProblem, RunState, StageMark


class Verdict(TypedDict):
    """What a person thinks of a run; kept with it."""

    starred: bool
    rating: int
    """1 to 5; 0 while there is none."""
    tags: list[str]
    note: str


class Progress(TypedDict):
    """The part of a tile that changes while its run is under way; the rest stays as it was."""

    state: RunState
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
    """"Run 12"; "" while blind, as are all fields that would tell which run this is."""
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
    """As it was when the tile was sent; `_live` has newer ones of runs under way."""
    cost: str | None
    """USD as decimal text."""
    problem: RunProblem | None
    clip: Clip | None
    poster: str | None
    """Where in `_posters` its first frame is."""
    service: Literal["sandbox", "live"]
    verdict: Verdict


class Trial(TypedDict):
    """A blind comparison of two runs, left and right."""

    number: int
    """Counts up from 1."""
    outcome: Literal["", "left", "right", "tie", "both bad"]
    """"" until the vote; then the tiles tell their names."""
    votes: int
    """Votes in this grid so far."""


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
    """How often a value of a parameter has won against another value of it."""

    parameter: str
    value: str
    wins: int
    votes: int
    """Votes without ties between runs that differ in this parameter."""


class RankingTable(TypedDict):
    """What the votes say."""

    standings: list[Standing]
    """Best first."""
    values: list[ValueWins]
    left: int
    """Votes for the left side: far from `right`, the side had a say."""
    right: int


class TileMessage(TypedDict):
    """Browser to kernel: do this with a run. Answered by `OkMessage`."""

    id: str
    type: Literal["stop", "rerun", "edit"]
    run: str


class JudgeMessage(TypedDict):
    """Browser to kernel: keep a verdict with a run. Answered by `OkMessage`."""

    id: str
    type: Literal["judge"]
    run: str
    changes: dict[str, Any]
    """Some of the fields of `Verdict`."""


class VoteMessage(TypedDict):
    """Browser to kernel: which of the two is better. Answered by `OkMessage`."""

    id: str
    type: Literal["vote"]
    trial: int
    """The one that was voted on: a vote that comes late or twice is refused."""
    outcome: Literal["left", "right", "tie", "both bad"]


class NextMessage(TypedDict):
    """Browser to kernel: show the next two. Answered by `OkMessage`."""

    id: str
    type: Literal["next"]


GridToKernel = (
    TileMessage
    | JudgeMessage
    | VoteMessage
    | NextMessage
    | MediaMessage
    | AckMessage
    | CancelMediaMessage
)
GridFromKernel = ChunkMessage | OkMessage | ErrorMessage
