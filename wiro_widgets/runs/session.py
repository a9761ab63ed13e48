"""A session: a service, a library, and the runner between them."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wiro_widgets.client import (
    InputError,
    ModelSpec,
    NotFoundError,
    WiroClient,
    normalize_slug,
)
from wiro_widgets.client.catalogue import suggestion
from wiro_widgets.client.client import API_URL, SOCKET_URL
from wiro_widgets.library.inputs import store_input
from wiro_widgets.library.library import Library
from wiro_widgets.library.location import Location, location, open_journal
from wiro_widgets.library.request import (
    RunRequest,
    StoredInput,
    image_by_its_name,
    image_parameter,
)
from wiro_widgets.runs.budget import Budgets
from wiro_widgets.runs.credentials import CredentialSource
from wiro_widgets.runs.runner import Runner
from wiro_widgets.runs.sandbox_process import LeasedCredentials, SandboxLease, find_or_start
from wiro_widgets.runs.sweep import Sweep
from wiro_widgets.runs.welcome import available_models, verify_credentials, where_runs_are_kept
from wiro_widgets.schema.hailuo import MODELS
from wiro_widgets.schema.values import unwrapped
from wiro_widgets.terminal import for_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Self

    from wiro_widgets.library.records import Record, Service
    from wiro_widgets.runs.run import Run

_logger = logging.getLogger("wiro_widgets.runs")

DEFAULT_MODEL = MODELS[0]
_CHECK_SECONDS = 4.0
"""How long to try again for somebody who is looking at the cell."""
_ALL_MODELS = "wiro.ai/models lists all of them."
_NO_MODELS = "It offers neither hailuo model to this key; ww.run needs model=."


class Session:
    """A service, a library and the runner between them; made by `wiro_widgets.connect`.

    As a context manager it is closed at the end of the block.

    Args:
        client: Signed client of the service.
        where: The library.
        lease: Keeps the sandbox alive; None for the real service, which is all that does not
            prove to be a sandbox.
        source: What the client signs with, as messages call it.

    Attributes:
        client: For whatever else the service can do.
        location: Where the library is.
        library: Its runs.
        budgets: What may still be spent.
        service: "sandbox" or "live".
        models: Which of the hailuo models the key may use; None before `check`.
    """

    def __init__(
        self,
        client: WiroClient,
        where: Location | Path | str,
        lease: SandboxLease | None,
        source: CredentialSource,
    ) -> None:
        place = where if isinstance(where, Location) else location(where)
        journal = open_journal(place, source.credentials.account)
        self.client = client
        self.service: Service = "live" if lease is None else "sandbox"
        self.location = place
        self.library = Library(journal)
        self.budgets = Budgets(journal, self.service)
        self._source = source
        self._inputs = journal.inputs
        self._runner = Runner(client, journal, self.library, self.service)
        self._lease = lease
        self.models: tuple[str, ...] | None = None
        self._specs: dict[str, ModelSpec] = {}

    def __repr__(self) -> str:
        if self.service == "sandbox":
            how = ", where nothing is charged"
        else:
            mode = "signed requests" if self._source.credentials.signed else "the key alone"
            how = f" with {mode}, the key from {self._source.origin}"
        words = [f"Connected to {self.place}{how}."]
        if self.models is not None:
            words.append(
                f"Its models include {' and '.join(self.models)}." if self.models else _NO_MODELS
            )
        words.append(where_runs_are_kept(self.location))
        if self.closed:
            words.append("Closed.")
        return for_terminal(" ".join(words))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether it does nothing any more; what is asked of it raises `SessionClosed`."""
        return self._runner.closed

    @property
    def alive(self) -> bool:
        """False when it is closed or its sandbox has gone; the real service is worth trying."""
        return not self.closed and (self._lease is None or self._lease.alive)

    @property
    def place(self) -> str:
        """What it is connected to, as text: the hosts, unless they are the service's own."""
        if self.service == "sandbox":
            return "the sandbox on this computer"
        addresses = (self.client.api_url, self.client.socket_url)
        if addresses == (API_URL, SOCKET_URL):
            return "wiro.ai"
        return " and ".join(dict.fromkeys(urlsplit(address).netloc for address in addresses))

    @property
    def identity(self) -> str:
        """Digest that is equal for sessions of one account, one service and one library."""
        database = self.location.database
        rows = "" if database is None else database.identity
        place = [rows, str(self.library.directory), str(self.location.media)]
        parts = [self.client.api_url, self.client.socket_url, *place]
        # A signature of a fixed nonce tells the key and the secret without being them.
        return hashlib.sha256(
            "\0".join([*parts, *self._source.credentials.headers("0").values()]).encode()
        ).hexdigest()

    def check(self) -> None:
        """Try the key with calls that cost nothing, and learn which of the hailuo models it has.

        Raises:
            AuthenticationError: The service does not accept the key.
            ConnectionFailed: The service could not be reached.
        """
        retry = self.client.retry._replace(budget=_CHECK_SECONDS)
        with WiroClient(
            self._source.credentials,
            self.client.api_url,
            self.client.socket_url,
            retry=retry,
            allow_http=True,  # the addresses have been agreed to
        ) as client:
            verify_credentials(client)
            self.models = available_models(client)

    def model(self, name: str) -> ModelSpec:
        """The schema of a model, asked for once.

        Raises:
            InputError: It is no name of a model.
            NotFoundError: The service has no such model.
        """
        name = unwrapped(name)
        try:
            slug = normalize_slug(name)
            if slug not in self._specs:
                self._specs[slug] = self.client.model(name)
        except (InputError, NotFoundError) as error:
            if "Did you mean" not in error.remedy and isinstance(name, str):
                known = [*self._specs, *self.library.recent_models()]
                missing = isinstance(error, NotFoundError)
                error.remedy = suggestion(name, known) or (_ALL_MODELS if missing else error.remedy)
            raise
        return self._specs[slug]

    def store_input(self, value: Any, field: str) -> StoredInput:
        """Put an input of a parameter into the library; one that is there already stays.

        Raises:
            InputError: There is no such file, or it is of no kind that can be sent.
        """
        return store_input(value, self._inputs, field)

    def request(
        self,
        prompt: str | None,
        *,
        model: str = DEFAULT_MODEL,
        image: Any = None,
        parameters: Mapping[str, Any],
    ) -> RunRequest:
        """A checked request. Nothing is sent.

        Args:
            prompt: Its prompt; None for none, of the models that need none.
            model: Any spelling of a model's name.
            image: Its first frame, whatever the model calls that.
            parameters: The rest by the model's own names.

        Raises:
            InputError: A field is missing, unknown or not allowed.
            NotFoundError: There is no such model.
        """
        spec = self.model(model)
        values: dict[str, Any] = {"prompt": prompt, **parameters}
        if image is not None:
            # An empty text, too, is an image that somebody meant to give.
            values[image_parameter(spec).id] = () if isinstance(image, str) and not image else image
        with image_by_its_name(spec, parameters):
            return RunRequest.build(spec, values, self.store_input)

    def submit(self, request: RunRequest, *, fresh: bool = False) -> Run:
        """Send a request, or show the run that answers it already. Returns at once.

        Args:
            request: Made by `request`.
            fresh: Send it even though an equal request has been sent before.

        Raises:
            SessionClosed: This session is closed; nothing was sent.
            BudgetExceeded: It would pass a budget; nothing was sent.
            LibraryError: It could not be written down, so nothing was sent.
        """
        return self._runner.submit(request, fresh=fresh)

    def sweep(
        self,
        values: Mapping[str, Any],
        *,
        repeats: int = 1,
        max_cost: Any = None,
        skip_impossible: bool = False,
    ) -> Sweep:
        """Plan every combination of what is listed. Nothing is sent.

        Args:
            values: By name, ``model``, ``prompt`` and ``image`` among them: a list is swept,
                anything else is shared.
            repeats: How often each combination is run.
            max_cost: USD that all of it may cost at most; None for no limit.
            skip_impossible: Leave out combinations that the model does not allow.

        Raises:
            InputError: Something cannot be run; the message gives the reasons.
        """
        return Sweep(
            self,
            values,
            repeats=repeats,
            max_cost=max_cost,
            skip_impossible=skip_impossible,
        )

    def elsewhere(self, place: Location) -> Session:
        """Another session of the same service and key, whose library is at `place`."""
        addresses = self.client.api_url, self.client.socket_url
        session = open_session(self._source, *addresses, place, allow_http=True)
        session.models = self.models
        return session

    def run_of(self, record: Record) -> Run:
        """The live run of a record. Nothing is sent."""
        return self._runner.get(record)

    def runs(self, limit: int = 40) -> list[Run]:
        """The newest runs of this service, newest first. Nothing is sent."""
        return [self.run_of(one) for one in self.library.records(limit=limit, service=self.service)]

    def close(self) -> None:
        """Let go of the service; runs go on there and can be followed on by another session."""
        self._runner.close()
        if self._lease is not None:
            self._lease.release()

    def retire(self) -> None:
        """Close when the runs under way are over; until then they can be stopped and waited for."""
        self._runner.retire(then=self.close)


