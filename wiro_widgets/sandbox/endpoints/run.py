"""``/Run/{owner}/{model}``: accepting a task."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from wiro_widgets.sandbox.bodies import Body, read_body, removing
from wiro_widgets.sandbox.envelope import CONCURRENCY, NOT_FOUND, Refusal, success
from wiro_widgets.sandbox.names import token
from wiro_widgets.sandbox.parameters import Checked, FileInput, check_parameters
from wiro_widgets.sandbox.service import Service, account_of, service_of
from wiro_widgets.sandbox.task import Task
from wiro_widgets.sandbox.trials import trials_in

if TYPE_CHECKING:
    from wiro_widgets.sandbox.accounts import Account
    from wiro_widgets.sandbox.catalog.model import Model


async def run(request: web.Request) -> web.Response:
    """Accept a task. The order of the checks is the fact sheet's order of errors."""
    service, account = service_of(request), account_of(request)
    model = service.catalog.find(request.match_info["owner"], request.match_info["model"])
    body = await read_body(request, service.shelf)
    with removing(body):
        if model is None:
            raise Refusal("slug-owner-project-not-exist", code=NOT_FOUND)
        trials_in(body.text("prompt")).refuse()
        account.check_balance()
        _check_concurrency(service, account)
        checked = check_parameters(model, body)
        task = _accept(service, account, model, body, checked)
    service.lifecycle.start(task)
    return web.json_response(success(taskid=str(task.id), socketaccesstoken=task.socketaccesstoken))


def _check_concurrency(service: Service, account: Account) -> None:
    limit = account.limit
    unfinished = sum(not task.is_over for task in service.tasks.of(account.uuid))
    if limit is not None and unfinished >= limit:
        raise Refusal(
            "You have reached your concurrent task limit. With your current balance of"
            f" ${account.balance:.2f}, you can run up to {limit} tasks at the same time."
            " Add funds to increase your limit.",
            code=CONCURRENCY,
        )


def _accept(service: Service, account: Account, model: Model, body: Body, checked: Checked) -> Task:
    folder = secrets.token_hex(16)
    task = Task(
        id=service.tasks.next_id(),
        socketaccesstoken=token(),
        uuid=account.uuid,
        projectid=body.text("projectid") or account.projectid,
        slug=model.slug,
        values=checked.values,
        files={
            name: _references(service, account, name, given)
            for name, given in checked.files.items()
        },
        callbackurl=_address(body.text("callbackUrl")),
        times={"createtime": time.time()},
        outputfolderid=folder,
    )
    service.tasks.add(task)
    return task


def _references(service: Service, account: Account, name: str, given: FileInput) -> list[str]:
    """The inputs as the task keeps them: files taken in, addresses of ours resolved."""
    references = []
    for received in given.files:
        suffix = received.path.with_name(received.name).suffix.lower()
        stored = f"{name}-{secrets.randbelow(9_000_000) + 1_000_000}{suffix}"
        media = service.shelf.keep(
            received.path,
            name=stored,
            uuid=account.uuid,
            parentid="",
            place="File",
        )
        references.append(media.id)
    for address in given.urls:
        own = service.own_media(address)
        references.append(own.id if own else address)
    return references


def _address(text: str) -> str:
    """A callback address; empty for the junk that copied samples send."""
    try:
        return text if urlsplit(text).scheme in ("http", "https") else ""
    except ValueError:
        return ""
