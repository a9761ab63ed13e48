"""``wiro-widgets sandbox check``: one walk of calls that cost nothing, here and at the service.

What answers are made of is compared and printed; nothing else of an account is, so that a report
can be sent as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import json
import random
import re
import secrets
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests

from wiro_widgets._version import __version__

from .answers import Answer, Seen, differences, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_TIMEOUT = 30.0
_OVER = frozenset({"task_postprocess_end", "task_cancel"})
_MODELS = ("MiniMax/hailuo-2.3", "MiniMax/hailuo-2.3-Fast")
_OTHERS = (
    *("openai/sora-2", "klingai/kling-v3", "pruna/p-video", "black-forest-labs/flux-2-pro"),
    *("ByteDance/seedance-pro-v1.5", "ByteDance/seedream-v4-5", "wiro/3D Text Animations"),
)
_SEARCHES = ("video", "image to video", "hailuo", "text-to-speech", "zzzz-nothing")
_FOLDER = "wiro-widgets-check"


class CheckError(Exception):
    """A server cannot be asked; the text says which one and why."""


class Server(NamedTuple):
    """A server to be asked."""

    name: str
    api: str
    headers: Callable[[], dict[str, str]]
    """Makes the headers of one request, which carry the key and a fresh signature."""


class Call(NamedTuple):
    """One request of the walk."""

    name: str
    path: str
    body: Any = None
    headers: Mapping[str, str] | None = None
    """Added to the signed ones, or sent in place of them when there is an ``x-api-key``."""
    method: str = "POST"


def ask(server: Server, call: Call) -> Answer:
    """Send one request, to this server and to none that it might point to.

    Raises:
        CheckError: There is no answer.
    """
    own = dict(call.headers or {})
    headers = {"User-Agent": f"wiro-widgets/{__version__}", "Content-Type": "application/json"}
    headers |= own if "x-api-key" in own else {**server.headers(), **own}
    body = call.body if isinstance(call.body, bytes) else json.dumps(call.body or {}).encode()
    address = f"{server.api}/{call.path}"
    try:
        with requests.Session() as session:
            # A proxy of the surroundings does not know this computer.
            session.trust_env = urlsplit(address).scheme == "https"
            response = session.request(
                call.method,
                address,
                data=body if call.method == "POST" else None,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        # Its words may have the address, but never a header.
        raise CheckError(f"{server.name} does not answer: {type(error).__name__}") from error
    try:
        return Answer(response.status_code, response.json())
    except ValueError:
        return Answer(response.status_code, response.text)


def walk(seed: int, ask_it: Callable[[Call], Answer]) -> Iterator[tuple[Call, Answer]]:
    """The calls of a seed, one after the other, with their answers. None of them costs anything.

    Args:
        seed: Decides which models, pages and odd values are asked for.
        ask_it: Sends one of them.
    """
    for call in _calls(random.Random(seed)):  # noqa: S311 - a choice, not a secret
        yield call, ask_it(call)
    listed = Call("the newest tasks", "Task/List", {**_PAGE, "type": "model", "sort": "id"})
    answer = ask_it(listed)
    yield listed, answer
    tasks = answer.body.get("tasklist") if isinstance(answer.body, dict) else None
    listed_tasks = [task for task in tasks or () if isinstance(task, dict)]
    over = next((task for task in listed_tasks if task.get("status") in _OVER), None)
    if over is not None:
        by_id = {"taskid": str(over.get("id"))}
        for call in (
            Call("the detail of a task that is over", "Task/Detail", by_id),
            Call("cancel of a task that is over", "Task/Cancel", by_id),
            Call("kill of a task that is over", "Task/Kill", by_id),
        ):
            yield call, ask_it(call)


_PAGE = {"start": "0", "limit": "5"}


def _calls(chance: random.Random) -> Iterator[Call]:
    number = str(chance.randrange(10**14, 10**15))
    word = "".join(chance.choices("abcdefghij", k=12))
    page = {"start": str(chance.randrange(3)), "limit": str(chance.randrange(2, 20))}
    yield Call("the list of models", "Tool/List", {**page, "summary": True})
    yield Call("the list of models with their schemas", "Tool/List", page)
    for text in chance.sample(_SEARCHES, 3):
        yield Call("a search", "Tool/List", {**_PAGE, "search": text, "summary": True})
    yield Call("a category", "Tool/List", {**_PAGE, "categories": ["image-to-video"]})
    for raw in (*_MODELS, *chance.sample(_OTHERS, 3)):
        owner, project = raw.split("/")
        for spelled in ((owner, project), (_clean(owner), _clean(project))):
            slugs = dict(zip(("slugowner", "slugproject"), spelled, strict=True))
            yield Call(f"the schema of {raw}", "Tool/Detail", slugs)
        yield Call(f"the summary of {raw}", "Tool/Detail", {**slugs, "summary": True})
        yield Call(f"the document of {raw}", "Tool/DetailOpenAPI", slugs)
    yield Call("models to explore", "Tool/Explore")
    nobody = {"slugowner": word, "slugproject": word}
    yield Call("the schema of no model", "Tool/Detail", nobody)
    yield Call("the document of no model", "Tool/DetailOpenAPI", nobody)
    yield Call("a run of no model", f"Run/{word}/{word}", {"prompt": "a"})
    yield Call("the detail of no task", "Task/Detail")
    yield Call("the detail of an unknown task", "Task/Detail", {"taskid": number})
    yield Call("the detail of an unknown token", "Task/Detail", {"tasktoken": word})
    yield Call("cancel of no task", "Task/Cancel")
    yield Call("cancel of an unknown task", "Task/Cancel", {"taskid": number})
    yield Call("kill of no task", "Task/Kill")
    yield Call("kill of an unknown token", "Task/Kill", {"socketaccesstoken": word})
    yield Call("deletion of no files", "Task/InputOutputDelete")
    yield Call("deletion of an unknown task's files", "Task/InputOutputDelete", {"tasktoken": word})
    yield Call("the count of tasks", "Task/Stat")
    yield Call("a folder without a name", "File/FolderCreate")
    yield Call("a folder with an odd name", "File/FolderCreate", {"name": "a b/c"})
    for turn in ("a folder", "the same folder again"):
        yield Call(turn, "File/FolderCreate", {"name": _FOLDER})
    yield Call("an upload of nothing", "File/Upload")
    yield Call("an unknown path", f"{word}/{word}")
    for path in ("Task/Detail", "File/Upload", f"{word}/{word}"):
        yield Call(f"GET of {path.replace(word, 'nothing')}", path, method="GET")
    yield Call("a body that is no JSON", "Task/Detail", b"{")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    yield Call("a form", "Task/Detail", f"taskid={number}".encode(), form)
    yield Call("a list with an unknown key", "Task/List", _PAGE, {"x-api-key": word})
    wrong = {"x-nonce": "1", "x-signature": "0" * 64}
    yield Call("a list with a wrong signature", "Task/List", _PAGE, wrong)


def _clean(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def compare(seed: int, first: Server, second: Server) -> dict[str, list[str]]:
    """What two servers answer differently: for each difference, the calls that show it.

    Raises:
        CheckError: One of them does not answer.
    """
    names = (first.name, second.name)
    there: dict[tuple[str, str], Seen] = {}
    for call, answer in walk(seed, lambda call: ask(second, call)):
        there.setdefault((call.name, json.dumps(_plain(call))), seen(answer))
    found: dict[str, list[str]] = {}
    for call, answer in walk(seed, lambda call: ask(first, call)):
        theirs = there.get((call.name, json.dumps(_plain(call))))
        if theirs is None:
            continue
        for line in differences(seen(answer), theirs, names):
            calls = found.setdefault(f"{_route(call)}: {line}", [])
            if call.name not in calls:
                calls.append(call.name)
    return found


def _plain(call: Call) -> Any:
    """What tells a call from the others of its name; ids of tasks differ from server to server."""
    return None if "that is over" in call.name or call.body is None else str(call.body)


def _route(call: Call) -> str:
    return "/".join(call.path.split("/")[:1] if call.path.startswith("Run/") else [call.path])


def main(arguments: Sequence[str], prog: str, live: Callable[[], Server], *flags: str) -> int:
    """Walk, and print what differs; 0 when nothing does, 1 when something does.

    Args:
        arguments: Of the command line.
        prog: What the command is called there.
        live: Finds the service and the key for it.
        flags: For the sandbox that is started.

    Raises:
        CheckError: A server cannot be asked.
    """
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Make one walk of calls that cost nothing (lists, schemas, tasks that do not"
        f' exist or are over, wrong signatures, a folder named "{_FOLDER}") on a sandbox of its own'
        " and, with --live, on the service as well, and print what the answers differ in."
        " The report names no key, no task and no prompt.",
    )
    parser.add_argument("--live", action="store_true", help="ask the service too, with your key")
    parser.add_argument("--seed", type=int, default=1, help="decides which calls are made")
    options = parser.parse_args(arguments)
    other = live() if options.live else None
    # A project is of one kind or the other, and so are its refusals.
    key_only = ["--secret", ""] if other and "x-signature" not in other.headers() else []
    with _sandbox(*key_only, *flags) as ours:
        if other is None:
            count = sum(
                _is_sound(call, answer) for call, answer in walk(options.seed, _asker(ours))
            )
            sys.stdout.write(f"The sandbox {__version__} answered {count} calls as it should.\n")
            sys.stdout.write(f"{prog} --live asks the service as well, and compares.\n")
            return 0
        found = compare(options.seed, ours, other)
    sys.stdout.write(_hidden(_report(found, options.seed), ours, other))
    return int(bool(found))


def _asker(server: Server) -> Callable[[Call], Answer]:
    return lambda call: ask(server, call)


def _is_sound(call: Call, answer: Answer) -> bool:
    """Whether an answer is the envelope that it should be.

    Raises:
        CheckError: It is not.
    """
    is_list = call.path == "Tool/DetailOpenAPI" and isinstance(answer.body, list)
    if not is_list and not (isinstance(answer.body, dict) and "errors" in answer.body):
        raise CheckError(f"{call.name}: HTTP {answer.status} without an envelope")
    return True


def _report(found: Mapping[str, Sequence[str]], seed: int) -> str:
    head = f"wiro-widgets {__version__}, sandbox and service compared, seed {seed}: "
    if not found:
        return f"{head}no difference\n"
    lines = [f"{head}{len(found)} differences"]
    for difference, calls in found.items():
        lines.append(f"- {difference}")
        lines.append(f"  seen in {', '.join(calls)}")
    return "\n".join([*lines, ""])


def _hidden(report: str, *servers: Server) -> str:
    """The report without what the requests carried, should a server have said it."""
    for word in {word for one in servers for word in one.headers().values()}:
        report = report.replace(word, "<hidden>")
    return report


def _signed(key: str, secret: str) -> dict[str, str]:
    if not secret:
        return {"x-api-key": key}
    nonce = str(secrets.randbelow(10**12))
    signature = hmac.new(key.encode(), f"{secret}{nonce}".encode(), hashlib.sha256).hexdigest()
    return {"x-api-key": key, "x-nonce": nonce, "x-signature": signature}


@contextlib.contextmanager
def _sandbox(*flags: str) -> Iterator[Server]:
    """A sandbox with one task that is over, until the end of the block."""
    command = [sys.executable, "-m", "wiro_widgets.sandbox", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise CheckError("The sandbox does not start.")
            ready = json.loads(line)
            key, secret = ready["key"], ready["secret"]
            server = Server("the sandbox", ready["api_url"], partial(_signed, key, secret))
            run = Call("a run", "Run/wiro/chat", {"prompt": "sandbox: long queue"})
            started = ask(server, run).body
            ask(server, Call("cancel", "Task/Cancel", {"taskid": started["taskid"]}))
            yield server
        finally:
            process.terminate()
