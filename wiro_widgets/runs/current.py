"""The notebook's session and its library: one of each, as it has one kernel."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from wiro_widgets.library.folder import whole_path
from wiro_widgets.library.location import Location, location
from wiro_widgets.runs.credentials import from_environment
from wiro_widgets.runs.session import Session, open_session
from wiro_widgets.terminal import for_terminal

if TYPE_CHECKING:
    from pathlib import Path

_current: Session | None = None
_chosen: Location | None = None
"""The library that this notebook chose; without one it is that of the environment."""
_swap = threading.Lock()
_opening = threading.Lock()


def current_session() -> Session:
    """The notebook's session, opened on first use, and again when its sandbox has gone."""
    session = _current
    if session is not None and session.alive:
        return session
    with _opening:
        session = _current
        if session is not None and session.alive:
            return session
        source = from_environment()
        opened = open_session(source, None, None, chosen_library())
        if source is not None and source.origin != "the environment":
            # Money may be spent from here on because of a file that was merely there.
            said = f"Using the Wiro key from {source.origin} for {opened.place}."
            print(for_terminal(said))  # noqa: T201
        other = _current
        if other is not session and other is not None and other.alive:
            # `connect` was called on another thread meanwhile.
            opened.close()
            return other
        return make_current(opened)


def _forget_in_child() -> None:
    """A forked process has no thread of the session, and locks that nobody may ever release."""
    global _current, _swap, _opening
    if _current is not None:
        # Kept, since SQLite's connections must not be closed by another process either.
        _inherited.append(_current)
    _current, _swap, _opening = None, threading.Lock(), threading.Lock()


_inherited: list[Session] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


def make_current(session: Session) -> Session:
    """Use a session from now on; the one before goes on until its runs are over.

    Returns:
        The session in use: the one before when both are of one account, service and folder.
    """
    global _current  # noqa: PLW0603 - a notebook has one session, as it has one kernel
    with _swap:
        before = _current
        same = before is not None and before.alive and before.identity == session.identity
        if not same:
            _current = session
    if before is not None and same:
        before.models = session.models or before.models
        session.close()
        return before
    if before is not None:
        # A session whose sandbox has gone waits for nothing any more.
        (before.retire if before.alive else before.close)()
    return session


def use_library(where: Path | str | None, media: str | None) -> Session:
    """Switch the notebook to another library.

    Raises:
        InputError: It is no folder and no address.
        LibraryError: It can't be reached, or used as it is; the session stays as it was.
    """
    global _chosen  # noqa: PLW0603 - a notebook has one library, as it has one session
    place = location(where, media)
    # Resolved now, so that a later chdir doesn't move the library.
    place = place._replace(directory=whole_path(place.directory))
    place.check()
    before = _current
    if before is None or not before.alive:
        _chosen = place
        return current_session()
    session = before.elsewhere(place)
    _chosen = place
    return make_current(session)


def chosen_library() -> Location:
    """The library that this notebook chose, or that of the environment."""
    return _chosen or location()
