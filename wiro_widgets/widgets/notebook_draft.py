"""Which notebook this is, and what was being written in it when it was last used."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from wiro_widgets.library.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Mapping

# Drafts that this kernel has written where nothing names the notebook.
_written_here: set[Path] = set()


def notebook_name() -> str:
    """What tells this notebook from others: its path, or what the host has instead of one.

    Returns:
        "" where the host says nothing, as in a plain Python or a console.
    """
    shell = _shell()
    of_vs_code = shell.user_ns.get("__vsc_ipynb_file__") if shell else None
    marimo: Any = sys.modules.get("marimo._runtime.context")
    running = marimo.safe_get_context() if marimo else None
    of_marimo = getattr(running, "filename", None)
    # The environment last: VS Code may have its own server, which names notebooks otherwise.
    return str(of_vs_code or of_marimo or os.environ.get("JPY_SESSION_NAME", ""))


def _shell() -> Any:
    """The IPython that runs the cells; None where there is none."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


class Asked(NamedTuple):
    """What the cell that makes a Studio asks for; a field that is None is not asked for."""

    prompt: str | None = None
    image: Any = None
    model: str | None = None
    parameters: Mapping[str, Any] = MappingProxyType({})

    @property
    def nothing(self) -> bool:
        """Whether nothing is asked for; an image may be an array, which equals nothing."""
        return all(one is None for one in self[:3]) and not self.parameters


class NotebookDraft:
    """The draft of this notebook in one library.

    Attributes:
        other: The settings that can be put back; an empty draft for none.
        is_own: Whether it was written in this notebook, for sure: without a name for the notebook,
            that is so only for what this kernel has written.
    """

    def __init__(self) -> None:
        self.other = Draft()
        self.is_own = False
        self._name = notebook_name()
        self._directory = Path()

    def open(self, directory: Path) -> None:
        """Read what was being written when this library was last used in this notebook."""
        self._directory = directory
        self.is_own = bool(self._name) or directory.resolve() in _written_here
        self.other = Draft.load(directory, self._name)

    def save(self, draft: Draft) -> None:
        """Keep a draft, so that a restart loses no typing.

        Raises:
            LibraryError: It cannot be written there.
        """
        draft.save(self._directory, self._name)
        _written_here.add(self._directory.resolve())
