"""``/Task/*``: looking at tasks and stopping them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from wiro_widgets.sandbox import trials
from wiro_widgets.sandbox.bodies import Body, read_body, removing
from wiro_widgets.sandbox.envelope import JSON, NOT_FOUND, Refusal, success
from wiro_widgets.sandbox.names import clean_slug
from wiro_widgets.sandbox.service import Service, account_of, service_of

if TYPE_CHECKING:
    from wiro_widgets.sandbox.accounts import Account
    from wiro_widgets.sandbox.task import Task

LIST_LIMIT = 100
_NOTHING: JSON = {"total": "0", "tasklist": []}


async def _body(request: web.Request) -> Body:
    body = await read_body(request, service_of(request).shelf)
    with removing(body):
        return body


def _shown(service: Service, tasks: list[Task], total: int) -> web.Response:
    shown = [service.show(task) for task in tasks]
    return web.json_response(success(total=str(total), tasklist=shown))


def _found(service: Service, account: Account, *, taskid: str, token: str) -> Task:
    if not taskid and not token:
        raise Refusal("taskid or socketaccesstoken is required")
    task = service.task_of(account, taskid=taskid, token=token)
    if task is None:
        raise Refusal("There is no task yet.", code=NOT_FOUND, fields=_NOTHING)
    return task


async def detail(request: web.Request) -> web.Response:
    """``Task/Detail`` by ``tasktoken`` or ``taskid``."""
    service, account = service_of(request), account_of(request)
    body = await _body(request)
    task = _found(service, account, taskid=body.text("taskid"), token=body.text("tasktoken"))
    if body.text("uuid") not in ("", "me", account.uuid):
        raise Refusal("There is no task yet.", code=NOT_FOUND, fields=_NOTHING)
    if trials.BURST in task.trials and service.bursts.refuses(task.id):
        raise web.HTTPServiceUnavailable(
            text="<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
            content_type="text/html",
            headers={"Retry-After": "1"},
        )
    return _shown(service, [task], 1)


async def cancel(request: web.Request) -> web.Response:
    """``Task/Cancel`` by ``taskid`` only."""
    service, account = service_of(request), account_of(request)
    taskid = (await _body(request)).text("taskid")
    if not taskid:
        raise Refusal("Request parameter [taskid] required")
    task = _found(service, account, taskid=taskid, token="")
    service.lifecycle.cancel(task)
    return _shown(service, [task], 1)


async def kill(request: web.Request) -> web.Response:
    """``Task/Kill`` by ``taskid`` or, under that name only, ``socketaccesstoken``."""
    service, account = service_of(request), account_of(request)
    body = await _body(request)
    task = _found(
        service, account, taskid=body.text("taskid"), token=body.text("socketaccesstoken")
    )
    service.lifecycle.kill(task)
    return _shown(service, [task], 1)


async def delete_files(request: web.Request) -> web.Response:
    """``Task/InputOutputDelete``: remove the files of a finished task, keep its record."""
    service, account = service_of(request), account_of(request)
    token = (await _body(request)).text("tasktoken")
    if not token:
        raise Refusal("Request parameter [tasktoken] required")
    task = service.task_of(account, token=token)
    if task is None:
        raise Refusal("task-not-exist", code=NOT_FOUND)
    if not task.is_over:
        raise Refusal("Task must be completed or cancelled before deleting files", code=NOT_FOUND)
    for reference in [*task.outputs, *(one for group in task.files.values() for one in group)]:
        service.shelf.discard(reference)
    task.outputs, task.files = [], {}
    service.tasks.save(task)
    return web.json_response(success())


async def listing(request: web.Request) -> web.Response:
    """``Task/List``, newest first unless told otherwise."""
    service, account = service_of(request), account_of(request)
    body = await _body(request)
    tasks = service.tasks.of(account.uuid)
    if name := clean_slug(body.text("modelName")):
        tasks = [task for task in tasks if name in clean_slug(task.slug)]
    if body.text("order").upper() != "ASC":
        tasks.reverse()
    start, limit = body.number("start", 0), min(LIST_LIMIT, body.number("limit", 20))
    return _shown(service, tasks[start : start + limit], len(tasks))


async def stat(request: web.Request) -> web.Response:
    """``Task/Stat``: how many tasks stand where. The real body is unknown."""
    service, account = service_of(request), account_of(request)
    tasks = service.tasks.of(account.uuid)
    counts: dict[str, int] = {}
    for task in tasks:
        counts[task.status] = counts.get(task.status, 0) + 1
    shown = {status: str(count) for status, count in counts.items()}
    return web.json_response(success(total=str(len(tasks)), stat=shown))
