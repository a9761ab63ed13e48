"""The ``wiro-widgets`` command: tutorials, demonstration, sandbox, library."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wiro_widgets._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.sandbox.check import Server

_HELP = """\
Jupyter widgets for iterating on generative video with Wiro.

commands:
  lab [FOLDER]   open the tutorials in JupyterLab, on the sandbox: nothing is charged.
                 They are copied into FOLDER (default: wiro-notebooks); what you have
                 changed there is left alone. More options go to JupyterLab.
  demo           make four clips of one image on the sandbox, with a page that shows
                 them side by side, in demo-output
  sandbox        run the stand-in for the service on its own, for other programs
  library        make, migrate or check the library of a folder or a PostgreSQL


  sandbox check  see whether it answers as the service does: --live asks both

`wiro-widgets COMMAND --help` lists the options of a command."""

_EXAMPLES = """\
examples:
  wiro-widgets lab                     the tutorials, in your browser
  wiro-widgets lab mine --port 8899    in the folder "mine", on a port of your choice
  wiro-widgets demo --output clips     the four clips, into the folder "clips"
  wiro-widgets sandbox --speed 100     a clip every two seconds

With a key of your own, set WIRO_API_KEY and WIRO_API_SECRET and start JupyterLab as usual."""

_DEFAULT_FOLDER = "wiro-notebooks"
_MISSING_EXTRAS = 3
_PLACES = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EEXIST, errno.ENOTDIR}
    | {errno.ENOENT}
)
"""What is wrong with a place to write."""
_OTHER_PLACE = {
    "lab": "Name a folder that you can write to: wiro-widgets lab FOLDER",
    "demo": "Name a folder that you can write to: wiro-widgets demo --output FOLDER",
    "sandbox": "Name a folder that you can write to: wiro-widgets sandbox --state FOLDER",
    "library": "Name a folder that you can write to: wiro-widgets library check FOLDER",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal cannot show must not end a command.
        sys.stdout.reconfigure(errors="backslashreplace")
    if given and given[0] in _COMMANDS:
        return _in_words(given[0], given[1:])
    parser = argparse.ArgumentParser(
        prog="wiro-widgets",
        description=_HELP,
        epilog=_EXAMPLES,
        usage="wiro-widgets [--help] [--version] COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wiro-widgets {__version__}")
    parser.add_argument("command", choices=list(_COMMANDS), help=argparse.SUPPRESS)
    parser.parse_args(given)
    return 0


def _in_words(name: str, arguments: Sequence[str]) -> int:
    """Run a command; what this computer does not let it do is said in a sentence."""
    from wiro_widgets.errors import WiroError  # noqa: PLC0415 - not for --help

    try:
        return _COMMANDS[name](arguments)
    except WiroError as error:
        problem = str(error)
    except OSError as error:
        if error.errno not in _PLACES:
            raise
        problem = f"{_place(error)}{error.strerror}. {_OTHER_PLACE[name]}"
    print(f"wiro-widgets {name}: {problem}", file=sys.stderr)
    return 2


def _place(error: OSError) -> str:
    """What an error is about, before its reason."""
    try:
        here = Path.cwd()
    except OSError:
        return "The current folder has been deleted: "
    return f"{here / error.filename}: " if error.filename else ""


def _lab(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="wiro-widgets lab",
        usage="wiro-widgets lab [FOLDER] [any option of JupyterLab ...]",
        description="Open the tutorials in JupyterLab, on the sandbox: nothing is charged.",
        epilog="`jupyter lab --help` lists the options of JupyterLab.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(_DEFAULT_FOLDER),
        help="where to put the tutorials, unless they are there already (default: %(default)s)",
    )
    # What follows the folder is not ours to understand: "--port 8899" names no folder.
    first = arguments[0] if arguments else ""
    ours = arguments[:1] if first in {"-h", "--help"} or not first.startswith("-") else []
    options = parser.parse_args(ours)
    for_jupyter = arguments[len(ours) :]
    if importlib.util.find_spec("jupyterlab") is None:
        print('This needs JupyterLab: pip install "wiro-widgets[lab]"', file=sys.stderr)
        return _MISSING_EXTRAS
    from wiro_widgets.runs.credentials import SANDBOX_VARIABLE  # noqa: PLC0415 - for this command
    from wiro_widgets.runs.sandbox_process import find_or_start  # noqa: PLC0415

    folder: Path = options.folder.expanduser()
    copy_tutorials(folder)
    # Each kernel finds it by itself, and finds another one if this one has ended.
    _, lease = find_or_start()
    surroundings = {**os.environ, SANDBOX_VARIABLE: "1"}
    print(
        f"The tutorials are in {folder.resolve()}. Nothing is charged on the sandbox.", flush=True
    )
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}", *for_jupyter]
    try:
        return _run(command, surroundings)
    finally:
        lease.release()


def copy_tutorials(folder: Path) -> None:
    """Put the tutorials and their picture into a folder; a file that is there is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for tutorial in tutorials_folder().iterdir():
        target = folder / tutorial.name
        # A link that leads nowhere is there as well; through it, we would write somewhere else.
        if tutorial.suffix in {".ipynb", ".jpg"} and not os.path.lexists(target):
            shutil.copyfile(tutorial, target)


