"""Who is at work on a run: the name of an owner, and whether that owner still lives.

An owner renews its lease every few seconds. On the same machine its process is looked at as well,
so that a clock that jumps, or a computer that slept, ends no lease of a process that lives.
"""

from __future__ import annotations

import itertools
import os
import platform
from pathlib import Path

LEASE_SECONDS = 30.0
"""How long an owner on another machine keeps a run without renewing its lease."""
_LONGEST_LEASE = 3600.0
"""Seconds from now; a later end is none that a clock which is somewhat off would write."""
_LONGEST_PID = 10

_counter = itertools.count(1)
# Owners of this process whose runner is still open.
_open: set[str] = set()


def new_owner() -> str:
    """Register an owner of this process: ``machine|pid|start of the process|counter``."""
    owner = f"{_machine()}|{os.getpid()}|{_started(os.getpid())}|{next(_counter)}"
    _open.add(owner)
    return owner


def release_owner(owner: str) -> None:
    """Declare that an owner of this process is at work on nothing any more."""
    _open.discard(owner)


def is_alive(owner: str, lease: float, now: float) -> bool:
    """Whether an owner may still be at work.

    Args:
        owner: As `new_owner` wrote it; anything else counts as gone.
        lease: Unix time in seconds until which it had the run.
        now: Unix time in seconds, by the clock that the lease goes by.
    """
    machine, _, rest = owner.partition("|")
    pid, _, rest = rest.partition("|")
    started, _, _ = rest.partition("|")
    leased = now < lease < now + _LONGEST_LEASE
    if machine != _machine():
        return leased
    # SQLite keeps whatever it is given, and a number of 5,000 digits is one too.
    if not pid.isdecimal() or len(pid) > _LONGEST_PID:
        return False
    if int(pid) == os.getpid():
        return owner in _open
    if started:
        return _started(int(pid)) == started
    return _exists(int(pid)) and leased


def _machine() -> str:
    """This machine since its last start, and within it this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - its target is no path
    except OSError:
        boot = namespace = ""
    return f"{platform.node()}/{boot}/{namespace}"


def _started(pid: int) -> str:
    """When a process began, in the system's ticks; empty when it is gone or nobody can tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name of the program stands in parentheses and may hold anything.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


def _exists(pid: int) -> bool:
    """Whether a process of that number exists, as far as the system tells."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
