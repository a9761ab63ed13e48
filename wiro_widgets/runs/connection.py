"""What this notebook is connected to: the service, the library, and the runner between them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import Credentials, InputError, ModelSpec, WiroClient, normalize_slug
from wiro_widgets.runs.access import Access, look
from wiro_widgets.runs.access import ask as ask_for_key
from wiro_widgets.runs.history import History, find_runs
from wiro_widgets.runs.inputs import StoredInput, keep_input
from wiro_widgets.runs.library import Library, Service
from wiro_widgets.runs.local_sandbox import Lease, find_or_start
from wiro_widgets.runs.request import RunRequest, image_parameter
from wiro_widgets.runs.runner import Runner
from wiro_widgets.runs.sweep import Sweep, plan_sweep
from wiro_widgets.runs.welcome import check_key, models_there

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from wiro_widgets.runs.run import Run

DEFAULT_MODEL = "minimax/hailuo-2.3-fast"
DEFAULT_DIRECTORY = "wiro-runs"
_CHECK_SECONDS = 4.0
"""How long to try again for somebody who is looking at the cell."""
_NO_MODELS_OF_OURS = "It has neither of the hailuo models for this key; ww.run needs model=."


class Connection:
    """A service, a library and the runner between them; made by `connect`.

    Args:
        client: Signed client of the service.
        directory: Folder of the library.
        lease: Keeps the sandbox alive; None when the service is the real one.
        access: What the client signs with, to be told of in words.
    """

    def __init__(
        self, client: WiroClient, directory: Path | str, lease: Lease | None, access: Access
    ) -> None:
        self.client = client
        self.access = access
        self.service: Service = "live" if lease is None else "sandbox"
        self.library = Library(directory)
        self.runner = Runner(client, self.library, self.service)
        self._lease = lease
        self.models: tuple[str, ...] | None = None
        """Which of the hailuo models are there; None before `check`."""
        self._specs: dict[str, ModelSpec] = {}

    def __repr__(self) -> str:
        if self.service == "sandbox":
            where = "the sandbox on this computer, where nothing is charged"
        else:
            mode = "signed requests" if self.access.credentials.signed else "the key alone"
            where = f"wiro.ai with {mode}, the key from {self.access.origin}"
        words = [f"Connected to {where}."]
        if self.models is not None:
            words.append(
                f"It has {' and '.join(self.models)}." if self.models else _NO_MODELS_OF_OURS
            )
        words.append(f"Runs are kept in {self.library.directory}.")
        return " ".join(words)

    def check(self) -> None:
        """Try the key with calls that cost nothing, and learn which of our models are there.

        Raises:
            AuthenticationError: The service does not accept the key.
            ConnectionFailed: The service could not be reached.
        """
        retry = self.client.retry._replace(budget=_CHECK_SECONDS)
        with WiroClient(
            self.access.credentials, self.client.api_url, self.client.socket_url, retry=retry
        ) as client:
            check_key(client)
            self.models = models_there(client)

    @property
    def alive(self) -> bool:
        """False once the sandbox behind it has gone; the real service is always worth trying."""
        return self._lease is None or self._lease.alive

    def model(self, name: str) -> ModelSpec:
        """The schema of a model, asked for once.

        Raises:
            NotFoundError: The service has no such model.
        """
        slug = normalize_slug(name)
        if slug not in self._specs:
            self._specs[slug] = self.client.model(name)
        return self._specs[slug]

    def run(
        self,
        prompt: str,
        *,
        model: str = DEFAULT_MODEL,
        image: Any = None,
        fresh: bool = False,
        **parameters: Any,
    ) -> Run:
        """As `wiro_widgets.run`, on this connection."""
        request = self.request(prompt, model=model, image=image, **parameters)
        return self.runner.submit(request, fresh=fresh)

    def request(
        self, prompt: str, *, model: str = DEFAULT_MODEL, image: Any = None, **parameters: Any
    ) -> RunRequest:
        """What `run` would send, checked; nothing is sent.

        Raises:
            InputError: A field is missing, unknown or not allowed.
            NotFoundError: There is no such model.
        """
        spec = self.model(model)
        values: dict[str, Any] = {"prompt": prompt, **parameters}
        if image is not None:
            values[image_parameter(spec).id] = image
        try:
            return RunRequest.build(spec, values, self.keep)
        except InputError as error:
            parameter = spec.parameter(error.field or "")
            if image is None and parameter is not None and parameter.is_file:
                # The person asking knows it as `image`, whatever the schema calls it today.
                error.remedy = "Give a picture: image=... (a path, bytes, a PIL image or a URL)."
            raise

    def history(
        self, *, limit: int | None = 50, model: str | None = None, text: str | None = None
    ) -> History:
        """As `wiro_widgets.history`, on this connection."""
        return find_runs(self.library, self.runner, limit=limit, model=model, text=text)

    def sweep(
        self,
        prompt: str | Sequence[str],
        *,
        model: str | Sequence[str] = DEFAULT_MODEL,
        image: Any = None,
        repeats: int = 1,
        max_cost: Decimal | float | str | None = None,
        **parameters: Any,
    ) -> Sweep:
        """As `wiro_widgets.sweep`, on this connection."""
        values = {"model": model, "prompt": prompt, "image": image, **parameters}
        return plan_sweep(self, values, repeats=repeats, max_cost=max_cost)

    def keep(self, value: Any, field: str) -> StoredInput:
        """Put an input of a parameter into the library.

        Raises:
            InputError: There is no such file, or it is of no kind that can be sent.
        """
        return keep_input(value, self.library.inputs, field)

    def close(self) -> None:
        """Let go of the service; runs go on there."""
        self.runner.close()
        if self._lease is not None:
            self._lease.release()


_current: Connection | None = None
_lock = threading.Lock()


def connect(  # noqa: PLR0913 - keywords, each a thing of its own to say
    api_key: str | None = None,
    api_secret: str = "",
    *,
    api_url: str | None = None,
    socket_url: str | None = None,
    directory: Path | str = DEFAULT_DIRECTORY,
    ask: bool = False,
) -> Connection:
    """Choose the service for this notebook, and try the key with a call that costs nothing.

    Without arguments: the key in ``WIRO_API_KEY`` / ``WIRO_API_SECRET`` if there is one, else
    that of a ``.env`` file beside the notebook (or above it, within your own folder), else the
    sandbox on this computer, where nothing is charged. When it fails, an earlier connection stays.

    Args:
        api_key: Key of a project on wiro.ai.
        api_secret: Its secret; empty for a project in key-only mode.
        api_url: Another address of the API; also ``WIRO_API_URL``.
        socket_url: Another address of the socket; also ``WIRO_SOCKET_URL``.
        directory: Folder for the journal and the clips, beside the notebook unless absolute.
        ask: Ask for key and secret here; what is typed is not shown and not kept.

    Returns:
        The connection; it says in a sentence what it is connected to, and how.

    Raises:
        CredentialsError: A secret was given without a key, or nothing was typed.
        AuthenticationError: The service does not accept the key.
        ConnectionFailed: The service could not be reached.
        SandboxUnavailableError: No key, and no sandbox could be started.
    """
    global _current  # noqa: PLW0603 - a notebook has one connection, as it has one kernel
    with _lock:
        if api_key is not None or api_secret:
            access: Access | None = Access(Credentials(api_key or "", api_secret), "your code")
        else:
            access = ask_for_key() if ask else look()
        connection = _open(access, api_url, socket_url, directory)
        try:
            connection.check()
        except BaseException:
            connection.close()
            raise
        if _current is not None:
            _current.close()
        _current = connection
        return _current


def current() -> Connection:
    """The notebook's connection, opened on first use and again if its sandbox has gone."""
    global _current  # noqa: PLW0603
    with _lock:
        if _current is not None and not _current.alive:
            _current.close()
            _current = None
        if _current is None:
            access = look()
            if access is not None and access.origin != "the environment":
                # Money may be spent from here on because of a file that was merely lying there.
                print(f"Using the Wiro key from {access.origin}.")  # noqa: T201
            _current = _open(access, None, None, DEFAULT_DIRECTORY)
        return _current


