"""Making result files, each distinct one once: equal jobs have equal bytes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from .media import MediaShelf, twin

if TYPE_CHECKING:
    from pathlib import Path

    from .render.job import Job
    from .render.pool import Pool

REMEMBERED = 32
"""Finished files kept for equal jobs to come."""


class Results:
    """Files by job; the same job asked for twice is rendered once."""

    def __init__(self, shelf: MediaShelf, pool: Pool) -> None:
        self._shelf = shelf
        self._pool = pool
        self._done: OrderedDict[str, Path] = OrderedDict()
        self._underway: dict[str, asyncio.Task[Path]] = {}
        self._waiting: dict[str, int] = {}

    async def make(self, job: Job) -> Path:
        """A file of the caller's own with the result of a job.

        Raises:
            RenderError: When the job cannot be rendered.
        """
        digest = await asyncio.to_thread(job.digest)
        source = self._done.get(digest)
        if source is None:
            source = await self._rendered(digest, job)
        target = self._shelf.scratch().with_suffix(f".{job.extension}")
        await twin(source, target)
        return target

    async def _rendered(self, digest: str, job: Job) -> Path:
        """Render, or wait for the same rendering that is under way.

        The rendering is stopped when the last one who waits for it gives up.
        """
        if digest not in self._underway:
            self._underway[digest] = asyncio.create_task(self._render(digest, job))
        underway = self._underway[digest]
        self._waiting[digest] = self._waiting.get(digest, 0) + 1
        try:
            return await asyncio.shield(underway)
        finally:
            self._waiting[digest] -= 1
            if not self._waiting[digest]:
                del self._waiting[digest]
                self._underway.pop(digest, None)
                underway.cancel()

    async def _render(self, digest: str, job: Job) -> Path:
        target = self._shelf.scratch()
        await self._pool.render(job, target)
        self._done[digest] = target
        while len(self._done) > REMEMBERED:
            _, oldest = self._done.popitem(last=False)
            oldest.unlink(missing_ok=True)
        return target
