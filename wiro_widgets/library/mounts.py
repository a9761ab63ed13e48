"""Whether a folder is on a network drive, as far as the system tells.

SQLite relies on the locks of the file system, and those of many network drives hold between the
programs of one computer only. The journal needs no shared memory, unlike a write-ahead log, so one
computer at a time is safe anywhere.
"""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|glusterfs|beegfs|gpfs|ocfs2|gfs2|davfs2?|ncpfs|vboxsf"
    r"|fuse\.(?:sshfs|glusterfs|ceph|s3fs|rclone|gcsfuse|mount-s3|vmhgfs-fuse|davfs2?|smbnetfs)\S*"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def network_drive(folder: Path) -> str | None:
    """What kind of network drive a folder is on, e.g. ``nfs4``; None when it is on none.

    Args:
        folder: Absolute, without links; it need not exist.
    """
    if isinstance(folder, PureWindowsPath) and folder.drive.startswith("\\\\"):
        return "a shared folder of Windows"
    try:
        return kind_of_drive(folder, _MOUNTS.read_text("utf-8", "surrogateescape"))
    except OSError:
        return None  # macOS has no such file


def kind_of_drive(folder: Path, mounts: str) -> str | None:
    """The same by the text of Linux's ``/proc/self/mountinfo``."""
    nearest, kind = -1, ""
    for line in mounts.splitlines():
        mounted, _, system = line.partition(" - ")
        fields = mounted.split(" ")
        if len(fields) > 4:  # noqa: PLR2004 - the fifth is where it is mounted
            place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4]))
            # Of two at one place, the later one is on top.
            if len(place.parts) >= nearest and folder.is_relative_to(place):
                nearest, kind = len(place.parts), system.split(" ")[0]
    return kind if _NETWORK.fullmatch(kind) else None
