"""The runs of a library as a Studio shows them: live ones followed, old ones from the journal."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from wiro_widgets.widgets.protocol.studio import StripTile

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.runs.connection import Connection
    from wiro_widgets.runs.run import Run

MOST_TILES = 40
"""Runs in the strip; older ones are in `wiro_widgets.history`."""
_PICTURE = (264, 152)
_SHOWN_PARAMETERS = ("resolution", "duration")


class StudioRuns:
    """Keeps the newest runs of one library and says when something about them has changed.

    Args:
        connection: Whose library it is.
        changed: Called on whatever thread a run reports on.
    """

    def __init__(self, connection: Connection, changed: Callable[[], None]) -> None:
        self._connection = connection
        self._changed = changed
        self._pictures: dict[str, str | None] = {}
        self._runs: dict[str, Run] = {}
        records = [
            record
            for record in connection.library.records()
            if record.service == connection.service
        ]
        for record in records[-MOST_TILES:]:
            self._follow(connection.runner.show(record))

    def add(self, run: Run) -> None:
        """Show one more, or one again."""
        if run.key not in self._runs:
            self._follow(run)
        self._changed()

    def close(self) -> None:
        """Stop listening."""
        for run in self._runs.values():
            run.unobserve(self._tell, "snapshot")
        self._runs.clear()

    @property
    def newest_first(self) -> list[Run]:
        """All of them."""
        return sorted(self._runs.values(), key=lambda run: -run.number)

    def find(self, key: str) -> Run | None:
        """The run of that key, None when it is not here."""
        return self._runs.get(key)

    def tiles(self) -> list[StripTile]:
        """What the strip shows, newest first."""
        return [self._tile(run) for run in self.newest_first[:MOST_TILES]]

    def _follow(self, run: Run) -> None:
        self._runs[run.key] = run
        run.observe(self._tell, "snapshot")

    def _tell(self, _: object) -> None:
        self._changed()

    def _tile(self, run: Run) -> StripTile:
        snapshot: dict[str, Any] = run.snapshot
        parameters = dict(snapshot["parameters"])
        facts = [parameters[name] for name in _SHOWN_PARAMETERS[:1] if name in parameters]
        if snapshot["cost"] is not None:
            facts.append(f"${snapshot['cost']}")
        problem = snapshot["problem"]
        return StripTile(
            key=run.key,
            name=run.name,
            caption=" · ".join(facts),
            prompt=snapshot["prompt"],
            state=snapshot["state"],
            poster=self._picture(run.key, snapshot["poster"]),
            problem=problem["title"] if problem else None,
        )

    def _picture(self, key: str, poster: str | None) -> str | None:
        """The poster at the strip's own size, made once: it would weigh ten times as much."""
        if poster is None:
            return None
        if key not in self._pictures:
            self._pictures[key] = _shrunk(poster)
        return self._pictures[key]


def _shrunk(poster: str) -> str | None:
    from PIL import Image  # noqa: PLC0415 - keeps the import light

    _, _, data = poster.partition(",")
    try:
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            small = picture.convert("RGB")
    except (OSError, ValueError):
        return None
    small.thumbnail(_PICTURE)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=68)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
