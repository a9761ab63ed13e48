"""Fetching what tasks made: once from the service, elsewhere from the library's store."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wiro_widgets.client import DownloadError, WiroError
from wiro_widgets.errors import LibraryError, SessionClosed
from wiro_widgets.library.folder import (
    as_library_error,
    file_digest,
    is_stored_file,
    make_private,
    private_folder,
)
from wiro_widgets.library.inputs import poster_of
from wiro_widgets.library.library import clip_name, unused_clip_name
from wiro_widgets.library.rows import are_known
from wiro_widgets.media.types import safe_suffix
from wiro_widgets.runs.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wiro_widgets.client import Output, WiroClient
    from wiro_widgets.library.journal import Journal
    from wiro_widgets.library.records import Record, RunStatus
    from wiro_widgets.library.request import StoredInput
    from wiro_widgets.runs.live_runs import LiveRuns
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.state import RunState

    _Then = Callable[[BaseException | None], None]

_logger = logging.getLogger("wiro_widgets.runs")
_DOWNLOADERS = 2
_ASK_AGAIN_SECONDS = 60.0
"""After which an input that could not be fetched is asked for again."""
_DIGEST_LENGTH = 12
"""How much of a clip's digest its name has in a library of several computers."""


class Downloader:
    """Fetches the files of finished runs.

    Each is downloaded once for all computers of a library: where it has a store, a file is put
    there under its digest before the end of its run is written down, and others fetch it from
    there. What was downloaded is kept byte for byte.

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
        self._inputs = WorkerPool("wiro-inputs", _DOWNLOADERS)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._fetching: set[int] = set()
        # Of each run that is brought here, what is done after that.
        self._bringing: dict[int, list[_Then]] = {}
        # Digests of clips that browsers have from the store.
        self._by_address: set[str] = set()
        # Unix time from which an input may be asked for again, by its digest.
        self._not_before: dict[str, float] = {}

    def fetch(self, run: Run) -> None:
        """Fetch what is missing of a run's files; it succeeds when all of them are here."""
        self._pool.submit(self._fetch, run)

    def bring(self, run: Run, then: _Then) -> bool:
        """Fetch the files of a run that another computer put into the store; writes nothing down.

        Args:
            run: Which.
            then: Called with why that failed, None when all of them are here.

        Returns:
            False when no other computer put them there.
        """
        state = self._runs.state(run)
        elsewhere = state.status in {"succeeded", "downloading"} and self._journal.media is not None
        if not elsewhere or not are_known(state.outputs, state.digests):
            return False
        with self._lock:
            waiting = self._bringing.setdefault(run.number, [])
            waiting.append(then)
        if len(waiting) == 1:
            try:
                self._pool.submit(self._bring, run)
            except SessionClosed:
                self._bringing.pop(run.number, None)
                raise
        return True

    def bring_ended(self, run: Run) -> None:
        """The same, and end the run's "downloading" state afterwards."""

        def end(failure: BaseException | None) -> None:
            status: RunStatus = "succeeded" if failure is None else "downloading"
            self._runs.move(run, lambda state: state.end(status, failure))

        self.bring(run, end)

    def addresses(self, state: RunState) -> list[str | None]:
        """For each output where a browser has it from, None for where the service says.

        A browser keeps the store's address after the file is here: another would restart the clip.
        """
        store = self._journal.media
        if store is None or state.status != "succeeded":
            return []
        found: list[str | None] = []
        for output, path, digest in zip_longest(state.outputs, state.files, state.digests):
            address = None
            if digest and (path is None or digest in self._by_address):
                address = store.address(digest, "clips", _file_name(output))
                self._by_address.add(digest)
            found.append(address)
        return found

    def poster(self, record: Record) -> str | None:
        """The first frame of a run as a small ``data:`` URL, once its file is here."""
        poster = poster_of(record.request.inputs, self._journal.posters)
        if poster is None and self._journal.media is not None:
            self._bring_inputs(record)
        return poster

    def close(self) -> None:
        """Cut what is under way; it is fetched when the run is asked for again."""
        self._closing.set()
        self._pool.close()
        self._inputs.close()
        with self._lock:
            waiting = [then for each in self._bringing.values() for then in each]
            self._bringing.clear()
        for then in waiting:
            then(SessionClosed("The session that was to fetch this clip was closed."))

    def _fetch(self, run: Run) -> None:
        with self._lock:
            if run.number in self._fetching:
                return
            self._fetching.add(run.number)
        try:
            failure = self._fetch_all(run, written=True)
        finally:
            with self._lock:
                self._fetching.discard(run.number)
        if not self._closing.is_set():
            self._done(run, failure)

    def _bring(self, run: Run) -> None:
        failure: BaseException | None = None
        try:
            failure = self._fetch_all(run, written=False)
        finally:
            with self._lock:
                waiting = self._bringing.pop(run.number, [])
            for then in waiting:
                then(failure)

    def _bring_inputs(self, record: Record) -> None:
        """Fetch the inputs of a run that another computer stored, soon, and show the run again."""
        now = time.time()
        for one in record.request.inputs:
            here = isinstance(one.source, str) or is_stored_file(one.source)
            if here or self._not_before.get(one.identity, 0.0) > now:
                continue
            self._not_before[one.identity] = now + _ASK_AGAIN_SECONDS
            with contextlib.suppress(SessionClosed):
                self._inputs.submit(self._bring_input, one, record.number)

    def _bring_input(self, one: StoredInput, number: int) -> None:
        try:
            one.bring()
        except LibraryError as error:
            _logger.info("An input of run %d could not be fetched: %s", number, error.message)
            return
        if (run := self._runs.find(number)) is not None:
            self._runs.changed(run)

    def _fetch_all(self, run: Run, *, written: bool) -> BaseException | None:
        """Fetch what is missing of a run's files; why that failed, None when all are here.

        Args:
            run: Which.
            written: Whether its end is written down afterwards, for which the files have to be
                where other computers find them.
        """
        state = self._runs.state(run)
        missing = [None] * len(state.outputs)
        digests = [*state.digests, *missing][: len(missing)]
        shared = self._journal.media is not None
        files = [
            path if is_stored_file(path, digest if shared else None) else None
            for path, digest in zip([*state.files, *missing], digests, strict=False)
        ]

        def show() -> None:
            now = {"files": tuple(files), "digests": tuple(digests)}
            self._runs.move(run, lambda state: state.changed(**now))

        show()
        try:
            for index, output in enumerate(state.outputs):
                path, digest, to_share = files[index], digests[index], written
                if path is None and output.url:
                    path, digest, to_share = self._fetch_one(
                        run, index, output, digest, written=written
                    )
                    files[index], digests[index] = path, digest
                    show()
                if path is not None and digest and to_share:
                    self._share(path, digest)
        except WiroError as error:
            error.spent = "yes"  # the clip is paid for, whatever becomes of fetching it
            if error.remedy == DownloadError.remedy:
                error.remedy = (
                    'Press "Download again" or call run.look_again(): both are free, and the'
                    " service keeps the clip for a while."
                )
            return error
        except Exception as error:
            _logger.exception("Fetching the clip of run %d failed", run.number)
            return error
        return None

    def _fetch_one(
        self, run: Run, index: int, output: Output, known: str | None, *, written: bool
    ) -> tuple[Path, str, bool]:
        """A file of a run, the digest of its bytes, and whether it is to be put into the store."""
        private_folder(self._journal.clips)
        store, record = self._journal.media, self._runs.record(run)
        suffix = PurePosixPath(_file_name(output)).suffix
        if store is not None and known:
            path = self._journal.clips / _shared_name(record, index, known, suffix)
            try:
                if store.fetch(known, "clips", path, cancelled=self._closing.is_set):
                    return path, known, False
            except LibraryError as error:
                _logger.info("run %d: %s; trying the service", run.number, error.message)
        path = self._from_service(run, index, output, suffix)
        with as_library_error(path):
            digest = file_digest(path)
            if store is None:
                self._link(path, digest)
                return path, digest, True
            if known not in {None, digest} and not written:
                path.unlink()
                raise DownloadError(
                    f"The service has other bytes for {run.name} now than it gave at first.",
                    remedy="Its clip is on the computer that made it.",
                )
            name = _shared_name(record, index, digest, suffix)
            return path.replace(path.with_name(name)), digest, True

    def _from_service(self, run: Run, index: int, output: Output, suffix: str) -> Path:
        name = unused_clip_name(self._journal.clips, self._runs.record(run), index, suffix)
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

    def _share(self, path: Path, digest: str) -> None:
        """Put a file where other computers find it, if the library has such a place."""
        if self._journal.media is None:
            return
        try:
            self._journal.media.put(path, digest, "clips")
        except LibraryError as error:
            error.args = (f"The clip is kept on this computer. {error.message}",)
            error.remedy = (
                f'{error.remedy} Then press "Download again" or call run.look_again(): both are'
                " free."
            )
            raise

    def _link(self, path: Path, digest: str) -> None:
        """Make a clip a second name of the first one with equal bytes, where disks have such."""
        partial = path.with_name(f".{uuid.uuid4().hex}.part")
        with contextlib.suppress(OSError, LibraryError):
            first = self._journal.file_of(digest)
            if first is not None and first != path:
                os.link(first, partial)
                partial.replace(path)
        # Renaming a file to another name of itself does nothing.
        partial.unlink(missing_ok=True)


def _shared_name(record: Record, index: int, digest: str, suffix: str) -> str:
    """What a clip is called in a library of several computers, so that names tell bytes apart."""
    return f"{clip_name(record, index, '')}-{digest[:_DIGEST_LENGTH]}{suffix}"


def _file_name(output: Output) -> str:
    """A name with the suffix that an output has here, whatever the service calls it."""
    return f"clip{safe_suffix(output.name, '.mp4')}"