def _run(command: Sequence[str], surroundings: Mapping[str, str]) -> int:
    """Run a program to its end; what ends this one ends it too."""
    with subprocess.Popen(command, env=surroundings) as process:  # noqa: S603 - our own
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while process.poll() is None:
            # The terminal has interrupted JupyterLab too, which may ask whether it is meant.
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
        return process.returncode


def _demo(arguments: Sequence[str]) -> int:
    from wiro_widgets.demo import main as demo  # noqa: PLC0415 - for this command only

    tutorials = tutorials_folder()
    preset = ["--notebook", str(tutorials / "01_quickstart.ipynb")]
    return demo([*preset, *arguments], "wiro-widgets demo", tutorials / "launch.jpg")


def _sandbox(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["check"]:
        return _check(arguments[1:])
    from wiro_widgets.sandbox.__main__ import main as sandbox  # noqa: PLC0415

    return sandbox(arguments, "wiro-widgets sandbox")


def _library(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="wiro-widgets library",
        description="Look after a library: a folder, or a PostgreSQL that a team shares.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in {
        "migrate": "make its tables, or bring those of an earlier version up to date",
        "check": "tell whether it can be used, and what is in it",
    }.items():
        command = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
        command.add_argument(
            "where",
            nargs="?",
            help="a folder, or postgresql+psycopg://user@host/database (default: WIRO_LIBRARY,"
            " or wiro-runs)",
        )
        command.add_argument(
            "--media", help="s3://bucket/path, or file:///shared/folder (default: WIRO_MEDIA)"
        )
    options = parser.parse_args(arguments)
    from wiro_widgets.library.location import check_library, migrate_library  # noqa: PLC0415

    do = migrate_library if options.command == "migrate" else check_library
    for line in do(options.where, options.media):
        print(line)
    return 0


def _check(arguments: Sequence[str]) -> int:
    from wiro_widgets.sandbox import check  # noqa: PLC0415 - for this command only

    try:
        return check.main(arguments, "wiro-widgets sandbox check", _live_service)
    except check.CheckError as error:
        print(f"wiro-widgets sandbox check: {error}", file=sys.stderr)
        return 2


def _live_service() -> Server:
    """The service, with the key of the environment or of a ``.env`` file."""
    from wiro_widgets.client.addresses import service_address  # noqa: PLC0415 - for this command
    from wiro_widgets.client.client import API_URL  # noqa: PLC0415
    from wiro_widgets.errors import CredentialsError  # noqa: PLC0415
    from wiro_widgets.runs.credentials import from_environment  # noqa: PLC0415
    from wiro_widgets.sandbox.check import Server  # noqa: PLC0415

    source = from_environment()
    if source is None:
        raise CredentialsError(
            "There is no key to ask the service with.",
            field="api_key",
            remedy="Set WIRO_API_KEY and WIRO_API_SECRET, or write them into a .env file.",
        )
    address = source.api_url or os.environ.get("WIRO_API_URL") or API_URL
    api = service_address(address, "http", allow_http=False)
    return Server("the service", api, source.credentials.headers)


def tutorials_folder() -> Path:
    """The notebooks: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "lab": _lab,
    "demo": _demo,
    "sandbox": _sandbox,
    "library": _library,
}

if __name__ == "__main__":
    sys.exit(main())
