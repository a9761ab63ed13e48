"""Which files a browser may name: those it sent, and those that Python has named before.

Whoever uses a page may have no other way to this computer, as with Voila. A path that was typed
there and simply taken would send any file of whoever runs the kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiro_widgets.client.inputs import as_inputs, is_url
from wiro_widgets.widgets.base import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wiro_widgets.client import ModelSpec

REFUSAL = (
    "give an address (https://…) or choose a file here. Paths on the kernel's computer are taken"
    " from Python, and from here only with browser_paths=True."
)

_named: set[str] = set()


def allow_files(value: Any) -> None:
    """Let the browser name these files from now on: one or several, as a parameter takes them."""
    _named.update(one for one in as_inputs(value) if isinstance(one, str))


def may_name(value: Any) -> bool:
    """Whether a file parameter's value holds only addresses and files that were allowed."""
    return all(isinstance(one, str) and (is_url(one) or one in _named) for one in as_inputs(value))


def checked_values(model: ModelSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a request that a browser asks for.

    Raises:
        Refused: One is for no parameter of the model, or names a file that it may not name.
    """
    for name, value in values.items():
        parameter = model.parameter(name)
        if parameter is None and name != "prompt":
            raise Refused(f"{model.slug} has no {name}. Look at the settings again.")
        if parameter is not None and parameter.is_file and not may_name(value):
            raise Refused(f"{name}: {REFUSAL}")
    return dict(values)