def _open(
    access: Access | None, api_url: str | None, socket_url: str | None, directory: Path | str
) -> Connection:
    if access is None:
        return _open_sandbox(directory)
    client = WiroClient(
        access.credentials,
        api_url=api_url or access.api_url,
        socket_url=socket_url or access.socket_url,
    )
    return Connection(client, directory, Lease.take(client.api_url), access)


def _open_sandbox(directory: Path | str) -> Connection:
    sandbox, lease = find_or_start()
    print(  # noqa: T201 - a notebook user must read which service this is
        "WIRO_API_KEY is not set, so this is the sandbox: clips are made on this computer and"
        " nothing is charged."
    )
    access = Access(Credentials(sandbox.key, sandbox.secret), "the sandbox itself")
    client = WiroClient(access.credentials, api_url=sandbox.api_url, socket_url=sandbox.socket_url)
    return Connection(client, directory, lease, access)


def run(
    prompt: str,
    *,
    model: str = DEFAULT_MODEL,
    image: Any = None,
    fresh: bool = False,
    **parameters: Any,
) -> Run:
    """Make a clip. Returns at once with a `Run` that shows itself live.

    The same request made again shows the recorded run and sends nothing, so "Run all" is free.

    Args:
        prompt: What should happen, up to 2,000 characters for the hailuo models.
        model: Any spelling of a model's name.
        image: First frame: path, bytes, file object, PIL image, numpy array or URL.
        fresh: Send the request even though an equal one has been sent before.
        **parameters: By the model's own names, e.g. ``resolution="1080P"``, ``duration=6``.

    Raises:
        InputError: A field is missing, unknown or not allowed. Nothing was sent.
        NotFoundError: There is no such model.
        AuthenticationError: The service does not accept the key.
        ConnectionFailed: The service could not be reached. Nothing was sent.

    Example:
        >>> ww.run("The gull lifts off", image="beach.jpg", duration=6)
    """
    return current().run(prompt, model=model, image=image, fresh=fresh, **parameters)


