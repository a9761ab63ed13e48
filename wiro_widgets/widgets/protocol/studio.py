"""What the Studio's own parts and the kernel say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

from wiro_widgets.widgets.protocol.run import ErrorMessage, OkMessage

if TYPE_CHECKING:
    from wiro_widgets.runs.snapshot import RunState


class ModelChoice(TypedDict):
    """A model to choose."""

    slug: str
    """``owner/project``."""
    title: str
    recent: bool
    """Whether this library has runs of it."""


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
    caption: str
    """"768P · $0.19"."""
    prompt: str
    state: RunState
    poster: str | None
    """A small picture as a ``data:`` URL; None while there is none."""
    problem: str | None
    """Why there is no clip, in a few words."""


class SweepAxis(TypedDict):
    """A parameter whose values can be ticked."""

    name: str
    label: str
    options: list[list[str]]
    """``[[value, label], ...]``."""


class SweepPlan(TypedDict):
    """What a sweep would send."""

    key: str
    count: int
    columns: list[str]
    rows: list[list[str]]
    """One row per run, at most a screenful."""
    total: str
    """What all of it will cost, in words: "about $0.85"."""
    problem: str | None
    """Why it cannot be started, in words."""


class SearchMessage(TypedDict):
    """Browser to kernel: which models match? Answered by `ModelsMessage`."""

    id: str
    type: Literal["search"]
    text: str


class RetryMessage(TypedDict):
    """Browser to kernel: connect again. Answered by `OkMessage`."""

    id: str
    type: Literal["retry"]


class CompareMessage(TypedDict):
    """Browser to kernel: set the ticked runs side by side. Answered by `OkMessage`."""

    id: str
    type: Literal["compare"]


class PlanMessage(TypedDict):
    """Browser to kernel: what would this cost? Sends nothing; answered by `PlannedMessage`."""

    id: str
    type: Literal["plan"]
    prompts: list[str]
    values: dict[str, list[str]]
    """The ticked values by parameter id."""
    repeats: int


class StartMessage(TypedDict):
    """Browser to kernel: run a plan that was shown. Answered by `OkMessage`."""

    id: str
    type: Literal["start"]
    plan: str
    """Which one: what was shown is what is run."""


class ModelsMessage(TypedDict):
    """Kernel to browser: the models that match, best first."""

    id: str
    type: Literal["models"]
    models: list[ModelChoice]


class PlannedMessage(TypedDict):
    """Kernel to browser: the plan and its price."""

    id: str
    type: Literal["planned"]
    plan: SweepPlan


StudioToKernel = SearchMessage | RetryMessage | CompareMessage | PlanMessage | StartMessage
StudioFromKernel = ModelsMessage | PlannedMessage | OkMessage | ErrorMessage
