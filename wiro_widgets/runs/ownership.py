"""Whether a file says what this user wrote, or what somebody else on the computer may have."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_ROOT = 0


class Doubt(NamedTuple):
    """Why a file may be somebody else's words."""

    reason: str
    """What follows the name of the file in a sentence."""
    remedy: str


def doubt_about(path: Path) -> Doubt | None:
    """Why somebody else may have written a file; None when only this user can have.

    A file is this user's own when it belongs to them, nobody else can change it, and nobody else
    can put another one in its place. Windows keeps no such modes, so nothing is doubted there.

    Raises:
        OSError: The file is not there.
    """
    if sys.platform == "win32":
        return None
    target = path.resolve()
    for entry in (path, target):
        if not _is_own(entry.lstat()):
            return Doubt("belongs to another user", "Copy it to one of your own if you trust it")
    if _others_write(target.stat()):
        return Doubt("can be changed by other users", _close(target))
    for folder in (path.parent, target.parent):
        found = folder.stat()
        if not _is_own(found):
            return Doubt("is in a folder of another user", "Move it to a folder of your own")
        # In a sticky folder, such as that of temporary files, each user keeps what is theirs.
        if _others_write(found) and not found.st_mode & stat.S_ISVTX:
            return Doubt("can be replaced by other users", _close(folder))
    return None


def require_private(folder: Path) -> None:
    """Make a folder of this user's alone, or close to others one that was there.

    Raises:
        OSError: It cannot be made, or it is not this user's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _close(path: Path) -> str:
    return f"Run: chmod go-w {shlex.quote(str(path))}"


if sys.platform != "win32":

    def _is_own(found: os.stat_result) -> bool:
        """Whether it belongs to this user, or to the administrator, who can do anything anyway."""
        return found.st_uid in {_ROOT, os.geteuid()}

    def _others_write(found: os.stat_result) -> bool:
        """Whether somebody else can write; a group that has this user's name is theirs alone."""
        import grp  # noqa: PLC0415 - not on Windows
        import pwd  # noqa: PLC0415

        if found.st_mode & stat.S_IWOTH:
            return True
        if not found.st_mode & stat.S_IWGRP:
            return False
        try:
            user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(found.st_gid)
        except KeyError:
            return True
        return group.gr_name != user.pw_name or not set(group.gr_mem) <= {user.pw_name}
