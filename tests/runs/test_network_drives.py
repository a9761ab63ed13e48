"""A folder on a network drive is noticed and told of, and one on a disk is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wiro_widgets.library import mounts
from wiro_widgets.library.mounts import kind_of_drive, network_drive

if TYPE_CHECKING:
    from tests.runs.fake_service import FakeService

MOUNTS = r"""
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /proc rw shared:5 - proc proc rw
90 22 0:50 / /home rw,relatime shared:40 master:2 - nfs4 server:/export/home rw,vers=4.2
91 90 254:3 / /home/ann/disk rw - xfs /dev/sdb1 rw
92 22 0:51 / /mnt/team\040share rw - cifs //server/team rw
93 22 0:52 / /mnt/ssh rw - fuse.sshfs me@host:/ rw
94 22 0:53 / /mnt/c rw - 9p C:\134 rw
95 22 0:54 / /scratch rw - lustre mds@tcp:/scratch rw
96 22 0:55 / /mnt/usb rw - fuseblk /dev/sdc1 rw
97 22 0:56 / /over rw - nfs server:/old rw
98 97 254:4 / /over rw - ext4 /dev/sdd1 rw
99 22 0:57 / /data rw - fuse.gcsfuse bucket rw
a line of a later kernel
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/projects/wiro-runs", None),
        ("/home/ann/wiro-runs", "nfs4"),
        ("/home/ann/disk/wiro-runs", None),
        ("/homeless/wiro-runs", None),
        ("/mnt/team share/wiro-runs", "cifs"),
        ("/mnt/ssh/wiro-runs", "fuse.sshfs"),
        ("/mnt/c/Users/ann", "9p"),
        ("/scratch", "lustre"),
        ("/mnt/usb/wiro-runs", None),
        ("/over/wiro-runs", None),
        ("/data/wiro-runs", "fuse.gcsfuse"),
    ],
)
def test_the_drive_of_a_folder_is_known_by_the_nearest_mount(folder: str, kind: str | None) -> None:
    assert kind_of_drive(Path(folder), MOUNTS) == kind


def test_a_session_says_that_its_runs_are_on_a_network_drive(
    fake: FakeService, session: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert network_drive(folder) is None
    assert repr(session).endswith(f"Runs are kept in {folder / 'wiro-runs'}.")
    table = folder / "mountinfo"
    table.write_text(f"{MOUNTS}100 22 0:58 / {folder} rw - nfs4 server:/notebooks rw\n")
    monkeypatch.setattr(mounts, "_MOUNTS", table)
    words = repr(session)
    assert f"Runs are kept in {folder / 'wiro-runs'}, on a network drive (nfs4)." in words
    assert "from one computer at a time" in words
    monkeypatch.setattr(mounts, "_MOUNTS", folder / "not there")
    assert "network drive" not in repr(session)
