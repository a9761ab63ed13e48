"""The endpoints ``/Run``, ``/Task`` and ``/File``."""

from __future__ import annotations

import json
import math
import re
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from . import scenarios
from .catalog.models import clean_slug
from .messages import (
    CONCURRENCY,
    INVALID,
    JSON,
    NOT_FOUND,
    Body,
    ReceivedFile,
    Refusal,
    success,
)
from .scenarios import Scenarios, scenarios_in
from .service import Service, account_of, service_of
from .store import token
from .task import Task
from .tools import page, read
from .validation import FileInput, Parameters, check_parameters

if TYPE_CHECKING:
    from .catalog.models import Model
    from .state import Account

_NO_TASK: JSON = {"total": "0", "tasklist": []}
_RUN_FIELDS = frozenset({"callbackUrl", "projectid"})
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]{1,120}")


# Run


async def run(request: web.Request) -> web.Response:
    """``Run/{owner}/{model}``: accept a task."""
    service, account = service_of(request), account_of(request)
    model = service.catalog.find(request.match_info["owner"], request.match_info["model"])
    async with read(request) as body:
        if model is None:
            raise Refusal("slug-owner-project-not-exist", code=NOT_FOUND)
        named = service.options.guess_run_key
        run_key = body.text(named) if named else ""
        if run_key and (earlier := service.tasks.with_run_key(account.uuid, run_key)):
            return _accepted(earlier)
        scenarios_in(body.text("prompt")).refuse()
        account.check_balance()
        _check_concurrency(service, account)
        parameters = check_parameters(model, body)
        task = _accept(service, account, model, body, parameters)
        task.runkey = run_key
        service.tasks.add(task)
    service.engine.start(task)
    if scenarios.LOST_ANSWER in task.scenarios and request.transport is not None:
        # The answer below then has no connection to go to.
        request.transport.abort()
    return _accepted(task)


def _accepted(task: Task) -> web.Response:
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


def _accept(
    service: Service, account: Account, model: Model, body: Body, parameters: Parameters
) -> Task:
    sent = _sent_values(model, body, service.options.guess_run_key)
    return Task(
        id=service.tasks.next_id(),
        socketaccesstoken=token(),
        uuid=account.uuid,
        projectid=body.text("projectid") or account.projectid,
        slug=model.slug,
        values=parameters.values,
        files={
            name: _references(service, account, name, given)
            for name, given in parameters.files.items()
        },
        callbackurl=_callback_url(body.text("callbackUrl")),
        times={"createtime": time.time()},
        outputfolderid=secrets.token_hex(16),
        sent=sent,
    )


def _sent_values(model: Model, body: Body, run_key: str) -> JSON:
    """Every value of a request as it was sent, but for files and the fields of Run itself."""
    files = {item.id for item in model.file_items()}
    apart = (
        _RUN_FIELDS | files | {f"{name}Url" for name in files} | ({run_key} if run_key else set())
    )
    return {name: _as_sent(body.get(name)) for name in body.values if name not in apart}


def _as_sent(value: Any) -> Any:
    """A scalar as it is; what no model takes (lists, objects, infinity) as JSON text.

    Raises:
        Refusal: It is nested too deeply to be written.
    """
    if isinstance(value, float) and math.isfinite(value):
        return value
    if value is None or isinstance(value, str | int):
        return value
    try:
        return json.dumps(value)
    except RecursionError as error:
        raise Refusal(INVALID) from error


def _references(service: Service, account: Account, name: str, given: FileInput) -> list[str]:
    """Ids of stored files where the input is one (uploaded files are stored now), else URLs."""
    references = []
    for received in given.files:
        suffix = received.path.with_name(received.name).suffix.lower()
        stored = f"{name}-{secrets.randbelow(9_000_000) + 1_000_000}{suffix}"
        media = service.files.add(
            received.path, name=stored, uuid=account.uuid, parentid="", place="File"
        )
        references.append(media.id)
    for address in given.urls:
        own = service.own_file(address)
        if own is None and service.is_own(address):
            raise Refusal(f"Request files [{name}] are not stored at that address", code=NOT_FOUND)
        references.append(own.id if own else address)
    return references


def _callback_url(text: str) -> str:
    """A callback URL; empty for the prose that copied samples send."""
    try:
        return text if urlsplit(text).scheme in ("http", "https") else ""
    except ValueError:
        return ""


# Task


def _task_list(service: Service, tasks: list[Task], total: int) -> web.Response:
    shown = [service.show(task) for task in tasks]
    return web.json_response(success(total=str(total), tasklist=shown))


def _find_task(service: Service, account: Account, *, taskid: str, token: str) -> Task:
    if not taskid and not token:
        raise Refusal("taskid or socketaccesstoken is required")
    task = service.task_of(account, taskid=taskid, token=token)
    if task is None:
        raise Refusal("There is no task yet.", code=NOT_FOUND, fields=_NO_TASK)
    return task


