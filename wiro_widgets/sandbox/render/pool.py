"""The rendering processes, seen from the server, and a cache of their results."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.sandbox.files import FileStore

    from .job import Job

WORKERS = min(2, os.cpu_count() or 1)
_MODULE = f"{__package__}.worker"
CACHED_RESULTS = 32
"""Files that are kept for later jobs with the same digest."""


class RenderError(Exception):
    """A job could not be rendered; the text says why."""


class Pool:
    """Up to ``WORKERS`` processes, started on demand; further jobs wait."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._slots = asyncio.Semaphore(WORKERS)

    async def render(self, job: Job, target: Path) -> None:
        """Render a job to a path; cancelling stops the work at once.

        Raises:
            RenderError: The job cannot be done, or its process died twice.
        """
        async with self._slots:
            answer = await self._ask(job, target)
            if answer is None:
                # Killed from outside, for lack of memory for instance: try once more.
                answer = await self._ask(job, target)
        if answer is None:
            raise RenderError("The rendering process ended unexpectedly.")
        if "error" in answer:
            raise RenderError(str(answer["error"]))

    async def _ask(self, job: Job, target: Path) -> dict[str, object] | None:
        worker = self._idle.pop() if self._idle else await self._start()
        request = json.dumps({"job": asdict(job), "target": str(target)})
        line = b""
        try:
            if worker.stdin is not None and worker.stdout is not None:
                with contextlib.suppress(ConnectionError):
                    worker.stdin.write(request.encode() + b"\n")
                    await worker.stdin.drain()
                    line = await worker.stdout.readline()
        finally:
            if line:
                self._idle.append(worker)
            else:
                await self._end(worker)
        if not line:
            return None
        answer: dict[str, object] = json.loads(line)
        return answer

    async def _start(self) -> Process:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", _MODULE, stdin=PIPE, stdout=PIPE
        )
        self._all.add(worker)
        return worker

    async def _end(self, worker: Process) -> None:
        self._all.discard(worker)
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()

    async def close(self) -> None:
        """End every process."""
        self._idle.clear()
        await asyncio.gather(*(self._end(worker) for worker in list(self._all)))


class Results:
    """Files by job: jobs with equal digests are rendered once."""

    def __init__(self, files: FileStore, pool: Pool) -> None:
        self._files = files
        self._pool = pool
        self._done: OrderedDict[str, Path] = OrderedDict()
        self._rendering: dict[str, asyncio.Task[Path]] = {}
        self._waiting: dict[str, int] = {}

    async def make(self, job: Job) -> Path:
        """A new file with the result of a job; it belongs to the caller.

        Raises:
            RenderError: The job cannot be rendered.
        """
        digest = await asyncio.to_thread(job.digest)
        source = self._done.get(digest)
        if source is None:
            source = await self._join(digest, job)
        target = self._files.new_path().with_suffix(f".{job.extension}")
        await link_or_copy(source, target)
        return target

    async def _join(self, digest: str, job: Job) -> Path:
        """Render, or join the rendering of an equal job.

        The rendering is cancelled when the last caller that waits for it is cancelled.
        """
        if digest not in self._rendering:
            self._rendering[digest] = asyncio.create_task(self._render(digest, job))
        rendering = self._rendering[digest]
        self._waiting[digest] = self._waiting.get(digest, 0) + 1
        try:
            return await asyncio.shield(rendering)
        finally:
            self._waiting[digest] -= 1
            if not self._waiting[digest]:
                del self._waiting[digest]
                self._rendering.pop(digest, None)
                rendering.cancel()

    async def _render(self, digest: str, job: Job) -> Path:
        target = self._files.new_path()
        await self._pool.render(job, target)
        self._done[digest] = target
        while len(self._done) > CACHED_RESULTS:
            _, oldest = self._done.popitem(last=False)
            oldest.unlink(missing_ok=True)
        return target


async def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, by hard link where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        await asyncio.to_thread(shutil.copyfile, source, target)
