"""Where the key comes from: what was passed, the environment, a ``.env`` file, or a prompt.

Nothing here is written anywhere: not into the environment, not into the notebook.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from wiro_widgets.client import Credentials, CredentialsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("WIRO_API_KEY", "WIRO_API_SECRET", "WIRO_API_URL", "WIRO_SOCKET_URL")


@dataclass(frozen=True)
class CredentialSource:
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


def prompt() -> CredentialSource:
    """Ask for key and secret; what is typed is not shown, and stays in this process.

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
    return CredentialSource(Credentials(key, secret), "what you typed")


def from_environment() -> CredentialSource | None:
    """The key of the environment, else of a ``.env`` file here or above; None without either.

    Raises:
        CredentialsError: A secret was given without a key, or a ``.env`` file cannot be read.
    """
    if os.environ.get("WIRO_API_KEY") or os.environ.get("WIRO_API_SECRET"):
        # A secret without a key is a mistake to be reported, not a wish for the sandbox.
        return CredentialSource(Credentials.from_env(), "the environment")
    for path in _env_files():
        values = read_env_file(path)
        if values.get("WIRO_API_KEY") or values.get("WIRO_API_SECRET"):
            return CredentialSource(
                Credentials(values.get("WIRO_API_KEY", ""), values.get("WIRO_API_SECRET", "")),
                str(path),
                os.environ.get("WIRO_API_URL") or values.get("WIRO_API_URL"),
                os.environ.get("WIRO_SOCKET_URL") or values.get("WIRO_SOCKET_URL"),
            )
    return None


def read_env_file(path: Path) -> dict[str, str]:
    """The ``WIRO_...`` values of a ``.env`` file.

    Raises:
        CredentialsError: It cannot be read; the message names file and line, never a value.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            bindings = list(parse_stream(file))
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"{path} cannot be read: {type(error).__name__}.", remedy="Save it as UTF-8 text."
        ) from None
    found = {}
    for binding in bindings:
        if binding.error and any(name in binding.original.string for name in _NAMES):
            raise CredentialsError(
                f"Line {binding.original.line} of {path} is not of the form NAME=value.",
                remedy="Close its quotes, or leave them out.",
            )
        if binding.key in _NAMES:
            found[binding.key] = binding.value or ""
    return found


def _env_files() -> Iterator[Path]:
    """``.env`` here, and above as long as that is still within the person's own folder.

    A file in a folder that others can write to must not choose where a key is sent.
    """
    here, home = Path.cwd(), Path.home()
    folders = [here]
    if home in here.parents:
        folders += [folder for folder in here.parents if folder == home or home in folder.parents]
    return (folder / ".env" for folder in folders if (folder / ".env").is_file())
