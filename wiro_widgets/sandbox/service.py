"""The whole service in one object: its parts, built and connected."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from weakref import WeakSet

from aiohttp import web

from .catalog import Catalog
from .engine import Completion, Engine, Worker
from .events import Hub, Publisher, Webhooks
from .files import Downloads, FileStore
from .render.pool import Pool, Results
from .scenarios import Outages
from .state import Account, Accounts, Folders, Tasks

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from .files import Media
    from .messages import JSON
    from .options import Options
    from .store import Store
    from .task import Task


class Usage:
    """Counts the requests under way of those who may call; a lease is a very long one."""

    def __init__(self) -> None:
        self._uses = 0
        self.last = time.monotonic()
        """When the last request began or ended, on the monotonic clock."""

    @property
    def is_quiet(self) -> bool:
        """Whether no request is under way."""
        return self._uses == 0

    @contextmanager
    def use(self) -> Iterator[None]:
        """Count one request for as long as the block lasts."""
        self._uses += 1
        self.last = time.monotonic()
        try:
            yield
        finally:
            self._uses -= 1
            self.last = time.monotonic()


class Service:
    """What the handlers work with.

    Attributes:
        base: The server's own address, without path.
        heard: The connections on which a request has arrived.
    """

    def __init__(self, options: Options, store: Store, base: str) -> None:
        self.options = options
        self.base = base
        self.heard: WeakSet[asyncio.BaseTransport] = WeakSet()
        self.catalog = Catalog(options)
        self.accounts = Accounts(store, options)
        self.tasks = Tasks(store)
        self.files = FileStore(store)
        self.hub = Hub(options.frames, self.tasks.has_token)
        self.folders = Folders(store)
        self.downloads = Downloads()
        self.outages = Outages()
        self.usage = Usage()
        self._pool = Pool()
        self._webhooks = Webhooks(self.show)
        publisher = Publisher(self.tasks, self.hub)
        worker = Worker(
            publisher,
            self.files,
            Results(self.files, self._pool),
            speed=options.speed,
            marks=options.frame_marks,
            rate=options.frame_rate,
        )
        completion = Completion(
            accounts=self.accounts,
            files=self.files,
            publisher=publisher,
            base=base,
            notify=self._webhooks.notify,
            options=options,
        )
        self.engine = Engine(
            speed=options.speed,
            catalog=self.catalog,
            publisher=publisher,
            worker=worker,
            completion=completion,
        )

    def resume(self) -> None:
        """Go on with what an earlier server left unfinished."""
        for task in self.tasks.unfinished():
            self.engine.start(task)
        for task in self.tasks.unsettled():
            self.engine.settle(task)

    def is_idle(self) -> bool:
        """Whether nobody is connected; what is under way does not count, and can go on later."""
        return self.usage.is_quiet and not self.hub.count

    def show(self, task: Task) -> JSON:
        """A task as the service shows it."""
        return task.wire(self.catalog.named(task.slug), self.files, self.base)

    def task_of(self, account: Account, *, taskid: str = "", token: str = "") -> Task | None:
        """A task of that account, by token or id."""
        task = self.tasks.find(taskid=taskid, token=token)
        return task if task is not None and task.uuid == account.uuid else None

    def own_file(self, address: str) -> Media | None:
        """The stored file that a URL of this server points to."""
        return self.files.at(unquote(urlsplit(address).path)) if self.is_own(address) else None

    def is_own(self, address: str) -> bool:
        """Whether a URL points to this server, by any of the names of this computer."""
        parts, ours = urlsplit(address), urlsplit(self.base)
        names = {ours.hostname, "localhost", "127.0.0.1", "::1"}
        return parts.scheme == "http" and parts.port == ours.port and parts.hostname in names

    async def close(self) -> None:
        """End everything that was started; the state stays."""
        await self.engine.close()
        await self._webhooks.close()
        await self._pool.close()
        await self.hub.close()


SERVICE: web.AppKey[Service] = web.AppKey("service", Service)
ACCOUNT = "account"


def service_of(request: web.Request) -> Service:
    """The service a request came to."""
    return request.app[SERVICE]


def account_of(request: web.Request) -> Account:
    """The account that made a request; set by the authorisation."""
    account: Account = request[ACCOUNT]
    return account
