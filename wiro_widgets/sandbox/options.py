"""The settings of one server, and the command line that sets them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_FRAME_RATE = 25
DEFAULT_SPEED = 33.0
"""Times faster than the service: its 200 s a clip become about 6 s."""
_MOST_FRAMES = 60

FrameGeneration = Literal["old", "new"]
SchemaSpelling = Literal["old", "new"]
HailuoImage = Literal["inputImage", "inputImageFirst"]


@dataclass(frozen=True)
class Options:
    """One server's settings; each is a flag of ``python -m wiro_widgets.sandbox``."""

    host: str = "127.0.0.1"
    port: int = 0
    key: str | None = None
    secret: str | None = None
    """``None`` generates one (or uses the stored one); empty makes a key-only project."""
    speed: float = DEFAULT_SPEED
    state: Path | None = None
    card: Path | None = None
    """A file that has the ready line for as long as the server runs."""
    idle_exit: float | None = None
    """Seconds that nobody is connected until it ends, whatever is under way: no lease, no request
    of somebody with the key, no socket that is registered for a task."""
    frames: FrameGeneration = "new"
    schema: SchemaSpelling = "new"
    hailuo_image: HailuoImage = "inputImage"
    openapi: tuple[Path, ...] = ()
    """OpenAPI documents, or folders of them, whose models join the catalogue."""
    frame_marks: bool = False
    frame_rate: int = DEFAULT_FRAME_RATE
    """Frames per second of clips whose request names none; fewer are rendered sooner."""
    balance: Decimal = Decimal(1000)
    """US dollars of a new account; above 250 the service sets no concurrency limit."""
    stopped: Literal["charged", "free"] = "charged"
    """What a task costs that was stopped while it ran, once its work would have ended."""
    guess_discount: Decimal = Decimal(0)
    """Per cent that the charge is below the list price. How the service tells it is a guess."""
    guess_run_key: str = ""
    """Field of Run whose value stands for the task it started. Its real name is not known."""


def parse(arguments: Sequence[str] | None, prog: str) -> Options:
    """The settings that a command line asks for; it ends the program with what is wrong.

    Args:
        arguments: Of the command line; ``None`` means those of this process.
        prog: What the command is called there.
    """
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
        help="end when nobody was connected for so long: no lease, no request with the key, no"
        " socket that is registered for a task; with --state, what was under way goes on later",
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
        "--openapi",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="offer the model of this OpenAPI document too, or those of a folder; may be repeated",
    )
    add(
        "--frame-rate",
        type=_frame_rate,
        default=DEFAULT_FRAME_RATE,
        help="frames per second of clips whose request names none (default: %(default)s)",
    )
    add("--frame-marks", action="store_true", help="write its number into every frame")
    add("--balance", type=_dollars, default=Decimal(1000), metavar="USD", help="of a new account")
    add(
        "--stopped",
        choices=("charged", "free"),
        default="charged",
        help="what a task costs that was stopped while it ran, told once its work would have ended",
    )
    add(
        "--guess-discount",
        type=_per_cent,
        default=Decimal(0),
        metavar="PERCENT",
        help="charge less than the list price; listcost, which tells that price, is a guess",
    )
    add(
        "--guess-run-key",
        default="",
        metavar="FIELD",
        help="a Run with the same value in this field gets the same task; how the service calls"
        " the field is not known",
    )
    found = vars(parser.parse_args(arguments))
    return Options(**{**found, "openapi": tuple(found["openapi"])})


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


def _per_cent(text: str) -> Decimal:
    value = _dollars(text)
    if not 0 <= value <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(text)
    return value
