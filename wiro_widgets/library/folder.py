"""The folder of a library: who can read it, and which of its files may be handed out.

A folder may come from a stranger. What its journal calls a file is one that stands in the right
subfolder itself, or nothing: no path leads out of the folder, and no link is followed.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import stat
import uuid
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from wiro_widgets.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator

Subfolder = Literal["inputs", "clips"]

OTHER_FOLDER = 'Work in a folder that you can write to, or ww.connect(directory="...").'
"""What to do where nothing can be written."""
MORE_SPACE = "Free some disk space, then do the same again."
"""What to do where there is no room."""
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
PARTIAL = ".part"
"""How the name of a file ends that is being written."""

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_OTHERS = 0o077
_PIECE_BYTES = 1 << 20
_USUAL_NAME = "wiro-runs"
SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a file, by what follows its name."""
DAMAGED = "journal-damaged-"
"""How the name of a journal begins that was set aside."""
_OURS = frozenset(
    {
        *("journal.sqlite", *(f"journal.sqlite{suffix}" for suffix in SIDE_FILES)),
        *("inputs", "posters", "clips", "draft.json", "drafts"),
        *(".gitignore", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db"),
    }
)
_GITIGNORE = b"# Written by wiro_widgets: the journal has the tokens of your tasks.\n*\n"
_README_NAME = "README.md"
_README_TITLE = "# A library of wiro_widgets"
_README = f"""{_README_TITLE}

This folder holds your runs. All notebooks that use it share it.

- `clips/`: your clips. Copy, open and send them like any other file.
- `journal.sqlite`: every run, its cost and its rating. It holds the tokens of your tasks, which
  give access to their files, so don't share it. Don't edit it: it is the record of what you paid.
- `inputs/`: the images and files that were sent.
- `posters/`: small images for lists and saved notebooks.
- `drafts/`: what you last typed in each notebook's Studio.

To move or copy the library, shut down every kernel that uses it, then move or copy the whole
folder: its files belong together.
"""


def whole_path(directory: Path | str) -> Path:
    """The absolute path of a library's folder, whether or not it exists.

    Raises:
        LibraryError: It is relative to nothing: to a folder that is gone, or to no home.
    """
    try:
        return Path(directory).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        gone = isinstance(error, FileNotFoundError)
        why = "the current folder has been deleted" if gone else str(error).rstrip(".")
        raise LibraryError(
            f"Runs can't be kept in {directory}: {why}.",
            remedy='Choose a folder by its whole path: ww.connect(directory="...").',
        ) from None


def open_folder(path: Path) -> None:
    """Make the folder of a library, for its owner only, say in it what it is, keep it out of git.

    A folder that has other things in it, such as a project, is left as it is.

    Raises:
        LibraryError: It cannot be made, or it has gone while this process was using it.
    """
    with as_library_error(path):
        _make(path)
        found = {one.name for one in path.iterdir()}
    if path.name != _USUAL_NAME and not all(_is_ours(path / name) for name in found):
        return
    make_private(path)
    # Both are a courtesy: a folder that can only be read, or a full disk, does without.
    with contextlib.suppress(OSError):
        if ".gitignore" not in found:
            write_private(_GITIGNORE, path / ".gitignore")
        if not found & {"journal.sqlite", _README_NAME}:
            write_private(_README.encode(), path / _README_NAME)


def _is_ours(path: Path) -> bool:
    """Whether something in a folder is what a library has in it, rather than the user's work."""
    if path.name == _README_NAME:
        try:
            with path.open("rb") as file:
                return file.read(len(_README_TITLE)) == _README_TITLE.encode()
        except OSError:
            return False
    return path.name in _OURS or path.name.startswith(DAMAGED) or path.name.endswith(PARTIAL)


def hold_folder(path: Path, holder: object) -> None:
    """Note that an object uses a folder: while it does, the folder is not made anew when it goes.

    A library that somebody has moved is still theirs: an empty one in its place would have every
    request sent and paid for again.
    """
    living = [one for one in _holders.get(path, ()) if one() is not None]
    _holders[path] = (*living, weakref.ref(holder))


_holders: dict[Path, tuple[weakref.ref[object], ...]] = {}


def moved_away(path: Path) -> LibraryError:
    """What to raise when a folder or file of a library has gone while this process used it."""
    return LibraryError(
        f"{path} has been moved or deleted while this program was using it.",
        remedy="Put it back where it was. To begin a new library there, restart the kernel.",
    )


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can read; one that is there already becomes one.

    Raises:
        LibraryError: It cannot be made, or it is a link, which may lead anywhere.
    """
    with as_library_error(path):
        _make(path)
        if path.is_symlink():
            raise LibraryError(
                f"{path} is a link to {path.readlink()}.",
                remedy="Put a real folder there, or choose another one:"
                ' ww.connect(directory="...").',
            )
    make_private(path)


def _make(path: Path) -> None:
    """Make a folder and those above it; an error names the one in the way."""
    for one in (path, *path.parents):
        if any(holder() for holder in _holders.get(one, ())) and not os.path.lexists(one):
            raise moved_away(one)
    try:
        path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        blocking = next(one for one in (path, *path.parents) if os.path.lexists(one))
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", str(blocking)) from None


@contextlib.contextmanager
def as_library_error(path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `LibraryError` that names the path and what to do."""
    try:
        yield
    except OSError as error:
        # For a rename, the second name is the one the user knows.
        named = str(error.filename2 or error.filename or path)
        named = str(path) if named.endswith(PARTIAL) else named
        remedy = MORE_SPACE if error.errno in _FULL else OTHER_FOLDER
        raise LibraryError(f"{named} can't be used: {error.strerror}.", remedy=remedy) from error


def make_private(path: Path) -> None:
    """Take a file or folder from everybody but its owner, as far as the system lets us.

    One that a group shares on purpose, as a folder with the set-group-ID bit says, stays as it is.
    """
    with contextlib.suppress(OSError):
        found = path.lstat()
        mode = stat.S_IMODE(found.st_mode)
        if mode & _OTHERS and not stat.S_ISLNK(found.st_mode) and not _is_shared(path, found):
            path.chmod(mode & ~_OTHERS)


def _is_shared(path: Path, found: os.stat_result) -> bool:
    folder = found if stat.S_ISDIR(found.st_mode) else path.parent.stat()
    return bool(folder.st_mode & stat.S_ISGID)


def write_private(data: bytes, target: Path) -> None:
    """Write a file that only its owner can read; a reader never sees half of it.

    Raises:
        OSError: It cannot be written.
    """
    partial = target.with_name(f".{uuid.uuid4().hex}{PARTIAL}")
    try:
        with create_private(partial) as file:
            file.write(data)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def stored_path(text: object, root: Path, folder: Subfolder) -> Path | None:
    """The path of a stored file by what the journal calls it, e.g. ``clips/0001-gull.mp4``.

    Returns:
        None when it is anything but a name in that subfolder.
    """
    if not isinstance(text, str):
        return None
    found, _, name = text.partition("/")
    # A colon would name a drive or a stream, a backslash a folder, on some systems.
    if found != folder or name in {"", ".", ".."} or any(sign in name for sign in "/\\:\0"):
        return None
    return root.joinpath(folder, name)


def is_stored_file(path: Path | None, digest: str | None = None) -> bool:
    """Whether a stored file is here: a file itself in a real folder, no link to one.

    Args:
        path: The file.
        digest: SHA-256 that its bytes must have, in hexadecimal; None for any.
    """
    try:
        return (
            path is not None
            and stat.S_ISREG(path.lstat().st_mode)
            and stat.S_ISDIR(path.parent.lstat().st_mode)
            and (digest is None or file_digest(path) == digest)
        )
    except (OSError, ValueError):
        return False


def file_digest(path: Path) -> str:
    """SHA-256 of a file as hex digits; read again only when the file has changed.

    Raises:
        OSError: It cannot be read.
    """
    found = path.stat()
    return _digest(path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@functools.lru_cache(maxsize=256)
def _digest(path: Path, *_seen: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def create_private(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read, for writing.

    Raises:
        OSError: It is there already, or cannot be made.
    """
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE_FILE), "wb")  # noqa: PTH123
