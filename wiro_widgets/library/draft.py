"""What is written but not sent yet: the draft of a notebook's Studio, kept beside its runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wiro_widgets.library.folder import (
    as_library_error,
    is_stored_file,
    open_folder,
    private_folder,
    write_private,
)
from wiro_widgets.library.request import StoredInput
from wiro_widgets.schema.parsing import as_dict, as_text, clean_text

_DRAFT_FILE = "draft.json"
_DRAFTS = "drafts"
_NAME_LENGTH = 20
_LARGEST_DRAFT = 1_000_000
"""Bytes; a larger file is no draft of ours."""


@dataclass(frozen=True)
class Draft:
    """A request that has not been sent: what a notebook's Studio shows, kept beside the runs.

    Attributes:
        model: Clean slug.
        prompt: As typed so far.
        parameters: Values by parameter id, without prompt and image.
        image: The first frame, stored in the library like any input.
    """

    model: str = ""
    prompt: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    image: StoredInput | None = None

    @classmethod
    def load(cls, directory: Path, notebook: str = "") -> Draft:
        """The draft of one notebook; an empty one when there is none that can be read.

        Args:
            directory: The library's folder.
            notebook: What tells the notebook from others, such as its path; "" where nothing does.
        """
        path = _draft_path(directory, notebook)
        if not is_stored_file(path) or path.stat().st_size > _LARGEST_DRAFT:
            return cls()
        try:
            record = as_dict(path.read_text("utf-8"))
        except (OSError, ValueError):
            return cls()
        image = None
        with contextlib.suppress(ValueError):
            image = StoredInput.from_json(record.get("image"), directory)
        if image and isinstance(image.source, Path) and not is_stored_file(image.source):
            image = None
        return cls(
            clean_text(as_text(record.get("model"))),
            as_text(record.get("prompt")),
            as_dict(record.get("parameters")),
            image,
        )

    def save(self, directory: Path, notebook: str = "") -> None:
        """Write it to the library's folder; a reader never sees half of it.

        Args:
            directory: The library's folder.
            notebook: As for `load`.

        Raises:
            LibraryError: It cannot be written there.
        """
        record = {**asdict(self), "image": self.image.to_json(directory) if self.image else None}
        open_folder(directory)
        path = _draft_path(directory, notebook)
        if notebook:
            private_folder(path.parent)
        with as_library_error(path):
            write_private(json.dumps(record).encode(), path)


def _draft_path(directory: Path, notebook: str) -> Path:
    if not notebook:
        return directory / _DRAFT_FILE
    # Hashed: a path may be too long for a name, and tells where somebody works.
    name = hashlib.sha256(notebook.encode("utf-8", "surrogatepass")).hexdigest()[:_NAME_LENGTH]
    return directory / _DRAFTS / f"{name}.json"
