"""Clips and inputs in a bucket, or in a folder that several computers share, once by digest.

An object never changes: its name is the SHA-256 of its bytes. So it does not matter who puts it,
how often, or whether two computers do so at once, and what is fetched can be checked.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import ipaddress
import logging
import os
import re
import threading
import time
import uuid
from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wiro_widgets.client.client import MAX_DOWNLOAD_BYTES
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.folder import as_library_error, create_private, private_folder
from wiro_widgets.library.store_faults import is_without_bucket, words_of
from wiro_widgets.media.types import content_type_of, safe_suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from wiro_widgets.library.folder import Subfolder

_logger = logging.getLogger("wiro_widgets.library")

SIGNED_SECONDS = 3600
"""How long a signed address may be used; a new one is given out after half of that."""

_SCHEMES = ("s3", "gs", "az", "file")
_ALLOWED = (
    's3://bucket/path, gs://bucket/path, az://account/container/path or "file:///shared/folder"'
)
_PIECE = 5 * 1024 * 1024
"""Bytes of one request, the least that S3 takes; each has to be through within the seconds."""
_CONNECT_SECONDS = 5
_MOST_TRIES = 4
_SIGN_AGAIN_SECONDS = 60.0
_MOST_SIGNED = 5_000
_DIGEST = r"[0-9a-f]{64}"
_README = "README.txt"
_WHAT_IT_IS = (
    b"Written by wiro_widgets: clips/ and inputs/ have the files of a team's library, each under\n"
    b"the SHA-256 of its bytes. Nothing here is ever changed.\n"
)


class MediaStore:
    """An object store for the files of a library. Safe to use from several threads.

    Nothing is loaded or asked of it before it is used. Its credentials come from the environment,
    as `obstore` reads them (``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``,
    ``AWS_ENDPOINT_URL``, and those of Google and Azure), and are in no message of this class.

    Args:
        where: ``s3://bucket/path``, ``gs://bucket/path``, ``az://account/container/path`` or
            ``file:///shared/folder``, which must exist.
        seconds: How long one request may take; a file of many megabytes is several requests.

    Raises:
        LibraryError: It is no such address.
    """

    def __init__(self, where: str, seconds: float = 45.0) -> None:
        self._where = _checked(where)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._opened: Any = None
        self._signed: dict[str, tuple[float, str]] = {}
        self._sign_again = 0.0
        # Names of inputs: an image that many runs begin with is not asked for each time.
        self._put: set[str] = set()

    def __repr__(self) -> str:
        return f"MediaStore({self._where!r})"

    def __str__(self) -> str:
        return self._where

    def __reduce__(self) -> tuple[Any, ...]:
        # Copied with a request, its lock stays behind.
        return MediaStore, (self._where, self._seconds)

    def check(self) -> None:
        """Write and read a small file that says what the place is.

        Raises:
            LibraryError: It can't be used; the message says why and what to do.
        """
        obstore = _obstore()
        with self._in_words():
            with contextlib.suppress(obstore.exceptions.AlreadyExistsError):
                obstore.put(self._store(), _README, _WHAT_IT_IS, mode="create")
            obstore.get(self._store(), _README).bytes()

    def put(self, path: Path, digest: str, folder: Subfolder) -> None:
        """Put a file under its digest, unless it is there already.

        Args:
            path: The file. It is whole, and its bytes have been compared with `digest`.
            digest: SHA-256 of its bytes in hexadecimal.
            folder: "clips" or "inputs".

        Raises:
            LibraryError: It could not be put; the file stays as it is, and the same call may be
                made again.
        """
        obstore = _obstore()
        name = _object_name(folder, digest, path.name)
        if name in self._put:
            return
        with as_library_error(path):
            size = path.stat().st_size
        with self._in_words():
            there = self._size_of(name)
            if there == size:
                self._remember(name)
                return
            if there is None and size <= _PIECE:
                options: dict[str, Any] = {"mode": "create"}
            else:
                # Either in several requests, which cannot be conditional, or in place of an
                # object that was cut short. Whoever else does so has the same bytes.
                options = {"mode": "overwrite", "chunk_size": _PIECE, "max_concurrency": 1}
            if not self._where.startswith("file:"):
                options["attributes"] = {"Content-Type": content_type_of(name)}
            # Another computer may have been quicker.
            with contextlib.suppress(obstore.exceptions.AlreadyExistsError):
                obstore.put(self._store(), name, path, **options)
            arrived = self._size_of(name)
        if arrived not in {None, size}:
            raise self._error(
                f"has {arrived} of the {size} bytes of {path.name}",
                "The file is still on this computer; try again.",
            )
        self._remember(name)

    def fetch(
        self,
        digest: str,
        folder: Subfolder,
        target: Path,
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Fetch a file to `target`, which appears only when it is whole and has that digest.

        Args:
            digest: SHA-256 of its bytes in hexadecimal.
            folder: "clips" or "inputs".
            target: Where it goes; its suffix is that which the file was put with.
            cancelled: Asked between two pieces; True gives it up.

        Returns:
            False when the store does not have it.

        Raises:
            LibraryError: It could not be fetched, or not be written here.
        """
        name = _object_name(folder, digest, target.name)
        private_folder(target.parent)
        partial = target.with_name(f".{uuid.uuid4().hex}.part")
        seen = hashlib.sha256()
        try:
            with as_library_error(target), create_private(partial) as file, self._in_words():
                try:
                    for piece in self._pieces(name):
                        seen.update(piece)
                        file.write(piece)
                        if cancelled():
                            return False
                except FileNotFoundError as error:
                    if is_without_bucket(error):
                        raise
                    return False
            if seen.hexdigest() != digest:
                raise self._error(
                    f"has a damaged {name}", "Delete it there; it is put again by who has it."
                )
            with as_library_error(target):
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def address(self, digest: str, folder: Subfolder, file_name: str) -> str | None:
        """A signed address from which a browser may read a file for about an hour.

        It stays the same for half that time, so that what shows it is not drawn again.

        Args:
            digest: SHA-256 of the file's bytes in hexadecimal.
            folder: "clips" or "inputs".
            file_name: Any name with the file's suffix.

        Returns:
            None where none can be signed, as for a shared folder.
        """
        if self._where.startswith("file:"):
            return None
        name, now = _object_name(folder, digest, file_name), time.time()
        with self._lock:
            made, address = self._signed.get(name, (0.0, ""))
            # A clock may go back.
            if address and 0 <= now - made < SIGNED_SECONDS / 2:
                return address
            if 0 < self._sign_again - now <= _SIGN_AGAIN_SECONDS:
                return None
        try:
            with self._in_words():
                lasts = timedelta(seconds=SIGNED_SECONDS)
                address = str(_obstore().sign(self._store(), "GET", name, lasts))
        except LibraryError as error:
            _logger.info("No address could be signed: %s", error.message)
            with self._lock:
                self._sign_again = now + _SIGN_AGAIN_SECONDS
            return None
        with self._lock:
            if len(self._signed) >= _MOST_SIGNED:
                self._signed.clear()
            self._signed[name] = now, address
        return address

    def _remember(self, name: str) -> None:
        if name.startswith("inputs/"):
            self._put.add(name)

    def _pieces(self, name: str) -> Iterator[bytes]:
        obstore, store = _obstore(), self._store()
        size = int(obstore.head(store, name)["size"])
        if size > MAX_DOWNLOAD_BYTES:
            raise self._error(
                f"has {size} bytes under {name}",
                "No clip is that large. Check what is stored under that name.",
            )
        for start in range(0, size, _PIECE):
            end = min(start + _PIECE, size)
            yield bytes(obstore.get_range(store, name, start=start, end=end))

    def _size_of(self, name: str) -> int | None:
        """The size of an object; None where there is none, or where that may not be asked."""
        obstore = _obstore()
        try:
            return int(obstore.head(self._store(), name)["size"])
        except (FileNotFoundError, obstore.exceptions.PermissionDeniedError):
            return None
        except obstore.exceptions.GenericError as error:
            if "status code: 400" not in str(error):
                raise
            return None  # an answer without a body: that to the next request says why

    def _store(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Any:
        from_url = _obstore().store.from_url
        if self._where.startswith("file:"):
            return from_url(self._where)
        options: dict[str, Any] = {
            "timeout": timedelta(seconds=self._seconds),
            "connect_timeout": timedelta(seconds=min(_CONNECT_SECONDS, self._seconds)),
        }
        if _is_of_this_computer(os.environ.get("AWS_ENDPOINT_URL", "")):
            options["allow_http"] = True
        return from_url(
            self._where,
            client_options=options,
            retry_config={
                "max_retries": _MOST_TRIES,
                "retry_timeout": timedelta(seconds=self._seconds),
                "backoff": {"max_backoff": timedelta(seconds=min(5.0, self._seconds))},
            },
        )

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn a fault of the store into a `LibraryError`.

        What `obstore` says of it is left out: it has addresses, and may have what they are signed
        with.
        """
        fault: str | None = None
        try:
            yield
        except (LibraryError, OSError) as error:
            if not isinstance(error, FileNotFoundError) or error.errno is not None:
                raise  # of this computer's disk
            fault = str(error)
        except Exception as error:
            if not isinstance(error, (_obstore().exceptions.BaseError, ValueError, RuntimeError)):
                raise
            fault = str(error)
        if fault is not None:
            problem, remedy = words_of(fault)
            found = self._error(problem, remedy)
            try:
                raise found from None
            finally:
                # Within a generator that was thrown into, the fault is still its context.
                found.__context__ = None

    def _error(self, problem: str, remedy: str) -> LibraryError:
        kind = "folder" if self._where.startswith("file:") else "bucket"
        return LibraryError(f"The {kind} {self._where} {problem}.", field="media", remedy=remedy)


def _checked(where: str) -> str:
    """An address of a store, without a slash at its end.

    Raises:
        LibraryError: It is none, or has credentials in it.
    """
    try:
        parts = urlsplit(where)
    except ValueError:
        parts = urlsplit("")
    inside = parts.query or parts.fragment or "@" in parts.netloc
    place = parts.path.strip("/") if parts.scheme == "file" else parts.netloc
    if parts.scheme in _SCHEMES and place and not inside:
        return where.rstrip("/")
    # What is in it may be a password.
    named = "That address" if inside else repr(where)
    why = (
        "contains more than a location"
        if inside
        else "is no address of a bucket or a shared folder"
    )
    raise LibraryError(
        f"{named} {why}. Allowed: {_ALLOWED}.",
        field="media",
        remedy="Credentials belong in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.",
    )


def _object_name(folder: str, digest: str, file_name: str) -> str:
    if not re.fullmatch(_DIGEST, digest):
        raise LibraryError(f"{digest!r} is no SHA-256 in hexadecimal.", field="media")
    return str(PurePosixPath(folder, digest + safe_suffix(file_name)))


def _is_of_this_computer(url: str) -> bool:
    """Whether requests to an address stay on this computer, so that they need no encryption."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@functools.cache
def _loaded() -> tuple[int, ModuleType]:
    try:
        import obstore  # noqa: PLC0415 - loaded on first use, by whom has an object store
        import obstore.exceptions  # noqa: PLC0415
        import obstore.store  # noqa: PLC0415
    except ImportError as error:
        raise LibraryError(
            f"A bucket needs a package that is missing here: {error.name}.",
            field="media",
            remedy='Install it: pip install "wiro-widgets[team]".',
        ) from None
    return os.getpid(), obstore


def _obstore() -> Any:
    """The package `obstore`.

    Raises:
        LibraryError: It is missing, or was used before this process was forked from another one,
            whose threads it needs.
    """
    process, package = _loaded()
    if process != os.getpid():
        raise LibraryError(
            "The bucket was opened by the process that this one was forked from.",
            field="media",
            remedy='Start processes with multiprocessing.get_context("spawn").',
        )
    return package
