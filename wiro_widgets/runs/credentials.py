"""Where the key comes from: what was passed, the environment, a ``.env`` file, or a prompt.

Nothing here is written anywhere: not into the environment, not into the notebook.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from dotenv.parser import parse_stream

from wiro_widgets.client import Credentials, CredentialsError
from wiro_widgets.runs.ownership import doubt_about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_NAMES = ("WIRO_API_KEY", "WIRO_API_SECRET", "WIRO_API_URL", "WIRO_SOCKET_URL")
SANDBOX_VARIABLE = "WIRO_SANDBOX"
"""Set to anything, it means the sandbox, whatever key the environment or a file has."""
_MOST_CHARACTERS = 256 * 1024
"""Of a ``.env`` file that are read."""


def hides_frames(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Have the errors of a function carry none of its frames, whose variables are secrets.

    A traceback can show the variables of every frame (``%xmode Verbose``), and be saved.
    """

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        __tracebackhide__ = True  # pytest leaves this frame out
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - an interrupt has frames as well
            failure = error
            failure.__cause__ = failure.__context__ = None
            # This frame is part of the traceback.
            del args, kwargs
        raise failure.with_traceback(None)

    return call


@dataclass(frozen=True)
class CredentialSource:
    """A key, and where it is to be used.

    Attributes:
        credentials: Key and secret; never shown.
        origin: Where they come from, as messages call it: "the environment".
        api_url: Address of the API, None for the default.
        socket_url: Address of the socket, None for the default.
    """

    credentials: Credentials
    origin: str
    api_url: str | None = None
    socket_url: str | None = None


@hides_frames
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
            "There is no one to ask for a key here.",
            field="api_key",
            remedy="Set WIRO_API_KEY and WIRO_API_SECRET, or write them into a .env file.",
        )
    return CredentialSource(Credentials(key, secret), "what you typed")


@hides_frames
def from_environment() -> CredentialSource | None:
    """The key of the environment, else of a ``.env`` file here or above.

    None without either, and when `SANDBOX_VARIABLE` is set.

    Raises:
        CredentialsError: A secret was given without a key; or a ``.env`` file with a key cannot be
            read, or may have been written by another user.
    """
    if os.environ.get(SANDBOX_VARIABLE):
        return None
    if os.environ.get("WIRO_API_KEY") or os.environ.get("WIRO_API_SECRET"):
        # A secret without a key is a mistake to be reported, not a wish for the sandbox.
        return CredentialSource(Credentials.from_env(), "the environment")
    for path in _env_files():
        values = read_env_file(path)
        if values.get("WIRO_API_KEY") or values.get("WIRO_API_SECRET"):
            _check_ownership(path)
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
            bindings = list(parse_stream(io.StringIO(file.read(_MOST_CHARACTERS))))
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"{path} can't be read: {type(error).__name__}.", remedy="Save it as UTF-8 text."
        ) from None
    found = {}
    for binding in bindings:
        if binding.error and any(name in binding.original.string for name in _NAMES):
            raise CredentialsError(
                f"Line {binding.original.line} of {path} isn't of the form NAME=value.",
                remedy="Close its quotes, or leave them out.",
            )
        if binding.key in _NAMES:
            found[binding.key] = binding.value or ""
    return found


def _check_ownership(path: Path) -> None:
    """Refuse a ``.env`` file by which another user would choose where pictures and money go.

    Raises:
        CredentialsError: It may be another user's; the message says why and what to do.
    """
    doubt = doubt_about(path)
    if doubt is not None:
        raise CredentialsError(
            f"{path} {doubt.reason}, so its key is not used.",
            remedy=f"{doubt.remedy}; or set WIRO_API_KEY, which is used before any file.",
        )


def _env_files() -> Iterator[Path]:
    """``.env`` here, and above as long as that is still within the person's own folder."""
    try:
        here = Path.cwd()
    except OSError:
        return  # it has been deleted
    folders = [here]
    with contextlib.suppress(RuntimeError):  # a user without a home, as in some containers
        home = Path.home()
        if home in here.parents:
            folders += [one for one in here.parents if one == home or home in one.parents]
    yield from (folder / ".env" for folder in folders if (folder / ".env").is_file())