def history(
    *, limit: int | None = 50, model: str | None = None, text: str | None = None
) -> History:
    """Your runs, newest first, from any day: a list of live `Run` that shows itself as a table.

    Args:
        limit: At most so many; None for all.
        model: Only runs of this model, by any spelling of its name.
        text: Only runs with all of these words in the prompt, the settings, the tags or the note.

    Raises:
        InputError: The limit is negative, or `model` names no model.

    Example:
        >>> ww.history(text="gull 1080P")
        >>> ww.history()[0]  # the newest run, shown live
    """
    return current().history(limit=limit, model=model, text=text)


def sweep(
    prompt: str | Sequence[str],
    *,
    model: str | Sequence[str] = DEFAULT_MODEL,
    image: Any = None,
    repeats: int = 1,
    max_cost: Decimal | float | str | None = None,
    **parameters: Any,
) -> Sweep:
    """Plan every combination of what is listed, with the price of each and of all of it.

    Nothing is sent before you call `Sweep.run`. What an earlier run answers already costs nothing.

    Args:
        prompt: One prompt, or a list of them.
        model: One model, or a list of them.
        image: One first frame, or a list of them; see `run`.
        repeats: How often each combination is run.
        max_cost: USD. `Sweep.run` refuses when all of it may cost more, or nobody can tell.
        **parameters: By the model's own names: a list is swept, anything else is shared. For a
            parameter that takes a list itself, give a list of lists.

    Raises:
        InputError: Something cannot be run; the message says which combinations, and why.

    Example:
        >>> sweep = ww.sweep(
        ...     ["The gull lifts off", "The gull lands"],
        ...     image="beach.jpg",
        ...     resolution=["768P", "1080P"],
        ...     max_cost=2,
        ... )
        >>> sweep  # the table, the total first
        >>> sweep.run().wait()
    """
    return current().sweep(
        prompt, model=model, image=image, repeats=repeats, max_cost=max_cost, **parameters
    )
