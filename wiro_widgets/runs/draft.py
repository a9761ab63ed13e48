"""What a person was about to send: kept beside the runs, so that a restart loses no typing."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from wiro_widgets.runs.inputs import StoredInput

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "draft.json"


@dataclass(frozen=True)
class Draft:
    """A request that has not been sent.

    Attributes:
        model: Clean slug.
        prompt: As typed so far.
        parameters: Values by parameter id, without prompt and image.
        image: The first frame, kept in the library like any input.
    """

    model: str = ""
    prompt: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    image: StoredInput | None = None

    @classmethod
    def load(cls, directory: Path) -> Draft:
        """The draft of a library's folder; an empty one when there is none that can be read."""
        try:
            kept = json.loads((directory / _FILE).read_text("utf-8"))
            image = kept.pop("image")
            draft = cls(**kept, image=StoredInput.from_json(image, directory) if image else None)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()
        if draft.image and not isinstance(draft.image.source, str):
            return draft if draft.image.source.is_file() else cls(**{**kept, "image": None})
        return draft

    def save(self, directory: Path) -> None:
        """Write it down; a reader sees the old draft or the new one, never half of one."""
        kept = {**asdict(self), "image": self.image.to_json(directory) if self.image else None}
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / f".{uuid.uuid4().hex}.part"
        partial.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        partial.replace(directory / _FILE)
