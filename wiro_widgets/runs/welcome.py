"""What `wiro_widgets.connect` finds out about a key and a folder, with calls that cost nothing."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from wiro_widgets.client import NotFoundError, WiroClient
from wiro_widgets.library.folder import whole_path
from wiro_widgets.library.mounts import network_drive
from wiro_widgets.schema.hailuo import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from wiro_widgets.library.location import Location

_LEAST_FREE_BYTES = 1024 * 1024


def where_runs_are_kept(place: Location) -> str:
    """A sentence that names the library, or says that nothing can be written to its folder."""
    if place.database is not None:
        clips = place.media or f"{place.directory} on this computer only"
        return f"Runs are kept in {place.database.name}, and clips in {clips}."
    return _where_files_are_kept(whole_path(place.directory))


def _where_files_are_kept(folder: Path) -> str:
    """The same of a folder."""
    existing = next((one for one in (folder, *folder.parents) if os.path.lexists(one)), folder)
    if not existing.is_dir():
        why = f"{existing} is not a folder"
    elif not os.access(existing, os.W_OK | os.X_OK):
        why = f"you can't write to {existing}"
    elif shutil.disk_usage(existing).free < _LEAST_FREE_BYTES:
        why = "the disk is full"
    else:
        return f"Runs are kept in {folder}{_on_a_network_drive(folder)}."
    return (
        f"Runs can't be kept in {folder}: {why}. Choose another folder:"
        ' ww.connect(directory="...").'
    )


def _on_a_network_drive(folder: Path) -> str:
    kind = network_drive(folder)
    if kind is None:
        return ""
    return (
        f", on a network drive ({kind}). Use this folder from one computer at a time, or choose one"
        ' on this computer\'s disk: ww.library("..."). To share runs between computers, use a'
        " PostgreSQL"
    )


def verify_credentials(client: WiroClient) -> None:
    """Ask for the newest task, which needs a valid key and signature, unlike the catalogue.

    Raises:
        AuthenticationError: The key is not accepted; names this computer's clock when that is off.
        ConnectionFailed: The service could not be reached.
    """
    client.tasks(limit=1)


def available_models(client: WiroClient) -> tuple[str, ...]:
    """Which of the hailuo models the service has for this key."""
    found = []
    for name in MODELS:
        try:
            client.model(name)
        except NotFoundError:
            continue
        found.append(name)
    return tuple(found)
