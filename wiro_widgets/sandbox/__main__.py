"""``python -m wiro_widgets.sandbox``: run one server."""

from __future__ import annotations

import importlib.util
import logging
import sys
from typing import TYPE_CHECKING

from .options import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING_EXTRAS = 3
_EXTRAS = ("aiohttp", "av", "numpy")
_PROG = "python -m wiro_widgets.sandbox"


def main(arguments: Sequence[str] | None = None, prog: str = _PROG) -> int:
    """Run a server; returns the exit code (2: cannot start, 3: extras missing).

    Args:
        arguments: Of the command line.
        prog: What the command is called there.
    """
    options = parse(arguments, prog)
    missing = [name for name in _EXTRAS if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"wiro_widgets.sandbox needs {', '.join(missing)}:"
            ' pip install "wiro-widgets[sandbox]"\n'
        )
        return MISSING_EXTRAS
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # It would show what it cannot read of a request, and there may be a key in that.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    from .server import serve  # noqa: PLC0415 - needs the extras checked above

    return serve(options)


if __name__ == "__main__":
    sys.exit(main())
