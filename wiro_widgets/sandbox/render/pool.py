"""The rendering processes, seen from the server: jobs wait their turn, replies never do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .job import Job

WORKERS = min(2, os.cpu_count() or 1)
_MODULE = f"{__package__}.worker"


class RenderError(Exception):
    """A job could not be rendered; the text says why."""


class Pool:
    """Up to ``WORKERS`` processes, started when first needed."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._slots = asyncio.Semaphore(WORKERS)

    async def render(self, job: Job, target: Path) -> None:
        """Render a job to a path.

        Cancelling ends the work at once.

        Raises:
            RenderError: When the job cannot be done, or its process died twice.
        """
        async with self._slots:
            answer = await self._ask(job, target)
            if answer is None:
                # Killed from outside, by lack of memory for instance. Once more, then give up.
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
