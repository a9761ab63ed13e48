"""What a library's folder has too much or too little of, in sentences for people."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wiro_widgets.library.folder import DAMAGED, PARTIAL, is_stored_file
from wiro_widgets.schema.parsing import as_dict, as_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from wiro_widgets.library.journal import Journal

_NAMED = 5
"""How many files or runs a sentence names at most."""


def folder_report(journal: Journal) -> list[str]:
    """Files that are missing, and files that belong to no run. Changes nothing.

    Args:
        journal: Of a library whose files are all in its folder.

    Raises:
        LibraryError: The journal can't be read.
    """
    without_clip, without_input = [], []
    clips: set[str] = set()
    inputs = _of_drafts(journal.directory)
    for record in reversed(journal.records()):
        sources = [one.source for one in record.request.inputs if not isinstance(one.source, str)]
        clips.update(path.name for path in record.files if path is not None)
        inputs.update(source.name for source in sources)
        if record.status == "succeeded" and not all(
            is_stored_file(path)
            for output, path in zip(record.outputs, record.files, strict=True)
            if output.url
        ):
            without_clip.append(record.number)
        if not all(map(is_stored_file, sources)):
            without_input.append(record.number)
    said = []
    if without_clip:
        said.append(
            f"Clips are missing of {_runs(without_clip)}. Run the same again to download them at"
            " no charge, for as long as the service keeps them."
        )
    if without_input:
        said.append(
            f"Images or other inputs are missing of {_runs(without_input)}, so the request can't"
            " be sent again from the history."
        )
    for folder, known in ((journal.clips, clips), (journal.inputs, inputs)):
        if others := [name for name in _names(folder) if name not in known and _is_whole(name)]:
            said.append(f"{_files(others)} in {folder.name}/ that no run has: {_listed(others)}.")
    folders = (journal.directory, journal.clips, journal.inputs, journal.posters)
    partial = [name for one in folders for name in _names(one) if name.endswith(PARTIAL)]
    if partial:
        said.append(
            f"{_files(partial)} that {'was' if len(partial) == 1 else 'were'} never finished, with"
            f" names that end in {PARTIAL}. Delete them when no notebook is using the library."
        )
    said.extend(
        f"{name} was set aside because it was damaged. Delete it once you are sure that no run is"
        " missing."
        for name in _names(journal.directory)
        if name.startswith(DAMAGED) and name.endswith(".sqlite")
    )
    return said


def _of_drafts(directory: Path) -> set[str]:
    """The images that a Studio shows, which no run may have yet."""
    found = set()
    for path in (directory / "draft.json", *_files_in(directory / "drafts")):
        if is_stored_file(path):
            with suppress(OSError, ValueError):
                image = as_dict(as_dict(path.read_text("utf-8")).get("image"))
                found.add(as_text(image.get("source")).rpartition("/")[2])
    return found


def _files_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _names(folder: Path) -> list[str]:
    return [one.name for one in _files_in(folder)]


def _is_whole(name: str) -> bool:
    # What the system puts into a folder by itself begins with a dot.
    return not name.startswith(".") and name != "Thumbs.db"


def _files(names: Collection[str]) -> str:
    return "There is 1 file" if len(names) == 1 else f"There are {len(names)} files"


def _runs(numbers: Collection[int]) -> str:
    return f"run{'' if len(numbers) == 1 else 's'} {_listed(map(str, numbers))}"


def _listed(words: Iterable[str]) -> str:
    """The first of some words, and how many more there are."""
    found = list(words)
    if len(found) > _NAMED:
        return f"{', '.join(found[:_NAMED])} and {len(found) - _NAMED} more"
    *first, last = found
    return f"{', '.join(first)} and {last}" if first else last
