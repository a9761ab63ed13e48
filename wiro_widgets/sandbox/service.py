"""The whole service in one object: its parts, made and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aiohttp import web

from .accounts import Account, Accounts
from .activity import Activity
from .bursts import Bursts
from .catalog import Catalog
from .downloads import Downloads
from .ending import Ending
from .folders import Folders
from .journal import Journal
from .lifecycle import Lifecycle
from .media import Media, MediaShelf
from .process import Processes
from .render.pool import Pool
from .results import Results
from .sockets import Hub
from .tasks import Tasks
from .webhooks import Webhooks

if TYPE_CHECKING:
    from .envelope import JSON
    from .options import Options
    from .store import Store
    from .task import Task


class Service:
    """What the endpoints work with.

    Attributes:
        base: The server's own address, without path.
    """

    def __init__(self, options: Options, store: Store, base: str) -> None:
        self.options = options
        self.base = base
        self.store = store
        self.catalog = Catalog(options)
        self.accounts = Accounts(store, options)
        self.tasks = Tasks(store)
        self.shelf = MediaShelf(store)
        self.hub = Hub(options.frames)
        self.folders = Folders(store)
        self.downloads = Downloads()
        self.bursts = Bursts()
        self.activity = Activity()
        self._pool = Pool()
        self._webhooks = Webhooks(self.show)
        journal = Journal(self.tasks, self.hub)
        processes = Processes(
            journal,
            self.shelf,
            Results(self.shelf, self._pool),
            speed=options.speed,
            marks=options.frame_marks,
        )
        ending = Ending(
            accounts=self.accounts,
            shelf=self.shelf,
            journal=journal,
            base=base,
            announce=self._webhooks.announce,
        )
        self.lifecycle = Lifecycle(
            speed=options.speed,
            catalog=self.catalog,
            journal=journal,
            processes=processes,
            ending=ending,
        )

    def resume(self) -> None:
        """Go on with what an earlier server left unfinished."""
        for task in self.tasks.unfinished():
            self.lifecycle.start(task)

    def is_idle(self) -> bool:
        """Whether nobody uses the server and nothing is under way in it."""
        return self.activity.is_quiet and not self.hub.count and not self.lifecycle.count

    def show(self, task: Task) -> JSON:
        """A task as the service shows it."""
        model = self.catalog.find(*task.slug.split("/"))
        return task.wire(model, self.shelf, self.base)

    def task_of(self, account: Account, *, taskid: str = "", token: str = "") -> Task | None:
        """A task of that account, by token or id."""
        task = self.tasks.find(taskid=taskid, token=token)
        return task if task is not None and task.uuid == account.uuid else None

    def own_media(self, address: str) -> Media | None:
        """The kept file an address of this very server points to."""
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self.base:
            return None
        return self.shelf.at(unquote(parts.path))

    async def close(self) -> None:
        """End everything that was started; state stays."""
        await self.lifecycle.close()
        await self._webhooks.close()
        await self._pool.close()
        await self.hub.close()


SERVICE: web.AppKey[Service] = web.AppKey("service", Service)
ACCOUNT = "account"


def service_of(request: web.Request) -> Service:
    """The service a request came to."""
    return request.app[SERVICE]


def account_of(request: web.Request) -> Account:
    """The account that made a request; put there by the authorisation."""
    account: Account = request[ACCOUNT]
    return account