async def task_detail(request: web.Request) -> web.Response:
    """``Task/Detail`` by ``tasktoken`` or ``taskid``."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        task = _find_task(
            service, account, taskid=body.text("taskid"), token=body.text("tasktoken")
        )
        if body.text("uuid") not in ("", "me", account.uuid):
            raise Refusal("There is no task yet.", code=NOT_FOUND, fields=_NO_TASK)
    if scenarios.BURST in task.scenarios and service.outages.refuses(task.id):
        raise web.HTTPServiceUnavailable(
            text="<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
            content_type="text/html",
            headers={"Retry-After": "1"},
        )
    service.downloads.renew(task.outputs)
    return _task_list(service, [task], 1)


async def task_cancel(request: web.Request) -> web.Response:
    """``Task/Cancel`` by ``taskid`` only."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        taskid = body.text("taskid")
    if not taskid:
        raise Refusal("Request parameter [taskid] required")
    task = _find_task(service, account, taskid=taskid, token="")
    service.engine.cancel(task)
    return _task_list(service, [task], 1)


async def task_kill(request: web.Request) -> web.Response:
    """``Task/Kill`` by ``taskid`` or ``socketaccesstoken`` (here not ``tasktoken``)."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        task = _find_task(
            service, account, taskid=body.text("taskid"), token=body.text("socketaccesstoken")
        )
    service.engine.kill(task)
    return _task_list(service, [task], 1)


async def task_delete_files(request: web.Request) -> web.Response:
    """``Task/InputOutputDelete``: delete the files of a finished task, keep its record."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        tasktoken = body.text("tasktoken")
    if not tasktoken:
        raise Refusal("Request parameter [tasktoken] required")
    task = service.task_of(account, token=tasktoken)
    if task is None:
        raise Refusal("task-not-exist", code=NOT_FOUND)
    if not task.is_over:
        raise Refusal("Task must be completed or cancelled before deleting files", code=NOT_FOUND)
    for reference in [*task.outputs, *(one for group in task.files.values() for one in group)]:
        service.files.delete(reference)
    task.outputs, task.files, task.answer = [], {}, None
    service.tasks.save(task)
    return web.json_response(success())


async def task_list(request: web.Request) -> web.Response:
    """``Task/List``, newest first by default."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        tasks = [task for task in service.tasks.of(account.uuid) if _is_listed(service, task)]
        if name := clean_slug(body.text("modelName")):
            tasks = [task for task in tasks if name in clean_slug(task.slug)]
        if body.text("order").upper() != "ASC":
            tasks.reverse()
        return _task_list(service, tasks[page(body)], len(tasks))


def _is_listed(service: Service, task: Task) -> bool:
    """Whether Task/List shows a task yet; a test prompt delays that."""
    delay = max(
        scenarios.LEAST_LATE_LIST_SECONDS, scenarios.LATE_LIST_SECONDS / service.options.speed
    )
    # The age first: it is cheaper than to read the prompts of all old tasks.
    age = time.time() - task.times["createtime"]
    return age >= delay or scenarios.LATE_LIST not in task.scenarios


# File


async def file_create_folder(request: web.Request) -> web.Response:
    """``File/FolderCreate``."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        # An earlier page of the documentation had parentId, and folderId for uploads.
        name, parent = body.text("name"), body.text("parentid") or body.text("parentId")
    if not name:
        raise Refusal("Request parameter [name] required")
    if not _FOLDER_NAME.fullmatch(name) or (parent and not service.folders.has(account, parent)):
        raise Refusal(INVALID)
    folder = service.folders.create(account, name, parent)
    return web.json_response(success(list=[folder]))


async def file_upload(request: web.Request) -> web.Response:
    """``File/Upload``: store one file under its own name in a folder."""
    service, account = service_of(request), account_of(request)
    async with read(request) as body:
        received = _single_file(body)
        folder = body.text("folderid") or body.text("folderId") or account.uuid
        if folder != account.uuid and not service.folders.has(account, folder):
            raise Refusal("folder-not-exist", code=NOT_FOUND)
        if any(media.name == received.name for media in service.files.in_folder(folder)):
            raise Refusal("filesystem-already-exist", fields={"list": []})
        media = service.files.add(
            received.path, name=received.name, uuid=account.uuid, parentid=folder, place="cdn1"
        )
    return web.json_response(success(list=[media.wire(service.base)]))


def _single_file(body: Body) -> ReceivedFile:
    files = body.files.get("file", [])
    if not files:
        raise Refusal("Request files [file] required")
    if len(files) > 1:
        raise Refusal("invalid-parameters")
    return files[0]


async def serve_file(request: web.Request) -> web.StreamResponse:
    """A stored file, under the CDN's or the API's path."""
    service = service_of(request)
    media = service.files.at(request.path)
    if media is None:
        raise web.HTTPNotFound(headers={"Access-Control-Allow-Origin": "*"})
    wanted = next(
        (task.scenarios for task in service.tasks.of(media.uuid) if media.id in task.outputs),
        Scenarios(),
    )
    with service.usage.use():
        return await service.downloads.send(request, media, service.files.path_of(media), wanted)
