"""A library as a stranger hands it over: runs that ended, and a file that nobody meant to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.runs.fake_models import DEFAULTS
from wiro_widgets.errors import WiroError
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.library import Library
from wiro_widgets.library.request import RunRequest
from wiro_widgets.runs.problems import problem_from

if TYPE_CHECKING:
    from pathlib import Path


SECRET = b"-----BEGIN OPENSSH PRIVATE KEY-----"
REQUEST = RunRequest("minimax/hailuo-2-3", {**DEFAULTS, "prompt": "The gull lifts off"})
FAILED = problem_from(WiroError("Not today."))


def filled(folder: Path, count: int = 3) -> Library:
    """A library of some runs that ended."""
    journal = Journal(folder / "wiro-runs")
    for number in range(count):
        request = RunRequest(REQUEST.model, {**REQUEST.parameters, "prompt": f"Take {number}"})
        record, _ = journal.reserve(request, "live", "nobody", fresh=False)
        journal.end(record.number, "failed", state={}, problem=FAILED)
    # It changes hands while nobody has it open.
    journal.database.close()
    return Library(journal)
