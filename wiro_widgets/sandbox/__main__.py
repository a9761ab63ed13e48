"""``python -m wiro_widgets.sandbox``: the command line."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from .options import DEFAULT_FRAME_RATE, DEFAULT_SPEED, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING_EXTRAS = 3
_MOST_FRAMES = 60
_EXTRAS = ("aiohttp", "av", "numpy")


_PROG = "python -m wiro_widgets.sandbox"


def main(arguments: Sequence[str] | None = None, prog: str = _PROG) -> int:
    """Run a server; returns the exit code (2: cannot start, 3: extras missing).

    Args:
        arguments: Of the command line.
        prog: What the command is called there.
    """
    options = _options(arguments, prog)
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


def _options(arguments: Sequence[str] | None, prog: str) -> Options:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A local stand-in for wiro.ai: same protocol, real clips, no money."
        " Prints one JSON line with its addresses and credentials when it is ready.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=0, help="port to listen on (default 0: any free one)")
    add("--key", type=_key, help="API key to accept (default: generated)")
    add("--secret", type=_secret, help="API secret; an empty one makes a key-only project")
    add(
        "--speed",
        type=_positive,
        default=DEFAULT_SPEED,
        help="times faster than the service; 1 takes about 200 s a clip (default %(default)g)",
    )
    add("--state", type=Path, metavar="DIR", help="store tasks and files here, across restarts")
    add("--card", type=Path, metavar="FILE", help="write the line there too, until the end")
    add(
        "--idle-exit",
        type=_positive,
        metavar="SECONDS",
        help="end after so long without lease, request, task that is listened to or unfinished,"
        " or open charge",
    )
    add("--frames", choices=("old", "new"), default="new", help="generation of socket frames")
    add("--schema", choices=("old", "new"), default="new", help="spelling of schema items")
    add(
        "--hailuo-image",
        choices=("inputImage", "inputImageFirst"),
        default="inputImage",
        help="name of the hailuo models' image parameter",
    )
    add(
        "--frame-rate",
        type=_frame_rate,
        default=DEFAULT_FRAME_RATE,
        help="frames per second of clips whose request names none (default: %(default)s)",
    )
    add("--frame-marks", action="store_true", help="write its number into every frame")
    add("--balance", type=_dollars, default=Decimal(1000), metavar="USD", help="of a new account")
    return Options(**vars(parser.parse_args(arguments)))


def _key(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        # In words of our own: argparse would repeat what was given.
        raise argparse.ArgumentTypeError("only printable ASCII characters, as a header carries")
    return text


def _secret(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("it is not valid text in UTF-8") from error
    return text


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def _frame_rate(text: str) -> int:
    if not 1 <= int(text) <= _MOST_FRAMES:
        raise ValueError(text)
    return int(text)


def _dollars(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not value.is_finite():
        raise ValueError(text)
    return value


if __name__ == "__main__":
    sys.exit(main())
