"""Where the key comes from: what was passed, the environment, a ``.env`` file, or a prompt.

Nothing here is written anywhere: not into the environment, not into the notebook.
"""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wiro_widgets.client import Credentials, CredentialsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("WIRO_API_KEY", "WIRO_API_SECRET", "WIRO_API_URL", "WIRO_SOCKET_URL")
_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")


@dataclass(frozen=True)
class Access:
    """A key, and where it is to be used.

    Attributes:
        credentials: Key and secret; never shown.
        origin: Where they come from, in words: "the environment".
        api_url: Address of the API, None for the default.
        socket_url: Address of the socket, None for the default.
    """

    credentials: Credentials
    origin: str
    api_url: str | None = None
    socket_url: str | None = None


def ask() -> Access:
    """Ask for key and secret; what is typed is not shown, and is kept in this process only.

    Raises:
        CredentialsError: Nothing was typed, or nobody can be asked here.
    """
    try:
        key = getpass.getpass("Wiro API key: ")
        secret = getpass.getpass("Wiro API secret (empty for a key-only project): ")
    except (RuntimeError, EOFError):
        # A kernel that runs by itself has nobody to ask (IPython's StdinNotImplementedError).
        key = None
    if key is None:
        raise CredentialsError(
            "Nobody can be asked for a key here.",
            field="api_key",
            remedy="Set WIRO_API_KEY and WIRO_API_SECRET, or write them into a .env file.",
        )
    return Access(Credentials(key, secret), "what you typed")


def look() -> Access | None:
    """The key of the environment, else of a ``.env`` file here or above; None without either.

    Raises:
        CredentialsError: A secret was given without a key, or a ``.env`` file cannot be read.
    """
    if os.environ.get("WIRO_API_KEY") or os.environ.get("WIRO_API_SECRET"):
        # A secret without a key is a slip to be told of, not a wish for the sandbox.
        return Access(Credentials.from_env(), "the environment")
    for path in _env_files():
        said = read_env_file(path)
        if said.get("WIRO_API_KEY") or said.get("WIRO_API_SECRET"):
            return Access(
                Credentials(said.get("WIRO_API_KEY", ""), said.get("WIRO_API_SECRET", "")),
                str(path),
                os.environ.get("WIRO_API_URL") or said.get("WIRO_API_URL"),
                os.environ.get("WIRO_SOCKET_URL") or said.get("WIRO_SOCKET_URL"),
            )
    return None


def read_env_file(path: Path) -> dict[str, str]:
    """The ``WIRO_...`` values of a ``.env`` file: ``NAME=value``, quoted or not, ``export`` or not.

    Raises:
        CredentialsError: It cannot be read, or a quote is not closed; names file and line only.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"{path} cannot be read: {type(error).__name__}.", remedy="Save it as UTF-8 text."
        ) from None
    found = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match and match["name"] in _NAMES:
            value = _value(match["value"])
            if value is None:
                raise CredentialsError(
                    f"Line {number} of {path} has a quote that is not closed.",
                    remedy="Close it, or leave the quotes out.",
                )
            found[match["name"]] = value
    return found


def _value(text: str) -> str | None:
    """A value without its quotes or the comment behind it; None when a quote is not closed."""
    if text[:1] in {"'", '"'}:
        inside, closed, _ = text[1:].partition(text[0])
        return inside if closed else None
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].rstrip()


def _env_files() -> Iterator[Path]:
    """``.env`` here, and above as long as that is still within the person's own folder.

    A file in a folder that others can write to must not choose where a key is sent.
    """
    here, home = Path.cwd(), Path.home()
    folders = [here]
    if home in here.parents:
        folders += [folder for folder in here.parents if folder == home or home in folder.parents]
    return (folder / ".env" for folder in folders if (folder / ".env").is_file())