def open_session(
    source: CredentialSource | None,
    api_url: str | None,
    socket_url: str | None,
    where: Location | Path | str | None,
    *,
    allow_http: bool = False,
) -> Session:
    """Open a session without making it the notebook's.

    Args:
        source: The key; None for the sandbox.
        api_url: Another address of the API.
        socket_url: Another address of the socket.
        where: The library; None for that of the environment.
        allow_http: Also take an address of another computer that is not encrypted.

    Raises:
        InputError: An address is not one that requests may be sent to.
        SandboxUnavailableError: No key, and no sandbox could be started.
    """
    place = where if isinstance(where, Location) else location(where)
    lease: SandboxLease | None = None
    if source is None:
        sandbox, lease = find_or_start()
        print(  # noqa: T201 - a notebook user must read which service this is
            "No Wiro key is in use, so this is the sandbox: clips are made on this computer and"
            " nothing is charged."
        )
        api_url, socket_url = sandbox.api_url, sandbox.socket_url
        source = CredentialSource(sandbox.credentials, "the sandbox itself")
    client = WiroClient(
        source.credentials,
        api_url or source.api_url,
        socket_url or source.socket_url,
        allow_http=allow_http,
    )
    lease = lease or SandboxLease.take(client.api_url, source.credentials)
    if lease is not None:
        source = replace(source, credentials=LeasedCredentials(source.credentials, lease))
        client = WiroClient(source.credentials, client.api_url, client.socket_url)
    return Session(client, place, lease, source)
