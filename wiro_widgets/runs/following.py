"""Following tasks at the service, and fetching what they made."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from wiro_widgets.client import DownloadError, WiroError
from wiro_widgets.client.transport import no_room
from wiro_widgets.library.folder import is_stored_file, make_private, private_folder
from wiro_widgets.library.library import unused_clip_name
from wiro_widgets.media.types import safe_suffix
from wiro_widgets.runs.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wiro_widgets.client import Output, Submission, TaskEvent, WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.run import Run

_logger = logging.getLogger("wiro_widgets.runs")
_DOWNLOADERS = 2


class Follower:
    """Hears of many tasks over one socket, on one thread that starts with the first of them.

    Args:
        client: Talks to the service.
        on_event: Called with each event of a run; must be quick.
        on_fault: Called when `on_event` failed, so that the fault ends that run alone.
    """

    def __init__(
        self,
        client: WiroClient,
        on_event: Callable[[Run, TaskEvent], None],
        on_fault: Callable[[Run, Exception], None],
    ) -> None:
        self._client = client
        self._on_event = on_event
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._watch = client.watch()
        self._runs: dict[str, Run] = {}
        self._started = False
        self._closed = False

    def follow(self, run: Run, submission: Submission) -> None:
        """Hear of a task from now on."""
        with self._lock:
            if self._closed:
                return
            self._runs[submission.task_id] = run
            starting, self._started = not self._started, True
        if starting:
            threading.Thread(target=self._serve, name="wiro-follow", daemon=True).start()
        self._watch.add(submission)

    def forget(self, task_id: str) -> None:
        """Hear of a task no more; it goes on."""
        with self._lock:
            known = self._runs.pop(task_id, None)
        if known is not None:
            self._watch.remove(task_id)

    def close(self) -> None:
        """Hear of nothing more; the tasks go on."""
        with self._lock:
            self._closed = True
            self._runs.clear()
        self._watch.close()

    def _serve(self) -> None:
        try:
            for event in self._watch:
                self._handle(event)
        except Exception as failure:
            error = failure
            if isinstance(failure, OSError):
                # Not of a connection, which is opened again, but of this computer.
                error = no_room(failure)
                _logger.warning("Following tasks failed: %s", error)
            else:
                _logger.exception("Following tasks failed")
            with self._lock:
                left, self._runs = list(self._runs.values()), {}
                self._watch, self._started = self._client.watch(), False
            for run in left:
                self._on_fault(run, error)

    def _handle(self, event: TaskEvent) -> None:
        last = event.terminal or event.error is not None
        with self._lock:
            run = self._runs.pop(event.task_id, None) if last else self._runs.get(event.task_id)
        if run is None:
            return
        try:
            self._on_event(run, event)
        except Exception as error:
            _logger.exception("An event of run %d could not be taken in", run.number)
            self._on_fault(run, error)


class Downloader:
    """Fetches the files of finished runs.

    Args:
        client: Talks to the service.
        journal: Where it is written down which files are here.
        runs: Where states are kept.
        done: Called with a run and why a file of it could not be fetched, None when all are here.
    """

    def __init__(
        self,
        client: WiroClient,
        journal: Journal,
        runs: LiveRuns,
        done: Callable[[Run, BaseException | None], None],
    ) -> None:
        self._done = done
        self._client = client
        self._journal = journal
        self._runs = runs
        self._pool = WorkerPool("wiro-download", _DOWNLOADERS)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._under_way: set[int] = set()

    def fetch(self, run: Run) -> None:
        """Fetch what is missing of a run's files; it succeeds when all of them are here."""
        self._pool.submit(self._fetch, run)

    def close(self) -> None:
        """Cut what is under way; it is fetched when the run is asked for again."""
        self._closing.set()
        self._pool.close()

    def _fetch(self, run: Run) -> None:
        with self._lock:
            if run.number in self._under_way:
                return
            self._under_way.add(run.number)
        try:
            self._fetch_all(run)
        finally:
            with self._lock:
                self._under_way.discard(run.number)

    def _fetch_all(self, run: Run) -> None:
        state = self._runs.state(run)
        outputs = state.outputs
        files = [path if is_stored_file(path) else None for path in state.files]
        files += [None] * (len(outputs) - len(files))
        self._runs.move(run, lambda state: state.changed(files=tuple(files)))
        failure: BaseException | None = None
        for index, output in enumerate(outputs):
            if files[index] is not None or not output.url:
                continue
            try:
                files[index] = self._fetch_one(run, index, output)
            except WiroError as error:
                error.spent = "yes"  # the clip is paid for, whatever becomes of fetching it
                if error.remedy == DownloadError.remedy:
                    error.remedy = (
                        'Press "Download again" or call run.look_again(): both are free, and the'
                        " service keeps the clip for a while."
                    )
                failure = error
                break
            except Exception as error:
                _logger.exception("Fetching the clip of run %d failed", run.number)
                failure = error
                break
            self._runs.move(run, lambda state: state.changed(files=tuple(files)))
        if not self._closing.is_set():
            self._done(run, failure)

    def _fetch_one(self, run: Run, index: int, output: Output) -> Path:
        private_folder(self._journal.clips)
        name = unused_clip_name(
            self._journal.clips, self._runs.record(run), index, safe_suffix(output.name, ".mp4")
        )
        try:
            return self._download(output, name)
        except DownloadError as error:
            # Addresses expire: the service may have a newer one of the same file.
            newer = None if self._closing.is_set() else self._newer_address(run, index)
            if newer is None or newer.url == output.url:
                raise
            _logger.info("run %d: %s; trying its newer address", run.number, error.message)
        return self._download(newer, name)

    def _download(self, output: Output, name: str) -> Path:
        path = self._client.download(
            output, self._journal.clips, name=name, cancelled=self._closing.is_set
        )
        make_private(path)
        return path

    def _newer_address(self, run: Run, index: int) -> Output | None:
        task_id = self._runs.state(run).task_id
        try:
            outputs = self._client.task(task_id).outputs if task_id else ()
        except WiroError:
            return None
        return outputs[index] if index < len(outputs) else None
